#ifndef COUNTY_ERASE_H
#define COUNTY_ERASE_H

#include "store/ledger.h"

/** Entries that one erase record names at most; its leaf has room for no more. */
#define ERASE_MAX 900

struct erase_group {
	size_t n, gone; /* still to be erased; erased before */
	uint8_t entry[ERASE_MAX][HASH_LEN];
};

/**
 * erase_group(g, l, hash, e):
 * The entry, what it corrects or takes out, and all that corrects or takes out
 * one of these: erasing covers them all, since each may repeat the name.  Only
 * those with a personal part or a personal attachment, in log order.  0 or -1
 * (also when they are more than ERASE_MAX).
 */
int erase_group(struct erase_group *g, struct ledger *l, const uint8_t hash[HASH_LEN], struct err *e);

/**
 * erase_pending(l, cb, ctx):
 * Every entry that an erase record names and whose device has not acknowledged
 * that it destroyed its own copy: the record's index and the entry.  cb returns
 * 0 to go on.  What cb returned, 0, or -1.
 */
int erase_pending(struct ledger *l, int (*cb)(void *ctx, uint64_t index, const struct ledger_entry *x), void *ctx);

#endif
