#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/answer.h"
#include "tests/lib/village.h"

/* A journal that lost entries which the county has. */

#define PLACE "532301001001"
#define HOLE "n IN (1 << 40 | 4, 1 << 40 | 13, 1 << 40 | 14)"

static struct hall hall;
static struct village v;
static struct buf text[2]; /* 13 and 14, as the county shows them */
static uint8_t hash[2][HASH_LEN];

/* What GET /v1/entry/HASH answers. */
static void
shown(uint64_t seq, struct buf *out, uint8_t h[HASH_LEN])
{
	struct journal_entry x;
	size_t i;

	journal_entry_init(&x);
	assert_int_equal(journal_by_seq(v.j, 1, seq, &x), 1);
	buf_init(out, ENTRY_HEADER_MAX + 1024);
	assert_int_equal(buf_put(out, x.header.data, x.header.len), 0);
	assert_int_equal(buf_putc(out, '\n'), 0);
	for (i = 0; i < x.nsigs; i++)
		assert_int_equal(sigline_print(out, &x.sig[i]), 0);
	memcpy(h, x.hash, HASH_LEN);
	journal_entry_free(&x);
}

static int
setup(void **state)
{
	enum journal_standing standing;
	struct device_request r;
	struct buf out;

	(void)state;
	hall_open(&hall);
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 8);
	village_settle(&v, &hall);
	village_add(&v, 10);
	shown(13, &text[0], hash[0]);
	shown(14, &text[1], hash[1]);
	buf_init(&out, ANSWER_MAX);
	village_request(&v, 1U << 20, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0); /* and it never comes */
	buf_free(&out);
	buf_free(&r.bytes);
	journal_close(v.j);
	assert_int_equal(maker_sql(v.dir, "DELETE FROM entry WHERE " HOLE), 0);
	v.j = journal_open(v.dir, &standing, &v.e);
	assert_non_null(v.j);
	assert_int_equal(standing, JOURNAL_NORMAL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&text[0]);
	buf_free(&text[1]);
	village_close(&v);
	hall_close(&hall);
	return 0;
}

static void
put_loss(const char *payload)
{
	struct entry h;

	village_header(&v, &h, "loss");
	village_put(&v, &h, payload, NULL);
}

/* Passed over without alarm while it cannot be judged; confirmed once the headers are there. */
static void
test_lost(void **state)
{
	const struct journal_hole hole = { 1, 13, 14 };
	struct device_outcome o;
	uint8_t want[HASH_LEN], leaf[HASH_LEN];
	uint64_t waiting = village_counts(&v).waiting;

	(void)state;
	assert_int_equal(waiting, 8);
	assert_int_equal(journal_any_lost(v.j), 1);
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_true(o.passed > 0 && o.confirmed == 0);
	assert_int_equal(village_counts(&v).waiting, waiting);
	/* only what our own key signed is believed */
	assert_int_equal(journal_lost_next(v.j, &hole, want), 1);
	assert_memory_equal(want, hash[1], HASH_LEN);
	assert_int_equal(journal_lost_put(v.j, want, "<html>", 6, &v.e), 1);
	assert_int_equal(journal_lost_put(v.j, want, text[0].data, text[0].len, &v.e), 1);
	text[1].data[text[1].len - 20] ^= 1;
	assert_int_equal(journal_lost_put(v.j, want, text[1].data, text[1].len, &v.e), 2);
	text[1].data[text[1].len - 20] ^= 1;
	assert_int_equal(journal_lost_leaf(v.j, 1, 14, 1, leaf), 0);
	assert_int_equal(journal_lost_put(v.j, want, text[1].data, text[1].len, &v.e), 0);
	assert_int_equal(journal_lost_leaf(v.j, 1, 14, 1, leaf), 1);
	assert_int_equal(journal_lost_next(v.j, &hole, want), 1);
	assert_memory_equal(want, hash[0], HASH_LEN);
	assert_int_equal(journal_lost_put(v.j, want, text[0].data, text[0].len, &v.e), 0);
	assert_int_equal(journal_lost_next(v.j, &hole, want), 0);
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_int_equal(o.passed, 0);
	assert_int_equal(o.confirmed, waiting);
	assert_int_equal(village_counts(&v).waiting, 0);
	hall_sound(&hall);
}

/* The county may not use a hole to say what it likes. */
static void
test_false_of_a_hole(void **state)
{
	struct device_outcome o;
	struct device_request r;
	struct answer a;
	struct buf out, forged;
	size_t i;

	(void)state;
	buf_init(&out, ANSWER_MAX);
	buf_init(&forged, ANSWER_MAX);
	put_loss("{\"epoch\":1,\"from\":13,\"to\":14}");
	village_request(&v, 0, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	for (i = 0; i < 2; i++) {
		answer_init(&a);
		assert_int_equal(answer_parse(&a, out.data, out.len, hall.c.keys.service, NULL), 0);
		assert_int_equal(a.nranges, 1);
		if (i == 0) { /* one that was never made */
			a.range[0].run[0].seq += 20;
		} else { /* all is known now: another leaf than ours */
			assert_int_equal(journal_lost_put(v.j, hash[1], text[1].data, text[1].len, &v.e), 0);
			assert_int_equal(journal_lost_put(v.j, hash[0], text[0].data, text[0].len, &v.e), 0);
			a.range[0].received++;
		}
		buf_reset(&forged);
		assert_int_equal(answer_print(&forged, &a, hall.c.service), 0);
		assert_int_equal(device_answer(&o, v.j, &r, forged.data, forged.len, &v.e), DEVICE_ALARM);
		answer_free(&a);
	}
	assert_int_equal(device_answer(&o, v.j, &r, out.data, out.len, &v.e), DEVICE_OK);
	assert_true(o.confirmed > 0 && o.passed == 0);
	buf_free(&r.bytes);
	buf_free(&out);
	buf_free(&forged);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_false_of_a_hole, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
