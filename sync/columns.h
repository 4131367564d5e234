#ifndef SYNC_COLUMNS_H
#define SYNC_COLUMNS_H

#include "sync/frame.h"

/* The public section of a frame (docs/format.md 10.2), written by columns_put.c and read by columns_get.c; used by sync/frame.c alone. */

/** What stands in a public section beside the entries' own fields. */
struct columns {
	size_t n;
	uint32_t epoch;
	uint64_t first_seq;
	int has_prev;
	uint8_t prev[HASH_LEN];
	int has_commitments;
	int compact;               /* frame version 2: epoch, first_seq and n stand in the frame's head */
	const struct entry *before; /* compact: the entry before the first, when the values go on from it; else NULL */
};

/** columns_put(b, c, x, log, known): append the section for c->n entries.  0 or -1. */
int columns_put(struct buf *b, const struct columns *c, const struct frame_entry *x, const uint8_t log[HASH_LEN], uint64_t known);

#define COLUMNS_START_LEN 21 /* at most: count, epoch and first seq */

/** columns_place(p, n, epoch, seq): read the start of a section.  0 or -1. */
int columns_place(const uint8_t *p, size_t n, uint32_t *epoch, uint64_t *seq);

/**
 * columns_get(c, x, p, n, log, look, code, e):
 * Read a section into ${x} (FRAME_ENTRIES_MAX of them, zeroed here): header
 * fields but prev, and payloads (pointing into ${p}); x[i].h.personal_hash is
 * set only with c->has_commitments.  0, or -1 with *${code} and ${e}.
 */
int columns_get(struct columns *c, struct frame_entry *x, const uint8_t *p, size_t n, const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const char **code, struct err *e);

/**
 * columns_get_compact(c, x, before, p, n, log, look, code, e):
 * As columns_get() for a compact section: c->n, epoch and first_seq are given
 * by the caller; where the values go on from the entry before, that one is
 * looked up into ${before} (and its hash is c->prev, with c->has_prev set).
 */
int columns_get_compact(struct columns *c, struct frame_entry *x, struct entry *before, const uint8_t *p, size_t n, const uint8_t log[HASH_LEN],
    const struct frame_lookup *look, const char **code, struct err *e);

#endif
