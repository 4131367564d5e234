#ifndef AGENT_PAGE_WHERE_H
#define AGENT_PAGE_WHERE_H

#include "agent/record/filling.h"
#include "agent/page/page.h"

/* A device that serves several places: which one an entry is of. */

/** where_put(c, fl): inside a form: the choice, with what stands now; nothing on a device of one place, nor for a correction, which stays where it was. */
void where_put(struct page_call *c, const struct filling *fl);

/** where_take(c, fl): the posted choice into the filling; a new subject gets a number of that place.  0, or -1 with the reason. */
int where_take(struct page_call *c, struct filling *fl, struct err *e);

/** where_several(c): 1 when this device has more than one place. */
int where_several(struct page_call *c);

#endif
