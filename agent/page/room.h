#ifndef AGENT_PAGE_ROOM_H
#define AGENT_PAGE_ROOM_H

#include "agent/page/page.h"

/** What this device takes now (agent/record/admit.h), as its pages say it before anything is typed. */
enum room { ROOM_OK, ROOM_NO_PHOTOS, ROOM_NO_ENTRIES, ROOM_REFUSED };

/** room_look(ag): the storage, then the space. */
enum room room_look(struct agent *ag);

/** room_words(c, r): in the page's language; NULL for ROOM_OK. */
const char *room_words(const struct page_call *c, enum room r);

/** room_closed(c): 1 and a page that says why when no entry can be recorded; 0 when one can. */
int room_closed(struct page_call *c);

/** room_notice(c): the same as a box in a page that is written, photos too; nothing when all is well. */
void room_notice(struct page_call *c);

#endif
