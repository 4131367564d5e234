#include "county/report/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "county/report/fold.h"

int
period_days(const char *month, int32_t *first, int32_t *last)
{
	char date[16];

	if (strlen(month) != 7)
		return -1;
	(void)snprintf(date, sizeof(date), "%s-01", month);
	if ((*first = fold_day(date)) <= 0)
		return -1;
	for (int day = 31; day >= 28; day--) {
		(void)snprintf(date, sizeof(date), "%s-%02d", month, day);
		if ((*last = fold_day(date)) > 0)
			return 0;
	}
	return -1;
}

struct loading { struct periods *t; uint64_t at; };

static int
put(struct periods *t, const struct period *p)
{
	size_t room = t->room ? 2 * t->room : 32;
	struct period *more;

	if (periods_find(t, p->month) != NULL) /* for good: the first counts */
		return 0;
	if (t->n == t->room) {
		if ((more = reallocarray(t->p, room, sizeof(*more))) == NULL)
			return -1;
		t->p = more;
		t->room = room;
	}
	t->p[t->n++] = *p;
	return 0;
}

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct loading *w = ctx;
	struct period p = { .index = index };
	struct record r;
	int rc = -1;

	if (index >= w->at)
		return 0;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	if (record_text(&r, "period", p.month, sizeof(p.month)) == 0 && record_u64(&r, "size", &p.size) == 0 && record_hash(&r, "report", p.report) == 0 &&
	    period_days(p.month, &p.first, &p.last) == 0)
		rc = put(w->t, &p);
	record_free(&r);
	return rc;
}

int
periods_load(struct periods *t, struct ledger *l, uint64_t at, struct err *e)
{
	struct loading w = { t, at };

	memset(t, 0, sizeof(*t));
	if (ledger_each_record_of(l, RECORD_PERIOD, 0, read_record, &w) == 0)
		return 0;
	periods_free(t);
	return err_set(e, "the ledger's closed months cannot be read");
}

int
periods_late(const struct periods *t, int32_t day, uint64_t index)
{
	for (size_t i = 0; i < t->n; i++)
		if (day >= t->p[i].first && day <= t->p[i].last)
			return index >= t->p[i].size;
	return 0;
}

const struct period *
periods_find(const struct periods *t, const char *month)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->p[i].month, month) == 0)
			return &t->p[i];
	return NULL;
}

void
periods_free(struct periods *t)
{
	free(t->p);
	memset(t, 0, sizeof(*t));
}
