#include "audit/village.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/chain.h"
#include "audit/checks.h"
#include "audit/notes.h"
#include "base/enc.h"

#define ULL(x) ((unsigned long long)(x))

/* --- notes */

/* Without the log: two heads of one size that differ are a contradiction by themselves. */
static void
contradictions(struct work *w, const struct half *h)
{
	size_t n, i;
	uint32_t *order = notes_by_size(w, &n);

	for (i = 1; order != NULL && i < n; i++) {
		const struct kept *a = note_at(w, order[i - 1]), *b = note_at(w, order[i]);

		if (a->c.size == b->c.size && memcmp(a->c.root, b->c.root, HASH_LEN) != 0)
			work_found(w, INCONSISTENT_LOG, NULL, MAP_NONE, "%stwo heads of size %llu with different roots, both signed by the log's key", h->label, ULL(a->c.size));
	}
	free(order);
}

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

		if (f->role != ROLE_NOTE && f->role != ROLE_CHECKPOINT && f->role != ROLE_SEEN)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", h->label, f->path);
		if (half_load(h, f, &b, NOTE_MAX) != 0)
			continue;
		if (f->role != ROLE_CHECKPOINT && memcmp(f->got, f->hash, HASH_LEN) != 0)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its SHA-256", name);
		n = notes_judge(w, buf_str(&b), b.len, name);
		if (n == MAP_NONE)
			continue;
		if (f->role != ROLE_CHECKPOINT && note_at(w, n)->c.size != f->number)
			findings_add(h->findings, BAD_EXPORT, NULL, "%s: its name is not its size", name);
		if (w->has_tree)
			(void)notes_history(w, n, name);
		else if (f->role != ROLE_SEEN)
			note_at(w, n)->known = 1;
	}
	buf_free(&b);
	if (!w->has_tree)
		contradictions(w, h);
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

/* --- the journal */

/* The entries that have a leaf, in the order of their devices' numbers (a counting sort). */
static int
sort_by_device(struct work *w)
{
	uint32_t *at = calloc((size_t)w->devices.n + 1, sizeof(*at));

	if (at == NULL || (w->by_device = calloc((size_t)w->entries.n + 1, sizeof(*w->by_device))) == NULL) {
		free(at);
		w->oom = 1;
		return -1;
	}
	for (uint32_t i = 0; i < w->entries.n; i++)
		if (known_at(w, i)->leaf1 != 0)
			at[known_at(w, i)->device + 1]++;
	for (uint32_t i = 0; i < w->devices.n; i++)
		at[i + 1] += at[i];
	w->nby_device = at[w->devices.n];
	for (uint32_t i = 0; i < w->entries.n; i++)
		if (known_at(w, i)->leaf1 != 0)
			w->by_device[at[known_at(w, i)->device]++] = i;
	free(at);
	return 0;
}

/* The size of the newest log that the half's device had verified: of its leaves below, it should know each. */
static uint64_t
seen(const struct work *w, const struct half *h)
{
	const struct file *f = half_find(h, "log/checkpoint");
	const struct kept *k = f != NULL && f->summed ? map_get(&w->notes, f->got) : NULL;

	return k != NULL ? k->c.size : 0;
}

/* Leaves of this device, up to its journal's last entry or in the log that it had seen, that the journal has not, nor declares lost. */
static void
journal(struct work *w, const struct half *h, const struct chain *c)
{
	const struct row *last = c->nrows ? &c->rows[c->nrows - 1] : NULL;
	uint32_t device = map_find(&w->devices, c->id), lo = 0, hi;
	uint64_t size = seen(w, h);

	if (last == NULL || (w->by_device == NULL && sort_by_device(w) != 0))
		return;
	for (hi = w->nby_device; lo < hi;) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (known_at(w, w->by_device[mid])->device < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < w->nby_device && known_at(w, w->by_device[lo])->device == device; lo++) {
		const struct known *k = known_at(w, w->by_device[lo]);

		if (k->village == w->village || chain_is_lost(c, k->epoch, k->seq) || (k->leaf1 > size && (k->epoch > last->epoch || (k->epoch == last->epoch && k->seq > last->seq))))
			continue;
		work_found(w, UNEXPLAINED_LEAF, &(struct place){ c->id, 3, k->epoch, k->seq, NULL }, w->by_device[lo],
		    "%sthe device's own journal has not the entry of leaf %llu", h->label, ULL(k->leaf1 - 1));
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
	} else if (w->has_tree && h->has_manifest && h->m.size <= logtree_size(&w->tree) && map_find(&w->state.county_keys, half_find(h, "county.keys")->got) == MAP_NONE) {
		work_found(w, BAD_KEY, NULL, MAP_NONE, "%scounty.keys: shown to the village, but no record of the log holds it", h->label);
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
		village_receipts(w, h, &c);
	if (number != 0 && n > 0)
		journal(w, h, &c);
	chain_free(&c);
	checks_files(w, h);
	half_finish(h);
	w->village = 0;
}
