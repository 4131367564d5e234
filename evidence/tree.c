#include "evidence/tree.h"

#include <string.h>

void
tree_leaf_hash(uint8_t out[HASH_LEN], const void *leaf, size_t n)
{
	static const uint8_t prefix = 0x00;
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_add(&c, &prefix, 1);
	sha256_add(&c, leaf, n);
	sha256_end(&c, out);
}

void
tree_node_hash(uint8_t out[HASH_LEN], const uint8_t left[HASH_LEN], const uint8_t right[HASH_LEN])
{
	uint8_t in[1 + 2 * HASH_LEN];

	/* Through a copy: out may be left or right. */
	in[0] = 0x01;
	memcpy(in + 1, left, HASH_LEN);
	memcpy(in + 1 + HASH_LEN, right, HASH_LEN);
	sha256(out, in, sizeof(in));
}

void
tree_edge_init(struct tree_edge *t)
{
	memset(t, 0, sizeof(*t));
}

void
tree_edge_add(struct tree_edge *t, const uint8_t leaf_hash[HASH_LEN])
{
	uint8_t h[HASH_LEN];

	/* As in binary counting: each trailing 1 of the size is a subtree that the carry closes. */
	memcpy(h, leaf_hash, HASH_LEN);
	for (uint64_t s = t->size; s & 1; s >>= 1)
		tree_node_hash(h, t->node[--t->n], h);
	memcpy(t->node[t->n++], h, HASH_LEN);
	t->size++;
}

void
tree_edge_root(const struct tree_edge *t, uint8_t out[HASH_LEN])
{
	if (t->n == 0) {
		sha256(out, "", 0);
		return;
	}
	memcpy(out, t->node[t->n - 1], HASH_LEN);
	for (unsigned i = t->n - 1; i > 0; i--)
		tree_node_hash(out, t->node[i - 1], out);
}

void
tree_root(uint8_t out[HASH_LEN], const uint8_t *leaves, uint64_t n)
{
	struct tree_edge t;

	tree_edge_init(&t);
	for (uint64_t i = 0; i < n; i++)
		tree_edge_add(&t, leaves + i * HASH_LEN);
	tree_edge_root(&t, out);
}

int
tree_range_hash(const struct tree_reader *r, uint64_t lo, uint64_t hi, uint8_t out[HASH_LEN])
{
	struct tree_edge t; /* the parts of the range, widest first */
	uint64_t n, at = lo;

	if (lo > hi)
		return -1;
	tree_edge_init(&t);
	n = hi - lo;
	for (unsigned level = TREE_HEIGHT_MAX + 1; level-- > 0;) {
		uint64_t width = (uint64_t)1 << level;

		if (!(n & width))
			continue;
		/* Aligned to the widest part, and to its double if anything follows it. */
		if (t.n == 0 && (lo & (width - 1) || (n != width && lo & width)))
			return -1;
		if (r->get(r->ctx, level, at >> level, t.node[t.n++]))
			return -1;
		at += width;
	}
	tree_edge_root(&t, out);
	return 0;
}
