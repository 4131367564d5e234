#ifndef AGENT_HOST_WATCH_H
#define AGENT_HOST_WATCH_H

#include "agent/agent.h"

/**
 * Is the agent well?  It is while its last real write succeeded and the
 * journal answers.  A write of no meaning (the fact "probe") is made at the
 * start, every six hours at most after that, and once a minute while the last
 * write has failed; in between the newest entry is read.
 */

#define WATCH_PROBE_MS (INT64_C(6) * 3600 * 1000)
#define WATCH_RETRY_MS INT64_C(60000)

struct watch {
	struct agent *ag;
	int64_t probed;      /* CLOCK_BOOTTIME of the last probe */
	int has_probed, ready;
	char said[256];      /* the last STATUS= */
};

/** watch_well(w, now): probe if it is time and say whether the agent is well: 1, or 0.  Want of space is no illness: sync goes on, and what waits for space begins again by itself. */
int watch_well(struct watch *w, int64_t now);

/** watch_beat(w): one look, told to the service manager: READY=1 the first time it is well, STATUS= when it changed, WATCHDOG=1 while it is well. */
void watch_beat(struct watch *w);

/** watch_interval(): how long from beat to beat, in ms, so that each comes within half of what the manager waits; a minute when it does not wait. */
int64_t watch_interval(void);

/** watch_duty(w): register it; its first beat is due at once. */
int watch_duty(struct watch *w);

#endif
