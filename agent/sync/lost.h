#ifndef AGENT_LOST_H
#define AGENT_LOST_H

#include "agent/agent.h"

/**
 * lost_fetch(ag, get, ctx, e):
 * The headers of entries that are lost here, asked of the county: each is named
 * by the entry behind it.  With their leaves, receipts that name them too can
 * be judged.  ${get} appends what stands at a path to ${out}: 0, whatever it is, or -1.
 * How many came (durable); -1; -2 when one is shown that our key did not sign.
 */
int lost_fetch(struct agent *ag, int (*get)(void *ctx, const char *path, struct buf *out, struct err *e), void *ctx, struct err *e);

#endif
