/* Goal: Ed25519 signs as RFC 8032, verifies as OpenSSL and Go on every CCTV vector, and key files keep their secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "tests/lib/cctv.h"

static char dir[] = "/tmp/tally-test-sign-XXXXXX";
static char path[64];

static int
start(void **state)
{
	struct err e;

	(void)state;
	if (crypto_init(&e) != 0 || mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void
from_hex(uint8_t *out, size_t n, const char *hex)
{
	assert_int_equal(dec_hex(out, n, hex, strlen(hex)), 0);
}

/* RFC 8032, 7.1: tests 1 to 3 and SHA(abc). */
static const struct {
	const char *seed, *key, *msg, *sig;
} rfc[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
};

static void
rfc_values(void **state)
{
	uint8_t seed[SEED_LEN], key[KEY_LEN], msg[64], want[SIG_LEN], sig[SIG_LEN], hash[HASH_LEN];
	struct signer *s;
	size_t i, n, bit;

	(void)state;
	for (i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		n = strlen(rfc[i].msg) / 2;
		from_hex(seed, sizeof(seed), rfc[i].seed);
		from_hex(key, sizeof(key), rfc[i].key);
		from_hex(msg, n, rfc[i].msg);
		from_hex(want, sizeof(want), rfc[i].sig);
		s = signer_new(seed);
		assert_non_null(s);
		assert_memory_equal(signer_public(s), key, KEY_LEN);
		sha256(hash, key, KEY_LEN);
		assert_memory_equal(signer_keyhash(s), hash, HASH_LEN);
		signer_sign(s, sig, msg, n);
		assert_memory_equal(sig, want, SIG_LEN);
		assert_int_equal(key_ok(key), 1);
		assert_int_equal(verify(sig, msg, n, key), 1);
		for (bit = 0; bit < 8 * SIG_LEN; bit++) {
			sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(verify(sig, msg, n, key), 0);
			sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		if (n > 0) {
			assert_int_equal(verify(sig, msg, n - 1, key), 0);
			msg[0] ^= 1;
			assert_int_equal(verify(sig, msg, n, key), 0);
		}
		signer_free(s);
	}
	signer_free(NULL);
}

static void
random_keys_differ(void **state)
{
	struct signer *a = signer_new(NULL), *b = signer_new(NULL);
	uint8_t sig[SIG_LEN], x[32] = { 0 }, zero[32] = { 0 };

	(void)state;
	assert_true(a != NULL && b != NULL);
	assert_memory_not_equal(signer_public(a), signer_public(b), KEY_LEN);
	assert_int_equal(key_ok(signer_public(a)), 1);
	signer_sign(a, sig, "x", 1);
	assert_int_equal(verify(sig, "x", 1, signer_public(a)), 1);
	assert_int_equal(verify(sig, "x", 1, signer_public(b)), 0);
	signer_free(a);
	signer_free(b);
	random_bytes(x, sizeof(x));
	assert_memory_not_equal(x, zero, sizeof(x));
	wipe(x, sizeof(x));
	assert_memory_equal(x, zero, sizeof(x));
}

/* S + L is refused: a signature has one spelling. */
static void
s_is_canonical(void **state)
{
	uint8_t order[32], sig[SIG_LEN], seed[SEED_LEN] = { 1 };
	struct signer *s = signer_new(seed);
	unsigned carry = 0;
	size_t i;

	(void)state;
	assert_non_null(s);
	from_hex(order, sizeof(order), "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	signer_sign(s, sig, "x", 1);
	assert_int_equal(verify(sig, "x", 1, signer_public(s)), 1);
	for (i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(verify(sig, "x", 1, signer_public(s)), 0);
	signer_free(s);
}

/* The neutral element as R: good exactly if S*B = k*A, and S has one spelling there too. */
static void
neutral_r(void **state)
{
	static const char msg[] = "tallystick self-test";
	uint8_t key[KEY_LEN], sig[SIG_LEN], high[SIG_LEN], order[32], seed[SEED_LEN];
	struct signer *s;
	unsigned carry = 0;
	size_t i;

	(void)state;
	sha256(seed, msg, sizeof(msg) - 1);
	s = signer_new(seed);
	assert_non_null(s);
	memcpy(key, signer_public(s), KEY_LEN);
	signer_free(s);
	from_hex(sig, sizeof(sig),
	    "0100000000000000000000000000000000000000000000000000000000000000997152d936397f4d2e59d09677ae8e032ac18eebb81c74e49a61ced4dae2d003");
	assert_int_equal(verify(sig, msg, sizeof(msg) - 1, key), 1);
	assert_int_equal(verify(sig, msg, sizeof(msg) - 2, key), 0);
	assert_int_equal(verify(sig, msg, 0, key), 0);
	from_hex(order, sizeof(order), "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	memcpy(high, sig, sizeof(high));
	for (i = 0; i < 32; i++) {
		carry += (unsigned)high[32 + i] + order[i];
		high[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(verify(high, msg, sizeof(msg) - 1, key), 0);
	memset(sig + 32, 0, 32);
	assert_int_equal(verify(sig, msg, sizeof(msg) - 1, key), 0);
	sig[32] = 1;
	assert_int_equal(verify(sig, msg, sizeof(msg) - 1, key), 0);
}

static void
cctv(void **state)
{
	(void)state;
	cctv_judge();
}

static void
bad_keys(void **state)
{
	static const char *const bad[] = {
		"0000000000000000000000000000000000000000000000000000000000000000", /* order 4 */
		"0100000000000000000000000000000000000000000000000000000000000000", /* neutral: signs everything in OpenSSL */
		"0200000000000000000000000000000000000000000000000000000000000000", /* not on the curve */
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* order 2 */
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* neutral, not canonical */
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", /* order 8 */
	};
	uint8_t key[KEY_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		from_hex(key, sizeof(key), bad[i]);
		if (key_ok(key))
			fail_msg("accepted %s", bad[i]);
	}
}

static void
key_file(void **state)
{
	uint8_t seed[SEED_LEN], sig[2][SIG_LEN];
	struct signer *s, *again;
	struct stat st;
	struct err e;
	struct buf b;

	(void)state;
	from_hex(seed, sizeof(seed), rfc[0].seed);
	s = signer_new(seed);
	assert_non_null(s);
	assert_int_equal(signer_save(s, path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	buf_init(&b, 1000);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_string_equal(buf_str(&b), "tallystick/key/v1\ned25519 nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n");
	buf_free(&b);
	assert_int_equal(signer_save(s, path, &e), -1); /* never replaces a key */
	again = signer_load(path, &e);
	assert_non_null(again);
	assert_memory_equal(signer_public(again), signer_public(s), KEY_LEN);
	assert_memory_equal(signer_keyhash(again), signer_keyhash(s), HASH_LEN);
	signer_sign(s, sig[0], "x", 1);
	signer_sign(again, sig[1], "x", 1);
	assert_memory_equal(sig[0], sig[1], SIG_LEN);
	signer_free(s);
	signer_free(again);
	assert_int_equal(unlink(path), 0);
}

static void
refused_file(const char *text, unsigned mode, const char *why)
{
	struct err e = { "" };

	assert_int_equal(file_write(path, text, strlen(text), mode, &e), 0);
	assert_null(signer_load(path, &e));
	if (strstr(e.text, why) == NULL || strstr(e.text, path) == NULL)
		fail_msg("said \"%s\", not \"%s\"", e.text, why);
}

static void
bad_key_files(void **state)
{
#define HEAD "tallystick/key/v1\n"
#define SECRET "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
	char other[96];
	struct err e;

	(void)state;
	refused_file(HEAD "ed25519 " SECRET "\n", 0640, "group or others");
	refused_file(HEAD "ed25519 " SECRET "\n", 0604, "group or others");
	refused_file(HEAD "ed25519 " SECRET "\n", 0602, "group or others");
	refused_file(HEAD "x25519 " SECRET "\n", 0600, "no ed25519 key");
	refused_file(HEAD "ed25519 " SECRET, 0600, "no ed25519 key");
	refused_file(HEAD "ed25519 " SECRET "\n\n", 0600, "no ed25519 key");
	refused_file(HEAD "ed25519 nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B=\n", 0600, "no ed25519 key");
	refused_file(HEAD "ed25519 nWGx\n", 0600, "no ed25519 key");
	refused_file(HEAD, 0600, "no ed25519 key");
	refused_file("tallystick/key/v2\ned25519 " SECRET "\n", 0600, "not a key file");
	refused_file("", 0600, "not a key file");
	assert_null(signer_load(dir, &e));
	assert_non_null(strstr(e.text, "not a plain file"));
	assert_int_equal(file_write(path, HEAD "ed25519 " SECRET "\n", sizeof(HEAD "ed25519 " SECRET), 0600, &e), 0);
	(void)snprintf(other, sizeof(other), "%s/link", dir);
	assert_int_equal(symlink(path, other), 0);
	assert_null(signer_load(other, &e));
	assert_int_equal(unlink(other), 0);
	assert_null(signer_load(other, &e));
	assert_non_null(strstr(e.text, "No such file"));
}

static void
large_key_file(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refused_file(text, 0600, "too large");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc_values),
	    cmocka_unit_test(random_keys_differ),
	    cmocka_unit_test(s_is_canonical),
	    cmocka_unit_test(neutral_r),
	    cmocka_unit_test(cctv),
	    cmocka_unit_test(bad_keys),
	    cmocka_unit_test(key_file),
	    cmocka_unit_test(bad_key_files),
	    cmocka_unit_test(large_key_file),
	};

	return cmocka_run_group_tests_name("sign", tests, start, end);
}
