#ifndef STORE_JOURNAL_MEDIA_H
#define STORE_JOURNAL_MEDIA_H

#include "store/journal.h"

/* Files that the county published beside forms, by their SHA-256. */

/** journal_media_put(j, hash, p, n, e): keep one; its bytes must give the hash.  Durable on 0; -1. */
int journal_media_put(struct journal *j, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e);

/** journal_media_get(j, hash, out): append its bytes.  1, 0 (also when they are spoilt: the county has them) or -1. */
int journal_media_get(struct journal *j, const uint8_t hash[HASH_LEN], struct buf *out);

/** journal_media_has(j, hash): 1, 0 (as above) or -1. */
int journal_media_has(struct journal *j, const uint8_t hash[HASH_LEN]);

#endif
