#ifndef EVIDENCE_PROOF_H
#define EVIDENCE_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "evidence/tree.h"

/* Proofs of RFC 6962 2.1.1 and 2.1.2 (verified by RFC 9162 2.1.3.2 and 2.1.4.2), and proofs of a range. */

#define PROOF_MAX 128 /* hashes; a range proof has at most two per level */

struct proof {
	size_t n;
	uint8_t hash[PROOF_MAX][HASH_LEN];
};

/** proof_inclusion(p, r, index, size): the audit path, leaf's sibling first.  0; -1 if index >= size or a node cannot be read. */
int proof_inclusion(struct proof *p, const struct tree_reader *r, uint64_t index, uint64_t size);

/** proof_inclusion_ok(p, leaf_hash, index, size, root): 1 when the path leads to ${root}, else 0. */
int proof_inclusion_ok(const struct proof *p, const uint8_t leaf_hash[HASH_LEN], uint64_t index, uint64_t size, const uint8_t root[HASH_LEN]);

/** proof_consistency(p, r, size1, size2): from size1 to size2.  Empty if size1 is 0 or both are equal.  0; -1 if size1 > size2 or a node cannot be read. */
int proof_consistency(struct proof *p, const struct tree_reader *r, uint64_t size1, uint64_t size2);

/** proof_consistency_ok(p, size1, root1, size2, root2): 1 when tree 2 extends tree 1, else 0.  Size 0 needs the empty tree's root and an empty proof. */
int proof_consistency_ok(const struct proof *p, uint64_t size1, const uint8_t root1[HASH_LEN], uint64_t size2, const uint8_t root2[HASH_LEN]);

/**
 * proof_range(p, r, first, count, size):
 * The boundary hashes of leaves [first, first+count) in a tree of ${size}:
 * walking RFC 6962's splitting from the root, left before right, the hash of
 * every subtree that lies wholly outside the range and whose parent does not.
 * 0; -1 if the range is empty or beyond size, or a node cannot be read.
 */
int proof_range(struct proof *p, const struct tree_reader *r, uint64_t first, uint64_t count, uint64_t size);

/** proof_range_ok(p, leaves, first, count, size, root): 1 when the ${count} leaf hashes laid side by side, with the boundary hashes, give ${root}, using every hash exactly once; else 0. */
int proof_range_ok(const struct proof *p, const uint8_t *leaves, uint64_t first, uint64_t count, uint64_t size, const uint8_t root[HASH_LEN]);

/** proof_range_inclusion(out, p, leaves, first, count, size, index): the ordinary inclusion proof of one leaf of the range, made from a range proof that proof_range_ok() accepted.  0; -1 if index is outside the range. */
int proof_range_inclusion(struct proof *out, const struct proof *p, const uint8_t *leaves, uint64_t first, uint64_t count, uint64_t size, uint64_t index);

#endif
