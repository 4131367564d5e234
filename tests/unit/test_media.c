/* Goal: files beside a form are read strictly and named by hash; names of the roster go nowhere public; what looks at a list that is not served is not judged, what is served is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/engine.h"
#include "forms/media.h"

#define HASH64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct form *
parse(const char *head, const char *fields, const char *model, const char *body, struct err *e)
{
	struct form *f;
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_printf(&b, "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:tally=\"urn:tallystick:xform:v1\"><h:head><h:title>t</h:title><model>"
	    "<instance><data id=\"t\" version=\"1\">%s<meta><instanceID/></meta></data></instance>%s</model>%s</h:head><h:body>%s</h:body></h:html>", fields, model, head, body);
	assert_true(buf_ok(&b));
	f = form_parse(b.data, b.len, e);
	buf_free(&b);
	return (f);
}

static void
test_rows(void **state)
{
	static const struct { const char *name, *text, *json; } t[] = {
		{ "a.csv", "name,label\nx,\"X, \"\"y\"\"\"\nz\n", "[{\"name\":\"x\",\"label\":\"X, \\\"y\\\"\"},{\"name\":\"z\"}]" },
		{ "a.csv", "\xef\xbb\xbfname\r\n\xe6\x9d\x91\r\n", "[{\"name\":\"\xe6\x9d\x91\"}]" }, { "a.csv", "name\n", "[]" },
		{ "a.xml", "<root><item><name>x</name><label>A &amp; B</label></item><item/></root>", "[{\"name\":\"x\",\"label\":\"A & B\"},{}]" },
		{ "a.csv", "", "no head" }, { "a.csv", "name,name\na,b\n", "column 2" }, { "a.csv", "1name\na\n", "column 1" }, { "a.csv", "name,\na,b\n", "column 2" },
		{ "a.csv", "name\na,b\n", "row 2" }, { "a.csv", "name\n\"a\n", "not closed" }, { "a.csv", "name\n\xff\n", "UTF-8" },
		{ "a.xml", "<!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><r><i><n>&a;</n></i></r>", "DOCTYPE" }, { "a.xml", "<r><i><n><b/></n></i></r>", "more than a text" },
		{ "a.xml", "<r><i><n/><n/></i></r>", "twice" }, { "a.xml", "<r>", "line" },
	};
	struct err e;
	struct buf b;
	cJSON *rows;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		e.text[0] = '\0';
		rows = media_rows(t[i].name, t[i].text, strlen(t[i].text), &e);
		text = rows != NULL ? cJSON_PrintUnformatted(rows) : NULL;
		if (t[i].json[0] == '[' ? text == NULL || strcmp(text, t[i].json) != 0 : rows != NULL || strstr(e.text, t[i].json) == NULL)
			fail_msg("%s: %s, %s", t[i].text, text != NULL ? text : "(none)", e.text);
		cJSON_free(text);
		cJSON_Delete(rows);
	}
	rows = cJSON_Parse("[{\"name\":\"x\",\"label\":\"A, \\\"B\\\"\"},{\"name\":\"y\",\"more\":\"<1 & 2>\"}]");
	buf_init(&b, 4096);
	assert_int_equal(media_csv(rows, &b), 0);
	assert_string_equal(buf_str(&b), "name,label,more\nx,\"A, \"\"B\"\"\",\ny,,<1 & 2>\n");
	buf_reset(&b);
	assert_int_equal(media_xml(rows, &b), 0);
	assert_non_null(strstr(buf_str(&b), "<item><name>y</name><more>&lt;1 &amp; 2&gt;</more></item>"));
	cJSON_Delete(rows);
	rows = media_rows("x.xml", b.data, b.len, &e);
	assert_int_equal(cJSON_GetArraySize(rows), 2);
	cJSON_Delete(rows);
	buf_free(&b);
}

static void
test_names(void **state)
{
	char name[FORM_MEDIA_NAME_MAX + 1];

	(void)state;
	assert_true(media_name_ok("a.csv") && media_name_ok("Plan_2-b.xml"));
	assert_false(media_name_ok(".csv") || media_name_ok("a.txt") || media_name_ok("../a.csv") || media_name_ok("a/b.csv") || media_name_ok("a..csv") || media_name_ok("a b.csv") || media_name_ok(""));
	assert_int_equal(media_source("jr://file-csv/a.csv", name), 0);
	assert_string_equal(name, "a.csv");
	assert_int_equal(media_source("http://x/a.csv", name), -1);
	assert_int_equal(media_source("jr://file/", name), -1);
	assert_true(media_own("places") && media_own("places.csv") && media_own("roster.xml") && media_own("subjects-water-works.csv") && media_own("last"));
	assert_false(media_own("place") || media_own("places-x.csv") || media_own("roster-x") || media_own("last-.csv") || media_own("lasting.csv"));
}

#define PRICES "<instance id=\"prices\" src=\"jr://file-csv/prices.csv\"/>"
#define ROSTER "<instance id=\"r\" src=\"jr://file-csv/roster.csv\"/>"
#define MEDIA(name, hash) "<tally:media name=\"" name "\" sha256=\"" hash "\"/>"

static void
test_form(void **state)
{
	static const struct { const char *head, *model, *body, *why; } t[] = {
		{ MEDIA("prices.csv", HASH64), PRICES, "", NULL },
		{ MEDIA("prices.csv", HASH64) MEDIA("prices.csv", HASH64), PRICES, "", "stands twice" },
		{ MEDIA("other.csv", HASH64), PRICES, "", "no instance" }, { MEDIA("prices.csv", "12"), PRICES, "", "64 hexadecimal" },
		{ MEDIA("../prices.csv", HASH64), PRICES, "", "name must be" }, { "<tally:media name=\"prices.csv\"/>", PRICES, "", "64 hexadecimal" },
		{ "<tally:media name=\"prices.csv\" sha256=\"" HASH64 "\" more=\"1\"/>", PRICES, "", "attribute more" },
		{ "<tally:media name=\"prices.csv\" sha256=\"" HASH64 "\">x<tally:indicator/></tally:media>", PRICES, "", "empty" },
		{ "<tally:other/>", PRICES, "", "not other" },
		/* names of persons */
		{ "", ROSTER "<bind nodeset=\"/data/a\" tally:personal=\"false()\" calculate=\"instance('r')/root/item[name = 'x']/label\"/>", "", "roster" },
		{ "", ROSTER "<bind nodeset=\"/data/a\" tally:personal=\"false()\" calculate=\"pulldata(&quot;r&quot;, 'label', 'name', 'x')\"/>", "", "roster" },
		{ "", ROSTER "<bind nodeset=\"/data/a\" tally:personal=\"true()\" calculate=\"instance('r')/root/item[name = 'x']/label\"/>", "", NULL },
		{ "", ROSTER "<bind nodeset=\"/data/a\" tally:personal=\"false()\"/><setvalue ref=\"/data/a\" event=\"odk-instance-first-load\" value=\"instance('r')/root/item[1]/label\"/>", "", "roster" },
		{ "", ROSTER, "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('r')/root/item\"><value ref=\"label\"/><label ref=\"label\"/></itemset></select1>", "only name" },
		{ "", ROSTER, "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('r')/root/item\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>", NULL },
		/* a file of the office's of that name is no roster */
		{ MEDIA("roster.csv", HASH64), ROSTER "<bind nodeset=\"/data/a\" tally:personal=\"false()\" calculate=\"instance('r')/root/item[name = 'x']/label\"/>", "", NULL },
	};
	struct form *f;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		e.text[0] = '\0';
		f = parse(t[i].head, "<a/><b/>", t[i].model, t[i].body, &e);
		if ((t[i].why == NULL) != (f != NULL) || (t[i].why != NULL && strstr(e.text, t[i].why) == NULL))
			fail_msg("%s%s: %s", t[i].head, t[i].model, e.text);
		form_free(f);
	}
	f = parse(MEDIA("prices.csv", HASH64), "<a/>", PRICES, "", &e);
	assert_int_equal(f->nmedia, 1);
	assert_int_equal(f->media[0].hash[1], 0x23);
	assert_ptr_equal(media_find(f, "jr://file-csv/prices.csv"), &f->media[0]);
	assert_string_equal(media_of(f, 0), "jr://file-csv/prices.csv");
	assert_null(media_of(f, 1));
	form_free(f);
}

static cJSON *
serve(void *ctx, const char *id, const char *src)
{
	(void)id;
	(void)src;
	return (cJSON_Parse(ctx));
}

static void
judged(const struct form *f, const char *rows, const char *json, const char *want)
{
	struct form_env env = { .now_ms = UINT64_C(1795449600123), .rows = rows != NULL ? serve : NULL, .ctx = (void *)(uintptr_t)rows };
	struct form_findings out = { 0, NULL };
	cJSON *answers = cJSON_Parse(json);

	assert_int_equal(form_check_in(f, &env, answers, &out), *want != '\0');
	assert_string_equal(out.n > 0 ? out.f[0].rule : "", want);
	form_findings_free(&out);
	cJSON_Delete(answers);
}

static void
test_served(void **state)
{
	struct err e = { "" };
	struct form *f = parse("", "<a/><n/><q/>", PRICES "<bind nodeset=\"/data/n\" type=\"int\" constraint=\". = instance('prices')/root/item[name = /data/a]/fen\" />"
	    "<bind nodeset=\"/data/q\" tally:personal=\"false()\" required=\"count(instance('prices')/root/item) = 0\"/>",
	    "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('prices')/root/item\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>", &e);
	static const char rows[] = "[{\"name\":\"x\",\"label\":\"X\",\"fen\":\"7\"}]";

	(void)state;
	if (f == NULL)
		fail_msg("%s", e.text);
	judged(f, rows, "{\"a\":\"x\",\"n\":7}", "");
	judged(f, rows, "{\"a\":\"x\",\"n\":8}", "constraint");
	judged(f, rows, "{\"a\":\"y\"}", "choice");
	judged(f, "[]", "{}", "required");
	/* not served: neither choices nor what else looks at the list is judged */
	judged(f, NULL, "{\"a\":\"y\",\"n\":8}", "");
	judged(f, NULL, "{}", "");
	form_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_served),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
