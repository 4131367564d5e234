#ifndef EVIDENCE_NOTE_H
#define EVIDENCE_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"

/* C2SP signed-note: text, an empty line, signature lines "EM-DASH NAME BASE64(keyid || signature)". */

#define NOTE_MAX 65536
#define NOTE_SIGS_MAX 64
#define NOTE_NAME_MAX 128

enum note_alg {
	NOTE_ED25519 = 0x01,    /* over the note's text */
	NOTE_COSIGNATURE = 0x04 /* C2SP tlog-cosignature, cosignature/v1: u64 time, then Ed25519 */
};

/** A verifier key ("vkey"): NAME+HEX8+BASE64(alg || key). */
struct vkey {
	char name[NOTE_NAME_MAX];
	uint8_t id[4];
	uint8_t alg;
	uint8_t key[KEY_LEN];
};

/** vkey_name_ok(s, n): 1 when the ${n} bytes can be a key name: not empty, UTF-8, no control character, Unicode white space or '+' (of any length), else 0. */
int vkey_name_ok(const char *s, size_t n);

/** vkey_make(v, name, alg, key): fill in, with the key id of C2SP signed-note.  0, or -1 if the name is no key name or too long, or alg is none of note_alg.  Does not call key_ok(). */
int vkey_make(struct vkey *v, const char *name, uint8_t alg, const uint8_t key[KEY_LEN]);

/** vkey_parse(v, s, n, e): strict; the id must match name and key, the key must pass key_ok().  0 or -1. */
int vkey_parse(struct vkey *v, const char *s, size_t n, struct err *e);

/** vkey_print(b, v): append the vkey text, without LF.  0 or -1. */
int vkey_print(struct buf *b, const struct vkey *v);

/** vkey_hash(v, out): SHA-256 of the vkey text without LF; of a log's vkey: LOG, which names the log everywhere. */
void vkey_hash(const struct vkey *v, uint8_t out[32]);

/** A note taken apart; points into the bytes it was parsed from. */
struct note {
	const char *text;  /* ends with its LF */
	size_t text_len;
	size_t nsigs;
	struct note_sig {
		const char *name;
		size_t name_len;
		uint8_t id[4];
		uint8_t blob[72]; /* what follows the key id */
		size_t blob_len;  /* 0 when longer than blob: an algorithm we do not know */
	} sig[NOTE_SIGS_MAX];
};

/** note_chars_ok(s, n): 1 when the ${n} bytes are well-formed UTF-8 without control characters (below U+0020) but LF, else 0. */
int note_chars_ok(const char *s, size_t n);

/**
 * note_b64(s, n, head, headmax, total):
 * Is this strict base64 of whatever length?  0, with the first bytes (at most
 * ${headmax}) in ${head} (may be NULL if headmax is 0) and the full length in
 * *${total}; or -1.
 */
int note_b64(const char *s, size_t n, uint8_t *head, size_t headmax, size_t *total);

/** note_parse(n, p, len, e): strict form, at most NOTE_MAX bytes; unknown signatures are kept, not judged.  0 or -1. */
int note_parse(struct note *n, const void *p, size_t len, struct err *e);

/**
 * note_verify(n, v, time):
 * 1 when a signature line with ${v}'s name and id verifies (all such lines
 * must); 0 when there is none; -1 when one fails.  For NOTE_COSIGNATURE sets
 * *${time} (may be NULL) to the cosignature's POSIX seconds, the earliest if
 * there are several.  Times above 2^63-1 fail.
 */
int note_verify(const struct note *n, const struct vkey *v, uint64_t *time);

/**
 * note_sign(b, text, len, v, s):
 * Put text and the empty line into ${b} if it is empty, and append ${v}'s
 * NOTE_ED25519 signature line made with ${s}.  0, or -1 if the text is not
 * strict, ${b} holds another note, or ${v} is not the key of ${s}.
 */
int note_sign(struct buf *b, const void *text, size_t len, const struct vkey *v, const struct signer *s);

/** note_cosign(b, text, len, v, s, time): append a cosignature/v1 line to the note already in ${b}.  0, or -1 as for note_sign, also if ${b} is empty or time above 2^63-1. */
int note_cosign(struct buf *b, const void *text, size_t len, const struct vkey *v, const struct signer *s, uint64_t time);

#endif
