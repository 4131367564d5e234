#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/seal.h"
#include "sync/bundle.h"
#include "sync/heads.h"
#include "sync/squeezed.h"

static int
join(void *ctx, const void *note, size_t n)
{
	return buf_put(ctx, note, n) != 0 || buf_putc(ctx, '|') != 0 ? -1 : 0;
}

static int
count(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	(void)kind;
	(void)p;
	(void)n;
	++*(unsigned *)ctx;
	return 0;
}

/* Behind sealed parts and junk, and no damage to those who do not look for them. */
static void
behind_parts(void **state)
{
	struct sealer *key = sealer_new(NULL);
	struct bundle_found found;
	struct buf b, got;
	unsigned parts = 0;

	(void)state;
	buf_init(&b, 65536);
	buf_init(&got, 1024);
	assert_int_equal(bundle_part(&b, BUNDLE_FRAME, "x", 1, sealer_public(key)), 0);
	assert_int_equal(heads_put(&b, "one", 3), 0);
	assert_int_equal(heads_put(&b, "two", 3), 0);
	assert_int_equal(bundle_each(b.data, b.len, key, count, &parts, &found), 0);
	assert_int_equal(parts, 1);
	assert_int_equal(found.damaged, 0);
	assert_int_equal(buf_puts(&b, "junk"), 0);
	assert_int_equal(heads_put(&b, "three", 5), 0);
	assert_int_equal(heads_each(b.data, b.len, join, &got), 0);
	assert_string_equal(buf_str(&got), "one|two|three|");
	buf_free(&b);
	buf_free(&got);
	sealer_free(key);
}

static void
bounded(void **state)
{
	static const uint8_t cut[] = "TH01\0\0\0\7short", none[] = "TH01\0\0\0\0";
	struct buf b, got;
	unsigned i;

	(void)state;
	assert_int_equal(heads_length(cut, sizeof(cut) - 1), 0);
	assert_int_equal(heads_length(none, sizeof(none) - 1), 0);
	assert_int_equal(heads_length("TH0", 3), 0);
	buf_init(&b, 65536);
	buf_init(&got, 1024);
	assert_int_equal(heads_put(&b, "", 0), 0);
	assert_int_equal(b.len, 0);
	for (i = 0; i < HEADS_MAX + 9; i++)
		assert_int_equal(heads_put(&b, "n", 1), 0);
	assert_int_equal(heads_each(b.data, b.len, join, &got), 0);
	assert_int_equal(got.len, 2 * HEADS_MAX);
	buf_free(&b);
	buf_free(&got);
}

static void
squeezed(void **state)
{
	struct buf text, packed, back, small;
	int i;

	(void)state;
	buf_init(&text, 65536);
	buf_init(&packed, 65536);
	buf_init(&back, 65536);
	buf_init(&small, 100);
	for (i = 0; i < 200; i++)
		(void)buf_printf(&text, "{\"place\":\"451224102201\",\"subject\":\"h%d\"}\n", i);
	assert_int_equal(squeezed_put(&packed, text.data, text.len), 0);
	assert_true(packed.len < text.len / 4);
	assert_int_equal(squeezed_get(&back, packed.data, packed.len), 0);
	assert_int_equal(back.len, text.len);
	assert_memory_equal(back.data, text.data, text.len);
	assert_int_equal(squeezed_get(&small, packed.data, packed.len), -1);
	assert_int_equal(squeezed_get(&back, packed.data, packed.len - 1), -1);
	assert_int_equal(squeezed_get(&back, "\2x", 2), -1);
	assert_int_equal(squeezed_get(&back, "", 0), -1);
	buf_free(&text);
	buf_free(&packed);
	buf_free(&back);
	buf_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(behind_parts), cmocka_unit_test(bounded), cmocka_unit_test(squeezed) };

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
