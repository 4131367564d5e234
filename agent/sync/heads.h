#ifndef AGENT_HEADS_H
#define AGENT_HEADS_H

#include "agent/agent.h"

/**
 * Heads of the county's log that other villages were shown, seen on sticks and
 * kept in evidence/heads as SIZE-NOTEHASH: without a link nobody here can say
 * whether they are of the same log, but an auditor can, and one of a size that
 * this device has verified with another root is proof that the county shows
 * different logs (docs/protocol.md, Over a stick).
 */

struct heads_seen { unsigned seen, kept, known; int alarm; };

/** heads_take(ag, p, n, got, e): look at the heads in a bundle, whoever it is for.  What the log's key did not sign is passed over.  0; 1: a contradiction, said in ${e}, its evidence is in alarms/; -1. */
int heads_take(struct agent *ag, const void *p, size_t n, struct heads_seen *got, struct err *e);

/** heads_check(ag, e): what is kept, against what was verified since.  As heads_take. */
int heads_check(struct agent *ag, struct err *e);

/** heads_carry(ag, out): append the newest head that this device verified and the newest that it saw.  0 or -1. */
int heads_carry(struct agent *ag, struct buf *out);

/** heads_each_kept(ag, cb, ctx, e): those in evidence/heads.  What cb returned other than 0, 0 or -1. */
int heads_each_kept(struct agent *ag, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx, struct err *e);

#endif
