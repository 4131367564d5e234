#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/note.h"
#include "evidence/tlogproof.h"

#define V "c2sp.org/tlog-proof@v1\n"
/* Hashes printed in C2SP tlog-proof. */
#define H1 "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
#define H2 "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
#define NOTE "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n\xe2\x80\x94 example.com/fancylog AAAAAAE=\n"
#define WHOLE V "extra YWdl\nindex 73894\n" H1 H2 "\n" NOTE

static void
parse_and_print(void **state)
{
	static const char *const same[] = {WHOLE, V "index 0\n\n" NOTE, V "index 18446744073709551615\n" H1 "\nx"};
	struct tlogproof t;
	struct err e = {""};
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	for (size_t i = 0; i < 3; i++) {
		if (tlogproof_parse(&t, same[i], strlen(same[i]), &e))
			fail_msg("%s", e.text);
		buf_reset(&b);
		assert_int_equal(tlogproof_print(&b, &t), 0);
		assert_string_equal(buf_str(&b), same[i]);
	}
	assert_int_equal(tlogproof_parse(&t, WHOLE, strlen(WHOLE), &e), 0);
	assert_int_equal(t.index, 73894);
	assert_int_equal(t.path.n, 2);
	assert_memory_equal(t.path.hash[0], "\x81\x22\xb2\x5e", 4);
	assert_memory_equal(t.path.hash[1], "\x07\xde\x65\x0d", 4);
	assert_int_equal(t.extra_len, 4);
	assert_memory_equal(t.extra, "YWdl", 4);
	assert_int_equal(t.note_len, strlen(NOTE));
	assert_memory_equal(t.note, NOTE, t.note_len);
	assert_int_equal(tlogproof_parse(&t, same[1], strlen(same[1]), &e), 0);
	assert_null(t.extra);
	assert_int_equal(t.path.n, 0);
	buf_free(&b);
}

static void
strict(void **state)
{
	static const char *const bad[] = {
	    "", "\n", V, "c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE, " " V "index 0\n\n" NOTE, "c2sp.org/tlog-proof@v1\r\nindex 0\n\n" NOTE,
	    V "\n" NOTE, V "index\n\n" NOTE, V "index \n\n" NOTE, V "index 01\n\n" NOTE, V "index -1\n\n" NOTE, V "index  1\n\n" NOTE, V "index 1 \n\n" NOTE, V "index 1\r\n\n" NOTE,
	    V "index 18446744073709551616\n\n" NOTE, V "Index 1\n\n" NOTE, V "index 1 2\n\n" NOTE,
	    V "index 1\n", V "index 1\n\n", V "index 1\n" H1, V "index 1\n" H1 NOTE, V "index 1\n" H1 " \n" NOTE,
	    V "extra\nindex 1\n\n" NOTE, V "extra \nindex 1\n\n" NOTE, V "extra YWd\nindex 1\n\n" NOTE, V "extra YWd=\nextra YWdl\nindex 1\n\n" NOTE,
	    V "extra YWdm=\nindex 1\n\n" NOTE, V "extra YWd= \nindex 1\n\n" NOTE, V "extra YWdl YWdl\nindex 1\n\n" NOTE, V "index 1\nextra YWdl\n\n" NOTE,
	    V "index 1\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlR=\n\n" NOTE, /* other bits set */
	    V "index 1\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPg==\n\n" NOTE, /* 31 bytes */
	    V "index 1\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\r\n\n" NOTE, V "index 1\n " H1 "\n" NOTE,
	    V "index 1\n" H1 "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", /* no LF */
	};
	struct tlogproof t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e.text[0] = '\0';
		if (tlogproof_parse(&t, bad[i], strlen(bad[i]), &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_true(e.text[0] != '\0');
	}
	/* The head cut anywhere is refused; the note behind it is others' to judge. */
	for (size_t i = 0; i <= strlen(WHOLE) - strlen(NOTE); i++)
		assert_int_equal(tlogproof_parse(&t, WHOLE, i, &e), -1);
}

static void
limits(void **state)
{
	struct tlogproof t;
	struct buf b, again;

	(void)state;
	buf_init(&b, 200000);
	buf_init(&again, 200000);
	buf_puts(&b, V "index 1\n");
	for (int i = 0; i < 64; i++)
		buf_puts(&b, H1);
	buf_puts(&b, "\n" NOTE);
	assert_int_equal(tlogproof_parse(&t, b.data, b.len, NULL), 0);
	assert_int_equal(t.path.n, 64);
	assert_int_equal(tlogproof_print(&again, &t), 0);
	t.path.n = 65;
	assert_int_equal(tlogproof_print(&again, &t), -1);
	buf_reset(&b);
	buf_puts(&b, V "index 1\n");
	for (int i = 0; i < 65; i++)
		buf_puts(&b, H1);
	buf_puts(&b, "\n" NOTE);
	assert_int_equal(tlogproof_parse(&t, b.data, b.len, NULL), -1);
	buf_reset(&b);
	buf_puts(&b, V "index 1\n\n");
	for (int i = 0; i < NOTE_MAX; i++)
		buf_putc(&b, 'x');
	assert_int_equal(tlogproof_parse(&t, b.data, b.len, NULL), 0);
	buf_putc(&b, 'x');
	assert_int_equal(tlogproof_parse(&t, b.data, b.len, NULL), -1);
	buf_free(&again);
	buf_free(&b);
}

static void
print_refuses(void **state)
{
	struct tlogproof good = {.index = 1, .note = NOTE, .note_len = strlen(NOTE)}, t = good;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	t.note_len = 0;
	assert_int_equal(tlogproof_print(&b, &t), -1);
	t = good;
	t.extra = "YWd";
	t.extra_len = 3;
	assert_int_equal(tlogproof_print(&b, &t), -1);
	t.extra = "";
	t.extra_len = 0;
	assert_int_equal(tlogproof_print(&b, &t), -1);
	assert_int_equal(b.len, 0);
	assert_int_equal(tlogproof_print(&b, &good), 0);
	buf_free(&b);
	buf_init(&b, 60);
	assert_int_equal(tlogproof_print(&b, &good), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parse_and_print),
	    cmocka_unit_test(strict),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(print_refuses),
	};

	return cmocka_run_group_tests_name("tlogproof", tests, NULL, NULL);
}
