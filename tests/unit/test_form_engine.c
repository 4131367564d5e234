/* Goal: a form being filled in asks, requires, refuses, counts and calculates as its rules say, within bounds whatever the form says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "forms/engine.h"

#define HEAD                                                                                                     \
	"<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" "                 \
	"xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:tally=\"urn:tallystick:xform:v1\"><h:head><h:title>t</h:title><model>"
#define NOW UINT64_C(1795449600123) /* 2026-11-24 in China */

static struct form *
parse(const char *fields, const char *model, const char *body, struct err *e)
{
	struct form *f;
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_printf(&b, HEAD "<itext><translation lang=\"zh\"><text id=\"m\"><value>太大</value></text></translation>"
	    "<translation lang=\"en\"><text id=\"m\"><value>too large</value></text></translation></itext>"
	    "<instance><data id=\"t\" version=\"1\">%s<meta><instanceID/><timeStart/></meta></data></instance>%s</model></h:head>"
	    "<h:body>%s</h:body></h:html>", fields, model, body);
	assert_true(buf_ok(&b));
	f = form_parse(b.data, b.len, e);
	buf_free(&b);
	return (f);
}

static struct form *
fine(const char *fields, const char *model, const char *body)
{
	struct err e = { "" };
	struct form *f = parse(fields, model, body, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return (f);
}

static const struct form_env now = { .now_ms = NOW, .device = "dev1" };
static const struct form_env named = { .now_ms = NOW, .device = "dev1", .instance_id = "uuid:1" };

static struct form_run *
open_run(const struct form *f, const char *answers)
{
	cJSON *obj = answers == NULL ? NULL : cJSON_Parse(answers);
	struct err e = { "" };
	struct form_run *r = form_run_open(f, &now, obj, &e);

	if (r == NULL)
		fail_msg("%s", e.text);
	cJSON_Delete(obj);
	return (r);
}

static void
set(struct form_run *r, const char *path, const char *text)
{
	struct form_findings out = { 0, NULL };

	if (form_run_set(r, path, text, &out) != 0)
		fail_msg("%s=%s: %s", path, text, out.f[0].text);
}

static void
answers(struct form_run *r, const char *want)
{
	cJSON *obj = form_run_answers(r);
	char *s = cJSON_PrintUnformatted(obj);

	assert_string_equal(s, want);
	cJSON_free(s);
	cJSON_Delete(obj);
}

/* "PATH RULE PATH RULE" of a list of findings. */
static void
names(const struct form_findings *out, const char *want)
{
	char s[2000] = "";
	size_t i;

	for (i = 0; i < out->n; i++)
		(void)snprintf(s + strlen(s), sizeof(s) - strlen(s), "%s%s %s", i == 0 ? "" : ", ", out->f[i].path, out->f[i].rule);
	assert_string_equal(s, want);
}

static void
checks(struct form_run *r, const char *want)
{
	struct form_findings out = { 0, NULL };

	assert_int_equal(form_run_check(r, &out), *want != '\0');
	names(&out, want);
	form_findings_free(&out);
}

/* form_check_in() of whole answers. */
static void
judged_in(const struct form *f, const struct form_env *env, const char *json, const char *want)
{
	struct form_findings out = { 0, NULL };
	cJSON *obj = cJSON_Parse(json);

	assert_non_null(obj);
	assert_int_equal(form_check_in(f, env, obj, &out), *want != '\0');
	names(&out, want);
	form_findings_free(&out);
	cJSON_Delete(obj);
}

static void
judged(const struct form *f, const char *json, const char *want)
{

	judged_in(f, &now, json, want);
}

static void
test_relevance(void **state)
{
	struct form *f = fine("<a/><b/><c/><g><d/><e/></g>",
	    "<bind nodeset=\"/data/a\" type=\"int\"/><bind nodeset=\"/data/b\" type=\"int\" relevant=\"/data/a &gt; 1\"/>"
	    "<bind nodeset=\"/data/c\" type=\"int\" relevant=\"../b = 5\" required=\"true()\"/>"
	    "<bind nodeset=\"/data/g\" relevant=\"/data/c = 9\"/><bind nodeset=\"/data/g/d\" type=\"int\" required=\"../e != ''\"/>", "");
	struct form_run *r = open_run(f, NULL);

	(void)state;
	assert_int_equal(form_run_relevant(r, "a"), 1);
	assert_int_equal(form_run_relevant(r, "b"), 0);
	assert_int_equal(form_run_relevant(r, "none"), -1);
	set(r, "a", "2");
	assert_int_equal(form_run_relevant(r, "b"), 1);
	assert_int_equal(form_run_required(r, "c"), 0);
	set(r, "b", "5");
	assert_int_equal(form_run_relevant(r, "c"), 1);
	assert_int_equal(form_run_required(r, "c"), 1);
	checks(r, "c required");
	set(r, "c", "9");
	assert_int_equal(form_run_relevant(r, "g/d"), 1);
	assert_int_equal(form_run_required(r, "g/d"), 0);
	set(r, "g/e", "x");
	assert_int_equal(form_run_required(r, "g/d"), 1);
	checks(r, "g/d required");
	answers(r, "{\"a\":2,\"b\":5,\"c\":9,\"g\":{\"e\":\"x\"}}");
	set(r, "a", "1"); /* the whole chain falls, and comes back with what was typed */
	assert_int_equal(form_run_relevant(r, "g"), 0);
	assert_string_equal(form_run_value(r, "g/e"), "");
	answers(r, "{\"a\":1}");
	checks(r, "");
	set(r, "a", "3");
	answers(r, "{\"a\":3,\"b\":5,\"c\":9,\"g\":{\"e\":\"x\"}}");
	form_run_free(r);
	judged(f, "{\"a\":1,\"b\":5}", "b relevant");
	judged(f, "{\"a\":2,\"b\":5}", "c required");
	judged(f, "{\"a\":2}", "");
	judged(f, "{\"a\":\"x\",\"b\":5}", "a type, b relevant");
	form_free(f);
}

static void
test_constraint(void **state)
{
	struct form *f = fine("<a/><b/><day/>",
	    "<bind nodeset=\"/data/a\" type=\"int\" constraint=\". &lt; 10\" jr:constraintMsg=\"jr:itext('m')\"/>"
	    "<bind nodeset=\"/data/b\" type=\"int\" required=\"true()\" jr:requiredMsg=\"say it\" constraint=\". &gt;= /data/a\"/>"
	    "<bind nodeset=\"/data/day\" type=\"date\" constraint=\". &lt;= today()\"/>", "");
	struct form_env none = { .now_ms = 0 };
	struct form_findings out = { 0, NULL };
	struct form_run *r = open_run(f, NULL);

	(void)state;
	assert_int_equal(form_run_valid(r, "a"), 1);
	set(r, "a", "12");
	assert_int_equal(form_run_valid(r, "a"), 0);
	assert_int_equal(form_run_check(r, &out), 1);
	names(&out, "a constraint, b required");
	assert_string_equal(out.f[0].message[FORM_ZH], "太大");
	assert_string_equal(out.f[0].message[FORM_EN], "too large");
	assert_string_equal(out.f[1].message[FORM_ZH], "say it");
	assert_null(strstr(out.f[0].text, "12"));
	form_findings_free(&out);
	assert_string_equal(form_run_message(f, "a", "constraint", FORM_ZH), "太大");
	assert_null(form_run_message(f, "a", "required", FORM_ZH));
	set(r, "b", "11");
	checks(r, "a constraint, b constraint");
	set(r, "a", "9");
	checks(r, "");
	form_run_free(r);
	judged(f, "{\"a\":1,\"b\":1,\"day\":\"2026-11-24\"}", "");
	judged(f, "{\"a\":1,\"b\":1,\"day\":\"2026-11-25\"}", "day constraint");
	judged_in(f, &none, "{\"a\":1,\"b\":1,\"day\":\"2026-11-25\"}", ""); /* without a clock nobody knows */
	judged_in(f, NULL, "{\"b\":1,\"a\":10,\"day\":\"2026-11-25\"}", "a constraint, b constraint");
	form_free(f);
}

static void
test_calculate(void **state)
{
	struct form *f = fine("<a/><b/><c/><d/><id/><t/>",
	    "<bind nodeset=\"/data/a\" type=\"int\"/><bind nodeset=\"/data/c\" type=\"decimal\" calculate=\"/data/b div 3\"/>"
	    "<bind nodeset=\"/data/b\" type=\"int\" calculate=\"/data/a * 2\" relevant=\"/data/a &gt; 0\"/>"
	    "<bind nodeset=\"/data/d\" type=\"int\" readonly=\"true()\"/><bind nodeset=\"/data/id\" calculate=\"uuid()\"/>"
	    "<bind nodeset=\"/data/t\" type=\"date\" calculate=\"today()\"/>", "");
	struct form_findings out = { 0, NULL };
	struct form_run *r = open_run(f, NULL);
	cJSON *obj;
	char id[40];

	(void)state;
	set(r, "a", "5");
	assert_string_equal(form_run_value(r, "b"), "10");
	assert_string_equal(form_run_value(r, "c"), "3.3333333333333335");
	assert_string_equal(form_run_value(r, "t"), "2026-11-24");
	assert_int_equal(form_run_readonly(r, "b"), 1);
	assert_int_equal(form_run_readonly(r, "d"), 1);
	assert_int_equal(form_run_readonly(r, "a"), 0);
	(void)snprintf(id, sizeof(id), "%s", form_run_value(r, "id"));
	assert_int_equal(strlen(id), 36);
	set(r, "a", "0");
	assert_string_equal(form_run_value(r, "b"), "");
	assert_string_equal(form_run_value(r, "c"), "");
	assert_string_equal(form_run_value(r, "id"), id); /* what hangs on chance stays */
	form_run_free(r);
	judged(f, "{\"a\":5,\"b\":10,\"c\":\"3.3333333333\",\"id\":\"x\",\"t\":\"2020-01-01\"}", ""); /* the last digits, the clock and chance are no matter */
	judged(f, "{\"a\":5,\"b\":11,\"c\":\"3.4\"}", "b calculate, c calculate");
	judged(f, "{\"a\":5}", "b calculate, c calculate");
	obj = cJSON_Parse("{\"a\":5,\"b\":1}");
	assert_int_equal(form_fill(f, &now, 1, obj, &out), 0);
	assert_int_equal(cJSON_GetObjectItem(obj, "b")->valueint, 10);
	assert_string_equal(cJSON_GetObjectItem(obj, "t")->valuestring, "2026-11-24");
	assert_int_equal(form_check_in(f, &now, obj, &out), 0);
	cJSON_ReplaceItemInObject(obj, "b", cJSON_CreateNumber(9));
	assert_int_equal(form_check_in(f, &now, obj, &out), 1);
	assert_int_equal(form_grave(&out), 0);
	cJSON_ReplaceItemInObject(obj, "a", cJSON_CreateString("x"));
	assert_int_equal(form_check_in(f, &now, obj, &out), 1);
	assert_int_equal(form_grave(&out), 1);
	form_findings_free(&out);
	cJSON_Delete(obj);
	form_free(f);
}

#define LOOP(a, b) "<bind nodeset=\"/data/a\" " a "/><bind nodeset=\"/data/b\" " b "/>"

static void
test_circles(void **state)
{
	static const char *const t[] = {
		LOOP("calculate=\"/data/b + 1\"", "calculate=\"/data/a + 1\""), LOOP("relevant=\"/data/b = 1\"", "relevant=\"/data/a = 1\""),
		LOOP("relevant=\"/data/b = 1\"", "calculate=\"/data/a\""), LOOP("calculate=\"count(/data/r) + sum(/data/r/x)\"", "type=\"int\"")
		"<bind nodeset=\"/data/r/x\" calculate=\"/data/a\"/>", "<bind nodeset=\"/data/r/x\" relevant=\". = 1\"/>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err e = { "" };
		struct form *f = parse("<a/><b/><r jr:template=\"\"><x/></r>", t[i], "<repeat nodeset=\"/data/r\"/>", &e);

		form_free(f);
		if (f != NULL || strstr(e.text, "circle") == NULL || strstr(e.text, i < 4 ? "a -> " : "r/x -> r/x") == NULL)
			fail_msg("%s: %s", t[i], e.text);
	}
}

static void
test_repeats(void **state)
{
	struct form *f = fine("<n/><r jr:template=\"\"><v>1</v><s/><t/><k/></r><all/><c jr:template=\"\"><x/><y/></c><c><x/><y/></c>",
	    "<bind nodeset=\"/data/n\" type=\"int\"/><bind nodeset=\"/data/r/v\" type=\"int\" constraint=\". &lt; 100\"/>"
	    "<bind nodeset=\"/data/r/s\" type=\"int\" calculate=\"../v * position(..)\"/>"
	    "<bind nodeset=\"/data/r/t\" type=\"int\" calculate=\"coalesce(indexed-repeat(/data/r/t, /data/r, position(..) - 1), 0) + ../v\"/>"
	    "<bind nodeset=\"/data/r/k\" type=\"int\" relevant=\"../v &gt; 1\" required=\"true()\"/>"
	    "<bind nodeset=\"/data/all\" type=\"int\" calculate=\"sum(/data/r/s)\"/>",
	    "<group ref=\"/data/r\"><repeat nodeset=\"/data/r\"/></group>"
	    "<group ref=\"/data/c\"><repeat nodeset=\"/data/c\" jr:count=\"/data/n\"><input ref=\"/data/c/x\"/></repeat></group>");
	struct form_run *r = open_run(f, NULL);

	(void)state;
	assert_int_equal(form_run_count(r, "r"), 0);
	assert_int_equal(form_run_count(r, "c"), 0);
	assert_int_equal(form_run_fixed(r, "c"), 1);
	assert_int_equal(form_run_fixed(r, "r"), 0);
	assert_int_equal(form_run_add(r, "r"), 0);
	assert_int_equal(form_run_add(r, "c"), -1);
	set(r, "r[1]/v", "4");
	set(r, "r[2]/v", "5");
	assert_string_equal(form_run_value(r, "r[0]/s"), "1");
	assert_string_equal(form_run_value(r, "r[2]/s"), "15");
	assert_string_equal(form_run_value(r, "r[2]/t"), "10"); /* a running total */
	assert_string_equal(form_run_value(r, "all"), "24");
	assert_int_equal(form_run_relevant(r, "r[0]/k"), 0);
	assert_int_equal(form_run_relevant(r, "r[1]/k"), 1);
	checks(r, "r[1]/k required, r[2]/k required");
	assert_int_equal(form_run_remove(r, "r[1]"), 0);
	assert_string_equal(form_run_value(r, "r[1]/t"), "6");
	assert_null(form_run_value(r, "r[2]/t"));
	set(r, "r[1]/v", "100");
	checks(r, "r[1]/v constraint, r[1]/k required");
	set(r, "n", "3");
	assert_int_equal(form_run_count(r, "c"), 3);
	set(r, "c[2]/x", "q");
	set(r, "n", "2");
	assert_int_equal(form_run_count(r, "c"), 2);
	set(r, "n", "1001");
	assert_int_equal(form_run_settle(r, NULL), -1);
	checks(r, " limit, r[1]/v constraint, r[1]/k required");
	form_run_free(r);
	judged(f, "{\"n\":1,\"c\":[{\"x\":\"a\"},{\"x\":\"b\"}]}", "c count");
	judged(f, "{\"n\":2,\"c\":[{\"x\":\"a\"}]}", "");
	judged(f, "{\"r\":[{\"v\":2,\"s\":2,\"t\":2},{\"v\":1,\"s\":2,\"t\":3,\"k\":4}],\"all\":4}", "r[0]/k required, r[1]/k relevant");
	form_free(f);
}

#define TOWNS                                                                                                    \
	"<instance id=\"towns\"><root><item><name>t1</name><label>One</label><county>x</county></item>"             \
	"<item><name>t2</name><label>Two</label><county>y</county></item><item><name>t3</name><label>Three</label><county>y</county></item>" \
	"</root></instance>"

static void
test_choices(void **state)
{
	struct form *f = fine("<county/><town/><many/><who/><r jr:template=\"\"><id/></r><pick/>", TOWNS
	    "<instance id=\"roster\" src=\"jr://file-csv/roster.csv\"/>",
	    "<input ref=\"/data/county\"/><select1 ref=\"/data/town\"><itemset nodeset=\"instance('towns')/root/item[county = /data/county]\">"
	    "<value ref=\"name\"/><label ref=\"label\"/></itemset></select1><select ref=\"/data/many\"><itemset nodeset=\"instance('towns')/root/item\">"
	    "<value ref=\"name\"/><label ref=\"label\"/></itemset></select><select1 ref=\"/data/who\"><itemset nodeset=\"instance('roster')/root/item\">"
	    "<value ref=\"name\"/><label ref=\"head\"/></itemset></select1><repeat nodeset=\"/data/r\"/>"
	    "<select1 ref=\"/data/pick\"><itemset nodeset=\"/data/r\"><value ref=\"id\"/><label ref=\"id\"/></itemset></select1>");
	struct form_run *r = open_run(f, NULL);
	const struct choice *c = NULL;

	(void)state;
	assert_int_equal(form_field(f, "town")->nchoices, 3);
	assert_ptr_equal(form_field(f, "town")->choices, form_field(f, "many")->choices);
	assert_int_equal(form_run_choices(r, "town", &c), 3);
	assert_string_equal(c[1].label[FORM_EN], "Two");
	assert_int_equal(form_run_offered(r, "town", 0), 0);
	set(r, "county", "y");
	assert_int_equal(form_run_offered(r, "town", 0), 0);
	assert_int_equal(form_run_offered(r, "town", 2), 1);
	assert_int_equal(form_run_offered(r, "town", 3), -1);
	assert_int_equal(form_run_offered(r, "many", 0), 1);
	set(r, "town", "t1");
	checks(r, "town choice");
	set(r, "town", "t3");
	set(r, "many", "t3 t1");
	assert_string_equal(form_run_value(r, "many"), "t1 t3");
	set(r, "who", "h9"); /* the roster is not served here: nobody can say */
	checks(r, "");
	set(r, "r[0]/id", "k1");
	set(r, "pick", "k2");
	checks(r, "pick choice");
	set(r, "pick", "k1");
	checks(r, "");
	form_run_free(r);
	judged(f, "{\"county\":\"x\",\"town\":\"t2\"}", "town choice");
	judged(f, "{\"county\":\"x\",\"town\":\"t9\"}", "town choice");
	judged(f, "{\"county\":\"x\",\"town\":\"t1\",\"many\":[\"t2\",\"t2\"]}", "many choice");
	form_free(f);
}

static void
test_beginning(void **state)
{
	struct form *f = fine("<a>5</a><b/><c/><start/><today/><dev/><r><x>9</x></r>",
	    "<bind nodeset=\"/data/a\" type=\"int\"/><bind nodeset=\"/data/start\" type=\"dateTime\" jr:preload=\"timestamp\" jr:preloadParams=\"start\"/>"
	    "<bind nodeset=\"/data/today\" type=\"date\" jr:preload=\"date\" jr:preloadParams=\"today\"/>"
	    "<bind nodeset=\"/data/dev\" jr:preload=\"property\" jr:preloadParams=\"deviceid\"/><bind nodeset=\"/data/r/x\" type=\"int\"/>"
	    "<bind nodeset=\"/data/meta/instanceID\" jr:preload=\"uid\"/><bind nodeset=\"/data/meta/timeStart\" jr:preload=\"timestamp\" jr:preloadParams=\"start\"/>"
	    "<setvalue event=\"odk-instance-first-load\" ref=\"/data/b\" value=\"/data/a + 1\"/>"
	    "<setvalue event=\"odk-instance-first-load\" ref=\"/data/c\">text</setvalue>", "<repeat nodeset=\"/data/r\"/>");
	struct form_findings out = { 0, NULL };
	struct form_run *r = open_run(f, NULL);
	cJSON *obj;
	char *s;

	(void)state;
	answers(r, "{\"a\":5,\"b\":\"6\",\"c\":\"text\",\"start\":\"2026-11-24T00:00:00.123+08:00\",\"today\":\"2026-11-24\",\"dev\":\"dev1\",\"r\":[{\"x\":9}],"
	    "\"meta\":{\"timeStart\":\"2026-11-24T00:00:00.123+08:00\"}}");
	set(r, "a", "7"); /* set once, not again */
	assert_string_equal(form_run_value(r, "b"), "6");
	form_run_free(r);
	r = open_run(f, "{\"c\":\"mine\"}"); /* what was answered is as it was */
	answers(r, "{\"c\":\"mine\"}");
	form_run_free(r);
	obj = cJSON_Parse("{\"a\":1,\"c\":\"mine\"}");
	assert_int_equal(form_fill(f, &named, 1, obj, &out), 0);
	s = cJSON_PrintUnformatted(obj);
	assert_string_equal(s, "{\"a\":1,\"c\":\"mine\",\"b\":\"2\",\"start\":\"2026-11-24T00:00:00.123+08:00\",\"today\":\"2026-11-24\",\"dev\":\"dev1\","
	    "\"meta\":{\"instanceID\":\"uuid:1\",\"timeStart\":\"2026-11-24T00:00:00.123+08:00\"}}");
	cJSON_free(s);
	cJSON_Delete(obj);
	form_free(f);
}

static void
test_controls(void **state)
{
	struct form *f = fine("<q/><ok/><t/><at/>",
	    "<bind nodeset=\"/data/q\" type=\"int\"/><bind nodeset=\"/data/t\" type=\"time\"/><bind nodeset=\"/data/at\" type=\"dateTime\"/>",
	    "<range ref=\"/data/q\" start=\"1\" end=\"10\" step=\"1\"/><trigger ref=\"/data/ok\"/><input ref=\"/data/t\"/><input ref=\"/data/at\"/>");

	(void)state;
	assert_int_equal(form_field(f, "q")->control, CONTROL_RANGE);
	assert_int_equal(form_field(f, "ok")->control, CONTROL_TRIGGER);
	judged(f, "{\"q\":10,\"ok\":\"OK\",\"t\":\"08:15:00.000+08:00\",\"at\":\"2026-11-24T08:15:00.000+08:00\"}", "");
	judged(f, "{\"q\":11,\"ok\":\"yes\",\"t\":\"8:15\",\"at\":\"2026-11-24\"}", "q range, ok choice, t date, at date");
	form_free(f);
}

/* Personal answers that are not at hand are not missed. */
static void
test_withheld(void **state)
{
	struct form *f = fine("<name/><age/><young/><ok/>",
	    "<bind nodeset=\"/data/name\" required=\"true()\"/><bind nodeset=\"/data/age\" type=\"int\" tally:personal=\"true()\"/>"
	    "<bind nodeset=\"/data/young\" type=\"int\" calculate=\"/data/age &lt; 18\"/>"
	    "<bind nodeset=\"/data/ok\" type=\"int\" relevant=\"/data/age &gt; 5\" constraint=\". &lt; /data/age\" required=\"true()\"/>", "");
	struct form_env env = { .now_ms = NOW, .withheld = 1 };

	(void)state;
	judged(f, "{\"ok\":3}", "name required, ok relevant");
	judged_in(f, &env, "{\"ok\":3}", "");
	judged_in(f, &env, "{}", "");
	form_free(f);
}

/* Expressions that would not end, or give without end, end with a finding of their own. */
static void
test_limits(void **state)
{
	struct buf b, list;
	struct form *f;
	clock_t from;
	int i;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	buf_init(&list, FORM_BYTES_MAX);
	(void)buf_puts(&list, "<instance id=\"l\"><root>");
	for (i = 0; i < 20000; i++)
		(void)buf_printf(&list, "<item><n>%d</n></item>", i);
	(void)buf_puts(&list, "</root></instance><bind nodeset=\"/data/a\" type=\"int\" constraint=\""
	    "count(instance('l')/root/item[count(instance('l')/root/item[n = current()]) = 7]) = 0\"/>");
	f = fine("<a/>", buf_str(&list), "");
	from = clock();
	judged(f, "{\"a\":1}", "a limit");
	assert_true((clock() - from) / CLOCKS_PER_SEC < 10);
	form_free(f);
	/* doubling text */
	(void)buf_puts(&b, "<bind nodeset=\"/data/a\" calculate=\"");
	for (i = 0; i < 30; i++)
		(void)buf_puts(&b, "concat(");
	(void)buf_puts(&b, "/data/b");
	for (i = 0; i < 30; i++)
		(void)buf_puts(&b, ",/data/b)");
	(void)buf_puts(&b, "\"/>");
	f = fine("<a/><b/>", buf_str(&b), "");
	judged(f, "{\"b\":\"x\"}", "a calculate");
	form_free(f);
	buf_free(&b);
	buf_free(&list);
}

/* A hundred thousand choices are read, offered and judged in time. */
static void
test_many_choices(void **state)
{
	struct form_run *r;
	struct form *f;
	struct buf b;
	clock_t from = clock();
	int i;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_puts(&b, "<instance id=\"l\"><root>");
	for (i = 0; i < 100000; i++)
		(void)buf_printf(&b, "<item><name>c%d</name><label>L%d</label><up>%d</up></item>", i, i, i % 100);
	(void)buf_puts(&b, "</root></instance>");
	f = fine("<up/><a/>", buf_str(&b), "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[up = /data/up]\">"
	    "<value ref=\"name\"/><label ref=\"label\"/></itemset></select1>");
	buf_free(&b);
	r = open_run(f, "{\"up\":\"7\",\"a\":\"c99907\"}");
	assert_int_equal(form_run_offered(r, "a", 99907), 1);
	assert_int_equal(form_run_offered(r, "a", 99908), 0);
	checks(r, "");
	form_run_free(r);
	form_free(f);
	print_message("# 100,000 choices: %.2f s\n", (double)(clock() - from) / CLOCKS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relevance),
		cmocka_unit_test(test_constraint),
		cmocka_unit_test(test_calculate),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_choices),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
