/* Goal: indicators of every kind are what the log's present state gives, exact and rounded once, and a small target group is counted without being told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "county/report/report.h"
#include "tests/lib/foldkit.h"

#define FORM_HEAD                                                                                                                          \
	"<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:orx=\"http://openrosa.org/xforms\" "    \
	"xmlns:tally=\"urn:tallystick:xform:v1\" xmlns:jr=\"http://openrosa.org/javarosa\"><h:head><h:title>T</h:title><model><itext>"          \
	"<translation lang=\"en\"><text id=\"x\"><value>X</value></text></translation></itext><instance><data id=\"t\" version=\"1\"><s/><stage/>" \
	"<level/><fund/><money/><area/><year/><r jr:template=\"\"><place/></r><orx:meta><orx:instanceID/></orx:meta></data></instance>"        \
	"<bind nodeset=\"/data/s\" type=\"string\" tally:subject=\"true()\"/><bind nodeset=\"/data/stage\" tally:stage=\"true()\" tally:final=\"b\"/>" \
	"<bind nodeset=\"/data/money\" type=\"int\" tally:unit=\"fen\"/><bind nodeset=\"/data/area\" type=\"decimal\"/>"                        \
	"<bind nodeset=\"/data/year\" type=\"int\"/><bind nodeset=\"/data/r/place\" type=\"string\" tally:personal=\"false()\"/></model>"

#define IND(kind, rest) "<tally:indicator kind=\"" kind "\" label=\"jr:itext('x')\" " rest "/>"
#define FORM_TAIL                                                                                                                          \
	"</h:head><h:body><input ref=\"/data/s\"/><input ref=\"/data/money\"/>"                                                                \
	"<select1 ref=\"/data/stage\"><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select1>"    \
	"<select1 ref=\"/data/level\"><item><label>C</label><value>central</value></item><item><label>L</label><value>local</value></item>"    \
	"<item><label>O</label><value>other</value></item></select1><select ref=\"/data/fund\"><item><label>F</label><value>f1</value></item>" \
	"<item><label>G</label><value>f2</value></item></select><group><repeat nodeset=\"/data/r\"><input ref=\"/data/r/place\"/></repeat>"    \
	"</group></h:body></h:html>"

static const char FORM[] = FORM_HEAD
    IND("count", "name=\"all\" ref=\"/data/s\"") IND("count", "name=\"places\" ref=\"/data/r/place\" distinct=\"true()\"")
    IND("sum", "name=\"money\" ref=\"/data/money\"") IND("sum", "name=\"central\" ref=\"/data/money\" where=\"level=central\"")
    IND("sum", "name=\"done\" ref=\"/data/money\" where=\"done and level=central|local and year=2001\"") IND("sum", "name=\"f2\" ref=\"/data/money\" where=\"fund=f2\"")
    IND("mean", "name=\"area\" ref=\"/data/area\"") IND("share", "name=\"central\" numerator=\"sum.central\" denominator=\"sum.money\"")
    IND("share", "name=\"done\" numerator=\"done\" denominator=\"subjects\"") IND("share", "name=\"plan\" numerator=\"done\" denominator=\"planned\"")
    IND("ratio", "name=\"each\" numerator=\"sum.money\" denominator=\"count.all\"") IND("ratio", "name=\"area\" numerator=\"mean.area\" denominator=\"count.places\"")
    IND("ratio", "name=\"key\" numerator=\"sum.money\" denominator=\"places.key\"")
    IND("difference", "name=\"gap\" ref=\"/data/money\" group=\"/data/level\" groups=\"central local\"")
    IND("difference", "name=\"area\" ref=\"/data/area\" group=\"/data/level\" groups=\"local central\"")
    IND("growth", "name=\"money\" ref=\"/data/money\" period=\"/data/year\"") IND("growth", "name=\"seen\" ref=\"/data/money\" where=\"year=2010\"") FORM_TAIL;

static struct foldkit kit;

static int
open_kit(void **state)
{
	(void)state;
	foldkit_open(&kit);
	return 0;
}

static int
close_kit(void **state)
{
	(void)state;
	foldkit_close(&kit);
	return 0;
}

static void
publish(void)
{
	foldkit_publish(&kit, FORM, sizeof(FORM) - 1, "t", "1");
}

static void
add(const char *payload)
{
	foldkit_add(&kit, 0, "record", NULL, payload, NULL);
}

/* What a report prints. */
static struct buf
printed(enum report_by by, const char *form, int (*print)(const struct report *, struct buf *))
{
	const struct fold_params p = { .at = UINT64_MAX, .form = form, .groups = by == BY_GROUP };
	struct err e = { "" };
	struct fold *f = fold_run(kit.k.l, &p, &e);
	struct report r;
	struct buf b;

	if (f == NULL || report_make(&r, f, kit.k.l, by, 0, &e) != 0)
		fail_msg("%s", e.text);
	buf_init(&b, 1U << 20);
	assert_int_equal(print(&r, &b), 0);
	(void)buf_str(&b);
	report_free(&r);
	fold_free(f);
	return b;
}

static void
classes_choose_places_and_count_them(void **state)
{
	const struct fold_params p = { .at = UINT64_MAX, .form = "t" };
	char list[] = "code,class\n451223001,key\n451223001,key\n451223201202,key\n45,western\n52,key\n", wrong[] = "code,class\n4x,key\n";
	struct classes k;
	struct err e = { "" };
	struct report_only only = { .classes = &k, .class = "key" };
	struct report r;
	struct fold *f;
	struct buf b;

	(void)state;
	publish();
	add("{\"s\":\"a\",\"stage\":\"b\",\"money\":900}");
	foldkit_add(&kit, 1, "record", NULL, "{\"s\":\"b\",\"stage\":\"b\",\"money\":50}", NULL);
	assert_int_equal(classes_read(&k, wrong, strlen(wrong), &e), -1);
	assert_non_null(strstr(e.text, "row 2"));
	assert_int_equal(classes_read(&k, list, strlen(list), &e), 0);
	assert_int_equal(k.n, 4);
	assert_int_equal(classes_has(&k, "key", "451223001001"), 1);
	assert_int_equal(classes_has(&k, "key", "451223002001"), 0);
	assert_int_equal(classes_has(&k, "western", "451223002001"), 1);
	assert_int_equal(classes_count(&k, "key", "4512"), 2);
	assert_int_equal(classes_know(&k, "western"), 1);
	assert_int_equal(classes_know(&k, "w"), 0);
	for (int i = 0; i < 2; i++) {
		only.class = i == 0 ? "western" : "52";
		f = fold_run(kit.k.l, &p, &e);
		assert_non_null(f);
		assert_int_equal(report_make_in(&r, f, kit.k.l, BY_PROVINCE, 0, &only, &e), 0);
		assert_int_equal(r.n, i == 0 ? 1 : 0);
		buf_init(&b, 1U << 20);
		assert_int_equal(report_json(&r, &b), 0);
		/* 950 fen over the two key places of province 45 */
		assert_true(i == 1 || strstr(buf_str(&b), "\"ratio.key\":475,") != NULL);
		buf_free(&b);
		report_free(&r);
		fold_free(f);
	}
	classes_free(&k);
}

/* The row of ${key} (NULL: the first) has these members, as text. */
static void
row_has(enum report_by by, const char *form, const char *key, const char *const *want, size_t n)
{
	struct buf b = printed(by, form, report_json);
	char find[128], *line, *end;

	(void)snprintf(find, sizeof(find), "\"%s\":\"%s\"", by == BY_GROUP ? "group" : "year", key ? key : "");
	line = key ? strstr((char *)b.data, find) : (char *)b.data;
	if (line == NULL)
		fail_msg("no row %s in %s", find, (char *)b.data);
	if ((end = strchr(line, '\n')) != NULL)
		*end = '\0';
	for (size_t i = 0; i < n; i++)
		if (strstr(line, want[i]) == NULL)
			fail_msg("%s is not in %s", want[i], line);
	buf_free(&b);
}

#define HAS(by, form, key, ...) row_has(by, form, key, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void
every_kind_is_computed(void **state)
{
	struct buf b;

	(void)state;
	publish();
	add("{\"s\":\"a\",\"stage\":\"b\",\"level\":\"central\",\"money\":1000,\"area\":\"1.005\",\"year\":2001,\"fund\":[\"f1\",\"f2\"],\"r\":[{\"place\":\"p\"},{\"place\":\"q\"}]}");
	add("{\"s\":\"b\",\"stage\":\"a\",\"level\":\"local\",\"money\":500,\"year\":2001,\"area\":\"2\",\"r\":[{\"place\":\"q\"}]}");
	add("{\"s\":\"c\",\"stage\":\"b\",\"level\":\"central\",\"money\":2001,\"year\":2010,\"r\":[{\"place\":\"r\"}]}");
	add("{\"s\":\"d\",\"stage\":\"b\",\"level\":\"other\",\"money\":2000,\"year\":2010}");
	/* money 1500 (2001) to 4001 (2010); central 3001 of 5501; means 1500.5 and 500 */
	HAS(BY_FORM, "t", NULL, "\"count.all\":4,", "\"count.places\":3,", "\"sum.money\":5501,", "\"sum.central\":3001,", "\"sum.done\":1000,", "\"sum.f2\":1000,",
	    "\"mean.area\":1.5,", "\"share.central\":54.55,", "\"share.done\":75,", "\"share.plan\":null,", "\"ratio.each\":1375,", "\"ratio.area\":0.500833,",
	    "\"difference.gap\":1001,", "\"difference.area\":1,", "\"growth.money\":11.52,", "\"growth.seen\":null,");
	b = printed(BY_FORM, "t", report_table);
	assert_non_null(strstr((char *)b.data, "X (%)"));
	assert_non_null(strstr((char *)b.data, " 10.01\n"));
	buf_free(&b);
	b = printed(BY_FORM, "t", report_csv);
	assert_non_null(strstr((char *)b.data, ",share.central,share.done,share.plan,ratio.each,ratio.area,ratio.key,difference.gap,difference.area,growth.money,growth.seen,"));
	assert_non_null(strstr((char *)b.data, ",54.55,75,,1375,0.500833,,1001,1,11.52,,"));
	buf_free(&b);
}

static void
the_newest_answer_decides_what_counts(void **state)
{
	(void)state;
	publish();
	add("{\"s\":\"a\",\"stage\":\"a\",\"level\":\"central\",\"money\":1000,\"year\":2001,\"r\":[{\"place\":\"p\"}]}");
	/* what it does not say stays; what it says takes the place of all that was said */
	add("{\"s\":\"a\",\"stage\":\"b\",\"level\":\"local\",\"r\":[{\"place\":\"q\"}]}");
	add("{\"s\":\"b\",\"stage\":\"a\",\"level\":\"local\",\"year\":2001,\"r\":[{\"place\":\"q\"}]}");
	HAS(BY_FORM, "t", NULL, "\"sum.central\":0,", "\"sum.done\":1000,", "\"count.places\":1,", "\"share.central\":0,", "\"difference.gap\":null,", "\"growth.money\":null,");
}

static void
nothing_to_divide_by_is_no_value(void **state)
{
	(void)state;
	publish();
	add("{\"s\":\"a\",\"stage\":\"a\"}");
	HAS(BY_FORM, "t", NULL, "\"mean.area\":null,", "\"share.central\":null,", "\"share.done\":0,", "\"ratio.each\":0,", "\"ratio.area\":null,", "\"difference.gap\":null,", "\"growth.money\":null,");
}

static void
divided(const char *a, const char *b, unsigned digits, const char *want)
{
	fold_num x, y, v;
	char out[64];

	assert_int_equal(fold_number(a, &x), 0);
	assert_int_equal(fold_number(b, &y), 0);
	assert_int_equal(fold_quotient(x, y, digits, &v), 1);
	fold_print(v, FOLD_DIGITS, 0, out);
	assert_string_equal(out, want);
}

static void
quotients_are_rounded_once(void **state)
{
	fold_num v, top = (fold_num)1 << 126;

	(void)state;
	divided("2", "3", 2, "0.67");
	divided("-2", "3", 2, "-0.67");
	divided("2", "-3", 0, "-1");
	divided("1", "8", 2, "0.13");
	divided("-1", "8", 2, "-0.13");
	divided("0", "7", 2, "0");
	/* 0.00499999975: rounded to six digits first it would become 0.01 */
	divided("1999999.9", "400000000", 2, "0");
	divided("14572", "20438", 6, "0.712986");
	assert_int_equal(fold_quotient(1, 0, 2, &v), 0);
	assert_int_equal(fold_quotient(top - 1, 1, 6, &v), 0);
	assert_int_equal(fold_quotient(top, top / 4, 6, &v), 1);
	assert_true(v == 4 * FOLD_SCALE);
}

static void
grown(int64_t first, int64_t last, int32_t years, const char *want)
{
	fold_num v;
	char out[64] = "-";

	if (fold_growth((fold_num)first * FOLD_SCALE, (fold_num)last * FOLD_SCALE, years, &v))
		fold_print(v, FOLD_DIGITS, 0, out);
	assert_string_equal(out, want);
}

static void
growth_is_exact(void **state)
{
	(void)state;
	/* total input 2001 to 2010 */
	grown(1275000000000, 3493000000000, 9, "11.85");
	grown(100, 100, 9, "0");
	grown(100, 121, 2, "10");
	grown(100, 81, 2, "-10");
	grown(100, 0, 3, "-100");
	grown(1, 1024, 10, "100");
	grown(1, 9007199254740991, 1, "900719925474099000");
	/* halves: away from nought */
	grown(20000, 20001, 1, "0.01");
	grown(20000, 19999, 1, "-0.01");
	grown(400000000, 400040001, 2, "0.01");
	grown(400000000, 400040000, 2, "0");
	grown(400000000, 399960001, 2, "-0.01");
	grown(400000000, 399960002, 2, "0");
	grown(1, 2, FOLD_YEARS_MAX, "0.7");
	grown(1, 2, FOLD_YEARS_MAX + 1, "-");
	grown(1, 2, 0, "-");
	grown(0, 2, 1, "-");
	grown(-1, 2, 1, "-");
	grown(1, -2, 1, "-");
}

/* ${n} households of these groups, done but for the first ${open}. */
static void
households(const char *name, int n, int open, const char *groups)
{
	char payload[256], personal[256];

	(void)snprintf(personal, sizeof(personal), "{\"household\":{\"name\":\"秘密\",\"target_groups\":[%s]}}", groups ? groups : "");
	kit.personal = groups ? personal : NULL;
	for (int i = 0; i < n; i++) {
		(void)snprintf(payload, sizeof(payload), "{\"subject\":\"%s%d\",\"stage\":\"%s\",\"date\":\"2026-03-05\",\"allowance\":%d}", name, i, i < open ? "roof" : "completed",
		    1000 + i);
		foldkit_add(&kit, 0, "record", NULL, payload, NULL);
	}
	kit.personal = NULL;
}

static void
groups_are_counted_and_never_told(void **state)
{
	struct buf b;

	(void)state;
	households("a", 6, 6, "\"low_income\",\"woman\"");
	households("b", 5, 0, "\"woman\"");
	households("c", 4, 4, "\"disabled\"");
	households("d", 3, 3, "\"small_minority\"");
	households("e", 7, 6, NULL);
	HAS(BY_GROUP, "housing-rebuild", "woman", "\"subjects\":11,", "\"stage.roof\":6,", "\"stage.completed\":5,", "\"done\":5,", "\"count.households\":11,", "\"sum.allowance\":11025,",
	    "\"mean.allowance\":1002,", "\"sum.area\":0,", "\"mean.allowance\":1002", "\"parked\":null,", "\"group_name\":\"妇女\"");
	HAS(BY_GROUP, "housing-rebuild", "low_income", "\"subjects\":6,", "\"done\":0,");
	HAS(BY_GROUP, "housing-rebuild", "disabled", "\"subjects\":null,", "\"stage.roof\":null,", "\"done\":null,", "\"sum.allowance\":null,", "\"count.households\":null,", "\"mean.allowance\":null,");
	HAS(BY_GROUP, "housing-rebuild", "small_minority", "\"subjects\":null,");
	/* six of seven done is one that is not */
	HAS(BY_GROUP, "housing-rebuild", "", "\"subjects\":7,", "\"done\":null,", "\"stage.roof\":null,", "\"stage.completed\":null,", "\"sum.allowance\":7021,");
	b = printed(BY_GROUP, "housing-rebuild", report_table);
	assert_null(strstr((char *)b.data, "合计 total"));
	assert_null(strstr((char *)b.data, "秘密"));
	assert_non_null(strstr((char *)b.data, "fewer than 5 are not shown"));
	buf_free(&b);
}

static void
one_hidden_group_hides_another(void **state)
{
	(void)state;
	households("a", 9, 0, "\"low_income\"");
	households("b", 6, 0, "\"woman\"");
	households("c", 1, 0, "\"disabled\"");
	HAS(BY_GROUP, "housing-rebuild", "low_income", "\"subjects\":9,");
	HAS(BY_GROUP, "housing-rebuild", "disabled", "\"subjects\":null,");
	HAS(BY_GROUP, "housing-rebuild", "woman", "\"subjects\":null,");
}

static void
the_newest_groups_count(void **state)
{
	(void)state;
	households("a", 6, 0, "\"low_income\"");
	households("a", 6, 0, "\"woman\"");
	/* says nothing of groups */
	households("a", 6, 6, NULL);
	HAS(BY_GROUP, "housing-rebuild", "woman", "\"subjects\":6,", "\"stage.roof\":6,");
}

static void
a_figure_of_few_is_kept_back(void **state)
{
	(void)state;
	households("a", 8, 0, "\"woman\"");
	kit.personal = "{\"household\":{\"target_groups\":[\"woman\"]}}";
	foldkit_add(&kit, 0, "record", NULL, "{\"subject\":\"a1\",\"stage\":\"completed\",\"date\":\"2026-03-06\",\"own_funds\":77}", NULL);
	kit.personal = NULL;
	HAS(BY_GROUP, "housing-rebuild", "woman", "\"subjects\":8,", "\"sum.own_funds\":null,", "\"sum.allowance\":8028,");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_kind_is_computed),
		T(the_newest_answer_decides_what_counts),
		T(classes_choose_places_and_count_them),
		T(nothing_to_divide_by_is_no_value),
		cmocka_unit_test(quotients_are_rounded_once),
		cmocka_unit_test(growth_is_exact),
		T(groups_are_counted_and_never_told),
		T(one_hidden_group_hides_another),
		T(the_newest_groups_count),
		T(a_figure_of_few_is_kept_back),
	};

	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
