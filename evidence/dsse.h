#ifndef EVIDENCE_DSSE_H
#define EVIDENCE_DSSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

/* DSSE 1.0.2's pre-authentication encoding (docs/format.md 2): a type of its own for every purpose. */

enum dsse_type {
	DSSE_ENTRY, DSSE_REQUEST, DSSE_ANSWER, DSSE_ENROL, DSSE_RECORD, DSSE_KEYS, DSSE_BUNDLE, DSSE_MANIFEST, DSSE_MIRROR
};

/** dsse_name(t): the media type, "application/vnd.tallystick.entry.v1" and so on; static. */
const char *dsse_name(enum dsse_type t);

/** dsse_pae(b, t, body, n): append PAE(type, body).  0, or -1 if the buffer failed. */
int dsse_pae(struct buf *b, enum dsse_type t, const void *body, size_t n);

/** dsse_pae_named(b, type, body, n): the same for any type's name; dsse_pae() is this with one of ours.  0 or -1. */
int dsse_pae_named(struct buf *b, const char *type, const void *body, size_t n);

/** dsse_hash(out, t, body, n): SHA-256 of PAE(type, body); of an entry header: its ENTRY hash. */
void dsse_hash(uint8_t out[HASH_LEN], enum dsse_type t, const void *body, size_t n);

/** dsse_sign(sig, s, t, body, n): sign PAE(type, body).  0, or -1 if out of memory. */
int dsse_sign(uint8_t sig[SIG_LEN], const struct signer *s, enum dsse_type t, const void *body, size_t n);

/** dsse_verify(sig, t, body, n, key): 1 when the signature verifies under a key that passed key_ok(), else 0 (also when out of memory). */
int dsse_verify(const uint8_t sig[SIG_LEN], enum dsse_type t, const void *body, size_t n, const uint8_t key[KEY_LEN]);

#endif
