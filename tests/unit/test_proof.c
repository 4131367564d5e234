#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/json.h"
#include "evidence/proof.h"
#include "tests/lib/reftree.h"
#include "tests/lib/vectors.h"

#define SIZES 70 /* every tree up to this size */

static struct reftree ref;

static void
root_of(uint64_t size, uint8_t out[HASH_LEN])
{
	reftree_mth(&ref, 0, size, out);
}

static const uint8_t *
leaf(uint64_t i)
{
	return ref.leaf + i * HASH_LEN;
}

static void
inclusion_every(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t root[HASH_LEN];
	struct proof p;

	(void)state;
	for (uint64_t n = 0; n <= SIZES; n++) {
		reftree_make(&ref, n);
		root_of(n, root);
		for (uint64_t i = 0; i < n; i++) {
			assert_int_equal(proof_inclusion(&p, &r, i, n), 0);
			assert_true(proof_inclusion_ok(&p, leaf(i), i, n, root));
			if (n == 1)
				continue;
			assert_false(proof_inclusion_ok(&p, leaf(i), i ^ 1, n, root));
			assert_false(proof_inclusion_ok(&p, leaf((i + 1) % n), i, n, root));
		}
		assert_int_equal(proof_inclusion(&p, &r, n, n), -1);
		p.n = 0;
		assert_false(proof_inclusion_ok(&p, root, n, n, root));
	}
}

static void
consistency_every(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t root[SIZES + 1][HASH_LEN];
	struct proof p;

	(void)state;
	reftree_make(&ref, SIZES);
	for (uint64_t n = 0; n <= SIZES; n++)
		root_of(n, root[n]);
	for (uint64_t n = 0; n <= SIZES; n++) {
		reftree_make(&ref, n); /* so that the reader guards the bounds of this very tree */
		for (uint64_t m = 0; m <= n; m++) {
			assert_int_equal(proof_consistency(&p, &r, m, n), 0);
			assert_int_equal(p.n == 0, m == 0 || m == n);
			assert_true(proof_consistency_ok(&p, m, root[m], n, root[n]));
			if (m < n) {
				assert_false(proof_consistency_ok(&p, m, root[n], n, root[n]));
				assert_false(proof_consistency_ok(&p, n, root[n], m, root[m]));
			}
			if (m > 0 && m < n)
				assert_false(proof_consistency_ok(&p, m, root[m], n, root[m]));
		}
		assert_int_equal(proof_consistency(&p, &r, n + 1, n), -1);
	}
}

static void
range_every(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	struct proof p, want, got;
	uint8_t root[HASH_LEN];

	(void)state;
	for (uint64_t n = 1; n <= SIZES; n++) {
		reftree_make(&ref, n);
		root_of(n, root);
		for (uint64_t first = 0; first < n; first++)
			for (uint64_t count = 1; count <= n - first; count++) {
				uint64_t one = n <= 20 ? first : first + count / 2, end = n <= 20 ? first + count : one + 1;

				assert_int_equal(proof_range(&p, &r, first, count, n), 0);
				assert_true(proof_range_ok(&p, leaf(first), first, count, n, root));
				for (; one < end; one++) {
					assert_int_equal(proof_inclusion(&want, &r, one, n), 0);
					assert_int_equal(proof_range_inclusion(&got, &p, leaf(first), first, count, n, one), 0);
					assert_int_equal(got.n, want.n);
					assert_memory_equal(got.hash, want.hash, got.n * HASH_LEN);
				}
			}
	}
}

/* The order of the boundary hashes, by the definition's own walk. */
static void
walk(uint64_t lo, uint64_t hi, uint64_t first, uint64_t end, struct proof *p)
{
	uint64_t k = 1;

	if (lo >= first && hi <= end)
		return;
	if (hi <= first || lo >= end) {
		reftree_mth(&ref, lo, hi, p->hash[p->n++]);
		return;
	}
	while (2 * k < hi - lo)
		k *= 2;
	walk(lo, lo + k, first, end, p);
	walk(lo + k, hi, first, end, p);
}

static void
range_order(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	struct proof p, want;

	(void)state;
	for (uint64_t n = 1; n <= 40; n++) {
		reftree_make(&ref, n);
		for (uint64_t first = 0; first < n; first++)
			for (uint64_t count = 1; count <= n - first; count++) {
				want.n = 0;
				walk(0, n, first, first + count, &want);
				assert_int_equal(proof_range(&p, &r, first, count, n), 0);
				assert_int_equal(p.n, want.n);
				assert_memory_equal(p.hash, want.hash, p.n * HASH_LEN);
			}
	}
}

static void
range_refusals(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t root[HASH_LEN];
	struct proof p, q;

	(void)state;
	reftree_make(&ref, 21);
	root_of(21, root);
	assert_int_equal(proof_range(&p, &r, 3, 0, 21), -1);
	assert_int_equal(proof_range(&p, &r, 21, 1, 21), -1);
	assert_int_equal(proof_range(&p, &r, 20, 2, 21), -1);
	assert_int_equal(proof_range(&p, &r, 5, UINT64_MAX, 21), -1);
	assert_int_equal(proof_range(&p, &r, 3, 7, 21), 0);
	assert_false(proof_range_ok(&p, leaf(3), 3, 0, 21, root));
	assert_false(proof_range_ok(&p, leaf(3), 3, UINT64_MAX, 21, root));
	assert_false(proof_range_ok(&p, leaf(4), 3, 7, 21, root));
	assert_false(proof_range_ok(&p, leaf(3), 3, 7, 16, root));
	assert_false(proof_range_ok(&p, leaf(3), 4, 7, 21, root));
	assert_false(proof_range_ok(&p, leaf(3), 3, 6, 21, root));
	assert_int_equal(proof_range_inclusion(&q, &p, leaf(3), 3, 7, 21, 2), -1);
	assert_int_equal(proof_range_inclusion(&q, &p, leaf(3), 3, 7, 21, 10), -1);
	assert_int_equal(proof_range_inclusion(&q, &p, leaf(3), 3, 7, 21, 9), 0);
	p.n++;
	assert_int_equal(proof_range_inclusion(&q, &p, leaf(3), 3, 7, 21, 9), -1);
	p.n -= 2;
	assert_int_equal(proof_range_inclusion(&q, &p, leaf(3), 3, 7, 21, 9), -1);
	p.n = PROOF_MAX + 1;
	assert_false(proof_range_ok(&p, leaf(3), 3, 7, 21, root));
	assert_false(proof_inclusion_ok(&p, leaf(3), 3, 21, root));
	assert_false(proof_consistency_ok(&p, 3, root, 21, root));
}

/* Which proof the damage tests hold up. */
enum sort { INCLUSION, CONSISTENCY, RANGE };
static uint8_t root_new[HASH_LEN], root_old[HASH_LEN];
#define D_SIZE 55U
#define D_INDEX 37U
#define D_COUNT 9U

static int
judge(enum sort sort, const struct proof *p)
{
	if (sort == INCLUSION)
		return proof_inclusion_ok(p, leaf(D_INDEX), D_INDEX, D_SIZE, root_new);
	if (sort == CONSISTENCY)
		return proof_consistency_ok(p, D_INDEX, root_old, D_SIZE, root_new);
	return proof_range_ok(p, leaf(D_INDEX), D_INDEX, D_COUNT, D_SIZE, root_new);
}

/* Every bit flipped, every hash dropped, doubled or swapped, one put in anywhere: all refused. */
static void
damage(enum sort sort, const struct proof *good)
{
	struct proof p;

	assert_true(judge(sort, good));
	for (size_t bit = 0; bit < good->n * HASH_LEN * 8; bit++) {
		p = *good;
		p.hash[bit / 256][bit / 8 % HASH_LEN] ^= (uint8_t)(1U << bit % 8);
		assert_false(judge(sort, &p));
	}
	for (size_t i = 0; i < good->n; i++) {
		p = *good;
		memmove(p.hash[i], p.hash[i + 1], (p.n - i - 1) * HASH_LEN);
		p.n--;
		assert_false(judge(sort, &p));
		for (size_t k = i + 1; k < good->n; k++) {
			p = *good;
			memcpy(p.hash[i], good->hash[k], HASH_LEN);
			memcpy(p.hash[k], good->hash[i], HASH_LEN);
			assert_false(judge(sort, &p));
		}
	}
	for (size_t i = 0; i <= good->n; i++)
		for (int what = 0; what < 3; what++) {
			p = *good;
			memmove(p.hash[i + 1], p.hash[i], (p.n - i) * HASH_LEN);
			memcpy(p.hash[i], what == 0 ? good->hash[i ? i - 1 : 0] : what == 1 ? root_new : root_old, HASH_LEN);
			p.n++;
			assert_false(judge(sort, &p));
		}
	p.n = 0;
	assert_false(judge(sort, &p));
}

static void
damaged_proofs(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	struct proof p;

	(void)state;
	reftree_make(&ref, D_SIZE);
	root_of(D_SIZE, root_new);
	root_of(D_INDEX, root_old);
	assert_int_equal(proof_inclusion(&p, &r, D_INDEX, D_SIZE), 0);
	damage(INCLUSION, &p);
	assert_int_equal(proof_consistency(&p, &r, D_INDEX, D_SIZE), 0);
	damage(CONSISTENCY, &p);
	assert_int_equal(proof_range(&p, &r, D_INDEX, D_COUNT, D_SIZE), 0);
	damage(RANGE, &p);
}

/* Every leaf of a range is bound, and so are both ends of what the proof says. */
static void
damaged_leaves(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t copy[D_COUNT * HASH_LEN];
	struct proof p;

	(void)state;
	reftree_make(&ref, D_SIZE);
	root_of(D_SIZE, root_new);
	assert_int_equal(proof_range(&p, &r, D_INDEX, D_COUNT, D_SIZE), 0);
	for (size_t bit = 0; bit < sizeof(copy) * 8; bit++) {
		memcpy(copy, leaf(D_INDEX), sizeof(copy));
		copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(proof_range_ok(&p, copy, D_INDEX, D_COUNT, D_SIZE, root_new));
	}
}

/* Proofs of a tree of 8 whose upper part would fit over a tree of 4: a path longer than the claimed tree is high. */
static void
too_high(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t root[HASH_LEN], old[HASH_LEN];
	struct proof p;

	(void)state;
	reftree_make(&ref, 8);
	root_of(8, root);
	root_of(7, old);
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(proof_inclusion(&p, &r, 4 + i, 8), 0);
		assert_true(proof_inclusion_ok(&p, leaf(4 + i), 4 + i, 8, root));
		assert_false(proof_inclusion_ok(&p, leaf(4 + i), i, 4, root));
	}
	assert_int_equal(proof_consistency(&p, &r, 7, 8), 0);
	assert_true(proof_consistency_ok(&p, 7, old, 8, root));
	assert_false(proof_consistency_ok(&p, 3, old, 4, root));
}

static void
empty_trees(void **state)
{
	uint8_t empty[HASH_LEN], other[HASH_LEN] = {1};
	struct proof p = {.n = 0};

	(void)state;
	tree_root(empty, NULL, 0);
	assert_true(proof_consistency_ok(&p, 0, empty, 0, empty));
	assert_true(proof_consistency_ok(&p, 0, empty, 5, other));
	assert_false(proof_consistency_ok(&p, 0, other, 5, other));
	assert_false(proof_consistency_ok(&p, 0, other, 0, other));
	assert_false(proof_consistency_ok(&p, 0, empty, 0, other));
	p.n = 1;
	assert_false(proof_consistency_ok(&p, 0, empty, 5, other));
	assert_false(proof_consistency_ok(&p, 0, empty, 0, empty));
	assert_false(proof_consistency_ok(&p, 3, other, 3, other));
}

static void
unreadable_nodes(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	struct proof p;
	unsigned all;

	(void)state;
	reftree_make(&ref, D_SIZE);
	for (int what = 0; what < 3; what++)
		for (ref.fail_at = 0, all = 1; ref.fail_at <= all; ref.fail_at++) {
			int got;

			ref.reads = 0;
			got = what == 0 ? proof_inclusion(&p, &r, D_INDEX, D_SIZE)
			    : what == 1 ? proof_consistency(&p, &r, D_INDEX, D_SIZE)
			                : proof_range(&p, &r, D_INDEX, D_COUNT, D_SIZE);
			assert_int_equal(got, ref.fail_at == 0 ? 0 : -1);
			if (ref.fail_at == 0)
				all = ref.reads;
		}
}

/* A reader of a tree far too large to hold: node (level, index) is a hash of both. */
static int
huge(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	uint64_t in[2] = {level, index}, size = *(const uint64_t *)ctx;

	assert_true(level <= TREE_HEIGHT_MAX && index < size >> level);
	sha256(out, in, sizeof(in));
	return 0;
}

static void
huge_trees(void **state)
{
	uint64_t size = UINT64_C(1) << 63;
	struct tree_reader r = {huge, &size};
	uint8_t leaves[2 * HASH_LEN], root[HASH_LEN], h[HASH_LEN];
	struct proof p, q;

	(void)state;
	assert_int_equal(proof_inclusion(&p, &r, size - 1, size), 0);
	assert_int_equal(p.n, 63);
	assert_int_equal(proof_inclusion(&p, &r, 0, size + 1), -1);
	assert_int_equal(proof_range(&p, &r, 0, 1, size + 1), -1);
	size--;
	assert_int_equal(proof_consistency(&p, &r, size / 3, size), 0);
	/* The widest split: two leaves astride the middle have one neighbour a level on either side. */
	size = UINT64_C(1) << 63;
	assert_int_equal(proof_range(&p, &r, size / 2 - 1, 2, size), 0);
	assert_int_equal(p.n, 2 * 62);
	huge(&size, 0, size / 2 - 1, leaves);
	huge(&size, 0, size / 2, leaves + HASH_LEN);
	/* The root that these nodes would give, by way of the first leaf's own path. */
	memcpy(root, leaves, HASH_LEN);
	memcpy(h, leaves + HASH_LEN, HASH_LEN);
	for (unsigned i = 0; i < 62; i++) {
		tree_node_hash(root, p.hash[61 - i], root);
		tree_node_hash(h, h, p.hash[62 + i]);
	}
	tree_node_hash(root, root, h);
	assert_true(proof_range_ok(&p, leaves, size / 2 - 1, 2, size, root));
	assert_int_equal(proof_range_inclusion(&q, &p, leaves, size / 2 - 1, 2, size, size / 2), 0);
	assert_int_equal(q.n, 63);
	assert_true(proof_inclusion_ok(&q, leaves + HASH_LEN, size / 2, size, root));
}

/* 20,000 leaves in one range: work grows with the leaves, not with their square. */
static void
long_range(void **state)
{
	uint64_t n = 20000, at[3] = {100, 9999, 19899};
	uint8_t *leaves = calloc(n, HASH_LEN), root[HASH_LEN], left[HASH_LEN];
	struct proof p = {.n = 0}, q;

	(void)state;
	assert_non_null(leaves);
	for (uint64_t i = 0; i < n; i++)
		tree_leaf_hash(leaves + i * HASH_LEN, &i, sizeof(i));
	tree_root(root, leaves, n);
	assert_true(proof_range_ok(&p, leaves, 0, n, n, root));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(proof_range_inclusion(&q, &p, leaves, 0, n, n, at[i]), 0);
		assert_true(proof_inclusion_ok(&q, leaves + at[i] * HASH_LEN, at[i], n, root));
	}
	/* Leaves 16384 and up, with the left subtree as the one boundary hash. */
	tree_root(left, leaves, 16384);
	memcpy(p.hash[p.n++], left, HASH_LEN);
	assert_true(proof_range_ok(&p, leaves + 16384 * HASH_LEN, 16384, n - 16384, n, root));
	free(leaves);
}

/* A hash of the vectors; one that has not 32 bytes, which our types cannot hold, is padded. */
static void
vector_hash(const cJSON *v, uint8_t pad, uint8_t out[HASH_LEN])
{
	size_t len = 0;

	memset(out, pad, HASH_LEN);
	assert_non_null(cJSON_GetStringValue(v));
	assert_int_equal(dec_b64(out, HASH_LEN, &len, v->valuestring, strlen(v->valuestring)), 0);
}

/* These files count up to 2^64-1, beyond what base/json.h lets pass, so the number comes by way of a double. */
static uint64_t
vector_int(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	assert_true(cJSON_IsNumber(v));
	return v->valuedouble >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)v->valuedouble;
}

static int
vector_verdict(const cJSON *o)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, "proof"), *item;
	uint8_t a[HASH_LEN], b[HASH_LEN];
	struct proof p = {.n = 0};

	cJSON_ArrayForEach(item, list)
	{
		assert_true(p.n < PROOF_MAX);
		vector_hash(item, 0, p.hash[p.n++]);
	}
	if (cJSON_GetObjectItemCaseSensitive(o, "leafHash")) {
		vector_hash(cJSON_GetObjectItemCaseSensitive(o, "leafHash"), 0, a);
		vector_hash(cJSON_GetObjectItemCaseSensitive(o, "root"), 1, b);
		return proof_inclusion_ok(&p, a, vector_int(o, "leafIdx"), vector_int(o, "treeSize"), b);
	}
	vector_hash(cJSON_GetObjectItemCaseSensitive(o, "root1"), 0, a);
	vector_hash(cJSON_GetObjectItemCaseSensitive(o, "root2"), 0, b);
	return proof_consistency_ok(&p, vector_int(o, "size1"), a, vector_int(o, "size2"), b);
}

/* Judge every .json below ${dir}; the number of files. */
static unsigned
vector_folder(const char *dir)
{
	unsigned count = 0;
	char **names = NULL, path[4096];
	struct err e = {""};
	size_t n = 0;

	if (file_names(dir, &names, &n, 1000, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < n; i++) {
		const char *dot = strrchr(names[i], '.');
		struct buf b;
		cJSON *o;
		int want;

		assert_int_equal(file_path(path, sizeof(path), dir, names[i]), 0);
		if (!dot || strcmp(dot, ".json") != 0) {
			count += vector_folder(path);
			continue;
		}
		buf_init(&b, 65536);
		assert_int_equal(file_read(path, &b, &e), 0);
		o = cJSON_ParseWithLength(buf_str(&b), b.len);
		assert_non_null(o);
		/* The one difference: there a proof from size 0 is refused as useless, here a device's first receipt has one. */
		want = strcmp(names[i], "size1-is-zero-and-size2-is-not-zero.json") == 0 || cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(o, "wantErr"));
		if (vector_verdict(o) != want)
			fail_msg("%s: should be %s", path, want ? "accepted" : "refused");
		cJSON_Delete(o);
		buf_free(&b);
		count++;
	}
	file_names_free(names, n);
	return count;
}

static void
vectors_of(const char *what)
{
	const char *dir = vectors_dir();
	char path[4096];

	if (!dir)
		skip();
	assert_true(snprintf(path, sizeof(path), "%s/merkle/%s", dir, what) < (int)sizeof(path));
	assert_true(vector_folder(path) >= 90);
}

static void
vectors_inclusion(void **state)
{
	(void)state;
	vectors_of("inclusion");
}

static void
vectors_consistency(void **state)
{
	(void)state;
	vectors_of("consistency");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inclusion_every),
	    cmocka_unit_test(consistency_every),
	    cmocka_unit_test(range_every),
	    cmocka_unit_test(range_order),
	    cmocka_unit_test(range_refusals),
	    cmocka_unit_test(damaged_proofs),
	    cmocka_unit_test(damaged_leaves),
	    cmocka_unit_test(too_high),
	    cmocka_unit_test(empty_trees),
	    cmocka_unit_test(unreadable_nodes),
	    cmocka_unit_test(huge_trees),
	    cmocka_unit_test(long_range),
	    cmocka_unit_test(vectors_inclusion),
	    cmocka_unit_test(vectors_consistency),
	};

	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
