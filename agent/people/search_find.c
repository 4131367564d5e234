#include <stdlib.h>
#include <string.h>

#include "agent/people/search_internal.h"
#include "crypto/sign.h"

/* What was typed, and whom it fits. */

#define RANK_WORDS 256  /* not the whole query in one piece, but each word */

/* Ranks of what is no name. */
enum { RANK_ID = 1, RANK_LAST4 = 2, RANK_PHONE = 3, RANK_PART_OF_ID = 120, RANK_GROUP = 112, RANK_NOT = 0xffff };

struct query {
	const char *text[SEARCH_WORDS_MAX + 1]; /* the whole, then its words */
	size_t len[SEARCH_WORDS_MAX + 1];
	struct pattern p[SEARCH_WORDS_MAX + 1];
	size_t n;                   /* words */
};

static int
take_word(struct query *q, const char *t, size_t n)
{
	size_t at = q->n + 1;

	if (q->n == SEARCH_WORDS_MAX)
		return -1;
	q->text[at] = t;
	q->len[at] = n;
	q->n++;
	return pattern_of(&q->p[at], t, n);
}

/* 0, or -1 when nothing can fit. */
static int
parse(struct query *q, const char *t)
{
	size_t n;

	q->n = 0;
	if (strlen(t) > SEARCH_QUERY_MAX || pattern_of(&q->p[0], t, strlen(t)) != 0)
		return -1;
	q->text[0] = t;
	q->len[0] = strlen(t);
	while (*t != '\0') {
		if (*t == ' ' || *t == '\t' || strncmp(t, "\xe3\x80\x80", 3) == 0) {
			t += *t == ' ' || *t == '\t' ? 1 : 3;
			continue;
		}
		for (n = 0; t[n] != '\0' && t[n] != ' ' && t[n] != '\t' && strncmp(t + n, "\xe3\x80\x80", 3) != 0; n++)
			;
		if (take_word(q, t, n) != 0)
			return -1;
		t += n;
	}
	return 0;
}

/* Are the last four of ${number} what was typed: four, or the whole number? */
static int
is_last4(const char number[5], const char *t, size_t n)
{
	size_t k = strspn(t, "0123456789");

	if (number[0] == '\0' || n < 4 || n > 18 || !(k >= n || (k == n - 1 && (t[k] == 'x' || t[k] == 'X'))))
		return 0;
	return strncasecmp(number, t + n - 4, 4) == 0 && (n == 4 || n == 11 || n >= 15);
}

static unsigned
fit_id(const struct person *x, const char *t, size_t n)
{
	const char *p;

	if (n == strlen(x->household) && strncasecmp(x->household, t, n) == 0)
		return RANK_ID;
	if (n == strlen(x->member) && strncasecmp(x->member, t, n) == 0)
		return 0;
	for (p = x->member; n >= 3 && strlen(p) >= n; p++)
		if (strncasecmp(p, t, n) == 0)
			return RANK_PART_OF_ID;
	return RANK_NOT;
}

/* How one part of the query fits a person: the best of all that it may mean. */
static unsigned
fit(const struct search *s, const struct query *q, size_t i, const struct person *x)
{
	const char *t = q->text[i];
	unsigned best = name_fit(&x->name, &q->p[i]), g = s->group[x->group].fit[i], id;
	size_t n = q->len[i];

	best = best == FIT_NOT ? RANK_NOT : best;
	if ((unsigned char)t[0] < 0x80 && n >= 3) {
		if (is_last4(x->id4, t, n) && best > RANK_LAST4)
			best = RANK_LAST4;
		else if (is_last4(x->phone4, t, n) && best > RANK_PHONE)
			best = RANK_PHONE;
		id = fit_id(x, t, n);
		best = id < best ? id : best;
	}
	return g < best ? g : best;
}

static unsigned
rank(const struct search *s, const struct query *q, const struct person *x)
{
	unsigned whole, worst = 0, one;
	size_t i;

	if (q->n == 0)
		return 0;
	if ((whole = fit(s, q, 0, x)) != RANK_NOT || q->n == 1)
		return whole;
	for (i = 1; i <= q->n; i++) {
		if ((one = fit(s, q, i, x)) == RANK_NOT)
			return RANK_NOT;
		worst = one > worst ? one : worst;
	}
	return worst + RANK_WORDS;
}

static void
fit_groups(struct search *s, const struct query *q)
{
	unsigned f;
	size_t g, i;

	for (g = 0; g < s->ngroups; g++)
		for (i = 0; i <= q->n; i++) {
			f = s->group[g].people > 0 ? name_fit(&s->group[g].name, &q->p[i]) : FIT_NOT;
			/* initials of places find too much */
			s->group[g].fit[i] = f == FIT_NOT || (f & FIT_INITIAL) != 0 ? RANK_NOT : RANK_GROUP;
		}
}

static int
by_key(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
make_room(struct search *s)
{
	uint64_t *more;

	if (s->room >= s->n)
		return 0;
	if ((more = reallocarray(s->key, s->n + 64, sizeof(*more))) == NULL)
		return -1;
	s->key = more;
	s->room = s->n + 64;
	return 0;
}

static void
put_hit(const struct search *s, uint64_t key, struct search_hit *h)
{
	const struct person *x = search_person(s, key & 0xfffff);

	*h = (struct search_hit){ x->household, x->member, s->group[x->group].text, x->text, x->relation, x->birth, x->id4, x->phone4, (unsigned)(key >> 40) };
}

int
search_find(struct search *s, const char *query, const char *group, size_t from, size_t max, struct search_hit *hits, size_t *total)
{
	struct query q;
	const struct person *x;
	unsigned r;
	size_t i, n = 0;

	*total = 0;
	if (make_room(s) != 0)
		return -1;
	if (parse(&q, query) != 0)
		return 0;
	search_sort_groups(s);
	fit_groups(s, &q);
	for (i = 0; i < s->n; i++) {
		x = search_person(s, i);
		if (x->dropped || (group != NULL && strcmp(s->group[x->group].text, group) != 0) || (r = rank(s, &q, x)) == RANK_NOT)
			continue;
		s->key[n++] = (uint64_t)r << 40 | (uint64_t)s->group[x->group].order << 24 | i;
	}
	if (n > 1)
		qsort(s->key, n, sizeof(s->key[0]), by_key);
	*total = n;
	for (i = 0; i < max && from + i < n; i++)
		put_hit(s, s->key[from + i], &hits[i]);
	wipe(&q, sizeof(q));
	return (int)i;
}
