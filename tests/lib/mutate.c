#include "tests/lib/mutate.h"

#include <string.h>

uint64_t
rnd_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
below(uint64_t *state, size_t n)
{
	return n ? (size_t)(rnd_next(state) % n) : 0;
}

/* Put ${len} bytes at ${at}, moving the rest. */
static size_t
insert(uint8_t *p, size_t n, size_t max, size_t at, const void *bytes, size_t len)
{
	uint8_t copy[64];

	if (len > sizeof(copy) || len > max - n)
		return n;
	memcpy(copy, bytes, len);
	memmove(p + at + len, p + at, n - at);
	memcpy(p + at, copy, len);
	return n + len;
}

static size_t
once(uint8_t *p, size_t n, size_t max, uint64_t *state)
{
	static const char *const words[] = { "\n", " ", "-", "0", "\r", "9007199254740992", "00", "\xc2\x85", "=", "1", "\"", "{", "[", "<", "é" };
	size_t at = below(state, n + 1), len = below(state, 16) + 1, from = below(state, n);
	const char *w;
	uint8_t byte;

	switch (below(state, 8)) {
	case 0:
		if (at < n)
			p[at] ^= (uint8_t)(1U << below(state, 8));
		return n;
	case 1:
		if (at < n)
			p[at] = (uint8_t)rnd_next(state);
		return n;
	case 2:
		byte = (uint8_t)rnd_next(state);
		return insert(p, n, max, at, &byte, 1);
	case 3: /* cut some out */
		len = len > n - at ? n - at : len;
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	case 4: /* repeat some elsewhere */
		len = len > n - from ? n - from : len;
		return insert(p, n, max, at, p + from, len);
	case 5: /* one letter or digit for its neighbour: stays in the grammar more often */
		if (at < n && p[at] != '\n')
			p[at] = (uint8_t)(p[at] + 1);
		return n;
	case 6:
		w = words[below(state, sizeof(words) / sizeof(words[0]))];
		return insert(p, n, max, at, w, strlen(w));
	default: /* cut the end off */
		return below(state, 8) ? n : at;
	}
}

size_t
mutate(uint8_t *p, size_t n, size_t max, uint64_t *state)
{
	for (size_t times = below(state, 4) + 1; times > 0; times--)
		n = once(p, n, max, state);
	return n;
}

size_t
text_lines(const char *text, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Where line ${line} starts; the end when there is none. */
static const char *
line_at(const char *text, size_t n, size_t line)
{
	const char *end = text + n;

	while (line > 0 && text < end)
		line -= *text++ == '\n';
	return text;
}

void
text_edit(struct buf *out, const char *text, size_t n, size_t line, enum edit how)
{
	const char *a = line_at(text, n, line), *b = line_at(text, n, line + 1), *c = line_at(text, n, line + 2);

	buf_reset(out);
	(void)buf_put(out, text, (size_t)(a - text));
	if (how == EDIT_SWAP)
		(void)buf_put(out, b, (size_t)(c - b));
	if (how != EDIT_DROP)
		(void)buf_put(out, a, (size_t)(b - a));
	if (how == EDIT_DOUBLE)
		(void)buf_put(out, a, (size_t)(b - a));
	if (how != EDIT_SWAP)
		c = b;
	(void)buf_put(out, c, (size_t)(text + n - c));
}

void
text_value(struct buf *out, const char *text, size_t n, size_t line, const char *value)
{
	const char *a = line_at(text, n, line), *b = line_at(text, n, line + 1), *p = a;

	while (p < b && *p != ' ' && *p != '\n')
		p++;
	buf_reset(out);
	(void)buf_put(out, text, (size_t)(p - text));
	(void)buf_putc(out, ' ');
	(void)buf_puts(out, value);
	(void)buf_putc(out, '\n');
	(void)buf_put(out, b, (size_t)(text + n - b));
}
