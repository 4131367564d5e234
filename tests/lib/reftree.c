#include "tests/lib/reftree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
reftree_mth(const struct reftree *t, uint64_t lo, uint64_t hi, uint8_t out[HASH_LEN])
{
	uint8_t in[1 + 2 * HASH_LEN] = {0x01};
	uint64_t k = 1;

	if (hi == lo) {
		sha256(out, "", 0);
		return;
	}
	if (hi - lo == 1) {
		memcpy(out, t->leaf + lo * HASH_LEN, HASH_LEN);
		return;
	}
	while (2 * k < hi - lo)
		k *= 2;
	reftree_mth(t, lo, lo + k, in + 1);
	reftree_mth(t, lo + k, hi, in + 1 + HASH_LEN);
	sha256(out, in, sizeof(in));
}

void
reftree_make(struct reftree *t, uint64_t size)
{
	memset(t, 0, sizeof(*t));
	t->size = size;
	for (uint64_t i = 0; i < size; i++) {
		uint8_t in[3] = {0x00, (uint8_t)(i >> 8), (uint8_t)i};

		sha256(t->leaf + i * HASH_LEN, in, sizeof(in));
	}
	for (unsigned level = 0; level < 9; level++)
		for (uint64_t i = 0; (i + 1) << level <= size; i++)
			reftree_mth(t, i << level, (i + 1) << level, t->node[level][i]);
}

static int
get(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	struct reftree *t = ctx;

	if (level >= 9 || (index + 1) << level > t->size) {
		fprintf(stderr, "asked for node %u/%llu, which is not in the tree\n", level, (unsigned long long)index);
		abort();
	}
	if (++t->reads == t->fail_at)
		return -1;
	memcpy(out, t->node[level][index], HASH_LEN);
	return 0;
}

struct tree_reader
reftree_reader(struct reftree *t)
{
	return (struct tree_reader){get, t};
}
