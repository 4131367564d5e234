#include "audit/village.h"

#include <stdio.h>
#include <string.h>

#include "audit/chain.h"
#include "audit/checks.h"
#include "audit/notes.h"
#include "base/enc.h"
#include "evidence/leaf.h"
#include "evidence/receipt.h"

#define ULL(x) ((unsigned long long)(x))

/* --- notes */

/* Also of this log's history, where the log is there. */
static void
village_notes(struct work *w, struct half *h)
{
	struct buf b;

	buf_init(&b, NOTE_MAX + 1);
	for (size_t i = 0; i < h->nfiles; i++) {
		struct file *f = &h->file[i];
		char name[SOURCE_PATH_MAX + 80];
		uint32_t n;

		if (f->role != ROLE_NOTE && f->role != ROLE_CHECKPOINT)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", h->label, f->path);
		if (half_load(h, f, &b, NOTE_MAX) != 0)
			continue;
		if (f->role == ROLE_NOTE && memcmp(f->got, f->hash, HASH_LEN) != 0)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its SHA-256", name);
		n = notes_judge(w, buf_str(&b), b.len, name);
		if (n == MAP_NONE)
			continue;
		if (f->role == ROLE_NOTE && note_at(w, n)->c.size != f->number)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its size", name);
		if (w->has_tree)
			(void)notes_history(w, n, name);
		else
			note_at(w, n)->known = 1;
	}
	buf_free(&b);
}

/* MANIFEST's head against log/checkpoint, which was judged before. */
static void
compare_head(struct work *w, struct half *h)
{
	struct file *f = half_find(h, "log/checkpoint");
	const struct kept *k = f != NULL && f->summed ? map_get(&w->notes, f->got) : NULL;
	uint8_t empty[HASH_LEN];

	if (!h->has_manifest)
		return;
	sha256(empty, "", 0);
	if (f == NULL ? h->m.size != 0 || memcmp(h->m.root, empty, HASH_LEN) != 0 :
	    k != NULL && (h->m.size != k->c.size || memcmp(h->m.root, k->c.root, HASH_LEN) != 0 || strcmp(h->m.origin, k->c.origin) != 0))
		findings_add(h->findings, BAD_EXPORT, NULL, "%sMANIFEST: origin, size or root are not those of log/checkpoint", h->label);
	if (w->village == 0 && k != NULL) {
		w->a->has_head = 1;
		w->a->size = k->c.size;
		memcpy(w->a->tree_root, k->c.root, HASH_LEN);
		w->a->head_time = k->time / 1000;
	}
}

/* The device's newest epoch key signs MANIFEST. */
static void
manifest_signature(struct half *h, const struct chain *c, size_t ndevices)
{
	char name[2 * HASH_LEN + 1];
	struct err e = { "not the half of one device" };

	if (!h->has_manifest)
		return;
	enc_hex(name, c->id, HASH_LEN);
	if (ndevices != 1 || !c->has_key || !c->key.ok || manifest_verify(buf_str(&h->manifest), h->manifest.len, name, c->key.key, &e) != 0)
		findings_add(h->findings, BAD_EXPORT, NULL, "%sMANIFEST: %s", h->label, e.text);
}

/* --- receipts */

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

			if (row == NULL || row->nsigs == 0 || put_leaf(w, r, row) != 0) {
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

static void
receipts(struct work *w, struct half *h, const struct chain *c)
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

/* Leaves of this device, up to its journal's last entry, that the journal has not. */
static void
journal(struct work *w, const struct half *h, const struct chain *c)
{
	const struct row *last = c->nrows ? &c->rows[c->nrows - 1] : NULL;
	uint32_t device = map_find(&w->devices, c->id);

	for (uint32_t i = 0; last != NULL && i < w->entries.n; i++) {
		const struct known *k = known_at(w, i);

		if (k->leaf1 == 0 || k->device != device || k->village == w->village || k->epoch > last->epoch || (k->epoch == last->epoch && k->seq > last->seq))
			continue;
		work_found(w, UNEXPLAINED_LEAF, &(struct place){ c->id, 3, k->epoch, k->seq, NULL }, i, "%sthe device's own journal has not the entry of leaf %llu", h->label, ULL(k->leaf1 - 1));
	}
}

/* The county that the half was shown. */
static void
village_keys(struct work *w, struct half *h)
{
	struct county_keys keys;

	if (checks_keys(w, h, &keys) != 0)
		return;
	if (!w->has_keys) {
		w->keys = keys;
		w->has_keys = 1;
	} else if (memcmp(keys.log_id, w->keys.log_id, HASH_LEN) != 0) {
		work_found(w, INCONSISTENT_LOG, NULL, MAP_NONE, "%sthe village was shown another log", h->label);
	}
}

void
village_judge(struct work *w, struct half *h, uint32_t number)
{
	size_t lo, hi = 0, n = 0;
	struct chain c = { .nrows = 0 };

	w->village = number;
	if (number != 0 && !h->village)
		findings_add(h->findings, BAD_EXPORT, NULL, "%snot a village's half", h->label);
	village_keys(w, h);
	checks_policy(w, h);
	if (w->has_keys)
		village_notes(w, h);
	while (!w->oom && chain_next_device(h, &lo, &hi)) {
		if (n++ > 0)
			chain_free(&c);
		chain_device(&c, w, h, lo, hi, 1);
	}
	manifest_signature(h, &c, n);
	chain_forks(w, h);
	compare_head(w, h);
	if (n > 0)
		receipts(w, h, &c);
	if (number != 0 && n > 0)
		journal(w, h, &c);
	chain_free(&c);
	checks_files(w, h);
	half_finish(h);
	w->village = 0;
}
