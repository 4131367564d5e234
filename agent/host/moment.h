#ifndef AGENT_HOST_MOMENT_H
#define AGENT_HOST_MOMENT_H

#include <stdint.h>

#include "evidence/entry.h"

/**
 * What a device knows of time.  Entries are signed with the raw clock,
 * whatever it says; nothing here changes that, refuses an entry or holds up a
 * sync.
 */

#define MOMENT_STEP_MS INT64_C(10000)

/** The clocks at one instant. */
struct moment {
	uint8_t boot[16];          /* the kernel's boot id */
	int64_t wall, mono;        /* ms: system clock (never below 0), CLOCK_BOOTTIME */
};

struct agent;

/** moment_now(m): look at the clocks. */
void moment_now(struct moment *m);

/** moment_of(m, h): when an entry says it was made. */
void moment_of(struct moment *m, const struct entry *h);

/** moment_same_boot(a, b): 1 when CLOCK_BOOTTIME can compare them. */
int moment_same_boot(const struct moment *a, const struct moment *b);

/** moment_stepped(a, b, from): was the clock set by more than 10 seconds between ${a} and the later ${b}, measured by CLOCK_BOOTTIME?  1, *from what it would have shown at ${b}; 0, also across boots, where nothing can tell. */
int moment_stepped(const struct moment *a, const struct moment *b, int64_t *from);

/* The floor: no moment since can be earlier.  The build's date, or what the county said last over its signature; for display and for the word beside the raw clock alone. */

/** floor_learn(ag, county, e): the county's time (ms) of a verified answer.  A later answer counts, also when it is lower.  Stored when it moved by a day, or back.  0 or -1. */
int floor_learn(struct agent *ag, uint64_t county, struct err *e);

/** floor_heard(ag): when the county answered last, by its own clock (ms): exact while the process runs, after a start up to a day too early, never too late; 0: never. */
int64_t floor_heard(struct agent *ag);

/** floor_shown(ag): ms before which a clock is shown as "not set". */
int64_t floor_shown(struct agent *ag);

/** floor_clock(ag, wall): the word of docs/format.md 4.1 for the clock as it stands now: ntp when the kernel says that it is synchronised; unset when it cannot be right; else rtc. */
enum entry_clock floor_clock(struct agent *ag, int64_t wall);

#endif
