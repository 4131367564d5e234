/* Goal: what breaks its form is parked by a record, once; what does not stays as it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "county/judge.h"
#include "tests/lib/foldkit.h"

#define E(subject, stage, date, more) "{\"subject\":\"" subject "\",\"stage\":\"" stage "\",\"date\":\"" date "\"" more "}"
#define GOOD E("h1", "walls", "2026-05-01", ",\"allowance\":1")

static struct foldkit kit;

static int
open_kit(void **state)
{
	(void)state;
	foldkit_open(&kit);
	kit.k.now = 1790000000000; /* entries say they are of 2025: what they say of 2026 is judged by when they came */
	return 0;
}

static int
close_kit(void **state)
{
	(void)state;
	foldkit_close(&kit);
	return 0;
}

static int
judge(void)
{
	struct county c = { .l = kit.k.l, .keys = kit.k.county.keys, .log = kit.k.county.log, .service = kit.k.county.service };

	return judge_new(&c, kit.k.now++, &kit.k.e);
}

static uint64_t
size(void)
{
	uint8_t root[HASH_LEN];
	uint64_t n;

	assert_int_equal(ledger_head(kit.k.l, &n, root), 0);
	return n;
}

/* The first leaf that was not looked at yet. */
static uint64_t
cursor(void)
{
	struct buf b;
	uint64_t n;

	buf_init(&b, 32);
	assert_int_equal(ledger_get(kit.k.l, "judge-cursor", &b), 1);
	assert_int_equal(dec_u64(&n, buf_str(&b), b.len), 0);
	buf_free(&b);
	return n;
}

static void
late_is(const uint8_t hash[HASH_LEN], const char *want)
{
	struct ledger_entry x;

	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(kit.k.l, hash, &x), 1);
	assert_string_equal(x.late, want);
	ledger_entry_free(&x);
}

static void
only_what_breaks_its_form_is_parked(void **state)
{
	static const char *const bad[] = {
		"{}", E("h1", "nonsense", "2026-05-01", ""), E("h1", "walls", "2026-02-30", ""), E("h1", "walls", "2026-05-01", ",\"allowance\":\"1\""),
		E("h1", "walls", "2026-05-01", ",\"more\":1"), E("h 1", "walls", "2026-05-01", ""), "{\"subject\":\"h1\",\"date\":\"2026-05-01\"}",
	};
	uint8_t good[HASH_LEN], h[sizeof(bad) / sizeof(bad[0])][HASH_LEN];
	const size_t n = sizeof(bad) / sizeof(bad[0]);
	uint64_t before;

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, GOOD, good);
	for (size_t i = 0; i < n; i++)
		foldkit_add(&kit, (int)(i % 2), "record", NULL, bad[i], h[i]);
	before = size();
	assert_int_equal(judge(), 0);
	assert_int_equal(size(), before + n);
	late_is(good, "");
	for (size_t i = 0; i < n; i++)
		late_is(h[i], "invalid");
	/* never twice, also after what was said was overruled */
	foldkit_review(&kit, h[0], "accept");
	before = size();
	assert_int_equal(judge(), 0);
	assert_int_equal(cursor(), before);
	kit_reopen(&kit.k);
	assert_int_equal(judge(), 0);
	assert_int_equal(size(), before);
	foldkit_add(&kit, 0, "record", NULL, "{}", h[0]);
	assert_int_equal(judge(), 0);
	late_is(h[0], "invalid");
	assert_int_equal(size(), before + 2);
}

static void
corrections_must_fit_what_they_correct(void **state)
{
	uint8_t a[HASH_LEN], h[5][HASH_LEN], nobody[HASH_LEN];
	struct buf xml;

	(void)state;
	memset(nobody, 5, sizeof(nobody));
	foldkit_add(&kit, 0, "record", NULL, GOOD, a);
	foldkit_add(&kit, 0, "correction", a, E("h1", "roof", "2026-05-01", ""), h[0]);
	foldkit_add(&kit, 0, "correction", a, E("h2", "roof", "2026-05-01", ""), h[1]);
	foldkit_add(&kit, 1, "correction", a, E("h1", "roof", "2026-05-01", ""), h[2]); /* of another village */
	foldkit_add(&kit, 1, "withdrawal", a, "{}", h[3]);
	foldkit_add(&kit, 0, "correction", nobody, E("h1", "roof", "2026-05-01", ""), h[4]);
	assert_int_equal(judge(), 0);
	late_is(h[0], "");
	late_is(h[1], "invalid");
	late_is(h[2], "invalid");
	late_is(h[3], "invalid");
	late_is(h[4], "");
	buf_init(&xml, 1U << 20);
	foldkit_catalogue("dew-training", &xml);
	foldkit_publish(&kit, xml.data, xml.len, "dew-training", "2026110101");
	buf_free(&xml);
	foldkit_add(&kit, 0, "correction", a, "{\"subject\":\"h1\",\"stage\":\"enrolled\",\"date\":\"2026-05-01\"}", h[0]);
	foldkit_add(&kit, 0, "withdrawal", a, "{}", h[3]);
	assert_int_equal(judge(), 0);
	late_is(h[0], "invalid");
	late_is(h[3], "");
}

static void
the_personal_part_is_judged_with_the_rest(void **state)
{
	static const char *const personal[] = { "{\"household\":{\"name\":\"甲\",\"target_groups\":[\"woman\"]}}", "{\"household\":{\"target_groups\":[\"nobody\"]}}" };
	static const char *const late[] = { "", "invalid" };
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	struct entry h;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		foldkit_make(&kit, 0, &x, "record", NULL, GOOD);
		h = x.h;
		foldkit_put(&kit, &x);
		h.seq++;
		memcpy(h.prev, kit.m[0].last_hash, HASH_LEN);
		assert_int_equal(maker_sign(&kit.m[0], &x, &h, GOOD, personal[i]), 0);
		memcpy(hash, x.hash, HASH_LEN);
		foldkit_put(&kit, &x);
		assert_int_equal(judge(), 0);
		late_is(hash, late[i]);
	}
}

static void
what_is_parked_or_unknown_is_passed_over(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];
	uint64_t before;

	(void)state;
	kit.k.late = "wrong-place";
	foldkit_add(&kit, 0, "record", NULL, "{}", a);
	kit.k.late = NULL;
	memset(kit.form, 3, HASH_LEN);
	foldkit_add(&kit, 0, "record", NULL, "{}", b);
	before = size();
	assert_int_equal(judge(), 0);
	assert_int_equal(size(), before);
	late_is(a, "wrong-place");
	late_is(b, "");
}

static void
a_county_that_may_not_sign_says_so_and_goes_on_later(void **state)
{
	struct county c = { .l = NULL };
	uint8_t a[HASH_LEN];

	(void)state;
	foldkit_add(&kit, 0, "record", NULL, "{}", a);
	c.keys = kit.k.county.keys;
	c.log = kit.k.county.service; /* not the log's key: no note of its can be made */
	c.service = kit.k.county.service;
	kit_shut(&kit.k);
	assert_non_null(c.l = ledger_open(kit.k.url, NULL, &kit.k.e));
	assert_int_equal(judge_new(&c, kit.k.now, &kit.k.e), -1);
	ledger_close(c.l);
	kit_reopen(&kit.k);
	late_is(a, "");
	assert_int_equal(judge(), 0);
	late_is(a, "invalid");
}

/* By the places it knows and where the device may record, and by a file of the form's once it is held; what only a device knows is not judged. */
static void
lists_from_outside_are_judged_where_they_are_held(void **state)
{
	static const char rows[] = "name,label\npump,Pump\n";
	static const struct ledger_place known = { "451223001002", "Elsewhere" };
	char hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN], h[6][HASH_LEN];
	struct buf xml;

	(void)state;
	sha256(hash, rows, strlen(rows));
	enc_hex(hex, hash, HASH_LEN);
	buf_init(&xml, 1U << 20);
	(void)buf_printf(&xml, "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:tally=\"urn:tallystick:xform:v1\"><h:head><h:title>t</h:title><model>"
	    "<instance><data id=\"lists\" version=\"1\"><w/><p/><r/><meta><instanceID/></meta></data></instance><instance id=\"w\" src=\"jr://file-csv/places.csv\"/>"
	    "<instance id=\"p\" src=\"jr://file-csv/parts.csv\"/><instance id=\"r\" src=\"jr://file-csv/roster.csv\"/></model><tally:media name=\"parts.csv\" sha256=\"%s\"/></h:head><h:body>", hex);
	for (const char *q = "wpr"; *q != '\0'; q++)
		(void)buf_printf(&xml, "<select1 ref=\"/data/%c\"><itemset nodeset=\"instance('%c')/root/item\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>", *q, *q);
	(void)buf_puts(&xml, "</h:body></h:html>");
	foldkit_publish(&kit, xml.data, xml.len, "lists", "1");
	buf_free(&xml);
	assert_int_equal(ledger_place_add(kit.k.l, &known, 1, &kit.k.e), 0);
	foldkit_add(&kit, 0, "record", NULL, "{\"w\":\"" FOLDKIT_A "\",\"r\":\"anybody\"}", h[0]);
	foldkit_add(&kit, 0, "record", NULL, "{\"w\":\"451223001002\"}", h[1]); /* known, though not its own */
	foldkit_add(&kit, 0, "record", NULL, "{\"w\":\"451223001003\"}", h[2]);
	foldkit_add(&kit, 0, "record", NULL, "{\"p\":\"rope\"}", h[3]);
	assert_int_equal(judge(), 0);
	late_is(h[0], "");
	late_is(h[1], "");
	late_is(h[2], "invalid");
	late_is(h[3], ""); /* the file is not held yet */
	assert_int_equal(ledger_form_add(kit.k.l, hash, rows, strlen(rows), &kit.k.e), 0);
	foldkit_add(&kit, 0, "record", NULL, "{\"p\":\"pump\"}", h[4]);
	foldkit_add(&kit, 0, "record", NULL, "{\"p\":\"rope\"}", h[5]);
	assert_int_equal(judge(), 0);
	late_is(h[4], "");
	late_is(h[5], "invalid");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_what_breaks_its_form_is_parked),
		T(corrections_must_fit_what_they_correct),
		T(the_personal_part_is_judged_with_the_rest),
		T(what_is_parked_or_unknown_is_passed_over),
		T(lists_from_outside_are_judged_where_they_are_held),
		T(a_county_that_may_not_sign_says_so_and_goes_on_later),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
