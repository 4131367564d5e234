#ifndef AGENT_PAGE_AGAIN_H
#define AGENT_PAGE_AGAIN_H

#include "agent/page/page.h"

/**
 * A form that was posted when nobody was signed in any more (the half hour was
 * over, the power was cut) or with a token of before: what was typed goes along
 * through sign-in and is offered to be sent once more.  Files do not.
 */

/** again_begin(c): keep what was posted to this path: asks to sign in, or, when somebody is, offers to send it at once. */
void again_begin(struct page_call *c);

/** again_has(c): 1 when the posted sign-in carries something kept. */
int again_has(const struct page_call *c);

/** again_put(c): inside the form for sign-in: carry it along. */
void again_put(struct page_call *c);

/** again_offer(c): after sign-in: a page with a button that sends it to where it was going, under the token of the new session. */
void again_offer(struct page_call *c);

#endif
