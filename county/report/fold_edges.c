#include <stdlib.h>
#include <string.h>

#include "county/report/fold_internal.h"

/*
 * Corrections and withdrawals form trees: each names the entry it supersedes
 * by its hash, so there are no circles, but the log may have them in any order.
 * They are settled from the newest down, each after all that supersede it.
 */

int
edges_add(struct fold_edges *t, const struct ledger_entry *x, int out)
{
	size_t room = t->room ? 2 * t->room : 64;
	struct fold_edge *more, *e;

	if (t->n == t->room) {
		if ((more = reallocarray(t->e, room, sizeof(*more))) == NULL)
			return -1;
		t->e = more;
		t->room = room;
	}
	e = &t->e[t->n++];
	memset(e, 0, sizeof(*e));
	memcpy(e->from, x->hash, HASH_LEN);
	memcpy(e->to, x->h.supersedes, HASH_LEN);
	e->index = x->index;
	e->withdrawal = strcmp(x->h.kind, "withdrawal") == 0;
	e->out = out != 0;
	return 0;
}

static int
by_to(const void *a, const void *b)
{
	const struct fold_edge *x = a, *y = b;
	int c = memcmp(x->to, y->to, HASH_LEN);

	if (c != 0)
		return c;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int
by_from(const void *a, const void *b, void *ctx)
{
	const struct fold_edge *e = ctx;

	return memcmp(e[*(const size_t *)a].from, e[*(const size_t *)b].from, HASH_LEN);
}

/* The first edge that supersedes ${hash}; the others follow.  n when there is none. */
static size_t
group(const struct fold_edges *t, const uint8_t hash[HASH_LEN])
{
	size_t lo = 0, hi = t->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(t->e[mid].to, hash, HASH_LEN) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
in_group(const struct fold_edges *t, size_t i, const uint8_t hash[HASH_LEN])
{
	return i < t->n && memcmp(t->e[i].to, hash, HASH_LEN) == 0;
}

/* The edge of the correction or withdrawal ${hash}, or NULL when it is none. */
static struct fold_edge *
edge_of(const struct fold_edges *t, const uint8_t hash[HASH_LEN])
{
	size_t lo = 0, hi = t->n, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((c = memcmp(t->e[t->by_from[mid]].from, hash, HASH_LEN)) == 0)
			return &t->e[t->by_from[mid]];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* What an entry comes to, all that supersede it being settled. */
static enum edge_state
decide(const struct fold_edges *t, const struct fold_edge *e)
{
	enum edge_state alone = e->out ? EDGE_VOID : e->withdrawal ? EDGE_TAKES : EDGE_COUNTS;
	enum edge_state s = alone;

	for (size_t i = group(t, e->from); in_group(t, i, e->from); i++) {
		const struct fold_edge *kid = &t->e[i];

		if (kid->state == EDGE_VOID)
			continue;
		if (e->withdrawal) {
			if (kid->withdrawal)
				return EDGE_VOID;
		} else if (kid->state == EDGE_EMPTY) {
			s = EDGE_EMPTY; /* unless a later one stands */
		} else {
			return kid->state == EDGE_TAKES ? EDGE_EMPTY : EDGE_COUNTS;
		}
	}
	return s;
}

static void
pick_winners(struct fold_edges *t)
{
	const uint8_t *won = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct fold_edge *e = &t->e[i];

		if ((e->state == EDGE_COUNTS || e->state == EDGE_TAKES) && (won == NULL || memcmp(won, e->to, HASH_LEN) != 0)) {
			e->wins = 1;
			won = e->to;
		}
	}
}

int
edges_settle(struct fold_edges *t)
{
	size_t *stack, n = 0, i, k;
	struct fold_edge *e, *up;

	if (t->n == 0)
		return 0;
	stack = calloc(t->n, sizeof(*stack));
	t->by_from = calloc(t->n, sizeof(*t->by_from));
	if (stack == NULL || t->by_from == NULL) {
		free(stack);
		return -1;
	}
	qsort(t->e, t->n, sizeof(*t->e), by_to);
	for (i = 0; i < t->n; i++)
		t->by_from[i] = i;
	qsort_r(t->by_from, t->n, sizeof(*t->by_from), by_from, t->e);
	for (i = 0; i < t->n; i++) {
		for (k = group(t, t->e[i].from); in_group(t, k, t->e[i].from); k++)
			t->e[i].pending++;
		if (t->e[i].pending == 0)
			stack[n++] = i;
	}
	while (n > 0) {
		e = &t->e[stack[--n]];
		e->state = decide(t, e);
		if ((up = edge_of(t, e->to)) != NULL && --up->pending == 0)
			stack[n++] = (size_t)(up - t->e);
	}
	free(stack);
	pick_winners(t);
	return 0;
}

int
edges_superseded(const struct fold_edges *t, const uint8_t hash[HASH_LEN], size_t *rivals)
{
	int yes = 0;

	*rivals = 0;
	for (size_t i = group(t, hash); in_group(t, i, hash); i++) {
		yes |= t->e[i].state != EDGE_VOID;
		*rivals += t->e[i].state == EDGE_COUNTS || t->e[i].state == EDGE_TAKES ? 1 : 0;
	}
	return yes;
}

const uint8_t *
edges_rival(const struct fold_edges *t, const uint8_t hash[HASH_LEN], size_t i)
{
	for (size_t k = group(t, hash); in_group(t, k, hash); k++)
		if ((t->e[k].state == EDGE_COUNTS || t->e[k].state == EDGE_TAKES) && i-- == 0)
			return t->e[k].from;
	return NULL;
}

int
edges_wins(const struct fold_edges *t, const uint8_t hash[HASH_LEN])
{
	const struct fold_edge *e;

	for (e = edge_of(t, hash); e != NULL; e = edge_of(t, e->to))
		if (!e->wins)
			return 0;
	return 1;
}

void
edges_free(struct fold_edges *t)
{
	free(t->e);
	free(t->by_from);
	memset(t, 0, sizeof(*t));
}
