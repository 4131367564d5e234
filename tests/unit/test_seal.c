/* Goal: a sealed box opens for its key only and only unaltered; sealing keys live in files as signing keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/seal.h"
#include "crypto/sign.h"

static char dir[] = "/tmp/tally-test-seal-XXXXXX";

static int
start(void **state)
{
	struct err e;

	(void)state;
	return crypto_init(&e) == 0 && mkdtemp(dir) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void
opens_again(void **state)
{
	struct sealer *s = sealer_new(NULL), *other = sealer_new(NULL);
	uint8_t text[300];
	struct buf box, out;
	size_t n;

	(void)state;
	assert_true(s != NULL && other != NULL);
	assert_memory_not_equal(sealer_public(s), sealer_public(other), 32);
	buf_init(&box, 1000);
	buf_init(&out, 1000);
	for (n = 0; n < sizeof(text); n++)
		text[n] = (uint8_t)n;
	for (n = 0; n <= sizeof(text); n += 50) {
		buf_reset(&box);
		buf_reset(&out);
		buf_puts(&box, "head");
		buf_puts(&out, "head");
		assert_int_equal(seal(&box, text, n, sealer_public(s)), 0);
		assert_int_equal(box.len, 4 + n + SEAL_OVERHEAD);
		assert_int_equal(unseal(s, &out, box.data + 4, box.len - 4), 0);
		assert_int_equal(out.len, 4 + n);
		assert_memory_equal(out.data + 4, text, n);
		assert_int_equal(unseal(other, &out, box.data + 4, box.len - 4), -1);
		assert_int_equal(out.len, 4 + n);
		assert_int_equal(buf_ok(&out), 1);
	}
	buf_free(&box);
	buf_free(&out);
	sealer_free(s);
	sealer_free(other);
	sealer_free(NULL);
}

static void
alterations_are_seen(void **state)
{
	struct sealer *s = sealer_new(NULL);
	struct buf box, again, out;
	size_t i;

	(void)state;
	assert_non_null(s);
	buf_init(&box, 100);
	buf_init(&again, 100);
	buf_init(&out, 100);
	assert_int_equal(seal(&box, "hello", 5, sealer_public(s)), 0);
	assert_int_equal(seal(&again, "hello", 5, sealer_public(s)), 0);
	assert_memory_not_equal(box.data, again.data, box.len); /* nobody sees that two are alike */
	for (i = 0; i < box.len; i++) {
		box.data[i] ^= 0x40;
		assert_int_equal(unseal(s, &out, box.data, box.len), -1);
		box.data[i] ^= 0x40;
		assert_int_equal(unseal(s, &out, box.data, i), -1);
	}
	assert_int_equal(unseal(s, &out, NULL, 0), -1);
	assert_int_equal(out.len, 0);
	assert_int_equal(unseal(s, &out, box.data, box.len), 0);
	buf_free(&box);
	buf_free(&again);
	buf_free(&out);
	sealer_free(s);
}

static void
limits(void **state)
{
	static const uint8_t zero_key[32], one_key[32] = { 1 };
	struct sealer *s = sealer_new(NULL);
	struct buf box, small;

	(void)state;
	assert_non_null(s);
	buf_init(&box, 53);
	assert_int_equal(seal(&box, "hello!", 6, sealer_public(s)), -1);
	assert_int_equal(seal(&box, "hello", 5, zero_key), -1);
	assert_int_equal(seal(&box, "hello", 5, one_key), -1);
	buf_reset(&box);
	assert_int_equal(seal(&box, "hello", SIZE_MAX, sealer_public(s)), -1);
	assert_int_equal(seal(&box, "hello", SIZE_MAX - 20, sealer_public(s)), -1);
	buf_reset(&box);
	assert_int_equal(seal(&box, "hello", 5, sealer_public(s)), 0);
	buf_init(&small, 4);
	assert_int_equal(unseal(s, &small, box.data, box.len), -1);
	buf_free(&box);
	buf_free(&small);
	sealer_free(s);
}

/* RFC 7748, 6.1: the public key of Alice's secret. */
static void
known_key_and_file(void **state)
{
	uint8_t secret[32], want[32];
	char path[64];
	struct sealer *s, *again;
	struct err e;

	(void)state;
	assert_int_equal(dec_hex(secret, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", 64), 0);
	assert_int_equal(dec_hex(want, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", 64), 0);
	s = sealer_new(secret);
	assert_non_null(s);
	assert_memory_equal(sealer_public(s), want, 32);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(sealer_save(s, path, &e), 0);
	assert_int_equal(sealer_save(s, path, &e), -1);
	again = sealer_load(path, &e);
	assert_non_null(again);
	assert_memory_equal(sealer_public(again), want, 32);
	assert_null(signer_load(path, &e)); /* a key has one use */
	assert_non_null(strstr(e.text, "no ed25519 key"));
	assert_int_equal(unlink(path), 0);
	assert_null(sealer_load(path, &e));
	sealer_free(s);
	sealer_free(again);
}

/* Goal: what is sealed for a signing key opens with it and with no other. */
static void
for_a_signer(void **state)
{
	struct signer *a = signer_new(NULL), *b = signer_new(NULL);
	struct sealer *oa, *ob;
	struct buf box, out;

	(void)state;
	assert_true(a != NULL && b != NULL);
	oa = sealer_of_signer(a);
	ob = sealer_of_signer(b);
	assert_true(oa != NULL && ob != NULL);
	buf_init(&box, 100);
	buf_init(&out, 100);
	assert_int_equal(seal_for_signer(&box, "note", 4, signer_public(a)), 0);
	assert_int_equal(box.len, 4 + SEAL_OVERHEAD);
	assert_int_equal(unseal(ob, &out, box.data, box.len), -1);
	assert_int_equal(unseal(oa, &out, box.data, box.len), 0);
	assert_string_equal(buf_str(&out), "note");
	buf_free(&box);
	buf_free(&out);
	sealer_free(oa);
	sealer_free(ob);
	signer_free(a);
	signer_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opens_again),
	    cmocka_unit_test(alterations_are_seen),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(known_key_and_file),
	    cmocka_unit_test(for_a_signer),
	};

	return cmocka_run_group_tests_name("seal", tests, start, end);
}
