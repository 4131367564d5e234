#include "crypto/pwhash.h"

#include <sodium.h>

_Static_assert(PWHASH_SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2id's salt");
_Static_assert(crypto_pwhash_ALG_DEFAULT == crypto_pwhash_ALG_ARGON2ID13, "libsodium's password hash is Argon2id");

int
pwhash(uint8_t out[PWHASH_KEY_LEN], const void *word, size_t n, const uint8_t salt[PWHASH_SALT_LEN], uint32_t passes, uint32_t kib)
{
	/* figures come from a file: never a use of memory that nobody named */
	if (passes < 1 || passes > PWHASH_PASSES_MAX || kib < PWHASH_KIB_MIN || kib > PWHASH_KIB_MAX)
		return -1;
	return crypto_pwhash(out, PWHASH_KEY_LEN, word, n, salt, passes, (size_t)kib << 10, crypto_pwhash_ALG_ARGON2ID13) == 0 ? 0 : -1;
}
