#ifndef AGENT_TEXTS_H
#define AGENT_TEXTS_H

#include "agent/agent.h"

/**
 * What the county planned for the places of this device, and what it says to
 * it (docs/format.md 10.9): texts fetched after their record, which commits to
 * them; kept sealed in the journal.
 */

#define TEXT_MAX ((size_t)96 << 10)
#define TEXT_ANSWER_MAX (TEXT_MAX + 4096) /* as it comes, sealed */

/** texts_due(ag, cb, ctx): the log index of every plan and message whose text is not here yet and is for this device, oldest first; cb returns 0 to go on.  What cb returned, 0, or -1. */
int texts_due(struct agent *ag, int (*cb)(void *ctx, uint64_t index), void *ctx);

/** texts_take(ag, index, p, n, e): open and keep a text as it came over HTTP, sealed.  Durable on 0; 1: it is not the one that the record names, or for another key; -1. */
int texts_take(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e);

/** texts_keep(ag, index, p, n, e): the same of a squeezed text that is unsealed already (it came in a bundle). */
int texts_keep(struct agent *ag, uint64_t index, const void *p, size_t n, struct err *e);

/** texts_get(ag, index, text): append a kept text.  1; 0 when it is not here; 2 when it is locked away until a cadre signs in; -1. */
int texts_get(struct agent *ag, uint64_t index, struct buf *text);

/** texts_open(ag, index, text): what of a plan's text is not personal, which is always readable.  1, 0 or -1. */
int texts_open(struct agent *ag, uint64_t index, struct buf *text);

/** texts_put_away(ag, e): once there is a cabinet, what came before goes into it.  Cheap when that was done.  0 or -1. */
int texts_put_away(struct agent *ag, struct err *e);

#endif
