#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/tile.h"

static const struct {
	const char *path;
	int level;
	uint64_t index;
	unsigned width;
} good[] = {
    {"tile/0/000", 0, 0, 256},
    {"tile/0/x001/x234/067", 0, 1234067, 256}, /* the specification's own */
    {"tile/1/999.p/1", 1, 999, 1},
    {"tile/63/x001/000.p/255", 63, 1000, 255},
    {"tile/entries/000.p/112", -1, 0, 112},
    {"tile/entries/x001/x000/000", -1, 1000000, 256},
    {"tile/entries/x018/x446/x744/x073/x709/x551/615.p/255", -1, UINT64_MAX, 255},
};

static void
paths(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t index = 7;
		unsigned width = 7;
		int level = 7;

		assert_int_equal(tile_path(out, sizeof(out), good[i].level, good[i].index, good[i].width), 0);
		assert_string_equal(out, good[i].path);
		assert_int_equal(tile_path_parse(out, &level, &index, &width), 0);
		assert_int_equal(level, good[i].level);
		assert_true(index == good[i].index);
		assert_int_equal(width, good[i].width);
		assert_int_equal(tile_path(out, strlen(good[i].path), level, index, width), -1);
		assert_int_equal(tile_path(out, strlen(good[i].path) + 1, level, index, width), 0);
	}
	assert_int_equal(tile_path(out, sizeof(out), -2, 0, 256), -1);
	assert_int_equal(tile_path(out, sizeof(out), 64, 0, 256), -1);
	assert_int_equal(tile_path(out, sizeof(out), 0, 0, 0), -1);
	assert_int_equal(tile_path(out, sizeof(out), 0, 0, 257), -1);
}

static void
other_spellings(void **state)
{
	static const char *const bad[] = {
	    "", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tiles/0/000",
	    "tile/00/000", "tile/+1/000", "tile/-1/000", "tile/64/000", "tile/100/000", "tile/1a/000", "tile/Entries/000", "tile/entries",
	    "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/x000/x001/067", "tile/0/001/067", "tile/0/x001/x067", "tile/0/x001",
	    "tile/0/x1/067", "tile/0/X001/067", "tile/0/x001//067", "tile/0/x0001/067", "tile/0/ 01", "tile/0/../000", "tile/0/000.p", "tile/0/000.p/",
	    "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1000", "tile/0/000.p/1/", "tile/0/000.p/1 ", "tile/0/000.P/1",
	    "tile/0/000\n", "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x019/x000/x000/x000/x000/x000/000", "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
	};
	uint64_t index = 7;
	unsigned width = 7;
	int level = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (tile_path_parse(bad[i], &level, &index, &width) != -1)
			fail_msg("accepted: %s", bad[i]);
	assert_true(level == 7 && index == 7 && width == 7);
}

static void
widths(void **state)
{
	uint64_t power = 1;

	(void)state;
	/* The specification's example: 70,000 leaves. */
	assert_int_equal(tile_width(70000, 0, 272), 256);
	assert_int_equal(tile_width(70000, 0, 273), 112);
	assert_int_equal(tile_width(70000, 0, 274), 0);
	assert_int_equal(tile_width(70000, 1, 0), 256);
	assert_int_equal(tile_width(70000, 1, 1), 17);
	assert_int_equal(tile_width(70000, 2, 0), 1);
	assert_int_equal(tile_width(70000, 3, 0), 0);
	assert_int_equal(tile_width(256, 0, 0), 256);
	assert_int_equal(tile_width(256, 0, 1), 0);
	assert_int_equal(tile_width(256, 1, 0), 1);
	assert_int_equal(tile_width(0, 0, 0), 0);
	assert_int_equal(tile_width(UINT64_MAX, 0, UINT64_MAX), 0);
	assert_int_equal(tile_width(UINT64_MAX, 7, 0), 255);
	assert_int_equal(tile_width(UINT64_MAX, 8, 0), 0);
	assert_int_equal(tile_width(UINT64_MAX, 63, 0), 0);
	/* Against the definition, counting hashes one by one. */
	for (unsigned level = 0; level < 2; level++, power *= 256)
		for (uint64_t size = 0; size < 1600; size += 13)
			for (uint64_t index = 0; index < 8; index++) {
				unsigned n = 0;

				for (uint64_t i = 0; i < 256; i++)
					n += (index * 256 + i + 1) * power <= size;
				assert_int_equal(tile_width(size, level, index), n);
			}
}

static void
bundles(void **state)
{
	static uint8_t big[TILE_LEAF_MAX + 1];
	static const struct {
		const char *p;
		size_t n;
	} leaf[] = {{"", 0}, {"a", 1}, {"\0\xff", 2}};
	const uint8_t *p, *got;
	struct buf b;
	size_t n, used;

	(void)state;
	buf_init(&b, 200000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(tile_put_leaf(&b, leaf[i].p, leaf[i].n), 0);
	assert_int_equal(b.len, 9);
	assert_memory_equal(b.data, "\0\0\0\1a\0\2\0\xff", 9);
	assert_int_equal(tile_put_leaf(&b, big, TILE_LEAF_MAX), 0);
	p = b.data;
	for (unsigned i = 0; i < 4; i++) {
		used = tile_get_leaf(p, b.data + b.len, &got, &n);
		assert_int_equal(used, n + 2);
		assert_int_equal(n, i < 3 ? leaf[i].n : TILE_LEAF_MAX);
		assert_memory_equal(got, i < 3 ? (const void *)leaf[i].p : big, n);
		p += used;
	}
	assert_ptr_equal(p, b.data + b.len);
	assert_int_equal(tile_get_leaf(p, p, &got, &n), 0);
	/* A bundle cut anywhere inside a leaf. */
	for (size_t cut = 5; cut < 9; cut++)
		assert_int_equal(tile_get_leaf(b.data + 5, b.data + cut, &got, &n), 0);
	assert_int_equal(tile_get_leaf(b.data + 9, b.data + b.len - 1, &got, &n), 0);
	assert_int_equal(tile_put_leaf(&b, big, TILE_LEAF_MAX + 1), -1);
	assert_false(buf_ok(&b));
	buf_free(&b);
	buf_init(&b, 3);
	assert_int_equal(tile_put_leaf(&b, "ab", 2), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths),
	    cmocka_unit_test(other_spellings),
	    cmocka_unit_test(widths),
	    cmocka_unit_test(bundles),
	};

	return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}
