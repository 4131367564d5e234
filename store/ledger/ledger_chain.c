#include <stdlib.h>

#include "store/ledger/ledger_impl.h"

/*
 * Fronts: the last entry of each branch of each epoch.  An entry that follows
 * a front moves it; one that follows nothing at a front begins a branch of the
 * next number, so that branches are numbered by their first leaf.
 */

struct front {
	uint64_t seq;
	uint8_t hash[HASH_LEN];
	int dirty;
};

struct chain {
	uint8_t device[HASH_LEN];
	uint64_t dev;
	uint32_t epoch;
	uint64_t added;
	int forked;
	struct front *front; /* by branch number */
	size_t nfront, cap;
};

static int
is_chain(const struct chain *c, const struct entry *h)
{
	return c->epoch == h->epoch && memcmp(c->device, h->device, HASH_LEN) == 0;
}

static struct front *
new_front(struct chain *c, struct err *e)
{
	struct front *more;
	size_t cap = c->cap ? 2 * c->cap : 2;

	if (c->nfront == c->cap) {
		if (!(more = reallocarray(c->front, cap, sizeof(*more)))) {
			(void)err_set(e, "ledger: out of memory");
			return NULL;
		}
		c->front = more;
		c->cap = cap;
	}
	memset(&c->front[c->nfront], 0, sizeof(*c->front));
	return &c->front[c->nfront++];
}

static int
read_fronts(struct chain *c, struct ledger *l, struct err *e)
{
	struct front *f;
	struct rows r;
	int rc;

	if (rows_open(&r, l, LQ_FRONTS_OF_EPOCH, CELLS(cell_int(c->dev), cell_int(c->epoch))))
		return err_set(e, "%s: fronts cannot be read", l->url);
	while ((rc = rows_next(&r)) == 1) {
		if (!(f = new_front(c, e))) {
			rc = -1;
			break;
		}
		f->seq = rows_u64(&r, 1);
		if (rows_bytes(&r, 2, f->hash, HASH_LEN) || rows_u64(&r, 0) != c->nfront - 1) {
			rc = err_set(e, "%s: a front is damaged; run the check", l->url);
			break;
		}
	}
	rows_close(&r);
	return rc;
}

static struct chain *
find_chain(struct chains *cs, const struct entry *h)
{
	if (cs->n && is_chain(&cs->at[cs->last], h))
		return &cs->at[cs->last];
	for (size_t i = 0; i < cs->n; i++) {
		if (is_chain(&cs->at[i], h)) {
			cs->last = i;
			return &cs->at[i];
		}
	}
	return NULL;
}

static struct chain *
open_chain(struct chains *cs, struct ledger *l, const struct entry *h, struct err *e)
{
	struct chain *c, *more;
	size_t cap = cs->cap ? 2 * cs->cap : 16;

	if (cs->n == cs->cap) {
		if (!(more = reallocarray(cs->at, cap, sizeof(*more)))) {
			(void)err_set(e, "ledger: out of memory");
			return NULL;
		}
		cs->at = more;
		cs->cap = cap;
	}
	c = &cs->at[cs->n];
	memset(c, 0, sizeof(*c));
	memcpy(c->device, h->device, HASH_LEN);
	c->epoch = h->epoch;
	cs->last = cs->n++;
	if (ledger_dev(l, c->device, &c->dev, e) || read_fronts(c, l, e))
		return NULL;
	return c;
}

int
chains_dev(struct chains *cs, struct ledger *l, const struct entry *h, uint64_t *dev, struct err *e)
{
	struct chain *c = find_chain(cs, h);

	if (!c && !(c = open_chain(cs, l, h, e)))
		return -1;
	*dev = c->dev;
	return 0;
}

/* Does another entry, logged before, stand at this place of the chain? */
static int
place_taken(struct chain *c, struct ledger *l, const struct entry *h, const uint8_t hash[HASH_LEN])
{
	uint8_t first[HASH_LEN];
	struct rows r;
	int rc = rows_first(&r, l, LQ_ENTRY_AT, CELLS(cell_int(c->dev), cell_int(h->epoch), cell_int(h->seq)));

	if (rc == 1)
		rc = rows_bytes(&r, 0, first, HASH_LEN) ? -1 : memcmp(first, hash, HASH_LEN) != 0;
	rows_close(&r);
	return rc;
}

int
chains_add(struct chains *cs, struct ledger *l, const struct entry *h, const uint8_t hash[HASH_LEN], struct err *e)
{
	struct chain *c = &cs->at[cs->last];
	struct front *f = NULL;
	int taken;

	for (size_t i = 0; !f && h->seq > 0 && i < c->nfront; i++)
		if (c->front[i].seq == h->seq - 1 && memcmp(c->front[i].hash, h->prev, HASH_LEN) == 0)
			f = &c->front[i];
	if (!f) {
		if ((taken = c->nfront ? place_taken(c, l, h, hash) : 0) < 0)
			return err_set(e, "%s: a chain cannot be read", l->url);
		c->forked |= taken;
		if (!(f = new_front(c, e)))
			return -1;
	}
	f->seq = h->seq;
	memcpy(f->hash, hash, HASH_LEN);
	f->dirty = 1;
	c->added++;
	return 0;
}

static int
save_chain(struct chain *c, struct ledger *l, struct err *e)
{
	for (size_t i = 0; i < c->nfront; i++) {
		struct front *f = &c->front[i];

		if (f->dirty && ledger_run(l, e, LQ_FRONT_PUT,
		    CELLS(cell_int(c->dev), cell_int(c->epoch), cell_int(i), cell_int(f->seq), cell_hash(f->hash))) < 0)
			return -1;
	}
	if (c->forked && ledger_run(l, e, LQ_DEVICE_FORKED, CELLS(cell_int(c->dev))) < 0)
		return -1;
	if (c->added && ledger_run(l, e, LQ_DEVICE_ENTRIES, CELLS(cell_int(c->added), cell_int(c->dev))) < 0)
		return -1;
	return 0;
}

int
chains_save(struct chains *cs, struct ledger *l, struct err *e)
{
	for (size_t i = 0; i < cs->n; i++)
		if (save_chain(&cs->at[i], l, e))
			return -1;
	return 0;
}

void
chains_free(struct chains *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		free(cs->at[i].front);
	free(cs->at);
	memset(cs, 0, sizeof(*cs));
}
