/* Goal: the state of each subject follows from the log as the header says, whatever the order of entries, corrections, withdrawals, reviews and erasures. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "county/report/fold.h"
#include "tests/lib/foldkit.h"

#define E(subject, stage, date, more) "{\"subject\":\"" subject "\",\"stage\":\"" stage "\",\"date\":\"" date "\"" more "}"
#define ALLOWANCE 1 /* indicators of housing-rebuild */
#define AREA 5

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

static struct fold_params
all(void)
{
	return (struct fold_params){ .at = UINT64_MAX };
}

static struct fold *
run(struct fold_params p)
{
	struct err e = { "" };
	struct fold *f = fold_run(kit.k.l, &p, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return f;
}

static const struct fold_form *
form_of(const struct fold *f, const char *id)
{
	const struct fold_form *const *form;
	size_t n;

	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(form[i]->id, id) == 0)
			return form[i];
	return NULL;
}

static const struct fold_subject *
subject(const struct fold *f, const char *id)
{
	const struct fold_subject *s = form_of(f, "housing-rebuild")->subjects;

	while (s != NULL && strcmp(s->id, id) != 0)
		s = s->next;
	return s;
}

/* The subject's stage by name ("-" none, "gone" where nothing counts) and its allowance in fen (-1: never stated). */
static void
is(struct fold_params p, const char *id, const char *stage, int64_t allowance)
{
	struct fold *f = run(p);
	const struct fold_subject *s = subject(f, id);

	if (strcmp(stage, "gone") == 0) {
		assert_true(s == NULL || s->live == 0);
	} else {
		assert_non_null(s);
		assert_true(s->live > 0);
		assert_string_equal(s->stage < 0 ? "-" : form_of(f, "housing-rebuild")->stages.c[s->stage].value, stage);
		assert_int_equal(s->value[ALLOWANCE].order > 0 ? (int64_t)(s->value[ALLOWANCE].v / FOLD_SCALE) : -1, allowance);
	}
	fold_free(f);
}

static void
counts(const char *id, uint64_t disputed, uint64_t parked, uint64_t erased)
{
	struct fold *f = run(all());
	const struct fold_subject *s = subject(f, id);

	assert_non_null(s);
	assert_int_equal(s->disputed, disputed);
	assert_int_equal(s->parked, parked);
	assert_int_equal(s->erased, erased);
	fold_free(f);
}

static void
printed(const char *text, unsigned digits, int fixed, const char *want)
{
	char out[64];
	fold_num v;

	assert_int_equal(fold_number(text, &v), 0);
	fold_print(v, digits, fixed, out);
	assert_string_equal(out, want);
}

static void
numbers_are_exact(void **state)
{
	static const char *const none[] = { "", "-", ".5", "1.", "1e3", "1,5", "+1", "1234567890123456789", " 1", "1 ", "1.5x" };
	fold_num v, sum = 0;
	char out[64];

	(void)state;
	printed("0", 6, 0, "0");
	printed("-0.0", 6, 0, "0");
	printed("85.5", 6, 0, "85.5");
	printed("85.50", 2, 1, "85.50");
	printed("0.05", 1, 0, "0.1");
	printed("-0.05", 1, 0, "-0.1");
	printed("0.049", 1, 0, "0");
	printed("-0.04", 1, 1, "0.0");
	printed("99.995", 2, 1, "100.00");
	printed("-1234567.25", 0, 0, "-1234567");
	printed("0.0000005", 6, 0, "0.000001");
	printed("0.00000049", 6, 0, "0");
	printed("999999999999999999.999999", 6, 0, "999999999999999999.999999");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(fold_number(none[i], &v), -1);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(fold_number("0.1", &v), 0);
		sum += v;
	}
	fold_print(sum, 6, 0, out);
	assert_string_equal(out, "1");
}

static void
days_go_there_and_back(void **state)
{
	static const char *const none[] = { "", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32", "2026-1-01", "0000-01-01", "2026-01-1x", "20260101" };
	char out[16];

	(void)state;
	assert_int_equal(fold_day("0001-01-01"), 1);
	assert_int_equal(fold_day("2024-03-01"), fold_day("2024-02-29") + 1);
	assert_int_equal(fold_day("2100-03-01"), fold_day("2100-02-28") + 1);
	assert_int_equal(fold_day("1970-01-01"), 719163);
	for (int32_t day = 1; day <= 3652059; day += day % 7 == 0 ? 1 : 53) {
		fold_date(day, out);
		assert_int_equal(fold_day(out), day);
	}
	fold_date(3652059, out);
	assert_string_equal(out, "9999-12-31");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(fold_day(none[i]), 0);
}

static void
the_latest_stated_value_holds(void **state)
{
	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "approved", "2026-03-01", ",\"allowance\":100,\"area\":\"85.5\""), NULL);
	is(all(), "h1", "approved", 100);
	/* an older observation that comes later moves nothing that was stated since */
	foldkit_add(&kit, 0, "record", NULL, E("h1", "applied", "2026-01-01", ",\"allowance\":7"), NULL);
	is(all(), "h1", "approved", 100);
	/* amounts are totals: replaced, not added; what is not stated stays */
	foldkit_add(&kit, 1, "record", NULL, E("h1", "completed", "2026-05-01", ",\"allowance\":250"), NULL);
	is(all(), "h1", "completed", 250);
	/* on the same day the log's order decides */
	foldkit_add(&kit, 0, "record", NULL, E("h1", "accepted", "2026-05-01", ""), NULL);
	is(all(), "h1", "accepted", 250);
	foldkit_add(&kit, 0, "record", NULL, E("h2", "applied", "2026-05-01", ""), NULL);
	is(all(), "h2", "applied", -1);
	struct fold *f = run(all());
	assert_int_equal(subject(f, "h1")->value[AREA].v, 85500000);
	assert_int_equal(subject(f, "h1")->live, 4);
	assert_string_equal(subject(f, "h1")->place, FOLDKIT_A);
	assert_int_equal(subject(f, "h1")->day, fold_day("2026-05-01"));
	fold_free(f);
}

static void
a_correction_takes_the_place_whole(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN], c[HASH_LEN];

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "completed", "2026-05-01", ",\"allowance\":250"), a);
	/* what the correction does not state is gone, and its day may be earlier */
	foldkit_add(&kit, 0, "correction", a, E("h1", "roof", "2026-04-01", ""), b);
	is(all(), "h1", "roof", -1);
	foldkit_add(&kit, 1, "correction", b, E("h1", "walls", "2026-04-02", ",\"allowance\":9"), c);
	is(all(), "h1", "walls", 9);
	counts("h1", 0, 0, 0);
	/* a withdrawal takes out what it names, and all that came before it in that chain */
	foldkit_add(&kit, 0, "withdrawal", c, "{}", b);
	is(all(), "h1", "gone", 0);
	/* a withdrawal may be withdrawn */
	foldkit_add(&kit, 0, "withdrawal", b, "{}", NULL);
	is(all(), "h1", "walls", 9);
}

static void
corrections_may_come_before_what_they_correct(void **state)
{
	struct journal_entry x[3];
	uint8_t a[HASH_LEN], b[HASH_LEN];

	(void)state;
	foldkit_make(&kit, 0, &x[0], "record", NULL, E("h1", "roof", "2026-05-01", ",\"allowance\":1"));
	memcpy(a, x[0].hash, HASH_LEN);
	foldkit_make(&kit, 1, &x[1], "correction", a, E("h1", "walls", "2026-04-01", ",\"allowance\":2"));
	memcpy(b, x[1].hash, HASH_LEN);
	foldkit_put(&kit, &x[1]);
	is(all(), "h1", "walls", 2);
	foldkit_put(&kit, &x[0]);
	is(all(), "h1", "walls", 2);
	foldkit_add(&kit, 0, "correction", b, E("h1", "foundation", "2026-03-01", ""), NULL);
	is(all(), "h1", "foundation", -1);
	counts("h1", 0, 0, 0);
}

static void
the_earliest_of_two_corrections_counts(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN], c[HASH_LEN], d[HASH_LEN];

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "roof", "2026-05-01", ",\"allowance\":1"), a);
	foldkit_add(&kit, 0, "correction", a, E("h1", "walls", "2026-05-02", ",\"allowance\":2"), b);
	foldkit_add(&kit, 1, "correction", a, E("h1", "completed", "2026-05-03", ",\"allowance\":3"), c);
	is(all(), "h1", "walls", 2);
	counts("h1", 1, 0, 0);
	/* what follows the loser loses with it; what follows the winner counts */
	foldkit_add(&kit, 1, "correction", c, E("h1", "paid", "2026-05-09", ",\"allowance\":4"), d);
	is(all(), "h1", "walls", 2);
	foldkit_add(&kit, 0, "correction", b, E("h1", "foundation", "2026-05-02", ",\"allowance\":5"), b);
	is(all(), "h1", "foundation", 5);
	counts("h1", 1, 0, 0);
	/* a branch that is withdrawn disputes nothing any more */
	foldkit_add(&kit, 0, "withdrawal", b, "{}", NULL);
	is(all(), "h1", "paid", 4);
	counts("h1", 0, 0, 0);
	foldkit_add(&kit, 1, "withdrawal", d, "{}", NULL);
	is(all(), "h1", "gone", 0);
}

static void
what_was_returned_has_no_effect(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "walls", "2026-05-01", ",\"allowance\":1"), a);
	foldkit_add(&kit, 0, "correction", a, E("h1", "roof", "2026-05-02", ",\"allowance\":2"), b);
	foldkit_review(&kit, b, "return");
	is(all(), "h1", "walls", 1);
	/* corrected, the returned one's successor stands in both places */
	foldkit_add(&kit, 0, "correction", b, E("h1", "foundation", "2026-04-01", ",\"allowance\":3"), NULL);
	is(all(), "h1", "foundation", 3);
	counts("h1", 0, 0, 0);
	foldkit_add(&kit, 0, "record", NULL, E("h2", "walls", "2026-05-01", ""), a);
	foldkit_review(&kit, a, "return");
	is(all(), "h2", "gone", 0);
	foldkit_review(&kit, a, "accept");
	is(all(), "h2", "walls", -1);
}

static void
what_is_parked_counts_only_once_accepted(void **state)
{
	uint8_t a[HASH_LEN], w[HASH_LEN];

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "walls", "2026-05-01", ""), a);
	kit.k.late = "wrong-place";
	foldkit_add(&kit, 1, "withdrawal", a, "{}", w);
	is(all(), "h1", "walls", -1);
	foldkit_add(&kit, 1, "record", NULL, E("h1", "paid", "2026-06-01", ""), a);
	kit.k.late = NULL;
	is(all(), "h1", "walls", -1);
	counts("h1", 0, 1, 0);
	foldkit_review(&kit, a, "accept");
	is(all(), "h1", "paid", -1);
	counts("h1", 0, 0, 0);
	foldkit_review(&kit, w, "accept");
	is(all(), "h1", "paid", -1);
}

static void
the_log_can_be_read_as_it_stood(void **state)
{
	struct fold_params p = all();
	uint8_t a[HASH_LEN], root[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	uint64_t size;
	struct fold *f;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "walls", "2026-05-01", ""), a);
	assert_int_equal(ledger_head(kit.k.l, &size, root), 0);
	enc_hex(hex, a, HASH_LEN);
	foldkit_review(&kit, a, "return");
	is(all(), "h1", "gone", 0);
	p.at = size;
	is(p, "h1", "walls", -1);
	p.at = size + 1;
	is(p, "h1", "gone", 0);
	foldkit_review(&kit, a, "accept");
	assert_true(kit_put(&kit.k, RECORD_LATE, "entry %s\nwhy invalid\n", hex) > 0);
	assert_true(kit_put(&kit.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex) > 0);
	counts("h1", 0, 0, 1);
	p.at = size + 2;
	is(p, "h1", "walls", -1);
	f = run(p);
	assert_int_equal(subject(f, "h1")->erased, 0);
	assert_int_equal(fold_size(f), size + 2);
	fold_free(f);
	p.at = 1;
	f = run(p);
	assert_null(form_of(f, "housing-rebuild"));
	fold_free(f);
	p.at = size + 5;
	assert_null(fold_run(kit.k.l, &p, &kit.k.e));
}

static void
a_period_takes_entries_by_their_day(void **state)
{
	struct fold_params p = all();
	uint8_t a[HASH_LEN];
	struct fold *f;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, E("h1", "walls", "2026-05-01", ",\"allowance\":1"), NULL);
	foldkit_add(&kit, 0, "record", NULL, E("h1", "roof", "2026-06-01", ",\"allowance\":2"), a);
	p.to = fold_day("2026-05-31");
	is(p, "h1", "walls", 1);
	p.from = fold_day("2026-05-02");
	is(p, "h1", "gone", 0);
	p.to = fold_day("2026-06-01");
	is(p, "h1", "roof", 2);
	/* received: the kit's clock stands in October 2025 */
	p.basis = FOLD_RECEIVED;
	is(p, "h1", "gone", 0);
	p.from = p.to = fold_day("2025-10-09");
	is(p, "h1", "roof", 2);
	/* accepted: only what was */
	p.basis = FOLD_ACCEPTED;
	is(p, "h1", "gone", 0);
	foldkit_review(&kit, a, "accept");
	is(p, "h1", "roof", 2);
	p.from = p.to = 0;
	f = run(p);
	assert_int_equal(subject(f, "h1")->live, 1);
	assert_int_equal(subject(f, "h1")->day, fold_day("2025-10-09"));
	fold_free(f);
}

/* A later version without the stage "walls", with "walls2" in its place. */
static void
publish_next(void)
{
	static const char was[] = "version=\"2026110101\"";
	struct buf xml, out;
	const char *at, *next;

	buf_init(&xml, 1U << 20);
	buf_init(&out, 1U << 20);
	foldkit_catalogue("housing-rebuild", &xml);
	at = buf_str(&xml);
	assert_non_null(next = strstr(at, was));
	(void)buf_put(&out, at, (size_t)(next - at));
	(void)buf_puts(&out, "version=\"2027010101\"");
	at = next + strlen(was);
	assert_non_null(next = strstr(at, "<value>walls</value>"));
	(void)buf_put(&out, at, (size_t)(next - at));
	(void)buf_puts(&out, "<value>walls2</value>");
	(void)buf_puts(&out, next + strlen("<value>walls</value>"));
	foldkit_publish(&kit, out.data, out.len, "housing-rebuild", "2027010101");
	buf_free(&xml);
	buf_free(&out);
}

static void
stages_of_older_versions_are_kept(void **state)
{
	const struct fold_form *ff;
	struct fold *f;
	uint8_t old[HASH_LEN];

	(void)state;
	memcpy(old, kit.form, HASH_LEN);
	foldkit_add(&kit, 0, "record", NULL, E("h1", "walls", "2026-05-01", ""), NULL);
	publish_next();
	foldkit_add(&kit, 0, "record", NULL, E("h2", "walls2", "2026-05-01", ""), NULL);
	is(all(), "h1", "walls", -1);
	is(all(), "h2", "walls2", -1);
	f = run(all());
	ff = form_of(f, "housing-rebuild");
	assert_string_equal(ff->f->version, "2027010101");
	assert_int_equal(ff->stages.n, 11);
	assert_string_equal(ff->stages.c[5].value, "walls2");
	assert_string_equal(ff->stages.c[10].value, "walls");
	assert_int_equal(ff->stages.c[10].done, 0);
	assert_int_equal(ff->stages.c[7].done, 1);
	fold_free(f);
}

static void
what_cannot_be_read_is_counted_by_place(void **state)
{
	const struct fold_form *ff;
	struct fold *f;

	(void)state;
	kit.k.late = "unknown-form";
	memset(kit.form, 3, HASH_LEN);
	(void)strcpy(kit.id, "unheard-of");
	foldkit_add(&kit, 1, "record", NULL, "{\"a\":1}", NULL);
	foldkit_add(&kit, 1, "record", NULL, "{\"a\":2}", NULL);
	f = run(all());
	assert_non_null(ff = form_of(f, "unheard-of"));
	assert_null(ff->f);
	assert_non_null(ff->subjects);
	assert_null(ff->subjects->next);
	assert_int_equal(ff->subjects->parked, 2);
	assert_int_equal(ff->subjects->live, 0);
	assert_string_equal(ff->subjects->place, FOLDKIT_B);
	fold_free(f);
	struct fold_params p = all();
	p.form = "unheard-of";
	assert_null(fold_run(kit.k.l, &p, &kit.k.e));
	p.form = "housing-rebuild";
	f = run(p);
	assert_null(form_of(f, "unheard-of"));
	fold_free(f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(days_go_there_and_back),
		T(the_latest_stated_value_holds),
		T(a_correction_takes_the_place_whole),
		T(corrections_may_come_before_what_they_correct),
		T(the_earliest_of_two_corrections_counts),
		T(what_was_returned_has_no_effect),
		T(what_is_parked_counts_only_once_accepted),
		T(the_log_can_be_read_as_it_stood),
		T(a_period_takes_entries_by_their_day),
		T(stages_of_older_versions_are_kept),
		T(what_cannot_be_read_is_counted_by_place),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
