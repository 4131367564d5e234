/* Goal: what is typed, judged and split ends in the bytes that docs/format.md promises, and personal answers never in the public part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/form.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ITEMS                                                                                                    \
	"<item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item>"              \
	"<item><label>C</label><value>c</value></item>"

static const char xml[] =
    "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" "
    "xmlns:tally=\"urn:tallystick:xform:v1\"><h:head><h:title>t</h:title><model><instance><data id=\"t\" version=\"1\">"
    "<meta><instanceID/><deviceID/></meta><id/><one/><day/><money/><n/><size/><many/><at/><home/><pic/>"
    "<g><open/><name/></g><row><k/><who/></row><extra/><note/></data></instance>"
    "<bind nodeset=\"/data/id\" required=\"true()\" tally:subject=\"true()\"/>"
    "<bind nodeset=\"/data/day\" type=\"date\" required=\"true()\"/>"
    "<bind nodeset=\"/data/money\" type=\"int\" tally:unit=\"fen\"/><bind nodeset=\"/data/n\" type=\"int\"/>"
    "<bind nodeset=\"/data/size\" type=\"decimal\" tally:unit=\"m2\"/><bind nodeset=\"/data/at\" type=\"geopoint\"/>"
    "<bind nodeset=\"/data/home\" type=\"geopoint\" tally:personal=\"true()\"/><bind nodeset=\"/data/pic\" type=\"binary\"/>"
    "<bind nodeset=\"/data/g/open\" type=\"int\" required=\"true()\"/><bind nodeset=\"/data/row/k\" type=\"int\" required=\"true()\"/>"
    "<bind nodeset=\"/data/extra\" type=\"int\" required=\"true()\" relevant=\"/data/n = 1\"/>"
    "<bind nodeset=\"/data/note\" tally:personal=\"false()\"/></model></h:head><h:body>"
    "<select1 ref=\"/data/one\">" ITEMS "</select1><select ref=\"/data/many\">" ITEMS "</select>"
    "<group ref=\"/data/row\"><repeat nodeset=\"/data/row\"/></group></h:body></h:html>";

static struct form *form;

static int
open_form(void **state)
{
	struct err e = { "" };

	(void)state;
	form = form_parse(xml, strlen(xml), &e);
	if (form == NULL)
		print_error("%s\n", e.text);
	return (form == NULL ? -1 : 0);
}

static int
close_form(void **state)
{

	(void)state;
	form_free(form);
	return (0);
}

/* form_set() on an empty object; the answers as cJSON prints them, or "RULE" of the one finding. */
static void
sets(const char *path, const char *text, const char *want)
{
	struct form_findings r = { 0, NULL };
	cJSON *obj = cJSON_CreateObject();
	struct buf b, p;

	buf_init(&b, 65536);
	buf_init(&p, 65536);
	if (form_set(form, obj, path, text, &r) != 0) {
		assert_int_equal(r.n, 1);
		(void)buf_puts(&b, r.f[0].rule);
		if (*text != '\0' && strlen(text) > 3)
			assert_null(strstr(r.f[0].text, text));
	} else {
		assert_int_equal(r.n, 0);
		assert_int_equal(form_split(form, obj, &b, &p), 0);
		(void)buf_puts(&b, buf_str(&p));
	}
	if (strcmp(buf_str(&b), want) != 0)
		fail_msg("%s=%s: %s, not %s", path, text, buf_str(&b), want);
	buf_free(&b);
	buf_free(&p);
	form_findings_free(&r);
	cJSON_Delete(obj);
}

static void
test_numbers(void **state)
{

	(void)state;
	sets("n", " +0012 ", "{\"n\":12}");
	sets("n", "-0", "{\"n\":0}");
	sets("n", "-7", "{\"n\":-7}");
	sets("n", "9007199254740991", "{\"n\":9007199254740991}");
	sets("n", "-9007199254740991", "{\"n\":-9007199254740991}");
	sets("n", "1000000000000000", "{\"n\":1000000000000000}");
	sets("n", "9007199254740992", "range");
	sets("n", "99999999999999999999999999", "range");
	sets("n", "1.5", "type");
	sets("n", "1e5", "type");
	sets("n", "0x10", "type");
	sets("n", "twelve", "type");
	sets("n", "", "{}");
	sets("size", "+007.50", "{\"size\":\"7.50\"}");
	sets("size", ".5", "{\"size\":\"0.5\"}");
	sets("size", "5.", "{\"size\":\"5\"}");
	sets("size", "-0", "{\"size\":\"0\"}");
	sets("size", "85.5 m2", "{\"size\":\"85.5\"}");
	sets("size", "85.5km", "type");
	sets("size", "1e5", "type");
	sets("size", "1.2.3", "type");
	sets("size", ".", "type");
}

static void
test_money(void **state)
{

	(void)state;
	sets("money", "2000000", "{\"money\":2000000}");
	sets("money", "20000.00yuan", "{\"money\":2000000}");
	sets("money", "20000.00元", "{\"money\":2000000}");
	sets("money", "20000 元", "{\"money\":2000000}");
	sets("money", "0.05元", "{\"money\":5}");
	sets("money", "-0.05元", "{\"money\":-5}");
	sets("money", "0元", "{\"money\":0}");
	sets("money", "2万元", "{\"money\":2000000}");
	sets("money", "1.23456万元", "{\"money\":1234560}");
	sets("money", "300分", "{\"money\":300}");
	sets("money", "300fen", "{\"money\":300}");
	sets("money", "123.450元", "{\"money\":12345}");
	sets("money", "123.456元", "range");
	sets("money", "123.46", "type");
	sets("money", "元", "type");
	sets("money", "1,000元", "type");
	sets("money", "100美元", "type");
	sets("money", "90071992547409.91元", "{\"money\":9007199254740991}");
	sets("money", "90071992547409.92元", "range");
}

static void
test_other_types(void **state)
{

	(void)state;
	sets("day", "2024-02-29", "{\"day\":\"2024-02-29\"}");
	sets("day", "2023-02-29", "date");
	sets("day", "1900-02-29", "date");
	sets("day", "2026-04-31", "date");
	sets("day", "2026-13-01", "date");
	sets("day", "2026-1-1", "date");
	sets("day", "0000-01-01", "date");
	sets("one", "b", "{\"one\":\"b\"}");
	sets("one", "B", "choice");
	sets("many", " c  a c", "{\"many\":[\"a\",\"c\"]}");
	sets("many", "a d", "choice");
	sets("many", " ", "{}");
	sets("pic", HASH, "{\"pic\":\"" HASH "\"}");
	sets("pic", "00112233", "type");
	sets("pic", "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff", "type");
	sets("note", "说“\"好\\\"”\n\t\x01", "{\"note\":\"说“\\\"好\\\\\\\"”\\n\\t\\u0001\"}");
	sets("note", "bad \xff utf", "type");
	sets("g/name", "韦某", "{}{\"g\":{\"name\":\"韦某\"}}");
	sets("meta/instanceID", "uuid:1", "{\"meta\":{\"instanceID\":\"uuid:1\"}}");
	sets("meta/deviceID", "d", "{}{\"meta\":{\"deviceID\":\"d\"}}");
	sets("row[0]/who", "甲", "{}{\"row\":[{\"who\":\"甲\"}]}");
	sets("row[1]/k", "1", "range");
	sets("row[0]", "1", "unknown-field");
	sets("row/k", "1", "unknown-field");
	sets("g[0]/open", "1", "unknown-field");
	sets("row[x]/k", "1", "unknown-field");
	sets("row[0", "1", "unknown-field");
	sets("g", "1", "unknown-field");
	sets("g/", "1", "unknown-field");
	sets("", "1", "unknown-field");
	sets("none", "1", "unknown-field");
	sets("g/none", "1", "unknown-field");
}

static void
test_geopoint(void **state)
{

	(void)state;
	sets("at", "24.51449 107.37501 310.5 8", "{\"at\":\"24.51 107.38\"}{\"at\":\"24.51449 107.37501 310.5 8\"}");
	sets("at", "24.5,107", "{\"at\":\"24.50 107.00\"}{\"at\":\"24.5 107\"}");
	sets("at", "-0.004 -0.005", "{\"at\":\"0.00 -0.01\"}{\"at\":\"-0.004 -0.005\"}");
	sets("at", "89.999 -179.995", "{\"at\":\"90.00 -180.00\"}{\"at\":\"89.999 -179.995\"}");
	sets("at", "90.0 180", "{\"at\":\"90.00 180.00\"}{\"at\":\"90.0 180\"}");
	sets("home", "24.51449 107.37501", "{}{\"home\":\"24.51449 107.37501\"}");
	sets("at", "90.01 0", "range");
	sets("at", "0 180.0001", "range");
	sets("at", "1000 0", "range");
	sets("at", "1 2 3 -1", "range");
	sets("at", "24", "type");
	sets("at", "1 2 3 4 5", "type");
	sets("at", "N24 E107", "type");
}

/* form_check() of the text; "" or "PATH RULE" of each finding in turn. */
static void
checks(const char *json, const char *want)
{
	struct form_findings r = { 0, NULL };
	cJSON *obj = cJSON_Parse(json);
	struct buf b;
	size_t i;
	int rc;

	assert_non_null(obj);
	buf_init(&b, 65536);
	rc = form_check(form, obj, &r);
	for (i = 0; i < r.n; i++)
		(void)buf_printf(&b, "%s%s %s", i > 0 ? ", " : "", r.f[i].path, r.f[i].rule);
	assert_int_equal(rc, r.n > 0);
	if (strcmp(buf_str(&b), want) != 0)
		fail_msg("%s: %s, not %s", json, buf_str(&b), want);
	buf_free(&b);
	form_findings_free(&r);
	cJSON_Delete(obj);
}

static void
test_check(void **state)
{
#define MORE "\"id\":\"451223-1\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}"

	(void)state;
	checks("{" MORE "}", "");
	checks("{}", "id required, day required, g/open required");
	checks("{\"id\":\"\",\"day\":null,\"g\":{}}", "id required, day required, g/open required");
	checks("[]", " type");
	checks("{" MORE ",\"x\":1,\"Day\":\"2026-11-03\"}", "x unknown-field, Day unknown-field");
	checks("{" MORE ",\"n\":\"1\",\"size\":1,\"note\":[1],\"many\":\"a\"}", "n type, size type, many type, note type");
	checks("{" MORE ",\"n\":1.5}", "n type");
	checks("{" MORE ",\"n\":9007199254740991}", "");
	checks("{" MORE ",\"n\":9007199254740992}", "n range");
	checks("{" MORE ",\"n\":1e300}", "n range");
	checks("{" MORE ",\"size\":\"07\"}", "size type");
	checks("{" MORE ",\"size\":\"-0\"}", "size type");
	checks("{" MORE ",\"size\":\"1.\"}", "size type");
	checks("{" MORE ",\"many\":[\"b\",\"a\"]}", "");
	checks("{" MORE ",\"many\":[\"b\",\"b\"]}", "many choice");
	checks("{" MORE ",\"many\":[1]}", "many choice");
	checks("{" MORE ",\"one\":\"z\"}", "one choice");
	checks("{" MORE ",\"at\":\"24 107 \"}", "at type");
	checks("{" MORE ",\"pic\":\"x.jpg\"}", "pic type");
	checks("{" MORE ",\"pic\":\"" HASH "\"}", "");
	checks("{" MORE ",\"row\":[{\"k\":1},{\"who\":\"a\"},7]}", "row[1]/k required, row[2] type");
	checks("{" MORE ",\"row\":{\"k\":1}}", "row type");
	checks("{" MORE ",\"meta\":{\"instanceID\":\"uuid:1\",\"x\":1}}", "meta/x unknown-field");
	checks("{" MORE ",\"meta\":{\"instanceID\":1}}", "meta/instanceID type");
	checks("{\"id\":\"a b\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}}", "id subject");
	checks("{\"id\":\"-a\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}}", "id subject");
	/* the worked example of GB 11643, then the same with another check digit */
	checks("{\"id\":\"11010519491231002X\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}}", "id subject");
	checks("{\"id\":\"110105194912310021\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}}", "id subject"); /* mistyped, and as telling */
	checks("{\"id\":\"451224104207000001\",\"day\":\"2026-11-03\",\"g\":{\"open\":1}}", "");
}

static void
test_check_bounded(void **state)
{
	struct form_findings r = { 0, NULL };
	cJSON *obj = cJSON_CreateObject();
	char key[300];
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		assert_non_null(cJSON_AddNumberToObject(obj, key, 1));
	}
	memset(key, 0, sizeof(key));
	for (i = 0; i < 90; i++)
		memcpy(key + 3 * i, "字", 3);
	assert_int_equal(form_check(form, obj, &r), 1);
	assert_int_equal(r.n, FORM_FINDINGS_MAX);
	form_findings_free(&r);
	assert_int_equal(r.n, 0);
	assert_int_equal(form_set(form, obj, key, "1", &r), -1); /* the message is cut between characters */
	assert_int_equal(strlen(r.f[0].path) % 3, 0);
	assert_int_equal(form_set(form, obj, key, "1", NULL), -1);
	form_findings_free(&r);
	cJSON_Delete(obj);
}

static void
test_split_and_join(void **state)
{
	const char *answers =
	    "{\"note\":\"好\",\"meta\":{\"instanceID\":\"uuid:1\"},\"row\":[{\"k\":1},{},{\"who\":\"乙\"},{\"k\":3,\"who\":\"丙\"}],"
	    "\"g\":{\"name\":\"甲\",\"open\":1},\"many\":[\"c\",\"a\"],\"at\":\"24.514 107.376\",\"id\":\"x-1\",\"n\":0,\"one\":\"\"}";
	cJSON *obj = cJSON_Parse(answers), *a, *b, *joined;
	struct err e = { "" };
	struct buf pub, pers, pub2, pers2;

	(void)state;
	buf_init(&pub, 65536);
	buf_init(&pers, 65536);
	buf_init(&pub2, 65536);
	buf_init(&pers2, 65536);
	assert_int_equal(form_split(form, obj, &pub, &pers), 0);
	assert_string_equal(buf_str(&pub), "{\"id\":\"x-1\",\"n\":0,\"many\":[\"a\",\"c\"],\"at\":\"24.51 107.38\",\"g\":{\"open\":1},"
	    "\"row\":[{\"k\":1},{},{\"k\":3}],\"note\":\"好\",\"meta\":{\"instanceID\":\"uuid:1\"}}");
	assert_string_equal(buf_str(&pers), "{\"at\":\"24.514 107.376\",\"g\":{\"name\":\"甲\"},"
	    "\"row\":[{},{\"who\":\"乙\"},{\"who\":\"丙\"}]}");
	assert_int_equal(json_scan(pub.data, pub.len, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, &e), 0);
	assert_int_equal(json_scan(pers.data, pers.len, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, &e), 0);
	a = json_parse(pub.data, pub.len, JSON_OBJECT, &e);
	b = json_parse(pers.data, pers.len, JSON_OBJECT, &e);
	joined = form_join(a, b);
	assert_int_equal(form_split(form, joined, &pub2, &pers2), 0);
	assert_string_equal(buf_str(&pub2), buf_str(&pub));
	assert_string_equal(buf_str(&pers2), buf_str(&pers));
	cJSON_Delete(joined);
	joined = form_join(a, NULL);
	assert_true(cJSON_Compare(a, joined, 1));
	cJSON_Delete(joined);
	cJSON_Delete(a);
	cJSON_Delete(b);
	cJSON_Delete(obj);
	buf_free(&pub);
	buf_free(&pers);
	buf_free(&pub2);
	buf_free(&pers2);
}

/* What form_check() would name, form_split() does not print. */
static void
test_split_refuses(void **state)
{
	static const char *const bad[] = {
		"[]", "{\"x\":1}", "{\"n\":1.5}", "{\"n\":\"1\"}", "{\"many\":[\"z\"]}", "{\"row\":{\"k\":1}}", "{\"row\":[1]}",
		"{\"g\":[1]}", "{\"g\":{\"x\":1}}", "{\"row\":[{\"x\":1}]}", "{\"at\":\"here\"}", "{\"pic\":\"x\"}",
	};
	struct buf pub, pers;
	cJSON *obj;
	size_t i;

	(void)state;
	buf_init(&pub, 65536);
	buf_init(&pers, 65536);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		obj = cJSON_Parse(bad[i]);
		if (form_split(form, obj, &pub, &pers) != -1)
			fail_msg("split %s", bad[i]);
		cJSON_Delete(obj);
	}
	obj = cJSON_Parse("{\"note\":\"longer than the buffer\"}");
	buf_free(&pub);
	buf_init(&pub, 10);
	assert_int_equal(form_split(form, obj, &pub, &pers), -1);
	cJSON_Delete(obj);
	buf_free(&pub);
	buf_free(&pers);
}

static void
test_set_replaces(void **state)
{
	cJSON *obj = cJSON_Parse("{\"n\":1,\"g\":7,\"row\":[{\"k\":1}]}");
	struct form_findings r = { 0, NULL };
	char *s;

	(void)state;
	assert_int_equal(form_set(form, obj, "n", "2", &r), 0);
	assert_int_equal(form_set(form, obj, "row[0]/k", "5", &r), 0);
	assert_int_equal(form_set(form, obj, "row[1]/k", "6", &r), 0);
	assert_int_equal(form_set(form, obj, "g/open", "1", &r), -1);
	assert_string_equal(r.f[0].rule, "type");
	assert_int_equal(form_set(form, obj, "n", "", &r), 0);
	s = cJSON_PrintUnformatted(obj);
	assert_string_equal(s, "{\"g\":7,\"row\":[{\"k\":5},{\"k\":6}]}");
	cJSON_free(s);
	form_findings_free(&r);
	cJSON_Delete(obj);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_geopoint),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_bounded),
		cmocka_unit_test(test_split_and_join),
		cmocka_unit_test(test_split_refuses),
		cmocka_unit_test(test_set_replaces),
	};

	return (cmocka_run_group_tests_name("answers", tests, open_form, close_form));
}
