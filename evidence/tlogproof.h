#ifndef EVIDENCE_TLOGPROOF_H
#define EVIDENCE_TLOGPROOF_H

#include "base/buf.h"
#include "base/err.h"
#include "evidence/proof.h"

/* C2SP tlog-proof (a draft, version line "c2sp.org/tlog-proof@v1"): one leaf's inclusion with its checkpoint. */

struct tlogproof {
	uint64_t index;
	struct proof path;
	const char *extra;  /* base64 text as it stands, or NULL; never trusted */
	size_t extra_len;
	const char *note;   /* the checkpoint note; points into the parsed bytes */
	size_t note_len;
};

/** tlogproof_print(b, t): append the text.  0 or -1. */
int tlogproof_print(struct buf *b, const struct tlogproof *t);

/** tlogproof_parse(t, p, n, e): strict; the note is not judged here.  0 or -1. */
int tlogproof_parse(struct tlogproof *t, const void *p, size_t n, struct err *e);

#endif
