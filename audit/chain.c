#include "audit/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/lay.h"
#include "audit/shape.h"
#include "base/enc.h"

#define ULL(x) ((unsigned long long)(x))
#define PARTS 4

static const char *const PART[PARTS] = { "headers", "sigs", "payloads", "personals" };

static int
row_at(const void *key, const void *row)
{
	const struct row *a = key, *b = row;

	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

const struct row *
chain_row(const struct chain *c, uint32_t epoch, uint64_t seq)
{
	struct row key = { .epoch = epoch, .seq = seq };

	return c->nrows ? bsearch(&key, c->rows, c->nrows, sizeof(key), row_at) : NULL;
}

int
chain_is_lost(const struct chain *c, uint32_t epoch, uint64_t seq)
{
	for (size_t i = 0; i < c->nlosses; i++)
		if (c->losses[i].epoch == epoch && c->losses[i].from <= seq && seq <= c->losses[i].to)
			return 1;
	return 0;
}

static void
keep_row(struct chain *c, const struct item *it)
{
	struct row *rows = array_grow(c->w, c->rows, c->nrows, sizeof(*rows)), *r;

	if (rows == NULL)
		return;
	c->rows = rows;
	r = &c->rows[c->nrows++];
	*r = (struct row){ .epoch = it->h.epoch, .seq = it->h.seq, .k = it->k, .nsigs = it->nsigs };
	for (size_t i = 0; i < it->nsigs; i++)
		memcpy(r->sig[i], it->sig[i].sig, SIG_LEN);
}

static void
add_hole(struct chain *c, struct hole **list, size_t *n, struct hole hole)
{
	struct hole *p = array_grow(c->w, *list, *n, sizeof(*p));

	if (p == NULL)
		return;
	*list = p;
	(*list)[(*n)++] = hole;
}

/* A header that cannot be read: where it says it stands, or else where it should. */
static void
spoilt(struct chain *c, const struct raw *raw, const char *rule)
{
	struct place at = { c->id, 3, c->epoch, c->next, NULL };
	const char *p = raw->header.len ? memmem(raw->header.p, raw->header.len, "\nseq ", 5) : NULL, *lf;
	uint64_t seq;

	if (p != NULL && (lf = memchr(p + 1, '\n', raw->header.len - (size_t)(p + 1 - raw->header.p))) != NULL &&
	    dec_u64(&seq, p + 5, (size_t)(lf - p) - 5) == 0 && seq >= c->next && seq - c->next < UINT32_MAX)
		at.seq = seq;
	work_found(c->w, BAD_CHAIN, &at, MAP_NONE, "%s", rule);
	if (at.seq > c->next)
		add_hole(c, &c->holes, &c->nholes, (struct hole){ c->epoch, c->next, at.seq - 1 });
	c->next = at.seq + 1;
	c->has_tail = 0;
	if (c->w->village == 0)
		c->w->unreadable++;
}

/* An entry whose place is taken, or past. */
static void
out_of_order(struct chain *c, struct item *it)
{
	const struct row *r = chain_row(c, it->h.epoch, it->h.seq);

	if (r != NULL && memcmp(known_at(c->w, r->k)->hash, it->hash, HASH_LEN) != 0) {
		work_found(c->w, FORK, &it->at, it->k, "two entries at one place");
		known_at(c->w, r->k)->flags |= KNOWN_BAD;
		c->w->a->forked += c->w->village == 0;
	} else {
		work_found(c->w, BAD_CHAIN, &it->at, it->k, "seq %llu where %llu should follow", ULL(it->h.seq), ULL(c->next));
		/* it is there, so its place is not a gap */
		add_hole(c, &c->losses, &c->nlosses, (struct hole){ c->epoch, it->h.seq, it->h.seq });
	}
}

static void
take_entry(struct chain *c, struct item *it)
{
	if (it->h.seq > c->next && !(c->nrows == c->first && !c->has_tail && c->h->has_manifest && c->h->m.since > 0 && c->next == 0))
		add_hole(c, &c->holes, &c->nholes, (struct hole){ c->epoch, c->next, it->h.seq - 1 });
	if (it->h.seq != c->next)
		c->has_tail = 0;
	if (it->h.seq == 0)
		chain_open(c, it);
	chain_prev(c, it);
	item_beside(c->w, it);
	lay_entry(c->w, c->h, it, c->has_key ? &c->key : NULL);
	if (item_is(it, "loss")) {
		struct hole l;

		if (shape_loss(it->raw.payload.p, it->raw.payload.len, &l.epoch, &l.from, &l.to) == 0)
			add_hole(c, &c->losses, &c->nlosses, l);
	}
	keep_row(c, it);
	c->next = it->h.seq + 1;
	c->has_tail = 1;
	memcpy(c->tail, it->hash, HASH_LEN);
	c->tail_anchor = it->h.anchor_size;
}

static void
one_entry(struct chain *c, const struct raw *raw)
{
	struct item it;
	struct err e;

	if (item_read(c->w, &it, raw, &e) != 0) {
		spoilt(c, raw, e.text);
		return;
	}
	if (lay_note(c->w, &it, 0) != 0)
		return;
	if (memcmp(it.h.device, c->id, HASH_LEN) != 0 || it.h.epoch != c->epoch)
		work_found(c->w, BAD_CHAIN, &(struct place){ c->id, 3, c->epoch, it.h.seq, NULL }, it.k, "an entry of another device or epoch stands here");
	else if (it.h.seq < c->next)
		out_of_order(c, &it);
	else
		take_entry(c, &it);
}

static int
load_parts(struct chain *c, const char *folder, struct buf b[PARTS])
{
	char path[SOURCE_PATH_MAX];
	struct place at = { c->id, 2, c->epoch, 0, NULL };
	int ok = 1;

	for (unsigned i = 0; i < PARTS; i++) {
		struct file *f;

		(void)snprintf(path, sizeof(path), "%s%s", folder, PART[i]);
		f = half_find(c->h, path);
		if (f == NULL)
			work_found(c->w, BAD_EXPORT, &at, MAP_NONE, "%s%s: missing", c->h->label, path);
		ok &= f != NULL && half_load(c->h, f, &b[i], HALF_TEXT_MAX) == 0;
	}
	return ok ? 0 : -1;
}

/* All entries of one epoch; ${b} is space that is used again and again. */
static void
one_epoch(struct chain *c, const char *folder, uint32_t epoch, struct buf b[PARTS])
{
	struct place at = { c->id, 2, epoch, 0, NULL };
	struct rows rows;
	struct raw raw;
	int got = 0;

	chain_begin(c, epoch);
	if (load_parts(c, folder, b) == 0) {
		rows_init(&rows, b);
		while (!c->w->oom && (got = rows_next(&rows, &raw)) == 1)
			one_entry(c, &raw);
	}
	if (got < 0)
		work_found(c->w, BAD_EXPORT, &at, MAP_NONE, "%sheaders, sigs, payloads and personals do not match in number, or a line is cut", c->h->label);
}

static int
by_epoch(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int
is_part(const struct file *f)
{
	return f->role >= ROLE_HEADERS && f->role <= ROLE_PERSONALS;
}

int
chain_next_device(const struct half *h, size_t *lo, size_t *hi)
{
	for (*lo = *hi; *lo < h->nfiles && !is_part(&h->file[*lo]); (*lo)++)
		;
	for (*hi = *lo; *hi < h->nfiles && is_part(&h->file[*hi]) && memcmp(h->file[*hi].hash, h->file[*lo].hash, HASH_LEN) == 0; (*hi)++)
		;
	return *lo < h->nfiles;
}

/* The epochs that the files [lo, hi) hold, in order. */
static uint32_t *
list_epochs(struct chain *c, size_t lo, size_t hi, size_t *n)
{
	uint32_t *list = NULL, *p;

	*n = 0;
	for (size_t i = lo; i < hi; i++) {
		const struct file *f = &c->h->file[i];

		if (*n > 0 && list[*n - 1] == f->epoch)
			continue;
		if ((p = array_grow(c->w, list, *n, sizeof(*p))) == NULL)
			break;
		list = p;
		list[(*n)++] = f->epoch;
	}
	if (*n > 1)
		qsort(list, *n, sizeof(*list), by_epoch);
	return list;
}

void
chain_device(struct chain *c, struct work *w, struct half *h, size_t lo, size_t hi, int keep)
{
	char hex[2 * HASH_LEN + 1], folder[128];
	struct buf b[PARTS];
	uint32_t *epochs;
	size_t n;

	memset(c, 0, sizeof(*c));
	c->w = w;
	c->h = h;
	c->keep = keep;
	memcpy(c->id, h->file[lo].hash, sizeof(c->id));
	enc_hex(hex, c->id, HASH_LEN);
	epochs = list_epochs(c, lo, hi, &n);
	for (unsigned i = 0; i < PARTS; i++)
		buf_init(&b[i], HALF_TEXT_MAX + 1);
	for (size_t i = 0; i < n && !w->oom; i++) {
		(void)snprintf(folder, sizeof(folder), "entries/%s/%u/", hex, (unsigned)epochs[i]);
		one_epoch(c, folder, epochs[i], b);
	}
	for (unsigned i = 0; i < PARTS; i++)
		buf_free(&b[i]);
	free(epochs);
	chain_gaps(c);
}

void
chain_free(struct chain *c)
{
	free(c->rows);
	free(c->holes);
	free(c->losses);
	memset(c, 0, sizeof(*c));
}
