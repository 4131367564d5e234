#ifndef COUNTY_LINK_H
#define COUNTY_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "county/report/fold_internal.h"
#include "store/ledger.h"

/**
 * Which subjects are one, from the link records of the log.  "linked" makes
 * ${from} fold into ${to}, in every form, until "unlinked" takes that back;
 * "unlinked" of a pair that was not linked says that the two were looked at
 * and are not one.
 */
struct link_pair {
	char from[ID_MAX + 1], to[ID_MAX + 1];
	int linked;                /* as the newest record of the two says */
	uint64_t index;            /* of that record */
};

struct links {
	struct link_pair *pair;    /* by index */
	size_t n, room;
	struct fold_map by_id;     /* struct link_node: who stands for whom */
};

/** links_load(t, l, at, e): from the records below ${at}.  0 (release with links_free) or -1 (released). */
int links_load(struct links *t, struct ledger *l, uint64_t at, struct err *e);

/** links_of(t, id): the id as which that subject folds: itself, or the one it was linked to; owned by ${t} or ${id} itself. */
const char *links_of(const struct links *t, const char *id);

/** links_pair(t, a, b): the pair, whichever way round, or NULL. */
const struct link_pair *links_pair(const struct links *t, const char *a, const char *b);

/** links_free(t): release; harmless on a zeroed one. */
void links_free(struct links *t);

#endif
