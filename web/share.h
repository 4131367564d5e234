#ifndef WEB_SHARE_H
#define WEB_SHARE_H

#include <stddef.h>
#include <sys/socket.h>

/**
 * What each address holds of something that all share, so that nobody takes it
 * all.  An IPv6 address counts by its first 64 bits, which one subscriber has
 * for himself.  Not locked: the caller's lock covers it.  For web/http.c and web/peers.c.
 */
struct shares;
struct share;

/** shares_new(n, most): for at most ${n} addresses at once, each of which may hold ${most}.  NULL when out of memory. */
struct shares *shares_new(size_t n, size_t most);

/** shares_free(ss): NULL is allowed. */
void shares_free(struct shares *ss);

/** share_join(ss, a): a holder at this address; NULL when there is no room.  share_leave(s): one holder less, which gave back all; NULL is allowed. */
struct share *share_join(struct shares *ss, const struct sockaddr *a);
void share_leave(struct share *s);

/** share_holders(s): how many there are; 0 for NULL. */
unsigned share_holders(const struct share *s);

/** share_take(ss, s, n): 1 and it is taken, or 0 when that would be more than its share.  share_give(s, n): back; NULL is allowed. */
int share_take(const struct shares *ss, struct share *s, size_t n);
void share_give(struct share *s, size_t n);

#endif
