/* Goal: a buffer keeps every byte, never passes its maximum, and its failures stick; an error says what fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static void
puts_and_grows(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100000);
	assert_string_equal(buf_str(&b), "");
	for (i = 0; i < 5000; i++)
		assert_int_equal(buf_putc(&b, (uint8_t)(i * 7)), 0);
	assert_int_equal(buf_puts(&b, "end"), 0);
	assert_int_equal(b.len, 5003);
	for (i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], (uint8_t)(i * 7));
	assert_memory_equal(b.data + 5000, "end", 4); /* with its NUL */
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_put(&b, NULL, 0), 0);
	assert_int_equal(buf_printf(&b, "%d-%s", 42, "x"), 0);
	assert_string_equal(buf_str(&b), "42-x");
	buf_free(&b);
	buf_free(NULL);
}

static void
maximum_is_exact_and_sticky(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(buf_puts(&b, "12345"), 0);
	assert_int_equal(buf_put(&b, "", 0), 0);
	assert_int_equal(buf_ok(&b), 1);
	assert_int_equal(buf_putc(&b, '6'), -1);
	assert_int_equal(buf_ok(&b), 0);
	assert_int_equal(buf_put(&b, "", 0), -1);
	assert_string_equal(buf_str(&b), "12345");
	buf_reset(&b);
	assert_int_equal(buf_ok(&b), 1);
	assert_int_equal(buf_printf(&b, "%d", 123456), -1);
	assert_int_equal(buf_ok(&b), 0);
	buf_reset(&b);
	assert_int_equal(buf_put(&b, "x", SIZE_MAX), -1);
	buf_free(&b);
	assert_int_equal(b.max, 5);
	assert_int_equal(buf_ok(&b), 1);
	buf_init(&b, SIZE_MAX); /* room for the NUL would overflow */
	assert_int_equal(buf_puts(&b, "x"), -1);
	buf_init(&b, 0);
	assert_int_equal(buf_put(&b, "", 0), 0);
	assert_int_equal(buf_putc(&b, 0), -1);
	buf_free(&b);
}

static void
every_size_up_to_the_maximum(void **state)
{
	struct buf b;
	size_t max, i;

	(void)state;
	for (max = 60; max < 200; max++) {
		buf_init(&b, max);
		for (i = 0; i < max; i++)
			assert_int_equal(buf_putc(&b, 'a'), 0);
		assert_int_equal(buf_putc(&b, 'a'), -1);
		assert_int_equal(strlen(buf_str(&b)), max);
		buf_free(&b);
	}
}

static void
encodings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_hex(&b, "\x00\xff\x1a", 3);
	buf_putc(&b, ' ');
	buf_b64(&b, "foob", 4);
	buf_putc(&b, ' ');
	buf_hex(&b, "", 0);
	buf_b64(&b, "", 0);
	assert_int_equal(buf_ok(&b), 1);
	assert_string_equal(buf_str(&b), "00ff1a Zm9vYg== ");
	buf_reset(&b);
	buf_be(&b, 0x0102030405060708, 8);
	buf_be(&b, 0xaabbcc, 2);
	buf_be(&b, 0x11, 1);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "\x01\x02\x03\x04\x05\x06\x07\x08\xbb\xcc\x11", 11);
	assert_int_equal(buf_be(&b, 1, 0), -1);
	buf_reset(&b);
	assert_int_equal(buf_be(&b, 1, 9), -1);
	buf_reset(&b);
	buf_varint(&b, 0);
	buf_varint(&b, 127);
	buf_varint(&b, 128);
	buf_varint(&b, 300);
	buf_varint(&b, UINT64_MAX);
	assert_int_equal(b.len, 16);
	assert_memory_equal(b.data, "\x00\x7f\x80\x01\xac\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 16);
	buf_free(&b);
}

static void
take_hands_over(void **state)
{
	struct buf b;
	uint8_t *p;

	(void)state;
	buf_init(&b, 10);
	assert_null(buf_take(&b));
	buf_puts(&b, "abc");
	p = buf_take(&b);
	assert_string_equal((char *)p, "abc");
	free(p);
	assert_int_equal(b.len, 0);
	assert_null(b.data);
	buf_puts(&b, "abc");
	buf_puts(&b, "much too long");
	assert_null(buf_take(&b));
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
errors_say_what_fits(void **state)
{
	struct err e;
	char text[600];
	size_t i;

	(void)state;
	assert_int_equal(err_set(NULL, "x"), -1);
	assert_int_equal(err_add(NULL, "x"), -1);
	assert_int_equal(err_set(&e, "file %s: %d", "a", 3), -1);
	assert_string_equal(e.text, "file a: 3");
	assert_int_equal(err_add(&e, "village %d", 9), -1);
	assert_string_equal(e.text, "village 9: file a: 3");
	err_set(&e, "again %s", e.text);
	assert_string_equal(e.text, "again village 9: file a: 3");
	/* cut at a character boundary, wherever the limit falls in it: 511 bytes are room for 170 of three bytes and one over */
	for (i = 0; i < 3; i++) {
		size_t n = i;

		memset(text, 'a', i);
		for (; n + 3 < sizeof(text); n += 3)
			memcpy(text + n, "\xe6\x9d\x91", 3);
		text[n] = '\0';
		err_set(&e, "%s", text);
		assert_int_equal(strlen(e.text), i + (sizeof(e.text) - 1 - i) / 3 * 3);
		assert_memory_equal(e.text, text, strlen(e.text));
		err_add(&e, "b");
		assert_memory_equal(e.text, "b: ", 3);
		assert_int_equal(strlen(e.text), 3 + i + (sizeof(e.text) - 4 - i) / 3 * 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(puts_and_grows),
	    cmocka_unit_test(maximum_is_exact_and_sticky),
	    cmocka_unit_test(every_size_up_to_the_maximum),
	    cmocka_unit_test(encodings),
	    cmocka_unit_test(take_hands_over),
	    cmocka_unit_test(errors_say_what_fits),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
