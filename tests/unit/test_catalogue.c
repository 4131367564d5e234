/* Goal: every form of the catalogue is read, speaks Chinese and English throughout, and its answers split as its programme needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "forms/form.h"
#include "forms/xlsform.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char *
catalogue(char *path, size_t size, const char *name)
{
	const char *top = getenv("TALLY_TOP");

	(void)snprintf(path, size, "%s/forms/catalogue/%s", top == NULL ? "." : top, name);
	return (path);
}

/* A sheet becomes the form it compiles to. */
static void
compile(const char *name, struct buf *b)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct buf xml;

	buf_init(&xml, FORM_BYTES_MAX);
	if (xlsform_compile(b->data, b->len, &xml, &faults, NULL) != 0 || faults.n > 0)
		fail_msg("%s: %s %s: %s", name, faults.n > 0 ? faults.f[0].sheet : "", faults.n > 0 ? faults.f[0].cell : "", faults.n > 0 ? faults.f[0].text : "not compiled");
	xls_faults_free(&faults);
	buf_free(b);
	*b = xml;
}

static struct form *
open_form(const char *name)
{
	char path[4096];
	struct err e = { "" };
	struct form *f = NULL;
	struct buf b;

	buf_init(&b, FORM_BYTES_MAX);
	if (file_read(catalogue(path, sizeof(path), name), &b, &e) != 0)
		fail_msg("%s", e.text);
	if (strstr(name, ".csv") != NULL)
		compile(name, &b);
	if ((f = form_parse(b.data, b.len, &e)) == NULL)
		fail_msg("%s: %s", name, e.text);
	buf_free(&b);
	return (f);
}

static int
ascii(const char *s)
{

	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return (0);
	return (1);
}

/* Both languages are there: one stands in for the other where it is missing, and Chinese is not ASCII. */
static void
two_languages(const char *what, char *const label[2])
{

	if (*label[FORM_ZH] == '\0' || *label[FORM_EN] == '\0' || !ascii(label[FORM_EN]) || ascii(label[FORM_ZH]))
		fail_msg("%s: zh \"%s\", en \"%s\"", what, label[FORM_ZH], label[FORM_EN]);
}

static void
check_field(const struct form_field *f)
{
	size_t i;

	if (f->type == FIELD_META)
		return;
	if (f->calculate != NULL && !f->asked)
		return;
	if (!f->asked)
		fail_msg("%s: not in the body", f->path);
	two_languages(f->path, f->label);
	if (f->hint[FORM_ZH] != NULL)
		two_languages(f->path, f->hint);
	for (i = 0; i < f->nchoices; i++)
		two_languages(f->choices[i].value, f->choices[i].label);
	for (i = 0; i < f->nchild; i++)
		check_field(&f->child[i]);
}

static void
test_all(void **state)
{
	char path[4096], **names = NULL;
	size_t n = 0, i, k, sheets = 0;
	struct err e = { "" };
	struct form *f;

	(void)state;
	assert_int_equal(file_names(catalogue(path, sizeof(path), ""), &names, &n, 1000, &e), 0);
	for (i = 0; i < n; i++) {
		if (strstr(names[i], ".xml") == NULL && strstr(names[i], ".csv") == NULL)
			continue;
		f = open_form(names[i]);
		assert_int_equal(strncmp(f->id, names[i], strlen(f->id)), 0); /* ID.xml, ID.csv */
		assert_true(strcmp(names[i] + strlen(f->id), ".xml") == 0 || strcmp(names[i] + strlen(f->id), ".csv") == 0);
		sheets += strcmp(names[i] + strlen(f->id), ".csv") == 0;
		two_languages(f->id, f->title);
		for (k = 0; k < f->root.nchild; k++)
			check_field(&f->root.child[k]);
		assert_string_equal(f->subject, "subject");
		assert_string_equal(f->stage, "stage");
		assert_non_null(f->final_stage);
		assert_true(form_field(f, "subject")->required && form_field(f, "stage")->required);
		assert_true(form_field(f, "date")->required);
		assert_int_equal(form_field(f, "date")->type, FIELD_DATE);
		if (form_field(f, "position") != NULL)
			assert_int_equal(form_field(f, "position")->type, FIELD_GEOPOINT);
		assert_true(form_field(f, "remark")->personal);
		assert_true(f->nindicators > 0);
		for (k = 0; k < f->nindicators; k++)
			two_languages(f->indicators[k].name, f->indicators[k].label);
		form_free(f);
	}
	assert_int_equal(sheets, 25);
	file_names_free(names, n);
}

static size_t
count(const char *from, const char *to, const char *word)
{
	size_t n = 0;

	while ((from = strstr(from, word)) != NULL && from++ < to)
		n++;
	return (n);
}

/* Every text that a phone shows (messages too) stands in both translations. */
static void
test_texts(void **state)
{
	static const char *const names[] = { "housing-rebuild.xml", "water-works.xml", "dew-training.xml" };
	char path[4096];
	const char *s, *zh, *en, *end;
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		buf_init(&b, FORM_BYTES_MAX);
		assert_int_equal(file_read(catalogue(path, sizeof(path), names[i]), &b, NULL), 0);
		s = buf_str(&b);
		assert_non_null(zh = strstr(s, "lang=\"中文 (zh)\" default=\"true()\""));
		assert_non_null(en = strstr(s, "lang=\"English (en)\""));
		assert_non_null(end = strstr(s, "</itext>"));
		assert_true(zh < en && en < end);
		assert_true(count(zh, en, "<text id=") > 50);
		assert_int_equal(count(zh, en, "<text id="), count(en, end, "<text id="));
		assert_int_equal(count(zh, en, "<text id="), count(end, s + b.len, "jr:itext(") + 1U); /* and the title's, above */
		buf_free(&b);
	}
}

/* Fields as one line: PATH, a letter for the type, '!' required, '~' personal. */
static void
outline(struct buf *b, const struct form_field *f)
{
	static const char letter[] = "GRSID@1*LBM";
	size_t i;

	(void)buf_printf(b, "%s%s:%c%s%s", b->len > 0 ? " " : "", f->path, letter[f->type], f->required ? "!" : "",
	    f->personal ? "~" : "");
	for (i = 0; i < f->nchild; i++)
		outline(b, &f->child[i]);
}

static void
check_outline(const char *name, const char *fields, const char *stages)
{
	struct form *f = open_form(name);
	const struct form_field *stage = form_field(f, f->stage);
	struct buf b;
	size_t i;

	buf_init(&b, 65536);
	for (i = 0; i < f->root.nchild; i++)
		outline(&b, &f->root.child[i]);
	assert_string_equal(buf_str(&b), fields);
	buf_reset(&b);
	for (i = 0; i < stage->nchoices; i++)
		(void)buf_printf(&b, "%s%s", i > 0 ? " " : "", stage->choices[i].value);
	assert_string_equal(buf_str(&b), stages);
	assert_string_equal(f->final_stage, "completed");
	buf_free(&b);
	form_free(f);
}

static void
test_outlines(void **state)
{

	(void)state;
	check_outline("housing-rebuild.xml",
	    "subject:S! stage:1! date:@! grade:1 method:1 structure:1 area:D persons:I own_funds:I allowance:I fund:1 year:I "
	    "position:L photo:B~ household:G~ household/name:S~ household/id_number:S~ household/phone:S~ "
	    "household/bank_account:S~ household/target_groups:*~ remark:S~ meta:M meta/instanceID:M",
	    "applied assessed approved taken_down foundation walls roof completed accepted paid");
	check_outline("water-works.xml",
	    "subject:S! stage:1! date:@! kind:1! served:R served/place:S served/persons:I persons:I livestock:I capacity:D "
	    "length:D irrigated:D funds:I fund:1 year:I water_quality:1! tested_by:1 position:L photo:B keeper:G~ "
	    "keeper/name:S~ keeper/phone:S~ remark:S~ meta:M meta/instanceID:M",
	    "surveyed started completed water_tested accepted repaired");
	check_outline("dew-training.xml",
	    "subject:S! stage:1! date:@! class:S course:1 days:I subsidy:I fund:1 year:I certificate:1 sector:1! "
	    "destination:1 wage:I position:L photo:B~ trainee:G~ trainee/name:S~ trainee/id_number:S~ trainee/phone:S~ "
	    "trainee/bank_account:S~ trainee/target_groups:*~ remark:S~ meta:M meta/instanceID:M",
	    "enrolled completed certified employed followed_up");
}

/* Type every "FIELD=VALUE", check, split, compare. */
static void
record(const char *form, const char *const *set, const char *payload, const char *personal)
{
	struct form *f = open_form(form);
	struct form_findings r = { 0, NULL };
	cJSON *obj = cJSON_CreateObject();
	struct buf pub, pers;
	char path[128];
	const char *eq;

	buf_init(&pub, 65536);
	buf_init(&pers, 16384);
	for (; *set != NULL; set++) {
		eq = strchr(*set, '=');
		(void)snprintf(path, sizeof(path), "%.*s", (int)(eq - *set), *set);
		if (form_set(f, obj, path, eq + 1, &r) != 0)
			fail_msg("%s", r.f[0].text);
	}
	if (form_check(f, obj, &r) != 0)
		fail_msg("%s", r.f[0].text);
	assert_int_equal(form_split(f, obj, &pub, &pers), 0);
	assert_string_equal(buf_str(&pub), payload);
	assert_string_equal(buf_str(&pers), personal);
	assert_int_equal(json_scan(pub.data, pub.len, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, NULL), 0);
	if (pers.len > 0)
		assert_int_equal(json_scan(pers.data, pers.len, JSON_DEPTH_MAX, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, NULL), 0);
	buf_free(&pub);
	buf_free(&pers);
	cJSON_Delete(obj);
	form_findings_free(&r);
	form_free(f);
}

static void
test_housing(void **state)
{
	static const char *const set[] = {
		"remark=屋主在外务工", "subject=451224102201-h0042", "stage=roof", "date=2026-10-28", "grade=D", "method=same_site",
		"structure=brick_concrete", "area=85.5m2", "persons=4", "own_funds=3.5万元", "allowance=20000.00yuan", "fund=central",
		"year=2026", "position=24.51449 107.37501 310 8", "photo=" HASH, "household/name=韦某某",
		"household/id_number=11010519491231002X", "household/phone=13800000000", "household/bank_account=6217000000000000000",
		"household/target_groups=minority low_income", "meta/instanceID=uuid:1", NULL,
	};

	(void)state;
	record("housing-rebuild.xml", set,
	    "{\"subject\":\"451224102201-h0042\",\"stage\":\"roof\",\"date\":\"2026-10-28\",\"grade\":\"D\","
	    "\"method\":\"same_site\",\"structure\":\"brick_concrete\",\"area\":\"85.5\",\"persons\":4,\"own_funds\":3500000,"
	    "\"allowance\":2000000,\"fund\":\"central\",\"year\":2026,\"position\":\"24.51 107.38\","
	    "\"meta\":{\"instanceID\":\"uuid:1\"}}",
	    "{\"position\":\"24.51449 107.37501 310 8\",\"photo\":\"" HASH "\",\"household\":{\"name\":\"韦某某\","
	    "\"id_number\":\"11010519491231002X\",\"phone\":\"13800000000\",\"bank_account\":\"6217000000000000000\","
	    "\"target_groups\":[\"low_income\",\"minority\"]},\"remark\":\"屋主在外务工\"}");
}

static void
test_water(void **state)
{
	static const char *const set[] = {
		"subject=451224102-w0007", "stage=water_tested", "date=2026-11-02", "kind=cellar", "served[0]/place=451224102201",
		"served[0]/persons=310", "served[1]/place=451224102202", "persons=310", "livestock=120", "capacity=60", "length=1.25km",
		"funds=128000元", "water_quality=pass", "tested_by=cdc", "photo=" HASH, "keeper/name=黄某", NULL,
	};

	(void)state;
	record("water-works.xml", set,
	    "{\"subject\":\"451224102-w0007\",\"stage\":\"water_tested\",\"date\":\"2026-11-02\",\"kind\":\"cellar\","
	    "\"served\":[{\"place\":\"451224102201\",\"persons\":310},{\"place\":\"451224102202\"}],\"persons\":310,\"livestock\":120,"
	    "\"capacity\":\"60\",\"length\":\"1.25\",\"funds\":12800000,\"water_quality\":\"pass\",\"tested_by\":\"cdc\","
	    "\"photo\":\"" HASH "\"}",
	    "{\"keeper\":{\"name\":\"黄某\"}}");
}

static void
test_dew(void **state)
{
	static const char *const set[] = {
		"subject=451227101-t0318", "stage=employed", "date=2026-09-30", "class=2026-03-dg", "course=electrician", "days=45",
		"subsidy=1500元", "fund=provincial", "year=2026", "sector=non_agriculture", "destination=other_province", "wage=2860.50元", NULL,
	};

	(void)state;
	record("dew-training.xml", set,
	    "{\"subject\":\"451227101-t0318\",\"stage\":\"employed\",\"date\":\"2026-09-30\",\"class\":\"2026-03-dg\","
	    "\"course\":\"electrician\",\"days\":45,\"subsidy\":150000,\"fund\":\"provincial\",\"year\":2026,"
	    "\"sector\":\"non_agriculture\",\"destination\":\"other_province\",\"wage\":286050}",
	    "");
}

static void
test_done(void **state)
{
	struct form *f = open_form("housing-rebuild.xml");

	(void)state;
	assert_false(form_done(f, "roof"));
	assert_true(form_done(f, "completed"));
	assert_true(form_done(f, "paid"));
	assert_false(form_done(f, "none"));
	assert_false(form_done(f, NULL));
	form_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_outlines),
		cmocka_unit_test(test_housing),
		cmocka_unit_test(test_water),
		cmocka_unit_test(test_dew),
		cmocka_unit_test(test_done),
	};

	return (cmocka_run_group_tests_name("catalogue", tests, NULL, NULL));
}
