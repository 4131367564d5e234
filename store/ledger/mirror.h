#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"

/**
 * The files of a log mirror (docs/format.md 17): DIR/log, batches one behind
 * the other, each summed over itself and the sum before it, and DIR/personal,
 * boxes sealed to a key of the county's.  Nothing is ever changed in DIR/log;
 * a box in DIR/personal is overwritten when its entry is erased.  What a cut
 * left behind the last whole batch is cut away by the next writer.  What the
 * bytes mean is store/ledger/ledger_mirror.c's business.
 */
struct mirror;

#define MIRROR_BATCH_MAX ((size_t)96 << 20)
#define MIRROR_BOX_MAX ((size_t)128 << 10)

/** Where a mirror ends. */
struct mirror_head {
	uint64_t size;             /* leaves */
	uint8_t root[HASH_LEN];    /* of those */
	uint64_t at;               /* bytes of DIR/log that are whole */
	uint64_t personal;         /* bytes of DIR/personal that belong to them */
};

/** mirror_there(dir): 1 when a mirror is in the folder, else 0. */
int mirror_there(const char *dir);

/** mirror_create(dir, key, e): a new, empty mirror whose boxes are for the X25519 key ${key}; makes the folder; refuses where one is.  Durable on 0; -1. */
int mirror_create(const char *dir, const uint8_t key[32], struct err *e);

/** mirror_open(dir, write, e): an existing one, to be written too or only read.  NULL on failure. */
struct mirror *mirror_open(const char *dir, int write, struct err *e);

/** mirror_close(m): NULL is allowed. */
void mirror_close(struct mirror *m);

/** mirror_key(m): whom its boxes are sealed to; the mirror's. */
const uint8_t *mirror_key(const struct mirror *m);

/** mirror_lock / mirror_unlock(m): one writer at a time, of all processes.  0 or -1. */
int mirror_lock(struct mirror *m, struct err *e);
void mirror_unlock(struct mirror *m);

/** mirror_end(m, h, e): where it ends now: cheap when it was closed in order, else found by reading all of it.  0; -1 when it cannot be read, or is damaged with whole batches behind the damage. */
int mirror_end(struct mirror *m, struct mirror_head *h, struct err *e);

/**
 * mirror_append(m, h, items, boxes, size, root, e):
 * One batch behind ${h} (what mirror_end() said under this lock), with the
 * boxes put together by mirror_box(): first the boxes are synced, then the
 * batch.  Durable on 0 (*${h} is moved on); on -1 what was written counts as
 * torn.
 */
int mirror_append(struct mirror *m, struct mirror_head *h, const struct buf *items, const struct buf *boxes, uint64_t size, const uint8_t root[HASH_LEN], struct err *e);

/** mirror_box(b, index, box, n): append to ${b} the box that stands for the leaf at ${index}.  0 or -1. */
int mirror_box(struct buf *b, uint64_t index, const void *box, size_t n);

/** mirror_erase(m, index, e): overwrite the boxes of the leaf at ${index}; durable on 0 (also when there is none). */
int mirror_erase(struct mirror *m, uint64_t index, struct err *e);

/** mirror_each(m, cb, ctx, e): every whole batch's items in order; ${cb} 0 goes on.  0, its value, or -1. */
int mirror_each(struct mirror *m, int (*cb)(void *ctx, const uint8_t *items, size_t n, struct err *e), void *ctx, struct err *e);

/** mirror_find(m, from, index, box, e): append the box of the leaf at ${index}, looked for from byte *${from} on, which is moved behind it.  1, 0 none (*${from} stays), -1. */
int mirror_find(struct mirror *m, uint64_t *from, uint64_t index, struct buf *box, struct err *e);

#endif
