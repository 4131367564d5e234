#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "forms/value.h"

#define DIGITS "0123456789"
#define NUMBER_MAX 40 /* characters of a typed number */

/* What may stand behind an amount of money, and how many decimals it then takes. */
static const struct {
	const char *suffix;
	unsigned decimals;
} moneys[] = { { "万元", 6 }, { "yuan", 2 }, { "元", 2 }, { "fen", 0 }, { "分", 0 } };

static cJSON *
refuse(struct value_fault *fault, const char *rule, const char *why)
{

	fault->rule = rule;
	fault->why = why;
	return (NULL);
}

static cJSON *
no_memory(struct value_fault *fault)
{

	return (refuse(fault, "memory", "cannot be kept: out of memory"));
}

/* Copy without white space at the ends.  0, or -1 if it does not fit. */
static int
trim(char *out, size_t size, const char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	if (n >= size)
		return (-1);
	memcpy(out, s, n);
	out[n] = '\0';
	return (0);
}

/* Cut ${suffix} and the spaces before it off the end.  1 when it was there. */
static int
cut_suffix(char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	if (k == 0 || n <= k || strcmp(s + n - k, suffix) != 0)
		return (0);
	for (n -= k; n > 0 && s[n - 1] == ' '; n--)
		continue;
	s[n] = '\0';
	return (1);
}

/* "+007.50" to "7.50", ".5" to "0.5", "5." to "5", "-0" to "0".  0, or -1 if it is no number. */
static int
normalise(char *out, size_t size, const char *s, size_t n)
{
	int minus = n > 0 && *s == '-';
	const char *end = s + n, *whole, *frac;
	size_t nwhole, nfrac = 0;

	if (n > 0 && (*s == '-' || *s == '+'))
		s++;
	whole = s;
	nwhole = strspn(s, DIGITS);
	if (nwhole > (size_t)(end - s))
		nwhole = (size_t)(end - s);
	frac = whole + nwhole;
	if (frac < end) {
		if (*frac++ != '.')
			return (-1);
		nfrac = (size_t)(end - frac);
		if (strspn(frac, DIGITS) < nfrac)
			return (-1);
	}
	if (nwhole + nfrac == 0 || n + 2 > size)
		return (-1);
	while (nwhole > 0 && *whole == '0') {
		whole++;
		nwhole--;
	}
	if (nwhole == 0 && nfrac == 0)
		minus = 0;
	(void)snprintf(out, size, "%s%.*s%s%.*s", minus ? "-" : "", nwhole == 0 ? 1 : (int)nwhole,
	    nwhole == 0 ? "0" : whole, nfrac == 0 ? "" : ".", (int)nfrac, frac);
	return (0);
}

/* A normalised number times 10^decimals as an integer.  0, or -1 if something would be left over or it is too large. */
static int
shift(int64_t *v, const char *s, unsigned decimals)
{
	char digits[2 * NUMBER_MAX];
	size_t n = 0, nfrac = 0;
	int minus = *s == '-', seen = 0;

	for (s += minus; *s != '\0'; s++) {
		if (*s == '.') {
			seen = 1;
			continue;
		}
		if (seen && ++nfrac > decimals) {
			if (*s != '0')
				return (-1);
			continue;
		}
		if (n > 0 || *s != '0')
			digits[n++] = *s;
	}
	for (nfrac = nfrac > decimals ? decimals : nfrac; nfrac < decimals; nfrac++)
		if (n > 0)
			digits[n++] = '0';
	if (n == 0)
		digits[n++] = '0';
	if (dec_i64(v, digits, n) != 0 || *v > JSON_INT_MAX)
		return (-1);
	*v = minus ? -*v : *v;
	return (0);
}

static cJSON *
integer_from(const struct form_field *f, const char *text, struct value_fault *fault)
{
	int money = f->unit != NULL && strcmp(f->unit, "fen") == 0;
	char s[64], norm[NUMBER_MAX + 1];
	unsigned decimals = 0;
	int64_t v;
	cJSON *out;
	size_t i;

	if (trim(s, sizeof(s), text) != 0)
		return (refuse(fault, "type", "is not a whole number"));
	for (i = 0; money && i < sizeof(moneys) / sizeof(moneys[0]); i++)
		if (cut_suffix(s, moneys[i].suffix)) {
			decimals = moneys[i].decimals;
			break;
		}
	if (!money && f->unit != NULL)
		(void)cut_suffix(s, f->unit);
	if (normalise(norm, sizeof(norm), s, strlen(s)) != 0)
		return (refuse(fault, "type", money ? "is not an amount (as 20000.00yuan or 20000.00元; without a unit, fen)"
		                                    : "is not a whole number"));
	if (strchr(norm, '.') != NULL && decimals == 0)
		return (refuse(fault, "type", money ? "is whole fen without a unit: write 123.45yuan or 123.45元"
		                                    : "is not a whole number"));
	if (shift(&v, norm, decimals) != 0)
		return (refuse(fault, "range", "is beyond 2^53-1, or finer than its unit"));
	out = cJSON_CreateNumber((double)v);
	return (out == NULL ? no_memory(fault) : out);
}

static cJSON *
decimal_from(const struct form_field *f, const char *text, struct value_fault *fault)
{
	char s[64], norm[NUMBER_MAX + 1];
	cJSON *out;

	if (trim(s, sizeof(s), text) != 0)
		return (refuse(fault, "type", "is not a decimal number"));
	if (f->unit != NULL)
		(void)cut_suffix(s, f->unit);
	if (normalise(norm, sizeof(norm), s, strlen(s)) != 0)
		return (refuse(fault, "type", "is not a decimal number (digits, one point)"));
	out = cJSON_CreateString(norm);
	return (out == NULL ? no_memory(fault) : out);
}

/* Several values separated by spaces, as typed: only a run knows the choices. */
static cJSON *
words_from(const char *text, struct value_fault *fault)
{
	char *copy = lapsed(strdup(text)), *save = NULL, *word;
	cJSON *list = copy == NULL ? NULL : cJSON_CreateArray(), *item;

	for (word = list == NULL ? NULL : strtok_r(copy, " \t\r\n", &save); word != NULL && list != NULL; word = strtok_r(NULL, " \t\r\n", &save)) {
		if ((item = cJSON_CreateString(word)) == NULL || !cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
			cJSON_Delete(list);
			list = NULL;
		}
	}
	free(copy);
	return (list == NULL ? no_memory(fault) : list);
}

/* Several values separated by spaces, put into the form's order. */
static cJSON *
select_from(const struct form_field *f, const char *text, struct value_fault *fault)
{
	unsigned char *chosen = lapsed(calloc(f->nchoices + 1, 1));
	cJSON *list = cJSON_CreateArray(), *item;
	const struct choice *ch = NULL;
	char *copy = lapsed(strdup(text)), *save = NULL, *word;
	size_t i;

	if (chosen == NULL || list == NULL || copy == NULL)
		goto oom;
	for (word = strtok_r(copy, " \t\r\n", &save); word != NULL; word = strtok_r(NULL, " \t\r\n", &save)) {
		if ((ch = form_choice(f, word)) == NULL) {
			(void)refuse(fault, "choice", "holds a value that is none of the form's choices");
			goto bad;
		}
		chosen[ch - f->choices] = 1;
	}
	for (i = 0; i < f->nchoices; i++) {
		if (!chosen[i])
			continue;
		if ((item = cJSON_CreateString(f->choices[i].value)) == NULL || !cJSON_AddItemToArray(list, item))
			goto oom;
	}
	goto out;
oom:
	(void)no_memory(fault);
bad:
	cJSON_Delete(list);
	list = NULL;
out:
	free(copy);
	free(chosen);
	return (list);
}

/* Two to four numbers with spaces or commas between them. */
static cJSON *
geopoint_from(const char *text, struct value_fault *fault)
{
	char out[4 * (NUMBER_MAX + 1) + 1] = "", norm[NUMBER_MAX + 1];
	const char *s = text;
	size_t n, used = 0;
	cJSON *v;
	int i;

	for (i = 0; *(s += strspn(s, " ,\t\r\n")) != '\0'; i++, s += n) {
		n = strcspn(s, " ,\t\r\n");
		if (i == 4 || normalise(norm, sizeof(norm), s, n) != 0)
			return (refuse(fault, "type", "is not a position (LAT LON, or LAT LON ALT ACC)"));
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", i == 0 ? "" : " ", norm);
	}
	v = cJSON_CreateString(out);
	return (v == NULL ? no_memory(fault) : v);
}

cJSON *
value_from_text(const struct form_field *f, const char *text, struct value_fault *fault)
{
	char s[FORM_TEXT_MAX + 1];
	cJSON *v;

	if (text[strspn(text, " \t\r\n")] == '\0') { /* no answer: what value_empty() sees as such */
		v = cJSON_CreateString("");
		return (v == NULL ? no_memory(fault) : v);
	}
	if (f->type == FIELD_INTEGER)
		v = integer_from(f, text, fault);
	else if (f->type == FIELD_DECIMAL)
		v = decimal_from(f, text, fault);
	else if (f->type == FIELD_SELECT)
		v = f->dynamic ? words_from(text, fault) : select_from(f, text, fault);
	else if (f->type == FIELD_GEOPOINT)
		v = geopoint_from(text, fault);
	else if (trim(s, sizeof(s), text) != 0)
		v = refuse(fault, "range", "is longer than 4096 bytes");
	else if ((v = cJSON_CreateString(s)) == NULL)
		v = no_memory(fault);
	if (v != NULL && !value_empty(v) && value_judge(f, v, fault) != 0) {
		cJSON_Delete(v);
		v = NULL;
	}
	return (v);
}

void
value_choices(const struct form_field *f, const char *rule, char *out, size_t size)
{
	size_t i, used = 0;
	int n;

	*out = '\0';
	for (i = 0; strcmp(rule, "choice") == 0 && i < f->nchoices; i++) {
		n = snprintf(out + used, size - used, "%s%s", i == 0 ? ": " : " ", f->choices[i].value);
		if (n < 0 || (size_t)n >= size - used) {
			*out = '\0';
			return;
		}
		used += (size_t)n;
	}
}
