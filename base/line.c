#include "base/line.h"

#include <string.h>

#include "base/enc.h"

void
cursor_init(struct cursor *c, const void *text, size_t len)
{
	c->p = text;
	c->end = len > 0 ? c->p + len : c->p;
	c->lineno = 0;
}

int
cursor_line(struct cursor *c, struct field *f)
{
	const char *lf;
	size_t len;

	if (cursor_end(c))
		return 0;
	if ((lf = memchr(c->p, '\n', (size_t)(c->end - c->p))) == NULL)
		return -1;
	len = (size_t)(lf - c->p);
	if (memchr(c->p, '\0', len) != NULL || memchr(c->p, '\r', len) != NULL || !utf8_ok(c->p, len))
		return -1;
	*f = (struct field){ c->p, len };
	c->p = lf + 1;
	c->lineno++;
	return 1;
}

int
cursor_fields(struct cursor *c, const char *name, struct field *f, size_t n)
{
	size_t namelen = strlen(name);
	struct field line, rest;
	int got;

	if (cursor_line(c, &line) != 1 || line.len < namelen || memcmp(line.p, name, namelen) != 0)
		return -1;
	rest = (struct field){ line.p + namelen, line.len - namelen };
	if (n == 0)
		return rest.len == 0 ? 0 : -1;
	if (rest.len == 0 || rest.p[0] != ' ')
		return -1;
	rest.p++;
	rest.len--;
	got = field_split(rest, f, n);
	return got >= 0 && (size_t)got == n ? 0 : -1;
}

int
cursor_peek(const struct cursor *c, const char *name)
{
	size_t n = strlen(name);

	if (cursor_end(c) || (size_t)(c->end - c->p) <= n || memcmp(c->p, name, n) != 0)
		return 0;
	return c->p[n] == ' ' || c->p[n] == '\n';
}

int
cursor_end(const struct cursor *c)
{
	return c->p == c->end;
}

int
field_is(struct field f, const char *s)
{
	return f.len == strlen(s) && memcmp(f.p, s, f.len) == 0;
}

int
field_split(struct field line, struct field *f, size_t max)
{
	const char *p = line.p, *end = line.p + line.len, *space;
	size_t n = 0, len;

	for (;;) {
		space = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
		len = (size_t)((space ? space : end) - p);
		if (len == 0 || n == max)
			return -1;
		f[n++] = (struct field){ p, len };
		if (space == NULL)
			return (int)n;
		p = space + 1;
	}
}

int
field_u64(struct field f, uint64_t *v)
{
	return dec_u64(v, f.p, f.len);
}

int
field_i64(struct field f, int64_t *v)
{
	return dec_i64(v, f.p, f.len);
}

int
field_u32(struct field f, uint32_t *v)
{
	uint64_t x;

	if (dec_u64(&x, f.p, f.len) != 0 || x > UINT32_MAX)
		return -1;
	*v = (uint32_t)x;
	return 0;
}

int
field_hex(struct field f, uint8_t *out, size_t n)
{
	return dec_hex(out, n, f.p, f.len);
}

int
field_hex_opt(struct field f, uint8_t *out, size_t n, int *has)
{
	*has = !field_is(f, "-");
	if (*has)
		return dec_hex(out, n, f.p, f.len);
	memset(out, 0, n);
	return 0;
}

int
field_b64(struct field f, uint8_t *out, size_t n)
{
	return dec_b64_exact(out, n, f.p, f.len);
}

int
field_copy(struct field f, char *out, size_t size)
{
	if (f.len >= size)
		return -1;
	memcpy(out, f.p, f.len);
	out[f.len] = '\0';
	return 0;
}

int
field_id(struct field f, size_t max)
{
	size_t i;
	char c;

	if (f.len < 1 || f.len > max || f.p[0] == '-')
		return 0;
	for (i = 0; i < f.len; i++) {
		c = f.p[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
		      c == '_' || c == '-'))
			return 0;
	}
	return 1;
}

int
field_place(struct field f)
{
	size_t i;

	if (f.len != 2 && f.len != 4 && f.len != 6 && f.len != 9 && f.len != 12)
		return 0;
	for (i = 0; i < f.len; i++)
		if (f.p[i] < '0' || f.p[i] > '9')
			return 0;
	return 1;
}
