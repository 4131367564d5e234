#ifndef TESTS_LIB_REFTREE_H
#define TESTS_LIB_REFTREE_H

#include <stdint.h>

#include "evidence/tree.h"

/* A small tree worked out the naive way, straight from RFC 6962 2.1, to hold evidence/tree.c and proof.c against. */

#define REFTREE_MAX 300

struct reftree {
	uint64_t size;
	uint8_t leaf[REFTREE_MAX * HASH_LEN];              /* leaf hashes side by side */
	uint8_t node[9][REFTREE_MAX][HASH_LEN];            /* perfect subtrees by level and index */
	unsigned reads;                                    /* nodes asked for */
	unsigned fail_at;                                  /* the read with this number fails (from 1; 0: none) */
};

/** reftree_make(t, size): leaf i is the two bytes i, big-endian. */
void reftree_make(struct reftree *t, uint64_t size);

/** reftree_mth(t, lo, hi, out): MTH of leaves [lo, hi) by plain recursion. */
void reftree_mth(const struct reftree *t, uint64_t lo, uint64_t hi, uint8_t out[HASH_LEN]);

/** reftree_reader(t): a reader that fails the test when asked for a node outside the tree. */
struct tree_reader reftree_reader(struct reftree *t);

#endif
