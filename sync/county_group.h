#ifndef SYNC_COUNTY_GROUP_H
#define SYNC_COUNTY_GROUP_H

#include <stdint.h>

#include "sync/county.h"

/**
 * Appending for many at once.  Each request is verified by its own thread and
 * then waits here; one of those that wait takes all the others along: their
 * counters in one transaction, their entries in one append with one signed
 * head, and each makes its own answer of what is durable then.  While it works
 * the next come together.  A request that the ledger refuses fails alone; of
 * one device only one request is in a group, for whether it forks is judged on
 * what was appended before.
 */
struct county_group;

/** county_group_new(c): requests of counties whose ->group it is are appended through ${c}: the same county with a ledger handle of its own that nobody else uses, the caller's, which outlives the group.  NULL when out of memory. */
struct county_group *county_group_new(struct county *c);

/** county_group_free(g): nobody waits any more; NULL is allowed. */
void county_group_free(struct county_group *g);

struct county_group_state {
	uint64_t requests;        /* appended or counted so far */
	uint64_t heads;           /* signed for them: one for all that waited */
	int may_sign;             /* the appending handle, when it was used last */
};

/** county_group_state(g, s): as it is now. */
void county_group_state(struct county_group *g, struct county_group_state *s);

#endif
