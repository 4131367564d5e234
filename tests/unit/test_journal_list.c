/* Goal of this test: lists for people begin with the newest entry and come a page at a time; what was replaced since needs nothing more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/journal_list.h"
#include "tests/lib/maker.h"

#define RECORDS 20

static char top[128], dir[160];
static uint8_t made[RECORDS + 1][HASH_LEN]; /* the hashes by seq */
static size_t body[RECORDS + 1];
static struct maker m;
static struct journal *j;

static void
append(struct journal_entry *x)
{
	struct err e = { "" };

	if (journal_append(j, x, 1, &e) != 0)
		fail_msg("%s", e.text);
	if (x->h.seq <= RECORDS) {
		memcpy(made[x->h.seq], x->hash, HASH_LEN);
		body[x->h.seq] = x->payload.len + x->personal.len;
	}
	journal_entry_free(x);
}

static int
setup(void **state)
{
	struct journal_entry x;
	unsigned i;

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/data", top);
	if ((j = journal_create(dir, NULL)) == NULL || maker_genesis(&m, &x) != 0)
		return -1;
	append(&x);
	for (i = 0; i < RECORDS; i++) {
		assert_int_equal(i % 2 ? maker_personal(&m, &x) : maker_record(&m, &x), 0);
		append(&x);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(j);
	maker_free(&m);
	maker_rm(top);
	return 0;
}

struct seen { uint64_t seq[64]; size_t n, stop; };

static int
see(void *ctx, const struct journal_entry *x)
{
	struct seen *s = ctx;

	s->seq[s->n++] = x->h.seq;
	return s->n == s->stop ? 7 : 0;
}

static void
test_newest(void **state)
{
	struct seen s = { .n = 0 };
	size_t i;

	(void)state;
	assert_int_equal(journal_each_newest(j, 5, 0, see, &s), 0);
	assert_int_equal(s.n, 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(s.seq[i], RECORDS - i);
	s.n = 0;
	assert_int_equal(journal_each_newest(j, 5, 18, see, &s), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.seq[2], 0);
	s.n = 0;
	s.stop = 2;
	assert_int_equal(journal_each_newest(j, 5, 0, see, &s), 7);
	assert_int_equal(s.n, 2);
}

static void
test_told(void **state)
{
	struct journal_entry x;
	struct seen s = { .n = 0 };
	struct entry h;
	uint64_t n;

	(void)state;
	assert_int_equal(journal_set_state(j, made[3], "returned", NULL), 0);
	assert_int_equal(journal_set_state(j, made[9], "returned", NULL), 0);
	assert_int_equal(journal_set_state(j, made[5], "set-aside", NULL), 0);
	assert_int_equal(journal_count_told(j, "returned", &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(journal_each_told(j, "returned", 10, 0, see, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.seq[0], 9);
	assert_int_equal(s.seq[1], 3);
	assert_int_equal(journal_count_told(j, "", &n), 0);
	assert_int_equal(n, 0);
	/* what was corrected is done with */
	maker_header(&m, &h, "correction");
	h.has_supersedes = 1;
	memcpy(h.supersedes, made[9], HASH_LEN);
	assert_int_equal(maker_sign(&m, &x, &h, "{\"a\":1}", NULL), 0);
	append(&x);
	assert_int_equal(journal_count_told(j, "returned", &n), 0);
	assert_int_equal(n, 1);
	s.n = 0;
	assert_int_equal(journal_each_told(j, "returned", 10, 0, see, &s), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.seq[0], 3);
}

static void
test_weight(void **state)
{
	struct journal_weight w;
	uint8_t hash[HASH_LEN];
	uint64_t sum = 0;
	size_t i;

	(void)state;
	assert_int_equal(journal_weigh_waiting(j, &w), 0);
	for (i = 0; i <= RECORDS; i++)
		sum += body[i];
	assert_int_equal(w.entries, RECORDS + 1);
	assert_true(w.entry_bytes >= sum && w.entry_bytes <= sum + 100 * (RECORDS + 1)); /* sealed ones are a little longer */
	assert_int_equal(w.attachments, 0);
	assert_int_equal(journal_attachment_put(j, "x", 1, hash, NULL), 0);
	assert_int_equal(w.attachment_bytes, 0); /* no entry names it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_newest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told, setup, teardown), cmocka_unit_test_setup_teardown(test_weight, setup, teardown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
