#include "forms/form/print.h"

#include <inttypes.h>
#include <string.h>

static int
print_string(struct buf *b, const char *s)
{
	static const char plain[] = "btnvfr";
	const char *from = s;

	(void)buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		(void)buf_put(b, from, (size_t)(s - from));
		from = s + 1;
		if (c == '"' || c == '\\')
			(void)buf_printf(b, "\\%c", c);
		else if (c >= '\b' && c <= '\r' && c != '\v')
			(void)buf_printf(b, "\\%c", plain[c - '\b']);
		else
			(void)buf_printf(b, "\\u%04x", c);
	}
	(void)buf_put(b, from, (size_t)(s - from));
	return (buf_putc(b, '"'));
}

static int
print_members(struct buf *b, const cJSON *v)
{
	const cJSON *x;

	(void)buf_putc(b, cJSON_IsObject(v) ? '{' : '[');
	cJSON_ArrayForEach(x, v) {
		if (x != v->child)
			(void)buf_putc(b, ',');
		if (cJSON_IsObject(v)) {
			(void)print_string(b, x->string);
			(void)buf_putc(b, ':');
		}
		if (print_json(b, x) != 0)
			return (-1);
	}
	return (buf_putc(b, cJSON_IsObject(v) ? '}' : ']'));
}

int
print_json(struct buf *b, const cJSON *v)
{

	if (cJSON_IsObject(v) || cJSON_IsArray(v))
		return (print_members(b, v));
	if (cJSON_IsString(v) && v->valuestring != NULL)
		return (print_string(b, v->valuestring));
	if (cJSON_IsNumber(v) && v->valuedouble >= -(double)JSON_INT_MAX && v->valuedouble <= (double)JSON_INT_MAX)
		return (buf_printf(b, "%" PRId64, (int64_t)v->valuedouble));
	return (-1);
}
