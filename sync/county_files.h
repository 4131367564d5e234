#ifndef SYNC_COUNTY_FILES_H
#define SYNC_COUNTY_FILES_H

#include "store/ledger.h"

/* Which files go down with a form, for those who cannot read forms: a fact of the ledger, hash after hash. */

#define COUNTY_FILES_KEY (12 + 2 * HASH_LEN + 1)

/** county_files_key(form, key): the fact's name, of the form's hash. */
void county_files_key(const uint8_t form[HASH_LEN], char key[COUNTY_FILES_KEY]);

/** county_files_each(l, form, cb, ctx): the bytes of each file that goes with that form and is held; cb returns 0 to go on.  0, what cb returned, or -1. */
int county_files_each(struct ledger *l, const uint8_t form[HASH_LEN], int (*cb)(void *ctx, const struct buf *file), void *ctx);

#endif
