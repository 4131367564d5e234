#ifndef AUDIT_VILLAGE_H
#define AUDIT_VILLAGE_H

#include "audit/chain.h"

/* A village's half (docs/format.md 14, 7). */

/** village_judge(w, h, number): judge a half that was opened; ${number} from 1 beside the county's export, 0 when it is looked at alone. */
void village_judge(struct work *w, struct half *h, uint32_t number);

/** village_receipts(w, h, c): its receipts against their notes, its own journal ${c} and the county's log (for village.c). */
void village_receipts(struct work *w, struct half *h, const struct chain *c);

#endif
