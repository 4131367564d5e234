#ifndef AGENT_CALLS_H
#define AGENT_CALLS_H

#include "agent/agent.h"

/** Commands of other processes that run at once; further ones wait. */
#define CALLS_MAX 8

/**
 * calls_start(ag, listen_fd):
 * Take commands from local_listen()'s ${listen_fd} in the background and run
 * each for its caller under the agent's lock.  The lock is never held while a
 * caller's terminal or pipe is written to or read from, so somebody who stops
 * his terminal or sits before a question holds up nobody else.  Goes on until
 * duty_halting(); 0, or -1 when no thread can be made.
 */
int calls_start(struct agent *ag, int listen_fd);

#endif
