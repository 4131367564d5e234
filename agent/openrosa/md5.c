#include "agent/openrosa/md5.h"

#include <math.h>
#include <string.h>

/* One block of 64 bytes (RFC 1321 3.4); the constants are the sines that the RFC makes them of. */
static void
block(uint32_t s[4], const uint32_t sine[64], const uint8_t *p)
{
	static const unsigned turn[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
	static const unsigned step[4] = { 1, 5, 3, 7 }, from[4] = { 0, 1, 5, 0 };
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], f, x;
	unsigned i, k, r;

	for (i = 0; i < 64; i++) {
		if (i < 16)
			f = (b & c) | (~b & d);
		else if (i < 32)
			f = (b & d) | (c & ~d);
		else if (i < 48)
			f = b ^ c ^ d;
		else
			f = c ^ (b | ~d);
		k = 4 * ((from[i / 16] + step[i / 16] * i) % 16);
		x = (uint32_t)p[k] | (uint32_t)p[k + 1] << 8 | (uint32_t)p[k + 2] << 16 | (uint32_t)p[k + 3] << 24;
		f += a + sine[i] + x;
		r = turn[i / 16][i % 4];
		a = d;
		d = c;
		c = b;
		b += f << r | f >> (32 - r);
	}
	s[0] += a;
	s[1] += b;
	s[2] += c;
	s[3] += d;
}

void
md5(uint8_t out[16], const void *p, size_t n)
{
	uint32_t s[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 }, sine[64];
	const uint8_t *at = p;
	uint8_t last[128] = { 0 };
	size_t left = n % 64, end = left < 56 ? 64 : 128, i;
	uint64_t bits = (uint64_t)n * 8;

	for (i = 0; i < 64; i++)
		sine[i] = (uint32_t)(int64_t)floor(fabs(sin((double)i + 1)) * 4294967296.0);
	for (i = 0; i + 64 <= n; i += 64)
		block(s, sine, at + i);
	if (left > 0)
		memcpy(last, at + i, left);
	last[left] = 0x80;
	for (i = 0; i < 8; i++)
		last[end - 8 + i] = (uint8_t)(bits >> 8 * i);
	for (i = 0; i < end; i += 64)
		block(s, sine, last + i);
	for (i = 0; i < 16; i++)
		out[i] = (uint8_t)(s[i / 4] >> 8 * (i % 4));
}
