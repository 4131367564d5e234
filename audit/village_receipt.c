#include <stdio.h>
#include <string.h>

#include "audit/notes.h"
#include "audit/village.h"
#include "evidence/leaf.h"
#include "evidence/receipt.h"

#define ULL(x) ((unsigned long long)(x))

/* What the county gave the village for its entries. */

struct receipt {
	const char *path;
	uint8_t device[HASH_LEN];
	struct range range;
	struct buf leaves;     /* their hashes, side by side */
	const char *note;
	size_t note_len;
};

static int
bad_receipt(struct work *w, const struct half *h, const struct receipt *r, const char *rule)
{
	work_found(w, BAD_RECEIPT, &(struct place){ r->device, 1, 0, 0, NULL }, MAP_NONE, "%s%s: %s", h->label, r->path, rule);
	return -1;
}

/* The leaf that the entry in the journal should have. */
static int
put_leaf(struct work *w, struct receipt *r, const struct row *row)
{
	struct leaf_entry l = { .epoch = row->epoch, .seq = row->seq, .received = r->range.received, .has_person = row->nsigs == 2 };
	uint8_t hash[HASH_LEN];
	struct buf b;
	int ret;

	memcpy(l.entry, known_at(w, row->k)->hash, HASH_LEN);
	memcpy(l.device, r->device, HASH_LEN);
	memcpy(l.sig, row->sig[0], SIG_LEN);
	memcpy(l.person, row->sig[1], SIG_LEN);
	buf_init(&b, LEAF_MAX);
	ret = leaf_entry_print(&b, &l);
	if (ret == 0) {
		tree_leaf_hash(hash, b.data, b.len);
		ret = buf_put(&r->leaves, hash, HASH_LEN);
	}
	buf_free(&b);
	return ret;
}

/* Of an entry that the journal declares lost the log's own leaf serves: the receipt must lead to its note over it all the same. */
static int
put_lost(struct work *w, struct receipt *r, const struct chain *c, uint32_t epoch, uint64_t seq)
{
	uint64_t i = r->range.first + r->leaves.len / HASH_LEN;

	if (!w->has_tree || i >= logtree_size(&w->tree) || !chain_is_lost(c, epoch, seq))
		return -1;
	return buf_put(&r->leaves, logtree_leaf(&w->tree, i), HASH_LEN);
}

/* The county's log has those leaves there. */
static void
compare_leaves(struct work *w, const struct half *h, const struct receipt *r, const struct chain *c)
{
	uint64_t i = r->range.first;

	for (size_t n = 0; n < r->range.nruns; n++)
		for (uint64_t s = 0; s < r->range.run[n].count; s++, i++) {
			const struct row *row = chain_row(c, r->range.run[n].epoch, r->range.run[n].seq + s);
			struct place at = { r->device, 3, r->range.run[n].epoch, r->range.run[n].seq + s, NULL };

			if (i >= logtree_size(&w->tree) || memcmp(logtree_leaf(&w->tree, i), r->leaves.data + (i - r->range.first) * HASH_LEN, HASH_LEN) != 0)
				work_found(w, NOT_IN_LOG, &at, row ? row->k : MAP_NONE, "%s%s: receipted, but the county's log has not that entry at %llu", h->label, r->path, ULL(i));
			else if (w->a->watched.found && row != NULL && memcmp(known_at(w, row->k)->hash, w->a->watched.hash, HASH_LEN) == 0)
				w->a->watched.receipts++;
		}
}

static void
judge_receipt(struct work *w, struct half *h, struct file *f, struct receipt *r, const struct chain *c)
{
	char name[SOURCE_PATH_MAX + 80];
	const struct kept *k;
	uint32_t n;

	if (memcmp(r->device, c->id, HASH_LEN) != 0) {
		bad_receipt(w, h, r, "another device's");
		return;
	}
	for (size_t i = 0; i < r->range.nruns; i++)
		for (uint64_t s = 0; s < r->range.run[i].count; s++) {
			const struct row *row = chain_row(c, r->range.run[i].epoch, r->range.run[i].seq + s);

			if (row == NULL ? put_lost(w, r, c, r->range.run[i].epoch, r->range.run[i].seq + s) != 0 : row->nsigs == 0 || put_leaf(w, r, row) != 0) {
				bad_receipt(w, h, r, "one of its entries is not in the journal");
				return;
			}
		}
	(void)snprintf(name, sizeof(name), "%s%s", h->label, f->path);
	n = w->has_keys ? notes_judge(w, r->note, r->note_len, name) : MAP_NONE;
	if (n == MAP_NONE) {
		bad_receipt(w, h, r, "its note is not signed by the log");
		return;
	}
	k = note_at(w, n);
	if (r->range.first != f->number || r->range.count != f->count || k->c.size != f->tree)
		findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not FIRST-COUNT-SIZE", name);
	if (!proof_range_ok(&r->range.proof, r->leaves.data, r->range.first, r->range.count, k->c.size, k->c.root)) {
		bad_receipt(w, h, r, "its proof does not lead to its note's root");
		return;
	}
	if (w->has_tree) {
		(void)notes_history(w, n, name);
		compare_leaves(w, h, r, c);
	}
}

void
village_receipts(struct work *w, struct half *h, const struct chain *c)
{
	struct buf b;
	struct err e;

	buf_init(&b, RECEIPT_MAX + 1);
	for (size_t i = 0; i < h->nfiles; i++) {
		struct file *f = &h->file[i];
		struct receipt r = { .path = f->path };

		if (f->role != ROLE_RECEIPT || half_load(h, f, &b, RECEIPT_MAX) != 0)
			continue;
		buf_init(&r.leaves, RECEIPT_LEAVES_MAX * HASH_LEN);
		if (receipt_parse(r.device, &r.range, &r.note, &r.note_len, buf_str(&b), b.len, &e) != 0)
			work_found(w, BAD_RECEIPT, NULL, MAP_NONE, "%s%s: %s", h->label, f->path, e.text);
		else
			judge_receipt(w, h, f, &r, c);
		buf_free(&r.leaves);
	}
	buf_free(&b);
}
