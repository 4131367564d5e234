#ifndef AUDIT_WATCH_H
#define AUDIT_WATCH_H

#include "audit/item.h"

/* The one entry that options->watch asks about. */

/** watch_entry(w, it): if it is that one, keep what "inspect" shows. */
void watch_entry(struct work *w, const struct item *it);

/** watch_parked(w, it): it is parked. */
void watch_parked(struct work *w, const struct item *it);

/** watch_end(w): its proof, and whether anything was found about it. */
void watch_end(struct work *w);

#endif
