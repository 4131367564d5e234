/* Goal: the line grammar takes one spelling of a text and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/line.h"

static struct cursor
on(const char *text)
{
	struct cursor c;

	cursor_init(&c, text, strlen(text));
	return c;
}

static struct field
field(const char *s)
{
	return (struct field){ s, strlen(s) };
}

static void
lines(void **state)
{
	struct cursor c = on("one\n\ntwo words\nlast");
	struct field f;

	(void)state;
	assert_int_equal(cursor_line(&c, &f), 1);
	assert_true(field_is(f, "one"));
	assert_int_equal(c.lineno, 1);
	assert_int_equal(cursor_line(&c, &f), 1);
	assert_int_equal(f.len, 0);
	assert_int_equal(cursor_line(&c, &f), 1);
	assert_true(field_is(f, "two words"));
	assert_int_equal(c.lineno, 3);
	assert_int_equal(cursor_end(&c), 0);
	assert_int_equal(cursor_line(&c, &f), -1); /* no LF */
	c = on("");
	assert_int_equal(cursor_line(&c, &f), 0);
	assert_int_equal(cursor_end(&c), 1);
	cursor_init(&c, NULL, 0);
	assert_int_equal(cursor_line(&c, &f), 0);
	cursor_init(&c, "a\0b\n", 4);
	assert_int_equal(cursor_line(&c, &f), -1);
	c = on("a\r\n");
	assert_int_equal(cursor_line(&c, &f), -1);
	c = on("\xe6\x9d\n");
	assert_int_equal(cursor_line(&c, &f), -1);
	c = on("\xe6\x9d\x91\n");
	assert_int_equal(cursor_line(&c, &f), 1);
	assert_int_equal(cursor_end(&c), 1);
}

static int
fields(const char *text, const char *name, size_t n)
{
	struct cursor c = on(text);
	struct field f[4];

	return cursor_fields(&c, name, f, n);
}

static void
named_lines(void **state)
{
	struct cursor c = on("size 12 ab\nnext\n");
	struct field f[2];

	(void)state;
	assert_int_equal(cursor_peek(&c, "size"), 1);
	assert_int_equal(cursor_peek(&c, "siz"), 0);
	assert_int_equal(cursor_peek(&c, "sizes"), 0);
	assert_int_equal(cursor_fields(&c, "size", f, 2), 0);
	assert_true(field_is(f[0], "12"));
	assert_true(field_is(f[1], "ab"));
	assert_int_equal(cursor_peek(&c, "next"), 1);
	assert_int_equal(cursor_fields(&c, "next", f, 0), 0);
	assert_int_equal(cursor_peek(&c, "next"), 0);
	assert_int_equal(cursor_fields(&c, "next", f, 0), -1);

	assert_int_equal(fields("a 1\n", "a", 1), 0);
	assert_int_equal(fields("a 1", "a", 1), -1);
	assert_int_equal(fields("a 1\n", "b", 1), -1);
	assert_int_equal(fields("a 1\n", "a 1 2", 1), -1);
	assert_int_equal(fields("ab 1\n", "a", 1), -1);
	assert_int_equal(fields("a 1 2\n", "a", 1), -1);
	assert_int_equal(fields("a 1\n", "a", 2), -1);
	assert_int_equal(fields("a\n", "a", 1), -1);
	assert_int_equal(fields("a \n", "a", 1), -1);
	assert_int_equal(fields("a  1\n", "a", 1), -1);
	assert_int_equal(fields("a 1 \n", "a", 1), -1);
	assert_int_equal(fields(" a 1\n", "a", 1), -1);
	assert_int_equal(fields("a 1\n", "a", 0), -1);
	assert_int_equal(fields("a \n", "a", 0), -1);
	c = on("a");
	assert_int_equal(cursor_peek(&c, "a"), 0);
}

static void
splitting(void **state)
{
	struct field f[3];

	(void)state;
	assert_int_equal(field_split(field("a bc d"), f, 3), 3);
	assert_true(field_is(f[0], "a") && field_is(f[1], "bc") && field_is(f[2], "d"));
	assert_int_equal(field_split(field("abc"), f, 3), 1);
	assert_int_equal(field_split(field("a b c"), f, 2), -1);
	assert_int_equal(field_split(field(""), f, 3), -1);
	assert_int_equal(field_split(field("a  b"), f, 3), -1);
	assert_int_equal(field_split(field(" a"), f, 3), -1);
	assert_int_equal(field_split(field("a "), f, 3), -1);
	assert_int_equal(field_split(field("a\tb"), f, 3), 1);
}

static void
values(void **state)
{
	uint8_t out[3] = { 1, 1, 1 };
	char text[4];
	uint32_t small;
	uint64_t u;
	int64_t i;
	int has;

	(void)state;
	assert_int_equal(field_u32(field("4294967295"), &small), 0);
	assert_int_equal(small, UINT32_MAX);
	assert_int_equal(field_u32(field("4294967296"), &small), -1);
	assert_int_equal(field_u64(field("4294967296"), &u), 0);
	assert_int_equal(field_u64(field("-1"), &u), -1);
	assert_int_equal(field_i64(field("-1"), &i), 0);
	assert_int_equal(i, -1);
	assert_int_equal(field_hex(field("0aff00"), out, 3), 0);
	assert_int_equal(field_hex_opt(field("0aff00"), out, 3, &has), 0);
	assert_int_equal(has, 1);
	assert_memory_equal(out, "\x0a\xff\x00", 3);
	assert_int_equal(field_hex_opt(field("-"), out, 3, &has), 0);
	assert_int_equal(has, 0);
	assert_memory_equal(out, "\0\0\0", 3);
	assert_int_equal(field_hex_opt(field("--"), out, 3, &has), -1);
	assert_int_equal(field_hex_opt(field("0aff"), out, 3, &has), -1);
	assert_int_equal(field_b64(field("Zm9v"), out, 3), 0);
	assert_memory_equal(out, "foo", 3);
	assert_int_equal(field_b64(field("Zm8="), out, 3), -1);
	assert_int_equal(field_copy(field("abc"), text, sizeof(text)), 0);
	assert_string_equal(text, "abc");
	assert_int_equal(field_copy(field("abcd"), text, sizeof(text)), -1);
	assert_int_equal(field_is(field("ab"), "abc"), 0);
	assert_int_equal(field_is(field("abc"), "ab"), 0);
}

static void
identifiers_and_places(void **state)
{
	(void)state;
	assert_int_equal(field_id(field("aZ0._-"), 6), 1);
	assert_int_equal(field_id(field("aZ0._-"), 5), 0);
	assert_int_equal(field_id(field(""), 5), 0);
	assert_int_equal(field_id(field("-a"), 5), 0);
	assert_int_equal(field_id(field(".a"), 5), 1);
	assert_int_equal(field_id(field("a/b"), 5), 0);
	assert_int_equal(field_id(field("a b"), 5), 0);
	assert_int_equal(field_id(field("\xe6\x9d\x91"), 5), 0);
	assert_int_equal(field_place(field("52")), 1);
	assert_int_equal(field_place(field("5203")), 1);
	assert_int_equal(field_place(field("520302")), 1);
	assert_int_equal(field_place(field("520302105")), 1);
	assert_int_equal(field_place(field("520302105201")), 1);
	assert_int_equal(field_place(field("520")), 0);
	assert_int_equal(field_place(field("5203021052011")), 0);
	assert_int_equal(field_place(field("52030210520a")), 0);
	assert_int_equal(field_place(field("")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(named_lines),
	    cmocka_unit_test(splitting),
	    cmocka_unit_test(values),
	    cmocka_unit_test(identifiers_and_places),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
