#include "audit/logcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/notes.h"
#include "audit/state.h"
#include "evidence/leaf.h"
#include "evidence/tile.h"

#define ULL(x) ((unsigned long long)(x))

/* The largest kept note, or MAP_NONE. */
static uint32_t
largest_note(const struct work *w)
{
	uint32_t best = MAP_NONE;

	for (uint32_t i = 0; i < w->notes.n; i++)
		if (best == MAP_NONE || note_at(w, i)->c.size > note_at(w, best)->c.size)
			best = i;
	return best;
}

static void
take_head(struct work *w, const struct kept *k)
{
	struct audit *a = w->a;

	a->has_head = 1;
	a->size = k->c.size;
	memcpy(a->tree_root, k->c.root, HASH_LEN);
	a->head_time = k->time / 1000;
	memcpy(w->head_hash, k->hash, HASH_LEN);
}

static void
compare_manifest(struct work *w, const struct kept *k)
{
	const struct manifest *m = &w->county.m;

	if (w->county.has_manifest && (strcmp(m->origin, k->c.origin) != 0 || m->size != k->c.size || memcmp(m->root, k->c.root, HASH_LEN) != 0))
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "MANIFEST: origin, size or root are not those of log/checkpoint");
}

int
logcheck_head(struct work *w)
{
	struct file *f = half_find(&w->county, "log/checkpoint");
	uint32_t i = MAP_NONE;
	struct buf b;

	buf_init(&b, NOTE_MAX + 1);
	if (f == NULL)
		work_found(w, BAD_EXPORT, NULL, MAP_NONE, "log/checkpoint: missing");
	else if (half_load(&w->county, f, &b, NOTE_MAX) == 0)
		i = notes_judge(w, buf_str(&b), b.len, "log/checkpoint");
	buf_free(&b);
	if (i != MAP_NONE)
		compare_manifest(w, note_at(w, i));
	if (i == MAP_NONE)
		i = largest_note(w); /* better than nothing; what is wrong has been said */
	if (i == MAP_NONE)
		return -1;
	note_at(w, i)->known = 1;
	take_head(w, note_at(w, i));
	if (w->policy != NULL && !policy_quorum_none(w->policy) && w->a->head_time == 0)
		work_found(w, BAD_CHECKPOINT, NULL, MAP_NONE, "log/checkpoint: the witnesses that the policy asks for did not all cosign it");
	return 0;
}

/* A leaf that stands for an entry: noted down; its entry is laid beside it later. */
static void
entry_leaf(struct work *w, uint64_t index, const struct leaf_entry *l)
{
	struct device *d = work_device(w, l->device);
	uint32_t i = work_known(w, l->entry);
	struct place at = { l->device, 3, l->epoch, l->seq, NULL };
	struct known *k;

	if (d == NULL || i == MAP_NONE)
		return;
	k = known_at(w, i);
	if (k->leaf1 != 0) {
		work_found(w, UNEXPLAINED_LEAF, &at, i, "leaf %llu is a second one of the entry of leaf %llu", ULL(index), ULL(k->leaf1 - 1));
		return;
	}
	k->leaf1 = index + 1;
	k->device = map_find(&w->devices, l->device);
	k->epoch = l->epoch;
	k->seq = l->seq;
	k->flags |= KNOWN_PLACED;
}

static int
take_leaf(struct work *w, uint64_t index, const uint8_t *leaf, size_t n, uint64_t *last)
{
	struct leaf_entry l;
	uint8_t hash[HASH_LEN];
	uint64_t received = 0;

	tree_leaf_hash(hash, leaf, n);
	if (leaf_entry_parse(&l, leaf, n) == 0) {
		struct place at = { l.device, 3, l.epoch, l.seq, NULL };

		received = l.received;
		entry_leaf(w, index, &l);
		if (received < *last)
			work_found(w, INCONSISTENT_LOG, &at, map_find(&w->entries, l.entry), "leaf %llu was received before the one ahead of it", ULL(index));
		*last = received;
	} else if (leaf_is_record(leaf, n)) {
		state_apply(w, index, leaf + 1, n - 1, &received);
	} else {
		work_found(w, BAD_RECORD, NULL, MAP_NONE, "leaf %llu is neither an entry's nor a record's", ULL(index));
	}
	if (logtree_add(&w->tree, hash, received) != 0) {
		w->oom = 1;
		return -1;
	}
	return 0;
}

/* Notes whose size the tree has just reached. */
static void
judge_notes(struct work *w, const uint32_t *order, size_t n, size_t *next)
{
	uint8_t root[HASH_LEN];

	while (*next < n && note_at(w, order[*next])->c.size <= logtree_size(&w->tree)) {
		struct kept *k = note_at(w, order[(*next)++]);

		tree_edge_root(&w->tree.edge, root);
		k->judged = 1;
		k->in_tree = k->c.size == logtree_size(&w->tree) && memcmp(root, k->c.root, HASH_LEN) == 0;
	}
}

/* One entry bundle of ${width} leaves.  0, or -1 with a finding. */
static int
read_bundle(struct work *w, struct file *f, struct buf *b, unsigned width, uint64_t *last, const uint32_t *order, size_t norder, size_t *next)
{
	const uint8_t *p, *end, *leaf;
	size_t used, n;

	if (half_load(&w->county, f, b, HALF_SMALL_MAX) != 0 || b->len == 0)
		return -1;
	p = b->data;
	end = p + b->len;
	for (unsigned i = 0; i < width; i++, p += used) {
		if ((used = tile_get_leaf(p, end, &leaf, &n)) == 0)
			return -1;
		if (take_leaf(w, logtree_size(&w->tree), leaf, n, last) != 0)
			return -1;
		judge_notes(w, order, norder, next);
	}
	return p == end ? 0 : -1;
}

static int
read_leaves(struct work *w, const uint32_t *order, size_t norder)
{
	char path[SOURCE_PATH_MAX] = "log/";
	uint64_t last = 0;
	size_t next = 0;
	unsigned width;
	struct buf b;
	int ret = 0;

	buf_init(&b, HALF_SMALL_MAX + 1);
	judge_notes(w, order, norder, &next);
	for (uint64_t i = 0; ret == 0 && !w->oom && (width = tile_width(w->a->size, 0, i)) > 0; i++) {
		struct file *f;

		if (tile_path(path + 4, sizeof(path) - 4, -1, i, width) != 0)
			break;
		if ((f = half_find(&w->county, path)) != NULL) {
			f->used = 1;
			ret = read_bundle(w, f, &b, width, &last, order, norder, &next);
		}
		if (f == NULL || ret != 0) {
			work_found(w, BAD_INCLUSION, NULL, MAP_NONE, "%s: %s", path, f ? "does not hold the leaves that belong in it" : "missing");
			ret = -1;
		}
	}
	buf_free(&b);
	return ret;
}

/* Every hash tile is what the leaves give. */
static void
compare_tiles(struct work *w)
{
	char path[SOURCE_PATH_MAX] = "log/";
	uint64_t size = logtree_size(&w->tree);
	unsigned width;
	struct buf b;

	buf_init(&b, HALF_SMALL_MAX + 1);
	for (unsigned l = 0; l < LOGTREE_LEVELS; l++)
		for (uint64_t i = 0; (width = tile_width(size, l, i)) > 0; i++) {
			const uint8_t *want = w->tree.level[l].hash + i * TILE_WIDTH * HASH_LEN;
			struct file *f;

			if (tile_path(path + 4, sizeof(path) - 4, (int)l, i, width) != 0)
				continue;
			if ((f = half_find(&w->county, path)) == NULL) {
				work_found(w, BAD_INCLUSION, NULL, MAP_NONE, "%s: missing", path);
				continue;
			}
			f->used = 1;
			if (half_load(&w->county, f, &b, HALF_SMALL_MAX) == 0 && (b.len != (size_t)width * HASH_LEN || memcmp(b.data, want, b.len) != 0))
				work_found(w, BAD_INCLUSION, NULL, MAP_NONE, "%s: not what the leaves give", path);
		}
	buf_free(&b);
}

/* A kept note; of the head, and of what could not be read, enough was said. */
static void
kept_note(struct work *w, uint32_t i, int whole)
{
	const struct kept *k = note_at(w, i);
	char name[64];

	if (memcmp(k->hash, w->head_hash, HASH_LEN) == 0 || (!whole && k->c.size > logtree_size(&w->tree)))
		return;
	(void)snprintf(name, sizeof(name), "log/checkpoints/%llu-%02x%02x%02x%02x...", ULL(k->c.size), k->hash[0], k->hash[1], k->hash[2], k->hash[3]);
	(void)notes_history(w, i, name);
}

void
logcheck_leaves(struct work *w)
{
	struct half *h = &w->county;
	uint8_t root[HASH_LEN];
	uint32_t *order;
	size_t norder;
	int whole;

	if ((order = notes_by_size(w, &norder)) == NULL)
		return;
	w->has_tree = 1;
	whole = read_leaves(w, order, norder) == 0;
	if (w->oom)
		goto out;
	tree_edge_root(&w->tree.edge, root);
	if (whole && memcmp(root, w->a->tree_root, HASH_LEN) != 0)
		work_found(w, BAD_INCLUSION, NULL, MAP_NONE, "the leaves do not give the root of log/checkpoint");
	if (whole)
		compare_tiles(w);
	for (size_t i = 0; whole && i < h->nfiles; i++)
		if ((h->file[i].role == ROLE_TILE || h->file[i].role == ROLE_BUNDLE) && !h->file[i].used)
			work_found(w, BAD_EXPORT, NULL, MAP_NONE, "%s: no tile of this tree", h->file[i].path);
	for (size_t i = 0; i < norder; i++)
		kept_note(w, order[i], whole);
	notes_timeline(w);
	state_newest(w);
out:
	free(order);
}

int
logcheck_first_keys(struct work *w, struct county_keys *keys)
{
	static const char first[] = "log/tile/entries/000";
	const uint8_t *leaf;
	struct record r;
	struct file *f = NULL;
	struct buf b, text;
	size_t n;
	int ret = -1;

	buf_init(&b, HALF_SMALL_MAX + 1);
	buf_init(&text, KEYS_MAX);
	for (size_t i = 0; f == NULL && i < w->county.nfiles; i++)
		if (w->county.file[i].role == ROLE_BUNDLE && strncmp(w->county.file[i].path, first, strlen(first)) == 0)
			f = &w->county.file[i];
	if (f == NULL || half_load(&w->county, f, &b, HALF_SMALL_MAX) != 0 || b.len == 0 ||
	    tile_get_leaf(b.data, b.data + b.len, &leaf, &n) == 0 || !leaf_is_record(leaf, n) || record_parse(&r, leaf + 1, n - 1, NULL) != 0)
		goto out;
	if (record_bytes(&r, "keys", &text) == 0)
		ret = keys_parse(keys, buf_str(&text), text.len, NULL);
	record_free(&r);
out:
	buf_free(&text);
	buf_free(&b);
	return ret;
}

/* A county.keys of another log, under the same root. */
static void
old_key(struct work *w, const uint8_t *leaf, size_t n)
{
	struct county_keys k;
	struct record r;
	struct vkey *v;
	struct buf text;

	if (!leaf_is_record(leaf, n) || record_parse(&r, leaf + 1, n - 1, NULL) != 0)
		return;
	buf_init(&text, KEYS_MAX);
	if (record_is(&r, "what", "county") && record_bytes(&r, "keys", &text) == 0 && keys_parse(&k, buf_str(&text), text.len, NULL) == 0 &&
	    memcmp(k.root, w->keys.root, KEY_LEN) == 0 && memcmp(k.log_id, w->keys.log_id, HASH_LEN) != 0) {
		if (w->nold_vkeys == 0) {
			memcpy(w->state.log, k.log_id, HASH_LEN);
			w->state.has_log = 1;
		}
		if ((v = array_grow(w, w->old_vkeys, w->nold_vkeys, sizeof(*v))) != NULL) {
			w->old_vkeys = v;
			w->old_vkeys[w->nold_vkeys++] = k.log;
		}
	}
	buf_free(&text);
	record_free(&r);
}

void
logcheck_old_keys(struct work *w)
{
	const uint8_t *p, *end, *leaf;
	size_t used, n;
	struct buf b;

	buf_init(&b, HALF_SMALL_MAX + 1);
	for (size_t i = 0; i < w->county.nfiles; i++) {
		if (w->county.file[i].role != ROLE_BUNDLE || half_load(&w->county, &w->county.file[i], &b, HALF_SMALL_MAX) != 0 || b.len == 0)
			continue;
		for (p = b.data, end = p + b.len; p < end && (used = tile_get_leaf(p, end, &leaf, &n)) != 0; p += used)
			old_key(w, leaf, n);
	}
	buf_free(&b);
}
