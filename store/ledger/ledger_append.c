#include <stdlib.h>

#include "evidence/leaf.h"
#include "evidence/note.h"
#include "store/ledger/ledger_impl.h"

/* Appending: one transaction from the right edge as it is on disk to the note that signs the new one. */

struct batch {
	struct ledger *l;
	const struct ledger_item *item;
	struct ledger_head old, now;
	struct tree_edge start, edge; /* before and after */
	struct chains chains;
	struct buf leaf, note;
	size_t *added;                /* which item each new leaf is of */
	uint64_t count;
	struct err *e;
};

static int
fail(const struct batch *b, const char *what)
{
	return err_set(b->e, "%s: %s", b->l->url, what);
}

/*
 * Head, standing and right edge, inside the transaction: another process may
 * have appended since.  After it the guard says the present head, also when a
 * former call failed between COMMIT and guard.
 */
static int
batch_open(struct batch *b)
{
	uint8_t root[HASH_LEN];

	if (ledger_head_read(b->l, &b->old))
		return fail(b, "its head cannot be read");
	ledger_stand(b->l, &b->old);
	if (!b->l->may_sign)
		return err_set(b->e, "nothing may be signed: %s", b->l->why);
	if (ledger_edge_at(b->l, b->old.size, &b->start))
		return fail(b, "the right edge of its tree cannot be read");
	tree_edge_root(&b->start, root);
	if (memcmp(root, b->old.root, HASH_LEN) != 0)
		return fail(b, "the right edge of its tree does not give the root that was signed last; run the check");
	b->edge = b->start;
	return 0;
}

static int
put_leaf(struct batch *b, size_t i, const void *leaf, size_t n, const uint8_t hash[HASH_LEN])
{
	uint8_t node[TREE_HEIGHT_MAX + 1][HASH_LEN];
	uint64_t index = b->edge.size;
	unsigned levels = ledger_nodes(&b->edge, hash, node);

	b->added[b->count++] = i;
	return ledger_run(b->l, b->e, LQ_LEAF_PUT, CELLS(cell_int(index), cell_blob(node, (size_t)levels * HASH_LEN), cell_blob(leaf, n))) == 1 ? 0 : -1;
}

static int
entry_leaf(struct batch *b, const struct ledger_item *it)
{
	struct leaf_entry le = { .epoch = it->h->epoch, .seq = it->h->seq, .received = b->now.received };

	memcpy(le.entry, it->hash, HASH_LEN);
	memcpy(le.sig, it->sig, SIG_LEN);
	memcpy(le.device, it->h->device, HASH_LEN);
	if (it->person) {
		le.has_person = 1;
		memcpy(le.person, it->person, SIG_LEN);
	}
	buf_reset(&b->leaf);
	return leaf_entry_print(&b->leaf, &le);
}

/* The key that a later epoch brings along; who endorsed it the caller has judged. */
static int
epoch_key(struct batch *b, const struct ledger_item *it, uint64_t index, uint64_t dev)
{
	struct epoch_open o;

	if (it->h->seq != 0 || it->h->epoch < 2 || strcmp(it->h->kind, "epoch-open") != 0)
		return 0;
	if (epoch_open_parse(&o, it->payload, it->payload_len, it->h->epoch, b->e))
		return -1;
	return ledger_run(b->l, b->e, LQ_KEY_PUT,
	    CELLS(cell_int(dev), cell_int(it->h->epoch), cell_blob(o.key, KEY_LEN), cell_int(index))) < 0 ? -1 : 0;
}

static int
put_entry(struct batch *b, size_t i)
{
	const struct ledger_item *it = &b->item[i];
	uint64_t index = b->edge.size, dev;
	uint8_t hash[HASH_LEN];
	int rc;

	if (chains_dev(&b->chains, b->l, it->h, &dev, b->e))
		return -1;
	rc = ledger_run(b->l, b->e, LQ_ENTRY_PUT, CELLS(cell_int(index), cell_hash(it->hash), cell_int(dev), cell_int(it->h->epoch),
	    cell_int(it->h->seq), cell_blob(it->header, it->header_len), cell_blob(it->payload, it->payload_len),
	    cell_blob(it->salt, ENTRY_SALT_LEN), cell_blob(it->salt ? it->personal : NULL, it->personal_len), cell_text(it->subject)));
	if (rc <= 0)
		return rc; /* an entry is logged once */
	if (entry_leaf(b, it) || chains_add(&b->chains, b->l, it->h, it->hash, b->e))
		return -1;
	tree_leaf_hash(hash, b->leaf.data, b->leaf.len);
	if (put_leaf(b, i, b->leaf.data, b->leaf.len, hash) || epoch_key(b, it, index, dev))
		return -1;
	if (it->late && *it->late && ledger_run(b->l, b->e, LQ_MARK_LATE, CELLS(cell_int(index), cell_text(it->late))) < 0)
		return -1;
	return it->h->natt ? ledger_att_add(b->l, index, dev, it->h, b->e) : 0;
}

static int
put_record(struct batch *b, size_t i)
{
	const struct ledger_item *it = &b->item[i];
	uint64_t index = b->edge.size, at;
	uint8_t hash[HASH_LEN];
	int rc;

	if (!leaf_is_record(it->record, it->record_len))
		return err_set(b->e, "record: not the leaf of one (first byte, or longer than %d bytes)", LEAF_MAX);
	tree_leaf_hash(hash, it->record, it->record_len);
	if ((rc = ledger_number(b->l, LQ_RECORD_HAS, CELLS(cell_hash(hash)), &at)) != 0)
		return rc == 1 ? 0 : fail(b, "records cannot be read");
	if (put_leaf(b, i, it->record, it->record_len, hash))
		return -1;
	return ledger_apply(b->l, index, it->record, it->record_len, b->e);
}

static int
same(struct rows *r, unsigned i, const void *p, size_t n)
{
	struct cell c = rows_cell(r, i);

	if (!p)
		return c.type == CELL_NULL;
	return c.type == CELL_BLOB && c.n == n && memcmp(c.p, p, n) == 0;
}

/* What stands behind an entry's leaf is what was judged.  (Its personal part may have been erased by a record of the same batch.) */
static int
entry_stored(struct batch *b, uint64_t index, const struct ledger_item *it)
{
	struct rows r;
	int ok = rows_first(&r, b->l, LQ_ENTRY_STORED, CELLS(cell_int(index))) == 1 && same(&r, 0, it->hash, HASH_LEN) &&
	    same(&r, 1, it->header, it->header_len) && same(&r, 2, it->payload, it->payload_len) &&
	    (rows_null(&r, 3) || (same(&r, 3, it->salt, ENTRY_SALT_LEN) && same(&r, 4, it->personal, it->personal_len)));

	rows_close(&r);
	return ok;
}

/* One leaf read back, and what it completes, against what its item asks for. */
static int
leaf_stored(struct batch *b, struct rows *r, struct tree_edge *t)
{
	uint8_t node[TREE_HEIGHT_MAX + 1][HASH_LEN], hash[HASH_LEN];
	uint64_t index = t->size;
	const struct ledger_item *it = &b->item[b->added[index - b->old.size]];
	struct cell data = rows_cell(r, 1);
	unsigned levels;

	if (rows_u64(r, 0) != index)
		return 0;
	tree_leaf_hash(hash, data.p, data.n);
	levels = ledger_nodes(t, hash, node);
	return same(r, 2, node, (size_t)levels * HASH_LEN) && (it->record || entry_stored(b, index, it));
}

/* Read everything back and let the new root follow from that, not from what we meant to write. */
static int
reread(struct batch *b)
{
	struct tree_edge t = b->start;
	uint64_t good = 0;
	struct rows r;
	uint8_t root[HASH_LEN];

	if (rows_open(&r, b->l, LQ_LEAF_EACH, CELLS(cell_int(b->old.size), cell_int(b->edge.size))) == 0)
		while (good < b->count && rows_next(&r) == 1 && leaf_stored(b, &r, &t))
			good++;
	rows_close(&r);
	tree_edge_root(&t, b->now.root);
	tree_edge_root(&b->edge, root);
	b->now.size = t.size;
	if (good != b->count || t.size != b->edge.size || memcmp(root, b->now.root, HASH_LEN) != 0)
		return fail(b, "what was written does not read back as it was");
	return 0;
}

static int
sign_head(struct batch *b, ledger_signer *sign, void *ctx)
{
	if (sign(ctx, b->now.size, b->now.root, &b->note) || !buf_ok(&b->note))
		return fail(b, "the new head could not be signed");
	if (!ledger_note_says(b->note.data, b->note.len, b->now.size, b->now.root))
		return fail(b, "the signer's note does not say the new head");
	if (ledger_note_put(b->l, b->now.size, b->note.data, b->note.len, b->e))
		return -1;
	if (ledger_run(b->l, b->e, LQ_HEAD_SWAP, CELLS(cell_int(b->now.size), cell_hash(b->now.root), cell_int(b->now.received),
	    cell_int(b->old.size), cell_hash(b->old.root))) != 1)
		return fail(b, "its head has moved under the transaction");
	return 0;
}

/* The whole transaction but COMMIT.  0; 1 when nothing was new; -1. */
static int
batch_write(struct batch *b, size_t n, uint64_t received, ledger_signer *sign, void *ctx)
{
	if (batch_open(b))
		return -1;
	b->now.received = received > b->old.received ? received : b->old.received;
	for (size_t i = 0; i < n; i++)
		if (b->item[i].record ? put_record(b, i) : put_entry(b, i))
			return -1;
	if (b->count == 0)
		return 1;
	if (chains_save(&b->chains, b->l, b->e) || reread(b))
		return -1;
	return sign_head(b, sign, ctx);
}

/* After COMMIT: the second place, the guard, then what an erasure leaves to do outside the database. */
static int
batch_close(struct batch *b)
{
	if (!b->l->replaying && (ledger_mirror_reach(b->l, &b->now, b->e) || ledger_guard_reach(b->l, &b->now, b->e)))
		return -1;
	for (uint64_t i = 0; i < b->count; i++)
		if (b->item[b->added[i]].record)
			ledger_erase_files(b->l, b->item[b->added[i]].record, b->item[b->added[i]].record_len);
	return 0;
}

static int
batch_run(struct batch *b, size_t n, uint64_t received, ledger_signer *sign, void *ctx)
{
	int rc;

	if (ledger_begin(b->l, b->e))
		return -1;
	if ((rc = batch_write(b, n, received, sign, ctx)) != 0) {
		ledger_rollback(b->l);
		if (rc < 0)
			return -1;
		return ledger_note(b->l, b->old.size, &b->note) < 0 ? fail(b, "its newest note cannot be read") : 0;
	}
	return ledger_commit(b->l, b->e) ? -1 : batch_close(b);
}

static int
append(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx,
    uint64_t *first, uint64_t *count, size_t *from, struct buf *note, struct err *e)
{
	struct batch b = { .l = l, .item = items, .e = e };
	int rc = -1;

	buf_init(&b.leaf, LEAF_ENTRY_PERSON_LEN);
	buf_init(&b.note, NOTE_MAX);
	if (!(b.added = calloc(n + 1, sizeof(*b.added)))) {
		(void)err_set(e, "%s: out of memory", l->url);
		goto out;
	}
	if (ledger_lock(l, e))
		goto out;
	rc = batch_run(&b, n, received, sign, ctx);
	ledger_unlock(l);
	if (rc == 0) {
		*first = b.old.size;
		*count = b.count;
		if (from)
			memcpy(from, b.added, b.count * sizeof(*from));
		if (note && buf_put(note, b.note.data, b.note.len))
			rc = err_set(e, "%s: no room for the note", l->url);
	}
out:
	chains_free(&b.chains);
	free(b.added);
	buf_free(&b.note);
	buf_free(&b.leaf);
	return rc;
}

int
ledger_append(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx,
    uint64_t *first, uint64_t *count, struct buf *note, struct err *e)
{
	return append(l, items, n, received, sign, ctx, first, count, NULL, note, e);
}

int
ledger_append_from(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx,
    uint64_t *first, uint64_t *count, size_t *from, struct err *e)
{
	return append(l, items, n, received, sign, ctx, first, count, from, NULL, e);
}
