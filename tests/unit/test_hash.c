/* Goal: SHA-256 and HMAC give the values of FIPS 180-4's examples and RFC 4231, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "crypto/hash.h"

static void
is(const uint8_t got[HASH_LEN], const char *want)
{
	char text[2 * HASH_LEN + 1];

	enc_hex(text, got, HASH_LEN);
	assert_string_equal(text, want);
}

static void
fips_examples(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t out[HASH_LEN], a[1000];
	struct sha256_ctx c;
	size_t i;

	(void)state;
	sha256(out, "", 0);
	is(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256(out, "abc", 3);
	is(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(out, two, sizeof(two) - 1);
	is(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(a, 'a', sizeof(a));
	sha256_init(&c);
	for (i = 0; i < 1000; i++)
		sha256_add(&c, a, sizeof(a));
	sha256_end(&c, out);
	is(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void
pieces_equal_the_whole(void **state)
{
	uint8_t text[200], whole[HASH_LEN], out[HASH_LEN];
	struct sha256_ctx c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 37);
	sha256(whole, text, sizeof(text));
	for (i = 0; i <= sizeof(text); i++) {
		sha256_init(&c);
		sha256_add(&c, text, i);
		sha256_add(&c, NULL, 0);
		sha256_add(&c, text + i, sizeof(text) - i);
		sha256_end(&c, out);
		assert_memory_equal(out, whole, HASH_LEN);
	}
}

/* RFC 4231, test cases 1 to 4, 6 and 7. */
static void
hmac_of_the_rfc(void **state)
{
	static const char long_key[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	static const char both[] = "This is a test using a larger than block-size key and a larger than block-size data. "
				   "The key needs to be hashed before being used by the HMAC algorithm.";
	uint8_t key[131], data[50], out[HASH_LEN];
	size_t i;

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256(out, key, 20, "Hi There", 8);
	is(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(out, "Jefe", 4, "what do ya want for nothing?", 28);
	is(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	hmac_sha256(out, key, 20, data, sizeof(data));
	is(out, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	hmac_sha256(out, key, 131, long_key, sizeof(long_key) - 1);
	is(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac_sha256(out, key, 131, both, sizeof(both) - 1);
	is(out, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
	for (i = 0; i < 25; i++)
		key[i] = (uint8_t)(i + 1);
	memset(data, 0xcd, sizeof(data));
	hmac_sha256(out, key, 25, data, sizeof(data));
	is(out, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

static void
equality(void **state)
{
	(void)state;
	assert_int_equal(equal_ct("abc", "abc", 3), 1);
	assert_int_equal(equal_ct("abc", "abd", 3), 0);
	assert_int_equal(equal_ct("xbc", "abc", 3), 0);
	assert_int_equal(equal_ct("abc", "abd", 2), 1);
	assert_int_equal(equal_ct("", "", 0), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fips_examples),
	    cmocka_unit_test(pieces_equal_the_whole),
	    cmocka_unit_test(hmac_of_the_rfc),
	    cmocka_unit_test(equality),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
