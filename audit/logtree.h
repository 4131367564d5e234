#ifndef AUDIT_LOGTREE_H
#define AUDIT_LOGTREE_H

#include <stdint.h>

#include "evidence/tree.h"

/* The log's tree in memory: the hashes of all leaves, and of every 256 of them, and of every 256 of those. */

#define LOGTREE_LEVELS 8

struct logtree {
	struct tree_edge edge;
	struct {
		uint8_t *hash;
		uint64_t n, cap;
	} level[LOGTREE_LEVELS];
	uint64_t *received; /* of each leaf, ms; of a record its "at" */
	uint64_t nreceived;
};

/** logtree_init(t) / logtree_free(t): an empty tree; release. */
void logtree_init(struct logtree *t);
void logtree_free(struct logtree *t);

/** logtree_add(t, leaf_hash, received): the next leaf.  0, or -1 if out of memory. */
int logtree_add(struct logtree *t, const uint8_t leaf_hash[32], uint64_t received);

/** logtree_size(t): leaves so far. */
uint64_t logtree_size(const struct logtree *t);

/** logtree_leaf(t, i): the hash of leaf ${i}, which is below the size. */
const uint8_t *logtree_leaf(const struct logtree *t, uint64_t i);

/** logtree_reader(t): for evidence/proof.h; valid as long as ${t} is not changed. */
struct tree_reader logtree_reader(struct logtree *t);

/** logtree_root(t, size, out): the root of the first ${size} leaves.  0, or -1 if the tree is smaller. */
int logtree_root(struct logtree *t, uint64_t size, uint8_t out[32]);

#endif
