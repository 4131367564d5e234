#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/dsse.h"

static const enum dsse_type ALL[] = {
	DSSE_ENTRY, DSSE_REQUEST, DSSE_ANSWER, DSSE_ENROL, DSSE_RECORD, DSSE_KEYS, DSSE_BUNDLE, DSSE_MANIFEST
};
#define N_ALL (sizeof(ALL) / sizeof(ALL[0]))

/* The example that the DSSE specification prints. */
static void
test_specification(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	assert_int_equal(dsse_pae_named(&b, "http://example.com/HelloWorld", "hello world", 11), 0);
	assert_string_equal(buf_str(&b), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	buf_free(&b);
}

static void
test_pae(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	assert_int_equal(dsse_pae(&b, DSSE_ENTRY, "a\n", 2), 0);
	assert_string_equal(buf_str(&b), "DSSEv1 35 application/vnd.tallystick.entry.v1 2 a\n");
	buf_reset(&b);
	assert_int_equal(dsse_pae(&b, DSSE_MANIFEST, "", 0), 0);
	assert_string_equal(buf_str(&b), "DSSEv1 38 application/vnd.tallystick.manifest.v1 0 ");
	buf_free(&b);
	buf_init(&b, 20);
	assert_int_equal(dsse_pae(&b, DSSE_ENTRY, "a\n", 2), -1);
	buf_free(&b);
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ALL; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(dsse_name(ALL[i]), dsse_name(ALL[j]));
}

/* The streamed hash is that of the encoding laid out in memory. */
static void
test_hash(void **state)
{
	uint8_t body[3000], want[HASH_LEN], got[HASH_LEN];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	buf_init(&b, 4096);
	for (size_t n = 0; n <= sizeof(body); n += 250)
		for (size_t t = 0; t < N_ALL; t++) {
			buf_reset(&b);
			assert_int_equal(dsse_pae(&b, ALL[t], body, n), 0);
			sha256(want, b.data, b.len);
			dsse_hash(got, ALL[t], body, n);
			assert_memory_equal(got, want, HASH_LEN);
		}
	buf_free(&b);
}

/* A signature holds for its own type, body and key, and for no other. */
static void
test_sign(void **state)
{
	static const uint8_t one[SEED_LEN] = { 1 }, two[SEED_LEN] = { 2 };
	struct signer *s = signer_new(one), *other = signer_new(two);
	uint8_t sig[SIG_LEN];

	(void)state;
	assert_non_null(s);
	assert_non_null(other);
	for (size_t i = 0; i < N_ALL; i++) {
		assert_int_equal(dsse_sign(sig, s, ALL[i], "body\n", 5), 0);
		for (size_t j = 0; j < N_ALL; j++)
			assert_int_equal(dsse_verify(sig, ALL[j], "body\n", 5, signer_public(s)), i == j);
		assert_int_equal(dsse_verify(sig, ALL[i], "bodY\n", 5, signer_public(s)), 0);
		assert_int_equal(dsse_verify(sig, ALL[i], "body\n", 4, signer_public(s)), 0);
		assert_int_equal(dsse_verify(sig, ALL[i], "body\n", 5, signer_public(other)), 0);
	}
	assert_int_equal(dsse_sign(sig, s, DSSE_ENTRY, "x", SIZE_MAX), -1);
	assert_int_equal(dsse_verify(sig, DSSE_ENTRY, "x", SIZE_MAX, signer_public(s)), 0);
	signer_free(s);
	signer_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specification), cmocka_unit_test(test_pae), cmocka_unit_test(test_names),
		cmocka_unit_test(test_hash), cmocka_unit_test(test_sign),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
