#include "evidence/receipt.h"

#include <string.h>

#include "evidence/note.h"
#include "evidence/value.h"

#define WHAT "receipt"
#define HEAD "tallystick/receipt/v1"

/* The rule a range breaks, or NULL. */
static const char *
broken(const struct range *r)
{
	uint64_t sum = 0;

	if (r->count < 1 || r->count > RECEIPT_LEAVES_MAX)
		return "has no leaves, or too many";
	if (r->first > VALUE_INT_MAX - r->count || r->received > VALUE_INT_MAX)
		return "goes beyond 2^53-1";
	if (r->nruns < 1 || r->nruns > RECEIPT_RUNS_MAX)
		return "has no runs, or too many";
	if (r->proof.n > PROOF_MAX)
		return "has too many hashes";
	for (size_t i = 0; i < r->nruns; i++) {
		const struct run *run = &r->run[i];

		if (run->epoch < 1 || run->count < 1 || run->count > RECEIPT_LEAVES_MAX || run->seq > VALUE_INT_MAX - (run->count - 1))
			return "has a run of no epoch, no entries, or too many";
		sum += run->count;
	}
	return sum == r->count ? NULL : "has another count than its runs";
}

int
range_print(struct buf *b, const struct range *r)
{
	if (broken(r))
		return -1;
	(void)buf_printf(b, "range %llu %llu %llu %zu %zu\n", (unsigned long long)r->first, (unsigned long long)r->count,
	    (unsigned long long)r->received, r->nruns, r->proof.n);
	for (size_t i = 0; i < r->nruns; i++)
		(void)buf_printf(b, "run %u %llu %llu\n", (unsigned)r->run[i].epoch, (unsigned long long)r->run[i].seq,
		    (unsigned long long)r->run[i].count);
	for (size_t i = 0; i < r->proof.n; i++)
		(void)value_put_b64(b, "hash", r->proof.hash[i], HASH_LEN);
	return buf_ok(b) ? 0 : -1;
}

static int
run_line(struct run *run, struct cursor *c, struct err *e)
{
	struct field f[3];

	if (value_line(c, WHAT, "run", f, 3, e))
		return -1;
	if (value_epoch(f[0], &run->epoch) || value_int(f[1], &run->seq) || value_int(f[2], &run->count))
		return value_bad(c, WHAT, "run", "is not EPOCH SEQ COUNT", e);
	return 0;
}

int
range_parse(struct range *r, struct cursor *c, struct err *e)
{
	uint64_t nruns, nhashes;
	const char *rule;
	struct field f[5];

	memset(r, 0, sizeof(*r));
	if (value_line(c, WHAT, "range", f, 5, e))
		return -1;
	if (value_int(f[0], &r->first) || value_int(f[1], &r->count) || value_int(f[2], &r->received) ||
	    value_int(f[3], &nruns) || nruns > RECEIPT_RUNS_MAX || value_int(f[4], &nhashes) || nhashes > PROOF_MAX)
		return value_bad(c, WHAT, "range", "is not five integers in their ranges", e);
	for (; r->nruns < nruns; r->nruns++)
		if (run_line(&r->run[r->nruns], c, e))
			return -1;
	for (; r->proof.n < nhashes; r->proof.n++)
		if (value_line_b64(c, WHAT, "hash", r->proof.hash[r->proof.n], HASH_LEN, e))
			return -1;
	if ((rule = broken(r)) != NULL)
		return err_set(e, WHAT ": the range from %llu %s", (unsigned long long)r->first, rule);
	return 0;
}

int
receipt_print(struct buf *b, const uint8_t device[HASH_LEN], const struct range *r, const void *note, size_t n)
{
	if (n < 1 || n > NOTE_MAX || broken(r))
		return -1;
	(void)buf_puts(b, HEAD "\n");
	(void)value_put_hex(b, "device", device, HASH_LEN);
	(void)range_print(b, r);
	(void)buf_putc(b, '\n');
	return buf_put(b, note, n);
}

int
receipt_parse(uint8_t device[HASH_LEN], struct range *r, const char **note, size_t *note_len, const void *p, size_t n, struct err *e)
{
	struct cursor c;

	if (n > RECEIPT_MAX)
		return err_set(e, WHAT ": longer than %d bytes", RECEIPT_MAX);
	cursor_init(&c, p, n);
	if (value_line(&c, WHAT, HEAD, NULL, 0, e) || value_line_hex(&c, WHAT, "device", device, HASH_LEN, e))
		return -1;
	if (range_parse(r, &c, e) || value_line(&c, WHAT, "", NULL, 0, e))
		return -1;
	*note = c.p;
	*note_len = (size_t)(c.end - c.p);
	if (*note_len < 1 || *note_len > NOTE_MAX)
		return err_set(e, WHAT ": no note follows, or one too long");
	return 0;
}
