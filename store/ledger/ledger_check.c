#include "store/ledger/ledger_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "evidence/checkpoint.h"

/* The full check: everything again from the leaves (codes of docs/format.md 14). */

#define DETAIL_MAX 640

void
check_tell(struct check *c, const char *code, const struct leaf_entry *le, const char *fmt, ...)
{
	char detail[DETAIL_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	c->found++;
	c->cb(c->ctx, code, le ? le->device : NULL, le ? le->epoch : 0, le ? le->seq : 0, detail);
}

/* The nodes that a leaf completes.  Once one is wrong all above it are: only leaves' own hashes are still told. */
static void
check_nodes(struct check *c, struct rows *r)
{
	uint8_t node[TREE_HEIGHT_MAX + 1][HASH_LEN], hash[HASH_LEN];
	unsigned long long index = c->edge.size;
	struct cell data = rows_cell(r, CHECK_DATA), stored = rows_cell(r, CHECK_NODES);
	unsigned levels;

	tree_leaf_hash(hash, data.p, data.n);
	levels = ledger_nodes(&c->edge, hash, node);
	if (stored.type != CELL_BLOB || stored.n != (size_t)levels * HASH_LEN)
		check_tell(c, "bad-inclusion", NULL, "leaf %llu: its nodes are not %u hashes", index, levels);
	else if (memcmp(stored.p, hash, HASH_LEN) != 0)
		check_tell(c, "bad-inclusion", NULL, "leaf %llu: its bytes do not give its stored hash", index);
	else if (!c->broken && memcmp(stored.p, node, stored.n) != 0)
		check_tell(c, "bad-inclusion", NULL, "leaf %llu: a node above it is not what its leaves give", index);
	else
		return;
	c->broken = 1;
}

/* One note against the tree of its size, which the walk has just reached. */
static void
check_note(struct check *c, struct rows *notes)
{
	unsigned long long size = rows_u64(notes, 0);
	uint8_t hash[HASH_LEN], root[HASH_LEN];
	struct cell note = rows_cell(notes, 2);
	struct checkpoint cp;
	struct err e = { "" };

	sha256(hash, note.p, note.n);
	if (rows_cell(notes, 1).n != HASH_LEN || memcmp(rows_cell(notes, 1).p, hash, HASH_LEN) != 0)
		check_tell(c, "bad-checkpoint", NULL, "note of size %llu: its bytes do not give its stored hash", size);
	if (c->has_log && checkpoint_open(&cp, note.p, note.n, &c->keys.log, &e))
		check_tell(c, "bad-checkpoint", NULL, "note of size %llu: %s", size, e.text);
	tree_edge_root(&c->edge, root);
	if (c->broken && ledger_root_at(c->l, size, root))
		return;
	if (!ledger_note_says(note.p, note.n, size, root))
		check_tell(c, "bad-checkpoint", NULL, "note of size %llu: it does not say the root of the first %llu leaves", size, size);
}

/* Both walks go by size: the notes follow the leaves. */
static int
notes_up_to_here(struct check *c, struct rows *notes, int *more)
{
	while (*more == 1 && rows_u64(notes, 0) <= c->edge.size) {
		if (rows_u64(notes, 0) == c->edge.size && c->edge.size > 0)
			check_note(c, notes);
		else
			check_tell(c, "bad-checkpoint", NULL, "a note of size %llu stands where none belongs", (unsigned long long)rows_u64(notes, 0));
		*more = rows_next(notes);
	}
	return *more < 0 ? -1 : 0;
}

static void
check_leaf(struct check *c, struct rows *r)
{
	struct cell data = rows_cell(r, CHECK_DATA);
	struct leaf_entry le;

	if (data.type == CELL_INT || data.type == CELL_NULL) {
		check_tell(c, "bad-inclusion", NULL, "leaf %llu: it has no bytes", (unsigned long long)c->edge.size);
		c->broken = 1;
		return;
	}
	/* Judged before its record speaks of the tree: the log's key must be known when the first note comes. */
	if (leaf_is_record(data.p, data.n))
		check_record(c, r);
	else if (leaf_entry_parse(&le, data.p, data.n))
		check_tell(c, "bad-record", NULL, "leaf %llu: neither an entry's nor a record's", (unsigned long long)c->edge.size);
	else
		check_entry(c, r, &le);
	check_nodes(c, r);
}

static int
walk_leaves(struct check *c)
{
	struct rows leaves = { 0 }, notes = { 0 };
	int rc = -1, more;

	if (rows_open(&leaves, c->l, LQ_CHECK_EACH, NO_CELLS) || rows_open(&notes, c->l, LQ_CHECK_NOTES, NO_CELLS))
		goto out;
	more = rows_next(&notes);
	while ((rc = rows_next(&leaves)) == 1) {
		if (rows_u64(&leaves, CHECK_INDEX) != c->edge.size) {
			check_tell(c, "bad-inclusion", NULL, "leaf %llu is missing", (unsigned long long)c->edge.size);
			c->broken = 1;
			break; /* without it the tree above the later ones cannot be known */
		}
		check_leaf(c, &leaves);
		if (notes_up_to_here(c, &notes, &more)) {
			rc = -1;
			goto out;
		}
	}
	for (; rc == 0 && more == 1; more = rows_next(&notes))
		check_tell(c, "bad-checkpoint", NULL, "note of size %llu: the log has fewer leaves", (unsigned long long)rows_u64(&notes, 0));
	rc = rc < 0 || more < 0 ? -1 : 0;
out:
	rows_close(&notes);
	rows_close(&leaves);
	return rc;
}

/* Rows of entries behind no leaf. */
static int
walk_strays(struct check *c)
{
	struct leaf_entry le;
	struct rows r;
	int rc;

	if (rows_open(&r, c->l, LQ_CHECK_STRAY, NO_CELLS))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		memset(&le, 0, sizeof(le));
		(void)rows_bytes(&r, 1, le.device, HASH_LEN);
		le.epoch = (uint32_t)rows_u64(&r, 2);
		le.seq = rows_u64(&r, 3);
		check_tell(c, "not-in-log", &le, "an entry is stored at %llu, where the log has no leaf", (unsigned long long)rows_u64(&r, 0));
	}
	rows_close(&r);
	return rc;
}

/* What is signed next would extend the head row and the newest note: both must be the leaves'. */
static int
check_head(struct check *c)
{
	struct ledger_head h;
	uint8_t root[HASH_LEN];
	struct buf note;
	int rc;

	if (ledger_head_read(c->l, &h))
		return -1;
	tree_edge_root(&c->edge, root);
	if (h.size != c->edge.size || memcmp(h.root, root, HASH_LEN) != 0)
		check_tell(c, "bad-inclusion", NULL, "the head (size %llu) is not what the %llu leaves give",
		    (unsigned long long)h.size, (unsigned long long)c->edge.size);
	if (h.received < c->received)
		check_tell(c, "inconsistent-log", NULL, "the head's time is before that of the last leaf");
	buf_init(&note, NOTE_MAX);
	rc = ledger_note(c->l, UINT64_MAX, &note);
	if (rc >= 0 && h.size > 0 && (rc == 0 || !ledger_note_says(note.data, note.len, h.size, h.root)))
		check_tell(c, "bad-checkpoint", NULL, "the newest note is not of the head");
	buf_free(&note);
	return rc < 0 ? -1 : 0;
}

int
ledger_check(struct ledger *l, ledger_finding *cb, void *ctx)
{
	struct check c = { .l = l, .cb = cb, .ctx = ctx };

	tree_edge_init(&c.edge);
	if (walk_leaves(&c) || walk_strays(&c) || check_head(&c))
		return -1;
	return c.found;
}
