#ifndef STORE_JOURNAL_LIST_H
#define STORE_JOURNAL_LIST_H

#include "store/journal.h"

/* Lists of entries for people: the newest first, a page at a time.  Callbacks as of journal_each(): 0 to go on, else the value ends the walk and is returned. */

/** journal_each_newest(j, n, offset, cb, ctx): at most ${n} entries, after the ${offset} newest.  0, what cb ended with, or -1 on failure. */
int journal_each_newest(struct journal *j, uint64_t n, uint64_t offset, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_each_told(j, state, n, offset, cb, ctx): the same of those of which the county said ${state} ("returned", "set-aside" ...), and which were neither corrected nor withdrawn since. */
int journal_each_told(struct journal *j, const char *state, uint64_t n, uint64_t offset, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_each_in(j, state, cb, ctx): every entry of which the county said ${state} (not ""), oldest first, also those corrected or withdrawn since. */
int journal_each_in(struct journal *j, const char *state, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_count_told(j, state, n): how many those are.  0 or -1. */
int journal_count_told(struct journal *j, const char *state, uint64_t *n);

/** What waits for a link. */
struct journal_weight {
	uint64_t entries;
	uint64_t entry_bytes;      /* payloads and personal parts as stored; beyond 500 entries by their mean */
	uint64_t attachments, attachment_bytes; /* number without thumbnails, bytes with them */
};

/** journal_weigh_waiting(j, w): 0 or -1. */
int journal_weigh_waiting(struct journal *j, struct journal_weight *w);

#endif
