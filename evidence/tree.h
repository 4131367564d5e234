#ifndef EVIDENCE_TREE_H
#define EVIDENCE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/hash.h"

/** RFC 6962 2.1: SHA-256 Merkle tree over leaves; the empty tree's root is SHA-256 of nothing. */

#define TREE_HEIGHT_MAX 63

/** tree_leaf_hash(out, leaf, n): SHA-256(00 || leaf). */
void tree_leaf_hash(uint8_t out[HASH_LEN], const void *leaf, size_t n);

/** tree_node_hash(out, left, right): SHA-256(01 || left || right). */
void tree_node_hash(uint8_t out[HASH_LEN], const uint8_t left[HASH_LEN], const uint8_t right[HASH_LEN]);

/**
 * The right edge of a tree of ${size} leaves: the roots of its perfect
 * subtrees, widest first; their widths are the bits of size.  Extending it by
 * a leaf or reading its root costs O(log size).
 */
struct tree_edge {
	uint64_t size;
	unsigned n;                              /* == popcount(size) */
	uint8_t node[TREE_HEIGHT_MAX + 1][HASH_LEN];
};

/** tree_edge_init(t): the empty tree. */
void tree_edge_init(struct tree_edge *t);

/** tree_edge_add(t, leaf_hash): append one leaf hash. */
void tree_edge_add(struct tree_edge *t, const uint8_t leaf_hash[HASH_LEN]);

/** tree_edge_root(t, out): the root of the tree so far. */
void tree_edge_root(const struct tree_edge *t, uint8_t out[HASH_LEN]);

/** tree_root(out, leaves, n): the root of ${n} leaf hashes laid side by side. */
void tree_root(uint8_t out[HASH_LEN], const uint8_t *leaves, uint64_t n);

/**
 * How proofs read the tree: nodes of perfect, aligned subtrees.
 * get(ctx, level, index, out) gives MTH of leaves [index*2^level,
 * (index+1)*2^level); only nodes lying wholly inside the tree are asked for.
 * 0, or -1 if it cannot be read.
 */
struct tree_reader {
	int (*get)(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN]);
	void *ctx;
};

/** tree_range_hash(r, lo, hi, out): MTH of leaves [lo, hi) where the range is one that RFC 6962 splitting of a tree reaches (lo aligned).  0 or -1. */
int tree_range_hash(const struct tree_reader *r, uint64_t lo, uint64_t hi, uint8_t out[HASH_LEN]);

#endif
