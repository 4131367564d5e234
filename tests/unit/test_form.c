/* Goal: an XForm is read whole or refused by name, and no hostile XML costs more than its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/form.h"

#define HEAD                                                                                                    \
	"<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" "              \
	"xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" "                    \
	"xmlns:odk=\"http://www.opendatakit.org/xforms\" xmlns:tally=\"urn:tallystick:xform:v1\">"               \
	"<h:head><h:title>房屋</h:title><model>"
#define META "<orx:meta><orx:instanceID/></orx:meta>"
#define ITEMS "<item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item>"

/* A form from its parts; the model's extras stand before the instance. */
static char *
form_text(const char *model, const char *fields, const char *binds, const char *head, const char *body)
{
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_printf(&b, HEAD "%s<instance><data id=\"t\" version=\"1\">%s" META "</data></instance>%s</model>%s"
	    "</h:head><h:body>%s</h:body></h:html>", model, fields, binds, head, body);
	assert_true(buf_ok(&b));
	return ((char *)buf_take(&b));
}

static struct form *
parse(const char *model, const char *fields, const char *binds, const char *head, const char *body, struct err *e)
{
	char *s = form_text(model, fields, binds, head, body);
	struct form *f = form_parse(s, strlen(s), e);

	free(s);
	return (f);
}

static struct form *
parse_fine(const char *model, const char *fields, const char *binds, const char *head, const char *body)
{
	struct err e = { "" };
	struct form *f = parse(model, fields, binds, head, body, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return (f);
}

/* The bytes are refused and the message holds ${word}. */
static void
refused_bytes(const void *p, size_t n, const char *word)
{
	struct err e = { "" };
	struct form *f = form_parse(p, n, &e);

	form_free(f);
	if (f != NULL)
		fail_msg("read, where \"%s\" should be refused", word);
	if (strstr(e.text, word) == NULL)
		fail_msg("\"%s\" does not name \"%s\"", e.text, word);
}

static void
refused(const char *model, const char *fields, const char *binds, const char *head, const char *body, const char *word)
{
	char *s = form_text(model, fields, binds, head, body);

	refused_bytes(s, strlen(s), word);
	free(s);
}

static void
test_whole_form(void **state)
{
	const char *itext =
	    "<itext><translation lang=\"中文 (zh)\" default=\"true()\">"
	    "<text id=\"x\"><value form=\"image\">jr://x.png</value><value>钱 &amp; 物</value></text>"
	    "<text id=\"only\"><value>只有</value></text></translation>"
	    "<translation lang=\"English (en)\"><text id=\"x\"><value> Money </value></text></translation></itext>";
	struct form *f = parse_fine(itext,
	    "<subject/><stage/><g><x/><deep><day/></deep></g><list jr:template=\"\"><note/></list><list><note/></list><pic/>",
	    "<bind nodeset=\"/data/subject\" type=\"string\" required=\"true()\" tally:subject=\"true()\"/>"
	    "<bind nodeset=\"/data/stage\" type=\"string\" tally:stage=\"true()\" tally:final=\"b\"/>"
	    "<bind nodeset=\"/data/g\" tally:personal=\"true()\" relevant=\"1 = 1\"/>"
	    "<bind nodeset=\"/data/g/x\" type=\"int\" required=\"/data/stage = 'a'\" constraint=\". &gt; 0\" "
	    "calculate=\"1 + 1\" readonly=\"true()\" jr:constraintMsg=\"no\" tally:unit=\"fen\"/>"
	    "<bind nodeset=\"/data/g/deep/day\" type=\"date\"/><bind nodeset=\"/data/pic\" type=\"binary\"/>"
	    "<bind nodeset=\"/data/orx:meta/orx:instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>",
	    "<tally:indicator kind=\"count\" name=\"all\" ref=\"/data/subject\" label=\"jr:itext('only')\"/>",
	    "<input ref=\"/data/subject\"><label>S</label></input>"
	    "<group appearance=\"field-list\"><select1 ref=\"/data/stage\">" ITEMS "</select1></group>"
	    "<group ref=\"/data/g\"><label>G</label><input ref=\"/data/g/x\"><label ref=\"jr:itext('x')\"/>"
	    "<hint ref=\"jr:itext('only')\"/></input></group>"
	    "<group ref=\"/data/list\"><label>L</label><repeat nodeset=\"/data/list\"><input ref=\"/data/list/note\"/></repeat></group>"
	    "<upload ref=\"/data/pic\" mediatype=\"image/*\"><label>P <output value=\"/data/g/x\"/></label></upload>");
	const struct form_field *x = form_field(f, "g/x");

	(void)state;
	assert_string_equal(f->id, "t");
	assert_string_equal(f->version, "1");
	assert_string_equal(f->title[FORM_ZH], "房屋");
	assert_string_equal(f->subject, "subject");
	assert_string_equal(f->stage, "stage");
	assert_string_equal(f->final_stage, "b");
	assert_int_equal(f->root.nchild, 6);
	assert_int_equal(form_field(f, "stage")->type, FIELD_SELECT1);
	assert_int_equal(form_field(f, "stage")->personal, 0);
	assert_string_equal(form_choice(form_field(f, "stage"), "b")->label[FORM_EN], "B");
	assert_null(form_choice(form_field(f, "stage"), "c"));
	assert_false(form_done(f, "a"));
	assert_true(form_done(f, "b"));
	assert_non_null(x);
	assert_string_equal(x->label[FORM_ZH], "钱 & 物");
	assert_string_equal(x->label[FORM_EN], "Money");
	assert_string_equal(x->hint[FORM_EN], "只有");
	assert_string_equal(x->unit, "fen");
	assert_string_equal(x->constraint, ". > 0");
	assert_string_equal(x->calculate, "1 + 1");
	assert_string_equal(x->required_expr, "/data/stage = 'a'");
	assert_int_equal(x->required, 0);
	assert_int_equal(x->readonly, 1);
	assert_int_equal(x->personal, 1);
	assert_int_equal(form_field(f, "g/deep/day")->personal, 1);
	assert_int_equal(form_field(f, "g/deep/day")->type, FIELD_DATE);
	assert_int_equal(form_field(f, "g/deep/day")->asked, 0);
	assert_string_equal(form_field(f, "g/deep/day")->label[FORM_EN], "day");
	assert_string_equal(form_field(f, "g")->relevant, "1 = 1");
	assert_int_equal(form_field(f, "list")->type, FIELD_REPEAT);
	assert_int_equal(form_field(f, "list/note")->personal, 1); /* free text, nothing said */
	assert_string_equal(form_field(f, "pic")->mediatype, "image/*");
	assert_string_equal(form_field(f, "pic")->label[FORM_EN], "P …");
	assert_int_equal(form_field(f, "meta/instanceID")->type, FIELD_META);
	assert_null(form_field(f, "g/none"));
	assert_null(form_field(f, ""));
	assert_int_equal(f->nindicators, 1);
	assert_string_equal(f->indicators[0].path, "subject");
	assert_string_equal(f->indicators[0].label[FORM_EN], "只有");
	form_free(f);
}

static void
test_personal(void **state)
{
	struct form *f = parse_fine("", "<a/><b/><c/><n/>",
	    "<bind nodeset=\"/data/b\" tally:personal=\"false()\"/><bind nodeset=\"/data/c\" type=\"int\" tally:personal=\"true()\"/>"
	    "<bind nodeset=\"/data/n\" type=\"int\"/>", "", "");

	(void)state;
	assert_int_equal(form_field(f, "a")->personal, 1);
	assert_int_equal(form_field(f, "b")->personal, 0);
	assert_int_equal(form_field(f, "c")->personal, 1);
	assert_int_equal(form_field(f, "n")->personal, 0);
	form_free(f);
	refused("", "<g><a/></g>", "<bind nodeset=\"/data/g\" tally:personal=\"true()\"/>"
	    "<bind nodeset=\"/data/g/a\" tally:personal=\"false()\"/>", "", "", "g/a");
	refused("", "<a/>", "<bind nodeset=\"/data/a\" type=\"geopoint\" tally:personal=\"false()\"/>", "", "", "position");
	refused("", "<a/>", "<bind nodeset=\"/data/a\" tally:personal=\"1\"/>", "", "", "tally:personal");
	refused("", "<a/>", "<bind nodeset=\"/data/a\" tally:secret=\"true()\"/>", "", "", "tally:secret");
	refused("", "<a/>", "<bind nodeset=\"/data/a\" tally:subject=\"true()\" tally:personal=\"true()\"/>", "", "", "subject");
}

static void
test_refused_model(void **state)
{
	static const struct {
		const char *model, *fields, *binds, *head, *word;
	} t[] = {
		{ "<setvalue ref=\"/data/a\"/>", "<a/>", "", "", "without event" },
		{ "<setvalue ref=\"/data/a\" event=\"xforms-value-changed\"/>", "<a/>", "", "", "xforms-value-changed" },
		{ "<setvalue ref=\"/data/b\" event=\"odk-instance-first-load\"/>", "<a/>", "", "", "/data/b" },
		{ "<setvalue ref=\"/data/a\" event=\"odk-instance-first-load\" value=\"none()\"/>", "<a/>", "", "", "none()" },
		{ "<odk:setgeopoint ref=\"/data/a\"/>", "<a/>", "", "", "setgeopoint" },
		{ "<submission base64RsaPublicKey=\"x\"/>", "<a/>", "", "", "encrypted" },
		{ "<tally:indicator/>", "<a/>", "", "", "indicator" },
		{ "<itext/><itext/>", "<a/>", "", "", "itext" },
		{ "", "<a/>", "<instance><root/></instance>", "", "needs an id" },
		{ "", "<a/>", "<instance id=\"x\"/>", "", "one element" },
		{ "", "<a/>", "<instance id=\"x\" src=\"http://h/x.xml\"/>", "", "http://h/x.xml" },
		{ "", "<a/>", "<instance id=\"x\"><root/></instance><instance id=\"x\"><root/></instance>", "", "stands twice" },
		{ "", "<a/>", "<instance id=\"x\"><root><i><n>1</n></i><j/></root></instance>", "", "different names" },
		{ "", "<a/>", "<instance id=\"x\"><root><i><n><m/></n></i></root></instance>", "", "more than a text" },
		{ "", "<a/>", "<instance id=\"x\"><root><i k=\"1\"/></root></instance>", "", "attributes" },
		{ "", "<a>7 yuan</a>", "<bind nodeset=\"/data/a\" type=\"int\"/>", "", "default value" },
		{ "", "<g>x<a/></g>", "", "", "default value in a group" },
		{ "", "<r jr:template=\"\"><a/></r><r><a>1</a></r>", "", "", "other default values" },
		{ "", "<a x=\"1\"/>", "", "", "attribute x" },
		{ "", "<a/><a/>", "", "", "a stands twice" },
		{ "", "<a:b xmlns:a=\"u\"/><b/>", "", "", "b stands twice" },
		{ "", "<姓名/>", "", "", "姓名" },
		{ "", "<a><b><c><d><e><f><g><h><i/></h></g></f></e></d></c></b></a>", "", "", "nested deeper" },
		{ "", "<l jr:template=\"\"><a/></l>", "", "", "template" },
		{ "", "<a/>", "<bind nodeset=\"/data/b\"/>", "", "/data/b" },
		{ "", "<a/>", "<bind nodeset=\"../a\"/>", "", "../a" },
		{ "", "<a/>", "<bind type=\"int\"/>", "", "no reference" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\"/><bind nodeset=\"/data/a\"/>", "", "second bind" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"geotrace\"/>", "", "type geotrace" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"geoshape\"/>", "", "type geoshape" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"select1\"/>", "", "without choices" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" jr:preload=\"patient\"/>", "", "patient" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" saveIncomplete=\"true()\"/>", "", "saveIncomplete" },
		{ "", "<g><a/></g>", "<bind nodeset=\"/data/g\" required=\"true()\"/>", "", "required on a group" },
		{ "", "<g><a/></g>", "<bind nodeset=\"/data/g\" type=\"int\"/>", "", "group has no type" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"decimal\" tally:unit=\"fen\"/>", "", "fen" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" tally:unit=\"m2\"/>", "", "unit" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" tally:final=\"x\"/>", "", "tally:final" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" tally:stage=\"true()\"/>", "", "stage" },
		{ "", "<a/><b/>", "<bind nodeset=\"/data/a\" tally:subject=\"true()\"/><bind nodeset=\"/data/b\" tally:subject=\"true()\"/>",
		    "", "already tally:subject" },
		{ "", "<a/>", "", "<h:title>zwei</h:title>", "title" },
		{ "", "<a/>", "", "<h:script/>", "script" },
		{ "", "<a/>", "", "<tally:plan/>", "plan" },
		{ "", "<a/>", "", "<tally:indicator kind=\"sum\" name=\"x\" ref=\"/data/a\"/>", "personal" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"int\"/>", "<tally:indicator kind=\"median\" name=\"x\" ref=\"/data/a\"/>", "median" },
		{ "", "<a/>", "<bind nodeset=\"/data/a\" type=\"date\"/>", "<tally:indicator kind=\"sum\" name=\"x\" ref=\"/data/a\"/>", "no number" },
		{ "", "<a/>", "", "<tally:indicator kind=\"sum\" ref=\"/data/a\"/>", "missing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		refused(t[i].model, t[i].fields, t[i].binds, t[i].head, "", t[i].word);
	refused("<itext><translation lang=\"en\"><text id=\"x\"><value>1</value></text><text id=\"x\"><value>2</value></text>"
	    "</translation></itext>", "<a/>", "", "", "", "stands twice");
	refused("<itext><translation lang=\"en\"/><translation lang=\"English\"/></itext>", "<a/>", "", "", "", "one language");
}

static void
test_refused_body(void **state)
{
	static const struct {
		const char *body, *word;
	} t[] = {
		{ "<range ref=\"/data/a\"/>", "does not fit" }, { "<range ref=\"/data/n\" start=\"1\" end=\"x\"/>", "end must be a number" },
		{ "<trigger ref=\"/data/n\"/>", "does not fit" }, { "<range ref=\"/data/n\" start=\"1\" end=\"2\" by=\"2\"/>", "attribute by" },
		{ "<secret ref=\"/data/a\"/>", "secret" }, { "<odk:rank ref=\"/data/a\"/>", "rank" },
		{ "<input ref=\"/data/none\"/>", "/data/none" }, { "<input/>", "no reference" },
		{ "<input ref=\"/data/a\"/><input ref=\"/data/a\"/>", "second control" },
		{ "<input ref=\"/data/a\" query=\"x\"/>", "query" }, { "<input ref=\"/data/a\" appearance=\"minimal search('f')\"/>", "search" },
		{ "<input ref=\"/data/a\"><setvalue/></input>", "setvalue" },
		{ "<input ref=\"/data/g\"/>", "group" }, { "<input ref=\"/data/meta/instanceID\"/>", "meta" },
		{ "<upload ref=\"/data/a\"/>", "does not fit" }, { "<input ref=\"/data/p\"/>", "does not fit" },
		{ "<select1 ref=\"/data/n\">" ITEMS "</select1>", "does not fit" },
		{ "<select1 ref=\"/data/a\"/>", "no choices" },
		{ "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('x')/root/item\"/></select1>", "itemset" },
		{ "<select1 ref=\"/data/a\">" ITEMS ITEMS "</select1>", "stands twice" },
		{ "<select1 ref=\"/data/a\"><item><label>x</label></item></select1>", "without value" },
		{ "<select1 ref=\"/data/a\"><item><value>x y</value></item></select1>", "without spaces" },
		{ "<select1 ref=\"/data/a\"><item><value>x</value><copy/></item></select1>", "copy" },
		{ "<input ref=\"/data/a\"><label ref=\"jr:itext('none')\"/></input>", "none" },
		{ "<input ref=\"/data/a\"><label ref=\"jr:itext(/data/a)\"/></input>", "jr:itext(/data/a)" },
		{ "<input ref=\"/data/a\"><label ref=\"jr:itext('\"/></input>", "is not jr:itext" },
		{ "<group ref=\"/data/a\"/>", "without fields" }, { "<repeat/>", "no reference" },
		{ "<group><repeat nodeset=\"/data/g\" jr:count=\"none()\"/></group>", "none()" },
		{ "<label>x</label>", "label" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		refused("", "<a/><n/><p/><g><b/></g>", "<bind nodeset=\"/data/n\" type=\"int\"/>"
		    "<bind nodeset=\"/data/p\" type=\"binary\"/>", "", t[i].body, t[i].word);
}

/* Replace the first ${from} in a plain form by ${to} and expect a refusal. */
static void
refused_change(const char *from, const char *to, const char *word)
{
	char *s = form_text("", "<a/>", "", "", "<input ref=\"/data/a\"/>"), *at = strstr(s, from);
	struct buf b;

	assert_non_null(at);
	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_put(&b, s, (size_t)(at - s));
	(void)buf_puts(&b, to);
	(void)buf_puts(&b, at + strlen(from));
	refused_bytes(b.data, b.len, word);
	buf_free(&b);
	free(s);
}

static void
test_refused_frame(void **state)
{
	static const char utf7[] = "<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>";

	(void)state;
	refused_change("id=\"t\"", "", "id must be");
	refused_change("id=\"t\"", "id=\"a b\"", "id must be");
	refused_change("id=\"t\"", "id=\"-a\"", "id must be");
	refused_change("version=\"1\"", "", "version must be");
	refused_change("version=\"1\"", "version=\"123456789012345678901234567890123\"", "version must be");
	refused_change("version=\"1\"", "version=\"1\" name=\"x\"", "attribute name");
	refused_change("<a/>", "text<a/>", "text outside fields");
	refused_change(META, "", "meta/instanceID");
	refused_change("<orx:instanceID/>", "<orx:instanceID/><entity dataset=\"x\"/>", "dataset");
	refused_change("<orx:instanceID/>", "<orx:instanceID/><audit/>", "meta/audit");
	refused_change("<instance>", "<instance src=\"file:///etc/passwd\">", "src");
	refused_change("<h:title>房屋</h:title>", "", "title");
	refused_change("<h:title>房屋</h:title>", "<h:title> </h:title>", "title");
	refused_change("http://www.w3.org/1999/xhtml", "urn:x", "xhtml");
	refused_change("</h:body>", "</h:body><h:body/>", "body");
	refused_bytes("", 0, "0 bytes");
	refused_bytes("<a", 2, "not closed");
	refused_bytes("hello", 5, "not well-formed");
	refused_bytes("<a></b>", 7, "not well-formed");
	refused_change("xmlns:tally=\"urn:tallystick:xform:v1\"", "xmlns:other=\"u\" tally:x=\"1\"", "not well-formed");
	refused_bytes("<a/>", 4, "html");
	refused_bytes("<a>\xff</a>", 8, "UTF-8");
	refused_bytes("<a>\0</a>", 8, "UTF-8");
	refused_bytes(utf7, strlen(utf7), "encoding");
}

static void
test_hostile_xml(void **state)
{
	static const char *const doctypes[] = {
		"<!DOCTYPE h:html SYSTEM \"http://127.0.0.1:9/x.dtd\">",
		"<!DOCTYPE h:html [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
		"<!DOCTYPE h:html [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]>",
		"<?xml version=\"1.0\"?><!-- > --><?x <!?>\n<!DOCTYPE h:html>",
	};
	char *s = form_text("", "<a/>", "", "", "<input ref=\"/data/a\"><label>&x;</label></input>");
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 2 * FORM_BYTES_MAX);
	for (i = 0; i < sizeof(doctypes) / sizeof(doctypes[0]); i++) {
		buf_reset(&b);
		(void)buf_puts(&b, doctypes[i]);
		(void)buf_puts(&b, s);
		refused_bytes(b.data, b.len, "DOCTYPE");
	}
	refused_bytes(s, strlen(s), "not well-formed"); /* an entity nobody declared */
	free(s);
	buf_reset(&b);
	for (i = 0; i < 100000; i++)
		(void)buf_puts(&b, "<a>");
	refused_bytes(b.data, b.len, "deep");
	buf_reset(&b);
	(void)buf_puts(&b, "<a>");
	for (i = 0; i < 700000; i++)
		(void)buf_puts(&b, "<b/>");
	(void)buf_puts(&b, "</a>");
	refused_bytes(b.data, b.len, "too many elements");
	buf_reset(&b);
	(void)buf_puts(&b, "<a");
	for (i = 0; i < 60000; i++)
		(void)buf_printf(&b, " a%zu=''", i);
	(void)buf_puts(&b, "/>");
	refused_bytes(b.data, b.len, "longer than");
	while (buf_puts(&b, "          ") == 0 && b.len <= FORM_BYTES_MAX)
		continue;
	refused_bytes(b.data, b.len, "bytes");
	buf_free(&b);
}

static void
test_counts(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 2 * FORM_BYTES_MAX);
	(void)buf_puts(&b, "<select1 ref=\"/data/a\">");
	for (i = 0; i <= FORM_CHOICES_MAX; i++)
		(void)buf_printf(&b, "<item><value>v%zu</value></item>", i);
	(void)buf_puts(&b, "</select1>");
	refused("", "<a/>", "", "", buf_str(&b), "131072 choices");
	buf_reset(&b);
	for (i = 0; i <= FORM_FIELDS_MAX; i++)
		(void)buf_printf(&b, "<f%zu/>", i);
	refused("", buf_str(&b), "", "", "", "512 fields");
	buf_reset(&b);
	(void)buf_puts(&b, "<a23456789012345678901234567890123456789012345678901234567890"
	    "12345678901234567890123456789012345678901/>");
	refused("", buf_str(&b), "", "", "", "longer than 100");
	buf_reset(&b);
	(void)buf_puts(&b, "<select1 ref=\"/data/a\">");
	for (i = 0; i < FORM_CHOICES_MAX; i++)
		(void)buf_printf(&b, "<item><value>v%zu</value></item>", i);
	(void)buf_puts(&b, "</select1>");
	form_free(parse_fine("", "<a/>", "", "", buf_str(&b)));
	buf_free(&b);
}

/* Every form that is cut or has a byte changed is read or refused, without a fault (SAN=1 looks). */
static void
test_damaged(void **state)
{
	char *s = form_text("<itext><translation lang=\"zh\"><text id=\"x\"><value>甲</value></text></translation></itext>",
	    "<a/><g><b/></g>", "<bind nodeset=\"/data/a\" type=\"int\" tally:unit=\"fen\"/>",
	    "<tally:indicator kind=\"sum\" name=\"a\" ref=\"/data/a\"/>",
	    "<input ref=\"/data/a\"><label ref=\"jr:itext('x')\"/></input><group ref=\"/data/g\"><select ref=\"/data/g/b\">" ITEMS
	    "</select></group>");
	static const char bytes[] = "<>/\"'&= a:";
	size_t n = strlen(s), i;
	struct err e;
	char was;

	(void)state;
	form_free(form_parse(s, n, &e));
	for (i = 0; i < n; i++) {
		form_free(form_parse(s, i, &e));
		was = s[i];
		s[i] = bytes[i % (sizeof(bytes) - 1)];
		form_free(form_parse(s, n, &e));
		s[i] = was;
	}
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_form),
		cmocka_unit_test(test_personal),
		cmocka_unit_test(test_refused_model),
		cmocka_unit_test(test_refused_body),
		cmocka_unit_test(test_refused_frame),
		cmocka_unit_test(test_hostile_xml),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_damaged),
	};

	return (cmocka_run_group_tests_name("form", tests, NULL, NULL));
}
