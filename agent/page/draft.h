#ifndef AGENT_PAGE_DRAFT_H
#define AGENT_PAGE_DRAFT_H

#include "agent/record/filling.h"
#include "agent/page/page.h"

/* One form being filled in: what the files of its page share. */

/** draft_path(fl, b): "/draft/ID" into ${b}, which is initialised here. */
void draft_path(const struct filling *fl, struct buf *b);

/**
 * draft_show(c, fl, found, all, part):
 * The page of a form.  ${found}: findings there already, NULL to judge now what
 * was typed; ${all}: also say what is missing; ${part}: only what is asked, for
 * a page that is open.
 */
void draft_show(struct page_call *c, const struct filling *fl, struct form_findings *found, int all, int part);

/** draft_save(c, fl): judge and record; answers with a redirect to the entry, or the page with what is wrong. */
void draft_save(struct page_call *c, const struct filling *fl);

/** draft_finding(out, path, rule): one finding more, without words of its own. */
void draft_finding(struct form_findings *out, const char *path, const char *rule);

/** draft_full(c): what people are told when there is no room for an entry now; NULL when there is. */
const char *draft_full(struct page_call *c);

#endif
