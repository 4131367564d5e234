#ifndef EVIDENCE_SIGTEXT_H
#define EVIDENCE_SIGTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/dsse.h"

/* Signed texts and signature lines (docs/format.md 2). */

#define SIGTEXT_SIGS_MAX 4

struct sigline {
	uint8_t keyhash[HASH_LEN];
	uint8_t sig[SIG_LEN];
};

struct sigtext {
	const char *body;  /* ends with its LF; points into what was parsed */
	size_t body_len;
	struct sigline sig[SIGTEXT_SIGS_MAX];
	size_t nsigs;
	const char *rest;  /* what follows the last signature line */
	size_t rest_len;
};

/** sigline_print(b, l): append "KEYHASH B64\n".  0 or -1. */
int sigline_print(struct buf *b, const struct sigline *l);

/** sigline_parse(l, p, n): one line without its LF, strict.  0 or -1. */
int sigline_parse(struct sigline *l, const char *p, size_t n);

/**
 * sigtext_parse(t, p, n, e):
 * Find body, signature lines (1 to SIGTEXT_SIGS_MAX) and what follows them.
 * The body is at most n bytes, without empty lines; nothing is verified.
 * A caller that allows nothing behind the signatures checks rest_len == 0.
 * 0 or -1.
 */
int sigtext_parse(struct sigtext *t, const void *p, size_t n, struct err *e);

/** sigtext_sign(out, type, body, n, s): append body, an empty line and ${s}'s signature line.  0 or -1. */
int sigtext_sign(struct buf *out, enum dsse_type type, const void *body, size_t n, const struct signer *s);

/** sigtext_cosign(out, type, body, n, s): append one more signature line over the same ${body}.  0 or -1. */
int sigtext_cosign(struct buf *out, enum dsse_type type, const void *body, size_t n, const struct signer *s);

/** sigtext_verify(t, i, type, key): 1 when signature line ${i} names ${key} (by KEYHASH) and verifies; else 0. */
int sigtext_verify(const struct sigtext *t, size_t i, enum dsse_type type, const uint8_t key[KEY_LEN]);

#endif
