#include "crypto/sign.h"

#include <sodium.h>
#include <string.h>

#include "base/lapse.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/selftest.h"

struct signer {
	uint8_t secret[crypto_sign_SECRETKEYBYTES]; /* seed, then public key */
	uint8_t public[KEY_LEN];
	uint8_t keyhash[HASH_LEN];
};

_Static_assert(KEY_LEN == crypto_sign_PUBLICKEYBYTES && SIG_LEN == crypto_sign_BYTES && SEED_LEN == crypto_sign_SEEDBYTES,
    "Ed25519's sizes");
_Static_assert(SEED_LEN == KEYFILE_SECRET_LEN, "a key file holds a seed");

/* Set by crypto_init(): the linked library verifies with the cofactor, so R needs a check of its own. */
static int cofactored;

int
crypto_init(struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, "libsodium cannot be initialised");
	cofactored = selftest_cofactored();
	return selftest_run(e);
}

void
random_bytes(void *p, size_t n)
{
	randombytes_buf(p, n);
}

void
wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

/* Fill ${s} from the seed that stands at the start of its secret, and let nobody write to it again. */
static struct signer *
finish(struct signer *s)
{
	uint8_t seed[SEED_LEN];

	memcpy(seed, s->secret, sizeof(seed));
	(void)crypto_sign_seed_keypair(s->public, s->secret, seed);
	wipe(seed, sizeof(seed));
	sha256(s->keyhash, s->public, KEY_LEN);
	(void)sodium_mprotect_readonly(s);
	return s;
}

struct signer *
signer_new(const uint8_t *seed)
{
	struct signer *s = lapsed(sodium_malloc(sizeof(*s)));

	if (s == NULL)
		return NULL;
	if (seed == NULL)
		random_bytes(s->secret, SEED_LEN);
	else
		memcpy(s->secret, seed, SEED_LEN);
	return finish(s);
}

void
signer_free(struct signer *s)
{
	sodium_free(s); /* wipes */
}

const uint8_t *
signer_public(const struct signer *s)
{
	return s->public;
}

void
signer_x25519(const struct signer *s, uint8_t secret[32])
{
	(void)crypto_sign_ed25519_sk_to_curve25519(secret, s->secret);
}

const uint8_t *
signer_keyhash(const struct signer *s)
{
	return s->keyhash;
}

void
signer_sign(const struct signer *s, uint8_t sig[SIG_LEN], const void *p, size_t n)
{
	(void)crypto_sign_detached(sig, NULL, p, n, s->secret);
}

int
signer_save(const struct signer *s, const char *path, struct err *e)
{
	return keyfile_save(path, "ed25519", s->secret, e);
}

struct signer *
signer_load(const char *path, struct err *e)
{
	struct signer *s = lapsed(sodium_malloc(sizeof(*s)));

	if (s == NULL) {
		err_set(e, "%s: out of guarded memory", path);
		return NULL;
	}
	if (keyfile_load(path, "ed25519", s->secret, e) == 0)
		return finish(s);
	sodium_free(s);
	return NULL;
}

int
key_ok(const uint8_t key[KEY_LEN])
{
	return crypto_core_ed25519_is_valid_point(key) == 1;
}

/* The challenge k = SHA-512(R, A, message) mod L (RFC 8032, 5.1.7). */
static void
challenge(uint8_t k[32], const uint8_t r[32], const uint8_t key[KEY_LEN], const void *p, size_t n)
{
	crypto_hash_sha512_state h;
	uint8_t wide[crypto_hash_sha512_BYTES];

	(void)crypto_hash_sha512_init(&h);
	(void)crypto_hash_sha512_update(&h, r, 32);
	(void)crypto_hash_sha512_update(&h, key, KEY_LEN);
	if (n > 0)
		(void)crypto_hash_sha512_update(&h, p, n);
	(void)crypto_hash_sha512_final(&h, wide);
	crypto_core_ed25519_scalar_reduce(k, wide);
}

/*
 * A signature whose R is the neutral element.  libsodium refuses every R of
 * small order unseen; OpenSSL and Go accept this one if S*B equals k*A, and
 * it is the only R of small order that a key of prime order can fit.
 */
static int
verify_neutral(const uint8_t sig[SIG_LEN], const void *p, size_t n, const uint8_t key[KEY_LEN])
{
	uint8_t wide[crypto_core_ed25519_NONREDUCEDSCALARBYTES] = { 0 };
	uint8_t s[32], k[32], sb[32], ka[32];

	memcpy(wide, sig + 32, 32);
	crypto_core_ed25519_scalar_reduce(s, wide);
	if (memcmp(s, sig + 32, sizeof(s)) != 0)
		return 0;
	challenge(k, sig, key, p, n);
	if (crypto_scalarmult_ed25519_base_noclamp(sb, s) != 0 || crypto_scalarmult_ed25519_noclamp(ka, k, key) != 0)
		return 0;
	return memcmp(sb, ka, sizeof(sb)) == 0;
}

int
verify(const uint8_t sig[SIG_LEN], const void *p, size_t n, const uint8_t key[KEY_LEN])
{
	static const uint8_t neutral[32] = { 1 };

	if (memcmp(sig, neutral, sizeof(neutral)) == 0)
		return verify_neutral(sig, p, n, key);
	if (crypto_sign_verify_detached(sig, p, n, key) != 0)
		return 0;
	/*
	 * With the cofactor, R may differ from S*B - k*A by a point of small
	 * order.  Under a key of prime order the two are equal, and equally
	 * encoded, exactly if R is a canonical point of prime order itself.
	 */
	return !cofactored || key_ok(sig);
}
