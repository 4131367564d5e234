#ifndef EVIDENCE_LEAF_H
#define EVIDENCE_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

/* The log's leaves (docs/format.md 5.1). */

#define LEAF_ENTRY_LEN 150
#define LEAF_ENTRY_PERSON_LEN 214
#define LEAF_MAX 65535

struct leaf_entry {
	uint8_t entry[HASH_LEN];
	uint8_t sig[SIG_LEN];
	uint8_t device[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	uint64_t received; /* MS */
	int has_person;
	uint8_t person[SIG_LEN];
};

/** leaf_entry_print(b, l): append the leaf's bytes.  0 or -1. */
int leaf_entry_print(struct buf *b, const struct leaf_entry *l);

/** leaf_entry_parse(l, p, n): an entry leaf, strict.  0, or -1 when it is none. */
int leaf_entry_parse(struct leaf_entry *l, const void *p, size_t n);

/** leaf_is_record(p, n): 1 when the leaf's first byte says record (the text is p+1, n-1), else 0. */
int leaf_is_record(const void *p, size_t n);

#endif
