#ifndef AGENT_PAGE_PICK_H
#define AGENT_PAGE_PICK_H

#include "agent/page/page.h"
#include "agent/people/roster.h"

/**
 * Choosing somebody from the roster inside a form of one's own: a search box,
 * a choice of village group, and rows to pick from, all between page_form()
 * and page_form_end() of the page, so that whatever else was typed there comes
 * along.  The box posts pick-q, pick-group and pick-from; the button posts
 * pick=find (or pick=more).  The page is then written anew; what was ticked
 * stays ticked.
 */
struct pick {
	const char *name;          /* of what is chosen: the field "who" */
	enum roster_about about;   /* ROSTER_HOUSEHOLD: a row is a household (by its head, or whoever fits); else a member */
	int many;                  /* ticks, to be sent with the page's own button; 0: a button in each row, which sends NAME=ID at once */
	const struct formdata *chosen; /* many: ids ticked so far are its fields of that name (c->form); may be NULL */
};

/** pick_asked(c): 1 when it was the box's own button that was pressed: write the page again. */
int pick_asked(const struct page_call *c);

/** pick_rows(c, p): the whole of it.  Says so and offers the way to sign in when the roster is locked, and the way to /roster when it is empty. */
void pick_rows(struct page_call *c, const struct pick *p);

#endif
