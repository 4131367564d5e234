#ifndef AGENT_HOST_METRICS_H
#define AGENT_HOST_METRICS_H

#include "agent/agent.h"
#include "base/buf.h"

/**
 * Figures for monitors, in Prometheus' text format 0.0.4.  No label and no
 * value says who or where: neither place, device, form nor actor.
 */

#define METRICS_MAX ((size_t)32 << 10)
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_FILE_MS INT64_C(300000)

/** metrics_print(out, ag, live): append them; without ${live} only those that stand still while nothing happens.  Called with the agent locked.  0 or -1. */
int metrics_print(struct buf *out, struct agent *ag, int live);

/** metrics_synced(failures): what the sync duty tells: 0 for a success, else the failures in a row. */
void metrics_synced(unsigned failures);

/** metrics_duty(ag, path): register writing them (those that stand still) to ${path}, whole or not at all, when one has changed, every five minutes at most.  The strings stay the caller's.  0 or -1. */
int metrics_duty(struct agent *ag, const char *path);

#endif
