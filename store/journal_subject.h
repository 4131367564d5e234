#ifndef STORE_JOURNAL_SUBJECT_H
#define STORE_JOURNAL_SUBJECT_H

#include "store/journal.h"

/* Entries by form and subject, found by an index: none of these walks the journal. */

/**
 * journal_subjects(j, form, after, part, max, cb, ctx):
 * The subjects of a form, each once, in the order of their bytes: those behind
 * ${after} ("" from the first) whose id holds ${part} ("": all), at most
 * ${max}.  cb returns 0 to go on, else its value ends the list and is
 * returned.  0 or -1.
 */
int journal_subjects(struct journal *j, const char *form, const char *after, const char *part, unsigned max,
    int (*cb)(void *ctx, const char *subject), void *ctx);

/** journal_subjects_count(j, form, most, n): how many subjects the form has, counted up to ${most}.  0 or -1. */
int journal_subjects_count(struct journal *j, const char *form, unsigned most, uint64_t *n);

/** journal_subject_each(j, form, subject, cb, ctx): its entries (withdrawals have no form and are not among them) in chain order, as journal_each(). */
int journal_subject_each(struct journal *j, const char *form, const char *subject, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_superseder(j, hash, x): load the newest correction or withdrawal of an entry made here.  1, 0 when it stands, -1. */
int journal_superseder(struct journal *j, const uint8_t hash[HASH_LEN], struct journal_entry *x);

#endif
