/* Goal: what is accepted prints back to the same bytes; everything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"

static void
hex(void **state)
{
	uint8_t out[4] = { 0 };
	char text[9];

	(void)state;
	enc_hex(text, "\x00\x9a\xff\x10", 4);
	assert_string_equal(text, "009aff10");
	assert_int_equal(dec_hex(out, 4, "009aff10", 8), 0);
	assert_memory_equal(out, "\x00\x9a\xff\x10", 4);
	assert_int_equal(dec_hex(out, 4, "009aFf10", 8), -1);
	assert_int_equal(dec_hex(out, 4, "009aff1", 7), -1);
	assert_int_equal(dec_hex(out, 4, "009aff100", 9), -1);
	assert_int_equal(dec_hex(out, 1, "g0", 2), -1);
	assert_int_equal(dec_hex(out, 1, "0/", 2), -1);
	assert_int_equal(dec_hex(out, 1, " 1", 2), -1);
	assert_int_equal(dec_hex(out, 0, "", 0), 0);
}

/* RFC 4648, section 10. */
static void
base64_of_the_rfc(void **state)
{
	static const char *const want[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	char text[16];
	uint8_t out[8];
	size_t n, got;

	(void)state;
	for (n = 0; n <= 6; n++) {
		enc_b64(text, "foobar", n);
		assert_string_equal(text, want[n]);
		assert_int_equal(enc_b64_len(n), strlen(want[n]));
		assert_int_equal(dec_b64(out, n, &got, text, strlen(text)), 0);
		assert_int_equal(got, n);
		assert_memory_equal(out, "foobar", n);
		assert_int_equal(dec_b64_exact(out, n, text, strlen(text)), 0);
		assert_int_equal(dec_b64_exact(out, n + 1, text, strlen(text)), -1);
		if (n > 0) {
			assert_int_equal(dec_b64_exact(out, n - 1, text, strlen(text)), -1);
			assert_int_equal(dec_b64(out, n - 1, &got, text, strlen(text)), -1);
		}
	}
}

static void
base64_is_strict(void **state)
{
	static const char *const bad[] = { "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==Zg==", "Zm9v\n", "Zm9v ",
		" m9v", "Zm-v", "Zm_v", "=m9v", "Z=9v", "Zm=v", "Zg==\n\n\n\n", "A", "AA=A" };
	uint8_t out[16];
	size_t i, got;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (dec_b64(out, sizeof(out), &got, bad[i], strlen(bad[i])) == 0)
			fail_msg("accepted \"%s\"", bad[i]);
	assert_int_equal(dec_b64(out, sizeof(out), &got, "Zm\0v", 4), -1);
}

/* Every four-character text over a small alphabet: accepted exactly if it prints back. */
static void
base64_prints_back(void **state)
{
	static const char abc[] = "AQgw/+9=z-";
	uint8_t out[3];
	char text[5] = "", back[5];
	size_t a, n, got, good = 0;

	(void)state;
	for (a = 0; a < 10000; a++) {
		text[0] = abc[a % 10];
		text[1] = abc[a / 10 % 10];
		text[2] = abc[a / 100 % 10];
		text[3] = abc[a / 1000];
		if (dec_b64(out, 3, &n, text, 4) != 0)
			continue;
		enc_b64(back, out, n);
		assert_string_equal(back, text);
		good++;
	}
	/* 8 digits; A, Q, g and w may stand before one "=" and before two: the others have bits set that belong to no byte */
	assert_int_equal(good, 8 * 8 * 8 * 8 + 8 * 8 * 4 + 8 * 4);
	for (a = 0; a < 65536; a++) {
		out[0] = (uint8_t)a;
		out[1] = (uint8_t)(a >> 8);
		out[2] = (uint8_t)(a * 31);
		for (n = 1; n <= 3; n++) {
			uint8_t again[3];

			enc_b64(text, out, n);
			assert_int_equal(dec_b64(again, 3, &got, text, 4), 0);
			assert_int_equal(got, n);
			assert_memory_equal(again, out, n);
		}
	}
}

static void
base32(void **state)
{
	static const char *const want[] = { "", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI" };
	char text[32];
	uint8_t out[8];
	size_t n;

	(void)state;
	for (n = 0; n <= 6; n++) {
		enc_b32(text, "foobar", n);
		assert_string_equal(text, want[n]);
		assert_int_equal(dec_b32(out, n, text, strlen(text)), 0);
		assert_memory_equal(out, "foobar", n);
		assert_int_equal(dec_b32(out, n + 1, text, strlen(text)), -1);
	}
	assert_int_equal(dec_b32(out, 3, "mzxW6", 5), 0);
	assert_memory_equal(out, "foo", 3);
	assert_int_equal(dec_b32(out, 1, "MZ", 2), -1); /* other bits set */
	assert_int_equal(dec_b32(out, 1, "M1", 2), -1);
	assert_int_equal(dec_b32(out, 1, "M0", 2), -1);
	assert_int_equal(dec_b32(out, 1, "MY======", 8), -1);
	assert_int_equal(dec_b32(out, 1, "M8", 2), -1);
}

static int
u64(const char *s, uint64_t want)
{
	uint64_t v = ~want;

	return dec_u64(&v, s, strlen(s)) == 0 && v == want;
}

static int
i64(const char *s, int64_t want)
{
	int64_t v = ~want;

	return dec_i64(&v, s, strlen(s)) == 0 && v == want;
}

static void
integers(void **state)
{
	static const char *const bad[] = { "", "00", "01", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616",
		"99999999999999999999", "100000000000000000000", "1.0", "--1" };
	uint64_t u;
	int64_t v;
	size_t i;

	(void)state;
	assert_true(u64("0", 0));
	assert_true(u64("7", 7));
	assert_true(u64("18446744073709551615", UINT64_MAX));
	assert_true(i64("0", 0));
	assert_true(i64("-1", -1));
	assert_true(i64("9223372036854775807", INT64_MAX));
	assert_true(i64("-9223372036854775808", INT64_MIN));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(dec_u64(&u, bad[i], strlen(bad[i])), -1);
		assert_int_equal(dec_i64(&v, bad[i], strlen(bad[i])), -1);
	}
	assert_int_equal(dec_u64(&u, "-1", 2), -1);
	assert_int_equal(dec_i64(&v, "-0", 2), -1);
	assert_int_equal(dec_i64(&v, "-", 1), -1);
	assert_int_equal(dec_i64(&v, "-01", 3), -1);
	assert_int_equal(dec_i64(&v, "9223372036854775808", 19), -1);
	assert_int_equal(dec_i64(&v, "-9223372036854775809", 20), -1);
}

static size_t
varint(const char *bytes, size_t n, uint64_t *v)
{
	const uint8_t *p = (const uint8_t *)bytes;

	return dec_varint(v, p, p + n);
}

static void
varints(void **state)
{
	struct buf b;
	uint64_t v, x;
	unsigned shift;
	size_t cut;

	(void)state;
	buf_init(&b, 16);
	for (shift = 0; shift < 64; shift++) {
		for (x = (UINT64_C(1) << shift) - 1; x <= (UINT64_C(1) << shift); x++) {
			buf_reset(&b);
			buf_varint(&b, x);
			assert_int_equal(dec_varint(&v, b.data, b.data + b.len), b.len);
			assert_true(v == x);
			for (cut = 0; cut < b.len; cut++)
				assert_int_equal(dec_varint(&v, b.data, b.data + cut), 0);
		}
	}
	buf_free(&b);
	assert_int_equal(varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &v), 10);
	assert_true(v == UINT64_MAX);
	assert_int_equal(varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &v), 0);
	assert_int_equal(varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11, &v), 0);
	assert_int_equal(varint("\x80\x00", 2, &v), 0); /* not minimal */
	assert_int_equal(varint("\x81\x80\x00", 3, &v), 0);
	assert_int_equal(varint("\x05\xff", 2, &v), 1);
	assert_true(dec_be((const uint8_t *)"\x01\x02\x03\x04\x05\x06\x07\x08", 8) == UINT64_C(0x0102030405060708));
	assert_true(dec_be((const uint8_t *)"\xff\x01", 2) == 0xff01);
}

/* Every code point and every lead byte against the definition. */
static void
utf8(void **state)
{
	uint8_t s[4];
	uint32_t c;
	unsigned a, b;
	size_t n;

	(void)state;
	for (c = 0; c <= 0x10ffff; c += c < 0x3000 || (c > 0xd700 && c < 0xe100) ? 1 : 13) {
		n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		s[0] = (uint8_t)(n == 1 ? c : (0xf00U >> n & 0xffU) | c >> (6 * (n - 1)));
		for (a = 1; a < n; a++)
			s[a] = (uint8_t)(0x80 | (c >> (6 * (n - 1 - a)) & 0x3f));
		assert_int_equal(utf8_ok(s, n), c < 0xd800 || c > 0xdfff);
		if (n > 1)
			assert_int_equal(utf8_ok(s, n - 1), 0);
	}
	for (a = 0xc0; a < 0x100; a++)
		for (b = 0; b < 0x100; b++) {
			s[0] = (uint8_t)a;
			s[1] = (uint8_t)b;
			assert_int_equal(utf8_ok(s, 2), a >= 0xc2 && a < 0xe0 && b >= 0x80 && b < 0xc0);
		}
	assert_int_equal(utf8_ok("\xe0\x9f\xbf", 3), 0);
	assert_int_equal(utf8_ok("\xf0\x8f\xbf\xbf", 4), 0);
	assert_int_equal(utf8_ok("\xf4\x90\x80\x80", 4), 0);
	assert_int_equal(utf8_ok("\xf5\x80\x80\x80", 4), 0);
	assert_int_equal(utf8_ok("\x80", 1), 0);
	assert_int_equal(utf8_ok("ab\xe6\x9d\x91z", 6), 1);
	assert_int_equal(utf8_ok("\xe6\x9d" "z", 3), 0);
	assert_int_equal(utf8_ok(NULL, 0), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hex),
	    cmocka_unit_test(base64_of_the_rfc),
	    cmocka_unit_test(base64_is_strict),
	    cmocka_unit_test(base64_prints_back),
	    cmocka_unit_test(base32),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(varints),
	    cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests_name("enc", tests, NULL, NULL);
}
