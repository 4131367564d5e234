#ifndef AUDIT_LOGCHECK_H
#define AUDIT_LOGCHECK_H

#include "audit/work.h"

/* The county's log from its tiles up (docs/format.md 14, 3 and 4). */

/** logcheck_head(w): find the checkpoint that the export stands on.  0, or -1 when there is none, with a finding. */
int logcheck_head(struct work *w);

/** logcheck_leaves(w): read every leaf, fold the records, and compare tree, tiles and kept notes. */
void logcheck_leaves(struct work *w);

/** logcheck_first_keys(w, keys): county.keys out of the log's first record, for want of the file itself.  0 or -1. */
int logcheck_first_keys(struct work *w, struct county_keys *keys);

/** logcheck_old_keys(w): the log keys of the logs that this one continues, out of its records, so that their heads can be read before the leaves are. */
void logcheck_old_keys(struct work *w);

#endif
