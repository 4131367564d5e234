#include "agent/record/exception.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PART_MAX 1024

static const char *const absents[] = { "absent", "缺席", "缺课", "没来", "未到", "不在" };
static const char *const commas[] = { ",", ";", "\n", "，", "；", "、" };

/* The bytes up to the next separator, and of the separator. */
static size_t
span(const char *s, size_t *sep)
{
	size_t n, i;

	for (n = 0; s[n] != '\0'; n++)
		for (i = 0; i < sizeof(commas) / sizeof(commas[0]); i++)
			if (strncmp(s + n, commas[i], strlen(commas[i])) == 0) {
				*sep = strlen(commas[i]);
				return n;
			}
	*sep = 0;
	return n;
}

static void
trim(char *s)
{
	size_t n = strlen(s), k = strspn(s, " \t\r");

	while (n > k && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	memmove(s, s + k, n - k);
	s[n - k] = '\0';
}

/* "培训天数" for "培训天数（天）": a label is recognised without what stands in brackets behind it. */
static int
label_is(const char *label, const char *s)
{
	size_t n = strlen(s);
	const char *rest;

	if (strncasecmp(label, s, n) != 0)
		return 0;
	rest = label + n + strspn(label + n, " ");
	return *rest == '\0' || *rest == '(' || strncmp(rest, "（", 3) == 0;
}

static const struct form_field *
find(const struct form_field *g, const char *s)
{
	const struct form_field *f, *in;
	size_t i;

	for (i = 0; i < g->nchild; i++) {
		f = &g->child[i];
		if (f->type == FIELD_META || f->type == FIELD_REPEAT || f->type == FIELD_BINARY || strcmp(f->name, "meta") == 0)
			continue;
		if (f->type == FIELD_GROUP) {
			if ((in = find(f, s)) != NULL)
				return in;
		} else if (strcmp(f->name, s) == 0 || strcmp(f->path, s) == 0 || label_is(f->label[FORM_ZH], s) || label_is(f->label[FORM_EN], s)) {
			return f;
		}
	}
	return NULL;
}

/* A choice said by its label, as its value. */
static const char *
settle(const struct form_field *f, const char *value)
{
	size_t i;

	if (f->type != FIELD_SELECT1 && f->type != FIELD_SELECT)
		return value;
	for (i = 0; i < f->nchoices; i++)
		if (strcmp(f->choices[i].value, value) == 0 || label_is(f->choices[i].label[FORM_ZH], value) || label_is(f->choices[i].label[FORM_EN], value))
			return f->choices[i].value;
	return value;
}

static int
take_part(const struct form *f, char *part, cJSON *over)
{
	char *eq = strchr(part, '=');
	size_t skip = 1;
	const struct form_field *field;

	if (eq == NULL && (eq = strstr(part, "＝")) != NULL)
		skip = 3;
	if (eq == NULL)
		return -1;
	*eq = '\0';
	trim(part);
	trim(eq + skip);
	if (*part == '\0' || (field = find(&f->root, part)) == NULL || cJSON_GetObjectItemCaseSensitive(over, field->path) != NULL)
		return -1;
	return cJSON_AddStringToObject(over, field->path, settle(field, eq + skip)) != NULL ? 0 : -1;
}

enum exception
exception_take(const struct form *f, const char *text, cJSON *over, char wrong[128])
{
	char part[PART_MAX], said[128];
	enum exception got = EXCEPTION_NONE;
	size_t n, sep, i;

	for (; *text != '\0'; text += n + sep) {
		n = span(text, &sep);
		(void)snprintf(part, sizeof(part), "%.*s", (int)(n < PART_MAX - 1 ? n : PART_MAX - 1), text);
		trim(part);
		if (*part == '\0')
			continue;
		for (i = 0; i < sizeof(absents) / sizeof(absents[0]) && strcasecmp(part, absents[i]) != 0; i++)
			;
		if (i < sizeof(absents) / sizeof(absents[0])) {
			got = EXCEPTION_ABSENT;
			continue;
		}
		(void)snprintf(said, sizeof(said), "%.100s", part);
		if (take_part(f, part, over) != 0) {
			(void)strcpy(wrong, said);
			return EXCEPTION_WRONG;
		}
	}
	return got;
}
