/* Goal: what a phone sends of a form becomes its answers, whole, or is refused by the name of what is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "forms/engine.h"
#include "forms/submission.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ID "uuid:0f3c1c9e-7a52-4b21-9d55-6d3b3a1f0001"
#define META "<orx:meta><orx:instanceID>" ID "</orx:instanceID></orx:meta>"
#define OPEN "<?xml version='1.0' ?><data id=\"t\" version=\"1\" xmlns:orx=\"http://openrosa.org/xforms\" xmlns:jr=\"http://openrosa.org/javarosa\">"

static const char form_xml[] =
	"<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\" "
	"xmlns:orx=\"http://openrosa.org/xforms\" xmlns:tally=\"urn:tallystick:xform:v1\"><h:head><h:title>t</h:title><model><instance>"
	"<data id=\"t\" version=\"1\"><name/><n/><d/><day/><at/><hour/><pos/><one/><many/><g><photo/><inner><x/></inner></g>"
	"<rep jr:template=\"\"><x/><pic/></rep><orx:meta><orx:instanceID/><orx:deprecatedID/><orx:timeStart/><orx:username/></orx:meta></data></instance>"
	"<bind nodeset=\"/data/name\" type=\"string\"/><bind nodeset=\"/data/n\" type=\"int\" tally:unit=\"fen\"/>"
	"<bind nodeset=\"/data/d\" type=\"decimal\" tally:unit=\"m2\"/><bind nodeset=\"/data/day\" type=\"date\"/>"
	"<bind nodeset=\"/data/at\" type=\"dateTime\"/><bind nodeset=\"/data/hour\" type=\"time\"/><bind nodeset=\"/data/pos\" type=\"geopoint\"/>"
	"<bind nodeset=\"/data/g/photo\" type=\"binary\"/><bind nodeset=\"/data/g/inner/x\" type=\"int\"/>"
	"<bind nodeset=\"/data/rep/x\" type=\"int\"/><bind nodeset=\"/data/rep/pic\" type=\"binary\"/></model></h:head><h:body>"
	"<input ref=\"/data/name\"><label>a</label></input><input ref=\"/data/n\"><label>a</label></input><input ref=\"/data/d\"><label>a</label></input>"
	"<input ref=\"/data/day\"><label>a</label></input><input ref=\"/data/at\"><label>a</label></input><input ref=\"/data/hour\"><label>a</label></input>"
	"<input ref=\"/data/pos\"><label>a</label></input>"
	"<select1 ref=\"/data/one\"><label>a</label><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select1>"
	"<select ref=\"/data/many\"><label>a</label><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select>"
	"<group ref=\"/data/g\"><label>g</label><upload ref=\"/data/g/photo\" mediatype=\"image/*\"><label>a</label></upload>"
	"<group ref=\"/data/g/inner\"><label>i</label><input ref=\"/data/g/inner/x\"><label>a</label></input></group></group>"
	"<group ref=\"/data/rep\"><label>r</label><repeat nodeset=\"/data/rep\"><input ref=\"/data/rep/x\"><label>a</label></input>"
	"<upload ref=\"/data/rep/pic\" mediatype=\"image/*\"><label>a</label></upload></repeat></group></h:body></h:html>";

static struct form *
small_form(void)
{
	struct err e = { "" };
	struct form *f = form_parse(form_xml, strlen(form_xml), &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return (f);
}

/* An instance of the small form, its answers read; ${out} has what is wrong. */
static struct submission *
read_small(const char *fields, int *rc, struct form_findings *out)
{
	struct form *f = small_form();
	struct submission *s;
	struct err e = { "" };
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_printf(&b, OPEN "%s" META "</data>", fields);
	if ((s = submission_open(b.data, b.len, &e)) == NULL)
		fail_msg("%s", e.text);
	*rc = submission_answers(s, f, out);
	buf_free(&b);
	form_free(f);
	return (s);
}

static void
gives(const char *fields, const char *json)
{
	struct form_findings out = { 0, NULL };
	struct submission *s;
	cJSON *want = cJSON_Parse(json);
	char *got;
	int rc;

	s = read_small(fields, &rc, &out);
	if (rc != 0)
		fail_msg("%s: %s", fields, out.n > 0 ? out.f[0].text : "?");
	assert_non_null(want);
	cJSON_DeleteItemFromObjectCaseSensitive(s->answers, "meta");
	got = cJSON_PrintUnformatted(s->answers);
	if (!cJSON_Compare(want, s->answers, 1))
		fail_msg("%s gives %s, not %s", fields, got, json);
	cJSON_free(got);
	cJSON_Delete(want);
	form_findings_free(&out);
	submission_free(s);
}

/* Exactly one finding, of that rule and path. */
static void
complains(const char *fields, const char *rule, const char *path)
{
	struct form_findings out = { 0, NULL };
	struct submission *s;
	int rc;

	s = read_small(fields, &rc, &out);
	assert_int_equal(rc, 1);
	if (out.n != 1 || strcmp(out.f[0].rule, rule) != 0 || strcmp(out.f[0].path, path) != 0)
		fail_msg("%s: %zu findings, first %s at %s (%s)", fields, out.n, out.f[0].rule, out.f[0].path, out.f[0].text);
	form_findings_free(&out);
	submission_free(s);
}

static void
test_types(void **state)
{

	(void)state;
	gives("<name>  张 &amp; 李&#10;二 </name><n>2000000</n><d>85.50</d><day>2026-11-24</day>", "{\"name\":\"张 & 李\\n二\",\"n\":2000000,\"d\":\"85.50\",\"day\":\"2026-11-24\"}");
	gives("<name><![CDATA[<b>]]></name><!-- c --><n/><one>b</one><many>b a</many>", "{\"name\":\"<b>\",\"one\":\"b\",\"many\":[\"a\",\"b\"]}");
	gives("<at>2026-11-24T10:00:00.000+08</at><hour>10:00:00.000-07</hour>", "{\"at\":\"2026-11-24T10:00:00.000+08:00\",\"hour\":\"10:00:00.000-07:00\"}");
	gives("<at>2026-11-24T10:00:00.000+08:00</at><pos>24.5 108.25 0.0 4.5</pos>", "{\"at\":\"2026-11-24T10:00:00.000+08:00\",\"pos\":\"24.5 108.25 0.0 4.5\"}");
}

/* ODK Collect's numbers are Java's. */
static void
test_exponents(void **state)
{

	(void)state;
	gives("<d>1.0E7</d>", "{\"d\":\"10000000\"}");
	gives("<d>1.23456789E7</d>", "{\"d\":\"12345678.9\"}");
	gives("<d>-1.25E-4</d>", "{\"d\":\"-0.000125\"}");
	gives("<d>1e-7</d>", "{\"d\":\"0.0000001\"}");
	gives("<d>12.5E0</d>", "{\"d\":\"12.5\"}");
	gives("<pos>24.5 1.0825E2 1.0E-4 4.5</pos>", "{\"pos\":\"24.5 108.25 0.00010 4.5\"}");
	complains("<d>1E31</d>", "type", "d");
	complains("<d>1E</d>", "type", "d");
	complains("<d>E5</d>", "type", "d");
	complains("<d>1E5.5</d>", "type", "d");
	complains("<d>NaN</d>", "type", "d");
}

/* What a cadre may type at a desk is ambiguous in a file. */
static void
test_bare(void **state)
{

	(void)state;
	complains("<n>2万元</n>", "type", "n");
	complains("<n>20.00yuan</n>", "type", "n");
	complains("<n>12.0</n>", "type", "n");
	complains("<d>85m2</d>", "type", "d");
	complains("<d>1.2.3</d>", "type", "d");
	complains("<day>2026-02-30</day>", "date", "day");
	complains("<one>c</one>", "choice", "one");
	complains("<many>a c</many>", "choice", "many");
}

static void
test_groups(void **state)
{

	(void)state;
	gives("<g><inner><x>5</x></inner></g><rep><x>1</x></rep><rep/><rep><x>3</x></rep>", "{\"g\":{\"inner\":{\"x\":5}},\"rep\":[{\"x\":1},{},{\"x\":3}]}");
	gives("<g><inner><x/></inner></g>", "{}");
}

static void
test_unknown(void **state)
{

	(void)state;
	complains("<bad>1</bad>", "unknown-field", "bad");
	complains("<g><bad/></g>", "unknown-field", "g/bad");
	complains("<rep><x>1</x></rep><rep><y>1</y></rep>", "unknown-field", "rep[1]/y");
	complains("<name a=\"1\">x</name>", "unknown-field", "name/@a");
	complains("<rep jr:template=\"\"><x>1</x></rep>", "unknown-field", "rep/@template");
	complains("<g>text</g>", "unknown-field", "g");
	complains("<x:name xmlns:x=\"urn:other\">1</x:name>", "unknown-field", "name");
	complains("<name><b>x</b></name>", "type", "name");
	complains("<name>x</name><name>y</name>", "count", "name");
	complains("<g/><g/>", "count", "g");
}

static void
test_meta(void **state)
{
	struct form_findings out = { 0, NULL };
	struct form *f = small_form();
	static const char xml[] = OPEN "<orx:meta><orx:instanceID>" ID "</orx:instanceID><orx:deprecatedID>uuid:old-1</orx:deprecatedID>"
	    "<orx:timeStart>2026-11-24T10:00:00.000+08:00</orx:timeStart><orx:username>zhang</orx:username></orx:meta></data>";
	struct submission *s = submission_open(xml, strlen(xml), NULL);
	const cJSON *meta;

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->form, "t");
	assert_string_equal(s->version, "1");
	assert_string_equal(s->instance_id, ID);
	assert_string_equal(s->deprecated_id, "uuid:old-1");
	assert_int_equal(submission_answers(s, f, &out), 0);
	meta = cJSON_GetObjectItemCaseSensitive(s->answers, "meta");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "instanceID")), ID);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "deprecatedID")), "uuid:old-1");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, "username")), "zhang");
	submission_free(s);
	form_free(f);
}

static void
test_files(void **state)
{
	struct form_findings out = { 0, NULL };
	struct submission *s;
	int rc;

	(void)state;
	s = read_small("<g><photo>1795449600123.jpg</photo></g><rep/><rep><pic>村 1.jpg</pic></rep>", &rc, &out);
	assert_int_equal(rc, 0);
	assert_int_equal(s->nfiles, 2);
	assert_string_equal(s->file[0].path, "g/photo");
	assert_string_equal(s->file[0].name, "1795449600123.jpg");
	assert_string_equal(s->file[1].path, "rep[1]/pic");
	assert_string_equal(s->file[1].name, "村 1.jpg");
	submission_free(s);
	complains("<g><photo>../users</photo></g>", "type", "g/photo");
	complains("<g><photo>folder/1.jpg</photo></g>", "type", "g/photo");
	complains("<g><photo>.hidden</photo></g>", "type", "g/photo");
	complains("<g><photo>a\\b.jpg</photo></g>", "type", "g/photo");
}

static void
refused(const char *xml, const char *word)
{
	struct err e = { "" };
	struct submission *s = submission_open(xml, strlen(xml), &e);

	if (s != NULL || strstr(e.text, word) == NULL)
		fail_msg("%.80s: %s", xml, s != NULL ? "taken" : e.text);
}

static void
test_head(void **state)
{

	(void)state;
	refused("<data version=\"1\"/>", "(id)");
	refused("<data id=\"t\"/>", "(version)");
	refused("<data id=\"t\" version=\"1\"/>", "instanceID is missing");
	refused("<data id=\"t\" version=\"1\"><meta><instanceID/></meta></data>", "instanceID is missing");
	refused("<data id=\"t\" version=\"1\"><meta><instanceID>uuid:../x</instanceID></meta></data>", "must be uuid:");
	refused("<data id=\"t\" version=\"1\"><meta><instanceID>42</instanceID></meta></data>", "must be uuid:");
	refused("<data id=\"t\" version=\"1\" encrypted=\"yes\" xmlns=\"http://opendatakit.org/submissions\"/>", "encrypted");
	refused("", "0 bytes");
	refused("<data", "closed");
	refused("<!DOCTYPE d [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><data id=\"t\" version=\"1\">&c;</data>", "DOCTYPE");
	refused("<!DOCTYPE d SYSTEM \"http://127.0.0.1/x.dtd\"><data id=\"t\" version=\"1\"/>", "DOCTYPE");
	refused("<data id=\"t\" version=\"1\">&x;</data>", "not well-formed");
	refused("<?xml version=\"1.0\" encoding=\"GBK\"?><data/>", "UTF-8");
}

/* The same word ${n} times between two texts. */
static char *
many(const char *word, size_t n, const char *head, const char *tail)
{
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_puts(&b, head);
	while (n-- > 0)
		(void)buf_puts(&b, word);
	(void)buf_puts(&b, tail);
	assert_true(buf_ok(&b));
	return ((char *)buf_take(&b));
}

static void
test_bounds(void **state)
{
	struct form_findings out = { 0, NULL };
	struct submission *s;
	char *text = many("x", SUBMISSION_BYTES_MAX, OPEN "<name>", "</name>" META "</data>");
	int rc;

	(void)state;
	refused(text, "bytes");
	free(text);
	text = many("<a>", 60, OPEN, "");
	refused(text, "too deep");
	free(text);
	text = many("<rep/>", 1001, "", "");
	complains(text, "count", "rep");
	free(text);
	text = many("y", FORM_TEXT_MAX + 1, "<name>", "</name>");
	complains(text, "range", "name");
	free(text);
	text = many("<rep><x/></rep>", 60000, "", "");
	s = read_small(text, &rc, &out);
	assert_int_equal(rc, 1);
	assert_true(out.n <= FORM_FINDINGS_MAX && s->nodes <= SUBMISSION_NODES_MAX + 1);
	form_findings_free(&out);
	submission_free(s);
	free(text);
}

static void
test_other_form(void **state)
{
	static const char xml[] = "<data id=\"t\" version=\"2\">" "<meta><instanceID>" ID "</instanceID></meta></data>";
	struct form_findings out = { 0, NULL };
	struct form *f = small_form();
	struct submission *s = submission_open(xml, strlen(xml), NULL);

	(void)state;
	assert_non_null(s);
	assert_int_equal(submission_answers(s, f, &out), 1);
	assert_int_equal(out.n, 1);
	form_findings_free(&out);
	submission_free(s);
	form_free(f);
}

/* Every field of a form answered as a phone would; photos by name. */
static void
write_field(struct buf *b, const struct form_field *f)
{
	static const char *const values[] = { [FIELD_STRING] = "451224102-w0007", [FIELD_INTEGER] = "12", [FIELD_DECIMAL] = "85.5", [FIELD_DATE] = "2026-10-01",
	    [FIELD_GEOPOINT] = "24.5 107.25 300.0 4.5", [FIELD_BINARY] = "1.jpg", [FIELD_TIME] = "10:00:00.000+08:00", [FIELD_DATETIME] = "2026-10-01T10:00:00.000+08:00" };
	size_t i, k;

	for (k = 0; k < (f->type == FIELD_REPEAT ? 2 : 1); k++) {
		(void)buf_printf(b, "<%s>", f->name);
		if (f->nchild == 0 && f->nchoices > 0)
			(void)buf_puts(b, f->choices[f->nchoices - 1].value);
		else if (strcmp(f->path, "meta/instanceID") == 0)
			(void)buf_puts(b, ID);
		else if (f->nchild == 0 && f->type != FIELD_META)
			(void)buf_puts(b, strcmp(f->name, "id_number") == 0 ? "11010519491231002X" : values[f->type]);
		for (i = 0; i < f->nchild; i++)
			write_field(b, &f->child[i]);
		(void)buf_printf(b, "</%s>", f->name);
	}
}

/* The answers written down again, and whether they are the same bytes. */
static void
compare_field(struct buf *b, const struct form_field *f, const cJSON *v)
{
	const cJSON *x;
	size_t i;

	if (f->type == FIELD_REPEAT) {
		cJSON_ArrayForEach(x, v) {
			(void)buf_printf(b, "<%s>", f->name);
			for (i = 0; i < f->nchild; i++)
				compare_field(b, &f->child[i], cJSON_GetObjectItemCaseSensitive(x, f->child[i].name));
			(void)buf_printf(b, "</%s>", f->name);
		}
		return;
	}
	(void)buf_printf(b, "<%s>", f->name);
	for (i = 0; i < f->nchild; i++)
		compare_field(b, &f->child[i], cJSON_GetObjectItemCaseSensitive(v, f->child[i].name));
	if (f->nchild == 0 && f->type == FIELD_BINARY)
		(void)buf_puts(b, cJSON_IsString(v) && strcmp(v->valuestring, HASH) == 0 ? "1.jpg" : "?");
	else if (f->nchild == 0 && cJSON_IsNumber(v))
		(void)buf_printf(b, "%.0f", v->valuedouble);
	else if (f->nchild == 0 && v != NULL)
		(void)buf_puts(b, cJSON_IsArray(v) ? v->child->valuestring : v->valuestring);
	(void)buf_printf(b, "</%s>", f->name);
}

static struct form *
catalogue(const char *name)
{
	const char *top = getenv("TALLY_TOP");
	struct err e = { "" };
	struct form *f = NULL;
	char path[4096];
	struct buf b;

	(void)snprintf(path, sizeof(path), "%s/forms/catalogue/%s", top == NULL ? "." : top, name);
	buf_init(&b, FORM_BYTES_MAX);
	if (file_read(path, &b, &e) != 0 || (f = form_parse(b.data, b.len, &e)) == NULL)
		fail_msg("%s: %s", name, e.text);
	buf_free(&b);
	return (f);
}

static void
round_trip(const char *name)
{
	struct form *f = catalogue(name);
	struct form_findings out = { 0, NULL };
	struct buf sent, got, payload, personal;
	struct submission *s;
	struct err e = { "" };
	size_t i;

	buf_init(&sent, SUBMISSION_BYTES_MAX);
	buf_init(&got, SUBMISSION_BYTES_MAX);
	buf_init(&payload, SUBMISSION_BYTES_MAX);
	buf_init(&personal, SUBMISSION_BYTES_MAX);
	(void)buf_printf(&sent, "<%s id=\"%s\" version=\"%s\">", f->root.name, f->id, f->version);
	for (i = 0; i < f->root.nchild; i++)
		write_field(&sent, &f->root.child[i]);
	(void)buf_printf(&sent, "</%s>", f->root.name);
	if ((s = submission_open(sent.data, sent.len, &e)) == NULL)
		fail_msg("%s", e.text);
	if (submission_answers(s, f, &out) != 0)
		fail_msg("%s: %s", name, out.n > 0 ? out.f[0].text : "?");
	assert_int_equal(s->nfiles, 1);
	for (i = 0; i < s->nfiles; i++)
		assert_int_equal(form_set(f, s->answers, s->file[i].path, HASH, &out), 0);
	(void)buf_printf(&got, "<%s id=\"%s\" version=\"%s\">", f->root.name, f->id, f->version);
	for (i = 0; i < f->root.nchild; i++)
		compare_field(&got, &f->root.child[i], cJSON_GetObjectItemCaseSensitive(s->answers, f->root.child[i].name));
	(void)buf_printf(&got, "</%s>", f->root.name);
	assert_string_equal(buf_str(&got), buf_str(&sent));
	assert_int_equal(form_split(f, s->answers, &payload, &personal), 0);
	buf_free(&sent);
	buf_free(&got);
	buf_free(&payload);
	buf_free(&personal);
	submission_free(s);
	form_free(f);
}

static void
test_catalogue(void **state)
{

	(void)state;
	round_trip("housing-rebuild.xml");
	round_trip("water-works.xml");
	round_trip("dew-training.xml");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_exponents), cmocka_unit_test(test_bare), cmocka_unit_test(test_groups),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_meta), cmocka_unit_test(test_files), cmocka_unit_test(test_head),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_other_form), cmocka_unit_test(test_catalogue),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
