#include "audit/logtree.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 256
#define WIDTH_BITS 8

void
logtree_init(struct logtree *t)
{
	memset(t, 0, sizeof(*t));
	tree_edge_init(&t->edge);
}

void
logtree_free(struct logtree *t)
{
	for (unsigned i = 0; i < LOGTREE_LEVELS; i++)
		free(t->level[i].hash);
	free(t->received);
	logtree_init(t);
}

/* Append to a level, and the hash of every full 256 to the one above. */
static int
push(struct logtree *t, unsigned l, const uint8_t hash[32])
{
	uint8_t up[HASH_LEN], *p;

	for (;; hash = up, l++) {
		if (t->level[l].n == t->level[l].cap) {
			uint64_t cap = t->level[l].cap ? 2 * t->level[l].cap : WIDTH;

			if ((p = reallocarray(t->level[l].hash, cap, HASH_LEN)) == NULL)
				return -1;
			t->level[l].hash = p;
			t->level[l].cap = cap;
		}
		memcpy(t->level[l].hash + t->level[l].n * HASH_LEN, hash, HASH_LEN);
		if (++t->level[l].n % WIDTH != 0 || l + 1 == LOGTREE_LEVELS)
			return 0;
		tree_root(up, t->level[l].hash + (t->level[l].n - WIDTH) * HASH_LEN, WIDTH);
	}
}

int
logtree_add(struct logtree *t, const uint8_t leaf_hash[32], uint64_t received)
{
	uint64_t *r;

	if ((t->nreceived & (t->nreceived - 1)) == 0) {
		if ((r = reallocarray(t->received, t->nreceived ? 2 * t->nreceived : 1, sizeof(*r))) == NULL)
			return -1;
		t->received = r;
	}
	if (push(t, 0, leaf_hash) != 0)
		return -1;
	t->received[t->nreceived++] = received;
	tree_edge_add(&t->edge, leaf_hash);
	return 0;
}

uint64_t
logtree_size(const struct logtree *t)
{
	return t->nreceived;
}

const uint8_t *
logtree_leaf(const struct logtree *t, uint64_t i)
{
	return t->level[0].hash + i * HASH_LEN;
}

static int
get(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	const struct logtree *t = ctx;
	unsigned l = level / WIDTH_BITS;
	uint64_t n = UINT64_C(1) << level % WIDTH_BITS;

	if (l >= LOGTREE_LEVELS || index >= t->level[l].n / n)
		return -1;
	tree_root(out, t->level[l].hash + index * n * HASH_LEN, n);
	return 0;
}

struct tree_reader
logtree_reader(struct logtree *t)
{
	return (struct tree_reader){ get, t };
}

int
logtree_root(struct logtree *t, uint64_t size, uint8_t out[32])
{
	struct tree_reader r = logtree_reader(t);

	if (size > t->nreceived)
		return -1;
	if (size == t->nreceived) {
		tree_edge_root(&t->edge, out);
		return 0;
	}
	return tree_range_hash(&r, 0, size, out);
}
