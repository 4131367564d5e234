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

/** guard_create(path, e): a new, empty guard (refuses an existing file); durable.  NULL on failure. */
struct guard *guard_create(const char *path, struct err *e);

/** guard_open(path, e): an existing one.  NULL when missing or unreadable. */
struct guard *guard_open(const char *path, struct err *e);

/** guard_read(g, s): the slot with the higher counter and a right sum.  0; -1 when neither slot is whole. */
int guard_read(struct guard *g, struct guard_state *s);

/** guard_write(g, s, e): write to the other slot with the next counter (s->counter is set), pwrite and fdatasync.  Durable on 0; on -1 the former slot stands. */
int guard_write(struct guard *g, struct guard_state *s, struct err *e);

/** guard_close(g): NULL is allowed. */
void guard_close(struct guard *g);

/** host_fingerprint(out): SHA-256 of machine id and of the data directory's device and inode numbers, ${dir}. */
void host_fingerprint(uint8_t out[HASH_LEN], const char *dir);

#endif
