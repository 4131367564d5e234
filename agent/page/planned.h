#ifndef AGENT_PAGE_PLANNED_H
#define AGENT_PAGE_PLANNED_H

#include "agent/page/page.h"
#include "forms/form.h"

/** planned_told(c): on home: messages that nobody read, and how much is planned and not done. */
void planned_told(struct page_call *c);

/** planned_put(c, f, q): under a programme: the first of its planned subjects that are not done, whose number or name holds ${q}, each a link that begins its record. */
void planned_put(struct page_call *c, const struct form *f, const char *q);

#endif
