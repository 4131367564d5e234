#ifndef AGENT_RENEW_H
#define AGENT_RENEW_H

#include "agent/agent.h"
#include "sync/client.h"

/**
 * renew_due(out, r):
 * Does what came back (or did not) look like the county under keys that this
 * device does not know yet: an answer signed by an unknown key, or a TLS key
 * that is not pinned?  1 or 0.
 */
int renew_due(const struct buf *out, const struct client_result *r);

/**
 * renew_keys(ag, allow_http, r, e):
 * Fetch county.keys without pins, for it proves itself by the pinned root key
 * and a higher version, and keep it.  Called with the agent locked; lets go of
 * it while the network is waited for.  1 newer keys are in force; 0 there are
 * none; -1 (what came is not the county's, or is an old file: ${e}).
 */
int renew_keys(struct agent *ag, int allow_http, struct client_result *r, struct err *e);

/** renew_log(ag, keys, len, p, n, e): a county.keys of another log with the successions that lead there (device_succeed), said aloud.  0 or -1. */
int renew_log(struct agent *ag, const void *keys, size_t len, const void *p, size_t n, struct err *e);

#endif
