#include "county/report/fold_extra.h"

#include <stdlib.h>
#include <string.h>

#include "county/report/decisions.h"

struct fold_extra *
extra_of(struct fold_subject *s)
{
	if (s->extra == NULL)
		s->extra = calloc(1, sizeof(*s->extra));
	return s->extra;
}

void
extra_free(struct fold_subject *s)
{
	struct fold_extra *x = s->extra;

	if (x == NULL)
		return;
	for (size_t i = 0; i < x->ndisputes; i++)
		free(x->dispute[i].rival);
	for (size_t i = 0; i < x->nstatements; i++) {
		free(x->statement[i].v);
		free(x->statement[i].said);
	}
	for (size_t i = 0; i < x->nquestions; i++)
		free(x->question[i].entry);
	free(x->dispute);
	free(x->statement);
	free(x->question);
	free(x->target);
	free(x->linked);
	free(x);
	s->extra = NULL;
}

static int
is_number(const struct form_field *f)
{
	return f != NULL && !f->personal && (f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL);
}

static int
has_target(const struct fold_form *f, const char *path)
{
	for (size_t i = 0; i < f->ntargets; i++)
		if (strcmp(f->target[i].path, path) == 0)
			return 1;
	return 0;
}

/* In the form's order. */
static int
put_target(struct fold_form *f, const struct form_field *field)
{
	struct fold_target *more = reallocarray(f->target, f->ntargets + 1, sizeof(*more));
	size_t i = f->ntargets;

	if (more == NULL)
		return -1;
	f->target = more;
	for (; i > 0 && form_field(f->f, more[i - 1].path)->index > field->index; i--)
		more[i] = more[i - 1];
	more[i] = (struct fold_target){ field->path, 0 };
	f->ntargets++;
	return 0;
}

int
extra_targets(struct fold_form *f, const struct plan *p)
{
	const struct plan_line *x;

	for (size_t i = 0; p != NULL && i < p->n; i++) {
		x = p->line[i];
		if (x->dropped || strcmp(x->form, f->id) != 0)
			continue;
		f->planned = 1;
		for (size_t k = 0; k < x->ntargets; k++) {
			if (has_target(f, x->target[k].path) || !is_number(form_field(f->f, x->target[k].path)))
				continue;
			if (put_target(f, form_field(f->f, x->target[k].path)) != 0)
				return -1;
		}
	}
	return 0;
}

/* Is the id among those in ${list}? */
static int
listed(const char *list, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = list; p != NULL && (p = strstr(p, id)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return 1;
	return 0;
}

int
extra_linked(const struct fold_subject *s, const char *id)
{
	return s->extra != NULL && listed(s->extra->linked, id);
}

static int
add_linked(struct fold_subject *s, const char *own)
{
	struct fold_extra *x;
	size_t n;
	char *more;

	if (own == NULL || strcmp(own, s->id) == 0)
		return 0;
	if ((x = extra_of(s)) == NULL)
		return -1;
	if (listed(x->linked, own))
		return 0;
	n = x->linked ? strlen(x->linked) + 1 : 0;
	if ((more = realloc(x->linked, n + strlen(own) + 1)) == NULL)
		return -1;
	if (n > 0)
		more[n - 1] = ' ';
	(void)strcpy(more + n, own);
	x->linked = more;
	return 0;
}

int
extra_entry(struct fold_form *f, struct fold_subject *s, const char *own, const struct ledger_entry *x, const cJSON *root, uint64_t order)
{
	return add_linked(s, own) == 0 && ledgers_take(f, s, x, root, order) == 0 ? 0 : -1;
}

int
extra_dispute(struct fold_subject *s, const uint8_t hash[HASH_LEN], const struct fold_edges *t)
{
	struct fold_extra *x = extra_of(s);
	struct fold_dispute *more, *d;
	size_t n = 0;

	if (x == NULL || (more = reallocarray(x->dispute, x->ndisputes + 1, sizeof(*more))) == NULL)
		return -1;
	x->dispute = more;
	d = &more[x->ndisputes++];
	*d = (struct fold_dispute){ .n = 0 };
	memcpy(d->entry, hash, HASH_LEN);
	while (edges_rival(t, hash, n) != NULL)
		n++;
	if ((d->rival = calloc(n + 1, HASH_LEN)) == NULL)
		return -1;
	for (; d->n < n; d->n++)
		memcpy(d->rival[d->n], edges_rival(t, hash, d->n), HASH_LEN);
	return 0;
}

int
extra_late(struct fold_subject *s)
{
	struct fold_extra *x = extra_of(s);

	if (x == NULL)
		return -1;
	x->late++;
	return 0;
}

static int
plan_line(struct fold_form *f, struct fold_subject *s, const struct plan_line *line, const char *place)
{
	struct fold_extra *x = extra_of(s);
	fold_num v;

	if (x == NULL || (x->target == NULL && f->ntargets > 0 && (x->target = calloc(f->ntargets, sizeof(*x->target))) == NULL))
		return -1;
	if (line->subject[0] == '\0')
		x->planned += line->count;
	else
		x->planned = 1;
	for (size_t i = 0; i < line->ntargets; i++)
		for (size_t k = 0; k < f->ntargets; k++)
			if (strcmp(f->target[k].path, line->target[i].path) == 0 && fold_number(line->target[i].value, &v) == 0)
				x->target[k] += v;
	/* where nothing was begun, the subject stands where and when it is planned */
	if (s->live == 0 && s->order == 0 && (s->place[0] == '\0' || strcmp(line->subject, s->id) == 0)) {
		(void)strcpy(s->place, place);
		if (line->due > s->day)
			s->day = line->due;
	}
	return line->subject[0] != '\0' ? add_linked(s, line->subject) : 0;
}

int
extra_plan(struct fold_forms *forms, const struct decisions *d, int32_t from, int32_t to)
{
	char of_place[PLACE_MAX + 2];
	struct fold_subject *s;
	struct fold_form *f;

	for (size_t i = 0; i < d->plan.n; i++) {
		const struct plan_line *x = d->plan.line[i];

		if (x->dropped || (x->due > 0 && ((from > 0 && x->due < from) || (to > 0 && x->due > to))))
			continue;
		of_place[0] = '/';
		maps_of(&d->places, x->place, of_place + 1);
		if ((f = forms_named(forms, x->form)) == NULL || (s = forms_subject(f, x->subject[0] ? links_of(&d->links, x->subject) : of_place)) == NULL ||
		    plan_line(f, s, x, of_place + 1) != 0)
			return -1;
	}
	return 0;
}
