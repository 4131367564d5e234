/* Goal: linked subjects fold as one and apart again, doubles are flagged and never merged, disputes name their entries, and a fund's account that does not balance is a question with its entries. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/ledger_question.h"
#include "county/report/report.h"
#include "county/report/report_out.h"
#include "tests/lib/foldkit.h"

#define E(subject, stage, date, more) "{\"subject\":\"" subject "\",\"stage\":\"" stage "\",\"date\":\"" date "\"" more "}"
#define FUND(date, more) "{\"kind\":\"fund\",\"subject\":\"f1\",\"stage\":\"contributed\",\"date\":\"" date "\"" more "}"

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

static struct fold *
run(uint64_t at)
{
	const struct fold_params p = { .at = at, .doubles = 1 };
	struct err e = { "" };
	struct fold *f = fold_run(kit.k.l, &p, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return f;
}

static const struct fold_subject *
subject(const struct fold *f, const char *id)
{
	const struct fold_form *const *form;
	const struct fold_subject *s;
	size_t n;

	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		for (s = form[i]->subjects; s != NULL; s = s->next)
			if (strcmp(s->id, id) == 0)
				return s;
	return NULL;
}

static size_t
count(uint64_t at)
{
	struct fold *f = run(at);
	const struct fold_form *const *form;
	const struct fold_subject *s;
	size_t n, live = 0;

	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		for (s = form[i]->subjects; s != NULL; s = s->next)
			live += s->live > 0 ? 1 : 0;
	fold_free(f);
	return live;
}

static void
link_is(const char *from, const char *to, const char *state)
{
	assert_true(kit_put(&kit.k, RECORD_LINK, "from %s\nto %s\nstate %s\norder -\n", from, to, state) > 0);
}

static void
linked_subjects_fold_as_one_until_unlinked(void **state)
{
	uint8_t root[HASH_LEN];
	uint64_t before;
	struct fold *f;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("a", "roof", "2026-03-05", ",\"allowance\":5"), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("b", "completed", "2026-03-06", ""), NULL);
	foldkit_add(&kit, 1, "record", NULL, E("c", "walls", "2026-03-07", ""), NULL);
	assert_int_equal(ledger_head(kit.k.l, &before, root), 0);
	link_is("a", "b", "linked");
	assert_int_equal(count(UINT64_MAX), 2);
	assert_int_equal(count(before), 3);
	f = run(UINT64_MAX);
	assert_null(subject(f, "a"));
	assert_int_equal(subject(f, "b")->live, 2);
	assert_string_equal(subject(f, "b")->extra->linked, "a");
	fold_free(f);
	link_is("b", "c", "linked");
	link_is("c", "a", "linked"); /* a circle says nothing new */
	assert_int_equal(count(UINT64_MAX), 1);
	f = run(UINT64_MAX);
	assert_int_equal(subject(f, "c")->live, 3);
	fold_free(f);
	link_is("c", "a", "unlinked");
	link_is("b", "c", "unlinked");
	assert_int_equal(count(UINT64_MAX), 2);
	link_is("a", "b", "unlinked");
	assert_int_equal(count(UINT64_MAX), 3);
}

static size_t
doubles(struct fold **f)
{
	size_t n;

	*f = run(UINT64_MAX);
	(void)fold_doubles(*f, &n);
	return n;
}

static void
add_person(int dev, const char *payload, const char *personal)
{
	kit.personal = personal;
	foldkit_add(&kit, dev, "record", NULL, payload, NULL);
	kit.personal = NULL;
}

static void
doubles_are_flagged_and_not_merged(void **state)
{
	struct fold *f;
	struct buf b;

	(void)state;
	add_person(0, E("a", "roof", "2026-03-05", ""), "{\"household\":{\"name\":\"Zhang San\"}}");
	add_person(1, E("b", "roof", "2026-03-05", ""), "{\"household\":{\"name\":\"Zhang San\"}}");
	assert_int_equal(doubles(&f), 0); /* another village */
	fold_free(f);
	add_person(0, E("c", "roof", "2026-03-06", ""), "{\"household\":{\"name\":\"Zhang San\"}}");
	assert_int_equal(doubles(&f), 1);
	assert_true(subject(f, "a")->extra->doubled && subject(f, "c")->extra->doubled && !subject(f, "b")->extra->doubled);
	buf_init(&b, 1U << 20);
	doubles_json(f, &b);
	doubles_table(f, kit.k.l, &b);
	doubles_html(f, "en", &b);
	assert_non_null(strstr(buf_str(&b), "\"subjects\":[\"a\",\"c\"]"));
	assert_null(strstr(buf_str(&b), "Zhang"));
	buf_free(&b);
	fold_free(f);
	assert_int_equal(count(UINT64_MAX), 3);
	link_is("c", "a", "unlinked"); /* looked at: they are two */
	assert_int_equal(doubles(&f), 0);
	fold_free(f);
	link_is("c", "a", "linked");
	assert_int_equal(doubles(&f), 0);
	fold_free(f);
}

static void
works_of_one_keeper(void)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t form[HASH_LEN];
	struct buf xml;

	(void)strcpy(id, kit.id);
	(void)strcpy(version, kit.version);
	memcpy(form, kit.form, HASH_LEN);
	buf_init(&xml, 1U << 20);
	foldkit_catalogue("water-works", &xml);
	foldkit_publish(&kit, xml.data, xml.len, "water-works", "2026110101");
	buf_free(&xml);
	add_person(0, E("w1", "started", "2026-03-05", ""), "{\"keeper\":{\"name\":\"Zhao\"}}");
	add_person(0, E("w2", "started", "2026-03-05", ""), "{\"keeper\":{\"name\":\"Zhao\"}}");
	(void)strcpy(kit.id, id);
	(void)strcpy(kit.version, version);
	memcpy(kit.form, form, HASH_LEN);
}

static void
a_number_says_more_than_a_name(void **state)
{
	struct fold *f;

	(void)state;
	add_person(0, E("a", "roof", "2026-03-05", ""), "{\"household\":{\"name\":\"Li Si\",\"id_number\":\"11010119900307001X\"}}");
	add_person(0, E("b", "roof", "2026-03-05", ""), "{\"household\":{\"name\":\"Li Si\",\"id_number\":\"110101199003070028\"}}");
	assert_int_equal(doubles(&f), 0); /* namesakes */
	fold_free(f);
	add_person(1, E("c", "roof", "2026-03-05", ""), "{\"household\":{\"name\":\"Li  Si\",\"id_number\":\"11010119900307001X\"}}");
	assert_int_equal(doubles(&f), 1);
	assert_true(subject(f, "a")->extra->doubled && subject(f, "c")->extra->doubled && !subject(f, "b")->extra->doubled);
	fold_free(f);
	/* who keeps the works is not the works */
	works_of_one_keeper();
	assert_int_equal(doubles(&f), 1);
	fold_free(f);
	/* several persons in one entry name nobody */
	add_person(0, E("d", "roof", "2026-03-05", ""), "{\"members\":[{\"name\":\"Wu\"},{\"name\":\"Wang\"}]}");
	add_person(0, E("e", "roof", "2026-03-05", ""), "{\"members\":[{\"name\":\"Wu\"},{\"name\":\"Wang\"}]}");
	assert_int_equal(doubles(&f), 1);
	fold_free(f);
}

static void
a_dispute_names_its_entries(void **state)
{
	uint8_t first[HASH_LEN], one[HASH_LEN], two[HASH_LEN];
	struct report rep;
	struct err e = { "" };
	char hex[2 * HASH_LEN + 1];
	struct fold *f;
	struct buf b;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("a", "roof", "2026-03-05", ""), first);
	foldkit_add(&kit, 0, "correction", first, E("a", "walls", "2026-03-05", ""), one);
	foldkit_add(&kit, 0, "correction", first, E("a", "completed", "2026-03-05", ""), two);
	f = run(UINT64_MAX);
	assert_int_equal(subject(f, "a")->extra->ndisputes, 1);
	assert_memory_equal(subject(f, "a")->extra->dispute[0].entry, first, HASH_LEN);
	assert_int_equal(subject(f, "a")->extra->dispute[0].n, 2);
	assert_memory_equal(subject(f, "a")->extra->dispute[0].rival[0], one, HASH_LEN);
	buf_init(&b, 1U << 20);
	assert_int_equal(report_make(&rep, f, kit.k.l, BY_SUBJECT, 0, &e), 0);
	assert_int_equal(report_json(&rep, &b), 0);
	enc_hex(hex, two, HASH_LEN);
	assert_non_null(strstr(buf_str(&b), hex));
	assert_non_null(strstr(buf_str(&b), "\"linked\":[],\"disputes\":[{\"entry\":\""));
	buf_reset(&b);
	assert_int_equal(report_table(&rep, &b), 0);
	hex[12] = '\0';
	assert_non_null(strstr(buf_str(&b), hex));
	buf_free(&b);
	report_free(&rep);
	fold_free(f);
}

/* Accounts. */

static void
publish_fund(void)
{
	const char *top = getenv("TALLY_TOP"), *build = getenv("TALLY_BUILD");
	struct err e = { "" };
	char path[512];
	struct buf xml;

	buf_init(&xml, 1U << 20);
	if (build != NULL)
		(void)snprintf(path, sizeof(path), "%s/forms/mutual-fund.xml", build);
	else
		(void)snprintf(path, sizeof(path), "%s/build/forms/mutual-fund.xml", top ? top : ".");
	if (file_read(path, &xml, &e) != 0)
		fail_msg("%s", e.text);
	foldkit_publish(&kit, xml.data, xml.len, "mutual-fund", "2026112402");
	buf_free(&xml);
}

static int64_t
questions(struct buf *b)
{
	struct fold *f = run(UINT64_MAX);
	int64_t n;

	buf_init(b, 1U << 20);
	n = questions_json(f, b);
	fold_free(f);
	return n;
}

static void
an_account_that_does_not_balance_is_asked_about(void **state)
{
	uint8_t set_up[HASH_LEN], lent[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct buf b;

	(void)state;
	publish_fund();
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-01", ",\"allocation\":1000,\"cash\":1000"), set_up);
	assert_int_equal(questions(&b), 0);
	buf_free(&b);
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-10", ",\"lent\":300,\"cash\":700"), lent);
	assert_int_equal(questions(&b), 0);
	buf_free(&b);
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-20", ",\"repaid\":100,\"cash\":750"), NULL);
	assert_int_equal(questions(&b), 1);
	enc_hex(hex, set_up, HASH_LEN);
	assert_non_null(strstr(buf_str(&b), hex));
	enc_hex(hex, lent, HASH_LEN);
	assert_non_null(strstr(buf_str(&b), hex));
	assert_non_null(strstr(buf_str(&b), "\"question\":\"unbalanced\",\"date\":\"2026-03-20\",\"balance\":800,\"stated\":750"));
	buf_free(&b);
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-21", ",\"cash\":800"), NULL);
	assert_int_equal(questions(&b), 0);
	buf_free(&b);
}

static void
an_account_below_nought_stays_a_question(void **state)
{
	struct buf b;

	(void)state;
	publish_fund();
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-01", ",\"allocation\":1000"), NULL);
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-10", ",\"lent\":1300"), NULL);
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-20", ",\"repaid\":1300,\"cash\":1000"), NULL);
	assert_int_equal(questions(&b), 1);
	assert_non_null(strstr(buf_str(&b), "\"question\":\"below-zero\",\"date\":\"2026-03-10\",\"balance\":-300,\"stated\":null"));
	buf_free(&b);
	/* a loan is no fund: its lent money is not judged */
	foldkit_add(&kit, 0, "record", NULL, "{\"kind\":\"loan\",\"subject\":\"l1\",\"stage\":\"lent\",\"date\":\"2026-03-05\",\"lent\":50}", NULL);
	assert_int_equal(questions(&b), 1);
	buf_free(&b);
}

static void
reports_count_questions(void **state)
{
	const struct fold_params part = { .at = UINT64_MAX, .from = 738000 };
	struct report rep;
	struct err e = { "" };
	struct fold *f;
	struct buf b;

	(void)state;
	publish_fund();
	foldkit_add(&kit, 0, "record", NULL, FUND("2026-03-01", ",\"allocation\":1000,\"cash\":999"), NULL);
	f = run(UINT64_MAX);
	buf_init(&b, 1U << 20);
	assert_int_equal(report_make(&rep, f, kit.k.l, BY_VILLAGE, 0, &e), 0);
	assert_int_equal(report_json(&rep, &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"ledger.fund\":1"));
	report_free(&rep);
	fold_free(f);
	buf_reset(&b);
	f = fold_run(kit.k.l, &part, &e);
	assert_non_null(f);
	assert_int_equal(report_make(&rep, f, kit.k.l, BY_VILLAGE, 0, &e), 0);
	assert_int_equal(report_json(&rep, &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"ledger.fund\":null"));
	report_free(&rep);
	fold_free(f);
	buf_free(&b);
}

static const char *
place_of(const char *id, int32_t to)
{
	const struct fold_params p = { .at = UINT64_MAX, .to = to };
	static char place[PLACE_MAX + 1];
	struct err e = { "" };
	struct fold *f = fold_run(kit.k.l, &p, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	(void)snprintf(place, sizeof(place), "%s", subject(f, id) ? subject(f, id)->place : "");
	fold_free(f);
	return place;
}

static void
a_place_with_another_code_moves_from_its_day(void **state)
{
	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("a", "roof", "2026-03-05", ""), NULL);
	foldkit_add(&kit, 1, "record", NULL, E("b", "roof", "2026-03-05", ""), NULL);
	assert_true(kit_put(&kit.k, RECORD_PLACE_MAP, "old 451223001\nnew 451223009\nfrom 2026-06-01\norder -\n") > 0);
	assert_string_equal(place_of("a", 0), "451223009001");
	assert_string_equal(place_of("b", 0), FOLDKIT_B);
	assert_string_equal(place_of("a", fold_day("2026-05-31")), FOLDKIT_A);
	assert_string_equal(place_of("a", fold_day("2026-06-01")), "451223009001");
	assert_true(kit_put(&kit.k, RECORD_PLACE_MAP, "old 451223009001\nnew 451223009002\nfrom 2026-07-01\norder -\n") > 0);
	assert_string_equal(place_of("a", 0), "451223009002");
	assert_true(kit_put(&kit.k, RECORD_PLACE_MAP, "old 451223001\nnew 451223001\nfrom 2026-06-01\norder -\n") > 0);
	assert_string_equal(place_of("a", 0), FOLDKIT_A);
	/* a code of another level moves nothing */
	assert_true(kit_put(&kit.k, RECORD_PLACE_MAP, "old 451223001\nnew 4512\nfrom 2026-06-01\norder -\n") > 0);
	assert_string_equal(place_of("a", 0), FOLDKIT_A);
}

static void
what_comes_after_a_month_was_closed_is_late(void **state)
{
	uint8_t root[HASH_LEN];
	uint64_t size;
	struct report rep;
	struct err e = { "" };
	struct fold *f;
	struct buf b;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("a", "walls", "2026-03-05", ""), NULL);
	assert_int_equal(ledger_head(kit.k.l, &size, root), 0);
	assert_true(kit_put(&kit.k, RECORD_PERIOD, "period 2026-03\nsize %llu\nreport %064d\n", (unsigned long long)size, 0) > 0);
	foldkit_add(&kit, 0, "record", NULL, E("a", "roof", "2026-03-31", ""), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("a", "completed", "2026-04-01", ""), NULL);
	f = run(UINT64_MAX);
	assert_int_equal(subject(f, "a")->live, 3);
	assert_int_equal(subject(f, "a")->extra->late, 1);
	buf_init(&b, 1U << 20);
	assert_int_equal(report_make(&rep, f, kit.k.l, BY_VILLAGE, 0, &e), 0);
	assert_int_equal(report_json(&rep, &b), 0);
	assert_non_null(strstr(buf_str(&b), "\"late\":1"));
	buf_free(&b);
	report_free(&rep);
	fold_free(f);
}

static void
files_for_others_carry_no_markup_and_no_formula(void **state)
{
	static const struct ledger_place places[] = { { FOLDKIT_A, "<b>村</b>" }, { FOLDKIT_B, "=1+1" } };
	struct report rep;
	struct err e = { "" };
	struct fold *f;
	struct buf b;

	(void)state;
	assert_int_equal(ledger_place_add(kit.k.l, places, 2, &kit.k.e), 0);
	foldkit_add(&kit, 0, "record", NULL, E("a", "roof", "2026-03-05", ",\"allowance\":250"), NULL);
	foldkit_add(&kit, 1, "record", NULL, E("b", "roof", "2026-03-05", ""), NULL);
	f = run(UINT64_MAX);
	buf_init(&b, 1U << 20);
	assert_int_equal(report_make(&rep, f, kit.k.l, BY_VILLAGE, 0, &e), 0);
	assert_int_equal(report_html(&rep, f, "<i>office</i>", "zh", &b), 0);
	assert_non_null(strstr(buf_str(&b), "&lt;b&gt;村"));
	assert_null(strstr(buf_str(&b), "<b>村"));
	assert_null(strstr(buf_str(&b), "<i>office"));
	buf_reset(&b);
	if (report_xlsx(&rep, f, &b, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(b.len > 1000 && memcmp(b.data, "PK\3\4", 4) == 0);
	buf_free(&b);
	report_free(&rep);
	fold_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(linked_subjects_fold_as_one_until_unlinked, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(doubles_are_flagged_and_not_merged, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_number_says_more_than_a_name, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_dispute_names_its_entries, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(an_account_that_does_not_balance_is_asked_about, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(an_account_below_nought_stays_a_question, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(reports_count_questions, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(a_place_with_another_code_moves_from_its_day, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(what_comes_after_a_month_was_closed_is_late, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(files_for_others_carry_no_markup_and_no_formula, open_kit, close_kit),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests_name("question", tests, NULL, NULL);
}
