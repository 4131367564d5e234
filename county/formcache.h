#ifndef COUNTY_FORMCACHE_H
#define COUNTY_FORMCACHE_H

#include "crypto/hash.h"
#include "forms/form.h"
#include "store/ledger.h"

/** Parsed forms by the hash of their bytes, each read from the ledger once. */
struct formcache {
	struct formcache_form { uint8_t hash[HASH_LEN]; struct form *f; } *form; /* f NULL: not held, or not readable */
	size_t n;
};

/** formcache_init / formcache_free(fc): an empty cache; release it. */
void formcache_init(struct formcache *fc);
void formcache_free(struct formcache *fc);

/** formcache_get(fc, l, hash): the form, owned by the cache; NULL when the ledger has none that can be read. */
const struct form *formcache_get(struct formcache *fc, struct ledger *l, const uint8_t hash[HASH_LEN]);

#endif
