#ifndef AGENT_PAGE_RETURNED_H
#define AGENT_PAGE_RETURNED_H

#include "agent/page/page.h"

/* What the county sent back, and why. */

/** returned_why(c, entry): what the reviewer wrote to an entry, as a paragraph; says so when it is locked away; nothing when nothing was written. */
void returned_why(struct page_call *c, const uint8_t entry[HASH_LEN]);

/** returned_put(c, most): the entries sent back, newest first, each with the reason and what may be done; how many are left out when there are more than ${most}. */
void returned_put(struct page_call *c, uint64_t most);

#endif
