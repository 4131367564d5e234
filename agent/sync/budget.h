#ifndef AGENT_BUDGET_H
#define AGENT_BUDGET_H

#include "agent/agent.h"

/**
 * What a sync may cost: bytes a day, and what goes over a link that is paid by
 * the megabyte.  Entries, receipts and the like always go: they are small, and
 * what this is all for.  Photos wait.
 */
enum budget_metered { METERED_AUTO, METERED_YES, METERED_NO };
enum budget_photos { PHOTOS_ALWAYS, PHOTOS_UNMETERED, PHOTOS_NEVER };

struct budget {
	uint64_t a_day;            /* bytes, both ways, HTTP's headers too; 0: as many as it takes */
	enum budget_metered metered;
	enum budget_photos photos;
};

/** Why photos wait. */
enum budget_wait { WAIT_NOT, WAIT_METERED, WAIT_SPENT, WAIT_NEVER };

/** budget_options(a, b, e): from `run`'s --data-budget, --metered and --photos.  0 or -1. */
int budget_options(const struct args *a, struct budget *b, struct err *e);

/** budget_set(b): what holds in this process from now on; at first nothing is held back. */
void budget_set(const struct budget *b);

/** budget_metered(): is the link metered?  As configured; with auto when the default route goes over a modem (wwan, ppp, rmnet and the like). */
int budget_metered(void);

/** budget_photos_wait(ag): may photos go now? */
enum budget_wait budget_photos_wait(struct agent *ag);

/** budget_spend(ag, bytes): so many went over the link; kept in the journal, a little late. */
void budget_spend(struct agent *ag, uint64_t bytes);

/** budget_store(ag): what was spent is on disk. */
void budget_store(struct agent *ag);

/** budget_spent(ag): of today. */
uint64_t budget_spent(struct agent *ag);

/** budget_code(w) / budget_words(w, lang): for machines ("" for WAIT_NOT), for people ("zh" or "en"). */
const char *budget_code(enum budget_wait w);
const char *budget_words(enum budget_wait w, const char *lang);

#endif
