#include "county/report/double.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/decisions.h"
#include "county/report/fold_extra.h"
#include "crypto/sign.h"

/* Who may stand twice. */

#define PAIRS_MAX 64 /* a group of more subjects is shown without asking which pairs were told apart */

/* The one text behind "name": in compact JSON, or NULL where it stands not at all or several times.  An unescaped quote begins or ends a
   text, so what matches is a member. */
static const char *
one_text(const char *json, const char *name, size_t *n)
{
	const char *p = json, *found = NULL;
	size_t len = strlen(name);

	for (; (p = strstr(p, name)) != NULL; p += len) {
		if (p > json && p[-1] == '\\')
			continue;
		if (found != NULL)
			return NULL;
		found = p + len;
	}
	if (found == NULL)
		return NULL;
	*n = strcspn(found, "\"");
	return *n > 0 && found[*n] == '"' && memchr(found, '\\', *n) == NULL ? found : NULL;
}

static int
has_child(const struct form_field *group, const char *name)
{
	for (size_t i = 0; i < group->nchild; i++)
		if (strcmp(group->child[i].name, name) == 0)
			return 1;
	return 0;
}

static const struct form_field *
person_group(const struct form_field *in)
{
	const struct form_field *f;

	for (size_t i = 0; i < in->nchild; i++) {
		f = &in->child[i];
		if (f->type == FIELD_GROUP && f->personal && has_child(f, "name"))
			return f;
		if (f->type == FIELD_GROUP && (f = person_group(f)) != NULL)
			return f;
	}
	return NULL;
}

int
double_person(const struct form *f)
{
	const struct form_field *g = person_group(&f->root);

	return g != NULL && has_child(g, "id_number");
}

/* Not 0, and not the same in another run. */
static uint64_t
hash_of(struct persons *p, const char *form, const char *place, const char *text, size_t n)
{
	uint8_t hash[HASH_LEN];
	struct buf b;
	uint64_t v;

	if (!p->has_key) {
		random_bytes(p->key, sizeof(p->key));
		p->has_key = 1;
	}
	buf_init(&b, 65536);
	(void)buf_put(&b, p->key, sizeof(p->key));
	(void)buf_printf(&b, "%s %s ", form, place);
	(void)buf_put(&b, text, n);
	sha256(hash, b.data, b.len);
	v = dec_be(hash, 8);
	buf_free(&b);
	return v != 0 ? v : 1;
}

int
persons_take(struct persons *p, const struct fold_form *f, struct fold_subject *s, const struct ledger_entry *x, const char *place,
    uint64_t order)
{
	struct fold_extra *extra;
	const char *text;
	struct buf json;
	size_t n;
	int rc = 0;

	if ((extra = extra_of(s)) == NULL)
		return -1;
	if (order >= extra->newest_order) {
		memcpy(extra->newest, x->hash, HASH_LEN);
		extra->newest_order = order;
	}
	if (!f->person || !x->has_personal || x->erased || x->personal.len == 0)
		return 0;
	buf_init(&json, x->personal.len + 1);
	if (buf_put(&json, x->personal.data, x->personal.len) != 0) {
		rc = -1;
	} else {
		if (order >= extra->number_order && (text = one_text(buf_str(&json), "\"id_number\":\"", &n)) != NULL) {
			extra->number = hash_of(p, f->id, "", text, n);
			extra->number_order = order;
		}
		if (order >= extra->name_order && (text = one_text(buf_str(&json), "\"name\":\"", &n)) != NULL) {
			extra->name = hash_of(p, f->id, place, text, n);
			extra->name_order = order;
		}
	}
	if (json.data != NULL)
		wipe(json.data, json.len);
	buf_free(&json);
	return rc;
}

/* One person of one subject, to be laid beside its neighbours. */
struct item {
	const struct fold_form *form;
	enum double_why why;
	uint64_t hash;
	struct fold_subject *s;
};

struct items { struct item *item; size_t n, room; };

static int
item_put(struct items *t, const struct fold_form *f, enum double_why why, uint64_t hash, struct fold_subject *s)
{
	size_t room = t->room ? 2 * t->room : 256;
	struct item *more;

	if (hash == 0)
		return 0;
	if (t->n == t->room) {
		if ((more = reallocarray(t->item, room, sizeof(*more))) == NULL)
			return -1;
		t->item = more;
		t->room = room;
	}
	t->item[t->n++] = (struct item){ f, why, hash, s };
	return 0;
}

static int
by_person(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->form != y->form)
		return strcmp(x->form->id, y->form->id);
	if (x->why != y->why)
		return x->why < y->why ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return strcmp(x->s->id, y->s->id);
}

static int
same_person(const struct item *a, const struct item *b)
{
	return a->form == b->form && a->why == b->why && a->hash == b->hash;
}

static struct fold_form *
form_named(const struct fold_forms *forms, const char *id)
{
	for (size_t i = 0; i < forms->n; i++)
		if (strcmp(forms->form[i]->id, id) == 0)
			return forms->form[i];
	return NULL;
}

static int
gather(struct persons *p, struct items *t, const struct fold_forms *forms, const struct decisions *d)
{
	const struct plan_line *x;
	struct fold_subject *s;
	struct fold_form *f;
	char place[PLACE_MAX + 1];

	for (size_t i = 0; i < forms->n; i++)
		for (s = forms->form[i]->subjects; s != NULL; s = s->next)
			if (s->live > 0 && s->extra != NULL && (item_put(t, forms->form[i], DOUBLE_NUMBER, s->extra->number, s) != 0 ||
			    item_put(t, forms->form[i], DOUBLE_NAME, s->extra->name, s) != 0))
				return -1;
	for (size_t i = 0; i < d->plan.n; i++) {
		x = d->plan.line[i];
		if (x->dropped || x->name == NULL || x->subject[0] == '\0' || (f = form_named(forms, x->form)) == NULL)
			continue;
		maps_of(&d->places, x->place, place);
		if ((s = forms_subject(f, links_of(&d->links, x->subject))) == NULL ||
		    item_put(t, f, DOUBLE_NAME, hash_of(p, f->id, place, x->name, strlen(x->name)), s) != 0)
			return -1;
	}
	return 0;
}

/* Namesakes: both have a number, and not the same. */
static int
are_two(const struct links *links, enum double_why why, const struct fold_subject *a, const struct fold_subject *b)
{
	const struct link_pair *pair = links_pair(links, a->id, b->id);

	if (pair != NULL && !pair->linked)
		return 1;
	return why == DOUBLE_NAME && a->extra != NULL && b->extra != NULL && a->extra->number != 0 && b->extra->number != 0 &&
	    a->extra->number != b->extra->number;
}

/* Does any pair remain that nobody told apart? */
static int
remains(const struct links *links, enum double_why why, const struct item *t, size_t n)
{
	if (n > PAIRS_MAX)
		return 1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (!are_two(links, why, t[i].s, t[k].s))
				return 1;
	return 0;
}

static int
keep(struct persons *p, const struct item *t, size_t n)
{
	size_t room = p->room ? 2 * p->room : 16;
	struct double_group *more, *g;

	if (p->n == p->room) {
		if ((more = reallocarray(p->group, room, sizeof(*more))) == NULL)
			return -1;
		p->group = more;
		p->room = room;
	}
	g = &p->group[p->n];
	*g = (struct double_group){ t[0].form, t[0].why, calloc(n, sizeof(const struct fold_subject *)), n };
	if (g->subject == NULL)
		return -1;
	p->n++;
	for (size_t i = 0; i < n; i++) {
		g->subject[i] = t[i].s;
		if (extra_of(t[i].s) == NULL)
			return -1;
		t[i].s->extra->doubled = 1;
	}
	return 0;
}

/* The same subjects were kept for a better reason already. */
static int
kept_already(const struct persons *p, const struct item *t, size_t n)
{
	for (size_t i = 0; t[0].s->extra != NULL && t[0].s->extra->doubled && i < p->n; i++) {
		const struct double_group *g = &p->group[i];
		size_t k = 0;

		while (g->form == t[0].form && g->n == n && k < n && g->subject[k] == t[k].s)
			k++;
		if (k == n)
			return 1;
	}
	return 0;
}

/* A subject that says the same twice (its entry and its plan) stands once. */
static size_t
once(struct item *t, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (k == 0 || t[k - 1].s != t[i].s)
			t[k++] = t[i];
	return k;
}

int
persons_settle(struct persons *p, const struct fold_forms *forms, const struct decisions *d)
{
	struct items t = { NULL, 0, 0 };
	size_t from, to, n;
	int rc = gather(p, &t, forms, d);

	if (t.n > 1)
		qsort(t.item, t.n, sizeof(*t.item), by_person);
	for (from = 0; from < t.n && rc == 0; from = to) {
		for (to = from + 1; to < t.n && same_person(&t.item[from], &t.item[to]); to++)
			continue;
		n = to - from > 1 ? once(&t.item[from], to - from) : 1;
		if (n > 1 && remains(&d->links, t.item[from].why, &t.item[from], n) && !kept_already(p, &t.item[from], n))
			rc = keep(p, &t.item[from], n);
	}
	free(t.item);
	return rc;
}

void
persons_free(struct persons *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->group[i].subject);
	free(p->group);
	memset(p, 0, sizeof(*p));
}

const char *
double_why(enum double_why w, int lang)
{
	static const char *const words[][2] = {
		[DOUBLE_NUMBER] = { "公民身份号码相同", "same identity number" }, [DOUBLE_NAME] = { "同村同名", "same name in one place" },
	};

	return words[w][lang];
}

const char *
double_word(enum double_why w)
{
	return w == DOUBLE_NUMBER ? "id-number" : "name";
}
