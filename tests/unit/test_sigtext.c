#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/sigtext.h"

#define BODY "tallystick/thing/v1\nplace 510182001001\n"
#define LINE_LEN 154

static struct signer *one, *two;

static struct buf
text_of(const char *body, size_t sigs)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(sigtext_sign(&b, DSSE_RECORD, body, strlen(body), one), 0);
	while (sigs-- > 1)
		assert_int_equal(sigtext_cosign(&b, DSSE_RECORD, body, strlen(body), two), 0);
	return b;
}

static void
test_round(void **state)
{
	struct sigtext t;
	struct buf b, again;

	(void)state;
	buf_init(&again, 4096);
	for (size_t n = 1; n <= SIGTEXT_SIGS_MAX; n++) {
		b = text_of(BODY, n);
		assert_int_equal(b.len, strlen(BODY) + 1 + n * LINE_LEN);
		assert_int_equal(sigtext_parse(&t, b.data, b.len, NULL), 0);
		assert_int_equal(t.nsigs, n);
		assert_int_equal(t.rest_len, 0);
		assert_int_equal(t.body_len, strlen(BODY));
		assert_memory_equal(t.body, BODY, t.body_len);
		buf_reset(&again);
		(void)buf_put(&again, t.body, t.body_len);
		(void)buf_putc(&again, '\n');
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(sigline_print(&again, &t.sig[i]), 0);
			assert_int_equal(sigtext_verify(&t, i, DSSE_RECORD, signer_public(i ? two : one)), 1);
			assert_int_equal(sigtext_verify(&t, i, DSSE_RECORD, signer_public(i ? one : two)), 0);
			assert_int_equal(sigtext_verify(&t, i, DSSE_KEYS, signer_public(i ? two : one)), 0);
		}
		assert_int_equal(sigtext_verify(&t, n, DSSE_RECORD, signer_public(one)), 0);
		assert_int_equal(again.len, b.len);
		assert_memory_equal(again.data, b.data, b.len);
		buf_free(&b);
	}
	buf_free(&again);
}

/* The KEYHASH of a line must be the key's, also when the signature is good. */
static void
test_keyhash_named(void **state)
{
	struct buf b = text_of(BODY, 1);
	struct sigtext t;

	(void)state;
	assert_int_equal(sigtext_parse(&t, b.data, b.len, NULL), 0);
	t.sig[0].keyhash[31] ^= 1;
	assert_int_equal(sigtext_verify(&t, 0, DSSE_RECORD, signer_public(one)), 0);
	t.sig[0].keyhash[31] ^= 1;
	assert_int_equal(sigtext_verify(&t, 0, DSSE_RECORD, signer_public(one)), 1);
	buf_free(&b);
}

static void
test_rest(void **state)
{
	static const uint8_t tails[][8] = { "TF\001\0\0", "secret ", "\n", "x" };
	static const size_t lens[] = { 5, 7, 1, 1 };
	struct sigtext t;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		b = text_of(BODY, 2);
		(void)buf_put(&b, tails[i], lens[i]);
		assert_int_equal(sigtext_parse(&t, b.data, b.len, NULL), 0);
		assert_int_equal(t.nsigs, 2);
		assert_int_equal(t.rest_len, lens[i]);
		assert_memory_equal(t.rest, tails[i], lens[i]);
		buf_free(&b);
	}
}

static int
parses(const void *p, size_t n)
{
	struct sigtext t;
	struct err e = { "" };
	/* a copy of its own size, so that a sanitizer sees any look beyond it */
	void *copy = malloc(n ? n : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, p, n);
	rc = sigtext_parse(&t, copy, n, &e);
	assert_true(rc == 0 || e.text[0] != '\0');
	free(copy);
	return rc == 0;
}

static void
test_refused(void **state)
{
	struct buf b = text_of(BODY, 1), x;
	const size_t head = strlen(BODY) + 1;

	(void)state;
	buf_init(&x, 4096);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(parses(b.data, n), 0);
	assert_int_equal(parses(b.data, b.len), 1);
	assert_int_equal(parses("\n\n", 2), 0);
	(void)buf_putc(&x, '\n');
	(void)buf_put(&x, b.data, b.len);
	assert_int_equal(parses(x.data, x.len), 0);
	/* one signature too many */
	buf_free(&b);
	b = text_of(BODY, SIGTEXT_SIGS_MAX + 1);
	assert_int_equal(parses(b.data, b.len), 0);
	assert_int_equal(parses(b.data, b.len - 1), 1); /* then it is a rest */
	/* bytes that no text may hold */
	for (size_t i = 0; i < 3; i++) {
		uint8_t keep = b.data[5];

		b.data[5] = (uint8_t)"\r\0\xff"[i];
		assert_int_equal(parses(b.data, b.len - LINE_LEN), 0);
		b.data[5] = keep;
	}
	/* upper-case hex, two spaces, other bits in the last base64 character */
	b.data[head + 64] = '\t';
	assert_int_equal(parses(b.data, b.len - LINE_LEN), 0);
	buf_free(&b);
	buf_free(&x);
}

static void
test_sigline(void **state)
{
	struct sigline l, m;
	struct buf b;
	char line[LINE_LEN];
	const char *s;

	(void)state;
	memset(&l, 0xab, sizeof(l));
	buf_init(&b, 200);
	assert_int_equal(sigline_print(&b, &l), 0);
	assert_int_equal(b.len, LINE_LEN);
	s = buf_str(&b);
	assert_int_equal(sigline_parse(&m, s, LINE_LEN - 1), 0);
	assert_memory_equal(&l, &m, sizeof(l));
	assert_int_equal(sigline_parse(&m, s, LINE_LEN), -1);
	assert_int_equal(sigline_parse(&m, s, LINE_LEN - 2), -1);
	assert_int_equal(sigline_parse(&m, s, 0), -1);
	memcpy(line, s, LINE_LEN);
	line[0] = 'A';
	assert_int_equal(sigline_parse(&m, line, LINE_LEN - 1), -1);
	memcpy(line, s, LINE_LEN);
	line[LINE_LEN - 4]++; /* the last character before ==: bits that belong to no byte */
	assert_int_equal(sigline_parse(&m, line, LINE_LEN - 1), -1);
	buf_free(&b);
}

static void
test_sign_refuses(void **state)
{
	static const char *const bad[] = { "", "\n", "a", "a\n\nb\n", "\na\n", "a\n\n", "a\r\n", "\xff\n" };
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sigtext_sign(&b, DSSE_RECORD, bad[i], strlen(bad[i]), one), -1);
	assert_int_equal(sigtext_sign(&b, DSSE_RECORD, "a\0b\n", 4, one), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	buf_init(&b, 100);
	assert_int_equal(sigtext_sign(&b, DSSE_RECORD, "a\n", 2, one), -1);
	buf_free(&b);
}

int
main(void)
{
	static const uint8_t seeds[2][SEED_LEN] = { { 1 }, { 2 } };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round), cmocka_unit_test(test_keyhash_named), cmocka_unit_test(test_rest),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_sigline), cmocka_unit_test(test_sign_refuses),
	};
	int rc;

	if (crypto_init(NULL) != 0)
		return 1;
	one = signer_new(seeds[0]);
	two = signer_new(seeds[1]);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	signer_free(one);
	signer_free(two);
	return rc;
}
