#include <string.h>

#include "evidence/checkpoint.h"
#include "store/ledger/ledger_impl.h"

/* Notes: every checkpoint ever released, several of a size when cosignatures came later. */

int
ledger_note(struct ledger *l, uint64_t size, struct buf *note)
{
	struct rows r;
	int rc;

	if (size == UINT64_MAX)
		rc = rows_first(&r, l, LQ_NOTE_NEWEST, NO_CELLS);
	else
		rc = rows_first(&r, l, LQ_NOTE_OF, CELLS(cell_int(size)));
	if (rc == 1 && rows_buf(&r, 1, note))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_each_note(struct ledger *l, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx)
{
	return ledger_each_bytes(l, LQ_NOTE_EACH, NO_CELLS, cb, ctx);
}

/* The checkpoint in a note that the ledger released itself. */
static int
note_root(const void *note, size_t n, uint8_t root[HASH_LEN])
{
	struct checkpoint c;
	struct note parts;

	if (note_parse(&parts, note, n, NULL) || checkpoint_parse(&c, parts.text, parts.text_len, NULL))
		return -1;
	memcpy(root, c.root, HASH_LEN);
	return 0;
}

int
ledger_note_by_prefix(struct ledger *l, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN])
{
	struct rows r;
	struct cell c;
	int rc;

	if (rows_open(&r, l, LQ_NOTE_OF, CELLS(cell_int(size))))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		c = rows_cell(&r, 1);
		sha256(hash, c.p, c.n);
		if (memcmp(hash, prefix, 4) != 0)
			continue;
		if (note_root(c.p, c.n, root))
			rc = -1;
		break;
	}
	rows_close(&r);
	return rc;
}

int
ledger_note_put(struct ledger *l, uint64_t size, const void *note, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];
	uint64_t nth = 0;

	sha256(hash, note, n);
	if (ledger_number(l, LQ_NOTE_COUNT, CELLS(cell_int(size)), &nth) != 1)
		return err_set(e, "%s: notes cannot be read", l->url);
	return ledger_run(l, e, LQ_NOTE_PUT, CELLS(cell_int(size), cell_int(nth), cell_hash(hash), cell_blob(note, n))) == 1 ? 0 : -1;
}

int
ledger_note_add(struct ledger *l, uint64_t size, const void *note, size_t n, struct err *e)
{
	struct ledger_head h;
	uint8_t root[HASH_LEN];

	if (ledger_begin(l, e))
		return -1;
	if (ledger_head_read(l, &h) || size == 0 || size > h.size || ledger_root_at(l, size, root)) {
		(void)err_set(e, "note of size %llu: the log has no tree of that size", (unsigned long long)size);
		goto fail;
	}
	if (n > NOTE_MAX || !ledger_note_says(note, n, size, root)) {
		(void)err_set(e, "note of size %llu: it does not say this log's root", (unsigned long long)size);
		goto fail;
	}
	if (ledger_note_put(l, size, note, n, e))
		goto fail;
	return ledger_commit(l, e);
fail:
	ledger_rollback(l);
	return -1;
}
