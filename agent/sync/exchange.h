#ifndef AGENT_EXCHANGE_H
#define AGENT_EXCHANGE_H

#include "agent/agent.h"
#include "sync/client.h"

/** What a sync did; bytes include HTTP's headers. */
struct totals { uint64_t sent, confirmed, bytes_up, bytes_down, requests; };

struct exchange;

/** exchange_open(ag, allow_http, e): a client for the county this device is enrolled with, its keys pinned.  NULL on failure. */
struct exchange *exchange_open(struct agent *ag, int allow_http, struct err *e);

/** exchange_close(x): NULL is allowed. */
void exchange_close(struct exchange *x);

/**
 * exchange_once(x, t, e):
 * One request and what its answer asks for (forms' bodies), or one part of a photo.
 * Called with the agent locked; lets go of it while the network is waited
 * for.  1: go on at once, more is to be done; 0: nothing is left; -1: no
 * success (said in ${e}), try again later; -2: no use trying again as things
 * stand (revoked, refused, alarm, own journal).
 */
int exchange_once(struct exchange *x, struct totals *t, struct err *e);

/** exchange_retry_after(x): milliseconds that the last failure asked to be left alone for (Retry-After of a 429 or 503, half an hour at most); 0: it did not. */
int64_t exchange_retry_after(const struct exchange *x);

/** exchange_wait(failures): milliseconds to wait before the next try: full jitter over 5 s doubling to 30 min. */
int64_t exchange_wait(unsigned failures);

#endif
