#include <stdlib.h>
#include <string.h>

#include "county/report/fold_extra.h"

/* Accounts, from what each entry states of their numbers to questions. */

#define DAY_OF(order) ((int32_t)((order) >> INDEX_BITS))

/* The numbers of an account in one row: what comes in, what goes out, what should remain. */
static size_t
width(const struct form_indicator *ind)
{
	return ind->nplus + ind->nminus + 1;
}

static const char *
path_of(const struct form_indicator *ind, size_t i)
{
	if (i < ind->nplus)
		return ind->plus[i];
	return i < ind->nplus + ind->nminus ? ind->minus[i - ind->nplus] : ind->rest;
}

/* All accounts of the form side by side. */
static size_t
width_of_form(const struct fold_form *f)
{
	size_t n = 0;

	for (size_t i = 0; f->f != NULL && i < f->f->nindicators; i++)
		n += f->f->indicators[i].is == INDICATOR_LEDGER ? width(&f->f->indicators[i]) : 0;
	return n;
}

static int
number_at(const cJSON *root, const char *path, fold_num *v)
{
	const cJSON *m = path ? fold_member(root, path) : NULL;

	if (cJSON_IsNumber(m)) {
		*v = (fold_num)m->valuedouble * FOLD_SCALE; /* whole and within 2^53: exact */
		return 1;
	}
	return cJSON_IsString(m) && fold_number(m->valuestring, v) == 0;
}

static struct fold_statement *
new_statement(struct fold_extra *x, size_t n)
{
	size_t room = x->statement_room ? 2 * x->statement_room : 4;
	struct fold_statement *more, *s;

	if (x->nstatements == x->statement_room) {
		if ((more = reallocarray(x->statement, room, sizeof(*more))) == NULL)
			return NULL;
		x->statement = more;
		x->statement_room = room;
	}
	s = &x->statement[x->nstatements++];
	*s = (struct fold_statement){ .v = calloc(n, sizeof(*s->v)), .said = calloc(n, 1) };
	return s->v != NULL && s->said != NULL ? s : NULL;
}

int
ledgers_take(struct fold_form *f, struct fold_subject *s, const struct ledger_entry *x, const cJSON *root, uint64_t order)
{
	size_t n = width_of_form(f), at = 0;
	struct fold_statement *t;
	struct fold_extra *extra;

	if (n == 0)
		return 0;
	if ((extra = extra_of(s)) == NULL || (t = new_statement(extra, n)) == NULL)
		return -1;
	t->order = order;
	memcpy(t->entry, x->hash, HASH_LEN);
	for (size_t i = 0; i < f->f->nindicators; i++) {
		const struct form_indicator *ind = &f->f->indicators[i];

		for (size_t k = 0; ind->is == INDICATOR_LEDGER && k < width(ind); k++, at++)
			t->said[at] = (uint8_t)number_at(root, path_of(ind, k), &t->v[at]);
	}
	return 0;
}

static int
by_order(const void *a, const void *b)
{
	const struct fold_statement *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* How an account stands after some of the statements: each number as last stated, and by which statement. */
struct account {
	const struct form_indicator *ind;
	size_t at;                 /* of its first number in a statement */
	const struct fold_statement **by;
	fold_num balance;
};

static int
stated(const struct account *a, size_t k)
{
	return a->by[k] != NULL;
}

static void
advance(struct account *a, const struct fold_statement *t)
{
	size_t n = width(a->ind);

	a->balance = 0;
	for (size_t k = 0; k < n; k++) {
		if (t->said[a->at + k])
			a->by[k] = t;
		if (stated(a, k) && k + 1 < n)
			a->balance += k < a->ind->nplus ? a->by[k]->v[a->at + k] : -a->by[k]->v[a->at + k];
	}
}

static int
has_entry(const struct fold_question *q, const uint8_t hash[HASH_LEN])
{
	for (size_t i = 0; i < q->nentries; i++)
		if (memcmp(q->entry[i], hash, HASH_LEN) == 0)
			return 1;
	return 0;
}

static int
ask(struct fold_extra *x, const struct account *a, size_t indicator, int below, uint64_t order)
{
	size_t n = width(a->ind);
	struct fold_question *more, *q;

	if ((more = reallocarray(x->question, x->nquestions + 1, sizeof(*more))) == NULL)
		return -1;
	x->question = more;
	q = &more[x->nquestions++];
	*q = (struct fold_question){ .indicator = indicator, .below = below, .day = DAY_OF(order), .balance = a->balance };
	if (stated(a, n - 1))
		q->rest = a->by[n - 1]->v[a->at + n - 1];
	if ((q->entry = calloc(n, HASH_LEN)) == NULL)
		return -1;
	for (size_t i = 0; i < x->nstatements; i++) {
		for (size_t k = 0; k < n; k++)
			if (a->by[k] == &x->statement[i] && !has_entry(q, x->statement[i].entry))
				memcpy(q->entry[q->nentries++], x->statement[i].entry, HASH_LEN);
	}
	return 0;
}

/* The first day on which it is below nought, and what remains at last. */
static int
judge(struct fold_extra *x, struct account *a, size_t indicator)
{
	int below = 0;

	for (size_t i = 0; i < x->nstatements; i++) {
		advance(a, &x->statement[i]);
		/* entries of one day belong together */
		if (i + 1 < x->nstatements && DAY_OF(x->statement[i + 1].order) == DAY_OF(x->statement[i].order))
			continue;
		if (a->balance < 0 && !below && ask(x, a, indicator, 1, x->statement[i].order) != 0)
			return -1;
		below |= a->balance < 0;
		if (i + 1 == x->nstatements && stated(a, width(a->ind) - 1) && a->by[width(a->ind) - 1]->v[a->at + width(a->ind) - 1] != a->balance &&
		    ask(x, a, indicator, 0, x->statement[i].order) != 0)
			return -1;
	}
	return 0;
}

static int
conditions_hold(const struct fold_form *f, size_t i, const struct fold_subject *s)
{
	const struct form_indicator *ind = &f->f->indicators[i];
	size_t k = 0;

	if (ind->done && (s->stage < 0 || !f->stages.c[s->stage].done))
		return 0;
	while (k < ind->nwhere && s->value[f->use[i].where[k]].v == 1)
		k++;
	return k == ind->nwhere;
}

static int
settle_subject(struct fold_form *f, struct fold_subject *s)
{
	struct account a = { NULL, 0, NULL, 0 };
	size_t before;
	int rc = 0;

	qsort(s->extra->statement, s->extra->nstatements, sizeof(*s->extra->statement), by_order);
	for (size_t i = 0; i < f->f->nindicators && rc == 0; i++) {
		a.ind = &f->f->indicators[i];
		if (a.ind->is != INDICATOR_LEDGER)
			continue;
		if ((a.by = calloc(width(a.ind), sizeof(const struct fold_statement *))) == NULL)
			return -1;
		before = s->extra->nquestions;
		if (conditions_hold(f, i, s))
			rc = judge(s->extra, &a, i);
		if (s->extra->nquestions > before)
			s->value[i] = (struct fold_value){ .v = FOLD_SCALE, .order = s->order };
		free(a.by);
		a.at += width(a.ind);
	}
	return rc;
}

int
ledgers_settle(struct fold_form *f)
{
	f->judged = 1;
	if (width_of_form(f) == 0)
		return 0;
	for (struct fold_subject *s = f->subjects; s != NULL; s = s->next)
		if (s->extra != NULL && s->extra->nstatements > 0 && settle_subject(f, s) != 0)
			return -1;
	return 0;
}
