/* Goal: characters are read as people read them: several readings, surnames read otherwise, rare characters, ü; and UTF-8 is taken apart character by character. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/pinyin.h"

/* The readings of a text's first character as "dan1 shan4 chan2". */
static const char *
said(const char *zh)
{
	static char out[128];
	uint16_t r[PINYIN_MOST];
	size_t n, i, at = 0;
	uint32_t c;

	out[0] = '\0';
	assert_true(utf8_get(&c, zh) > 0);
	n = pinyin_of(c, r);
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%u", i > 0 ? " " : "", pinyin_syllable(r[i]), pinyin_tone(r[i]));
	return out;
}

/* The first reading of every character of a name; a '*' behind those that a surname has. */
static const char *
named(const char *zh)
{
	static char out[128];
	uint32_t name[16];
	uint16_t r[PINYIN_MOST];
	size_t n, i, used, at = 0;
	int surname;

	for (n = 0; (used = utf8_get(&name[n], zh)) > 0; zh += used)
		n++;
	out[0] = '\0';
	for (i = 0; i < n; i++) {
		if (pinyin_of_name(name, n, i, r, &surname) == 0)
			r[0] = 0;
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%s", i > 0 ? " " : "", r[0] ? pinyin_syllable(r[0]) : "-", surname ? "*" : "");
	}
	return out;
}

static void
test_readings(void **state)
{
	(void)state;
	assert_string_equal(said("梅"), "mei2");
	assert_string_equal(said("单"), "dan1 chan2 shan4");
	assert_string_equal(said("行"), "xing2 hang2 heng2 hang4 xing4");
	assert_string_equal(said("吕"), "lv3");
	assert_string_equal(said("略"), "lve4");
	assert_string_equal(said("阿"), "a1 e1");
	assert_string_equal(said("一"), "yi1 yi2 yi4");
	assert_string_equal(said("龥"), "yu4");
}

static void
test_rare(void **state)
{
	(void)state;
	assert_string_equal(said("㛃"), "jie2");                  /* Extension A */
	assert_string_equal(said("䶮"), "yan3");
	assert_string_equal(said("\xf0\xa0\x80\x80"), "he1");      /* U+20000, Extension B */
	assert_string_equal(said("\xf0\xab\x9e\xa9"), "men2");     /* U+2B7A9, Extension D */
	assert_string_equal(said("\xf0\xa0\x80\xb0"), "");         /* known to nobody */
	assert_string_equal(said("A"), "");
	assert_string_equal(said("·"), "");
}

/* GB 18030 has 20,902 characters in its base, some of them signs that only Japan and Korea use: those have no reading. */
static void
test_complete(void **state)
{
	uint16_t r[PINYIN_MOST];
	uint32_t c;
	size_t none = 0, n, i;

	(void)state;
	for (c = 0x4e00; c <= 0x9fa5; c++)
		none += pinyin_of(c, r) == 0;
	assert_true(none <= 20);
	for (none = 0, c = 0x3400; c <= 0x4db5; c++)
		none += pinyin_of(c, r) == 0;
	assert_true(none < 850);
	for (c = 0; c < 0x110000; c++) {
		n = pinyin_of(c, r);
		assert_true(n < PINYIN_MOST);
		for (i = 0; i < n; i++) {
			assert_true(r[i] >> 3 < PINYIN_SYLLABLES);
			assert_in_range(pinyin_tone(r[i]), 1, 5);
		}
	}
}

static void
test_surnames(void **state)
{
	(void)state;
	assert_string_equal(named("曾小梅"), "zeng* xiao mei");
	assert_string_equal(named("单单"), "shan* dan");
	assert_string_equal(named("梅曾"), "mei ceng");
	assert_string_equal(named("仇英"), "qiu* ying");
	assert_string_equal(named("尉迟恭"), "yu* chi* gong");
	assert_string_equal(named("尉华"), "wei* hua");
	assert_string_equal(named("万俟卨"), "mo* qi* xie");
	assert_string_equal(named("万俟"), "mo* qi*");
	assert_string_equal(named("万光"), "wan guang");
	assert_string_equal(named("朴"), "piao*");
	assert_string_equal(named("覃秀英"), "qin* xiu ying");
}

static void
test_utf8_get(void **state)
{
	uint32_t c;

	(void)state;
	assert_int_equal(utf8_get(&c, "A"), 1);
	assert_int_equal(c, 'A');
	assert_int_equal(utf8_get(&c, "·x"), 2);
	assert_int_equal(c, 0xb7);
	assert_int_equal(utf8_get(&c, "梅"), 3);
	assert_int_equal(c, 0x6885);
	assert_int_equal(utf8_get(&c, "\xf0\xa0\x80\x80"), 4);
	assert_int_equal(c, 0x20000);
	assert_int_equal(utf8_get(&c, ""), 0);
	assert_int_equal(utf8_get(&c, "\xe6\xa2"), 0);
	assert_int_equal(utf8_get(&c, "\xff"), 0);
	assert_int_equal(c, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readings), cmocka_unit_test(test_rare), cmocka_unit_test(test_complete),
		cmocka_unit_test(test_surnames), cmocka_unit_test(test_utf8_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
