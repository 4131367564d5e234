#ifndef AGENT_MESSAGES_H
#define AGENT_MESSAGES_H

#include "agent/agent.h"

/** What the county says to this device or its places: read by people, once. */

struct message {
	uint64_t index;            /* in the log */
	uint64_t at;               /* MS, as the county's record says */
	int read;
	int locked;                /* a cadre must sign in to read it */
	int lost;                  /* its text has not come yet, or its key is gone */
	struct buf text;           /* safe to show */
};

/** messages_each(ag, cb, ctx): oldest first; what cb returns other than 0 ends it and is returned.  0 or -1. */
int messages_each(struct agent *ag, int (*cb)(void *ctx, const struct message *m), void *ctx);

/** messages_unread(ag): how many were not read yet, or -1. */
int messages_unread(struct agent *ag);

/** messages_read(ag, index, e): somebody has read it.  Durable on 0; 1: there is none to be read at that index; -1. */
int messages_read(struct agent *ag, uint64_t index, struct err *e);

#endif
