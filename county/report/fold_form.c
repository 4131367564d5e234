#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/fold_internal.h"

#define GROUPS_MAX 64 /* a bit each */

/* The forms of a fold: every version published, the columns that come of them, and the subjects each has. */

static int
add_version(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct fold_forms *t = ctx;
	size_t room = t->room ? 2 * t->room : 16;
	struct fold_version *more, *v;

	(void)version;
	if (index >= t->at || (t->only != NULL && strcmp(id, t->only) != 0))
		return 0;
	if (t->nv == t->room) {
		if ((more = reallocarray(t->v, room, sizeof(*more))) == NULL)
			return -1;
		t->v = more;
		t->room = room;
	}
	v = &t->v[t->nv++];
	memset(v, 0, sizeof(*v));
	memcpy(v->hash, hash, HASH_LEN);
	(void)strcpy(v->id, id);
	return 0;
}

struct fold_form *
forms_named(struct fold_forms *t, const char *id)
{
	size_t room = t->form_room ? 2 * t->form_room : 16;
	struct fold_form **more, *f;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->form[i]->id, id) == 0)
			return t->form[i];
	if (t->n == t->form_room) {
		if ((more = reallocarray(t->form, room, sizeof(struct fold_form *))) == NULL)
			return NULL;
		t->form = more;
		t->form_room = room;
	}
	if ((f = calloc(1, sizeof(*f))) == NULL || (f->by_id = calloc(1, sizeof(*f->by_id))) == NULL || (f->id = strdup(id)) == NULL) {
		if (f != NULL)
			free(f->by_id);
		free(f);
		return NULL;
	}
	return t->form[t->n++] = f;
}

int
forms_choice(const struct fold_choices *c, const char *value)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->c[i].value, value) == 0)
			return (int)i;
	return -1;
}

/* What this version has and newer ones have not goes behind them. */
static int
add_choices(struct fold_choices *to, const struct form *f, const struct form_field *field)
{
	struct fold_choice *more, *c;

	for (size_t i = 0; field != NULL && i < field->nchoices; i++) {
		const struct choice *k = &field->choices[i];
		int at = forms_choice(to, k->value);

		if (at < 0) {
			if ((more = reallocarray(to->c, to->n + 1, sizeof(*more))) == NULL)
				return -1;
			to->c = more;
			c = &to->c[to->n];
			*c = (struct fold_choice){ NULL, { k->label[0], k->label[1] }, form_done(f, k->value) };
			if ((c->value = strdup(k->value)) == NULL)
				return -1;
			to->n++;
		}
	}
	return 0;
}

/* The field that says when and the one that says from which fund, as the catalogue calls them. */
static void
name_fields(struct fold_version *v)
{
	const struct form_field *date = form_field(v->f, "date"), *fund = form_field(v->f, "fund");

	for (size_t i = 0; i < v->f->root.nchild && (date == NULL || date->type != FIELD_DATE); i++)
		date = &v->f->root.child[i];
	if (date != NULL && date->type == FIELD_DATE)
		v->date = date->name;
	if (fund != NULL && fund->type == FIELD_SELECT1)
		v->fund = fund->name;
}

/* The one field "target_groups", wherever it stands outside repeats. */
static const struct form_field *
groups_field(const struct form_field *at)
{
	const struct form_field *found = NULL;

	if ((at->type == FIELD_SELECT || at->type == FIELD_SELECT1) && strcmp(at->name, "target_groups") == 0)
		return at;
	for (size_t i = 0; at->type == FIELD_GROUP && i < at->nchild && found == NULL; i++)
		found = groups_field(&at->child[i]);
	return found;
}

static int
add_groups(struct fold_forms *t, struct fold_version *v, struct err *e)
{
	v->groups = t->groups ? groups_field(&v->f->root) : NULL;
	if (add_choices(&v->of->groups, v->f, v->groups) != 0)
		return err_set(e, "out of memory");
	return v->of->groups.n <= GROUPS_MAX ? 0 : err_set(e, "form %s: more than %d target groups", v->id, GROUPS_MAX);
}

static int
read_version(struct fold_forms *t, struct ledger *l, struct fold_version *v, struct err *e)
{
	struct buf xml;
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	rc = ledger_form_body(l, v->hash, &xml);
	if (rc != 1)
		(void)err_set(e, "form %s: its published bytes are not held", v->id);
	else if ((v->f = form_parse(xml.data, xml.len, e)) == NULL)
		(void)err_add(e, "form %s", v->id);
	buf_free(&xml);
	if (v->f == NULL)
		return -1;
	name_fields(v);
	v->of = forms_named(t, v->id);
	if (v->of == NULL || add_choices(&v->of->stages, v->f, v->f->stage ? form_field(v->f, v->f->stage) : NULL) != 0 ||
	    add_choices(&v->of->funds, v->f, v->fund ? form_field(v->f, v->fund) : NULL) != 0)
		return err_set(e, "out of memory");
	if (add_groups(t, v, e) != 0)
		return -1;
	if (v->of->f != NULL)
		return 0;
	v->of->f = v->f;
	v->of->person = double_person(v->f);
	return extra_targets(v->of, t->plan) == 0 && slots_make(v->of) == 0 ? 0 : err_set(e, "out of memory");
}

int
forms_load(struct fold_forms *t, struct ledger *l, uint64_t at, const struct fold_params *p, struct err *e)
{
	t->at = at;
	t->only = p->form;
	t->groups = p->groups;
	if (ledger_each_form(l, add_version, t) != 0)
		return err_set(e, "the ledger's forms cannot be read");
	for (size_t i = 0; i < t->nv; i++)
		if (forms_named(t, t->v[i].id) == NULL)
			return err_set(e, "out of memory");
	for (size_t i = t->nv; i-- > 0;)
		if (read_version(t, l, &t->v[i], e) != 0)
			return -1;
	return 0;
}

const struct fold_version *
forms_version(struct fold_forms *t, const uint8_t hash[HASH_LEN])
{
	if (t->last < t->nv && memcmp(t->v[t->last].hash, hash, HASH_LEN) == 0)
		return &t->v[t->last];
	for (size_t i = 0; i < t->nv; i++) {
		if (memcmp(t->v[i].hash, hash, HASH_LEN) == 0) {
			t->last = i;
			return &t->v[i];
		}
	}
	return NULL;
}

static int
same_id(const void *item, const void *key)
{
	return strcmp(((const struct fold_subject *)item)->id, key) == 0;
}

struct fold_subject *
forms_subject(struct fold_form *f, const char *id)
{
	struct fold_subject *s;
	uint8_t hash[HASH_LEN];

	sha256(hash, id, strlen(id));
	if ((s = map_get(f->by_id, dec_be(hash, 8), same_id, id)) != NULL)
		return s;
	if ((s = calloc(1, sizeof(*s) + f->nslots * sizeof(s->value[0]))) == NULL || (s->id = strdup(id)) == NULL || map_put(f->by_id, dec_be(hash, 8), s) != 0) {
		if (s != NULL)
			free(s->id);
		free(s);
		return NULL;
	}
	s->stage = s->fund = -1;
	s->next = f->subjects;
	return f->subjects = s;
}

static void
free_choices(struct fold_choices *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->c[i].value);
	free(c->c);
}

static void
form_release(struct fold_form *f)
{
	struct fold_subject *s, *next;

	map_free(f->by_id, NULL);
	free(f->by_id);
	for (s = f->subjects; s != NULL; s = next) {
		next = s->next;
		slots_drop(f, s);
		extra_free(s);
		free(s->id);
		free(s);
	}
	slots_free(f);
	free(f->target);
	free_choices(&f->stages);
	free_choices(&f->funds);
	free_choices(&f->groups);
	free(f->id);
	free(f);
}

void
forms_free(struct fold_forms *t)
{
	for (size_t i = 0; i < t->n; i++)
		form_release(t->form[i]);
	for (size_t i = 0; i < t->nv; i++)
		form_free(t->v[i].f);
	free(t->form);
	free(t->v);
	memset(t, 0, sizeof(*t));
}
