#include "agent/people/household.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "base/line.h"
#include "crypto/sign.h"
#include "web/tr.h"

/* Households in memory, and as text at rest: "group", "last", then "member N" with its items, a line each; nothing that is empty. */

#define HOUSEHOLD_ID_MAX 48

static const char *const heads[] = { "户主", "本人", "户主本人", "head", NULL };

static void
forget(char **text)
{
	if (*text != NULL)
		wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static int
keep(char **at, const char *text)
{
	char *copy = NULL;

	if (text != NULL && *text != '\0' && (copy = lapsed(strdup(text))) == NULL)
		return -1;
	forget(at);
	*at = copy;
	return 0;
}

void
household_init(struct household *h)
{
	memset(h, 0, sizeof(*h));
}

static void
member_free(struct member *m)
{
	size_t i;

	for (i = 0; i < MEMBER_ITEMS; i++)
		forget(&m->item[i]);
}

void
household_free(struct household *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->n; i++)
		member_free(&h->m[i]);
	free(h->m);
	forget(&h->group);
	household_init(h);
}

int
household_copy(struct household *to, const struct household *from)
{
	struct member *m;
	size_t i, k;

	household_init(to);
	(void)memcpy(to->id, from->id, sizeof(to->id));
	if (keep(&to->group, from->group) != 0)
		goto fail;
	for (i = 0; i < from->n; i++) {
		if ((m = household_add(to)) == NULL)
			goto fail;
		(void)memcpy(m->id, from->m[i].id, sizeof(m->id));
		for (k = 0; k < MEMBER_ITEMS; k++)
			if (keep(&m->item[k], from->m[i].item[k]) != 0)
				goto fail;
	}
	to->last = from->last;
	return 0;
fail:
	household_free(to);
	return -1;
}

int
household_set_group(struct household *h, const char *text)
{
	return keep(&h->group, text);
}

int
member_set(struct member *m, enum member_item item, const char *text)
{
	return keep(&m->item[item], text);
}

const char *
member_get(const struct member *m, enum member_item item)
{
	return m->item[item] != NULL ? m->item[item] : "";
}

/* HOUSEHOLD-N.  0 or -1. */
static int
name_member(const struct household *h, struct member *m, unsigned n)
{
	int len = snprintf(m->id, sizeof(m->id), "%s-%u", h->id, n);

	return len > 0 && (size_t)len < sizeof(m->id) ? 0 : -1;
}

struct member *
household_add(struct household *h)
{
	struct member *more;

	if (h->n == HOUSEHOLD_MEMBERS_MAX || (more = reallocarray(h->m, h->n + 1, sizeof(*more))) == NULL)
		return NULL;
	h->m = more;
	more += h->n;
	memset(more, 0, sizeof(*more));
	if (h->id[0] != '\0' && name_member(h, more, ++h->last) != 0)
		return NULL;
	h->n++;
	return more;
}

void
household_take(struct household *h, size_t i)
{
	if (i >= h->n)
		return;
	member_free(&h->m[i]);
	memmove(&h->m[i], &h->m[i + 1], (h->n - i - 1) * sizeof(h->m[0]));
	h->n--;
}

int
household_name(struct household *h, const char *id)
{
	size_t i;

	if (strlen(id) > HOUSEHOLD_ID_MAX)
		return -1;
	(void)strcpy(h->id, id);
	for (i = 0; i < h->n; i++)
		if (h->m[i].id[0] == '\0' && name_member(h, &h->m[i], ++h->last) != 0)
			return -1;
	return 0;
}

int
member_is_head(const struct member *m)
{
	size_t i;

	for (i = 0; heads[i] != NULL; i++)
		if (strcasecmp(member_get(m, MEMBER_RELATION), heads[i]) == 0)
			return 1;
	return 0;
}

const struct member *
household_head(const struct household *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (member_is_head(&h->m[i]))
			return &h->m[i];
	return h->n > 0 ? &h->m[0] : NULL;
}

const char *
household_id_rule(const char *id)
{
	size_t digits, n = strlen(id);
	const char *p;

	if (!field_id((struct field){ id, n }, HOUSEHOLD_ID_MAX))
		return N_("is not an id: 1 to 48 letters, digits, '.', '_', '-'");
	for (p = id; *p != '\0'; p += digits > 0 ? digits : 1) {
		digits = strspn(p, "0123456789");
		if (digits >= 17 || digits == 15)
			return N_("looks like an identity number: an id must say nothing about the person");
		if (digits == 11 && *p == '1')
			return N_("looks like a telephone number: an id must say nothing about the person");
	}
	return NULL;
}

/* One line "KEY VALUE", or only its length when ${at} is NULL. */
static size_t
put_line(char *at, const char *key, const char *value)
{
	size_t k = strlen(key), v = strlen(value);

	if (at != NULL) {
		memcpy(at, key, k);
		at[k] = ' ';
		memcpy(at + k + 1, value, v);
		at[k + 1 + v] = '\n';
	}
	return k + v + 2;
}

/* The whole text, or only its length.  Written where it stays, so that no copy is left behind in memory. */
static size_t
put_all(char *at, const struct household *h)
{
	char number[16];
	size_t n = 0, i, k;

	if (h->group != NULL)
		n += put_line(at, "group", h->group);
	(void)snprintf(number, sizeof(number), "%u", h->last);
	n += put_line(at ? at + n : NULL, "last", number);
	for (i = 0; i < h->n; i++) {
		n += put_line(at ? at + n : NULL, "member", strrchr(h->m[i].id, '-') ? strrchr(h->m[i].id, '-') + 1 : "");
		for (k = 0; k < MEMBER_ITEMS; k++)
			if (h->m[i].item[k] != NULL)
				n += put_line(at ? at + n : NULL, member_items[k].name, h->m[i].item[k]);
	}
	return n;
}

char *
household_text(const struct household *h, size_t *n)
{
	char *text = lapsed(malloc(*n = put_all(NULL, h)));

	if (text != NULL)
		(void)put_all(text, h);
	return text;
}

/* Take one line into the household.  0 or -1. */
static int
take_line(struct household *h, const char *key, const char *value)
{
	struct member *m = h->n > 0 ? &h->m[h->n - 1] : NULL;
	uint64_t n;
	size_t k;

	if (strcmp(key, "group") == 0)
		return household_set_group(h, value);
	if (strcmp(key, "last") == 0) {
		if (dec_u64(&n, value, strlen(value)) != 0 || n > 1000000)
			return -1;
		h->last = (unsigned)n;
		return 0;
	}
	if (strcmp(key, "member") == 0) {
		unsigned last = h->last;

		if (dec_u64(&n, value, strlen(value)) != 0 || n > last || (m = household_add(h)) == NULL)
			return -1;
		h->last = last;
		return name_member(h, m, (unsigned)n);
	}
	for (k = 0; m != NULL && k < MEMBER_ITEMS; k++)
		if (strcmp(key, member_items[k].name) == 0)
			return member_set(m, (enum member_item)k, value);
	return m != NULL ? 0 : -1; /* an item of a later version is left out */
}

int
household_parse(struct household *h, const char *id, const char *text, size_t n)
{
	char line[MEMBER_ITEM_MAX + 64], *space;
	struct cursor c;
	struct field f;
	int rc = 0, got;

	household_init(h);
	if (strlen(id) > ID_MAX)
		return -1;
	(void)strcpy(h->id, id);
	cursor_init(&c, text, n);
	while (rc == 0 && (got = cursor_line(&c, &f)) != 0) {
		if (got < 0 || field_copy(f, line, sizeof(line)) != 0 || (space = strchr(line, ' ')) == NULL) {
			rc = -1;
			break;
		}
		*space = '\0';
		rc = take_line(h, line, space + 1);
	}
	wipe(line, sizeof(line));
	if (rc != 0)
		household_free(h);
	return rc;
}
