#ifndef EVIDENCE_CHECKPOINT_H
#define EVIDENCE_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "evidence/note.h"

/* C2SP tlog-checkpoint: origin, size, root; no extension lines in logs of ours, and refused in others'. */

struct checkpoint {
	char origin[NOTE_NAME_MAX];
	uint64_t size;
	uint8_t root[32];
};

/** checkpoint_text(b, c): append the three lines.  0 or -1. */
int checkpoint_text(struct buf *b, const struct checkpoint *c);

/** checkpoint_parse(c, text, n, e): exactly three lines, strict.  0 or -1. */
int checkpoint_parse(struct checkpoint *c, const char *text, size_t n, struct err *e);

/**
 * checkpoint_open(c, note, n, log, e):
 * Parse a whole checkpoint note, require origin == ${log}'s name and a
 * verifying signature of ${log}; other signatures are ignored.
 * 0, or -1 with the rule in ${e}.
 */
int checkpoint_open(struct checkpoint *c, const void *note, size_t n, const struct vkey *log, struct err *e);

/** checkpoint_sign(b, c, log, s): append the whole note, signed by the log key.  0 or -1. */
int checkpoint_sign(struct buf *b, const struct checkpoint *c, const struct vkey *log, const struct signer *s);

#endif
