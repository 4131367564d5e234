#ifndef AGENT_PAGE_ROWS_H
#define AGENT_PAGE_ROWS_H

#include "agent/page/page.h"
#include "agent/words.h"

/** A table of entries on its way into a page: programme, stage, subject, state, time; each row linked to its entry's page when there is such a page. */
struct rows {
	struct page_call *c;
	struct words *w;
	uint64_t n, most;
	int more;                  /* there was one more than ${most} */
	int links;
	int places;                /* the device has several: rows say which */
};

/** rows_begin(r, c, most) / rows_end(r): around the walk; no table at all when no row came, but words that say so. */
void rows_begin(struct rows *r, struct page_call *c, uint64_t most);
void rows_end(struct rows *r);

/** rows_add(ctx, x): a callback of the journal's lists; ctx is a struct rows.  Ends the walk when the table is full. */
int rows_add(void *ctx, const struct journal_entry *x);

/** rows_add_people(ctx, x): the same, passing over what no person recorded (heartbeats and the like). */
int rows_add_people(void *ctx, const struct journal_entry *x);

#endif
