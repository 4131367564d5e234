#ifndef AGENT_OPENROSA_KEPT_H
#define AGENT_OPENROSA_KEPT_H

#include "agent/agent.h"
#include "base/json.h"

/**
 * What the journal keeps of one submission, under its instanceID: which bytes
 * the XML and each photo were.  Of those that are not recorded yet there is a
 * list: at most KEPT_WAITING of them and KEPT_BYTES of photos, and none longer
 * than KEPT_HOURS of the agent's running time (no clock is asked); the oldest
 * makes room.  What is let go of so is sent again by the phone, whole.
 */
#define KEPT_WAITING 32
#define KEPT_BYTES ((uint64_t)256 << 20)
#define KEPT_HOURS 168

struct kept {
	struct agent *ag;
	cJSON *o;                /* {"xml":SHA-256,"files":{NAME:[as it came, as stored]}} */
	char id[64];             /* the entry's: the instanceID without "uuid:" */
	char key[96];
	char xml[2 * HASH_LEN + 1], was[2 * HASH_LEN + 1]; /* SHA-256 of this XML; of the one that came before under this id, "" when there was none */
};

/** kept_load(k, ag, id, xml, n, e): what is kept under ${id}, or an empty beginning.  1 when something came before and its XML was this; 0; -1.  kept_free() in all cases. */
int kept_load(struct kept *k, struct agent *ag, const char *id, const void *xml, size_t n, struct err *e);
void kept_free(struct kept *k);

/** kept_anew(k, e): what came before was of other XML and was never recorded: its photos go, and it begins anew.  0 or -1. */
int kept_anew(struct kept *k, struct err *e);

/** kept_raw(k, name) / kept_stored(k, name): SHA-256 in hex of a file as it came; of the photo made of it.  NULL when none came. */
const char *kept_raw(const struct kept *k, const char *name);
const char *kept_stored(const struct kept *k, const char *name);

/** kept_here(k, name): 1 when the photo that came under this name is there to be read, else 0: a power cut may have left the note without it. */
int kept_here(const struct kept *k, const char *name);

/** kept_file(k, name, raw, stored, e): note a file that came.  0 or -1; kept_save() makes it durable. */
int kept_file(struct kept *k, const char *name, const uint8_t raw[HASH_LEN], const uint8_t stored[HASH_LEN], struct err *e);

/** kept_save(k, e): durable on 0. */
int kept_save(struct kept *k, struct err *e);

/** kept_wait(k, bytes, e): before photos of it are stored, ${bytes} of them: it stands in the list of those that are not recorded, and others go if there are too many.  Durable on 0. */
int kept_wait(struct kept *k, uint64_t bytes, struct err *e);

/** kept_done(ag, id, e): it is recorded, or nothing of it is kept: out of the list.  Durable on 0. */
int kept_done(struct agent *ag, const char *id, struct err *e);

/** kept_drop(k, e): its photos go, unless an entry names them.  Durable on 0. */
int kept_drop(struct kept *k, struct err *e);

/** kept_age(ag, hours, e): so many hours went by: what waited too long goes.  How many, or -1. */
int kept_age(struct agent *ag, unsigned hours, struct err *e);

/** kept_duty(ag): see to that every hour of a running agent, each start counted as one.  0 or -1. */
int kept_duty(struct agent *ag);

#endif
