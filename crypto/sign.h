#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define KEY_LEN 32
#define SIG_LEN 64
#define SEED_LEN 32

/**
 * An Ed25519 key pair (RFC 8032).  The secret lies in guarded memory
 * (sodium_malloc) for as long as the object lives.
 */
struct signer;

/**
 * crypto_init(e):
 * Initialise the library and run the self-test: RFC 8032 test 1 signs and
 * verifies, a mixed-order-R signature tells whether the linked library
 * verifies with the cofactor (newer libsodium), which switches an extra check
 * of R on.  0, or -1 if the library must not be used.  Call before anything
 * else in crypto/; calling again is harmless.
 */
int crypto_init(struct err *e);

/** random_bytes(p, n): from the system's generator; never fails (aborts if the system has none). */
void random_bytes(void *p, size_t n);

/** wipe(p, n): overwrite so that the compiler keeps it. */
void wipe(void *p, size_t n);

/** signer_new(seed): key pair from a 32-byte seed, or from the random generator when NULL.  NULL if out of memory. */
struct signer *signer_new(const uint8_t *seed);

/** signer_free(s): wipe and release; NULL is allowed. */
void signer_free(struct signer *s);

/** signer_public(s): the raw 32-byte public key, owned by ${s}. */
const uint8_t *signer_public(const struct signer *s);

/** signer_keyhash(s): SHA-256 of the raw public key (KEYHASH), owned by ${s}. */
const uint8_t *signer_keyhash(const struct signer *s);

/** signer_x25519(s, secret): the X25519 secret that belongs to this key's point on the other curve (libsodium's birational map), for crypto/seal; the caller wipes it. */
void signer_x25519(const struct signer *s, uint8_t secret[32]);

/** signer_sign(s, sig, p, n): detached Ed25519 signature over ${n} bytes. */
void signer_sign(const struct signer *s, uint8_t sig[SIG_LEN], const void *p, size_t n);

/**
 * key_ok(key): 1 when ${key} is a canonical point of prime order (the point
 * check of docs/format.md, "Signatures"), else 0.  Costly: cache the verdict.
 */
int key_ok(const uint8_t key[KEY_LEN]);

/**
 * verify(sig, p, n, key):
 * Strict Ed25519 under a key that passed key_ok(): S canonical, R compared
 * byte for byte; the verdict of OpenSSL and Go.  1 when it verifies, else 0.
 * Does not call key_ok().
 */
int verify(const uint8_t sig[SIG_LEN], const void *p, size_t n, const uint8_t key[KEY_LEN]);

/** signer_save(s, path, e): write the seed as a key file (0600, durable): "tallystick/key/v1", "ed25519 BASE64SEED".  0; -1 if it exists or cannot be written. */
int signer_save(const struct signer *s, const char *path, struct err *e);

/** signer_load(path, e): read a key file; refuses one that others may read.  NULL on failure. */
struct signer *signer_load(const char *path, struct err *e);

#endif
