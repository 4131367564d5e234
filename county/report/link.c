#include "county/report/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

/* A forest: each subject that was linked points at the one it folds into. */

struct link_node {
	char id[ID_MAX + 1];
	struct link_node *up;
};

static int
same_id(const void *item, const void *key)
{
	return strcmp(((const struct link_node *)item)->id, key) == 0;
}

static uint64_t
hash_of(const char *id)
{
	uint8_t hash[HASH_LEN];

	sha256(hash, id, strlen(id));
	return dec_be(hash, 8);
}

static struct link_node *
node_of(struct links *t, const char *id)
{
	struct link_node *x = map_get(&t->by_id, hash_of(id), same_id, id);

	if (x != NULL)
		return x;
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	(void)strcpy(x->id, id);
	if (map_put(&t->by_id, hash_of(id), x) == 0)
		return x;
	free(x);
	return NULL;
}

static struct link_node *
top_of(struct link_node *x)
{
	while (x->up != NULL)
		x = x->up;
	return x;
}

const char *
links_of(const struct links *t, const char *id)
{
	struct link_node *x = t->by_id.n > 0 ? map_get(&t->by_id, hash_of(id), same_id, id) : NULL;

	return x != NULL ? top_of(x)->id : id;
}

const struct link_pair *
links_pair(const struct links *t, const char *a, const char *b)
{
	for (size_t i = t->n; i-- > 0;) {
		const struct link_pair *p = &t->pair[i];

		if ((strcmp(p->from, a) == 0 && strcmp(p->to, b) == 0) || (strcmp(p->from, b) == 0 && strcmp(p->to, a) == 0))
			return p;
	}
	return NULL;
}

/* The newest word about two subjects is the only one kept. */
static int
put_pair(struct links *t, const struct link_pair *p)
{
	const struct link_pair *old = links_pair(t, p->from, p->to);
	size_t room = t->room ? 2 * t->room : 64, at;
	struct link_pair *more;

	if (old != NULL) {
		at = (size_t)(old - t->pair);
		memmove(&t->pair[at], &t->pair[at + 1], (t->n - at - 1) * sizeof(*p));
		t->n--;
	} else if (t->n == t->room) {
		if ((more = reallocarray(t->pair, room, sizeof(*more))) == NULL)
			return -1;
		t->pair = more;
		t->room = room;
	}
	t->pair[t->n++] = *p;
	return 0;
}

struct loading {
	struct links *t;
	uint64_t at;
};

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct loading *w = ctx;
	struct link_pair p = { "", "", 0, index };
	struct record r;
	int rc;

	if (index >= w->at)
		return 0;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	p.linked = record_is(&r, "state", "linked");
	rc = record_text(&r, "from", p.from, sizeof(p.from)) || record_text(&r, "to", p.to, sizeof(p.to)) ? -1 : 0;
	record_free(&r);
	return rc == 0 && strcmp(p.from, p.to) != 0 ? put_pair(w->t, &p) : rc;
}

/* In the order of the log; what would close a circle says nothing new. */
static int
join(struct links *t)
{
	struct link_node *a, *b;

	for (size_t i = 0; i < t->n; i++) {
		if (!t->pair[i].linked)
			continue;
		if ((a = node_of(t, t->pair[i].from)) == NULL || (b = node_of(t, t->pair[i].to)) == NULL)
			return -1;
		a = top_of(a);
		b = top_of(b);
		if (a != b)
			a->up = b;
	}
	return 0;
}

int
links_load(struct links *t, struct ledger *l, uint64_t at, struct err *e)
{
	struct loading w = { t, at };

	memset(t, 0, sizeof(*t));
	if (ledger_each_record_of(l, RECORD_LINK, 0, read_record, &w) == 0 && join(t) == 0)
		return 0;
	links_free(t);
	return err_set(e, "the ledger's links of subjects cannot be read");
}

void
links_free(struct links *t)
{
	free(t->pair);
	map_free(&t->by_id, free);
	memset(t, 0, sizeof(*t));
}
