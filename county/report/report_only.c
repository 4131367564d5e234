#include <stdlib.h>
#include <string.h>

#include "county/report/report.h"

/* Which subjects a report is about. */

static int
in_year(const struct fold_subject *s, int32_t year)
{
	char date[16];

	if (s->day <= 0)
		return 0;
	fold_date(s->day, date);
	return strtol(date, NULL, 10) == year;
}

int
report_only_has(const struct report_only *only, const struct fold_form *f, const struct fold_subject *s)
{
	if (only->class != NULL && !classes_has(only->classes, only->class, s->place))
		return 0;
	if (only->place != NULL && strncmp(s->place, only->place, strlen(only->place)) != 0)
		return 0;
	if (only->fund != NULL && (s->fund < 0 || strcmp(f->funds.c[s->fund].value, only->fund) != 0))
		return 0;
	return only->year == 0 || in_year(s, only->year);
}

int
report_only_known(const struct report_only *only, const struct fold *f, struct err *e)
{
	const struct fold_form *const *form;
	size_t n;

	if (only->fund == NULL)
		return 0;
	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < form[i]->funds.n; k++)
			if (strcmp(form[i]->funds.c[k].value, only->fund) == 0)
				return 0;
	return err_set(e, "--fund %.64s: no such fund in %s", only->fund, n == 1 ? "this form" : "any form");
}
