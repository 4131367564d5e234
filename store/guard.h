#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"

/**
 * The guard: a preallocated two-slot file beside the database, outside
 * backups, that says how far this place had got (docs/format.md 15).  The
 * device guards its journal head with it, the county its signed log head
 * (epoch 0, seq = tree size, head = root).
 */
struct guard_state {
	uint32_t epoch;
	uint64_t counter;          /* rises with every write; 0: never written */
	uint64_t seq;
	uint8_t head[HASH_LEN];
	uint8_t host[HASH_LEN];    /* fingerprint of the machine */
};

struct guard;

/** guard_create(path, e): a new guard that reads back as counter 0, the rest zero (refuses an existing file); durable.  NULL on failure. */
struct guard *guard_create(const char *path, struct err *e);

/** guard_open(path, e): an existing one.  NULL when missing; when it could not be opened for another reason, a lapse is noted (base/lapse.h). */
struct guard *guard_open(const char *path, struct err *e);

/** guard_read(g, s): the slot with the higher counter and a right sum.  0; -1 when neither slot is whole, or can be read after several tries. */
int guard_read(struct guard *g, struct guard_state *s);

/**
 * guard_write(g, s, e):
 * Write to the other slot with the next counter (s->counter is set), pwrite
 * and fdatasync.  Durable on 0; on -1 the former slot stands, and the next
 * write goes to the slot that failed.  Processes that share a guard take
 * turns; that the state never goes back is the caller's business.
 */
int guard_write(struct guard *g, struct guard_state *s, struct err *e);

/** guard_close(g): NULL is allowed. */
void guard_close(struct guard *g);

/**
 * host_fingerprint(out, dir):
 * SHA-256 of the machine id (a board's serial number where there is none), the
 * id of the file system that holds the data directory ${dir}, and the
 * directory's inode number.  The file system's id and not its device number:
 * that may be another after each start.  A file system that tells no other id
 * (F2FS) adds nothing.
 * 0; -1 when one of them is there and cannot be read now: that is no other host.
 */
int host_fingerprint(uint8_t out[HASH_LEN], const char *dir);

#endif
