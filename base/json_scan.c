#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/json.h"
#include "base/lapse.h"

/* A key as it stands in the text, between its quotes; compared unescaped. */
struct key {
	const uint8_t *p;
	const uint8_t *end;
};

struct scan {
	const uint8_t *start;
	const uint8_t *p;
	const uint8_t *end;
	unsigned left; /* levels of nesting still allowed */
	unsigned flags;
	struct key *keys; /* keys of every object now open, innermost last */
	size_t nkeys, capkeys;
	struct err *e;
};

static int value(struct scan *s);

static int
fail(const struct scan *s, const uint8_t *at, const char *rule)
{
	return err_set(s->e, "JSON, byte %zu: %s", (size_t)(at - s->start), rule);
}

static int
space(struct scan *s)
{
	const uint8_t *from = s->p;

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
	if (s->p > from && (s->flags & JSON_COMPACT))
		return fail(s, from, "white space between tokens");
	return 0;
}

/* Four hex digits at ${p}, or -1. */
static int
hex4(const uint8_t *p, const uint8_t *end)
{
	int v = 0, i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		v <<= 4;
		if (p[i] >= '0' && p[i] <= '9')
			v |= p[i] - '0';
		else if (p[i] >= 'a' && p[i] <= 'f')
			v |= p[i] - 'a' + 10;
		else if (p[i] >= 'A' && p[i] <= 'F')
			v |= p[i] - 'A' + 10;
		else
			return -1;
	}
	return v;
}

/* ${s}->p stands on the 'u' of an escape: judge it and move behind it (and behind the second half of a pair). */
static int
unicode_escape(struct scan *s)
{
	const uint8_t *at = s->p - 1;
	int u = hex4(s->p + 1, s->end), low;

	if (u < 0)
		return fail(s, at, "\\u without four hex digits");
	if (u == 0)
		return fail(s, at, "escaped NUL");
	s->p += 5;
	if (u < 0xd800 || u > 0xdfff)
		return 0;
	low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s->p + 2, s->end) : -1;
	if (u >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
		return fail(s, at, "surrogate without its other half");
	s->p += 6;
	return 0;
}

/* A string; ${k} gets what stands between the quotes. */
static int
string(struct scan *s, struct key *k)
{
	const uint8_t *open = s->p++;

	k->p = s->p;
	while (s->p < s->end && *s->p != '"') {
		if (*s->p < 0x20)
			return fail(s, s->p, "control character in a string");
		if (*s->p++ != '\\')
			continue;
		if (s->p == s->end)
			break;
		if (*s->p == 'u') {
			if (unicode_escape(s) != 0)
				return -1;
		} else if (memchr("\"\\/bfnrt", *s->p, 8) == NULL) {
			return fail(s, s->p - 1, "unknown escape");
		} else {
			s->p++;
		}
	}
	if (s->p == s->end)
		return fail(s, open, "string without its closing quote");
	k->end = s->p++;
	return 0;
}

/* The next character of a key that string() found good, unescaped, or -1 at its end. */
static int32_t
key_char(struct key *k)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;
	int32_t c, low;

	if (k->p == k->end)
		return -1;
	if ((c = *k->p++) < 0x80) {
		if (c != '\\')
			return c;
		c = *k->p++;
		if (c != 'u')
			return (at = memchr(from, c, 5)) != NULL ? to[at - from] : c;
		c = hex4(k->p, k->end);
		k->p += 4;
		if (c < 0xd800 || c > 0xdfff)
			return c;
		low = hex4(k->p + 2, k->end);
		k->p += 6;
		return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	c &= c >= 0xf0 ? 0x07 : c >= 0xe0 ? 0x0f : 0x1f;
	while (k->p < k->end && (*k->p & 0xc0) == 0x80)
		c = c << 6 | (*k->p++ & 0x3f);
	return c;
}

static int
key_compare(const void *a, const void *b)
{
	struct key x = *(const struct key *)a, y = *(const struct key *)b;
	int32_t cx, cy;

	do {
		cx = key_char(&x);
		cy = key_char(&y);
	} while (cx == cy && cx >= 0);
	return (cx > cy) - (cx < cy);
}

/* Sorted, so that a text of nothing but keys costs n log n. */
static int
keys_differ(const struct scan *s, size_t from)
{
	struct key *k = s->keys + from;
	size_t n = s->nkeys - from, i;

	if (n < 2)
		return 0;
	qsort(k, n, sizeof(*k), key_compare);
	for (i = 1; i < n; i++)
		if (key_compare(&k[i - 1], &k[i]) == 0)
			return fail(s, k[i].p > k[i - 1].p ? k[i].p : k[i - 1].p, "duplicate key");
	return 0;
}

static int
key_add(struct scan *s, struct key k)
{
	size_t cap = s->capkeys ? 2 * s->capkeys : 16;
	struct key *keys;

	if (s->nkeys == s->capkeys) {
		if ((keys = lapsed(realloc(s->keys, cap * sizeof(*keys)))) == NULL)
			return fail(s, k.p, "out of memory");
		s->keys = keys;
		s->capkeys = cap;
	}
	s->keys[s->nkeys++] = k;
	return 0;
}

/* A key, its colon and its value. */
static int
member(struct scan *s)
{
	struct key k;

	if (s->p == s->end || *s->p != '"')
		return fail(s, s->p, "a key expected");
	if (string(s, &k) != 0 || key_add(s, k) != 0 || space(s) != 0)
		return -1;
	if (s->p == s->end || *s->p != ':')
		return fail(s, s->p, "':' expected");
	s->p++;
	return space(s) != 0 ? -1 : value(s);
}

/* The inside of an array or object, from its opening to its closing bracket. */
static int
container(struct scan *s, uint8_t close, int (*item)(struct scan *))
{
	size_t from = s->nkeys;

	if (s->left == 0)
		return fail(s, s->p, "nested too deep");
	s->left--;
	s->p++;
	if (space(s) != 0)
		return -1;
	if (s->p < s->end && *s->p == close)
		goto closed;
	for (;;) {
		if (item(s) != 0 || space(s) != 0)
			return -1;
		if (s->p < s->end && *s->p == close)
			break;
		if (s->p == s->end || *s->p != ',')
			return fail(s, s->p, "',' or a closing bracket expected");
		s->p++;
		if (space(s) != 0)
			return -1;
	}
	if (keys_differ(s, from) != 0)
		return -1;
	s->nkeys = from;
closed:
	s->p++;
	s->left++;
	return 0;
}

static size_t
digits(struct scan *s)
{
	const uint8_t *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

/* A fraction and an exponent, where there are any: how many were there, or -1. */
static int
fraction(struct scan *s)
{
	int found = 0;

	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (digits(s) == 0)
			return fail(s, s->p, "digit expected after the point");
		found++;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (digits(s) == 0)
			return fail(s, s->p, "digit expected in the exponent");
		found++;
	}
	return found;
}

static int
number(struct scan *s)
{
	const uint8_t *from = s->p, *first;
	int neg = *s->p == '-', found;
	size_t n;
	uint64_t v;

	s->p += neg;
	first = s->p;
	n = digits(s);
	if (n == 0)
		return fail(s, from, "a value expected");
	if (n > 1 && *first == '0')
		return fail(s, from, "number with a leading zero");
	if ((found = fraction(s)) < 0)
		return -1;
	if (found > 0)
		return s->flags & JSON_NO_FLOAT ? fail(s, from, "not an integer") : 0;
	if (neg && *first == '0' && (s->flags & JSON_NO_FLOAT))
		return fail(s, from, "\"-0\"");
	if (dec_u64(&v, (const char *)first, n) != 0 || v > (uint64_t)JSON_INT_MAX)
		return fail(s, from, "integer beyond 2^53-1");
	return 0;
}

static int
word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return fail(s, s->p, "a value expected");
	s->p += n;
	return 0;
}

static int
value(struct scan *s)
{
	struct key text;

	if (s->p == s->end)
		return fail(s, s->p, "ends where a value is expected");
	switch (*s->p) {
	case '{':
		return container(s, '}', member);
	case '[':
		return container(s, ']', value);
	case '"':
		return string(s, &text);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s);
	}
}

int
json_scan(const void *p, size_t n, unsigned depth, unsigned flags, struct err *e)
{
	struct scan s = { .start = p, .p = p, .end = p, .left = depth, .flags = flags, .e = e };
	int rc = -1;

	if (n > 0)
		s.end += n;
	if (!utf8_ok(p, n)) {
		err_set(e, "JSON: not well-formed UTF-8");
		goto out;
	}
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		fail(&s, s.p, "byte-order mark");
		goto out;
	}
	if (space(&s) != 0)
		goto out;
	if ((flags & JSON_OBJECT) && (s.p == s.end || *s.p != '{')) {
		fail(&s, s.p, "not an object");
		goto out;
	}
	if (value(&s) != 0 || space(&s) != 0)
		goto out;
	if (s.p != s.end)
		fail(&s, s.p, "more after the end of the value");
	else
		rc = 0;
out:
	free(s.keys);
	return rc;
}
