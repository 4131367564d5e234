#ifndef SYNC_DICT_H
#define SYNC_DICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"

/**
 * Compression of what travels, with or without a dictionary (docs/format.md
 * 10.2, 10.7).  A dictionary is a zstd dictionary named by its SHA-256; in a
 * frame by the first DICT_NAME_LEN bytes of that.
 */

#define DICT_MIN 256
#define DICT_MAX (64U << 10)
#define DICT_NAME_LEN 4
#define DICT_SAMPLES_MAX 100000

struct dict;

/** dict_new(p, n, e): a dictionary from its bytes (copied; DICT_MIN to DICT_MAX).  NULL when zstd cannot use them, or out of memory (a lapse). */
struct dict *dict_new(const void *p, size_t n, struct err *e);

/** dict_default(e): the dictionary this program was built with (sync/dict/default.zdict), as dict_new(). */
struct dict *dict_default(struct err *e);

/** dict_default_bytes(n): its bytes, static. */
const void *dict_default_bytes(size_t *n);

/** dict_free(d): NULL is allowed. */
void dict_free(struct dict *d);

/** dict_hash(d): its SHA-256; owned by ${d}. */
const uint8_t *dict_hash(const struct dict *d);

/** dict_bytes(d, n): its bytes; owned by ${d}. */
const void *dict_bytes(const struct dict *d, size_t *n);

#define SQUEEZE_RATIO_MAX 256 /* what was squeezed opens to less than so many times its bytes and as many more */

/**
 * squeeze(b, d, stripped):
 * Replace ${b} by its zstd frame when that is shorter and keeps the ratio;
 * with ${d} not NULL under that dictionary, with ${stripped} without the four
 * bytes every zstd frame begins with.  1 when it was, 0 when not (also when memory is short: ${b} is as it was).
 */
int squeeze(struct buf *b, struct dict *d, int stripped);

/** expand(out, p, n, d, stripped): append what exactly one such frame opens to, bounded by out->max and the ratio.  0 or -1. */
int expand(struct buf *out, const uint8_t *p, size_t n, const struct dict *d, int stripped);

/** expand_start(out, n, p, len): the first ${n} bytes of a frame that no dictionary is needed for, as far as they can be read: how many. */
size_t expand_start(uint8_t *out, size_t n, const uint8_t *p, size_t len);

/**
 * squeeze_after(b, before, len) / expand_after(out, p, n, before, len):
 * The same, stripped, with ${len} bytes that both sides know standing before it.
 */
int squeeze_after(struct buf *b, const void *before, size_t len);
int expand_after(struct buf *out, const uint8_t *p, size_t n, const void *before, size_t len);

/** dict_libzstd(): the version of the library that is linked, static: others may train other bytes of the same samples. */
const char *dict_libzstd(void);

/**
 * dict_train(out, samples, sizes, n, size, e):
 * Make a dictionary of at most ${size} bytes from ${n} samples side by side.
 * The same samples and the same libzstd give the same bytes.  0 or -1 (too few samples, out of memory).
 */
int dict_train(struct buf *out, const struct buf *samples, const size_t *sizes, size_t n, size_t size, struct err *e);

#endif
