#include <stdlib.h>
#include <string.h>

#include "county/report/report.h"

/* What stands in a row for an indicator: gathered from subjects, exact, and rounded once when it is shown. */

static int
by_part(const void *a, const void *b)
{
	const struct report_part *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Parts of one key become one. */
static void
settle(struct report_sum *v)
{
	size_t k = 0;

	if (v->nparts > 1)
		qsort(v->part, v->nparts, sizeof(*v->part), by_part);
	for (size_t i = 0; i < v->nparts; i++) {
		if (k > 0 && v->part[k - 1].key == v->part[i].key) {
			v->part[k - 1].sum += v->part[i].sum;
			v->part[k - 1].n += v->part[i].n;
		} else {
			v->part[k++] = v->part[i];
		}
	}
	v->nparts = k;
}

static int
part_add(struct report_sum *v, struct report_part p)
{
	size_t room = v->room ? 2 * v->room : 16;
	struct report_part *more;

	if (v->nparts == v->room) {
		settle(v);
		if (2 * v->nparts >= v->room) {
			if ((more = reallocarray(v->part, room, sizeof(*more))) == NULL)
				return -1;
			v->part = more;
			v->room = room;
		}
	}
	v->part[v->nparts++] = p;
	return 0;
}

int
figures_part(struct report_sum *v, int64_t key, fold_num sum, uint64_t n)
{
	return part_add(v, (struct report_part){ key, sum, n });
}

static int
add_set(struct report_sum *v, const uint32_t *set)
{
	v->n++;
	for (uint32_t i = 1; set != NULL && i <= set[0]; i++)
		if (part_add(v, (struct report_part){ set[i], 0, 1 }) != 0)
			return -1;
	return 0;
}

static void
add_number(fold_num *sum, uint64_t *n, fold_num x)
{
	*sum += x;
	(*n)++;
}

static int
add_one(struct report_sum *v, const struct fold_form *f, size_t i, const struct fold_subject *s)
{
	const struct form_indicator *ind = &f->f->indicators[i];
	int group;
	int32_t year;

	if (ind->is == INDICATOR_SHARE || ind->is == INDICATOR_RATIO || !fold_looks(f, i, s))
		return 0;
	if (ind->distinct)
		return add_set(v, s->value[i].set);
	if (ind->is == INDICATOR_GROWTH)
		return (year = fold_year(f, i, s)) > 0 ? part_add(v, (struct report_part){ year, s->value[i].v, 1 }) : 0;
	if (ind->is != INDICATOR_DIFFERENCE)
		add_number(&v->sum, &v->n, s->value[i].v);
	else if ((group = fold_group(f, i, s)) == 0)
		add_number(&v->sum, &v->n, s->value[i].v);
	else if (group == 1)
		add_number(&v->other, &v->nother, s->value[i].v);
	return 0;
}

int
figures_add(struct report_row *row, const struct fold_subject *s)
{
	size_t n = row->form->f ? row->form->f->nindicators : 0;

	for (size_t i = 0; i < n; i++)
		if (add_one(&row->value[i], row->form, i, s) != 0)
			return -1;
	return 0;
}

int
figures_merge(struct report_row *to, const struct report_row *from)
{
	size_t n = to->form->f ? to->form->f->nindicators : 0;
	struct report_sum *v;
	const struct report_sum *w;

	for (size_t i = 0; i < n; i++) {
		v = &to->value[i];
		w = &from->value[i];
		v->sum += w->sum;
		v->n += w->n;
		v->other += w->other;
		v->nother += w->nother;
		for (size_t k = 0; k < w->nparts; k++)
			if (part_add(v, w->part[k]) != 0)
				return -1;
	}
	return 0;
}

void
figures_settle(struct report_row *row)
{
	for (size_t i = 0; row->form->f != NULL && i < row->form->f->nindicators; i++)
		settle(&row->value[i]);
}

void
figures_free(struct report_row *row)
{
	for (size_t i = 0; row->value != NULL && row->form->f != NULL && i < row->form->f->nindicators; i++)
		free(row->value[i].part);
	free(row->value);
	row->value = NULL;
}

/* Few enough that they could be told by name. */
static int
few(uint64_t n)
{
	return n > 0 && n < REPORT_FEW;
}

static int
few_of(const struct report_row *row, uint64_t n)
{
	return few(n) || (n < row->subjects && few(row->subjects - n));
}

int
report_done(const struct report_row *row, uint64_t *done)
{
	*done = row->done;
	return !row->hidden && !(row->guarded && few_of(row, row->done));
}

int
report_stages(const struct report_row *row)
{
	uint64_t rest = row->subjects;
	int ok = !row->hidden;

	for (size_t i = 0; i < row->form->stages.n; i++) {
		ok = ok && !(row->guarded && few(row->stage[i]));
		rest -= row->stage[i];
	}
	return ok && !(row->guarded && few(rest));
}

/* Does the row keep this figure back, because too few stand behind it? */
static int
kept_back(const struct report_row *row, size_t i)
{
	const struct form_indicator *ind = &row->form->f->indicators[i];
	const struct report_sum *v = &row->value[i];

	if (row->hidden || !row->guarded)
		return row->hidden;
	if (ind->is == INDICATOR_COUNT || ind->is == INDICATOR_LEDGER)
		return few_of(row, v->n);
	for (size_t k = 0; ind->is == INDICATOR_GROWTH && k < v->nparts; k++)
		if (few(v->part[k].n))
			return 1;
	return few(v->n) || few(v->nother);
}

/* A figure before it is divided: a / b, ${a} scaled. */
struct fraction { fold_num a, b; };

static int
operand(const struct report_row *row, const struct form_operand *o, struct fraction *x)
{
	const struct form_indicator *ind;
	const struct report_sum *v;
	uint64_t done;

	*x = (struct fraction){ 0, 1 };
	switch (o->what) {
	case OPERAND_SUBJECTS:
		x->a = (fold_num)row->subjects * FOLD_SCALE;
		return !row->hidden;
	case OPERAND_DONE:
		if (!report_done(row, &done))
			return 0;
		x->a = (fold_num)done * FOLD_SCALE;
		return 1;
	case OPERAND_INDICATOR:
		ind = &row->form->f->indicators[o->indicator];
		v = &row->value[o->indicator];
		if (kept_back(row, o->indicator))
			return 0;
		x->a = ind->is == INDICATOR_COUNT ? (fold_num)(ind->distinct ? v->nparts : v->n) * FOLD_SCALE : v->sum;
		x->b = ind->is == INDICATOR_MEAN ? (fold_num)v->n : 1;
		return x->b > 0;
	case OPERAND_PLACES:
		if (row->classes == NULL || !classes_know(row->classes, o->places))
			return 0;
		x->a = (fold_num)classes_count(row->classes, o->places, row->within) * FOLD_SCALE;
		return 1;
	case OPERAND_PLANNED:
		x->a = (fold_num)row->planned * FOLD_SCALE;
		return row->form->planned && !row->guarded;
	case OPERAND_NONE:
	default:
		return 0;
	}
}

static int
divided(const struct report_row *row, const struct form_indicator *ind, unsigned digits, fold_num *out)
{
	struct fraction x, y;
	fold_num a, b;

	if (!operand(row, &ind->numerator, &x) || !operand(row, &ind->denominator, &y))
		return 0;
	if (__builtin_mul_overflow(x.a, y.b, &a) || __builtin_mul_overflow(y.a, x.b, &b))
		return 0;
	if (ind->is == INDICATOR_SHARE && __builtin_mul_overflow(a, 100, &a))
		return 0;
	return fold_quotient(a, b, digits, out);
}

/* sum / n - other / nother over one denominator, so that it is rounded once; the sums are scaled. */
static int
difference(const struct report_sum *v, unsigned digits, fold_num *out)
{
	fold_num a, b, below;

	if (v->n == 0 || v->nother == 0)
		return 0;
	if (__builtin_mul_overflow(v->sum, (fold_num)v->nother, &a) || __builtin_mul_overflow(v->other, (fold_num)v->n, &b) ||
	    __builtin_sub_overflow(a, b, &a) || __builtin_mul_overflow((fold_num)v->n, (fold_num)v->nother * FOLD_SCALE, &below))
		return 0;
	return fold_quotient(a, below, digits, out);
}

static int
growth(const struct report_sum *v, fold_num *out)
{
	const struct report_part *first = v->part, *last = v->nparts > 0 ? &v->part[v->nparts - 1] : NULL;

	if (last == NULL || last->key - first->key > FOLD_YEARS_MAX)
		return 0;
	return fold_growth(first->sum, last->sum, (int32_t)(last->key - first->key), out);
}

int
report_figure(const struct report_row *row, size_t i, unsigned digits, fold_num *out)
{
	const struct form_indicator *ind = &row->form->f->indicators[i];
	const struct report_sum *v = &row->value[i];

	if (kept_back(row, i))
		return 0;
	switch (ind->is) {
	case INDICATOR_COUNT:
		*out = (fold_num)(ind->distinct ? v->nparts : v->n) * FOLD_SCALE;
		return 1;
	case INDICATOR_LEDGER:
		*out = (fold_num)v->n * FOLD_SCALE;
		return row->form->judged;
	case INDICATOR_MEAN:
		return v->n > 0 && fold_quotient(v->sum, (fold_num)v->n * FOLD_SCALE, digits, out);
	case INDICATOR_SHARE:
	case INDICATOR_RATIO:
		return divided(row, ind, digits, out);
	case INDICATOR_DIFFERENCE:
		return difference(v, digits, out);
	case INDICATOR_GROWTH:
		return growth(v, out);
	case INDICATOR_SUM:
	default:
		*out = v->sum;
		return 1;
	}
}
