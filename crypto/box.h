#ifndef CRYPTO_BOX_H
#define CRYPTO_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define BOX_KEY_LEN 32
#define BOX_NONCE_LEN 24
#define BOX_OVERHEAD 40 /* nonce, authenticator */

/** A key for secret boxes (libsodium crypto_secretbox: XSalsa20-Poly1305), in guarded memory. */
struct box_key;

/** box_key_new(secret): from 32 bytes, or random when NULL.  NULL if out of memory. */
struct box_key *box_key_new(const uint8_t *secret);

/** box_key_free(k): wipe and release; NULL is allowed. */
void box_key_free(struct box_key *k);

/** box_key_secret(k): its 32 bytes, owned by ${k}, readable only. */
const uint8_t *box_key_secret(const struct box_key *k);

/** box_put(k, out, p, n): append nonce (random) and box of ${n} bytes: n + BOX_OVERHEAD.  0, or -1 if the buffer failed or has no room. */
int box_put(const struct box_key *k, struct buf *out, const void *p, size_t n);

/** box_get(k, out, p, n): append the opened content.  0, or -1 if it is not a box of this key or was altered. */
int box_get(const struct box_key *k, struct buf *out, const void *p, size_t n);

#endif
