#ifndef AGENT_STICK_SUCCESSION_H
#define AGENT_STICK_SUCCESSION_H

#include "agent/agent.h"

/**
 * stick_succeed(ag, p, n, used, e):
 * A bundle down for this device, of another log than the one it knows; its
 * parts begin at ${used}.  2: it shows, under the root key that this device
 * pinned, that its log continues ours: that one is in force now (renew_log).
 * 1: it does not, ${e} says why, nothing changed; -1.
 */
int stick_succeed(struct agent *ag, const void *p, size_t n, size_t used, struct err *e);

#endif
