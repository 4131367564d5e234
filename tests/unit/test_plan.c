/* Goal: a plan comes in from UTF-8 and GB 18030 sheets with every fault at its cell, a later line replaces an earlier one, and reports lay plan beside done by every grouping. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/json.h"
#include "county/report/double.h"
#include "county/report/plan_read.h"
#include "county/report/report.h"
#include "tests/lib/foldkit.h"

#define E(subject, stage, date, more) "{\"subject\":\"" subject "\",\"stage\":\"" stage "\",\"date\":\"" date "\"" more "}"
#define HEAD "place,form,subject,name,due,target.allowance\n"

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
read_sheet(struct plan_reading *r, const char *text, size_t n)
{
	struct err e = { "" };

	memset(r, 0, sizeof(*r));
	r->l = kit.k.l;
	if (plan_read(r, text, n, &e) != 0)
		fail_msg("%s", e.text);
}

static void
has_fault(const struct plan_reading *r, const char *cell, const char *words)
{
	for (size_t i = 0; i < r->faults.n; i++)
		if (strcmp(r->faults.f[i].cell, cell) == 0 && strstr(r->faults.f[i].text, words) != NULL)
			return;
	fail_msg("no fault at %s says %s", cell, words);
}

/* Record lines as an import does. */
static void
record_lines(const char *lines)
{
	uint8_t salt[ENTRY_SALT_LEN] = { 7 }, hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct buf text;

	buf_init(&text, PLAN_TEXT_MAX);
	plan_text_begin(&text);
	(void)buf_puts(&text, lines);
	entry_personal_hash(hash, salt, text.data, text.len);
	assert_int_equal(ledger_salted(kit.k.l, hash, salt, text.data, text.len, &kit.k.e), 0);
	enc_hex(hex, hash, HASH_LEN);
	assert_true(kit_put(&kit.k, RECORD_PLAN, "form housing-rebuild\nplace 45\nrows 1\nplan %s\n", hex) > 0);
	buf_free(&text);
}

static void
record_sheet(const char *text)
{
	struct plan_reading r;
	struct buf b;

	read_sheet(&r, text, strlen(text));
	assert_int_equal(r.faults.errors, 0);
	buf_init(&b, PLAN_TEXT_MAX);
	for (size_t i = 0; i < r.plan.n; i++)
		plan_line_put(&b, r.plan.line[i]);
	record_lines(buf_str(&b));
	buf_free(&b);
	plan_read_free(&r);
}

static struct fold *fold;

/* One row of a report as JSON. */
static cJSON *
row_by(enum report_by by, const char *key, const char *value, struct fold_params p)
{
	struct report rep;
	struct err e = { "" };
	struct buf b;
	char *line, *save = NULL;
	cJSON *row, *found = NULL;

	p.doubles = 1;
	buf_init(&b, 1U << 20);
	if ((fold = fold_run(kit.k.l, &p, &e)) == NULL || report_make(&rep, fold, kit.k.l, by, 0, &e) != 0 || report_json(&rep, &b) != 0)
		fail_msg("%s", e.text);
	for (line = strtok_r((char *)b.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if ((row = json_parse(line, strlen(line), JSON_OBJECT, &e)) == NULL)
			fail_msg("%s in %s", e.text, line);
		if (found == NULL && strcmp(json_string(row, key), value) == 0)
			found = row;
		else
			cJSON_Delete(row);
	}
	report_free(&rep);
	fold_free(fold);
	buf_free(&b);
	if (found == NULL)
		fail_msg("no row %s", value);
	return found;
}

static double
number(const cJSON *row, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(row, key);

	if (!cJSON_IsNumber(v))
		fail_msg("%s is no number", key);
	return v->valuedouble;
}

static void
says(enum report_by by, const char *key, const char *value, double planned, double done, double not_begun, double target)
{
	cJSON *row = row_by(by, key, value, (struct fold_params){ .at = UINT64_MAX });

	if (number(row, "planned") != planned || number(row, "done") != done || number(row, "not_begun") != not_begun || number(row, "target.allowance") != target)
		fail_msg("by %s: %s", key, cJSON_PrintUnformatted(row));
	cJSON_Delete(row);
}

static void
a_sheet_in_gb18030_is_the_same(void **state)
{
	static const char gb[] = HEAD "451223001001,housing-rebuild,h1,\xd5\xc5\xc8\xfd,2026-12-31,2\xcd\xf2\xd4\xaa\n";
	static const char utf[] = "\xef\xbb\xbf" HEAD "451223001001,housing-rebuild,h1,张三,2026-12-31,2000000\n";
	struct plan_reading a, b;

	(void)state;
	read_sheet(&a, gb, sizeof(gb) - 1);
	read_sheet(&b, utf, sizeof(utf) - 1);
	assert_int_equal(a.faults.errors + b.faults.errors, 0);
	assert_int_equal(a.plan.n, 1);
	assert_string_equal(a.plan.line[0]->name, "张三");
	assert_string_equal(a.plan.line[0]->target[0].value, "2000000");
	assert_true(plan_line_same(a.plan.line[0], b.plan.line[0]));
	plan_read_free(&a);
	plan_read_free(&b);
}

static void
faults_stand_at_their_cells(void **state)
{
	static const char sheet[] = "place,form,subject,name,due,target.allowance,target.grade,colour\n"
	    "4512230,housing-rebuild,h1,,2026-02-30,-1,\n"
	    "451223001001,nothing,110101199003070015,,,,\n"
	    "451223001001,housing-rebuild,,,,,\n"
	    "451223001001,housing-rebuild,h2,,,,D\n"
	    "451223001001,housing-rebuild,h3,,,abc,\n"
	    "451223001001,housing-rebuild,h4,,,1,\n"
	    "451223001001,housing-rebuild,h4,,,2,\n";
	struct plan_reading r;

	(void)state;
	read_sheet(&r, sheet, sizeof(sheet) - 1);
	has_fault(&r, "H1", "none of");
	has_fault(&r, "A2", "place code");
	has_fault(&r, "E2", "date");
	has_fault(&r, "F2", "below nought");
	has_fault(&r, "B3", "published");
	has_fault(&r, "C3", "identity number");
	has_fault(&r, "4", "plans nothing");
	has_fault(&r, "G5", "no public number");
	has_fault(&r, "F6", "amount");
	has_fault(&r, "8", "row 7");
	plan_read_free(&r);
	read_sheet(&r, "form,subject\n", 13);
	has_fault(&r, "1", "place is missing");
	plan_read_free(&r);
	read_sheet(&r, HEAD, sizeof(HEAD) - 1);
	has_fault(&r, "1", "no line");
	plan_read_free(&r);
}

static void
a_later_line_replaces(void **state)
{
	struct plan p;
	struct err e = { "" };

	(void)state;
	record_sheet(HEAD "451223001001,housing-rebuild,h1,,2026-12-31,100\n451223001001,housing-rebuild,h2,,,5\n");
	record_sheet(HEAD "451223001001,housing-rebuild,h1,,,300\n");
	assert_int_equal(plan_load(&p, kit.k.l, UINT64_MAX, NULL, &e), 0);
	assert_int_equal(p.n, 2);
	assert_string_equal(plan_find(&p, "housing-rebuild", FOLDKIT_A, "h1")->target[0].value, "300");
	assert_int_equal(plan_find(&p, "housing-rebuild", FOLDKIT_A, "h1")->due, 0);
	assert_null(plan_find(&p, "housing-rebuild", FOLDKIT_B, "h1"));
	plan_free(&p);
	says(BY_VILLAGE, "village", FOLDKIT_A, 2, 0, 2, 305);
	record_sheet("place,form,subject,dropped\n451223001001,housing-rebuild,h2,yes\n");
	says(BY_VILLAGE, "village", FOLDKIT_A, 1, 0, 1, 300);
}

static void
a_plan_whose_text_is_gone_is_said(void **state)
{
	struct plan p;
	struct err e = { "" };

	(void)state;
	assert_true(kit_put(&kit.k, RECORD_PLAN, "form housing-rebuild\nplace 45\nrows 1\nplan %s\n",
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff") > 0);
	assert_int_equal(plan_load(&p, kit.k.l, UINT64_MAX, NULL, &e), -1);
	assert_non_null(strstr(e.text, "not held"));
}

static void
plan_beside_done_by_every_grouping(void **state)
{
	uint64_t before;
	uint8_t root[HASH_LEN];
	cJSON *row;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "completed", "2026-03-05", ",\"allowance\":90,\"fund\":\"central\""), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("h9", "roof", "2026-03-31", ",\"allowance\":7"), NULL);
	assert_int_equal(ledger_head(kit.k.l, &before, root), 0);
	record_sheet("place,form,subject,due,count,target.allowance\n451223001001,housing-rebuild,h1,2026-06-30,,100\n451223001001,housing-rebuild,h2,2026-12-31,,50\n"
	    "451223201202,housing-rebuild,,,3,10\n");
	says(BY_VILLAGE, "village", FOLDKIT_A, 2, 1, 1, 150);
	says(BY_VILLAGE, "village", FOLDKIT_B, 3, 0, 0, 10);
	says(BY_TOWNSHIP, "township", "451223001", 2, 1, 1, 150);
	says(BY_COUNTY, "county", "451223", 5, 1, 1, 160);
	says(BY_FORM, "form", "housing-rebuild", 5, 1, 1, 160);
	says(BY_MONTH, "month", "2026-03", 1, 1, 0, 100);
	says(BY_MONTH, "month", "2026-12", 1, 0, 1, 50);
	says(BY_FUND, "fund", "central", 1, 1, 0, 100);
	says(BY_SUBJECT, "subject", "h1", 1, 1, 0, 100);
	says(BY_SUBJECT, "subject", "h2", 1, 0, 1, 50);
	row = row_by(BY_VILLAGE, "village", FOLDKIT_A, (struct fold_params){ .at = UINT64_MAX });
	assert_true(number(row, "percent") == 50.0);
	assert_true(number(row, "reached.allowance") == 97);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "reported")));
	cJSON_Delete(row);
	row = row_by(BY_VILLAGE, "village", FOLDKIT_B, (struct fold_params){ .at = UINT64_MAX });
	assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(row, "reported")));
	assert_true(number(row, "percent") == 0.0);
	cJSON_Delete(row);
	/* due by the end of June: h1, and what has no day */
	row = row_by(BY_FORM, "form", "housing-rebuild", (struct fold_params){ .at = UINT64_MAX, .to = fold_day("2026-06-30") });
	assert_true(number(row, "planned") == 4);
	cJSON_Delete(row);
	/* as the log stood before the plan */
	row = row_by(BY_FORM, "form", "housing-rebuild", (struct fold_params){ .at = before });
	assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, "planned")) && cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, "percent")));
	cJSON_Delete(row);
}

static void
a_page_lists_so_many_doubles_and_counts_the_rest(void **state)
{
	const struct fold_params p = { .at = UINT64_MAX, .doubles = 1 };
	struct err e = { "" };
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 1U << 20);
	for (int i = 0; i < 1010; i++)
		(void)buf_printf(&b, "{\"place\":\"" FOLDKIT_A "\",\"subject\":\"h%d\",\"name\":\"N%d\"}\n", i, i / 2);
	record_lines(buf_str(&b));
	fold = fold_run(kit.k.l, &p, &e);
	assert_non_null(fold);
	(void)fold_doubles(fold, &n);
	assert_int_equal(n, 505);
	buf_reset(&b);
	doubles_html(fold, "en", &b);
	assert_non_null(strstr(buf_str(&b), "Not listed here: 5<"));
	buf_free(&b);
	fold_free(fold);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sheet_in_gb18030_is_the_same, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(faults_stand_at_their_cells, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_later_line_replaces, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_plan_whose_text_is_gone_is_said, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_page_lists_so_many_doubles_and_counts_the_rest, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(plan_beside_done_by_every_grouping, open_kit, close_kit),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
