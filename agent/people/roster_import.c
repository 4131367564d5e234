#include "agent/people/roster_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/people/roster_import_internal.h"
#include "base/lapse.h"
#include "web/tr.h"

/* A file's households laid beside those that are here. */

/* An identity number and whose it is. */
struct owner {
	const char *number;
	size_t at;                 /* household's place: in ->old, or in the file */
	unsigned row;              /* in the file */
};

struct merge {
	struct import im;
	struct household *old;     /* all that are here, by id */
	size_t nold, room;
	struct owner *owner;       /* of ->old, by number */
	size_t nowners;
	unsigned *claimed;         /* of ->old: the first row of the file's household that it is, 0: of none */
	struct household *put;     /* what is to be stored */
	size_t nput;
};

static int
keep_old(void *ctx, const struct household *h)
{
	struct merge *m = ctx;
	struct household *more;
	size_t room = m->room > 0 ? 2 * m->room : 256;

	if (m->nold == m->room) {
		if ((more = reallocarray(m->old, room, sizeof(*more))) == NULL)
			return -1;
		m->old = more;
		m->room = room;
	}
	if (household_copy(&m->old[m->nold], h) != 0)
		return -1;
	m->nold++;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int way = strcmp(x->number, y->number);

	return way != 0 ? way : (x->row > y->row) - (x->row < y->row);
}

static int
list_owners(struct merge *m)
{
	size_t i, k, n = 0;
	const char *number;

	for (i = 0; i < m->nold; i++)
		n += m->old[i].n;
	if ((m->owner = lapsed(calloc(n + 1, sizeof(*m->owner)))) == NULL || (m->claimed = lapsed(calloc(m->nold + 1, sizeof(*m->claimed)))) == NULL ||
	    (m->put = lapsed(calloc(m->im.n + 1, sizeof(*m->put)))) == NULL)
		return -1;
	for (i = 0; i < m->nold; i++)
		for (k = 0; k < m->old[i].n; k++)
			if (*(number = member_get(&m->old[i].m[k], MEMBER_ID_NUMBER)) != '\0')
				m->owner[m->nowners++] = (struct owner){ number, i, 0 };
	if (m->nowners > 1)
		qsort(m->owner, m->nowners, sizeof(m->owner[0]), by_number);
	return 0;
}

/* The household here with a member of that number; m->nold when there is none. */
static size_t
owner_of(const struct merge *m, const char *number)
{
	struct owner key = { number, 0, 0 }, *o = *number == '\0' || m->nowners == 0 ? NULL : bsearch(&key, m->owner, m->nowners, sizeof(key), by_number);

	return o != NULL ? o->at : m->nold;
}

/* One identity number in two rows of the file. */
static int
find_twins(struct merge *m)
{
	struct owner *list;
	char row[16];
	size_t i, k, n = 0;
	const char *number;

	if ((list = lapsed(calloc(m->im.r->rows + 1, sizeof(*list)))) == NULL)
		return -1;
	for (i = 0; i < m->im.n; i++)
		for (k = 0; k < m->im.in[i].h.n; k++)
			if (*(number = member_get(&m->im.in[i].h.m[k], MEMBER_ID_NUMBER)) != '\0')
				list[n++] = (struct owner){ number, i, m->im.in[i].rows[k] };
	if (n > 1)
		qsort(list, n, sizeof(*list), by_number);
	for (i = 1; i < n; i++)
		if (strcmp(list[i - 1].number, list[i].number) == 0) {
			(void)snprintf(row, sizeof(row), "%u", list[i - 1].row);
			import_find(&m->im, list[i].row, member_items[MEMBER_ID_NUMBER].name, N_("stands in row {1} too"), row);
		}
	free(list);
	return 0;
}

static int
same(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Both known and not the same. */
static int
differ(const struct member *a, const struct member *b, enum member_item item)
{
	return a->item[item] != NULL && b->item[item] != NULL && strcmp(a->item[item], b->item[item]) != 0;
}

/* The household here with a head of that name in that group: its place, m->nold when there is none; several are a finding. */
static size_t
by_head(struct merge *m, const struct incoming *x)
{
	const struct member *head = household_head(&x->h), *other;
	size_t i, found = m->nold;

	for (i = 0; i < m->nold; i++) {
		if (!same(m->old[i].group, x->h.group))
			continue;
		other = household_head(&m->old[i]);
		if (other == NULL || !same(other->item[MEMBER_NAME], head->item[MEMBER_NAME]) ||
		    differ(other, head, MEMBER_ID_NUMBER) || differ(other, head, MEMBER_BIRTH))
			continue;
		if (found != m->nold) {
			import_find(&m->im, x->row, "household", N_("several households here have a head of this name: write the household's id"), "");
			return m->nold;
		}
		found = i;
	}
	return found;
}

static int
by_own_id(const void *key, const void *h)
{
	return strcmp(key, ((const struct household *)h)->id);
}

/* The place in ->old of the household that the file means; m->nold: a new one. */
static size_t
match(struct merge *m, const struct incoming *x)
{
	const struct household *h;
	size_t i, at;

	if (x->id[0] != '\0') {
		h = m->nold == 0 ? NULL : bsearch(x->id, m->old, m->nold, sizeof(*h), by_own_id);
		return h != NULL ? (size_t)(h - m->old) : m->nold;
	}
	for (i = 0; i < x->h.n; i++)
		if ((at = owner_of(m, member_get(&x->h.m[i], MEMBER_ID_NUMBER))) != m->nold)
			return at;
	return by_head(m, x);
}

/* The member of ${h} that ${in} is, not one of those taken already; NULL: a new one. */
static struct member *
match_member(struct household *h, const struct member *in, const uint8_t *taken)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!taken[i] && in->item[MEMBER_ID_NUMBER] != NULL && same(h->m[i].item[MEMBER_ID_NUMBER], in->item[MEMBER_ID_NUMBER]))
			return &h->m[i];
	for (i = 0; i < h->n; i++)
		if (!taken[i] && same(h->m[i].item[MEMBER_NAME], in->item[MEMBER_NAME]) && !differ(&h->m[i], in, MEMBER_ID_NUMBER) && !differ(&h->m[i], in, MEMBER_BIRTH))
			return &h->m[i];
	return NULL;
}

/* What the file says of a member; what it is silent about stays.  1 when that changes something, 0, -1. */
static int
merge_member(struct member *to, const struct member *in)
{
	size_t i;
	int changed = 0;

	for (i = 0; i < MEMBER_ITEMS; i++) {
		if (in->item[i] == NULL || same(in->item[i], to->item[i]))
			continue;
		if (member_set(to, (enum member_item)i, in->item[i]) != 0)
			return -1;
		changed = 1;
	}
	return changed;
}

/* Lay one of the file's households over the one that is here (place ${at}; m->nold: none).  1 when something is new, 0, -1. */
static int
merge_household(struct merge *m, const struct incoming *x, size_t at, struct household *to)
{
	uint8_t taken[HOUSEHOLD_MEMBERS_MAX] = { 0 };
	const char *number;
	struct member *member;
	size_t i, owner;
	int changed = 0, rc, fresh;

	if (x->h.group != NULL && !same(to->group, x->h.group)) {
		if (household_set_group(to, x->h.group) != 0)
			return -1;
		changed = 1;
	}
	for (i = 0; i < x->h.n; i++) {
		number = member_get(&x->h.m[i], MEMBER_ID_NUMBER);
		if ((owner = owner_of(m, number)) != m->nold && owner != at)
			import_find(&m->im, x->rows[i], member_items[MEMBER_ID_NUMBER].name, N_("is in household {1}: take the person out there first"), m->old[owner].id);
		member = match_member(to, &x->h.m[i], taken);
		if ((fresh = member == NULL) && to->n == HOUSEHOLD_MEMBERS_MAX) {
			import_find(&m->im, x->rows[i], "household", N_("has more than 64 members"), "");
			return 0;
		}
		if ((fresh && (member = household_add(to)) == NULL) || (rc = merge_member(member, &x->h.m[i])) < 0)
			return -1;
		taken[member - to->m] = 1;
		m->im.r->members_added += (unsigned)fresh;
		m->im.r->members_changed += (unsigned)(!fresh && rc == 1);
		changed |= rc;
	}
	return changed;
}

static int
merge_one(struct merge *m, const struct incoming *x)
{
	struct household to;
	char row[16];
	size_t at = match(m, x);
	int rc;

	household_init(&to);
	if (at < m->nold && m->claimed[at] != 0) {
		(void)snprintf(row, sizeof(row), "%u", m->claimed[at]);
		import_find(&m->im, x->row, "household", N_("is the same household as that of row {1}"), row);
		return 0;
	}
	if (at < m->nold) {
		m->claimed[at] = x->row;
		if (household_copy(&to, &m->old[at]) != 0)
			return -1;
	} else {
		(void)memcpy(to.id, x->id, sizeof(to.id));
	}
	if ((rc = merge_household(m, x, at, &to)) <= 0) {
		household_free(&to);
		m->im.r->households_same += rc == 0;
		return rc;
	}
	m->im.r->households_added += at == m->nold;
	m->im.r->households_changed += at < m->nold;
	m->put[m->nput++] = to;
	return 0;
}

static int
by_row(const void *a, const void *b)
{
	const struct import_finding *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

static void
merge_free(struct merge *m)
{
	size_t i;

	import_free(&m->im);
	for (i = 0; i < m->nold; i++)
		household_free(&m->old[i]);
	for (i = 0; i < m->nput; i++)
		household_free(&m->put[i]);
	free(m->old);
	free(m->owner);
	free(m->claimed);
	free(m->put);
}

int
roster_import(struct agent *ag, struct buf *text, int dry, struct import_result *r, struct err *e)
{
	struct merge m = { .im = { .r = r } };
	size_t i;
	int rc;

	memset(r, 0, sizeof(*r));
	if ((rc = roster_each(ag, keep_old, &m, e)) != 0 || (rc = import_read(&m.im, text, e)) != 0)
		goto out;
	rc = list_owners(&m) != 0 || find_twins(&m) != 0 ? err_set(e, "out of memory") : 0;
	for (i = 0; i < m.im.n && rc == 0; i++)
		if (merge_one(&m, &m.im.in[i]) != 0)
			rc = err_set(e, "out of memory");
	if (rc == 0 && r->findings > 0) {
		qsort(r->finding, r->findings < IMPORT_FINDINGS ? r->findings : IMPORT_FINDINGS, sizeof(r->finding[0]), by_row);
		rc = 1;
	}
	if (rc == 0 && !dry && m.nput > 0)
		rc = roster_put_all(ag, m.put, m.nput, e);
out:
	merge_free(&m);
	return rc;
}
