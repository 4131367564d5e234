#include "evidence/proof.h"

#include <string.h>

#define SIZE_MAX_TREE ((uint64_t)1 << TREE_HEIGHT_MAX)

struct span {
	uint64_t lo, hi;
};

/* The largest power of two below ${n}, n > 1. */
static uint64_t
split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/*
 * The subtrees beside the path from the root of ${size} leaves to leaf
 * ${index}, widest first; stops early at the node whose end is ${stop}
 * (0: goes down to the leaf), which is left in ${*rest}.
 */
static unsigned
siblings(uint64_t index, uint64_t size, uint64_t stop, struct span sib[TREE_HEIGHT_MAX + 1], struct span *rest)
{
	struct span at = {0, size};
	unsigned n = 0;

	while (at.hi - at.lo > 1 && at.hi != stop) {
		uint64_t mid = at.lo + split(at.hi - at.lo);

		if (index < mid) {
			sib[n++] = (struct span){mid, at.hi};
			at.hi = mid;
		} else {
			sib[n++] = (struct span){at.lo, mid};
			at.lo = mid;
		}
	}
	*rest = at;
	return n;
}

static int
push(struct proof *p, const struct tree_reader *r, struct span s)
{
	if (p->n == PROOF_MAX || tree_range_hash(r, s.lo, s.hi, p->hash[p->n]))
		return -1;
	p->n++;
	return 0;
}

int
proof_inclusion(struct proof *p, const struct tree_reader *r, uint64_t index, uint64_t size)
{
	struct span sib[TREE_HEIGHT_MAX + 1], rest;
	unsigned n;

	p->n = 0;
	if (index >= size || size > SIZE_MAX_TREE)
		return -1;
	n = siblings(index, size, 0, sib, &rest);
	while (n > 0)
		if (push(p, r, sib[--n]))
			return -1;
	return 0;
}

/* RFC 9162 2.1.3.2 and 2.1.4.2: one step up the right edge; where there is no sibling, several. */
static void
step(uint64_t *fn, uint64_t *sn)
{
	if (!(*fn & 1))
		while (!(*fn & 1) && *fn != 0) {
			*fn >>= 1;
			*sn >>= 1;
		}
	*fn >>= 1;
	*sn >>= 1;
}

int
proof_inclusion_ok(const struct proof *p, const uint8_t leaf_hash[HASH_LEN], uint64_t index, uint64_t size, const uint8_t root[HASH_LEN])
{
	uint8_t h[HASH_LEN];
	uint64_t fn = index, sn = size - 1;

	if (index >= size || p->n > PROOF_MAX)
		return 0;
	memcpy(h, leaf_hash, HASH_LEN);
	for (size_t i = 0; i < p->n; i++) {
		if (sn == 0)
			return 0;
		if (fn & 1 || fn == sn) {
			tree_node_hash(h, p->hash[i], h);
			step(&fn, &sn);
		} else {
			tree_node_hash(h, h, p->hash[i]);
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0 && equal_ct(h, root, HASH_LEN);
}

int
proof_consistency(struct proof *p, const struct tree_reader *r, uint64_t size1, uint64_t size2)
{
	struct span sib[TREE_HEIGHT_MAX + 1], rest;
	unsigned n;

	p->n = 0;
	if (size1 > size2 || size2 > SIZE_MAX_TREE)
		return -1;
	if (size1 == 0 || size1 == size2)
		return 0;
	n = siblings(size1 - 1, size2, size1, sib, &rest);
	/* The old tree's own root need not be sent where it is a node of the new tree. */
	if (rest.lo != 0 && push(p, r, rest))
		return -1;
	while (n > 0)
		if (push(p, r, sib[--n]))
			return -1;
	return 0;
}

static int
is_empty_root(const uint8_t root[HASH_LEN])
{
	uint8_t empty[HASH_LEN];

	sha256(empty, "", 0);
	return equal_ct(empty, root, HASH_LEN);
}

/* RFC 9162 2.1.4.2 for 0 < size1 < size2. */
static int
consistency_walk(const struct proof *p, uint64_t size1, const uint8_t root1[HASH_LEN], uint64_t size2, const uint8_t root2[HASH_LEN])
{
	uint64_t fn = size1 - 1, sn = size2 - 1;
	uint8_t fr[HASH_LEN], sr[HASH_LEN];
	size_t i = 0;

	if (p->n == 0 || p->n > PROOF_MAX)
		return 0;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	memcpy(fr, (size1 & (size1 - 1)) == 0 ? root1 : p->hash[i++], HASH_LEN);
	memcpy(sr, fr, HASH_LEN);
	for (; i < p->n; i++) {
		if (sn == 0)
			return 0;
		if (fn & 1 || fn == sn) {
			tree_node_hash(fr, p->hash[i], fr);
			tree_node_hash(sr, p->hash[i], sr);
			step(&fn, &sn);
		} else {
			tree_node_hash(sr, sr, p->hash[i]);
			fn >>= 1;
			sn >>= 1;
		}
	}
	return sn == 0 && equal_ct(fr, root1, HASH_LEN) && equal_ct(sr, root2, HASH_LEN);
}

int
proof_consistency_ok(const struct proof *p, uint64_t size1, const uint8_t root1[HASH_LEN], uint64_t size2, const uint8_t root2[HASH_LEN])
{
	if (size1 > size2)
		return 0;
	if (size1 == 0 && !is_empty_root(root1))
		return 0;
	if (size1 == size2)
		return p->n == 0 && equal_ct(root1, root2, HASH_LEN);
	if (size1 == 0)
		return p->n == 0;
	return consistency_walk(p, size1, root1, size2, root2);
}

static int
range_bad(uint64_t first, uint64_t count, uint64_t size)
{
	return count == 0 || size > SIZE_MAX_TREE || first >= size || count > size - first;
}

int
proof_range(struct proof *p, const struct tree_reader *r, uint64_t first, uint64_t count, uint64_t size)
{
	struct span sib[TREE_HEIGHT_MAX + 1], rest;
	uint64_t end = first + count;
	unsigned n;

	p->n = 0;
	if (range_bad(first, count, size))
		return -1;
	/* In walking order: what lies left of the first leaf, downwards; what lies right of the last leaf, upwards. */
	n = siblings(first, size, 0, sib, &rest);
	for (unsigned i = 0; i < n; i++)
		if (sib[i].hi <= first && push(p, r, sib[i]))
			return -1;
	n = siblings(end - 1, size, 0, sib, &rest);
	while (n-- > 0)
		if (sib[n].lo >= end && push(p, r, sib[n]))
			return -1;
	return 0;
}

/* A walk over a range: hashes outside come from the proof, inside from the leaves. */
struct walk {
	const struct proof *proof;
	size_t used;
	const uint8_t *leaves;
	uint64_t first, end;
	struct proof *path; /* of leaf ${index}, or NULL when not asked for */
	uint64_t index;
};

/* MTH of leaves [lo, hi); calls itself at most TREE_HEIGHT_MAX deep and hashes each node once. */
static int
walk_hash(struct walk *w, uint64_t lo, uint64_t hi, uint8_t out[HASH_LEN])
{
	int on_path = w->path && lo <= w->index && w->index < hi;
	uint8_t left[HASH_LEN], right[HASH_LEN];
	uint64_t mid;

	if (hi <= w->first || lo >= w->end) {
		if (w->used == w->proof->n)
			return -1;
		memcpy(out, w->proof->hash[w->used++], HASH_LEN);
		return 0;
	}
	if (hi - lo == 1 || (lo >= w->first && hi <= w->end && !on_path)) {
		tree_root(out, w->leaves + (lo - w->first) * HASH_LEN, hi - lo);
		return 0;
	}
	mid = lo + split(hi - lo);
	if (walk_hash(w, lo, mid, left) || walk_hash(w, mid, hi, right))
		return -1;
	if (on_path)
		memcpy(w->path->hash[w->path->n++], w->index < mid ? right : left, HASH_LEN);
	tree_node_hash(out, left, right);
	return 0;
}

int
proof_range_ok(const struct proof *p, const uint8_t *leaves, uint64_t first, uint64_t count, uint64_t size, const uint8_t root[HASH_LEN])
{
	struct walk w = {.proof = p, .leaves = leaves, .first = first, .end = first + count};
	uint8_t h[HASH_LEN];

	if (range_bad(first, count, size) || p->n > PROOF_MAX)
		return 0;
	return walk_hash(&w, 0, size, h) == 0 && w.used == p->n && equal_ct(h, root, HASH_LEN);
}

int
proof_range_inclusion(struct proof *out, const struct proof *p, const uint8_t *leaves, uint64_t first, uint64_t count, uint64_t size, uint64_t index)
{
	struct walk w = {.proof = p, .leaves = leaves, .first = first, .end = first + count, .path = out, .index = index};
	uint8_t h[HASH_LEN];

	out->n = 0;
	if (range_bad(first, count, size) || index < first || index >= first + count || p->n > PROOF_MAX)
		return -1;
	return walk_hash(&w, 0, size, h) == 0 && w.used == p->n ? 0 : -1;
}
