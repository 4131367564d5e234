#include <stdlib.h>
#include <string.h>

#include "evidence/leaf.h"
#include "sync/county_internal.h"

/* What the county tells a device about what it holds (docs/format.md 10.3). */

#define RECORD_BYTES_MAX (256U << 10) /* of county records in one answer */

struct held_leaf {
	uint64_t index, seq, received;
	uint32_t epoch;
};

struct held {
	struct held_leaf *leaf;
	size_t n, room;
	int failed;
};

static int
add_leaf(void *ctx, uint64_t index, uint32_t epoch, uint64_t seq, uint64_t received)
{
	struct held *h = ctx;
	struct held_leaf *p;
	size_t room;

	if (h->n == h->room) {
		room = h->room ? 2 * h->room : 256;
		if ((p = realloc(h->leaf, room * sizeof(*p))) == NULL)
			return h->failed = 1;
		h->leaf = p;
		h->room = room;
	}
	h->leaf[h->n++] = (struct held_leaf){ index, seq, received, epoch };
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct held_leaf *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int
by_index(const void *a, const void *b)
{
	const struct held_leaf *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Of a device that forked: what this request brought, which it surely can rebuild; the rest it sends again. */
static int
brought(struct county *c, const struct ingest *in, struct held *h)
{
	struct ledger_entry x;
	size_t i;
	int rc = 1;

	h->n = 0;
	for (i = 0; rc >= 0 && i < in->nitems; i++) {
		if (in->items[i].record != NULL)
			continue;
		ledger_entry_init(&x);
		if ((rc = ledger_entry_get(c->l, in->items[i].hash, &x)) == 1)
			rc = add_leaf(h, x.index, x.h.epoch, x.h.seq, x.received) ? -1 : 1;
		ledger_entry_free(&x);
	}
	return rc < 0 ? -1 : 0;
}

/* In the order of the log, each once. */
static void
put_in_order(struct held *h)
{
	size_t i, n = 0;

	if (h->n == 0)
		return;
	qsort(h->leaf, h->n, sizeof(*h->leaf), by_index);
	for (i = 0; i < h->n; i++)
		if (i == 0 || h->leaf[i].index != h->leaf[n - 1].index)
			h->leaf[n++] = h->leaf[i];
	h->n = n;
}

struct collect {
	struct county *c;
	const struct request *r;
	struct held *h;
};

/* An epoch's leaves beyond its hint. */
static int
collect_epoch(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN])
{
	struct collect *k = ctx;
	const struct request_hint *hint;
	uint32_t held_epoch;
	uint64_t held_seq;
	int64_t after = -1;
	size_t i;

	(void)seq;
	(void)hash;
	if (branch > 0)
		return 0; /* the same epoch again */
	for (i = 0; i < k->r->nhints; i++) {
		hint = &k->r->hint[i];
		if (hint->epoch == epoch && ledger_has(k->c->l, hint->entry, &held_epoch, &held_seq) == 1 && held_epoch == epoch && held_seq == hint->seq)
			after = (int64_t)held_seq;
	}
	return ledger_leaves_of(k->c->l, k->r->device, epoch, after, add_leaf, k->h) != 0 || k->h->failed ? -1 : 0;
}

/* Every leaf of the device beyond its hints, in order; where it has forked, or has a later epoch, only what it brought. */
static int
collect(struct county *c, const struct request *r, const struct ingest *in, struct held *h)
{
	struct collect k = { c, r, h };

	/* a copy of a device shares an epoch with it up to a point that only the two of them know */
	int sure = !in->dev.forked && in->nforks == 0 && in->dev.epoch == 1 && r->epoch == 1;

	if (sure ? ledger_fronts(c->l, r->device, collect_epoch, &k) != 0 : brought(c, in, h) != 0)
		return -1;
	put_in_order(h);
	return 0;
}

/* Can ${x} stand in the range that ends with ${before}? */
static int
continues(const struct range *g, const struct held_leaf *before, const struct held_leaf *x)
{
	int new_run = x->epoch != before->epoch || x->seq != before->seq + 1;

	return x->index == before->index + 1 && x->received == before->received && g->count < RECEIPT_LEAVES_MAX &&
	    (!new_run || g->nruns < RECEIPT_RUNS_MAX);
}

/* The leaves in ranges, as many as an answer holds.  0; 1 when there are more; -1. */
static int
make_ranges(const struct held *h, struct answer *a)
{
	struct range *g = NULL;
	const struct held_leaf *x;
	struct run *run;
	size_t i;

	a->nranges = 0;
	for (i = 0; i < h->n; i++) {
		x = &h->leaf[i];
		if (g == NULL || !continues(g, x - 1, x)) {
			if (a->nranges == ANSWER_RANGES_MAX)
				return 1;
			if ((g = answer_range(a)) == NULL)
				return -1;
			g->first = x->index;
			g->received = x->received;
		}
		run = g->nruns ? &g->run[g->nruns - 1] : NULL;
		if (run != NULL && run->epoch == x->epoch && run->seq + run->count == x->seq)
			run->count++;
		else
			g->run[g->nruns++] = (struct run){ x->epoch, x->seq, 1 };
		g->count++;
	}
	return 0;
}

/* Keep the leaves of what this very request brought, unless that leaves none.  0 or -1. */
static int
keep_brought(const struct ingest *in, struct held *h)
{
	struct held_leaf *at = malloc((in->nitems + 1) * sizeof(*at));
	size_t i, n = 0, kept = 0;

	if (at == NULL)
		return -1;
	for (i = 0; i < in->nitems; i++)
		if (in->items[i].record == NULL)
			at[n++] = (struct held_leaf){ 0, in->items[i].h->seq, 0, in->items[i].h->epoch };
	qsort(at, n, sizeof(*at), by_place);
	for (i = 0; i < h->n && n > 0; i++)
		if (bsearch(&(struct held_leaf){ 0, h->leaf[i].seq, 0, h->leaf[i].epoch }, at, n, sizeof(*at), by_place) != NULL)
			h->leaf[kept++] = h->leaf[i];
	if (kept > 0)
		h->n = kept;
	free(at);
	return 0;
}

static int
fill_ranges(struct county *c, uint64_t size, const struct ingest *in, struct held *h, struct answer *a)
{
	int rc = make_ranges(h, a);
	size_t i;

	/* a device with a hole in its chain keeps asking for all beyond it: what it sent now comes first */
	if (rc == 1) {
		a->more = 1;
		rc = keep_brought(in, h) == 0 ? make_ranges(h, a) : -1;
	}
	if (rc < 0)
		return -1;
	for (i = 0; i < a->nranges; i++)
		if (proof_range(&a->range[i].proof, ledger_reader(c->l), a->range[i].first, a->range[i].count, size) != 0)
			return -1;
	return 0;
}

static int
add_front(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN])
{
	struct answer *a = ctx;
	struct answer_front *f;

	if (a->nfronts == ANSWER_FRONTS_MAX) /* the newest count */
		memmove(a->front, a->front + 1, --a->nfronts * sizeof(*f));
	f = &a->front[a->nfronts++];
	f->epoch = epoch;
	f->branch = branch;
	f->seq = seq;
	memcpy(f->entry, hash, HASH_LEN);
	return 0;
}

int
answer_fronts(struct county *c, const struct request *r, struct answer *a, struct err *e)
{
	return ledger_fronts(c->l, r->device, add_front, a) < 0 ? err_set(e, "the ledger cannot be read for an answer") : 0;
}

static int
add_want(void *ctx, const uint8_t hash[HASH_LEN])
{
	struct answer *a = ctx;

	if (a->nwants == ANSWER_WANTS_MAX)
		return 1;
	memcpy(a->want[a->nwants++], hash, HASH_LEN);
	return 0;
}

struct records { struct answer *a; size_t bytes; };

static int
add_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct records *r = ctx;
	struct answer_record *x;

	if (r->a->nrecords == ANSWER_RECORDS_MAX || (r->bytes > 0 && r->bytes + n > RECORD_BYTES_MAX)) {
		r->a->more = 1;
		return 1;
	}
	x = &r->a->record[r->a->nrecords];
	buf_init(&x->leaf, LEAF_MAX);
	if (buf_put(&x->leaf, leaf, n) != 0)
		return -1;
	r->a->nrecords++;
	x->index = index;
	r->a->next = index + 1;
	r->bytes += n;
	return 0;
}

int
answer_fill(struct county *c, const struct request *r, const struct ingest *in, struct answer *a, struct err *e)
{
	struct held h = { 0 };
	struct records records = { a, 0 };
	uint8_t root[HASH_LEN];
	uint64_t size;
	int rc = -1, more;

	if (ledger_head(c->l, &size, root) != 0 || ledger_note(c->l, size, &a->note) != 1 ||
	    answer_fronts(c, r, a, e) != 0 || ledger_wants(c->l, r->device, add_want, a) < 0 ||
	    collect(c, r, in, &h) != 0 || fill_ranges(c, size, in, &h, a) != 0)
		goto out;
	if (r->size > 0 && proof_consistency(&a->consistency, ledger_reader(c->l), r->size, size) != 0)
		goto out;
	if ((more = ledger_each_record(c->l, r->records, r->device, add_record, &records)) < 0)
		goto out;
	if (more == 0)
		a->next = size; /* all there are: go on behind the tree */
	rc = 0;
out:
	free(h.leaf);
	return rc == 0 ? 0 : err_set(e, "the ledger cannot be read for an answer");
}
