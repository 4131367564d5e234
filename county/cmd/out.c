#include "county/cmd/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

void
json_text(struct buf *b, const char *s)
{
	static const char escapes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at;

	(void)buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if ((at = strchr(escapes, *s)) != NULL) {
			(void)buf_putc(b, '\\');
			(void)buf_putc(b, (uint8_t)letters[at - escapes]);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			(void)buf_printf(b, "\\u%04x", (unsigned)*s);
		} else {
			(void)buf_putc(b, (uint8_t)*s);
		}
	}
	(void)buf_putc(b, '"');
}

void
json_begin(struct buf *b)
{
	(void)buf_putc(b, '{');
}

void
json_end(struct buf *b)
{
	(void)buf_puts(b, "}\n");
}

static void
key_of(struct buf *b, const char *key)
{
	if (b->len > 0 && b->data[b->len - 1] != '{')
		(void)buf_putc(b, ',');
	json_text(b, key);
	(void)buf_putc(b, ':');
}

void
json_put_raw(struct buf *b, const char *key, const char *json)
{
	key_of(b, key);
	(void)buf_puts(b, json);
}

void
json_put_str(struct buf *b, const char *key, const char *v)
{
	key_of(b, key);
	json_text(b, v);
}

void
json_put_u64(struct buf *b, const char *key, uint64_t v)
{
	key_of(b, key);
	(void)buf_printf(b, "%llu", (unsigned long long)v);
}

void
json_put_i64(struct buf *b, const char *key, int64_t v)
{
	key_of(b, key);
	(void)buf_printf(b, "%lld", (long long)v);
}

void
json_put_bool(struct buf *b, const char *key, int v)
{
	json_put_raw(b, key, v ? "true" : "false");
}

void
json_put_null(struct buf *b, const char *key)
{
	json_put_raw(b, key, "null");
}

void
json_put_hex(struct buf *b, const char *key, const uint8_t *p, size_t n)
{
	key_of(b, key);
	(void)buf_putc(b, '"');
	(void)buf_hex(b, p, n);
	(void)buf_putc(b, '"');
}

void
json_put_b64(struct buf *b, const char *key, const uint8_t *p, size_t n)
{
	key_of(b, key);
	(void)buf_putc(b, '"');
	(void)buf_b64(b, p, n);
	(void)buf_putc(b, '"');
}

int
out_put(const struct args *a, struct buf *b)
{
	int ok = buf_ok(b) && fwrite(buf_str(b), 1, b->len, a->io->out) == b->len && fflush(a->io->out) == 0;

	buf_free(b);
	if (!ok)
		out_say(a, "tally-county: the output could not be written");
	return ok ? EXIT_YES : EXIT_USAGE;
}

void
out_say(const struct args *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(a->io->err, fmt, ap);
	va_end(ap);
	(void)fputc('\n', a->io->err);
}

void
table_init(struct table *t, size_t cols, uint64_t right)
{
	*t = (struct table){ .cols = cols, .right = right };
}

void
table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->cell[i]);
	free(t->cell);
	table_init(t, t->cols, t->right);
}

void
table_add(struct table *t, const char *s)
{
	size_t room = t->room ? 2 * t->room : 64;
	char **more, *copy;

	if (t->n == t->room) {
		if ((more = reallocarray(t->cell, room, sizeof(*more))) == NULL) {
			t->failed = 1;
			return;
		}
		t->cell = more;
		t->room = room;
	}
	if ((copy = strdup(s)) == NULL)
		t->failed = 1;
	else
		t->cell[t->n++] = copy;
}

void
table_add_u64(struct table *t, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	table_add(t, text);
}

/* East Asian wide and full-width characters, by block. */
static int
wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
	    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
	    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t
text_width(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t w = 0;
	uint32_t c;

	while (*p != '\0') {
		c = *p++;
		if (c >= 0xf0)
			c &= 0x07;
		else if (c >= 0xe0)
			c &= 0x0f;
		else if (c >= 0xc0)
			c &= 0x1f;
		while ((*p & 0xc0) == 0x80)
			c = c << 6 | (*p++ & 0x3f);
		w += wide(c) ? 2 : 1;
	}
	return w;
}

static void
pad(struct buf *b, size_t n)
{
	while (n-- > 0)
		(void)buf_putc(b, ' ');
}

static void
print_row(const struct table *t, struct buf *b, size_t row, const size_t *width)
{
	size_t i, w;
	const char *s;

	for (i = 0; i < t->cols; i++) {
		s = t->cell[row * t->cols + i];
		w = text_width(s);
		if (t->right >> i & 1)
			pad(b, width[i] - w);
		(void)buf_puts(b, s);
		if (i + 1 < t->cols)
			pad(b, (t->right >> i & 1 ? 0 : width[i] - w) + 2);
	}
	(void)buf_putc(b, '\n');
}

int
table_print(const struct table *t, struct buf *b)
{
	size_t i, w, *width;

	if (t->failed || t->cols == 0 || (width = calloc(t->cols, sizeof(*width))) == NULL)
		return -1;
	for (i = 0; i < t->n; i++)
		if ((w = text_width(t->cell[i])) > width[i % t->cols])
			width[i % t->cols] = w;
	for (i = 0; i < t->n / t->cols; i++)
		print_row(t, b, i, width);
	free(width);
	return buf_ok(b) ? 0 : -1;
}
