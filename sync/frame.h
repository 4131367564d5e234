#ifndef SYNC_FRAME_H
#define SYNC_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/seal.h"
#include "evidence/entry.h"
#include "sync/dict.h"

/* Frames: up to 16 entries of one epoch in columns (docs/format.md 10.2). */

#define FRAME_ENTRIES_MAX 16
#define FRAME_HEAD_LEN 16          /* "TF" 01 flags length public-length personal-length */
#define FRAME_LENGTH_MAX (2U << 20)
#define FRAME_PUBLIC_MAX (2U << 20)   /* after decompression */
#define FRAME_PERSONAL_MAX (512U << 10)

/** One entry going into or coming out of a frame; pointers are the owner's (encoder: caller; decoder: the frame). */
struct frame_entry {
	struct entry h;
	uint8_t hash[HASH_LEN];
	const uint8_t *header;     /* decoder: the rebuilt bytes */
	size_t header_len;
	uint8_t sig[SIG_LEN];
	uint8_t person[SIG_LEN];   /* when h.has_actor_key */
	const uint8_t *payload;
	size_t payload_len;
	const uint8_t *salt;       /* 16; NULL when h.personal_len is 0 */
	const uint8_t *personal;
	size_t personal_len;
	int form_published;        /* encoder: the county published h.form with this very hash */
};

/**
 * frame_encode(out, x, n, log, give_prev, known, sealing, sizes, e):
 * Append one frame of ${n} entries (1 to 16, one epoch, consecutive, all with
 * their personal parts).  ${log} is the request's log; with ${give_prev} the
 * first entry's prev is written out; anchors whose size is at most ${known}
 * and, unless that is 0, forms with form_published are named by reference.
 * The personal section is sealed to ${sealing}.  ${sizes} (may be NULL) gets
 * the bytes of public section, personal section and signatures.  0 or -1.
 */
int frame_encode(struct buf *out, const struct frame_entry *x, size_t n, const uint8_t log[HASH_LEN], int give_prev, uint64_t known,
    const uint8_t sealing[32], size_t sizes[3], struct err *e);

/** How frame_encode_as() writes. */
struct frame_form {
	int version;                  /* 1, or 2: compact */
	const uint8_t *log;           /* as frame_encode() */
	int give_prev;
	uint64_t known;
	const uint8_t *sealing;
	struct dict *dict;            /* version 2: compress with it; or NULL */
	const struct entry *before;   /* version 2, without give_prev: the entry before the first, which the receiver holds; or NULL */
};

/** frame_encode_as(out, x, n, as, sizes, e): as frame_encode(), in the form ${as} names. */
int frame_encode_as(struct buf *out, const struct frame_entry *x, size_t n, const struct frame_form *as, size_t sizes[3], struct err *e);

/** frame_sections(public, personal, x, n, as): append what stands in the two sections before they are compressed (either may be NULL): what a dictionary is trained on.  0 or -1. */
int frame_sections(struct buf *public, struct buf *personal, const struct frame_entry *x, size_t n, const struct frame_form *as);

/* What a decoder must look up; each answers 1 found, 0 not, -1 failure. */
struct frame_lookup {
	int (*entry_at)(void *ctx, uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN]); /* an entry held of this device */
	int (*note)(void *ctx, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN]);
	int (*form)(void *ctx, const char *id, const char *version, uint8_t hash[HASH_LEN]);
	void *ctx;
	/* of version 2; NULL: nothing is found */
	int (*before)(void *ctx, uint32_t epoch, uint64_t seq, struct entry *h, uint8_t hash[HASH_LEN]); /* as entry_at, with its header */
	const struct dict *(*dict)(void *ctx, const uint8_t name[DICT_NAME_LEN]); /* NULL: not known */
};

struct frame; /* a decoded frame; owns all that its entries point to */

/** frame_length(p, n): whole bytes of the frame that starts at ${p}, 0 if ${n} bytes do not yet tell or hold it, -1 when it is no frame or too long. */
int64_t frame_length(const uint8_t *p, size_t n);

/** frame_place(p, n, epoch, seq): where the whole frame at ${p} says its first entry stands; cheap, for frames that are refused or not wanted.  0, or -1 when it cannot be read. */
int frame_place(const uint8_t *p, size_t n, uint32_t *epoch, uint64_t *seq);

/** frame_parts(p, n, parts): bytes of head, public section, personal section and signatures of the whole frame at ${p}; their sum is ${n}.  0 or -1. */
int frame_parts(const uint8_t *p, size_t n, size_t parts[4]);

/**
 * frame_decode(p, n, device, log, look, sealer, code, e):
 * Decode exactly one frame and rebuild its headers, hashes included; payloads
 * and personal parts are checked against their commitments; signatures are
 * NOT verified here.  NULL with *${code} one of the refusal codes of
 * docs/format.md 10.3 (static text: bad-header, bad-payload, bad-personal,
 * gap, too-large, unsealable, unknown-dictionary) and the rule in ${e}.
 */
struct frame *frame_decode(const uint8_t *p, size_t n, const uint8_t device[HASH_LEN], const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const struct sealer *sealer, const char **code, struct err *e);

/** frame_entries(f, n): its entries, owned by the frame. */
const struct frame_entry *frame_entries(const struct frame *f, size_t *n);

/** frame_bytes(f): what it takes in memory, about. */
size_t frame_bytes(const struct frame *f);

/** frame_free(f): NULL is allowed. */
void frame_free(struct frame *f);

#endif
