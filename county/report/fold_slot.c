#include <stdlib.h>
#include <string.h>

#include "county/report/fold_internal.h"

/* What is kept of each subject for the indicators: numbers, and of everything else only what decides, not the answers themselves. */

#define DAY_OF(order) ((int32_t)((order) >> INDEX_BITS))

static enum slot_what
slot_of(const struct form_indicator *ind)
{
	if (ind->is == INDICATOR_SHARE || ind->is == INDICATOR_RATIO || ind->is == INDICATOR_LEDGER)
		return SLOT_NONE;
	if (ind->is == INDICATOR_COUNT)
		return ind->distinct ? SLOT_DISTINCT : SLOT_ANSWERED;
	return SLOT_NUMBER;
}

static int
same_condition(const struct form_condition *a, const struct form_condition *b)
{
	size_t i = 0;

	if (a->nvalues != b->nvalues)
		return 0;
	while (i < a->nvalues && strcmp(a->value[i], b->value[i]) == 0)
		i++;
	return i == a->nvalues;
}

/* Indicators that ask the same share a slot. */
static int
same_slot(const struct fold_slot *a, const struct fold_slot *b)
{
	if (a->what != b->what || strcmp(a->path, b->path) != 0)
		return 0;
	if (a->what == SLOT_WHERE)
		return same_condition(a->where, b->where);
	return a->what != SLOT_GROUP ||
	    (strcmp(a->ind->group_value[0], b->ind->group_value[0]) == 0 && strcmp(a->ind->group_value[1], b->ind->group_value[1]) == 0);
}

static size_t
slot_put(struct fold_form *f, struct fold_slot want)
{
	size_t i = f->f->nindicators;

	while (i < f->nslots && !same_slot(&f->slot[i], &want))
		i++;
	if (i == f->nslots)
		f->slot[f->nslots++] = want;
	return i;
}

static int
use_make(struct fold_form *f, const struct form_indicator *ind, struct fold_use *u)
{
	if ((u->where = calloc(ind->nwhere + 1, sizeof(*u->where))) == NULL)
		return -1;
	for (size_t k = 0; k < ind->nwhere; k++)
		u->where[k] = slot_put(f, (struct fold_slot){ SLOT_WHERE, ind->where[k].path, ind, &ind->where[k] });
	if (ind->group != NULL)
		u->group = slot_put(f, (struct fold_slot){ SLOT_GROUP, ind->group, ind, NULL });
	if (ind->period != NULL)
		u->year = slot_put(f, (struct fold_slot){ SLOT_YEAR, ind->period, ind, NULL });
	return 0;
}

int
slots_make(struct fold_form *f)
{
	size_t n = f->f->nindicators, most = n + f->ntargets;

	for (size_t i = 0; i < n; i++)
		most += f->f->indicators[i].nwhere + 2;
	f->slot = calloc(most + 1, sizeof(*f->slot));
	f->use = calloc(n + 1, sizeof(*f->use));
	f->texts = calloc(1, sizeof(*f->texts));
	if (f->slot == NULL || f->use == NULL || f->texts == NULL)
		return -1;
	f->nslots = n;
	for (size_t i = 0; i < n; i++)
		f->slot[i] = (struct fold_slot){ slot_of(&f->f->indicators[i]), f->f->indicators[i].path, &f->f->indicators[i], NULL };
	for (size_t i = 0; i < n; i++)
		if (use_make(f, &f->f->indicators[i], &f->use[i]) != 0)
			return -1;
	for (size_t i = 0; i < f->ntargets; i++)
		f->target[i].slot = slot_put(f, (struct fold_slot){ SLOT_NUMBER, f->target[i].path, NULL, NULL });
	return 0;
}

void
slots_free(struct fold_form *f)
{
	for (size_t i = 0; f->use != NULL && f->f != NULL && i < f->f->nindicators; i++)
		free(f->use[i].where);
	if (f->texts != NULL)
		map_free(f->texts, free);
	free(f->texts);
	free(f->use);
	free(f->slot);
}

void
slots_drop(const struct fold_form *f, struct fold_subject *s)
{
	for (size_t i = 0; i < f->nslots; i++)
		free(s->value[i].set);
}

static int
among(char *const *value, size_t n, const cJSON *m)
{
	char number[32];
	const char *s = text_of_answer(m, number);
	size_t i = 0;

	while (i < n && strcmp(value[i], s) != 0)
		i++;
	return i < n;
}

/* A select holds when one of what was chosen does. */
static int
holds(const struct form_condition *c, const cJSON *m)
{
	const cJSON *one = NULL;

	if (!cJSON_IsArray(m))
		return among(c->value, c->nvalues, m);
	cJSON_ArrayForEach(one, m)
		if (among(c->value, c->nvalues, one))
			return 1;
	return 0;
}

static int32_t
year_of(int32_t day)
{
	char date[16];

	if (day <= 0)
		return 0;
	fold_date(day, date);
	date[4] = '\0';
	return (int32_t)strtol(date, NULL, 10);
}

static int32_t
year_said(const cJSON *m)
{
	if (cJSON_IsNumber(m))
		return m->valuedouble >= 1 && m->valuedouble <= 9999 ? (int32_t)m->valuedouble : 0;
	return cJSON_IsString(m) ? year_of(fold_day(m->valuestring)) : 0;
}

static int
number_of(const cJSON *m, fold_num *v)
{
	if (cJSON_IsNumber(m)) {
		*v = (fold_num)m->valuedouble * FOLD_SCALE; /* whole and within 2^53: exact */
		return 1;
	}
	return cJSON_IsString(m) && fold_number(m->valuestring, v) == 0;
}

/* What one slot makes of an answer that is there: 1 and *${v}, or 0 when that states nothing. */
static int
stated(const struct fold_slot *slot, const cJSON *m, fold_num *v)
{
	*v = 0;
	if (m == NULL || cJSON_IsNull(m) || (cJSON_IsString(m) && m->valuestring[0] == '\0'))
		return 0;
	switch (slot->what) {
	case SLOT_ANSWERED:
		return 1;
	case SLOT_NUMBER:
		return number_of(m, v);
	case SLOT_WHERE:
		*v = holds(slot->where, m);
		return 1;
	case SLOT_GROUP:
		*v = among(&slot->ind->group_value[0], 1, m) ? 0 : among(&slot->ind->group_value[1], 1, m) ? 1 : 2;
		return 1;
	case SLOT_YEAR:
		*v = year_said(m);
		return 1;
	case SLOT_NONE:
	case SLOT_DISTINCT:
	default:
		return 0;
	}
}

static int
take_set(struct fold_form *f, const struct fold_slot *slot, const cJSON *root, uint64_t order, struct fold_value *v)
{
	uint32_t *set = NULL;

	if (text_set(f->texts, root, slot->path, &set) != 0) {
		free(set);
		return -1;
	}
	if (set == NULL)
		return 0;
	free(v->set);
	v->set = set;
	v->order = order;
	return 0;
}

int
slots_take(struct fold_form *f, struct fold_subject *s, const cJSON *root, uint64_t order)
{
	struct fold_value *v;
	fold_num x;

	for (size_t i = 0; i < f->nslots; i++) {
		v = &s->value[i];
		if (order < v->order)
			continue;
		if (f->slot[i].what == SLOT_DISTINCT) {
			if (take_set(f, &f->slot[i], root, order, v) != 0)
				return -1;
		} else if (f->slot[i].what != SLOT_NONE && stated(&f->slot[i], fold_member(root, f->slot[i].path), &x)) {
			v->v = x;
			v->order = order;
		}
	}
	return 0;
}

int
fold_looks(const struct fold_form *f, size_t i, const struct fold_subject *s)
{
	const struct form_indicator *ind = &f->f->indicators[i];
	size_t k = 0;

	if (s->value[i].order == 0 || (ind->done && (s->stage < 0 || !f->stages.c[s->stage].done)))
		return 0;
	while (k < ind->nwhere && s->value[f->use[i].where[k]].v == 1)
		k++;
	return k == ind->nwhere;
}

int
fold_group(const struct fold_form *f, size_t i, const struct fold_subject *s)
{
	const struct fold_value *v = &s->value[f->use[i].group];

	return v->order == 0 || v->v > 1 ? -1 : (int)v->v;
}

int32_t
fold_year(const struct fold_form *f, size_t i, const struct fold_subject *s)
{
	if (f->f->indicators[i].period == NULL)
		return year_of(DAY_OF(s->value[i].order));
	return (int32_t)s->value[f->use[i].year].v;
}
