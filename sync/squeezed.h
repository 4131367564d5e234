#ifndef SYNC_SQUEEZED_H
#define SYNC_SQUEEZED_H

#include <stddef.h>

#include "base/buf.h"

/* A text on its way down, compressed before it is sealed (docs/format.md 10.9): 00 and its bytes, or 01 and a zstd frame. */

/** squeezed_put(out, p, n): append ${n} bytes, squeezed.  0 or -1. */
int squeezed_put(struct buf *out, const void *p, size_t n);

/** squeezed_get(out, p, n): append what they open to, at most ${out}'s max.  0, or -1: no such bytes, longer than allowed, or out of memory. */
int squeezed_get(struct buf *out, const void *p, size_t n);

#endif
