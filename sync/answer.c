#include "sync/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "base/line.h"
#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"
#include "sync/pack.h"

static const char *const status_names[] = { "ok", "rolled-back", "revoked", "unknown-device", "wrong-log", "malformed", "stopped" };

void
answer_init(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->note, NOTE_MAX);
}

void
answer_free(struct answer *a)
{
	size_t i;

	for (i = 0; i < a->nrecords; i++)
		buf_free(&a->record[i].leaf);
	free(a->range);
	buf_free(&a->note);
	answer_init(a);
}

struct range *
answer_range(struct answer *a)
{
	struct range *p;

	if (a->nranges == ANSWER_RANGES_MAX || (p = lapsed(realloc(a->range, (a->nranges + 1) * sizeof(*p)))) == NULL)
		return NULL;
	a->range = p;
	memset(&p[a->nranges], 0, sizeof(*p));
	return &p[a->nranges++];
}

const char *
answer_status_name(enum answer_status s)
{
	return status_names[s];
}

static void
put_hash_line(struct buf *b, const char *name, const uint8_t hash[HASH_LEN])
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_hex(b, hash, HASH_LEN);
	(void)buf_putc(b, '\n');
}

static void
put_proof(struct buf *b, const char *name, const struct proof *p)
{
	size_t i;

	(void)buf_printf(b, "%s %zu\n", name, p->n);
	for (i = 0; i < p->n; i++) {
		(void)buf_puts(b, "hash ");
		(void)buf_b64(b, p->hash[i], HASH_LEN);
		(void)buf_putc(b, '\n');
	}
}

static void
put_frontier(struct buf *b, const struct answer *a)
{
	size_t i;

	(void)buf_printf(b, "fronts %zu\n", a->nfronts);
	for (i = 0; i < a->nfronts; i++) {
		(void)buf_printf(b, "front %u %u %llu ", a->front[i].epoch, a->front[i].branch, (unsigned long long)a->front[i].seq);
		(void)buf_hex(b, a->front[i].entry, HASH_LEN);
		(void)buf_putc(b, '\n');
	}
	(void)buf_printf(b, "helds %zu\n", a->nhelds);
	for (i = 0; i < a->nhelds; i++)
		(void)buf_printf(b, "held %u %u %llu %llu\n", a->held[i].epoch, a->held[i].branch,
		    (unsigned long long)a->held[i].from, (unsigned long long)a->held[i].to);
	(void)buf_printf(b, "refusals %zu\n", a->nrefusals);
	for (i = 0; i < a->nrefusals; i++)
		(void)buf_printf(b, "refused %u %llu %s\n", a->refusal[i].epoch, (unsigned long long)a->refusal[i].seq, a->refusal[i].code);
}

static void
put_rest(struct buf *b, const struct answer *a)
{
	size_t i;

	(void)buf_printf(b, "receipts %zu\n", a->nranges);
	for (i = 0; i < a->nranges; i++)
		(void)range_print(b, &a->range[i]);
	put_proof(b, "consistency", &a->consistency);
	(void)buf_printf(b, "wants %zu\n", a->nwants);
	for (i = 0; i < a->nwants; i++)
		put_hash_line(b, "want", a->want[i]);
	(void)buf_printf(b, "records %zu\n", a->nrecords);
	for (i = 0; i < a->nrecords; i++) {
		(void)buf_printf(b, "record %llu ", (unsigned long long)a->record[i].index);
		(void)buf_b64(b, a->record[i].leaf.data, a->record[i].leaf.len);
		(void)buf_putc(b, '\n');
	}
	(void)buf_printf(b, "next %llu\nmore %d\nnote ", (unsigned long long)a->next, a->more != 0);
	if (a->note.len > 0)
		(void)buf_b64(b, a->note.data, a->note.len);
	else
		(void)buf_putc(b, '-');
	(void)buf_putc(b, '\n');
}

int
answer_print(struct buf *out, const struct answer *a, const struct signer *service)
{
	struct buf b;
	int rc;

	buf_init(&b, ANSWER_MAX);
	(void)buf_puts(&b, "tallystick/answer/v1\n");
	put_hash_line(&b, "log", a->log);
	put_hash_line(&b, "device", a->device);
	(void)buf_printf(&b, "counter %llu\nnonce ", (unsigned long long)a->counter);
	(void)buf_hex(&b, a->nonce, sizeof(a->nonce));
	(void)buf_printf(&b, "\ntime %llu\nstatus %s\nlast %llu\n", (unsigned long long)a->time, status_names[a->status], (unsigned long long)a->last);
	put_frontier(&b, a);
	put_rest(&b, a);
	rc = buf_ok(&b) ? sigtext_sign(out, DSSE_ANSWER, b.data, b.len, service) : -1;
	buf_free(&b);
	return rc;
}

static int
get_u64(struct cursor *c, const char *name, uint64_t *v)
{
	struct field f[1];

	return cursor_fields(c, name, f, 1) != 0 ? -1 : value_int(f[0], v);
}

static int
get_count(struct cursor *c, const char *name, size_t max, size_t *n)
{
	uint64_t v;

	if (get_u64(c, name, &v) != 0 || v > max)
		return -1;
	*n = (size_t)v;
	return 0;
}

static int
get_hash(struct cursor *c, const char *name, uint8_t *out, size_t n)
{
	struct field f[1];

	return cursor_fields(c, name, f, 1) != 0 ? -1 : field_hex(f[0], out, n);
}

static int
get_status(struct cursor *c, enum answer_status *s)
{
	struct field f[1];
	size_t i;

	if (cursor_fields(c, "status", f, 1) != 0)
		return -1;
	for (i = 0; i < sizeof(status_names) / sizeof(status_names[0]); i++)
		if (field_is(f[0], status_names[i])) {
			*s = (enum answer_status)i;
			return 0;
		}
	return -1;
}

static int
get_head(struct answer *a, struct cursor *c)
{
	if (cursor_fields(c, "tallystick/answer/v1", NULL, 0) != 0 || get_hash(c, "log", a->log, HASH_LEN) != 0 ||
	    get_hash(c, "device", a->device, HASH_LEN) != 0 || get_u64(c, "counter", &a->counter) != 0 ||
	    get_hash(c, "nonce", a->nonce, sizeof(a->nonce)) != 0 || get_u64(c, "time", &a->time) != 0 ||
	    get_status(c, &a->status) != 0)
		return -1;
	return get_u64(c, "last", &a->last);
}

static int
get_frontier(struct answer *a, struct cursor *c)
{
	struct field f[4];
	size_t i;

	if (get_count(c, "fronts", ANSWER_FRONTS_MAX, &a->nfronts) != 0)
		return -1;
	for (i = 0; i < a->nfronts; i++)
		if (cursor_fields(c, "front", f, 4) != 0 || value_epoch(f[0], &a->front[i].epoch) != 0 || field_u32(f[1], &a->front[i].branch) != 0 ||
		    value_int(f[2], &a->front[i].seq) != 0 || field_hex(f[3], a->front[i].entry, HASH_LEN) != 0)
			return -1;
	if (get_count(c, "helds", ANSWER_HELDS_MAX, &a->nhelds) != 0)
		return -1;
	for (i = 0; i < a->nhelds; i++)
		if (cursor_fields(c, "held", f, 4) != 0 || value_epoch(f[0], &a->held[i].epoch) != 0 || field_u32(f[1], &a->held[i].branch) != 0 ||
		    value_int(f[2], &a->held[i].from) != 0 || value_int(f[3], &a->held[i].to) != 0 || a->held[i].from > a->held[i].to)
			return -1;
	if (get_count(c, "refusals", ANSWER_REFUSALS_MAX, &a->nrefusals) != 0)
		return -1;
	for (i = 0; i < a->nrefusals; i++)
		if (cursor_fields(c, "refused", f, 3) != 0 || field_u32(f[0], &a->refusal[i].epoch) != 0 || value_int(f[1], &a->refusal[i].seq) != 0 ||
		    !field_id(f[2], sizeof(a->refusal[i].code) - 1) || field_copy(f[2], a->refusal[i].code, sizeof(a->refusal[i].code)) != 0)
			return -1;
	return 0;
}

static int
get_receipts(struct answer *a, struct cursor *c, struct err *e)
{
	struct field f[1];
	struct range *r;
	size_t i, n;

	if (get_count(c, "receipts", ANSWER_RANGES_MAX, &n) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if ((r = answer_range(a)) == NULL || range_parse(r, c, e) != 0)
			return -1;
	if (get_count(c, "consistency", PROOF_MAX, &a->consistency.n) != 0)
		return -1;
	for (i = 0; i < a->consistency.n; i++)
		if (cursor_fields(c, "hash", f, 1) != 0 || field_b64(f[0], a->consistency.hash[i], HASH_LEN) != 0)
			return -1;
	return 0;
}

/* A field of base64 of any length up to the buffer's max. */
static int
get_b64(struct field f, struct buf *out)
{
	uint8_t *p = lapsed(malloc(f.len ? f.len : 1));
	size_t n;
	int rc = -1;

	if (p != NULL && dec_b64(p, f.len, &n, f.p, f.len) == 0)
		rc = buf_put(out, p, n);
	free(p);
	return rc;
}

static int
get_records(struct answer *a, struct cursor *c)
{
	struct field f[2];
	uint64_t more;
	size_t i, n;

	if (get_count(c, "wants", ANSWER_WANTS_MAX, &a->nwants) != 0)
		return -1;
	for (i = 0; i < a->nwants; i++)
		if (get_hash(c, "want", a->want[i], HASH_LEN) != 0)
			return -1;
	if (get_count(c, "records", ANSWER_RECORDS_MAX, &n) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		buf_init(&a->record[i].leaf, LEAF_MAX);
		a->nrecords = i + 1;
		if (cursor_fields(c, "record", f, 2) != 0 || value_int(f[0], &a->record[i].index) != 0 || get_b64(f[1], &a->record[i].leaf) != 0)
			return -1;
	}
	if (get_u64(c, "next", &a->next) != 0 || get_u64(c, "more", &more) != 0 || more > 1)
		return -1;
	a->more = more == 1;
	if (cursor_fields(c, "note", f, 1) != 0 || (!field_is(f[0], "-") && get_b64(f[0], &a->note) != 0))
		return -1;
	return cursor_end(c) ? 0 : -1;
}

int
answer_parse(struct answer *a, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e)
{
	struct sigtext t;
	struct cursor c;

	answer_free(a);
	if (sigtext_parse(&t, p, n, e) != 0)
		return err_add(e, "answer");
	if (t.nsigs != 1 || t.rest_len != 0 || !sigtext_verify(&t, 0, DSSE_ANSWER, service))
		return err_set(e, "answer: not signed by the county's service key");
	cursor_init(&c, t.body, t.body_len);
	if (get_head(a, &c) != 0 || get_frontier(a, &c) != 0 || get_receipts(a, &c, e) != 0 || get_records(a, &c) != 0) {
		answer_free(a);
		return err_set(e, "answer: line %u is malformed or out of place", c.lineno);
	}
	return 0;
}

enum answer_fault
answer_fault(const void *p, size_t n, const uint8_t log[HASH_LEN])
{
	static const char *const begins[] = { "tallystick/answer/v1\n", "tallystick/stored/v1\n" };
	uint8_t got[HASH_LEN];
	struct sigtext t;
	struct cursor c;
	enum pack_fault packed = packed_answer_fault(p, n, NULL);
	size_t i, k;

	if (packed != PACK_NONE) /* it would have been unpacked, had it been whole */
		return packed == PACK_CUT ? ANSWER_CUT : ANSWER_ALTERED;
	for (i = 0; i < 2; i++) {
		k = strlen(begins[i]);
		if (n == 0 || memcmp(p, begins[i], n < k ? n : k) != 0)
			continue;
		if (sigtext_parse(&t, p, n, NULL) != 0)
			return ANSWER_CUT;
		cursor_init(&c, t.body + k, t.body_len - k);
		return get_hash(&c, "log", got, HASH_LEN) == 0 && memcmp(got, log, HASH_LEN) != 0 ? ANSWER_OTHER_LOG : ANSWER_ALTERED;
	}
	return ANSWER_NONE;
}

int
stored_print(struct buf *out, const uint8_t log[HASH_LEN], const uint8_t hash[HASH_LEN], uint64_t len, uint64_t time, const struct signer *service)
{
	struct buf b;
	int rc;

	buf_init(&b, 1024);
	(void)buf_puts(&b, "tallystick/stored/v1\n");
	put_hash_line(&b, "log", log);
	put_hash_line(&b, "attachment", hash);
	(void)buf_printf(&b, "length %llu\ntime %llu\n", (unsigned long long)len, (unsigned long long)time);
	rc = buf_ok(&b) ? sigtext_sign(out, DSSE_ANSWER, b.data, b.len, service) : -1;
	buf_free(&b);
	return rc;
}

int
stored_parse(uint8_t log[HASH_LEN], uint8_t hash[HASH_LEN], uint64_t *len, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e)
{
	struct sigtext t;
	struct cursor c;
	uint64_t time;

	if (sigtext_parse(&t, p, n, e) != 0)
		return err_add(e, "stored answer");
	if (t.nsigs != 1 || t.rest_len != 0 || !sigtext_verify(&t, 0, DSSE_ANSWER, service))
		return err_set(e, "stored answer: not signed by the county's service key");
	cursor_init(&c, t.body, t.body_len);
	if (cursor_fields(&c, "tallystick/stored/v1", NULL, 0) != 0 || get_hash(&c, "log", log, HASH_LEN) != 0 ||
	    get_hash(&c, "attachment", hash, HASH_LEN) != 0 || get_u64(&c, "length", len) != 0 || get_u64(&c, "time", &time) != 0 || !cursor_end(&c))
		return err_set(e, "stored answer: line %u is malformed or out of place", c.lineno);
	return 0;
}
