#ifndef SYNC_DICT_SHELF_H
#define SYNC_DICT_SHELF_H

#include "sync/dict.h"

/**
 * The dictionaries a process has at hand: each is made once and stays until
 * the process ends, so pointers to them do.  Any thread may ask.
 */

#define SHELF_MAX 256 /* a county that publishes more than these has the rest refused, and devices do without */

/** shelf_default(): the program's own; NULL when memory is short. */
struct dict *shelf_default(void);

/** shelf_find(name): one that is on the shelf, by the first DICT_NAME_LEN bytes of its hash, or NULL. */
struct dict *shelf_find(const uint8_t name[DICT_NAME_LEN]);

/** shelf_find_whole(hash): the same by its whole hash. */
struct dict *shelf_find_whole(const uint8_t hash[HASH_LEN]);

/** shelf_put(p, n, e): the dictionary with these bytes, put there unless it is there.  NULL: damaged, the shelf is full, or memory is short. */
struct dict *shelf_put(const void *p, size_t n, struct err *e);

#endif
