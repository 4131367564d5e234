/*
 * Goal: verify() says the same when the linked library verifies with the
 * cofactor, as newer libsodium does.  Such a library is put in place here: a
 * crypto_sign_verify_detached() of the test's own, found before the shared one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "crypto/selftest.h"
#include "crypto/sign.h"
#include "tests/lib/cctv.h"

static size_t asked;

/* 8 * (S*B - k*A - R) is the neutral element; R is taken as it stands, of whatever order. */
int
crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *p, unsigned long long n, const unsigned char *key)
{
	static const uint8_t neutral[32] = { 1 };
	crypto_hash_sha512_state h;
	uint8_t wide[64], k[32], d[32], ka[32];
	int i;

	asked++;
	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, sig, 32);
	crypto_hash_sha512_update(&h, key, 32);
	crypto_hash_sha512_update(&h, p, n);
	crypto_hash_sha512_final(&h, wide);
	crypto_core_ed25519_scalar_reduce(k, wide);
	if (crypto_scalarmult_ed25519_base_noclamp(d, sig + 32) != 0 || crypto_scalarmult_ed25519_noclamp(ka, k, key) != 0 ||
	    crypto_core_ed25519_sub(d, d, ka) != 0 || crypto_core_ed25519_sub(d, d, sig) != 0)
		return -1;
	for (i = 0; i < 3; i++)
		if (crypto_core_ed25519_add(d, d, d) != 0)
			return -1;
	return memcmp(d, neutral, sizeof(d)) == 0 ? 0 : -1;
}

static void
is_noticed(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_int_equal(crypto_init(&e), 0); /* its self-test wants the mixed R refused */
	assert_int_equal(selftest_cofactored(), 1);
	assert_true(asked > 1);
}

static void
cctv(void **state)
{
	(void)state;
	cctv_judge();
}

static void
good_signatures_stay_good(void **state)
{
	struct signer *s = signer_new(NULL);
	uint8_t sig[SIG_LEN], msg[50] = { 0 };
	size_t n;

	(void)state;
	assert_non_null(s);
	for (n = 1; n < sizeof(msg); n++) {
		signer_sign(s, sig, msg, n);
		assert_int_equal(verify(sig, msg, n, signer_public(s)), 1);
		assert_int_equal(verify(sig, msg, n - 1, signer_public(s)), 0);
	}
	signer_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_noticed),
	    cmocka_unit_test(cctv),
	    cmocka_unit_test(good_signatures_stay_good),
	};

	return cmocka_run_group_tests_name("cofactor", tests, NULL, NULL);
}
