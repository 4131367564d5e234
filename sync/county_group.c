#include "sync/county_group.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sync/county_internal.h"

/* One append for all that wait (sync/county_group.h).  Without a group: a group of one, on the request's own handle. */

#define GROUP_MAX 64              /* requests in one append */
#define GROUP_ITEMS_MAX 8192      /* entries in it, unless one request brings more */
#define GROUP_BYTES_MAX (16U << 20) /* of their frames when opened, the same */

struct member {
	struct ingest *in;
	int counted;
	uint64_t now;
	struct err *e;
	enum commit rc;
	int done;
	struct member *next;
};

struct county_group {
	struct county *c;
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t news;
	struct member *first, **last;
	int busy;             /* somebody appends */
	struct county_group_state state;
};

static void
fail(struct member *m, const struct err *e)
{
	m->rc = COMMIT_FAILED;
	(void)err_set(m->e, "%s", e->text);
}

/* Count the requests of ${n} members at once.  0 or -1. */
static int
count_requests(struct county *c, struct member **m, size_t n, struct err *e)
{
	struct ledger_seen s[GROUP_MAX];
	struct member *of[GROUP_MAX];
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (!m[i]->counted || m[i]->rc != COMMIT_DONE)
			continue;
		memcpy(s[k].device, m[i]->in->r->device, HASH_LEN);
		s[k].epoch = m[i]->in->r->epoch;
		s[k].counter = m[i]->in->r->counter;
		s[k].when = m[i]->now;
		of[k++] = m[i];
	}
	if (k == 0)
		return 0;
	if (ledger_devices_seen(c->l, s, k, e) != 0)
		return -1;
	for (i = 0; i < k; i++) {
		of[i]->in->a->last = s[i].last;
		of[i]->counted = 0;
		if (s[i].late)
			of[i]->rc = COMMIT_ROLLED_BACK;
	}
	return 0;
}

/* New entries of each member, by the items of the new leaves. */
static void
tell(struct member **m, size_t n, const size_t *from, uint64_t count)
{
	size_t i, begin = 0;
	uint64_t k = 0;

	for (i = 0; i < n; i++) {
		if (m[i]->rc != COMMIT_DONE)
			continue;
		for (; k < count && from[k] < begin + m[i]->in->nitems; k++)
			m[i]->in->stats->entries += m[i]->in->items[from[k] - begin].record == NULL;
		begin += m[i]->in->nitems;
	}
}

/* Append the items of those that are still well, side by side.  New heads (0 or 1), or -1. */
static int
append(struct county *c, struct member **m, size_t n, struct err *e)
{
	struct ledger_item *items;
	uint64_t first, count = 0, now = 0;
	size_t *from, total = 0, i;
	int rc = -1;

	for (i = 0; i < n; i++)
		if (m[i]->rc == COMMIT_DONE) {
			total += m[i]->in->nitems;
			now = m[i]->now > now ? m[i]->now : now;
		}
	if (total == 0)
		return 0;
	items = calloc(total, sizeof(*items));
	from = calloc(total, sizeof(*from));
	for (total = i = 0; items != NULL && i < n; i++)
		if (m[i]->rc == COMMIT_DONE && m[i]->in->nitems > 0) {
			memcpy(&items[total], m[i]->in->items, m[i]->in->nitems * sizeof(*items));
			total += m[i]->in->nitems;
		}
	if (items == NULL || from == NULL)
		(void)err_set(e, "out of memory");
	else if (ledger_append_from(c->l, items, total, now, county_sign_head, c, &first, &count, from, e) == 0) {
		tell(m, n, from, count);
		rc = count > 0;
	}
	free(items);
	free(from);
	return rc;
}

/* Forks are judged on what the last group appended, through the handle that appends. */
static void
judge_forks(struct county *c, struct member **m, size_t n)
{
	struct county *own;
	size_t i;

	for (i = 0; i < n; i++) {
		if (m[i]->rc != COMMIT_DONE)
			continue;
		own = m[i]->in->c;
		m[i]->in->c = c;
		if (ingest_forks(m[i]->in, m[i]->now, m[i]->e) != 0)
			m[i]->rc = COMMIT_FAILED;
		m[i]->in->c = own;
	}
}

/* One request alone.  New heads. */
static int
commit_one(struct county *c, struct member *m)
{
	struct err e = { "" };
	const char *why;
	int rc;

	if (m->rc != COMMIT_DONE)
		return 0;
	if (count_requests(c, &m, 1, &e) != 0 || (rc = append(c, &m, 1, &e)) < 0) {
		fail(m, &e);
		if (!ledger_may_sign(c->l, &why))
			m->rc = COMMIT_STOPPED;
		return 0;
	}
	return rc;
}

/* All together; each alone when that fails, so that the one to blame, if it is one, hinders nobody.  New heads. */
static unsigned
commit_all(struct county *c, struct member **m, size_t n)
{
	struct err e = { "" };
	unsigned heads = 0;
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		m[i]->rc = COMMIT_DONE;
	judge_forks(c, m, n);
	if (n > 1 && count_requests(c, m, n, &e) == 0 && (rc = append(c, m, n, &e)) >= 0)
		return (unsigned)rc;
	for (i = 0; i < n; i++)
		heads += (unsigned)commit_one(c, m[i]);
	return heads;
}

/* From those that wait, in order, at most one of a device.  The lock is held. */
static size_t
take(struct county_group *g, struct member **m)
{
	struct member **at = &g->first, *x;
	size_t n = 0, items = 0, bytes = 0, i;

	while ((x = *at) != NULL && n < GROUP_MAX) {
		if (n > 0 && (items + x->in->nitems > GROUP_ITEMS_MAX || bytes + x->in->bytes > GROUP_BYTES_MAX))
			break;
		for (i = 0; i < n && memcmp(m[i]->in->r->device, x->in->r->device, HASH_LEN) != 0; i++)
			continue;
		if (i < n) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		m[n++] = x;
		items += x->in->nitems;
		bytes += x->in->bytes;
	}
	for (at = &g->first; *at != NULL; at = &(*at)->next)
		continue;
	g->last = at;
	return n;
}

/* Append for everybody until ${own} is done.  The lock is held, but for the work. */
static void
lead(struct county_group *g, const struct member *own)
{
	struct member *m[GROUP_MAX];
	const char *why;
	unsigned heads;
	size_t n, i;
	int may;

	g->busy = 1;
	while (!own->done) {
		n = take(g, m);
		(void)pthread_mutex_unlock(&g->lock);
		heads = commit_all(g->c, m, n);
		may = ledger_may_sign(g->c->l, &why);
		(void)pthread_mutex_lock(&g->lock);
		g->state.requests += n;
		g->state.heads += heads;
		g->state.may_sign = may;
		for (i = 0; i < n; i++)
			m[i]->done = 1;
		(void)pthread_cond_broadcast(&g->news);
	}
	g->busy = 0;
}

enum commit
county_commit(struct ingest *in, int counted, uint64_t now, struct err *e)
{
	struct member own = { .in = in, .counted = counted, .now = now, .e = e }, *m = &own;
	struct county_group *g = in->c->group;

	if (g == NULL) {
		(void)commit_all(in->c, &m, 1);
		return own.rc;
	}
	(void)pthread_mutex_lock(&g->lock);
	*g->last = &own;
	g->last = &own.next;
	while (!own.done && g->busy)
		(void)pthread_cond_wait(&g->news, &g->lock);
	if (!own.done)
		lead(g, &own);
	(void)pthread_mutex_unlock(&g->lock);
	return own.rc;
}

struct county_group *
county_group_new(struct county *c)
{
	struct county_group *g = calloc(1, sizeof(*g));
	const char *why;

	if (g == NULL)
		return NULL;
	g->c = c;
	g->last = &g->first;
	g->state.may_sign = ledger_may_sign(c->l, &why);
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->news, NULL);
	return g;
}

void
county_group_free(struct county_group *g)
{
	if (g == NULL)
		return;
	(void)pthread_cond_destroy(&g->news);
	(void)pthread_mutex_destroy(&g->lock);
	free(g);
}

void
county_group_state(struct county_group *g, struct county_group_state *s)
{
	(void)pthread_mutex_lock(&g->lock);
	*s = g->state;
	(void)pthread_mutex_unlock(&g->lock);
}
