/* Goal: a cadre finds a person by whatever is at hand: characters, pinyin, initials, last four, group, id; tricky names included, the best first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/people/search.h"

static struct search *s;

static void
add(const char *name, const char *group, const char *id_number, const char *phone)
{
	static unsigned serial;
	char household[32], member[40];
	struct search_person p = { household, member, group, name, "户主", "1970", id_number, phone };

	serial = search_count(s) == 0 ? 0 : serial;
	(void)snprintf(household, sizeof(household), "451224102201-a1b2-%u", ++serial);
	(void)snprintf(member, sizeof(member), "%s-1", household);
	assert_int_equal(search_add(s, &p), 0);
}

static int
set_up(void **state)
{
	static const char *const names[] = { "刘梅", "刘小梅", "李香妹", "罗秀美", "梅艳", "吕红", "卢洪", "单国华", "山丹", "曾庆", "朴英", "任伟", "仁青卓玛",
		"尉迟敬", "阿依古丽·买买提", "㛃玉", "\xf0\xa0\x80\x80石", "王\xf0\xa0\x80\xb0", "覃秀英", "谭秀英", "解放", "区小兰", "张三", "章珊", "刘mei" };
	size_t i;

	(void)state;
	if ((s = search_new()) == NULL)
		return -1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add(names[i], i % 2 ? "第10组" : "第2组", "", "");
	add("韦国光", "那乙屯", "45122419700101123X", "12345678901");
	add("韦国光", "那乙屯", "451224197001014568", "");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	search_free(s);
	return 0;
}

/* The names found, best first, "A B C"; in ${group}. */
static const char *
found_in(const char *query, const char *group)
{
	static char out[1024];
	struct search_hit hit[64];
	size_t total, at = 0;
	int n = search_find(s, query, group, 0, 64, hit, &total), i;

	assert_true(n >= 0 && (size_t)n == total);
	out[0] = '\0';
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s", i > 0 ? " " : "", hit[i].name);
	return out;
}

#define found(q) found_in(q, NULL)

static void
test_characters(void **state)
{
	(void)state;
	assert_string_equal(found("刘小梅"), "刘小梅");
	assert_string_equal(found("小梅"), "刘小梅");
	assert_string_equal(found("梅"), "梅艳 刘梅 刘小梅"); /* beginning first, then in the middle, by group */
	assert_string_equal(found("刘 梅"), "刘梅 刘小梅");
	assert_string_equal(found("赵"), "");
	assert_string_equal(found("刘?梅"), "刘小梅");
	assert_string_equal(found("刘？"), "刘梅 刘mei 刘小梅");
	assert_string_equal(found("刘mei"), "刘梅 刘mei");
}

static void
test_pinyin(void **state)
{
	(void)state;
	assert_string_equal(found("liumei"), "刘梅 刘mei");
	assert_string_equal(found("liu mei"), "刘梅 刘mei 刘小梅");
	assert_string_equal(found("LIU MEI"), "刘梅 刘mei 刘小梅");
	assert_string_equal(found("liu2mei2"), "刘梅");
	assert_string_equal(found("liu2 mei2"), "刘梅 刘小梅");
	assert_string_equal(found("liu4mei2"), "");
	assert_string_equal(found("liuxiaom"), "刘小梅");
	assert_string_equal(found("xiaomei"), "刘小梅");
	assert_string_equal(found("zhangsan"), "张三");
	assert_string_equal(found("zhangs"), "张三 章珊");
	assert_string_equal(found("zhangshan"), "章珊");
	assert_string_equal(found("ｌｉｕｍｅｉ"), "刘梅 刘mei");
}

static void
test_initials(void **state)
{
	(void)state;
	assert_string_equal(found("lxm"), "李香妹 刘小梅 罗秀美");
	assert_string_equal(found("lm"), "刘梅 刘mei 阿依古丽·买买提");
	assert_string_equal(found("liuxm"), "刘小梅");
	assert_string_equal(found("lxiaom"), "刘小梅");
	assert_string_equal(found("zhs"), "张三 章珊");
	assert_string_equal(found("zs"), "张三 章珊");
}

static void
test_umlaut(void **state)
{
	(void)state;
	assert_string_equal(found("lvhong"), "吕红");
	assert_string_equal(found("lühong"), "吕红");
	assert_string_equal(found("lyuhong"), "吕红");
	assert_string_equal(found("lu:hong"), "吕红");
	assert_string_equal(found("LÜHONG"), "吕红");
	assert_string_equal(found("luhong"), "卢洪 吕红");
}

static void
test_two_readings(void **state)
{
	(void)state;
	assert_string_equal(found("shan"), "山丹 单国华 章珊");
	assert_string_equal(found("dan"), "单国华 山丹 \xf0\xa0\x80\x80" "石");
	assert_string_equal(found("zengqing"), "曾庆");
	assert_string_equal(found("cengqing"), "曾庆");
	assert_string_equal(found("piaoying"), "朴英");
	assert_string_equal(found("puying"), "朴英");
	assert_string_equal(found("ren"), "仁青卓玛 任伟");
	assert_string_equal(found("yuchijing"), "尉迟敬");
	assert_string_equal(found("weichijing"), "尉迟敬");
	assert_string_equal(found("qinxiuying"), "覃秀英");
	assert_string_equal(found("tanxiuying"), "谭秀英 覃秀英");
	assert_string_equal(found("xiefang"), "解放");
	assert_string_equal(found("jiefang"), "解放");
	assert_string_equal(found("ouxl"), "区小兰");
}

static void
test_dots(void **state)
{
	static const char *const dots[] = { "", "·", "・", "•", "．", " ", "." };
	char query[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		(void)snprintf(query, sizeof(query), "古丽%s买买提", dots[i]);
		assert_string_equal(found(query), "阿依古丽·买买提");
	}
	assert_string_equal(found("ayiguli"), "阿依古丽·买买提");
	assert_string_equal(found("guli·maimaiti"), "阿依古丽·买买提");
}

static void
test_rare(void **state)
{
	(void)state;
	assert_string_equal(found("㛃"), "㛃玉");
	assert_string_equal(found("jieyu"), "㛃玉");
	assert_string_equal(found("\xf0\xa0\x80\x80"), "\xf0\xa0\x80\x80石");
	assert_string_equal(found("heshi"), "\xf0\xa0\x80\x80石");
	assert_string_equal(found("\xf0\xa0\x80\xb0"), "王\xf0\xa0\x80\xb0");
	assert_string_equal(found("wang?"), "王\xf0\xa0\x80\xb0");
	assert_string_equal(found("王?"), "王\xf0\xa0\x80\xb0");
}

static void
test_numbers(void **state)
{
	struct search_hit hit[4];
	size_t total;

	(void)state;
	assert_string_equal(found("123X"), "韦国光");
	assert_string_equal(found("123x"), "韦国光");
	assert_string_equal(found("45122419700101123X"), "韦国光");
	assert_string_equal(found("8901"), "韦国光");
	assert_string_equal(found("12345678901"), "韦国光");
	assert_string_equal(found("韦 4568"), "韦国光");
	assert_int_equal(search_find(s, "4568", NULL, 0, 4, hit, &total), 1);
	assert_string_equal(hit[0].id_last4, "4568");
	assert_string_equal(hit[0].member, "451224102201-a1b2-27-1");
	assert_int_equal(search_find(s, "451224102201-a1b2-3", NULL, 0, 4, hit, &total), 1);
	assert_string_equal(hit[0].name, "李香妹");
	assert_string_equal(found("b2-27"), "韦国光");
}

static void
count_group(void *ctx, const char *group, size_t people)
{
	char *out = ctx;

	(void)snprintf(out + strlen(out), 128 - strlen(out), "%s:%zu ", group, people);
}

static void
test_groups(void **state)
{
	char groups[128] = "";

	(void)state;
	search_groups(s, count_group, groups);
	assert_string_equal(groups, "第2组:13 第10组:12 那乙屯:2 ");
	assert_string_equal(found("那乙"), "韦国光 韦国光");
	assert_string_equal(found("nayitun"), "韦国光 韦国光");
	assert_string_equal(found("第2组 lxm"), "李香妹");
	assert_string_equal(found_in("lxm", "第10组"), "刘小梅 罗秀美");
	assert_string_equal(found_in("", "那乙屯"), "韦国光 韦国光");
}

static void
test_odd(void **state)
{
	struct search_hit hit[8];
	char query[400];
	size_t total;

	(void)state;
	memset(query, 'a', sizeof(query));
	query[sizeof(query) - 1] = '\0';
	assert_int_equal(search_find(s, query, NULL, 0, 8, hit, &total), 0);
	assert_int_equal(search_find(s, "\xff\xfe", NULL, 0, 8, hit, &total), 0);
	assert_int_equal(search_find(s, "  ", NULL, 0, 8, hit, &total), 8);
	assert_int_equal(total, 27);
	assert_int_equal(search_find(s, "", NULL, 24, 8, hit, &total), 3);
	assert_int_equal(search_find(s, "", NULL, 99, 8, hit, &total), 0);
	assert_int_equal(search_find(s, "a b c d e f g h i j", NULL, 0, 8, hit, &total), 0);
	assert_string_equal(found("·"), "");
}

/* A name of many syllables that can be cut up in many ways costs no more than another. */
static void
test_hostile(void **state)
{
	char name[200] = "", query[120] = "";
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		(void)strcat(name, "阿");
	for (i = 0; i < 90; i++)
		(void)strcat(query, "ae"[i % 2] == 'a' ? "a" : "e");
	add(name, "第2组", "", "");
	assert_string_equal(found(query), "");
	search_drop(s, "451224102201-a1b2-28");
}

static void
test_drop(void **state)
{
	(void)state;
	assert_int_equal(search_count(s), 27);
	search_drop(s, "451224102201-a1b2-2");
	assert_int_equal(search_count(s), 26);
	assert_string_equal(found("刘小梅"), "");
	add("刘小梅", "第10组", "", "");
	assert_string_equal(found("刘小梅"), "刘小梅");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters), cmocka_unit_test(test_pinyin), cmocka_unit_test(test_initials), cmocka_unit_test(test_umlaut),
		cmocka_unit_test(test_two_readings), cmocka_unit_test(test_dots), cmocka_unit_test(test_rare), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_groups), cmocka_unit_test(test_odd), cmocka_unit_test(test_hostile), cmocka_unit_test(test_drop),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
