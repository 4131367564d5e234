#include "agent/people/search_name.h"

#include <string.h>

#include "base/enc.h"
#include "base/pinyin.h"

/* What is left out: dots between the parts of a name, spaces, selectors of a character's shape. */
static int
is_silent(uint32_t c)
{
	static const uint32_t dots[] = { 0xb7, 0x2022, 0x2027, 0x2219, 0x22c5, 0x30fb, 0xff0e, 0xff65, 0x2e, 0x2024, 0x16eb, 0x387 };
	size_t i;

	for (i = 0; i < sizeof(dots) / sizeof(dots[0]); i++)
		if (c == dots[i])
			return 1;
	return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef) || c == 0x200b || c == 0xfeff;
}

static int
is_space(uint32_t c)
{
	return c <= 0x20 || c == 0xa0 || c == 0x3000;
}

static uint32_t
fold(uint32_t c)
{
	if (c > 0xff00 && c < 0xff5f)
		c -= 0xfee0;
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	return c == 0xfc || c == 0xdc ? 'v' : c;
}

int
pattern_of(struct pattern *p, const char *text, size_t n)
{
	size_t used, at;
	uint32_t c;

	p->n = 0;
	for (at = 0; at < n; at += used) {
		if ((used = utf8_get(&c, text + at)) == 0)
			return -1;
		if (is_silent(c) || (is_space(c) && (p->n == 0 || p->c[p->n - 1] == ' ')))
			continue;
		if (p->n == PATTERN_CHARS)
			return -1;
		p->c[p->n++] = is_space(c) ? ' ' : fold(c);
		if (c == ':' && p->n > 1 && p->c[p->n - 2] == 'u') { /* u: */
			p->n--;
			p->c[p->n - 1] = 'v';
		}
	}
	while (p->n > 0 && p->c[p->n - 1] == ' ')
		p->n--;
	return 0;
}

size_t
name_chars(const char *text, uint32_t out[NAME_CHARS])
{
	size_t n = 0, used;
	uint32_t c;

	for (; n < NAME_CHARS && (used = utf8_get(&c, text)) > 0; text += used)
		if (!is_silent(c) && !is_space(c))
			out[n++] = fold(c);
	return n;
}

size_t
name_readings(const uint32_t *chars, size_t n, uint16_t *out, size_t max)
{
	uint16_t r[PINYIN_MOST];
	size_t i, k, count, at = 0;
	int surname;

	for (i = 0; i < n; i++) {
		count = pinyin_of_name(chars, n, i, r, &surname);
		if (at < max)
			out[at] = (uint16_t)count;
		for (at++, k = 0; k < count; k++, at++)
			if (at < max)
				out[at] = r[k];
	}
	return at;
}

static int
is_letter(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

/*
 * How many characters of the pattern (from ${q} on) spell the whole syllable;
 * 0 when it does not, or ends or turns to something else before: then *${part}
 * says how many letters of it there were up to the pattern's end.
 */
static size_t
spelt(const struct pattern *p, size_t q, const char *s, size_t *part)
{
	size_t begin = q;

	*part = 0;
	for (; *s != '\0'; s++) {
		if (q == p->n) {
			*part = q - begin;
			return 0;
		}
		/* ü is typed as it is at hand: v, u, yu */
		if (*s == 'v' && p->c[q] == 'y' && q + 1 < p->n && p->c[q + 1] == 'u')
			q++;
		else if (!(p->c[q] == (uint32_t)(unsigned char)*s || (*s == 'v' && p->c[q] == 'u')))
			return 0;
		q++;
	}
	return q - begin;
}

static void
better(uint8_t *at, unsigned cost)
{
	if (cost < *at)
		*at = (uint8_t)cost;
}

/* One reading of one character, from position ${q} of the pattern on; ${to} is the row of what comes behind the character. */
static void
try_reading(const struct pattern *p, size_t q, uint16_t reading, unsigned cost, uint8_t *to)
{
	const char *s = pinyin_syllable(reading);
	size_t part, len = spelt(p, q, s, &part);

	if (len > 0 && q + len < p->n && p->c[q + len] >= '1' && p->c[q + len] <= '5') {
		if (p->c[q + len] - '0' == pinyin_tone(reading))
			better(&to[q + len + 1], cost);
	} else if (len > 0) {
		better(&to[q + len], cost);
	}
	if (part > 1)
		better(&to[p->n], cost | FIT_PARTIAL);
	if (s[1] != '\0' && p->c[q] == (uint32_t)(unsigned char)s[0]) {
		better(&to[q + 1], cost | FIT_INITIAL);
		if (s[1] == 'h' && q + 1 < p->n && p->c[q + 1] == 'h')
			better(&to[q + 2], cost | FIT_INITIAL);
	}
}

/* All ways to read character ${i}, from every position of the pattern that was reached. */
static void
try_char(const struct pattern *p, uint32_t c, const uint16_t *r, const uint8_t *from, uint8_t *to)
{
	size_t q, k;

	for (q = 0; q < p->n; q++) {
		if (from[q] == FIT_NOT || p->c[q] == ' ')
			continue;
		if (p->c[q] == c || p->c[q] == '?')
			better(&to[q + 1], from[q]);
		else if (is_letter(p->c[q]))
			for (k = 0; k < r[0]; k++)
				try_reading(p, q, r[1 + k], from[q] | (k > 0 ? (unsigned)FIT_ODD : 0), to);
	}
}

/* A space between words is passed over: it only ever stands between two characters. */
static void
pass_spaces(const struct pattern *p, uint8_t *row)
{
	size_t q;

	for (q = 0; q < p->n; q++)
		if (p->c[q] == ' ')
			better(&row[q + 1], row[q]);
}

unsigned
name_fit(const struct search_name *x, const struct pattern *p)
{
	uint8_t rows[2][PATTERN_CHARS + 1], *from = rows[0], *to = rows[1], *swap;
	const uint16_t *r = x->readings;
	unsigned best = FIT_NOT, end;
	size_t i;

	if (p->n == 0)
		return FIT_NOT;
	memset(from, FIT_NOT, p->n + 1);
	for (i = 0; i <= x->n; i++) {
		end = from[p->n];
		if (end != FIT_NOT && (end | (i < x->n ? (unsigned)FIT_REST : 0)) < best)
			best = end | (i < x->n ? (unsigned)FIT_REST : 0);
		if (i == x->n)
			break;
		better(&from[0], i > 0 ? FIT_INSIDE : 0);
		memset(to, FIT_NOT, p->n + 1);
		try_char(p, x->chars[i], r, from, to);
		pass_spaces(p, to);
		r += 1 + r[0];
		swap = from;
		from = to;
		to = swap;
	}
	return best;
}
