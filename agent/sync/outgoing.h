#ifndef AGENT_OUTGOING_H
#define AGENT_OUTGOING_H

#include "agent/agent.h"
#include "evidence/keys.h"
#include "store/journal.h"

#define OUTGOING_ID_LEN 16

/**
 * One attachment as it goes out, the same bytes after every restart: plain as
 * it is, personal in a sealed box that is kept in DIR/outgoing until the
 * county has it (only the county can open it).
 */
struct outgoing {
	struct attachment a;
	struct buf body;           /* what is sent */
	uint8_t id[OUTGOING_ID_LEN];   /* of this sending: nobody else can name it; another sealing has another */
	int fresh;                 /* sealed just now: the county cannot have any of it */
};

/** outgoing_open(o, ag, k, a, e): 0 (release with outgoing_close()); 1 when it cannot be opened now or never (its key), ${e} says which; -1. */
int outgoing_open(struct outgoing *o, struct agent *ag, const struct county_keys *k, const struct attachment *a, struct err *e);

/** outgoing_close(o): release. */
void outgoing_close(struct outgoing *o);

/** outgoing_forget(ag, hash): the sealed copy goes: the county has it, or it was no good. */
void outgoing_forget(struct agent *ag, const uint8_t hash[HASH_LEN]);

/** outgoing_tidy(ag): sealed copies of what no longer waits go. */
void outgoing_tidy(struct agent *ag);

#endif
