#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms/sheet.h"

/* Numbers and dates of a spreadsheet's cells as text. */

#define DAY_MAX 2958465.0 /* 9999-12-31 */

/* What a format's code shows, quoted text and colours left out: days, hours. */
static void
look(const char *s, int *day, int *hour)
{
	for (; *s != '\0' && *s != ';'; s++) {
		if (*s == '"') {
			for (s++; *s != '\0' && *s != '"'; s++)
				continue;
		} else if (*s == '[' && strchr("hHmMsS", s[1]) == NULL) {
			s += strcspn(s, "]");
		} else if (*s == '\\' || *s == '_' || *s == '*') {
			s += s[1] != '\0';
		} else if (strchr("yYdDeE", *s) != NULL) {
			*day |= strchr("eE", *s) == NULL || (s[1] != '+' && s[1] != '-');
		} else if (strchr("hHsS", *s) != NULL) {
			*hour = 1;
		}
		if (*s == '\0')
			break;
	}
}

enum cell_kind
cell_kind_of(unsigned id, const char *code)
{
	int day = 0, hour = 0;

	if (code != NULL && strncasecmp(code, "general", 7) != 0)
		look(code, &day, &hour);
	else if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58)
		day = 1;
	else if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56)
		hour = 1;
	else if (id == 22)
		day = hour = 1;
	return day && hour ? CELL_DATETIME : day ? CELL_DATE : hour ? CELL_TIME : CELL_NUMBER;
}

/* A day since 1970-01-01 as year, month, day (proleptic Gregorian). */
static void
civil(long z, long *y, unsigned *m, unsigned *d)
{
	long era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

/* Serial days: 1 is 1900-01-01, and 60 the day that never was; or 0 is 1904-01-01. */
static int
put_date(char *out, size_t size, double v, enum cell_kind kind, int since1904)
{
	long day, second, y;
	unsigned m, d;
	int n;

	if (!(v >= 0) || v > DAY_MAX)
		return -1;
	day = (long)floor(v);
	second = lround((v - (double)day) * 86400);
	day += second / 86400;
	second %= 86400;
	if (kind == CELL_TIME) {
		n = snprintf(out, size, "%02ld:%02ld:%02ld", second / 3600, second / 60 % 60, second % 60);
		return n > 0 && (size_t)n < size ? 0 : -1;
	}
	civil(since1904 ? day - 24107 : day - (day > 60 ? 25569 : 25568), &y, &m, &d);
	if (kind == CELL_DATE && second == 0)
		n = snprintf(out, size, "%04ld-%02u-%02u", y, m, d);
	else
		n = snprintf(out, size, "%04ld-%02u-%02uT%02ld:%02ld:%02ld", y, m, d, second / 3600, second / 60 % 60, second % 60);
	return n > 0 && (size_t)n < size ? 0 : -1;
}

int
cell_number(char *out, size_t size, const char *raw, enum cell_kind kind, int since1904)
{
	char *end;
	double v = strtod(raw, &end);
	int n;

	if (end == raw || *end != '\0' || !isfinite(v))
		return -1;
	if (kind != CELL_NUMBER)
		return put_date(out, size, v, kind, since1904);
	if (fabs(v) < 1e15 && v == floor(v))
		n = snprintf(out, size, "%.0f", v);
	else
		n = snprintf(out, size, "%.15g", v);
	return n > 0 && (size_t)n < size ? 0 : -1;
}
