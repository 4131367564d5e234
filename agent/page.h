#ifndef AGENT_PAGE_H
#define AGENT_PAGE_H

#include "agent/agent.h"

/** The local page: what was recorded, what the county confirmed.  Reads only; recording through it comes later. */
struct page;

/** page_start(listen, ag, e): serve on ADDR:PORT, loopback only.  NULL on failure. */
struct page *page_start(const char *listen, struct agent *ag, struct err *e);

/** page_address(p): ADDR:PORT really bound. */
const char *page_address(const struct page *p);

/** page_stop(p): NULL is allowed. */
void page_stop(struct page *p);

#endif
