#include <stdio.h>
#include <string.h>

#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "store/ledger/ledger_impl.h"

/* The log as it is stored: head, nodes, leaves; and how it stands against the guard. */

/* A node lies with the leaf that completed it. */
static int
read_node(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	struct ledger *l = ctx;
	struct rows r;
	struct cell c;
	int rc = -1;

	if (level > TREE_HEIGHT_MAX || index >= (UINT64_C(1) << (TREE_HEIGHT_MAX - level)))
		return -1;
	if (rows_first(&r, l, LQ_LEAF_HASH, CELLS(cell_int(((index + 1) << level) - 1))) == 1) {
		c = rows_cell(&r, 0);
		if (c.type == CELL_BLOB && c.n >= (size_t)(level + 1) * HASH_LEN) {
			memcpy(out, (const uint8_t *)c.p + (size_t)level * HASH_LEN, HASH_LEN);
			rc = 0;
		}
	}
	rows_close(&r);
	return rc;
}

void
ledger_reader_init(struct ledger *l)
{
	l->reader.get = read_node;
	l->reader.ctx = l;
}

const struct tree_reader *
ledger_reader(struct ledger *l)
{
	return &l->reader;
}

int
ledger_root_at(struct ledger *l, uint64_t size, uint8_t root[HASH_LEN])
{
	return tree_range_hash(&l->reader, 0, size, root);
}

int
ledger_edge_at(struct ledger *l, uint64_t size, struct tree_edge *t)
{
	uint64_t at = 0;

	tree_edge_init(t);
	for (unsigned level = TREE_HEIGHT_MAX; level-- > 0;) {
		if (!(size >> level & 1))
			continue;
		if (read_node(l, level, at >> level, t->node[t->n++]))
			return -1;
		at += UINT64_C(1) << level;
	}
	t->size = size;
	return 0;
}

unsigned
ledger_nodes(struct tree_edge *t, const uint8_t hash[HASH_LEN], uint8_t out[TREE_HEIGHT_MAX + 1][HASH_LEN])
{
	unsigned n = 0;

	memcpy(out[n++], hash, HASH_LEN);
	for (uint64_t s = t->size; s & 1; s >>= 1, n++)
		tree_node_hash(out[n], t->node[--t->n], out[n - 1]);
	memcpy(t->node[t->n++], out[n - 1], HASH_LEN);
	t->size++;
	return n;
}

int
ledger_head_read(struct ledger *l, struct ledger_head *h)
{
	struct rows r;
	int rc = -1;

	if (rows_first(&r, l, LQ_HEAD, NO_CELLS) == 1) {
		h->size = rows_u64(&r, 0);
		h->received = rows_u64(&r, 2);
		rc = rows_bytes(&r, 1, h->root, HASH_LEN);
	}
	rows_close(&r);
	return rc;
}

int
ledger_head(struct ledger *l, uint64_t *size, uint8_t root[HASH_LEN])
{
	struct ledger_head h;

	if (ledger_head_read(l, &h))
		return -1;
	*size = h.size;
	memcpy(root, h.root, HASH_LEN);
	return 0;
}

int
ledger_note_says(const void *note, size_t n, uint64_t size, const uint8_t root[HASH_LEN])
{
	struct checkpoint c;
	struct note parts;

	return note_parse(&parts, note, n, NULL) == 0 && checkpoint_parse(&c, parts.text, parts.text_len, NULL) == 0 &&
	    c.size == size && memcmp(c.root, root, HASH_LEN) == 0;
}

static void
may_not(struct ledger *l, const char *why)
{
	l->may_sign = 0;
	(void)snprintf(l->why, sizeof(l->why), "%s: %s", l->url, why);
}

/* 1 when the stored right edge and the newest note say what the head says. */
static int
head_holds(struct ledger *l, const struct ledger_head *h)
{
	struct buf note;
	uint8_t root[HASH_LEN];
	int ok;

	if (ledger_root_at(l, h->size, root) || memcmp(root, h->root, HASH_LEN) != 0)
		return 0;
	if (h->size == 0)
		return 1;
	buf_init(&note, NOTE_MAX);
	ok = ledger_note(l, UINT64_MAX, &note) == 1 && ledger_note_says(note.data, note.len, h->size, h->root);
	buf_free(&note);
	return ok;
}

/* Is what the guard says the beginning of the log as it is stored?  NULL, or why not. */
static const char *
judge_guard(struct ledger *l, const struct ledger_head *h, const struct guard_state *g)
{
	uint8_t root[HASH_LEN];

	if (g->counter == 0 && h->size == 0)
		return NULL;
	if (g->seq > h->size)
		return "it holds fewer leaves than its guard says were signed: it was restored from an older copy";
	if (ledger_root_at(l, g->seq, root) || memcmp(root, g->head, HASH_LEN) != 0)
		return "its first leaves are not those that its guard says were signed: it is another log, or was altered";
	return NULL;
}

void
ledger_stand(struct ledger *l, const struct ledger_head *h)
{
	struct err e = { "" };
	struct guard_state g;
	const char *why;

	if (l->replaying) {
		l->may_sign = head_holds(l, h);
		return;
	}
	if (!l->guard) {
		l->may_sign = 0;
		return;
	}
	if (guard_read(l->guard, &g)) {
		may_not(l, "its guard is damaged");
		return;
	}
	/* A head that is guarded and was judged before needs no second look. */
	if (l->may_sign && g.seq == h->size && memcmp(g.head, h->root, HASH_LEN) == 0)
		return;
	if (!head_holds(l, h))
		why = "the stored tree does not give the head that was signed last; run the check";
	else if ((why = judge_guard(l, h, &g)) == NULL && (ledger_mirror_reach(l, h, &e) || ledger_guard_reach(l, h, &e)))
		why = e.text;
	l->may_sign = why == NULL;
	l->why[0] = '\0';
	if (why)
		may_not(l, why);
}

int
ledger_guard_reach(struct ledger *l, const struct ledger_head *h, struct err *e)
{
	struct guard_state g;

	if (guard_read(l->guard, &g) == 0 && g.counter > 0 && g.seq == h->size && memcmp(g.head, h->root, HASH_LEN) == 0)
		return 0;
	memset(&g, 0, sizeof(g));
	g.seq = h->size;
	memcpy(g.head, h->root, HASH_LEN);
	return guard_write(l->guard, &g, e);
}

/* Leaves */

int
ledger_leaf(struct ledger *l, uint64_t index, struct buf *leaf)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_LEAF, CELLS(cell_int(index)));

	if (rc == 1 && rows_buf(&r, 0, leaf))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_each_leaf(struct ledger *l, uint64_t from, uint64_t to, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx)
{
	return ledger_each_bytes(l, LQ_LEAF_EACH, CELLS(cell_int(from), cell_int(to)), cb, ctx);
}
