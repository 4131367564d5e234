#ifndef WEB_PEERS_H
#define WEB_PEERS_H

#include <stdint.h>

#include "base/err.h"

/**
 * The overall deadline of connections: a thread of its own shuts those down
 * that take too long, also within their headers, where idle time-outs see a
 * byte now and then and wait on.  For web/http.c.
 */
struct peers;
struct peer;

/** peers_start(limit_ms, e): NULL on failure. */
struct peers *peers_start(int64_t limit_ms, struct err *e);

/** peers_stop(ps): end the thread and release; NULL is allowed.  All peers were removed before. */
void peers_stop(struct peers *ps);

/** peer_add(ps, fd): watch a connection, its clock running.  NULL when out of memory. */
struct peer *peer_add(struct peers *ps, int fd);

/** peer_clock(ps, p, on): start the clock anew, or stop it; ${p} may be NULL. */
void peer_clock(struct peers *ps, struct peer *p, int on);

/** peer_remove(ps, p): before its descriptor is closed, so that no other connection with that number is shut down in its place. */
void peer_remove(struct peers *ps, struct peer *p);

#endif
