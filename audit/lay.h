#ifndef AUDIT_LAY_H
#define AUDIT_LAY_H

#include "audit/item.h"

/* An entry laid beside the log (docs/format.md 14, 6 and 8). */

/** lay_note(w, it, beside): note the entry down (it->k); ${beside} the main branch or in it.  0, or -1 if out of memory. */
int lay_note(struct work *w, struct item *it, int beside);

/** lay_entry(w, h, it, key): all checks of one entry whose chain was judged: signatures, content, leaf, rights, time. */
void lay_entry(struct work *w, struct half *h, struct item *it, const struct epoch_key *key);

/** lay_leaves(w): leaves that no entry of the export explains. */
void lay_leaves(struct work *w);

/** lay_devices(w): devices that are not in the auditor's inventory. */
void lay_devices(struct work *w);

/** lay_bounds(w, it, b): the entry's time bounds. */
void lay_bounds(const struct work *w, const struct item *it, struct bounds *b);

#endif
