#ifndef WEB_PEERS_H
#define WEB_PEERS_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/**
 * The deadlines of connections: a thread of its own shuts those down that take
 * too long in all, or move too few bytes, also within their headers and the
 * TLS handshake, where idle time-outs see a byte now and then and wait on.
 * Where there are more than there is room for, the least useful one goes: the
 * one with the fewest bytes a second since its request began, divided by how
 * many connections its address has.  So a crowd of slow senders yields to a
 * newcomer, and many devices behind one address are not counted as a crowd
 * while they move.  For web/http.c.
 */
struct peers;
struct peer;

struct peers_limits {
	int64_t total_ms;          /* of one whole request, and of one whole response */
	int64_t slow_ms;           /* in each span so long ... */
	uint64_t slow_bytes;       /* ... so many must move, in both directions together; 0: no such rule */
	unsigned most;             /* connections; at least 1 */
};

/** peers_start(limits, e): NULL on failure. */
struct peers *peers_start(const struct peers_limits *limits, struct err *e);

/** peers_stop(ps): end the thread and release; NULL is allowed.  All peers were removed before. */
void peers_stop(struct peers *ps);

/** peer_add(ps, fd, a): watch a connection, its clock running; if that makes too many, the least useful one but this is shut down.  NULL when out of memory. */
struct peer *peer_add(struct peers *ps, int fd, const struct sockaddr *a);

/** peer_clock(ps, p, on): start the clock anew, or stop it (then it is not shut down); ${p} may be NULL. */
void peer_clock(struct peers *ps, struct peer *p, int on);

/** peer_remove(ps, p): before its descriptor is closed, so that no other connection with that number is shut down in its place. */
void peer_remove(struct peers *ps, struct peer *p);

/** peer_worth(moved, ms, holders): what a connection counts that moved so many bytes in so many milliseconds, of an address with so many connections. */
double peer_worth(uint64_t moved, int64_t ms, unsigned holders);

#endif
