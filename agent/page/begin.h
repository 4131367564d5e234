#ifndef AGENT_PAGE_BEGIN_H
#define AGENT_PAGE_BEGIN_H

#include "agent/record/filling.h"
#include "agent/page/page.h"
#include "agent/people/roster.h"
#include "agent/record/subject.h"

/* How a form comes to be filled in. */

/**
 * begin_record(c, form, subject, stage, h, m):
 * A draft for a subject ("": a new number is given), its next stage or
 * ${stage} (a value; NULL), today, what has to be said each time as it was said
 * last, and a person of the roster (${h} NULL: nobody).  An earlier draft of
 * the same that nobody has touched is taken again.  Sends the browser to it, or
 * answers with what is wrong.
 */
void begin_record(struct page_call *c, const char *form, const char *subject, const char *stage, const struct household *h, const struct member *m);

/** begin_correction(c, x): the same for the correction of an entry that stands. */
void begin_correction(struct page_call *c, const struct journal_entry *x);

/** begin_class(c, form): the same for several people at once. */
void begin_class(struct page_call *c, const char *form);

/** begin_drafts(c, form): unfinished forms (of one form unless NULL) as a list with links; nothing when there are none. */
void begin_drafts(struct page_call *c, const char *form);

/** begin_name(ag, subject, out): the name of a household's head or of a member by a subject's id, "" when it is no such id or the roster is locked.  ${out} holds MEMBER_ITEM_MAX + 1 bytes. */
const char *begin_name(struct agent *ag, const char *subject, char *out);

#endif
