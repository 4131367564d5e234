#ifndef SYNC_BUNDLE_H
#define SYNC_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "crypto/sign.h"

/**
 * Bundles: what sync carries, in one sealed file on a stick (docs/format.md
 * 12).  A signed head, then parts, each sealed to the receiver, so that whoever
 * carries it reads nothing.  A damaged part costs itself.
 */

#define BUNDLE_PART_MAX (32U << 20) /* bytes of one part's content */
#define BUNDLE_PARTS_MAX 1000000
#define BUNDLE_HEAD_MAX 1024
#define BUNDLE_SUCCESSIONS_MAX ((size_t)1 << 20)

enum bundle_kind {
	BUNDLE_REQUEST = 1,    /* a request's head, without frames */
	BUNDLE_FRAME = 2,
	BUNDLE_ANSWER = 3,
	BUNDLE_BODY = 4,       /* a form's or dictionary's bytes */
	BUNDLE_ATTACHMENT = 5, /* HASH32 || bytes */
	BUNDLE_NOTE = 6,       /* index u64 || a review's note as of 10.6 */
	BUNDLE_KEYS = 7,       /* county.keys; down, and the first part, so that a device which missed it can judge the rest */
	BUNDLE_TEXT = 8,       /* index u64 || text of a plan or message, squeezed, as of 10.9; down */
	BUNDLE_SUCCESSION = 9  /* lines "record INDEX B64" of successions; down, the second part, for a device that knows only a log which this one continues */
};

struct bundle {
	uint8_t log[HASH_LEN];
	uint8_t device[HASH_LEN];  /* whom it comes from, or goes to */
	int up;                    /* to the county; else down */
	uint64_t counter;          /* of the request in it, or that it answers */
	uint64_t parts;
	uint8_t signer[HASH_LEN];  /* KEYHASH of who signed the head (bundle_parse) */
};

/** bundle_head(out, b, s): append the signed head.  0 or -1. */
int bundle_head(struct buf *out, const struct bundle *b, const struct signer *s);

/** bundle_part(out, kind, p, n, key): append one part, sealed for the X25519 key ${key}.  0, or -1 (also: longer than BUNDLE_PART_MAX). */
int bundle_part(struct buf *out, enum bundle_kind kind, const void *p, size_t n, const uint8_t key[32]);

/** bundle_parse(b, used, p, n, e): the head at the start of ${p}; *${used} = its bytes.  Not verified.  0 or -1. */
int bundle_parse(struct bundle *b, size_t *used, const void *p, size_t n, struct err *e);

/** bundle_verify(p, n, key): 1 when the head's signature is that of ${key}; else 0. */
int bundle_verify(const void *p, size_t n, const uint8_t key[KEY_LEN]);

/** What bundle_each() found. */
struct bundle_found { uint64_t whole, damaged; };

/**
 * bundle_each(p, n, key, cb, ctx, found):
 * Every part behind the head, opened with ${key}, in order; cb returns 0 to go
 * on.  What does not open is passed over to the next part that does; each such
 * stretch counts as one damaged.  What cb returned, 0, or -1 if out of memory.
 */
int bundle_each(const void *p, size_t n, const struct sealer *key, int (*cb)(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n), void *ctx,
    struct bundle_found *found);

#endif
