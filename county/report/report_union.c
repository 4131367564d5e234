#include "county/report/report_union.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/fold_internal.h"

/* Rows of several folds, added up. */

void
union_free(struct report_union *u)
{
	report_free(&u->all);
	if (u->rows != NULL)
		map_free(u->rows, NULL);
	free(u->rows);
	for (size_t i = 0; i < u->nforms; i++) {
		free(u->form[i]->stage);
		free(u->form[i]);
	}
	free(u->form);
	for (size_t i = 0; i < u->n; i++) {
		report_free(&u->part[i]);
		fold_free(u->fold[i]);
	}
	free(u->part);
	free(u->fold);
	memset(u, 0, sizeof(*u));
}

/* --- forms: one of each id */

static struct union_form *
form_of(const struct report_union *u, const char *id)
{
	for (size_t i = 0; i < u->nforms; i++)
		if (strcmp(u->form[i]->f.id, id) == 0)
			return u->form[i];
	return NULL;
}

static size_t
knows(const struct fold_form *f)
{
	return f->f != NULL ? f->f->nindicators + 1 : 0;
}

static int
stage_index(const struct fold_choices *c, const char *value)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->c[i].value, value) == 0)
			return (int)i;
	return -1;
}

/* Stages of another version behind those that are there; nothing of a stage is owned here. */
static int
join_stages(struct union_form *x, const struct fold_choices *more)
{
	struct fold_choice *c;

	for (size_t i = 0; i < more->n; i++) {
		if (stage_index(&x->f.stages, more->c[i].value) >= 0)
			continue;
		if ((c = reallocarray(x->stage, x->f.stages.n + 1, sizeof(*c))) == NULL)
			return -1;
		c[x->f.stages.n] = more->c[i];
		x->stage = x->f.stages.c = c;
		x->f.stages.n++;
	}
	return 0;
}

static int
lead(struct union_form *x, const struct fold_form *f)
{
	struct fold_choices had = x->f.stages;
	struct fold_choice *own = x->stage;
	int planned = x->f.planned, judged = x->f.judged, rc;

	x->f = *f;
	x->f.planned |= planned;
	x->f.judged |= judged;
	x->stage = NULL;
	x->f.stages = (struct fold_choices){ NULL, 0 };
	rc = join_stages(x, &f->stages) != 0 || join_stages(x, &had) != 0 ? -1 : 0;
	free(own);
	return rc;
}

static int
join_form(struct report_union *u, const struct fold_form *f)
{
	struct union_form *x = form_of(u, f->id), **more;

	if (x == NULL) {
		if ((more = reallocarray(u->form, u->nforms + 1, sizeof(struct union_form *))) == NULL)
			return -1;
		u->form = more;
		if ((x = u->form[u->nforms] = calloc(1, sizeof(*x))) == NULL)
			return -1;
		u->nforms++;
		return lead(x, f);
	}
	if (knows(f) > knows(&x->f))
		return lead(x, f);
	x->f.planned |= f->planned;
	x->f.judged |= f->judged;
	return join_stages(x, &f->stages);
}

/* --- rows */

static struct report_row *
new_row(struct report_union *u, const struct fold_form *f, const struct report_row *like)
{
	struct report *r = &u->all;
	size_t room = r->room ? 2 * r->room : 64;
	struct report_row *more, *row;

	if (r->n == r->room) {
		if ((more = reallocarray(r->row, room, sizeof(*more))) == NULL)
			return NULL;
		r->row = more;
		r->room = room;
	}
	row = &r->row[r->n];
	memset(row, 0, sizeof(*row));
	row->form = f;
	(void)strcpy(row->key, like->key);
	(void)strcpy(row->name, like->name);
	(void)strcpy(row->place, like->place);
	(void)strcpy(row->within, like->within);
	row->guarded = like->guarded;
	row->blind = u->blind;
	row->classes = like->classes;
	row->class = like->class;
	row->subject = like->subject;
	row->stage = calloc(f->stages.n + 1, sizeof(*row->stage));
	row->value = calloc((f->f != NULL ? f->f->nindicators : 0) + 1, sizeof(*row->value));
	r->n++;
	return row->stage != NULL && row->value != NULL && row_extra_init(row) == 0 ? row : NULL;
}

/* Rows by form and key: an item of the map is the row's number, from 1, for rows move. */
struct place_of { const struct report_union *u; const struct fold_form *f; const char *key; };

static void *
as_item(size_t number)
{
	return (void *)(uintptr_t)number;
}

static int
same_place(const void *item, const void *key)
{
	const struct place_of *k = key;
	const struct report_row *row = &k->u->all.row[(uintptr_t)item - 1];

	return row->form == k->f && strcmp(row->key, k->key) == 0;
}

static struct report_row *
row_of(struct report_union *u, const struct fold_form *f, const struct report_row *like)
{
	const struct place_of key = { u, f, like->key };
	struct report_row *row;
	uint8_t hash[HASH_LEN];
	uintptr_t at;

	if (u->all.by == BY_SUBJECT) /* subjects of two counties are two, whatever they are called */
		return new_row(u, f, like);
	sha256(hash, like->key, strlen(like->key));
	if ((at = (uintptr_t)map_get(u->rows, dec_be(hash, 8) ^ (uintptr_t)f, same_place, &key)) != 0)
		return &u->all.row[at - 1];
	row = new_row(u, f, like);
	return row != NULL && map_put(u->rows, dec_be(hash, 8) ^ (uintptr_t)f, as_item(u->all.n)) == 0 ? row : NULL;
}

static int
add_value(struct report_sum *v, const struct report_sum *w, const int64_t *keys)
{
	v->sum += w->sum;
	v->n += w->n;
	v->other += w->other;
	v->nother += w->nother;
	for (size_t i = 0; i < w->nparts; i++)
		if (figures_part(v, keys != NULL ? keys[w->part[i].key] : w->part[i].key, w->part[i].sum, w->part[i].n) != 0)
			return -1;
	return 0;
}

static int
add_values(struct report_row *to, const struct report_row *from, const int64_t *keys)
{
	const struct form *a = to->form->f, *b = from->form->f;

	for (size_t i = 0; a != NULL && b != NULL && i < a->nindicators; i++)
		for (size_t k = 0; k < b->nindicators; k++)
			if (a->indicators[i].is == b->indicators[k].is && a->indicators[i].distinct == b->indicators[k].distinct &&
			    strcmp(a->indicators[i].name, b->indicators[k].name) == 0 &&
			    add_value(&to->value[i], &from->value[k], a->indicators[i].distinct ? keys : NULL) != 0)
				return -1;
	return 0;
}

static int
add_row(struct report_row *to, const struct report_row *from, const int64_t *keys)
{
	int at;

	to->subjects += from->subjects;
	to->done += from->done;
	to->disputed += from->disputed;
	to->parked += from->parked;
	to->erased += from->erased;
	to->planned += from->planned;
	to->not_begun += from->not_begun;
	to->doubles += from->doubles;
	to->late += from->late;
	to->entries += from->entries;
	for (size_t i = 0; i < from->form->stages.n; i++)
		if ((at = stage_index(&to->form->stages, from->form->stages.c[i].value)) >= 0)
			to->stage[at] += from->stage[i];
	for (size_t i = 0; i < to->form->ntargets; i++)
		for (size_t k = 0; k < from->form->ntargets; k++)
			if (strcmp(to->form->target[i].path, from->form->target[k].path) == 0) {
				to->target[i] += from->target[k];
				to->reached[i] += from->reached[k];
			}
	return add_values(to, from, keys);
}

static int
add_part(struct report_union *u, const struct report *part)
{
	int64_t *keys = NULL;
	const struct fold_form *had = NULL;
	struct report_row *row;
	int rc = 0;

	for (size_t i = 0; i < part->n && rc == 0; i++) {
		const struct report_row *from = &part->row[i];

		if (from->form != had) {
			free(keys);
			keys = text_keys(from->form->texts);
			had = from->form;
		}
		if (keys == NULL || (row = row_of(u, &form_of(u, from->form->id)->f, from)) == NULL)
			rc = -1;
		else
			rc = add_row(row, from, keys);
	}
	free(keys);
	return rc;
}

static size_t
rank(const struct report_union *u, const struct report_row *row)
{
	size_t i = 0;

	while (i < u->nforms && &u->form[i]->f != row->form)
		i++;
	return i;
}

static int
by_form_key(const void *a, const void *b, void *u)
{
	const struct report_row *x = a, *y = b;
	size_t i = rank(u, x), k = rank(u, y);

	return i != k ? i < k ? -1 : 1 : strcmp(x->key, y->key);
}

int
union_add_up(struct report_union *u)
{
	size_t from = 0;
	struct report *r = &u->all;

	for (size_t i = 0; i < u->n; i++) {
		size_t n;
		const struct fold_form *const *f = fold_forms(u->fold[i], &n);

		for (size_t k = 0; k < n; k++)
			if (join_form(u, f[k]) != 0)
				return -1;
	}
	for (size_t i = 0; i < u->n; i++)
		if (add_part(u, &u->part[i]) != 0)
			return -1;
	if (r->n > 1)
		qsort_r(r->row, r->n, sizeof(*r->row), by_form_key, u);
	for (size_t i = 0; i < r->n; i++)
		figures_settle(&r->row[i]);
	for (size_t i = 1; r->by == BY_GROUP && i <= r->n; i++) {
		if (i < r->n && r->row[i].form == r->row[from].form)
			continue;
		report_hide_few(&r->row[from], i - from);
		from = i;
	}
	return 0;
}
