#ifndef AGENT_PAGE_TOLD_H
#define AGENT_PAGE_TOLD_H

#include "agent/page/page.h"
#include "agent/words.h"

/* What an entry says, for people. */

/** told_answers(c, f, x): its answers by their labels, groups and repeats within each other; says so where a personal part is locked, erased, withheld or lost. */
void told_answers(struct page_call *c, const struct form *f, const struct journal_entry *x);

/** told_photos(c, x, thumbs): its photos as pictures, small ones when ${thumbs}, each a link to the whole. */
void told_photos(struct page_call *c, const struct journal_entry *x, int thumbs);

/** told_personal(x): what people are told of a personal part that is not shown (N_() text), or NULL when it is there or the entry has none. */
const char *told_personal(const struct journal_entry *x);

/** told_number(hash, out): the 26 characters by which a person names an entry, in groups. */
void told_number(const uint8_t hash[HASH_LEN], char out[40]);

#endif
