/* Goal: rows of a report add up, its JSON has exactly the keys that are promised, its CSV runs no formula, and its table keeps its columns under Chinese. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "county/cmd/out.h"
#include "county/report/report.h"
#include "tests/lib/foldkit.h"

#define E(subject, stage, date, more) "{\"subject\":\"" subject "\",\"stage\":\"" stage "\",\"date\":\"" date "\"" more "}"

static struct foldkit kit;
static struct fold *fold;
static struct report rep;

/* Five households in two townships, three done, and one entry of each kind that does not count. */
static int
open_kit(void **state)
{
	static const struct ledger_place places[] = {
		{ "45", "广西壮族自治区" }, { "4512", "河池市" }, { "451223", "凤山县" }, { "451223001", "思源街道" }, { "451223201", "=cmd|' /C calc'!A0" },
		{ FOLDKIT_A, "思源社区居委会" }, { FOLDKIT_B, "平雅村委会" },
	};
	uint8_t h[HASH_LEN];

	(void)state;
	foldkit_open(&kit);
	assert_int_equal(ledger_place_add(kit.k.l, places, sizeof(places) / sizeof(places[0]), &kit.k.e), 0);
	foldkit_add(&kit, 0, "record", NULL, E("h1", "completed", "2026-03-05", ",\"area\":\"85.5\",\"allowance\":2000000,\"fund\":\"central\""), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("h2", "roof", "2026-03-31", ",\"area\":\"60.25\",\"allowance\":1000001"), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("h3", "paid", "2025-12-31", ",\"allowance\":1500000,\"persons\":3"), h);
	foldkit_add(&kit, 1, "record", NULL, E("h4", "accepted", "2026-04-01", ",\"fund\":\"donation\""), NULL);
	foldkit_add(&kit, 1, "record", NULL, E("h5", "applied", "2026-04-01", ""), NULL);
	kit.k.late = "wrong-place";
	foldkit_add(&kit, 1, "record", NULL, E("h6", "paid", "2026-04-01", ",\"allowance\":77777"), NULL);
	kit.k.late = NULL;
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
make(enum report_by by, int all_forms)
{
	const struct fold_params p = { .at = UINT64_MAX };
	struct err e = { "" };

	fold = fold_run(kit.k.l, &p, &e);
	if (fold == NULL || report_make(&rep, fold, kit.k.l, by, all_forms, &e) != 0)
		fail_msg("%s", e.text);
}

static void
drop(void)
{
	report_free(&rep);
	fold_free(fold);
	fold = NULL;
}

static struct buf
text_of(int (*print)(const struct report *, struct buf *))
{
	struct buf b;

	buf_init(&b, 1U << 20);
	assert_int_equal(print(&rep, &b), 0);
	return b;
}

/* The rows as parsed JSON in an array. */
static cJSON *
rows_of(enum report_by by)
{
	cJSON *rows = cJSON_CreateArray(), *row;
	struct err e = { "" };
	struct buf b;
	char *line, *save = NULL;

	make(by, 0);
	b = text_of(report_json);
	for (line = strtok_r((char *)b.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		/* json_parse allows fractions unless told otherwise */
		if ((row = json_parse(line, strlen(line), JSON_OBJECT, &e)) == NULL)
			fail_msg("%s in %s", e.text, line);
		(void)cJSON_AddItemToArray(rows, row);
	}
	buf_free(&b);
	drop();
	return rows;
}

static int64_t
number(const cJSON *row, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(row, key);

	if (!cJSON_IsNumber(v))
		fail_msg("%s is no number", key);
	return (int64_t)v->valuedouble;
}

static void
json_has_the_promised_keys(void **state)
{
	static const char *const keys[] = { "township", "township_name", "subjects", "stage.applied", "stage.assessed", "stage.approved", "stage.taken_down",
		"stage.foundation", "stage.walls", "stage.roof", "stage.completed", "stage.accepted", "stage.paid", "count.households", "sum.allowance",
		"mean.allowance", "sum.own_funds", "sum.persons", "sum.area", "planned", "done", "percent", "disputed", "parked", "erased", "not_begun",
		"reported", "doubles", "late" };
	cJSON *rows = rows_of(BY_TOWNSHIP), *row = cJSON_GetArrayItem(rows, 0), *v;
	size_t i = 0;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(rows), 2);
	cJSON_ArrayForEach(v, row) {
		assert_true(i < sizeof(keys) / sizeof(keys[0]));
		assert_string_equal(v->string, keys[i++]);
	}
	assert_int_equal(i, sizeof(keys) / sizeof(keys[0]));
	assert_string_equal(json_string(row, "township"), "451223001");
	assert_string_equal(json_string(row, "township_name"), "思源街道");
	assert_int_equal(number(row, "subjects"), 3);
	assert_int_equal(number(row, "stage.completed"), 1);
	assert_int_equal(number(row, "done"), 2);
	assert_int_equal(number(row, "sum.allowance"), 4500001);
	assert_int_equal(number(row, "mean.allowance"), 1500000);
	assert_true(cJSON_GetObjectItemCaseSensitive(row, "sum.area")->valuedouble > 145.74 && cJSON_GetObjectItemCaseSensitive(row, "sum.area")->valuedouble < 145.76);
	assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, "planned")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, "percent")));
	row = cJSON_GetArrayItem(rows, 1);
	assert_int_equal(number(row, "subjects"), 2);
	assert_int_equal(number(row, "parked"), 1);
	assert_int_equal(number(row, "sum.allowance"), 0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, "mean.allowance")));
	cJSON_Delete(rows);
}

static void
rows_add_up_however_they_are_grouped(void **state)
{
	static const struct { enum report_by by; const char *key; int rows; } by[] = {
		{ BY_FORM, "form", 1 }, { BY_COUNTRY, "country", 1 }, { BY_PROVINCE, "province", 1 }, { BY_PREFECTURE, "prefecture", 1 }, { BY_COUNTY, "county", 1 },
		{ BY_TOWNSHIP, "township", 2 }, { BY_VILLAGE, "village", 2 }, { BY_YEAR, "year", 2 }, { BY_MONTH, "month", 3 }, { BY_SUBJECT, "subject", 6 },
		{ BY_FUND, "fund", 3 },
	};
	int64_t subjects, done, money, parked;
	cJSON *rows, *row;
	const char *last;

	(void)state;
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		rows = rows_of(by[i].by);
		subjects = done = money = parked = 0;
		last = "";
		assert_int_equal(cJSON_GetArraySize(rows), by[i].rows);
		cJSON_ArrayForEach(row, rows) {
			subjects += number(row, "subjects");
			done += number(row, "done");
			money += number(row, "sum.allowance");
			parked += number(row, "parked");
			assert_non_null(json_string(row, by[i].key));
			assert_true(strcmp(last, json_string(row, by[i].key)) <= 0);
			last = json_string(row, by[i].key);
		}
		assert_int_equal(subjects, 5);
		assert_int_equal(done, 3);
		assert_int_equal(money, 4500001);
		assert_int_equal(parked, 1);
		cJSON_Delete(rows);
	}
}

static void
groups_have_their_keys_and_names(void **state)
{
	cJSON *rows;

	(void)state;
	rows = rows_of(BY_MONTH);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 0), "month"), "2025-12");
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 2), "month"), "2026-04");
	cJSON_Delete(rows);
	rows = rows_of(BY_FUND);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 0), "fund"), "");
	assert_int_equal(number(cJSON_GetArrayItem(rows, 0), "subjects"), 3);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 2), "fund_name"), "社会捐赠资金");
	cJSON_Delete(rows);
	rows = rows_of(BY_SUBJECT);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 3), "subject"), "h4");
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 3), "place"), FOLDKIT_B);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 3), "place_name"), "平雅村委会");
	cJSON_Delete(rows);
	rows = rows_of(BY_FORM);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 0), "form_name"), "农村危房改造");
	cJSON_Delete(rows);
	rows = rows_of(BY_PREFECTURE);
	assert_string_equal(json_string(cJSON_GetArrayItem(rows, 0), "prefecture_name"), "河池市");
	cJSON_Delete(rows);
}

static void
csv_lays_forms_side_by_side(void **state)
{
	struct buf xml, b;
	char *line, *save = NULL;
	size_t commas = 0, n, lines = 0;

	(void)state;
	buf_init(&xml, 1U << 20);
	foldkit_catalogue("water-works", &xml);
	foldkit_publish(&kit, xml.data, xml.len, "water-works", "2026110101");
	buf_free(&xml);
	foldkit_add(&kit, 1, "record", NULL, "{\"subject\":\"w1\",\"stage\":\"surveyed\",\"date\":\"2026-05-05\",\"kind\":\"cellar\",\"persons\":12}", NULL);
	make(BY_TOWNSHIP, 1);
	b = text_of(report_csv);
	assert_memory_equal(b.data, "\xef\xbb\xbf" "form,form_name,township,township_name,subjects,stage.applied,", 64);
	assert_non_null(strstr(buf_str(&b), "stage.paid,stage.surveyed,stage.started,stage.water_tested,stage.repaired,count.households,"));
	assert_non_null(strstr(buf_str(&b), ",planned,done,percent,disputed,parked,erased,not_begun,reported,doubles,late\r\n"));
	assert_non_null(strstr(buf_str(&b), "\r\nhousing-rebuild,农村危房改造,451223001,思源街道,3,"));
	assert_non_null(strstr(buf_str(&b), ",\"'=cmd|' /C calc'!A0\","));
	for (line = strtok_r((char *)b.data, "\r\n", &save); line != NULL; line = strtok_r(NULL, "\r\n", &save)) {
		n = 0;
		for (const char *at = line; (at = strchr(at, ',')) != NULL; at++)
			n++;
		assert_true(lines++ == 0 || n == commas);
		commas = n;
	}
	assert_int_equal(lines, 4);
	buf_free(&b);
	drop();
}

static void
the_table_keeps_its_columns(void **state)
{
	struct buf b;
	char *line, *save = NULL;
	size_t lines = 0, width = 0;

	(void)state;
	make(BY_VILLAGE, 0);
	b = text_of(report_table);
	assert_non_null(strstr(buf_str(&b), "已竣工"));
	assert_non_null(strstr(buf_str(&b), "Completed"));
	assert_non_null(strstr(buf_str(&b), "合计 total"));
	assert_non_null(strstr(buf_str(&b), " 45000.01 "));
	assert_non_null(strstr(buf_str(&b), " 15000.00 "));
	assert_null(strstr(buf_str(&b), "4500001"));
	/* nothing was ever assessed, nothing is planned */
	assert_null(strstr(buf_str(&b), "Assessed"));
	assert_null(strstr(buf_str(&b), "planned"));
	for (line = strtok_r((char *)b.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (lines++ == 1)
			width = text_width(line);
		else if (lines > 2)
			assert_int_equal(text_width(line), width);
	}
	assert_int_equal(lines, 6);
	buf_free(&b);
	drop();
	make(BY_FORM, 0);
	b = text_of(report_table);
	assert_non_null(strstr(buf_str(&b), "Allowances (yuan)"));
	assert_non_null(strstr(buf_str(&b), "45000.01\n"));
	buf_free(&b);
	drop();
}

static void
an_unknown_form_has_a_row_of_its_own(void **state)
{
	const struct report_row *row;
	struct buf b;

	(void)state;
	kit.k.late = "unknown-form";
	memset(kit.form, 3, HASH_LEN);
	(void)strcpy(kit.id, "unheard-of");
	foldkit_add(&kit, 1, "record", NULL, "{\"a\":1}", NULL);
	kit.k.late = NULL;
	make(BY_TOWNSHIP, 1);
	assert_int_equal(rep.n, 3);
	row = &rep.row[2];
	assert_string_equal(row->form->id, "unheard-of");
	assert_string_equal(row->key, "451223201");
	assert_int_equal(row->subjects, 0);
	assert_int_equal(row->parked, 1);
	b = text_of(report_json);
	buf_free(&b);
	b = text_of(report_table);
	assert_non_null(strstr(buf_str(&b), "unheard-of"));
	buf_free(&b);
	b = text_of(report_csv);
	buf_free(&b);
	drop();
}

static void
groupings_are_named(void **state)
{
	enum report_by by;

	(void)state;
	assert_int_equal(report_by_name("village", &by), 0);
	assert_int_equal(by, BY_VILLAGE);
	assert_int_equal(report_by_name("form", &by), 0);
	assert_int_equal(by, BY_FORM);
	assert_int_equal(report_by_name("group", &by), 0);
	assert_int_equal(by, BY_GROUP);
	assert_int_equal(report_by_name("villages", &by), -1);
	assert_int_equal(report_by_name("", &by), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(json_has_the_promised_keys),
		T(rows_add_up_however_they_are_grouped),
		T(groups_have_their_keys_and_names),
		T(csv_lays_forms_side_by_side),
		T(the_table_keeps_its_columns),
		T(an_unknown_form_has_a_row_of_its_own),
		cmocka_unit_test(groupings_are_named),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
