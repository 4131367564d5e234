#ifndef AGENT_HOST_DUTY_H
#define AGENT_HOST_DUTY_H

#include <stdint.h>

/**
 * Everything that the running agent does by itself: a table of duties and two
 * threads that go through it, one of them for what waits for a network.
 * Times are CLOCK_BOOTTIME, which no setting of the clock moves.  Waits of 10
 * seconds and more end on common marks 10 seconds apart, so that an idle agent
 * wakes at most once in 10 seconds whatever was registered.
 */

#define DUTY_MARK_MS INT64_C(10000)
#define DUTIES_MAX 32

/* A duty's answer: 0 after the interval again, MS after so long, DUTY_FIRM(MS) the same and not before, even if asked (a pause after a failure). */
#define DUTY_FIRM(ms) (-(int64_t)(ms))

struct duty {
	const char *name;            /* static text, by which it is asked for */
	int64_t interval_ms;         /* from the end of one run to the next */
	int64_t first_ms;            /* the first run after the start; 0: at once */
	int network;                 /* may let go of the agent and wait long: runs on the thread for such */
	int64_t (*run)(void *ctx);   /* called with the agent locked */
	void *ctx;
};

/** duty_add(d): put a copy of ${d} into the table, before or after duty_start().  0; -1 when the table is full. */
int duty_add(const struct duty *d);

/** duty_soon(name): run it as soon as may be; from any thread, also from within a duty.  A duty that runs now is run once more.  Unknown names are passed over. */
void duty_soon(const char *name);

/** duty_within(name, ms): run it after ${ms} at the latest; one that is due sooner, or firmly later, stays. */
void duty_within(const char *name, int64_t ms);

/** duty_again(name, ms): run it after ${ms}, even if a pause after a failure was to last longer: things have changed.  One that is due sooner stays. */
void duty_again(const char *name, int64_t ms);

/** duty_gap(name, ms): when asked for, not before so long after its last run: what comes close together is done together. */
void duty_gap(const char *name, int64_t ms);

/** duty_start(): begin; threads get the signal mask of the caller.  0 or -1. */
int duty_start(void);

/** duty_halt(): begin no duty any more; returns at once. */
void duty_halt(void);

/** duty_halting(): 1 once duty_halt() was called: a long duty gives up at the next good place. */
int duty_halting(void);

/** duty_end(): halt, wait for what is under way, forget the table.  Not with the agent locked. */
void duty_end(void);

/** duty_pause(ms): sleep so long, or until the end.  1 when the agent is to stop.  Not with the agent locked. */
int duty_pause(int64_t ms);

/** duty_due(now, ms): when a wait of ${ms} from ${now} ends: on a mark, not before, when it is 10 seconds or longer. */
int64_t duty_due(int64_t now, int64_t ms);

/** duty_each(cb, ctx): name, runs and the longest run in ms of each. */
void duty_each(void (*cb)(void *ctx, const char *name, uint64_t runs, int64_t longest_ms), void *ctx);

#endif
