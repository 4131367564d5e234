#ifndef AGENT_HOST_LINKUP_H
#define AGENT_HOST_LINKUP_H

#include <stddef.h>

#include "base/err.h"

/**
 * When a link comes up (an interface gets a carrier, an address, a default
 * route), the kernel says so over rtnetlink: a sync is due within a few
 * seconds, whatever pause a failure had set.
 */

#define LINKUP_LEAST_MS 500    /* addresses and routes come one after the other */
#define LINKUP_MOST_MS 5000    /* jitter: a mast that comes back wakes a whole valley */
#define LINKUP_GAP_MS 20000    /* a link that flaps wakes nobody more often */

/** linkup_start(e): watch, on a thread of its own that sleeps in between.  0; -1 where the kernel does not tell (then syncs come by their interval). */
int linkup_start(struct err *e);

/** linkup_is_modem(): 1 when the default route goes over an interface that by its name is a modem (wwan, ppp, rmnet, ccmni, wwp), else 0; asked of the kernel each time. */
int linkup_is_modem(void);

/** linkup_judge(p, n): 1 when a message of rtnetlink says that a link came up (not loopback); for tests. */
int linkup_judge(const void *p, size_t n);

#endif
