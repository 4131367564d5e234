#include "crypto/hash.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct sha256_ctx), "sha256_ctx is too small");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(struct sha256_ctx), "sha256_ctx is not aligned");
_Static_assert(HASH_LEN == crypto_hash_sha256_BYTES && HASH_LEN == crypto_auth_hmacsha256_BYTES, "SHA-256 has 32 bytes");

static crypto_hash_sha256_state *
state(struct sha256_ctx *c)
{
	return (crypto_hash_sha256_state *)(void *)c->space;
}

void
sha256(uint8_t out[HASH_LEN], const void *p, size_t n)
{
	(void)crypto_hash_sha256(out, p, n);
}

void
sha256_init(struct sha256_ctx *c)
{
	(void)crypto_hash_sha256_init(state(c));
}

void
sha256_add(struct sha256_ctx *c, const void *p, size_t n)
{
	/* the library's memcpy() must not see a NULL */
	if (n > 0)
		(void)crypto_hash_sha256_update(state(c), p, n);
}

void
sha256_end(struct sha256_ctx *c, uint8_t out[HASH_LEN])
{
	(void)crypto_hash_sha256_final(state(c), out);
}

void
hmac_sha256(uint8_t out[HASH_LEN], const void *key, size_t keylen, const void *p, size_t n)
{
	crypto_auth_hmacsha256_state s;

	(void)crypto_auth_hmacsha256_init(&s, key, keylen);
	if (n > 0)
		(void)crypto_auth_hmacsha256_update(&s, p, n);
	(void)crypto_auth_hmacsha256_final(&s, out);
	sodium_memzero(&s, sizeof(s));
}

int
equal_ct(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}
