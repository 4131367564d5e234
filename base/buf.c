#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"

#define FIRST_CAP 64

/* Room for ${n} more bytes and a NUL: the place to write them, or NULL with the buffer marked failed. */
static uint8_t *
reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	uint8_t *data;

	if (b->failed)
		return NULL;
	if (b->max == SIZE_MAX || n > b->max - b->len)
		goto fail;
	while (cap < b->len + n + 1)
		cap = cap > b->max / 2 ? b->max + 1 : cap * 2;
	if (cap > b->cap) {
		if ((data = lapsed(realloc(b->data, cap))) == NULL)
			goto fail;
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
fail:
	b->failed = 1;
	return NULL;
}

static int
grown(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

int
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = reserve(b, n);

	if (to == NULL)
		return -1;
	if (n > 0)
		memcpy(to, p, n);
	return grown(b, n);
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

int
buf_putc(struct buf *b, uint8_t c)
{
	return buf_put(b, &c, 1);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = 1;
		return -1;
	}
	if ((to = reserve(b, (size_t)n)) == NULL)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return grown(b, (size_t)n);
}

int
buf_hex(struct buf *b, const void *p, size_t n)
{
	size_t len = n > SIZE_MAX / 2 ? SIZE_MAX : 2 * n;
	uint8_t *to = reserve(b, len);

	if (to == NULL)
		return -1;
	enc_hex((char *)to, p, n);
	return grown(b, len);
}

int
buf_b64(struct buf *b, const void *p, size_t n)
{
	size_t len = n > SIZE_MAX / 2 ? SIZE_MAX : enc_b64_len(n);
	uint8_t *to = reserve(b, len);

	if (to == NULL)
		return -1;
	enc_b64((char *)to, p, n);
	return grown(b, len);
}

int
buf_be(struct buf *b, uint64_t v, unsigned n)
{
	uint8_t out[8];
	unsigned i;

	if (n < 1 || n > sizeof(out)) {
		b->failed = 1;
		return -1;
	}
	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	return buf_put(b, out, n);
}

int
buf_varint(struct buf *b, uint64_t v)
{
	uint8_t out[10];
	size_t n = 0;

	while (v >= 0x80) {
		out[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	out[n++] = (uint8_t)v;
	return buf_put(b, out, n);
}

int
buf_ok(const struct buf *b)
{
	return !b->failed;
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? (const char *)b->data : "";
}

uint8_t *
buf_take(struct buf *b)
{
	uint8_t *data = NULL;

	if (!b->failed && b->len > 0) {
		data = b->data;
		b->data = NULL;
	}
	buf_free(b);
	return data;
}
