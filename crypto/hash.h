#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32

/** sha256(out, p, n): SHA-256 (FIPS 180-4). */
void sha256(uint8_t out[HASH_LEN], const void *p, size_t n);

/** A SHA-256 in progress; opaque to users, sized for the stack. */
struct sha256_ctx {
	_Alignas(16) uint8_t space[128];
};

/** sha256_init / sha256_add / sha256_end: the same in pieces. */
void sha256_init(struct sha256_ctx *c);
void sha256_add(struct sha256_ctx *c, const void *p, size_t n);
void sha256_end(struct sha256_ctx *c, uint8_t out[HASH_LEN]);

/** hmac_sha256(out, key, keylen, p, n): HMAC-SHA-256 (RFC 2104) with a key of any length. */
void hmac_sha256(uint8_t out[HASH_LEN], const void *key, size_t keylen, const void *p, size_t n);

/** equal_ct(a, b, n): 1 when the ${n} bytes are equal, else 0, in constant time. */
int equal_ct(const void *a, const void *b, size_t n);

#endif
