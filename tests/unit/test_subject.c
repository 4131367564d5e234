/* Goal: where a subject stands follows from the entries that stand, by the day observed, and what comes next from the form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/record/subject.h"
#include "base/file.h"
#include "tests/lib/maker.h"

static char top[128], dir[160];
static struct maker m;
static struct agent ag;
static struct form *form;

static int
setup(void **state)
{
	struct journal_entry x;
	struct buf b;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0 || file_read("forms/catalogue/dew-training.xml", &b, NULL) != 0 ||
	    (form = form_parse(b.data, b.len, NULL)) == NULL)
		return -1;
	buf_free(&b);
	/* tests/lib/maker.h names its entries' form so */
	free(form->id);
	form->id = strdup("roof");
	(void)snprintf(dir, sizeof(dir), "%s/data", top);
	if (form->id == NULL || (ag.j = journal_create(dir, NULL)) == NULL || maker_genesis(&m, &x) != 0 || journal_append(ag.j, &x, 1, NULL) != 0)
		return -1;
	journal_entry_free(&x);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(ag.j);
	form_free(form);
	maker_free(&m);
	maker_rm(top);
	return 0;
}

static void
put(const char *kind, const char *actor, const char *payload, const uint8_t *over, uint8_t hash[HASH_LEN])
{
	struct journal_entry x;
	struct err e = { "" };
	struct entry h;

	maker_header(&m, &h, kind);
	(void)snprintf(h.actor, sizeof(h.actor), "%s", actor);
	if (over != NULL) {
		h.has_supersedes = 1;
		memcpy(h.supersedes, over, HASH_LEN);
	}
	assert_int_equal(maker_sign(&m, &x, &h, payload, NULL), 0);
	(void)strcpy(x.subject, "t-1");
	if (journal_append(ag.j, &x, 1, &e) != 0)
		fail_msg("%s", e.text);
	memcpy(hash, m.last_hash, HASH_LEN);
	journal_entry_free(&x);
}

static void
expect(const char *stage, const char *next, int done, const char *day, const char *began, const uint8_t now[HASH_LEN])
{
	struct subject s;

	assert_int_equal(subject_load(&ag, form, "t-1", &s), 1);
	if (stage == NULL)
		assert_null(s.stage);
	else
		assert_string_equal(s.stage ? s.stage->value : "", stage);
	if (next == NULL)
		assert_null(s.next);
	else
		assert_string_equal(s.next ? s.next->value : "", next);
	assert_int_equal(s.done, done);
	assert_string_equal(s.day, day);
	assert_string_equal(s.began, began);
	assert_int_equal(s.has, now != NULL);
	if (now != NULL)
		assert_memory_equal(s.now.hash, now, HASH_LEN);
	subject_free(&s);
}

static void
test_stages(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN], c[HASH_LEN], d[HASH_LEN];
	struct subject s;

	(void)state;
	assert_int_equal(subject_load(&ag, form, "t-1", &s), 0);
	assert_string_equal(s.next->value, "enrolled");
	subject_free(&s);
	put("record", "wang", "{\"subject\":\"t-1\",\"stage\":\"enrolled\",\"date\":\"2026-03-01\"}", NULL, a);
	expect("enrolled", "completed", 0, "2026-03-01", "wang", a);
	put("record", "li", "{\"subject\":\"t-1\",\"stage\":\"certified\",\"date\":\"2026-06-01\"}", NULL, b);
	expect("certified", "employed", 1, "2026-06-01", "wang", b);
	/* written down later, seen earlier: it does not take the place of what is newer */
	put("record", "li", "{\"subject\":\"t-1\",\"stage\":\"completed\",\"date\":\"2026-05-01\"}", NULL, c);
	expect("certified", "employed", 1, "2026-06-01", "wang", b);
	/* a correction moves it; what it corrects no longer counts */
	put("correction", "li", "{\"subject\":\"t-1\",\"stage\":\"certified\",\"date\":\"2026-04-01\"}", b, d);
	expect("completed", "certified", 1, "2026-05-01", "wang", c);
	put("withdrawal", "li", "{}", c, b);
	expect("certified", "employed", 1, "2026-04-01", "wang", d);
	put("withdrawal", "li", "{}", d, b);
	expect("enrolled", "completed", 0, "2026-03-01", "wang", a);
	put("withdrawal", "li", "{}", a, b);
	expect(NULL, "enrolled", 0, "", "wang", NULL);
	put("record", "zhao", "{\"subject\":\"t-1\",\"stage\":\"followed_up\",\"date\":\"2026-07-01\"}", NULL, a);
	expect("followed_up", NULL, 1, "2026-07-01", "wang", a);
	/* an entry that states no stage leaves it where it was */
	put("record", "zhao", "{\"subject\":\"t-1\",\"date\":\"2026-07-02\"}", NULL, a);
	expect("followed_up", NULL, 1, "2026-07-02", "wang", a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_stages, setup, teardown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
