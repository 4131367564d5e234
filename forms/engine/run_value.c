#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/run.h"
#include "forms/value.h"

/* Between answers (JSON), the text that expressions see, and what expressions give. */

static char *
words(const cJSON *v)
{
	struct buf b;
	const cJSON *x;
	char *out = NULL;

	buf_init(&b, EXPR_TEXT_MAX);
	cJSON_ArrayForEach(x, v) {
		if (!cJSON_IsString(x) || x->valuestring == NULL)
			goto out;
		(void)buf_printf(&b, "%s%s", x == v->child ? "" : " ", x->valuestring);
	}
	if (buf_ok(&b))
		out = lapsed(strdup(buf_str(&b)));
out:
	buf_free(&b);
	return (out);
}

char *
leaf_text(const struct form_field *f, const cJSON *v)
{
	struct value_fault fault;
	char number[NUMBER_TEXT_MAX];

	if (value_empty(v))
		return (lapsed(strdup("")));
	if (value_judge(f, v, &fault) != 0)
		return (NULL);
	if (cJSON_IsArray(v))
		return (words(v));
	if (cJSON_IsNumber(v)) {
		number_text(v->valuedouble, number);
		return (lapsed(strdup(number)));
	}
	return (lapsed(strdup(v->valuestring)));
}

cJSON *
leaf_json(const struct form_field *f, const char *text)
{
	struct value_fault fault = { NULL, NULL };
	cJSON *v = value_from_text(f, text, &fault);

	return (v != NULL || (fault.rule != NULL && strcmp(fault.rule, "memory") == 0) ? v : cJSON_CreateString(text));
}

/* A whole number toward zero, as phones cut it. */
static const char *
whole(const char *text, char number[NUMBER_TEXT_MAX])
{
	double d = trunc(text_number(text));

	if (isnan(d) || fabs(d) > (double)JSON_INT_MAX)
		return ("");
	number_text(d, number);
	return (strcmp(number, "-0") == 0 ? "0" : number);
}

static const char *
decimal(const char *text, char number[NUMBER_TEXT_MAX])
{
	double d = text_number(text);

	if (isnan(d) || isinf(d))
		return ("");
	number_text(d, number);
	return (strlen(number) > 40 ? "" : strcmp(number, "-0") == 0 ? "0" : number);
}

static const char *
moment(const char *text, char when[40], enum field_type type)
{
	double ms;

	if (type == FIELD_TIME && time_ok(text))
		return (text);
	if (date_ms(text, &ms) != 0)
		return ("");
	date_text((int64_t)floor(ms + 0.5), when);
	if (type == FIELD_DATE)
		when[10] = '\0';
	return (type == FIELD_TIME ? when + 11 : when);
}

char *
leaf_convert(const struct form_field *f, const char *text)
{
	char number[NUMBER_TEXT_MAX], when[40], *out;
	size_t n;

	switch (f->type) {
	case FIELD_INTEGER:
		return (lapsed(strdup(whole(text, number))));
	case FIELD_DECIMAL:
		return (lapsed(strdup(decimal(text, number))));
	case FIELD_DATE:
	case FIELD_TIME:
	case FIELD_DATETIME:
		return (lapsed(strdup(moment(text, when, f->type))));
	default:
		break;
	}
	/* as form_set() cuts what is typed */
	text += strspn(text, " \t\r\n");
	n = strlen(text);
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		n--;
	if (n > FORM_TEXT_MAX)
		for (n = FORM_TEXT_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			continue;
	out = lapsed(strndup(text, n));
	return (out);
}
