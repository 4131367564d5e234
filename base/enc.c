#include "base/enc.h"

#include <string.h>

static const char HEX[] = "0123456789abcdef";
static const char B64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char B32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
enc_hex(char *out, const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = HEX[b[i] >> 4];
		*out++ = HEX[b[i] & 15];
	}
	*out = '\0';
}

/* One more than each digit's value; 0 is none.  A header has many digits, so they are looked up. */
static const uint8_t DIGIT[256] = { ['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a'] = 11, 12, 13, 14, 15, 16 };

int
dec_hex(uint8_t *out, size_t n, const char *s, size_t slen)
{
	size_t i;
	unsigned hi, lo;

	if (n > SIZE_MAX / 2 || slen != 2 * n)
		return -1;
	for (i = 0; i < n; i++) {
		hi = DIGIT[(uint8_t)s[2 * i]];
		lo = DIGIT[(uint8_t)s[2 * i + 1]];
		if (hi == 0 || lo == 0)
			return -1;
		out[i] = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	return 0;
}

size_t
enc_b64_len(size_t n)
{
	return (n / 3 + (n % 3 != 0)) * 4;
}

void
enc_b64(char *out, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t v;

	for (; n > 0; b += n < 3 ? n : 3, n -= n < 3 ? n : 3) {
		v = (uint32_t)b[0] << 16;
		v |= n > 1 ? (uint32_t)b[1] << 8 : 0;
		v |= n > 2 ? (uint32_t)b[2] : 0;
		*out++ = B64[v >> 18];
		*out++ = B64[v >> 12 & 63];
		*out++ = n > 1 ? B64[v >> 6 & 63] : '=';
		*out++ = n > 2 ? B64[v & 63] : '=';
	}
	*out = '\0';
}

static int
b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
dec_b64(uint8_t *out, size_t outmax, size_t *outlen, const char *s, size_t slen)
{
	size_t pad = 0, chars, n, i, o = 0;
	uint32_t acc = 0;
	int v;

	if (slen % 4 != 0)
		return -1;
	if (slen > 0)
		pad = s[slen - 1] != '=' ? 0 : s[slen - 2] != '=' ? 1 : 2;
	chars = slen - pad;
	n = slen / 4 * 3 - pad;
	if (n > outmax)
		return -1;
	for (i = 0; i < chars; i++) {
		if ((v = b64_value(s[i])) < 0)
			return -1;
		acc = (acc & 0xffffff) << 6 | (uint32_t)v;
		if (i % 4 != 0)
			out[o++] = (uint8_t)(acc >> (6 - 2 * (i % 4)));
	}
	/* the last character's bits that belong to no byte */
	if (pad > 0 && (acc & (pad == 2 ? 15U : 3U)) != 0)
		return -1;
	*outlen = n;
	return 0;
}

int
dec_b64_exact(uint8_t *out, size_t n, const char *s, size_t slen)
{
	size_t got;

	if (slen != enc_b64_len(n) || dec_b64(out, n, &got, s, slen) != 0)
		return -1;
	return got == n ? 0 : -1;
}

void
enc_b32(char *out, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		acc = (acc & 0xff) << 8 | b[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = B32[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		*out++ = B32[acc << (5 - bits) & 31];
	*out = '\0';
}

static int
b32_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

int
dec_b32(uint8_t *out, size_t n, const char *s, size_t slen)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i, o = 0;
	int v;

	if (n > SIZE_MAX / 16 || slen != (8 * n + 4) / 5)
		return -1;
	for (i = 0; i < slen; i++) {
		if ((v = b32_value(s[i])) < 0)
			return -1;
		acc = (acc & 0xffff) << 5 | (uint32_t)v;
		if ((bits += 5) >= 8) {
			bits -= 8;
			out[o++] = (uint8_t)(acc >> bits);
		}
	}
	return (acc & ((1U << bits) - 1)) == 0 ? 0 : -1;
}

int
dec_u64(uint64_t *v, const char *s, size_t slen)
{
	uint64_t x = 0;
	size_t i;
	unsigned d;

	if (slen < 1 || slen > 20 || (slen > 1 && s[0] == '0'))
		return -1;
	for (i = 0; i < slen; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		d = (unsigned)(s[i] - '0');
		if (x > (UINT64_MAX - d) / 10)
			return -1;
		x = x * 10 + d;
	}
	*v = x;
	return 0;
}

int
dec_i64(int64_t *v, const char *s, size_t slen)
{
	int neg = slen > 0 && s[0] == '-';
	uint64_t x;

	if (dec_u64(&x, s + neg, slen - (size_t)neg) != 0)
		return -1;
	if (neg ? x == 0 || x > (uint64_t)INT64_MAX + 1 : x > (uint64_t)INT64_MAX)
		return -1;
	*v = neg ? -(int64_t)(x - 1) - 1 : (int64_t)x;
	return 0;
}

size_t
dec_varint(uint64_t *v, const uint8_t *p, const uint8_t *end)
{
	uint64_t x = 0;
	size_t n;

	for (n = 0; n < 10 && p + n < end; n++) {
		if (n == 9 && p[n] > 1)
			return 0;
		x |= (uint64_t)(p[n] & 0x7f) << (7 * n);
		if (p[n] & 0x80)
			continue;
		if (n > 0 && p[n] == 0)
			return 0;
		*v = x;
		return n + 1;
	}
	return 0;
}

uint64_t
dec_be(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The length of the well-formed character at ${p}, or 0 (the table of RFC 3629, section 4). */
static size_t
utf8_char(const uint8_t *p, size_t n)
{
	uint8_t lo = 0x80, hi = 0xbf;
	size_t len, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t
utf8_get(uint32_t *c, const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t len = *s == '\0' ? 0 : utf8_char(p, strnlen(s, 4)), i;

	*c = len == 0 ? 0 : len == 1 ? p[0] : p[0] & (0x7fU >> len);
	for (i = 1; i < len; i++)
		*c = *c << 6 | (p[i] & 0x3fU);
	return len;
}

int
utf8_ok(const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i = 0, len;

	while (i < n) {
		if ((len = utf8_char(b + i, n - i)) == 0)
			return 0;
		i += len;
	}
	return 1;
}
