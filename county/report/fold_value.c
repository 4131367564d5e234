#include <stdio.h>
#include <string.h>

#include "county/report/fold.h"

/* Numbers and days of a report: exact, no floating point; and where answers lie. */

#define WHOLE_DIGITS_MAX 18

static const short BEFORE[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

static int
leap(int32_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days before the month ${m} (1 to 12) of year ${y}, counted from 0001-01-01. */
static int32_t
days_before(int32_t y, int32_t m)
{
	int32_t past = y - 1;

	return 365 * past + past / 4 - past / 100 + past / 400 + BEFORE[m - 1] + (m > 2 && leap(y) ? 1 : 0);
}

static int32_t
days_in(int32_t y, int32_t m)
{
	return BEFORE[m] - BEFORE[m - 1] + (m == 2 && leap(y) ? 1 : 0);
}

/* Exactly ${n} digits. */
static int32_t
digits(const char *s, size_t n)
{
	int32_t v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = 10 * v + (s[i] - '0');
	}
	return v;
}

int32_t
fold_day(const char *s)
{
	int32_t y, m, d;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return 0;
	y = digits(s, 4);
	m = digits(s + 5, 2);
	d = digits(s + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in(y, m))
		return 0;
	return days_before(y, m) + d;
}

void
fold_date(int32_t day, char out[16])
{
	int32_t y = day / 366 + 1, m = 12;

	while (y < 9999 && days_before(y + 1, 1) < day)
		y++;
	while (m > 1 && days_before(y, m) >= day)
		m--;
	(void)snprintf(out, 16, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)(day - days_before(y, m)) % 100);
}

static fold_num
half_away(fold_num v, fold_num unit)
{
	return (v < 0 ? v - unit / 2 : v + unit / 2) / unit;
}

int
fold_number(const char *s, fold_num *v)
{
	int minus = *s == '-';
	fold_num n = 0;
	size_t k, point = 0;

	s += minus ? 1 : 0;
	if ((k = strspn(s, "0123456789")) == 0 || k > WHOLE_DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < k; i++)
		n = 10 * n + (s[i] - '0');
	s += k;
	if (*s == '.') {
		k = strspn(++s, "0123456789");
		if (k == 0 || s[k] != '\0')
			return -1;
	} else if (*s != '\0') {
		return -1;
	} else {
		k = 0;
	}
	/* one digit more than is kept decides on rounding */
	for (; point <= FOLD_DIGITS; point++)
		n = 10 * n + (point < k ? s[point] - '0' : 0);
	n = half_away(n, 10);
	*v = minus ? -n : n;
	return 0;
}

void
fold_print(fold_num v, unsigned keep, int fixed, char out[64])
{
	char whole[48], frac[FOLD_DIGITS + 1];
	size_t at = sizeof(whole);
	fold_num unit = 1, one = 1;
	unsigned i, rest;
	int minus;

	for (i = 0; i < FOLD_DIGITS; i++)
		*(i < keep ? &one : &unit) *= 10;
	v = half_away(v, unit);
	minus = v < 0;
	v = minus ? -v : v;
	rest = (unsigned)(v % one);
	whole[--at] = '\0';
	for (v /= one; v > 0 || whole[at] == '\0'; v /= 10)
		whole[--at] = (char)('0' + (int)(v % 10));
	for (i = keep; i > 0; i--, rest /= 10)
		frac[i - 1] = (char)('0' + rest % 10);
	for (i = keep; !fixed && i > 0 && frac[i - 1] == '0';)
		i--;
	frac[fixed ? keep : i] = '\0';
	(void)snprintf(out, 64, "%s%s%s%s", minus ? "-" : "", whole + at, frac[0] ? "." : "", frac);
}

const cJSON *
fold_member(const cJSON *at, const char *path)
{
	char name[FORM_PATH_MAX + 1];
	size_t n;

	while (at != NULL && *path != '\0') {
		if ((n = strcspn(path, "/")) >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		at = cJSON_GetObjectItemCaseSensitive(at, name);
		path += n + (path[n] == '/' ? 1 : 0);
	}
	return at;
}

const char *
fold_text(const cJSON *root, const char *path)
{
	const cJSON *v = path ? fold_member(root, path) : NULL;

	return cJSON_IsString(v) && v->valuestring[0] != '\0' ? v->valuestring : NULL;
}
