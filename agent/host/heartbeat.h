#ifndef AGENT_HOST_HEARTBEAT_H
#define AGENT_HOST_HEARTBEAT_H

#include "agent/agent.h"

/**
 * A sign of life once a day: an entry of kind heartbeat (docs/format.md 4.2).
 * A day is counted by CLOCK_BOOTTIME within a boot.  Across boots the system
 * clock counts where it evidently ran on while the machine was off; where it
 * did not, or jumps, the sign is given once a boot, two minutes after it.
 */

#define HEARTBEAT_DAY_MS INT64_C(86400000)
#define HEARTBEAT_UP_MS INT64_C(120000)
#define HEARTBEAT_SPACE (UINT64_C(16) << 20) /* bytes that must be free */

/** What is known of signs given so far. */
struct heartbeat {
	struct agent *ag;
	int looked, has_last, has_before;
	struct moment last;   /* the last heartbeat; the first entry of all where there is none */
	enum entry_clock last_clock;
	struct moment before; /* the newest entry of an earlier boot */
};

/** heartbeat_wait(b, now, clock): ms until one is due; 0: now.  Looks at nothing but its arguments. */
int64_t heartbeat_wait(const struct heartbeat *b, const struct moment *now, enum entry_clock clock);

/** heartbeat_give(b): record one if it is due, the device is enrolled and space is not short.  1 recorded, 0 not, -1 could not. */
int heartbeat_give(struct heartbeat *b);

/** heartbeat_duty(b): register it.  0 or -1. */
int heartbeat_duty(struct heartbeat *b);

#endif
