#ifndef AGENT_PAGE_ROSTER_PARTS_H
#define AGENT_PAGE_ROSTER_PARTS_H

#include "agent/page/page.h"
#include "agent/people/roster.h"

/* What the pages of the roster share. */

/** roster_failed(c, rc, e): the page that says why the roster cannot be shown: locked (with the way to sign in), or what failed. */
void roster_failed(struct page_call *c, int rc, const struct err *e);

/** roster_search_box(c, query, group, name, value): a search field, a choice of village groups, and a button that posts ${name}=${value}; named q and group, with ${prefix} before them. */
void roster_search_box(struct page_call *c, const char *prefix, const char *query, const char *group, const char *name, const char *value);

/** roster_hit(c, h): the cells of one row behind its name: relation, village group, year of birth, last four. */
void roster_hit(struct page_call *c, const struct search_hit *h);

/** roster_item_label(c, column): what people call a column of the import, translated. */
const char *roster_item_label(struct page_call *c, const char *column);

/** roster_link(c, path, id, tail, text): a link to PATH + ID + TAIL. */
void roster_link(struct page_call *c, const char *path, const char *id, const char *tail, const char *text);

#endif
