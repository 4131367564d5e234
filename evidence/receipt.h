#ifndef EVIDENCE_RECEIPT_H
#define EVIDENCE_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/line.h"
#include "evidence/entry.h"
#include "evidence/proof.h"

/* A range receipt: leaves of one device that were appended side by side (docs/format.md 10.3, 10.5). */

#define RECEIPT_RUNS_MAX 64
#define RECEIPT_LEAVES_MAX 65536
#define RECEIPT_MAX 131072

struct run {
	uint32_t epoch;
	uint64_t seq;
	uint64_t count;
};

struct range {
	uint64_t first;      /* log index */
	uint64_t count;      /* leaves; the runs' counts add up to it */
	uint64_t received;   /* MS */
	size_t nruns;
	struct run run[RECEIPT_RUNS_MAX];
	struct proof proof;  /* boundary hashes in the checkpoint's tree */
};

/** range_print(b, r): append the "range", "run" and "hash" lines.  0 or -1. */
int range_print(struct buf *b, const struct range *r);

/** range_parse(r, c, e): read those lines at the cursor, strict.  0 or -1. */
int range_parse(struct range *r, struct cursor *c, struct err *e);

/** receipt_print(b, device, r, note, n): append a whole receipt file.  0 or -1. */
int receipt_print(struct buf *b, const uint8_t device[HASH_LEN], const struct range *r, const void *note, size_t n);

/** receipt_parse(device, r, note, note_len, p, n, e): strict; ${note} points into ${p}; nothing is verified.  0 or -1. */
int receipt_parse(uint8_t device[HASH_LEN], struct range *r, const char **note, size_t *note_len, const void *p, size_t n, struct err *e);

#endif
