#include "forms/value.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "forms/eval.h"
#include "base/lapse.h"

#define DIGITS "0123456789"
#define DECIMAL_MAX 40 /* characters */

int
value_empty(const cJSON *v)
{

	if (v == NULL || cJSON_IsNull(v))
		return (1);
	if (cJSON_IsString(v))
		return (v->valuestring == NULL || *v->valuestring == '\0');
	return ((cJSON_IsArray(v) || cJSON_IsObject(v)) && v->child == NULL);
}

static int
fault_set(struct value_fault *fault, const char *rule, const char *why)
{

	fault->rule = rule;
	fault->why = why;
	return (-1);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? but not minus zero without a fraction. */
static int
decimal_ok(const char *s, size_t n)
{
	const char *end = s + n;
	size_t k;

	if (n == 0 || n > DECIMAL_MAX || (n == 2 && memcmp(s, "-0", 2) == 0))
		return (0);
	if (*s == '-')
		s++;
	k = strspn(s, DIGITS);
	if (k == 0 || s + k > end || (*s == '0' && k > 1))
		return (0);
	s += k;
	if (s == end)
		return (1);
	if (*s++ != '.')
		return (0);
	k = strspn(s, DIGITS);
	return (k > 0 && s + k == end);
}

static int
date_ok(const char *s)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned y, m, d, last, i;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return (0);
	for (i = 0; i < 10; i++)
		if (i != 4 && i != 7 && !isdigit((unsigned char)s[i]))
			return (0);
	y = (unsigned)strtoul(s, NULL, 10);
	m = (unsigned)strtoul(s + 5, NULL, 10);
	d = (unsigned)strtoul(s + 8, NULL, 10);
	if (y < 1 || m < 1 || m > 12 || d < 1)
		return (0);
	last = days[m - 1];
	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		last = 29;
	return (d <= last);
}

/* 1 when the decimal's magnitude is at most ${max} (below 1000): digits only, no floating point. */
static int
within(const char *s, size_t n, unsigned max)
{
	char digits[8];
	size_t k;
	unsigned whole;

	if (n > 0 && *s == '-') {
		s++;
		n--;
	}
	k = strspn(s, DIGITS);
	if (k > 3)
		return (0);
	memcpy(digits, s, k);
	digits[k] = '\0';
	whole = (unsigned)strtoul(digits, NULL, 10);
	if (whole != max || k >= n)
		return (whole <= max);
	return (strspn(s + k + 1, "0") >= n - k - 1);
}

/* "LAT LON", with "ALT" and "ACC" where a receiver gave them. */
static int
judge_geopoint(const char *s, struct value_fault *fault)
{
	size_t n, i = 0;

	for (;; s += n + 1) {
		n = strcspn(s, " ");
		if (i == 4 || !decimal_ok(s, n))
			return (fault_set(fault, "type", "is not a position (LAT LON, or LAT LON ALT ACC)"));
		if ((i == 0 && !within(s, n, 90)) || (i == 1 && !within(s, n, 180)))
			return (fault_set(fault, "range", "is beyond 90 degrees of latitude or 180 of longitude"));
		if (i == 3 && *s == '-')
			return (fault_set(fault, "range", "has an accuracy below zero"));
		i++;
		if (s[n] == '\0')
			break;
	}
	return (i >= 2 ? 0 : fault_set(fault, "type", "is not a position (LAT LON, or LAT LON ALT ACC)"));
}

static int
judge_integer(const cJSON *v, struct value_fault *fault)
{

	if (!cJSON_IsNumber(v))
		return (fault_set(fault, "type", "is not a whole number"));
	if (!(v->valuedouble >= -(double)JSON_INT_MAX && v->valuedouble <= (double)JSON_INT_MAX))
		return (fault_set(fault, "range", "is beyond 2^53-1"));
	if ((double)(int64_t)v->valuedouble < v->valuedouble || (double)(int64_t)v->valuedouble > v->valuedouble)
		return (fault_set(fault, "type", "is not a whole number"));
	return (0);
}

/* What can be a choice's value, where only a run knows the choices (forms/engine.h). */
static int
token_ok(const char *s)
{

	return (*s != '\0' && strpbrk(s, " \t\r\n") == NULL && strlen(s) <= FORM_PATH_MAX);
}

/* Distinct values of the field's choices. */
static int
judge_select(const struct form_field *f, const cJSON *v, struct value_fault *fault)
{
	const cJSON *a, *b;

	if (!cJSON_IsArray(v))
		return (fault_set(fault, "type", "is not a list of choices"));
	cJSON_ArrayForEach(a, v) {
		if (!cJSON_IsString(a) || (f->dynamic ? !token_ok(a->valuestring) : form_choice(f, a->valuestring) == NULL))
			return (fault_set(fault, "choice", "holds a value that is none of the form's choices"));
		for (b = v->child; b != a; b = b->next)
			if (strcmp(a->valuestring, b->valuestring) == 0)
				return (fault_set(fault, "choice", "holds one choice twice"));
	}
	return (0);
}

static int
judge_text(const struct form_field *f, const char *s, struct value_fault *fault)
{
	uint8_t hash[32];
	size_t n = strlen(s);

	if (n > FORM_TEXT_MAX)
		return (fault_set(fault, "range", "is longer than 4096 bytes"));
	if (!utf8_ok(s, n))
		return (fault_set(fault, "type", "is not UTF-8 text"));
	switch (f->type) {
	case FIELD_DECIMAL:
		if (!decimal_ok(s, n))
			return (fault_set(fault, "type", "is not a decimal number (digits, one point)"));
		return (0);
	case FIELD_DATE:
		if (!date_ok(s))
			return (fault_set(fault, "date", "is not a calendar date (YYYY-MM-DD)"));
		return (0);
	case FIELD_TIME:
		if (!time_ok(s))
			return (fault_set(fault, "date", "is not a time of day (HH:MM, HH:MM:SS.000+08:00)"));
		return (0);
	case FIELD_DATETIME:
		if (!datetime_ok(s))
			return (fault_set(fault, "date", "is not a date with time (YYYY-MM-DDTHH:MM:SS.000+08:00)"));
		return (0);
	case FIELD_SELECT1:
		if (f->dynamic)
			return (token_ok(s) ? 0 : fault_set(fault, "choice", "is no choice's value"));
		if (form_choice(f, s) == NULL)
			return (fault_set(fault, "choice", "is none of the form's choices"));
		return (0);
	case FIELD_GEOPOINT:
		return (judge_geopoint(s, fault));
	case FIELD_BINARY:
		if (dec_hex(hash, sizeof(hash), s, n) != 0)
			return (fault_set(fault, "type", "is not a SHA-256 in lower-case hex"));
		return (0);
	default:
		return (0);
	}
}

int
value_judge(const struct form_field *f, const cJSON *v, struct value_fault *fault)
{

	if (f->type == FIELD_INTEGER)
		return (judge_integer(v, fault));
	if (f->type == FIELD_SELECT)
		return (judge_select(f, v, fault));
	if (!cJSON_IsString(v) || v->valuestring == NULL)
		return (fault_set(fault, "type", "is not text"));
	return (judge_text(f, v->valuestring, fault));
}

/* GB 11643: 17 digits with a birth date and a check character, which is not looked at: a mistyped one says as much about a person. */
static int
identity_number(const char *s)
{
	char date[11];

	if (strlen(s) != 18 || strspn(s, DIGITS) < 17 || (!isdigit((unsigned char)s[17]) && toupper((unsigned char)s[17]) != 'X'))
		return (0);
	(void)snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", s + 6, s + 10, s + 12);
	return (date_ok(date) && strncmp(date, "1900", 4) >= 0 && strncmp(date, "2100", 4) < 0);
}

int
value_subject(const char *s)
{
	size_t n = strlen(s);

	return (n >= 1 && n <= 64 && *s != '-' &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n && !identity_number(s));
}

/* One coordinate in hundredths of a degree, half away from zero. */
static long
hundredths(const char *s, size_t n)
{
	int minus = *s == '-';
	long v = 0;
	size_t i = minus ? 1 : 0, after;

	for (; i < n && s[i] != '.'; i++)
		v = v * 10 + (s[i] - '0');
	for (after = 1; after <= 3; after++) {
		int digit = i + after < n ? s[i + after] - '0' : 0;

		if (after <= 2)
			v = v * 10 + digit;
		else
			v += digit >= 5;
	}
	return (minus ? -v : v);
}

int
value_round(const char *text, char out[32])
{
	struct value_fault fault;
	long c[2];
	size_t n;
	int i, used = 0;

	if (judge_geopoint(text, &fault) != 0)
		return (-1);
	for (i = 0; i < 2; i++, text += n + 1) {
		n = strcspn(text, " ");
		c[i] = hundredths(text, n);
		used += snprintf(out + used, 32 - (size_t)used, "%s%s%ld.%02ld", i == 0 ? "" : " ", c[i] < 0 ? "-" : "",
		    labs(c[i]) / 100, labs(c[i]) % 100);
	}
	return (0);
}

int
value_finding(struct form_findings *out, const char *path, const char *rule, const char *fmt, ...)
{
	struct form_finding *grown, *x;
	va_list ap;
	size_t n;

	if (out == NULL || out->n >= FORM_FINDINGS_MAX)
		return (1);
	if ((grown = lapsed(realloc(out->f, (out->n + 1) * sizeof(*grown)))) == NULL)
		return (-1);
	out->f = grown;
	x = &grown[out->n++];
	x->message[FORM_ZH][0] = x->message[FORM_EN][0] = '\0';
	(void)snprintf(x->path, sizeof(x->path), "%s", path);
	(void)snprintf(x->rule, sizeof(x->rule), "%s", rule);
	va_start(ap, fmt);
	(void)vsnprintf(x->text, sizeof(x->text), fmt, ap);
	va_end(ap);
	/* A cut must not leave half a character. */
	for (n = strlen(x->path); n > 0 && !utf8_ok(x->path, n); n--)
		x->path[n - 1] = '\0';
	for (n = strlen(x->text); n > 0 && !utf8_ok(x->text, n); n--)
		x->text[n - 1] = '\0';
	return (1);
}
