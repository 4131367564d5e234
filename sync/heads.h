#ifndef SYNC_HEADS_H
#define SYNC_HEADS_H

#include <stddef.h>

#include "base/buf.h"

/**
 * Heads of the log that lie in the clear behind a bundle's sealed parts
 * (docs/format.md 12): checkpoint notes, public as they are, for whoever the
 * stick comes by.  Two villages that were shown different logs find out.
 */

#define HEADS_MAX 16 /* of one bundle */

/** heads_put(out, note, n): append one.  0 or -1. */
int heads_put(struct buf *out, const void *note, size_t n);

/** heads_length(p, n): bytes of the head that begins at ${p} (with what stands before its note), 0 when none does. */
size_t heads_length(const void *p, size_t n);

/** heads_each(p, n, cb, ctx): the notes anywhere in a bundle, HEADS_MAX at most, not verified; cb returns 0 to go on.  What cb returned, or 0. */
int heads_each(const void *p, size_t n, int (*cb)(void *ctx, const void *note, size_t n), void *ctx);

#endif
