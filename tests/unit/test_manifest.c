#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/manifest.h"
#include "tests/lib/mutate.h"

#define MAX (1 << 20)
#define NAME "county.example"

static struct signer *key, *other;

static struct manifest
sample(size_t files)
{
	struct manifest m = { .origin = "county.example", .size = 4096, .since = 7, .personal = 1, .made = 1717750000123 };
	uint8_t hash[32] = { 0 };
	char path[64];

	memset(m.root, 0x77, sizeof(m.root));
	for (size_t i = files; i-- > 0;) {
		hash[0] = (uint8_t)i;
		(void)snprintf(path, sizeof(path), "attachments/%03zu", i);
		assert_int_equal(manifest_add(&m, path, hash), 0);
	}
	return m;
}

static struct buf
printed(struct manifest *m)
{
	struct buf b;

	buf_init(&b, MAX);
	assert_int_equal(manifest_print(&b, m, NAME, key), 0);
	return b;
}

/* Does it parse?  Then it prints, the signature line apart, to the same bytes. */
static int
parses(const void *p, size_t n)
{
	struct err e = { "" };
	struct manifest m;
	void *copy = malloc(n ? n : 1);
	struct buf b;
	size_t text;
	int rc;

	assert_non_null(copy);
	memcpy(copy, p, n);
	if ((rc = manifest_parse(&m, copy, n, &e)) == 0) {
		b = printed(&m);
		text = (size_t)(strstr(buf_str(&b), "\n\n") - buf_str(&b)) + 2;
		assert_true(text <= n);
		assert_memory_equal(b.data, p, text);
		buf_free(&b);
		manifest_free(&m);
	} else {
		assert_true(e.text[0] != '\0');
		assert_null(m.files);
	}
	free(copy);
	return rc == 0;
}

static void
test_round(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 3, 100 };
	struct manifest m, again;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		m = sample(counts[i]);
		m.village = (int)i % 2;
		m.personal = i != 2;
		b = printed(&m);
		assert_int_equal(manifest_parse(&again, b.data, b.len, NULL), 0);
		assert_int_equal(again.village, m.village);
		assert_int_equal(again.personal, m.personal);
		assert_string_equal(again.origin, m.origin);
		assert_int_equal(again.size, m.size);
		assert_memory_equal(again.root, m.root, 32);
		assert_int_equal(again.since, m.since);
		assert_int_equal(again.made, m.made);
		assert_int_equal(again.nfiles, counts[i]);
		for (size_t j = 0; j < counts[i]; j++)
			assert_int_equal(again.files[j].hash[0], j);
		assert_int_equal(manifest_verify(b.data, b.len, NAME, signer_public(key), NULL), 0);
		assert_true(parses(b.data, b.len));
		if (counts[i] < 4)
			for (size_t n = 0; n < b.len; n++)
				assert_false(parses(b.data, n));
		manifest_free(&m);
		manifest_free(&again);
		buf_free(&b);
	}
}

static void
test_verify(void **state)
{
	struct manifest m = sample(3);
	struct buf b = printed(&m), twice;
	const char *line = strstr(buf_str(&b), "\n\n") + 2;
	struct err e;

	(void)state;
	assert_int_equal(manifest_verify(b.data, b.len, NAME, signer_public(other), &e), -1);
	assert_int_equal(manifest_verify(b.data, b.len, "county.exampl", signer_public(key), &e), -1);
	buf_init(&twice, MAX);
	(void)buf_put(&twice, b.data, b.len);
	(void)buf_puts(&twice, line);
	assert_int_equal(manifest_verify(twice.data, twice.len, NAME, signer_public(key), &e), -1);
	assert_false(parses(twice.data, twice.len));
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		assert_int_equal(manifest_verify(b.data, b.len, NAME, signer_public(key), &e), -1);
		b.data[i] ^= 1;
	}
	assert_int_equal(manifest_verify(b.data, b.len, NAME, signer_public(key), &e), 0);
	manifest_free(&m);
	buf_free(&b);
	buf_free(&twice);
}

static void
test_paths(void **state)
{
	static const char *const good[] = { "a", "policy.txt", "a/b/c", "a..b", "...", ".p/1", "log/tile/0/x001/000.p/1", "MANIFEST2", "a/MANIFEST" };
	static const char *const bad[] = {
		"", "/a", "a/", "a//b", ".", "..", "a/.", "./a", "../a", "a/../b", "a/..", "a b", "a\nb", "a\\b", "a\x7f", "\xe6\x9d\x91", "MANIFEST"
	};
	struct manifest m = { 0 };
	uint8_t hash[32] = { 0 };
	char path[MANIFEST_PATH_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(manifest_add(&m, good[i], hash), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(manifest_add(&m, bad[i], hash), -1);
	memset(path, 'x', sizeof(path));
	path[MANIFEST_PATH_MAX] = '\0';
	assert_int_equal(manifest_path_ok(path), 0);
	path[MANIFEST_PATH_MAX - 1] = '\0';
	assert_int_equal(manifest_path_ok(path), 1);
	manifest_free(&m);
}

static void
test_print_refuses(void **state)
{
	struct manifest m = sample(2);
	uint8_t hash[32] = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, MAX);
	assert_int_equal(manifest_print(&b, &m, "", key), -1);
	assert_int_equal(manifest_print(&b, &m, "a b", key), -1);
	m.origin[0] = '\n';
	assert_int_equal(manifest_print(&b, &m, NAME, key), -1);
	m.origin[0] = 'c';
	assert_int_equal(manifest_add(&m, "attachments/001", hash), 0);
	assert_int_equal(manifest_print(&b, &m, NAME, key), -1); /* one path twice */
	assert_int_equal(b.len, 0);
	manifest_free(&m);
	buf_free(&b);
}

static void
test_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "manifest/v1", "manifest/v2" }, { "of county", "of township" }, { "origin county.example", "origin a+b" },
		{ "origin county.example", "origin -\tx" }, { "size 4096", "size 9007199254740992" }, { "size 4096", "size 04096" }, { "root d3", "root D" },
		{ "since 7", "since -7" }, { "personal included", "personal some" }, { "made 1", "made x" }, { "files 3", "files 2" },
		{ "files 3", "files 4" }, { "files 3", "files 3\nfiles 3" }, { "  attachments/000", " attachments/000" },
		{ "  attachments/000", "   attachments/000" }, { "attachments/000", "/ttachments/000" }, { "attachments/000", "attachments/../x" },
		{ "attachments/000", "attachments/002" }, { "attachments/001", "attachments/000" }, { "attachments/002", "MANIFEST" },
		{ "\xe2\x80\x94 ", "- " }, { "\xe2\x80\x94 county", "\xe2\x80\x94 coun+ty" }, { "of county\n", "of county\r\n" }, { "\n\n", "\n" }, { "\n\n", "\n\n\n" },
	};
	struct manifest m = sample(3);
	struct buf b = printed(&m), x;
	const char *at;

	(void)state;
	buf_init(&x, MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(at = strstr(buf_str(&b), bad[i][0]));
		buf_reset(&x);
		(void)buf_put(&x, b.data, (size_t)(at - buf_str(&b)));
		(void)buf_puts(&x, bad[i][1]);
		(void)buf_puts(&x, at + strlen(bad[i][0]));
		if (parses(x.data, x.len))
			fail_msg("accepted with \"%s\" for \"%s\"", bad[i][1], bad[i][0]);
	}
	manifest_free(&m);
	buf_free(&b);
	buf_free(&x);
}

/* parses() judges what is accepted. */
static void
test_mutated(void **state)
{
	struct manifest m = sample(3);
	struct buf b = printed(&m);
	uint8_t p[2048];
	uint64_t rnd = 11;
	unsigned accepted = 0;

	(void)state;
	assert_true(b.len < sizeof(p) / 2);
	for (int i = 0; i < 20000; i++) {
		memcpy(p, b.data, b.len);
		accepted += (unsigned)parses(p, mutate(p, b.len, sizeof(p), &rnd));
	}
	assert_true(accepted > 100 && accepted < 20000);
	manifest_free(&m);
	buf_free(&b);
}

int
main(void)
{
	static const uint8_t seeds[2][SEED_LEN] = { { 1 }, { 2 } };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round), cmocka_unit_test(test_verify), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_print_refuses), cmocka_unit_test(test_refused), cmocka_unit_test(test_mutated),
	};
	int rc;

	if (crypto_init(NULL) != 0)
		return 1;
	key = signer_new(seeds[0]);
	other = signer_new(seeds[1]);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	signer_free(key);
	signer_free(other);
	return rc;
}
