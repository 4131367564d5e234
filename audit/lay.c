#include "audit/lay.h"

#include <stdlib.h>
#include <string.h>

#include "audit/notes.h"
#include "audit/state.h"
#include "audit/watch.h"

#define ULL(x) ((unsigned long long)(x))

int
lay_note(struct work *w, struct item *it, int beside)
{
	struct device *d = work_device(w, it->h.device);
	struct known *k;

	if (d == NULL || (it->k = work_known(w, it->hash)) == MAP_NONE)
		return -1;
	k = known_at(w, it->k);
	k->device = map_find(&w->devices, it->h.device);
	k->epoch = it->h.epoch;
	k->seq = it->h.seq;
	k->anchor = it->h.anchor_size;
	k->log = it->h.has_log ? audit_log_number(w, it->h.log) : 0;
	k->flags |= KNOWN_PLACED;
	if (w->village != 0) {
		k->village = w->village;
		return 0;
	}
	if (!(k->flags & KNOWN_HERE)) {
		d->entries++;
		w->a->entries++;
		w->a->forked += beside != 0;
		w->a->erased += (k->flags & KNOWN_ERASED) != 0 && field_is(it->raw.personal, "-");
	}
	k->flags |= KNOWN_HERE | (beside ? KNOWN_BESIDE : 0);
	return 0;
}

/* The entry's leaf holds exactly it; 1 when there is one and it does. */
static int
judge_leaf(struct work *w, struct item *it)
{
	const struct known *k = known_at(w, it->k);
	uint8_t hash[HASH_LEN];

	if (!w->has_tree)
		return 0;
	if (k->leaf1 == 0) {
		if (w->village == 0)
			work_found(w, NOT_IN_LOG, &it->at, it->k, "the entry has no leaf");
		return 0;
	}
	item_leaf(it, w->tree.received[k->leaf1 - 1], hash);
	if (it->nsigs > 0 && memcmp(hash, logtree_leaf(&w->tree, k->leaf1 - 1), HASH_LEN) == 0)
		return 1;
	if (it->nsigs > 0)
		work_found(w, UNEXPLAINED_LEAF, &it->at, it->k, "leaf %llu holds another signature, device, epoch or seq", ULL(k->leaf1 - 1));
	return 0;
}

/* May the device say that, there? */
static void
judge_rights(struct work *w, struct item *it)
{
	const struct known *k = known_at(w, it->k);
	const struct device *d = device_at(w, k->device);
	uint64_t index = k->leaf1 - 1;
	int reviewed = (k->flags & (KNOWN_ACCEPTED | KNOWN_RETURNED)) != 0, parked = (k->flags & KNOWN_LATE) != 0;
	int enrolled = state_enrolled(d, it->h.seq > 0 ? index : NEVER);

	if (!enrolled)
		work_found(w, UNKNOWN_DEVICE, &it->at, it->k, "no enrol record stands below its leaf %llu", ULL(index));
	if (d->revoked != 0 && index > d->revoked - 1) {
		parked = 1;
		if (!reviewed)
			work_found(w, REVOKED_DEVICE, &it->at, it->k, "revoked at %llu, its leaf is %llu", ULL(d->revoked - 1), ULL(index));
	}
	if (it->h.seq > 0 && enrolled && !state_assigned(d, it->h.place, index)) {
		parked = 1;
		if (!reviewed)
			work_found(w, WRONG_PLACE, &it->at, it->k, "not assigned to %s at leaf %llu", it->h.place, ULL(index));
	}
	if (it->h.has_form && state_form(w, &it->h) >= index) {
		parked = 1;
		work_found(w, BAD_FORM, &it->at, it->k, "%s %s was not published below its leaf %llu", it->h.form, it->h.form_version, ULL(index));
	}
	if (parked && !(known_at(w, it->k)->flags & KNOWN_ACCEPTED)) {
		w->a->parked++;
		watch_parked(w, it);
	}
}

/* The first kept checkpoint that contains leaf ${index}. */
static const struct timeline *
first_with(const struct work *w, uint64_t index)
{
	size_t lo = 0, hi = w->nline;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (w->line[mid].size > index)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < w->nline ? &w->line[lo] : NULL;
}

void
lay_bounds(const struct work *w, const struct item *it, struct bounds *b)
{
	const struct known *k = known_at(w, it->k);
	const struct kept *note = it->h.anchor_size > 0 ? map_get(&w->notes, it->h.anchor_note) : NULL;
	const struct timeline *t = k->leaf1 ? first_with(w, k->leaf1 - 1) : NULL;

	memset(b, 0, sizeof(*b));
	if (note != NULL && note->time != 0) {
		b->has_low = b->low_witnessed = 1;
		b->low = note->time;
	} else if (it->h.anchor_size > 0 && it->h.anchor_size <= logtree_size(&w->tree)) {
		b->has_low = 1;
		b->low = w->tree.received[it->h.anchor_size - 1];
	}
	if (k->leaf1 == 0)
		return;
	b->has_high = 1;
	b->high_witnessed = t != NULL && t->time != 0;
	b->high = b->high_witnessed ? t->time : w->tree.received[k->leaf1 - 1];
}

static void
judge_time(struct work *w, struct item *it)
{
	struct bounds b;
	uint64_t wall = it->h.wall;

	lay_bounds(w, it, &b);
	if (it->h.clock != CLOCK_UNSET && ((b.has_low && b.low > DAY_MS && wall < b.low - DAY_MS) || (b.has_high && wall > b.high && wall - b.high > DAY_MS)))
		work_found(w, CLOCK_OUTSIDE_BOUNDS, &it->at, it->k, "clock %llu is not within %llu to %llu", ULL(wall), ULL(b.low), ULL(b.high));
	if (w->o->has_window && (!b.has_low || !b.has_high || (b.high > b.low && b.high - b.low > w->o->window * DAY_MS)))
		work_found(w, UNANCHORED_WINDOW, &it->at, it->k, "known only to lie within %llu to %llu", ULL(b.low), ULL(b.high));
}

void
lay_entry(struct work *w, struct half *h, struct item *it, const struct epoch_key *key)
{
	int leaf_ok = judge_leaf(w, it);

	/* A village's copy of an entry whose very signatures were verified in the county's export. */
	if (w->village != 0 && leaf_ok && known_at(w, it->k)->flags & KNOWN_SIG_OK)
		it->sig_ok = 1;
	else
		item_signatures(w, it, key);
	if (leaf_ok && it->sig_ok && (it->person_ok || !it->h.has_actor_key))
		known_at(w, it->k)->flags |= KNOWN_SIG_OK;
	item_content(w, h, it);
	if (w->has_tree && w->village == 0 && known_at(w, it->k)->leaf1 != 0) {
		judge_rights(w, it);
		judge_time(w, it);
	}
	watch_entry(w, it);
	if (w->village == 0 && w->o->progress != NULL && w->a->entries % 1024 == 0)
		w->o->progress(w->o->progress_arg, w->a->entries, w->entries.n);
}

/* Is the place in a gap that was told already?  They stand in order. */
static int
in_hole(const struct device *d, const struct known *k)
{
	size_t lo = 0, hi = d->nholes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct hole *x = &d->holes[mid];

		if (x->epoch < k->epoch || (x->epoch == k->epoch && x->to < k->seq))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->nholes && d->holes[lo].epoch == k->epoch && d->holes[lo].from <= k->seq;
}

void
lay_leaves(struct work *w)
{
	uint64_t since = w->county.has_manifest ? w->county.m.since : 0;

	for (uint32_t i = 0; i < w->entries.n; i++) {
		const struct known *k = known_at(w, i);
		const struct device *d;

		if (k->leaf1 == 0 || k->flags & KNOWN_HERE || k->leaf1 - 1 < since)
			continue;
		d = device_at(w, k->device);
		work_found(w, UNEXPLAINED_LEAF, &(struct place){ d->id, 3, k->epoch, k->seq, NULL }, i, "leaf %llu has no entry in the export", ULL(k->leaf1 - 1));
		w->a->missing += !in_hole(d, k);
	}
}

static int
compare_id(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

void
lay_devices(struct work *w)
{
	for (uint32_t i = 0; i < w->devices.n; i++) {
		const struct device *d = device_at(w, i);

		w->a->devices += d->entries > 0;
		if (w->o->inventory == NULL || (d->entries == 0 && d->nenrolled == 0))
			continue;
		if (w->o->ninventory == 0 || bsearch(d->id, w->o->inventory, w->o->ninventory, 32, compare_id) == NULL)
			work_found(w, UNLISTED_DEVICE, &(struct place){ d->id, 1, 0, 0, NULL }, MAP_NONE, "not in the inventory");
	}
}
