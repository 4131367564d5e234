#ifndef COUNTY_HASHSET_H
#define COUNTY_HASHSET_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

/** A growing set of 32-byte hashes. */
struct hashset {
	uint8_t (*slot)[HASH_LEN];
	uint8_t *used;
	size_t n, cap; /* cap is a power of two */
};

/** hashset_init / hashset_free(s): an empty set; release it. */
void hashset_init(struct hashset *s);
void hashset_free(struct hashset *s);

/** hashset_add(s, h): 1 when it is new, 0 when it was there, -1 out of memory. */
int hashset_add(struct hashset *s, const uint8_t h[HASH_LEN]);

/** hashset_has(s, h): 1 or 0. */
int hashset_has(const struct hashset *s, const uint8_t h[HASH_LEN]);

#endif
