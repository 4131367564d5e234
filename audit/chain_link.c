#include <stdlib.h>
#include <string.h>

#include "audit/chain.h"
#include "audit/notes.h"
#include "audit/state.h"

#define ULL(x) ((unsigned long long)(x))

/* How an entry hangs on the one before, and an epoch on the one before. */

void
chain_begin(struct chain *c, uint32_t epoch)
{
	const struct device *d = map_get(&c->w->devices, c->id);

	c->epoch = epoch;
	c->next = 0;
	c->has_tail = 0;
	c->has_key = 0;
	if (!c->keep)
		c->nrows = 0;
	c->first = c->nrows;
	for (size_t i = 0; d != NULL && i < d->nenrolled; i++)
		if (d->enrolled[i].epoch == epoch) {
			c->has_key = 1;
			c->key = (struct epoch_key){ .epoch = epoch, .ok = 1 };
			memcpy(c->key.key, d->enrolled[i].key, KEY_LEN);
			sha256(c->key.hash, c->key.key, KEY_LEN);
		}
}

/* Did a key with which an earlier epoch of the device opened sign this one's?  (Epochs between may be a copy's.) */
static int
is_endorsed(const struct chain *c, const struct device *d, const struct item *it, const struct epoch_open *o)
{
	const struct epoch_key *former;
	struct buf text;
	int ok = 0;

	buf_init(&text, ENTRY_HEADER_MAX);
	if (epoch_endorsement(&text, c->id, c->epoch, o->key, it->h.prev) == 0)
		for (size_t i = 0; !ok && d != NULL && i < d->nkeys; i++) {
			former = &d->keys[i];
			if (former->epoch >= c->epoch || !former->ok || !dsse_verify(o->former, DSSE_ENROL, text.data, text.len, former->key))
				continue;
			ok = 1;
		}
	buf_free(&text);
	return ok;
}

/* An epoch beyond the first: is its key vouched for? */
static void
judge_successor(struct chain *c, struct item *it, const struct epoch_open *o)
{
	const struct device *d = map_get(&c->w->devices, c->id);

	if (o->has_former) {
		if (!is_endorsed(c, d, it, o))
			work_found(c->w, BAD_CHAIN, &it->at, it->k, "no earlier epoch's key signed this one's");
		return;
	}
	for (size_t i = 0; d != NULL && i < d->nenrolled; i++)
		if (d->enrolled[i].epoch == c->epoch && memcmp(d->enrolled[i].key, o->key, KEY_LEN) == 0)
			return;
	if (c->w->has_tree)
		work_found(c->w, UNKNOWN_DEVICE, &it->at, it->k, "neither the former key nor an enrolment vouches for this epoch's key");
}

static void
keep_key(struct chain *c)
{
	struct device *d = work_device(c->w, c->id);
	struct epoch_key *keys;

	if (d == NULL)
		return;
	for (size_t i = 0; i < d->nkeys; i++)
		if (d->keys[i].epoch == c->epoch) {
			d->keys[i] = c->key;
			return;
		}
	if ((keys = array_grow(c->w, d->keys, d->nkeys, sizeof(*keys))) == NULL)
		return;
	d->keys = keys;
	d->keys[d->nkeys++] = c->key;
}

void
chain_open(struct chain *c, struct item *it)
{
	static const uint8_t none[KEY_LEN];
	struct epoch_open o;
	int ok = epoch_open_parse(&o, it->raw.payload.p, it->raw.payload.len, c->epoch, NULL) == 0;

	if (memcmp(o.key, none, KEY_LEN) == 0)
		return; /* item_content() says that the payload is bad */
	c->has_key = 1;
	c->key = (struct epoch_key){ .epoch = c->epoch, .ok = ok || key_ok(o.key) };
	memcpy(c->key.key, o.key, KEY_LEN);
	sha256(c->key.hash, o.key, KEY_LEN);
	if (c->epoch == 1 && memcmp(c->key.hash, c->id, HASH_LEN) != 0) {
		work_found(c->w, BAD_CHAIN, &it->at, it->k, "the device is not the hash of its first key");
		c->key.ok = 0;
	} else if (c->epoch > 1 && ok) {
		judge_successor(c, it, &o);
	}
	if (!c->beside)
		keep_key(c);
}

/* An entry of this chain that another entry names. */
static const struct known *
named(const struct work *w, const uint8_t hash[32])
{
	const struct known *k = map_get(&w->entries, hash);

	return k != NULL && k->flags & KNOWN_PLACED ? k : NULL;
}

static int
same_device(const struct chain *c, const struct known *k)
{
	return memcmp(device_at(c->w, k->device)->id, c->id, HASH_LEN) == 0;
}

static void
judge_prev(struct chain *c, struct item *it, const struct known *before)
{
	int partial = c->h->has_manifest && c->h->m.since > 0;

	if (!it->h.has_prev)
		return;
	if (it->h.seq == 0) {
		if (!partial && (before == NULL || !same_device(c, before) || before->epoch >= c->epoch))
			work_found(c->w, BAD_CHAIN, &it->at, it->k, "prev names no entry of an earlier epoch");
		return;
	}
	if (!c->has_tail || memcmp(it->h.prev, c->tail, HASH_LEN) == 0)
		return;
	/* The branch may go on from an entry beside it. */
	if (before == NULL || !same_device(c, before) || before->epoch != c->epoch || before->seq + 1 != it->h.seq)
		work_found(c->w, BAD_CHAIN, &it->at, it->k, "prev is not the entry before it");
}

uint32_t
audit_log_number(const struct work *w, const uint8_t log[32])
{
	uint32_t k;

	for (k = 0; k < w->state.nold_logs; k++)
		if (memcmp(w->state.old_logs[k], log, HASH_LEN) == 0)
			return k + 1;
	return w->has_keys && memcmp(w->keys.log_id, log, HASH_LEN) == 0 ? k + 1 : 0;
}

/* An epoch that names a log which succeeded the one of the entry before: its sizes are others. */
static int
begins_anew(const struct work *w, const struct item *it, const struct known *before)
{
	return it->h.seq == 0 && before != NULL && before->log > 0 && it->h.has_log && audit_log_number(w, it->h.log) > before->log;
}

/* A head of a log that lost its end: what the succession leaves does not hold it. */
static int
lost_head(const struct work *w, const struct item *it)
{
	for (size_t k = 0; k < w->state.nold_logs; k++)
		if (it->h.has_log && memcmp(w->state.old_logs[k], it->h.log, HASH_LEN) == 0 && it->h.anchor_size > w->state.old_sizes[k])
			return 1;
	return 0;
}

/* The note that the entry anchors itself to was released, with that size and root. */
static void
judge_anchor(struct work *w, struct item *it)
{
	const struct kept *n;

	if (it->h.anchor_size == 0)
		return;
	n = map_get(&w->notes, it->h.anchor_note);
	if (n == NULL && lost_head(w, it))
		return;
	if (n == NULL || (!n->known && w->village == 0) || n->c.size != it->h.anchor_size || memcmp(n->c.root, it->h.anchor_root, HASH_LEN) != 0)
		work_found(w, BAD_ANCHOR, &it->at, it->k, "no checkpoint of size %llu with that root and hash was released", ULL(it->h.anchor_size));
}

/* The log that it is meant for is this one, or one that this one continues. */
static void
judge_log(struct work *w, struct item *it)
{
	if (!it->h.has_log || (w->has_keys && memcmp(it->h.log, w->keys.log_id, HASH_LEN) == 0))
		return;
	for (size_t i = 0; i < w->state.nold_logs; i++)
		if (memcmp(w->state.old_logs[i], it->h.log, HASH_LEN) == 0)
			return;
	work_found(w, BAD_CHAIN, &it->at, it->k, "it is meant for another log");
}

void
chain_prev(struct chain *c, struct item *it)
{
	const struct known *before = it->h.has_prev ? named(c->w, it->h.prev) : NULL;
	uint64_t size = c->has_tail ? c->tail_anchor : before != NULL && before->flags & (KNOWN_HERE | KNOWN_BESIDE) ? before->anchor : 0;

	judge_prev(c, it, before);
	if (it->h.anchor_size < size && !begins_anew(c->w, it, before))
		work_found(c->w, BAD_ANCHOR, &it->at, it->k, "the anchor's size falls from %llu to %llu", ULL(size), ULL(it->h.anchor_size));
	judge_anchor(c->w, it);
	judge_log(c->w, it);
	if (c->log_set && !it->h.has_log)
		work_found(c->w, BAD_CHAIN, &it->at, it->k, "log is - again");
	c->log_set |= it->h.has_log;
}

static int
by_place(const void *a, const void *b)
{
	const struct hole *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void
gap(struct chain *c, uint32_t epoch, uint64_t from, uint64_t to)
{
	struct place at = { c->id, 3, epoch, from, NULL };
	struct device *d;
	struct hole *holes;

	if (from > to)
		return;
	work_found(c->w, GAP, &at, MAP_NONE, "seq %llu to %llu are missing", ULL(from), ULL(to));
	if (c->w->village != 0 || (d = work_device(c->w, c->id)) == NULL)
		return;
	c->w->holes += to - from + 1;
	if ((holes = array_grow(c->w, d->holes, d->nholes, sizeof(*holes))) == NULL)
		return;
	d->holes = holes;
	d->holes[d->nholes++] = (struct hole){ epoch, from, to };
}

void
chain_gaps(struct chain *c)
{
	size_t first = 0;

	if (c->nlosses > 1)
		qsort(c->losses, c->nlosses, sizeof(*c->losses), by_place);
	if (c->nholes > 1)
		qsort(c->holes, c->nholes, sizeof(*c->holes), by_place);
	for (size_t i = 0; i < c->nholes; i++) {
		const struct hole *h = &c->holes[i];
		uint64_t from = h->from;

		/* losses that end before this hole end before the next ones too, unless a longer one began earlier */
		while (first < c->nlosses && (c->losses[first].epoch < h->epoch || (c->losses[first].epoch == h->epoch && c->losses[first].to < h->from)))
			first++;
		for (size_t j = first; from <= h->to && j < c->nlosses && c->losses[j].epoch == h->epoch && c->losses[j].from <= h->to; j++) {
			if (c->losses[j].to < from)
				continue;
			if (c->losses[j].from > from)
				gap(c, h->epoch, from, c->losses[j].from - 1);
			from = c->losses[j].to + 1;
		}
		gap(c, h->epoch, from, h->to);
	}
}
