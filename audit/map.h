#ifndef AUDIT_MAP_H
#define AUDIT_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing array of items whose first 32 bytes are a hash, found by it.
 * The places are shuffled with random numbers, so that nobody can choose
 * hashes that collide.  Pointers into it are valid until the next addition;
 * numbers stay.
 */

#define MAP_NONE UINT32_MAX

struct map {
	uint8_t *item;
	size_t size;   /* of one item */
	uint32_t n, cap;
	uint32_t *slot; /* number + 1; 0: free */
	uint64_t nslots; /* a power of two */
	uint64_t mix[4];
};

/** map_init(m, size): empty; items of ${size} bytes. */
void map_init(struct map *m, size_t size);

/** map_free(m): release and leave empty. */
void map_free(struct map *m);

/** map_find(m, key): the item's number, or MAP_NONE. */
uint32_t map_find(const struct map *m, const uint8_t key[32]);

/** map_add(m, key): the item's number, made (all else zero) if it is not there; MAP_NONE if out of memory. */
uint32_t map_add(struct map *m, const uint8_t key[32]);

/** map_at(m, i): item number ${i}. */
void *map_at(const struct map *m, uint32_t i);

/** map_get(m, key): the item, or NULL. */
void *map_get(const struct map *m, const uint8_t key[32]);

#endif
