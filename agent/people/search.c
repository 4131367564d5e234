#include "agent/people/search.h"

#include <stdlib.h>
#include <string.h>

#include "agent/people/search_internal.h"
#include "base/lapse.h"
#include "base/pinyin.h"
#include "crypto/sign.h"

/* People lie in blocks and their texts in chunks, neither of which ever moves: no copy of a name is left behind when the index grows. */

#define CHUNK ((size_t)32 << 10)
#define GROUPS_MAX 4096
#define READINGS_MAX (NAME_CHARS * (1 + PINYIN_MOST))

struct search *
search_new(void)
{
	struct search *s = lapsed(calloc(1, sizeof(*s)));

	if (s != NULL)
		s->bytes = sizeof(*s);
	return s;
}

void
search_free(struct search *s)
{
	struct chunk *c, *next;
	size_t i;

	if (s == NULL)
		return;
	for (c = s->chunk; c != NULL; c = next) {
		next = c->next;
		wipe(c, sizeof(*c) + c->size);
		free(c);
	}
	for (i = 0; i < SEARCH_BLOCKS && s->block[i] != NULL; i++) {
		wipe(s->block[i], SEARCH_BLOCK * sizeof(struct person));
		free(s->block[i]);
	}
	free(s->group);
	free(s->key);
	free(s);
}

static void *
take(struct search *s, size_t n)
{
	struct chunk *c = s->chunk;
	size_t size = n > CHUNK ? n : CHUNK;

	n = (n + 7) & ~(size_t)7;
	if (c == NULL || c->size - c->used < n) {
		if ((c = lapsed(malloc(sizeof(*c) + size))) == NULL)
			return NULL;
		c->next = s->chunk;
		c->used = 0;
		c->size = size;
		s->chunk = c;
		s->bytes += sizeof(*c) + size;
	}
	c->used += n;
	return c->data + c->used - n;
}

static const char *
text(struct search *s, const char *t)
{
	size_t n = strlen(t) + 1;
	char *copy = n > 1 ? take(s, n) : NULL;

	if (n == 1)
		return "";
	return copy != NULL ? memcpy(copy, t, n) : NULL;
}

static int
name(struct search *s, const char *t, struct search_name *out)
{
	uint32_t chars[NAME_CHARS], *c;
	uint16_t readings[READINGS_MAX], *r;
	size_t n = name_chars(t, chars), k = name_readings(chars, n, readings, READINGS_MAX);
	int rc = -1;

	if ((c = take(s, n * sizeof(*c) + 1)) != NULL && (r = take(s, k * sizeof(*r) + 1)) != NULL) {
		memcpy(c, chars, n * sizeof(*c));
		memcpy(r, readings, k * sizeof(*r));
		*out = (struct search_name){ c, r, (uint8_t)n };
		rc = 0;
	}
	wipe(chars, sizeof(chars));
	wipe(readings, sizeof(readings));
	return rc;
}

struct person *
search_person(const struct search *s, size_t i)
{
	return &s->block[i / SEARCH_BLOCK][i % SEARCH_BLOCK];
}

/* The place of a group, made when it is new; -1 when there are too many or no memory. */
static int
group_of(struct search *s, const char *t)
{
	struct group *more;
	size_t i;

	for (i = s->ngroups; i > 0; i--)
		if (strcmp(s->group[i - 1].text, t) == 0)
			return (int)i - 1;
	if (s->ngroups == GROUPS_MAX || (more = reallocarray(s->group, s->ngroups + 1, sizeof(*more))) == NULL)
		return -1;
	s->group = more;
	more += s->ngroups;
	memset(more, 0, sizeof(*more));
	if ((more->text = text(s, t)) == NULL || name(s, t, &more->name) != 0)
		return -1;
	s->sorted = 0;
	s->bytes += sizeof(*more);
	return (int)s->ngroups++;
}

static void
last4(char out[5], const char *t)
{
	size_t n = strlen(t);

	if (n >= 4)
		memcpy(out, t + n - 4, 4);
}

int
search_add(struct search *s, const struct search_person *p)
{
	const struct person *before = s->n > 0 ? search_person(s, s->n - 1) : NULL;
	struct person *x;
	int g;

	if (s->n >= SEARCH_PEOPLE_MAX || (g = group_of(s, p->group)) < 0)
		return -1;
	if (s->block[s->n / SEARCH_BLOCK] == NULL) {
		if ((s->block[s->n / SEARCH_BLOCK] = lapsed(calloc(SEARCH_BLOCK, sizeof(*x)))) == NULL)
			return -1;
		s->bytes += SEARCH_BLOCK * sizeof(*x);
	}
	x = search_person(s, s->n);
	memset(x, 0, sizeof(*x));
	x->household = before != NULL && !before->dropped && strcmp(before->household, p->household) == 0 ? before->household : text(s, p->household);
	x->group = (uint16_t)g;
	last4(x->id4, p->id_number);
	last4(x->phone4, p->phone);
	if (x->household == NULL || (x->member = text(s, p->member)) == NULL || (x->text = text(s, p->name)) == NULL ||
	    (x->relation = text(s, p->relation)) == NULL || (x->birth = text(s, p->birth)) == NULL || name(s, p->name, &x->name) != 0)
		return -1;
	s->group[g].people++;
	s->n++;
	return 0;
}

static void
wipe_text(const char *t)
{
	if (*t != '\0')
		wipe((char *)(uintptr_t)t, strlen(t));
}

void
search_drop(struct search *s, const char *household)
{
	struct person *x;
	size_t i;

	for (i = 0; i < s->n; i++) {
		x = search_person(s, i);
		if (x->dropped || strcmp(x->household, household) != 0)
			continue;
		wipe_text(x->text);
		wipe_text(x->relation);
		wipe_text(x->birth);
		wipe((void *)(uintptr_t)x->name.chars, x->name.n * sizeof(x->name.chars[0]));
		wipe(x->id4, sizeof(x->id4));
		wipe(x->phone4, sizeof(x->phone4));
		x->dropped = 1;
		s->group[x->group].people--;
		s->dropped++;
	}
}

size_t
search_count(const struct search *s)
{
	return s->n - s->dropped;
}

size_t
search_bytes(const struct search *s)
{
	return s->bytes + s->room * sizeof(s->key[0]);
}

static size_t
digits(const char *t)
{
	return strspn(t, "0123456789");
}

/* As people count: "第2组" before "第10组". */
static int
by_name(const char *a, const char *b)
{
	size_t x, y;

	while (*a != '\0' && *b != '\0') {
		x = digits(a);
		y = digits(b);
		if (x > 0 && y > 0) {
			if (x != y || memcmp(a, b, x) != 0)
				return x != y ? (x < y ? -1 : 1) : memcmp(a, b, x);
			a += x;
			b += y;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return (*a != '\0') - (*b != '\0');
}

void
search_sort_groups(struct search *s)
{
	size_t i, k;

	for (i = 0; i < s->ngroups && !s->sorted; i++)
		for (s->group[i].order = 0, k = 0; k < s->ngroups; k++)
			s->group[i].order += by_name(s->group[k].text, s->group[i].text) < 0;
	s->sorted = 1;
}

void
search_groups(const struct search *s, void (*cb)(void *ctx, const char *group, size_t people), void *ctx)
{
	size_t i, order;

	search_sort_groups((struct search *)(uintptr_t)s);
	for (order = 0; order < s->ngroups; order++)
		for (i = 0; i < s->ngroups; i++)
			if (s->group[i].order == order && s->group[i].people > 0)
				cb(ctx, s->group[i].text, s->group[i].people);
}
