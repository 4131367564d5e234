#ifndef EVIDENCE_RECORD_H
#define EVIDENCE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/line.h"
#include "evidence/sigtext.h"

/* What the county does, in the log itself (docs/format.md 6).  One table gives each kind's lines and their types. */

enum record_kind {
	RECORD_KEY, RECORD_ENROL, RECORD_ASSIGN, RECORD_REVOKE, RECORD_FORM, RECORD_PLAN, RECORD_DICTIONARY, RECORD_REVIEW,
	RECORD_LINK, RECORD_PLACE_MAP, RECORD_PERIOD, RECORD_POSTING, RECORD_ERASE, RECORD_FORK, RECORD_LATE, RECORD_EXPORT,
	RECORD_SUCCESSION, RECORD_MESSAGE, RECORD_KINDS
};

#define RECORD_LINES_MAX 1024 /* an erase record may name many entries */

struct record {
	enum record_kind kind;
	uint8_t log[HASH_LEN];
	uint64_t at;               /* MS */
	struct sigtext text;       /* points into what was parsed */
	size_t nlines;
	struct record_line { const char *name; struct field value; } *lines; /* values: the rest of each line */
};

/** record_kind_name(k): "enrol" and so on; static. */
const char *record_kind_name(enum record_kind k);

/** record_parse(r, p, n, e): a record's signed text, strict by its kind's table; nothing is verified.  0 (release with record_free), or -1 with line and rule. */
int record_parse(struct record *r, const void *p, size_t n, struct err *e);

/** record_free(r): release the lines; the bytes parsed are the caller's. */
void record_free(struct record *r);

/** record_value(r, name): the value of the line ${name}; p == NULL when this kind or variant has none.  With repeated lines: the first. */
struct field record_value(const struct record *r, const char *name);

/** record_is(r, name, word): 1 when the line's value is exactly ${word}, else 0. */
int record_is(const struct record *r, const char *name, const char *word);

/** record_hash(r, name, out): the value as a 32-byte hex hash.  0, or -1 when absent or "-". */
int record_hash(const struct record *r, const char *name, uint8_t out[HASH_LEN]);

/** record_u64(r, name, v): the value as an integer.  0, or -1 when absent or "-". */
int record_u64(const struct record *r, const char *name, uint64_t *v);

/** record_text(r, name, out, size): the value as a C string.  0, or -1 when absent or too long. */
int record_text(const struct record *r, const char *name, char *out, size_t size);

/** record_bytes(r, name, out): append the value decoded from base64.  0, or -1. */
int record_bytes(const struct record *r, const char *name, struct buf *out);

/** record_form(r, id, version, hash): the three fields of a form record's "form" line (id and version at least ID_MAX+1 and VERSION_MAX+1 bytes).  0 or -1. */
int record_form(const struct record *r, char *id, char *version, uint8_t hash[HASH_LEN]);

/** record_begin(b, kind, log, at): append the head's four lines; the caller appends the kind's lines with buf_printf and friends.  0 or -1. */
int record_begin(struct buf *b, enum record_kind kind, const uint8_t log[HASH_LEN], uint64_t at);

/**
 * record_seal(leaf, body, first, officer, e):
 * Make the leaf of a record whose ${body} was begun and filled in: byte 02,
 * the body, the signature of ${first} (the service key, or the root key for a
 * succession) and of ${officer} unless NULL; then parse it back, so that no
 * record leaves here that a reader would refuse.  0 or -1.
 */
int record_seal(struct buf *leaf, const struct buf *body, const struct signer *first, const struct signer *officer, struct err *e);

#endif
