#include <stdlib.h>
#include <string.h>

#include "evidence/leaf.h"
#include "evidence/record.h"
#include "evidence/value.h"
#include "sync/county_internal.h"

/* Two entries at one place of a chain: the proof goes into the log with the second of them (docs/format.md 6). */

#define JUDGED_MAX 256 /* beginnings in one request that are looked at: an honest one has one or two */

/* The entry that stood there first. */
struct twin {
	const uint8_t *header;
	size_t len;
	const uint8_t *sig;
};

static int
same_place(const struct entry *a, const struct entry *b)
{
	return a->epoch == b->epoch && a->seq == b->seq;
}

/* Do they part here?  Two that follow different entries parted before. */
static int
siblings(const struct entry *a, const struct entry *b)
{
	return same_place(a, b) && (a->seq == 0 || memcmp(a->prev, b->prev, HASH_LEN) == 0);
}

static int
put_fork(struct ingest *in, const struct ledger_item *x, const struct twin *a, uint64_t now, struct err *e)
{
	struct ledger_item item = { 0 };
	struct buf body, *more = reallocarray(in->forks, in->nforks + 1, sizeof(*more)), *leaf;
	int rc;

	if (more == NULL)
		return err_set(e, "out of memory");
	in->forks = more;
	leaf = &in->forks[in->nforks++];
	buf_init(leaf, LEAF_MAX);
	buf_init(&body, LEAF_MAX);
	(void)record_begin(&body, RECORD_FORK, in->c->keys.log_id, now);
	(void)value_put_hex(&body, "device", in->r->device, HASH_LEN);
	(void)buf_printf(&body, "epoch %u\nseq %llu\n", x->h->epoch, (unsigned long long)x->h->seq);
	(void)value_put_b64(&body, "a", a->header, a->len);
	(void)value_put_b64(&body, "a-sig", a->sig, SIG_LEN);
	(void)value_put_b64(&body, "b", x->header, x->header_len);
	(void)value_put_b64(&body, "b-sig", x->sig, SIG_LEN);
	rc = record_seal(leaf, &body, in->c->service, NULL, e);
	buf_free(&body);
	item.record = leaf->data;
	item.record_len = leaf->len;
	return rc == 0 ? ingest_add(in, &item, e) : -1;
}

/* Looking through a device's leaves for one at the place of ${x}. */
struct search {
	struct ledger *l;
	const struct ledger_item *x;
	struct ledger_entry *found;
	int any;                  /* the first there will do */
	int failed;
};

static int
load(void *ctx, const struct ledger_entry *y)
{
	struct search *s = ctx;

	if (!s->any && !siblings(&y->h, s->x->h))
		return 0;
	memcpy(s->found->sig, y->sig, SIG_LEN);
	s->failed = buf_put(&s->found->header, y->header.data, y->header.len) != 0;
	return 1;
}

static int
look_at_leaf(void *ctx, uint64_t index, uint32_t epoch, uint64_t seq, uint64_t received)
{
	struct search *s = ctx;

	(void)epoch;
	(void)received;
	return seq == s->x->h->seq ? ledger_each_entry(s->l, index, index + 1, load, s) : 0;
}

/* The logged entry beside which ${x} begins a branch, into ${found}.  1, 0 or -1. */
static int
logged_twin(struct ingest *in, const struct ledger_item *x, struct ledger_entry *found)
{
	struct search s = { in->c->l, x, found, 0, 0 };
	uint8_t first[HASH_LEN];
	int rc = ledger_at(in->c->l, in->r->device, x->h->epoch, x->h->seq, first);

	if (rc != 1)
		return rc;
	rc = ledger_leaves_of(in->c->l, in->r->device, x->h->epoch, (int64_t)x->h->seq - 1, look_at_leaf, &s);
	/* beyond a hole nobody can say where they parted: the first at this place is proof enough */
	if (rc == 0 && (rc = ledger_has(in->c->l, x->h->prev, NULL, NULL)) >= 0) {
		s.any = rc == 0;
		rc = s.any ? ledger_leaves_of(in->c->l, in->r->device, x->h->epoch, (int64_t)x->h->seq - 1, look_at_leaf, &s) : 0;
	}
	return s.failed ? -1 : rc;
}

/* What this request brought before ${at}: the same entry (then there is nothing new), or one beside which it begins a branch.  1 the same, else 0. */
static int
within(const struct ingest *in, size_t at, struct twin *a)
{
	const struct ledger_item *x = &in->items[at], *y;
	size_t i;

	for (i = 0; i < at; i++) {
		y = &in->items[i];
		if (!siblings(y->h, x->h))
			continue;
		if (memcmp(y->hash, x->hash, HASH_LEN) == 0)
			return 1;
		if (a->header == NULL)
			*a = (struct twin){ y->header, y->header_len, y->sig };
	}
	return 0;
}

/* The entry at ${at}, which nobody held, does not follow the new one before it: does it begin a branch? */
static int
judge(struct ingest *in, size_t at, uint64_t now, struct err *e)
{
	struct ledger_item x = in->items[at];
	struct ledger_entry found;
	struct twin a = { NULL, 0, NULL };
	int rc;

	if (within(in, at, &a))
		return 0;
	ledger_entry_init(&found);
	if ((rc = logged_twin(in, &x, &found)) == 1)
		a = (struct twin){ found.header.data, found.header.len, found.sig };
	if (rc < 0)
		(void)err_set(e, "the ledger cannot be read");
	else
		rc = a.header != NULL ? put_fork(in, &x, &a, now, e) : 0;
	ledger_entry_free(&found);
	return rc;
}

int
ingest_forks(struct ingest *in, uint64_t now, struct err *e)
{
	const struct ledger_item *x;
	size_t i, n = in->nitems;
	unsigned judged = 0;
	int fresh = 0, held;

	for (i = 0; i < n && judged < JUDGED_MAX; i++) {
		x = &in->items[i];
		if (fresh && x->h->has_prev && x->h->seq > 0 && memcmp(x->h->prev, x[-1].hash, HASH_LEN) == 0)
			continue; /* hangs on one that nobody held */
		if ((held = ledger_has(in->c->l, x->hash, NULL, NULL)) < 0)
			return err_set(e, "the ledger cannot be read");
		fresh = !held;
		if (fresh && (judged++, judge(in, i, now, e)) != 0)
			return -1;
	}
	return 0;
}
