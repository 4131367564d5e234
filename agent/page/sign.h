#ifndef AGENT_PAGE_SIGN_H
#define AGENT_PAGE_SIGN_H

#include "agent/page/page.h"

/** sign_page(c, next, notice, error): the page for sign-in; ${notice} on top, ${error} beside the PIN, both translated or NULL; ${next} is where to go then. */
void sign_page(struct page_call *c, const char *next, const char *notice, const char *error);

#endif
