#include "evidence/value.h"

#include <string.h>

#include "base/enc.h"
#include "evidence/note.h"

int
value_line(struct cursor *c, const char *what, const char *name, struct field *f, size_t n, struct err *e)
{
	unsigned lineno = c->lineno + 1;

	if (cursor_fields(c, name, f, n) == 0)
		return 0;
	if (*name == '\0')
		return err_set(e, "%s: line %u is not the empty line that belongs there", what, lineno);
	if (n == 0)
		return err_set(e, "%s: line %u is not \"%s\"", what, lineno, name);
	return err_set(e, "%s: line %u is not \"%s\" with %zu field%s", what, lineno, name, n, n == 1 ? "" : "s");
}

int
value_rest(struct cursor *c, const char *what, const char *name, struct field *f, struct err *e)
{
	unsigned lineno = c->lineno + 1;
	size_t n = strlen(name);
	struct field line;

	if (cursor_line(c, &line) != 1 || line.len < n + 2 || memcmp(line.p, name, n) != 0 || line.p[n] != ' ')
		return err_set(e, "%s: line %u is not \"%s\" with a value", what, lineno, name);
	*f = (struct field){ line.p + n + 1, line.len - n - 1 };
	return 0;
}

int
value_bad(const struct cursor *c, const char *what, const char *name, const char *rule, struct err *e)
{
	return err_set(e, "%s: line %u (%s) %s", what, c->lineno, name, rule);
}

int
value_line_hex(struct cursor *c, const char *what, const char *name, uint8_t *out, size_t n, struct err *e)
{
	struct field f;

	if (value_line(c, what, name, &f, 1, e))
		return -1;
	return field_hex(f, out, n) == 0 ? 0 : value_bad(c, what, name, "is not hex of its length", e);
}

int
value_line_b64(struct cursor *c, const char *what, const char *name, uint8_t *out, size_t n, struct err *e)
{
	struct field f;

	if (value_line(c, what, name, &f, 1, e))
		return -1;
	return field_b64(f, out, n) == 0 ? 0 : value_bad(c, what, name, "is not base64 of its length", e);
}

int
value_line_int(struct cursor *c, const char *what, const char *name, uint64_t *v, struct err *e)
{
	struct field f;

	if (value_line(c, what, name, &f, 1, e))
		return -1;
	return value_int(f, v) == 0 ? 0 : value_bad(c, what, name, "is not an integer", e);
}

int
value_put_hex(struct buf *b, const char *name, const void *p, size_t n)
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_hex(b, p, n);
	return buf_putc(b, '\n');
}

int
value_put_b64(struct buf *b, const char *name, const void *p, size_t n)
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_b64(b, p, n);
	return buf_putc(b, '\n');
}

int
value_int(struct field f, uint64_t *v)
{
	return field_u64(f, v) == 0 && *v <= VALUE_INT_MAX ? 0 : -1;
}

int
value_epoch(struct field f, uint32_t *v)
{
	return field_u32(f, v) == 0 && *v >= 1 ? 0 : -1;
}

int
value_text(struct field f)
{
	const uint8_t *p = (const uint8_t *)f.p;

	if (f.len == 0 || !utf8_ok(f.p, f.len))
		return 0;
	for (size_t i = 0; i < f.len; i++)
		if (p[i] < 0x20 || p[i] == 0x7f)
			return 0;
	return 1;
}

int
value_b64(struct field f, size_t *n)
{
	size_t got;

	if (f.len == 0 || note_b64(f.p, f.len, NULL, 0, &got) != 0)
		return 0;
	if (n)
		*n = got;
	return 1;
}

static unsigned
digits(const char *p, unsigned n)
{
	unsigned v = 0;

	while (n-- > 0)
		v = 10 * v + (unsigned)(*p++ - '0');
	return v;
}

static unsigned
month_days(unsigned year, unsigned month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int
value_date(struct field f, int day)
{
	static const char form[] = "dddd-dd-dd";
	unsigned year, month, d;

	if (f.len != (day ? 10 : 7))
		return 0;
	for (size_t i = 0; i < f.len; i++)
		if (form[i] == 'd' ? f.p[i] < '0' || f.p[i] > '9' : f.p[i] != form[i])
			return 0;
	year = digits(f.p, 4);
	month = digits(f.p + 5, 2);
	d = day ? digits(f.p + 8, 2) : 1;
	return year >= 1 && month >= 1 && month <= 12 && d >= 1 && d <= month_days(year, month);
}
