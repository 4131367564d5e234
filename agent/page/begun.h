#ifndef AGENT_PAGE_BEGUN_H
#define AGENT_PAGE_BEGUN_H

#include "agent/page/page.h"

/** begun_put(c): by programme, the subjects recorded lately that are begun and not finished, each with its next stage; nothing when there are none. */
void begun_put(struct page_call *c);

#endif
