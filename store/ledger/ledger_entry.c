#include "evidence/leaf.h"
#include "store/ledger/ledger_impl.h"

/* Entries behind their leaves. */

void
ledger_entry_init(struct ledger_entry *x)
{
	memset(x, 0, sizeof(*x));
	buf_init(&x->header, ENTRY_HEADER_MAX);
	buf_init(&x->payload, ENTRY_PAYLOAD_MAX);
	buf_init(&x->personal, ENTRY_PERSONAL_MAX);
}

void
ledger_entry_free(struct ledger_entry *x)
{
	buf_free(&x->header);
	buf_free(&x->payload);
	buf_free(&x->personal);
}

static int
from_leaf(struct ledger_entry *x, struct cell leaf)
{
	struct leaf_entry le;

	if (leaf.type == CELL_NULL || leaf_entry_parse(&le, leaf.p, leaf.n))
		return -1;
	x->received = le.received;
	memcpy(x->sig, le.sig, SIG_LEN);
	x->has_person = le.has_person;
	memcpy(x->person, le.person, SIG_LEN);
	return 0;
}

/* One row of the LQ_ENTRY_BY_* queries. */
static int
entry_row(struct rows *r, struct ledger_entry *x)
{
	buf_reset(&x->header);
	buf_reset(&x->payload);
	buf_reset(&x->personal);
	x->index = rows_u64(r, 0);
	if (rows_bytes(r, 1, x->hash, HASH_LEN) || rows_buf(r, 2, &x->header) || rows_buf(r, 3, &x->payload))
		return -1;
	x->has_personal = !rows_null(r, 4);
	if (x->has_personal && (rows_bytes(r, 4, x->salt, ENTRY_SALT_LEN) || rows_buf(r, 5, &x->personal)))
		return -1;
	x->erased = rows_u64(r, 9) != 0;
	if (rows_text(r, 6, x->subject, sizeof(x->subject)) || rows_text(r, 7, x->late, sizeof(x->late)) ||
	    rows_text(r, 8, x->review, sizeof(x->review)) || from_leaf(x, rows_cell(r, 10)))
		return -1;
	return entry_parse(&x->h, x->header.data, x->header.len, NULL);
}

int
ledger_has(struct ledger *l, const uint8_t hash[HASH_LEN], uint32_t *epoch, uint64_t *seq)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_ENTRY_HAS, CELLS(cell_hash(hash)));

	if (rc == 1 && epoch)
		*epoch = (uint32_t)rows_u64(&r, 2);
	if (rc == 1 && seq)
		*seq = rows_u64(&r, 3);
	rows_close(&r);
	return rc;
}

int
ledger_at(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN])
{
	struct rows r;
	uint64_t dev;
	int rc = ledger_dev_find(l, device, &dev);

	if (rc != 1)
		return rc;
	rc = rows_first(&r, l, LQ_ENTRY_AT, CELLS(cell_int(dev), cell_int(epoch), cell_int(seq)));
	if (rc == 1 && rows_bytes(&r, 0, hash, HASH_LEN))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_entry_get(struct ledger *l, const uint8_t hash[HASH_LEN], struct ledger_entry *x)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_ENTRY_BY_HASH, CELLS(cell_hash(hash)));

	if (rc == 1 && entry_row(&r, x))
		rc = -1;
	rows_close(&r);
	return rc;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* All hashes that begin with the digits: ${lo} filled up with 0, ${hi} with f. */
static int
prefix_range(const char *hex, uint8_t lo[HASH_LEN], uint8_t hi[HASH_LEN])
{
	size_t n = strlen(hex);

	if (n < 4 || n > 2 * HASH_LEN)
		return -1;
	memset(lo, 0, HASH_LEN);
	memset(hi, 0xff, HASH_LEN);
	for (size_t i = 0; i < n; i++) {
		int d = nibble(hex[i]), shift = i % 2 ? 0 : 4;

		if (d < 0)
			return -1;
		lo[i / 2] = (uint8_t)(lo[i / 2] | (unsigned)d << shift);
		hi[i / 2] = (uint8_t)((hi[i / 2] & ~(0xfU << shift)) | (unsigned)d << shift);
	}
	return 0;
}

int
ledger_entry_by_prefix(struct ledger *l, const char *hex, uint8_t hash[HASH_LEN])
{
	uint8_t lo[HASH_LEN], hi[HASH_LEN];
	struct rows r;
	int rc;

	if (prefix_range(hex, lo, hi))
		return 0;
	rc = rows_first(&r, l, LQ_ENTRY_PREFIX, CELLS(cell_hash(lo), cell_hash(hi)));
	if (rc == 1 && rows_bytes(&r, 0, hash, HASH_LEN))
		rc = -1;
	if (rc == 1)
		rc = (rc = rows_next(&r)) < 0 ? -1 : 1 + rc;
	rows_close(&r);
	return rc;
}

static int
each_entry(struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n, int (*cb)(void *ctx, const struct ledger_entry *x), void *ctx)
{
	struct ledger_entry x;
	struct rows r;
	int rc;

	ledger_entry_init(&x);
	if ((rc = rows_open(&r, l, q, arg, n)) == 0)
		while ((rc = rows_next(&r)) == 1)
			if ((rc = entry_row(&r, &x)) != 0 || (rc = cb(ctx, &x)) != 0)
				break;
	rows_close(&r);
	ledger_entry_free(&x);
	return rc;
}

int
ledger_each_entry(struct ledger *l, uint64_t from, uint64_t to, int (*cb)(void *ctx, const struct ledger_entry *x), void *ctx)
{
	return each_entry(l, LQ_ENTRY_BY_INDEX, CELLS(cell_int(from), cell_int(to)), cb, ctx);
}

int
ledger_each_of_device(struct ledger *l, const uint8_t device[HASH_LEN], int (*cb)(void *ctx, const struct ledger_entry *x), void *ctx)
{
	uint64_t dev;
	int rc = ledger_dev_find(l, device, &dev);

	return rc == 1 ? each_entry(l, LQ_ENTRY_BY_DEVICE, CELLS(cell_int(dev)), cb, ctx) : rc;
}

int
ledger_leaves_of(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, int64_t after_seq,
    int (*cb)(void *ctx, uint64_t index, uint32_t epoch, uint64_t seq, uint64_t received), void *ctx)
{
	const struct cell after = { .type = CELL_INT, .i = after_seq };
	struct leaf_entry le;
	struct rows r;
	struct cell c;
	uint64_t dev;
	int rc = ledger_dev_find(l, device, &dev);

	if (rc != 1)
		return rc;
	if (rows_open(&r, l, LQ_LEAVES_OF, CELLS(cell_int(dev), cell_int(epoch), after)))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		c = rows_cell(&r, 3);
		if (c.type == CELL_NULL || leaf_entry_parse(&le, c.p, c.n))
			rc = -1;
		else
			rc = cb(ctx, rows_u64(&r, 0), (uint32_t)rows_u64(&r, 1), rows_u64(&r, 2), le.received);
		if (rc != 0)
			break;
	}
	rows_close(&r);
	return rc;
}
