#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"

#define SEAL_OVERHEAD 48

/** An X25519 key pair for sealed boxes (libsodium crypto_box_seal: X25519, XSalsa20-Poly1305); the secret in guarded memory. */
struct sealer;

/** sealer_new(secret): from a 32-byte secret, or random when NULL.  NULL if out of memory. */
struct sealer *sealer_new(const uint8_t *secret);

/** sealer_older(s, older): unseal() tries ${older} too, when ${s} does not open a box; it is ${s}'s from now on. */
void sealer_older(struct sealer *s, struct sealer *older);

/** sealer_free(s): wipe and release; NULL is allowed. */
void sealer_free(struct sealer *s);

/** sealer_public(s): the 32-byte public key, owned by ${s}. */
const uint8_t *sealer_public(const struct sealer *s);

/** sealer_opens(s, key): 1 when ${s}, or an older one behind it, is the key whose public half is ${key}; else 0. */
int sealer_opens(const struct sealer *s, const uint8_t key[32]);

/** sealer_secret(s, out): a copy of the 32-byte secret, to be wrapped; the caller wipes it. */
void sealer_secret(const struct sealer *s, uint8_t out[32]);

/** sealer_of_signer(s): opens what was sealed by seal_for_signer() for that key.  NULL if out of memory. */
struct sealer *sealer_of_signer(const struct signer *s);

/** sealer_save / sealer_load: a key file as signer_save's, with the word "x25519". */
int sealer_save(const struct sealer *s, const char *path, struct err *e);
struct sealer *sealer_load(const char *path, struct err *e);

/** seal(out, p, n, key): append the sealed box of ${n} bytes for ${key} (n + SEAL_OVERHEAD bytes).  0, or -1 if the buffer failed or the key is unusable. */
int seal(struct buf *out, const void *p, size_t n, const uint8_t key[32]);

/** seal_key_of_signer(key, out): the X25519 key that belongs to the Ed25519 key ${key}, which passed the point check.  0 or -1. */
int seal_key_of_signer(const uint8_t key[KEY_LEN], uint8_t out[32]);

/** seal_for_signer(out, p, n, key): as seal(), for the holder of the Ed25519 key ${key}, which passed the point check.  0 or -1. */
int seal_for_signer(struct buf *out, const void *p, size_t n, const uint8_t key[KEY_LEN]);

/** unseal(s, out, p, n): append the opened content.  0, or -1 if it is not a box for this key or was altered. */
int unseal(const struct sealer *s, struct buf *out, const void *p, size_t n);

#endif
