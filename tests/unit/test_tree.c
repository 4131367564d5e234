#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/tree.h"
#include "tests/lib/reftree.h"

/* The eight leaves that implementations of RFC 6962 test with, and the roots of the first 1 to 8 of them. */
static const struct {
	const char *leaf;
	size_t n;
	const char *root;
} known[8] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static struct reftree ref;

static void
assert_hex(const uint8_t h[HASH_LEN], const char *want)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, h, HASH_LEN);
	assert_string_equal(hex, want);
}

static void
empty_tree(void **state)
{
	struct tree_edge t;
	uint8_t h[HASH_LEN];

	(void)state;
	tree_edge_init(&t);
	tree_edge_root(&t, h);
	assert_hex(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	memset(h, 1, sizeof(h));
	tree_root(h, NULL, 0);
	assert_hex(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
known_roots(void **state)
{
	uint8_t leaves[8 * HASH_LEN], h[HASH_LEN];
	struct tree_edge t;

	(void)state;
	tree_edge_init(&t);
	for (unsigned i = 0; i < 8; i++) {
		tree_leaf_hash(leaves + i * HASH_LEN, known[i].leaf, known[i].n);
		tree_edge_add(&t, leaves + i * HASH_LEN);
		tree_edge_root(&t, h);
		assert_hex(h, known[i].root);
		tree_root(h, leaves, i + 1);
		assert_hex(h, known[i].root);
	}
}

static void
node_hash_in_place(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN], want[HASH_LEN], h[HASH_LEN];

	(void)state;
	memset(a, 0xaa, sizeof(a));
	memset(b, 0xbb, sizeof(b));
	tree_node_hash(want, a, b);
	memcpy(h, a, sizeof(h));
	tree_node_hash(h, h, b);
	assert_memory_equal(h, want, sizeof(h));
	memcpy(h, b, sizeof(h));
	tree_node_hash(h, a, h);
	assert_memory_equal(h, want, sizeof(h));
	tree_node_hash(h, b, a);
	assert_memory_not_equal(h, want, sizeof(h));
}

static void
edge_is_the_naive_tree(void **state)
{
	uint8_t want[HASH_LEN], got[HASH_LEN];
	struct tree_edge t;

	(void)state;
	reftree_make(&ref, 300);
	tree_edge_init(&t);
	for (uint64_t n = 0; n <= ref.size; n++) {
		reftree_mth(&ref, 0, n, want);
		tree_edge_root(&t, got);
		assert_memory_equal(got, want, HASH_LEN);
		tree_root(got, ref.leaf, n);
		assert_memory_equal(got, want, HASH_LEN);
		assert_int_equal(t.size, n);
		assert_int_equal(t.n, __builtin_popcountll(n));
		if (n < ref.size)
			tree_edge_add(&t, ref.leaf + n * HASH_LEN);
	}
}

/* Every node RFC 6962's splitting reaches: the range is read from perfect subtrees. */
static void
check_splits(const struct tree_reader *r, uint64_t lo, uint64_t hi)
{
	uint8_t want[HASH_LEN], got[HASH_LEN];
	uint64_t k = 1;

	reftree_mth(&ref, lo, hi, want);
	assert_int_equal(tree_range_hash(r, lo, hi, got), 0);
	assert_memory_equal(got, want, HASH_LEN);
	if (hi - lo < 2)
		return;
	while (2 * k < hi - lo)
		k *= 2;
	check_splits(r, lo, lo + k);
	check_splits(r, lo + k, hi);
}

static void
range_hash_of_every_split(void **state)
{
	struct tree_reader r = reftree_reader(&ref);

	(void)state;
	for (uint64_t n = 0; n <= 70; n++) {
		reftree_make(&ref, n);
		check_splits(&r, 0, n);
	}
	reftree_make(&ref, 300);
	check_splits(&r, 0, 300);
}

static void
range_hash_refusals(void **state)
{
	struct tree_reader r = reftree_reader(&ref);
	uint8_t h[HASH_LEN];

	(void)state;
	reftree_make(&ref, 64);
	assert_int_equal(tree_range_hash(&r, 5, 4, h), -1);
	assert_int_equal(tree_range_hash(&r, 1, 3, h), -1);   /* width 2 at an odd place */
	assert_int_equal(tree_range_hash(&r, 4, 9, h), -1);   /* 4 + 1 must lie at a multiple of 8 */
	assert_int_equal(tree_range_hash(&r, 8, 13, h), 0);
	assert_int_equal(tree_range_hash(&r, 0, 0, h), 0);
	assert_int_equal(ref.reads, 2);
	ref.reads = 0;
	ref.fail_at = 2;
	assert_int_equal(tree_range_hash(&r, 8, 13, h), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_tree),
	    cmocka_unit_test(known_roots),
	    cmocka_unit_test(node_hash_in_place),
	    cmocka_unit_test(edge_is_the_naive_tree),
	    cmocka_unit_test(range_hash_of_every_split),
	    cmocka_unit_test(range_hash_refusals),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
