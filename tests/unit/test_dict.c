/* Goal: the program's dictionary is the pinned one; a device uses only what the log names, whole, and what the county knows; unknown ones cost nothing but a round trip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/dict_shelf.h"
#include "tests/lib/village.h"

/* A dictionary once committed stays readable for ever: a new one is another file, and another line here. */
#define PINNED "79df9cd7c7398e0f90f0328871f56979869529883c6dd6b6d152dd0ddcebad5b"
#define PLACE "520221"
#define MOST (1U << 20)

static struct hall hall;
static struct village v;

static int
setup(void **state)
{
	(void)state;
	hall_open(&hall);
	village_open(&v, &hall, 1, PLACE);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	village_close(&v);
	hall_close(&hall);
	return 0;
}

static void
test_pinned(void **state)
{
	char hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	struct err e = { "" };
	struct dict *d;
	size_t n;
	const void *p = dict_default_bytes(&n);

	(void)state;
	sha256(hash, p, n);
	enc_hex(hex, hash, HASH_LEN);
	assert_string_equal(hex, PINNED);
	assert_true(n >= 16U << 10 && n <= 32U << 10);
	assert_non_null(d = dict_default(&e));
	assert_memory_equal(dict_hash(d), hash, HASH_LEN);
	dict_free(d);
}

/* Another whole one: the program's with its last bytes changed. */
static void
another(struct buf *b, char c)
{
	size_t n;
	const void *p = dict_default_bytes(&n);

	buf_init(b, DICT_MAX);
	assert_int_equal(buf_put(b, p, n), 0);
	memset(b->data + n - 500, c, 500);
}

static void
publish(const struct buf *b, struct device_dict *d)
{
	struct buf body;
	struct err e = { "" };
	uint64_t index;

	sha256(d->hash, b->data, b->len);
	assert_int_equal(ledger_form_add(hall.c.l, d->hash, b->data, b->len, &e), 0);
	buf_init(&body, LEAF_MAX);
	(void)record_begin(&body, RECORD_DICTIONARY, hall.c.keys.log_id, UINT64_C(1760000100000));
	(void)buf_puts(&body, "dict ");
	(void)buf_hex(&body, d->hash, HASH_LEN);
	(void)buf_printf(&body, "\nlen %zu\n", b->len);
	assert_int_equal(county_record(&hall.c, &body, NULL, UINT64_C(1760000100000), &index, &e), 0);
	buf_free(&body);
}

static void
test_taken(void **state)
{
	struct device_dict d, due;
	struct device_outcome o;
	struct dict *used;
	struct err e = { "" };
	struct buf b, body;

	(void)state;
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_ptr_equal(used, shelf_default());
	assert_int_equal(device_dict_due(&due, v.j), 0);
	assert_false(due.due);
	another(&b, 'a');
	publish(&b, &d);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(device_dict_due(&due, v.j), 0);
	assert_true(due.due);
	assert_memory_equal(due.hash, d.hash, HASH_LEN);
	/* the county serves what a record names, and nothing else */
	buf_init(&body, DICT_MAX);
	assert_int_equal(county_dict_body(&hall.c, d.hash, &body), 1);
	assert_int_equal(body.len, b.len);
	assert_int_equal(county_dict_body(&hall.c, hall.c.keys.log_id, &body), 0);
	/* other bytes than it names, cut ones: not taken, and the old one stays in use */
	b.data[b.len - 1] ^= 1;
	assert_int_equal(device_dict_take(v.j, &due, b.data, b.len, &e), -1);
	b.data[b.len - 1] ^= 1;
	assert_int_equal(device_dict_take(v.j, &due, b.data, b.len - 1, &e), -1);
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_ptr_equal(used, shelf_default());
	assert_int_equal(device_dict_take(v.j, &due, b.data, b.len, &e), 0);
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_memory_equal(dict_hash(used), d.hash, HASH_LEN);
	assert_int_equal(device_dict_due(&due, v.j), 0);
	assert_false(due.due);
	village_add(&v, 40);
	village_settle(&v, &hall);
	hall_sound(&hall);
	/* spoilt on disk: as if it had not come */
	assert_int_equal(journal_set(v.j, "dict-name", "0123456789abcdef0123456789abcdef", HASH_LEN, &e), 0);
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_ptr_equal(used, shelf_default());
	assert_int_equal(device_dict_due(&due, v.j), 0);
	assert_true(due.due);
	buf_free(&b);
	buf_free(&body);
}

/* The county has never heard of it: refused by name, sent again with another, nothing doubled, nothing set aside. */
static void
test_unknown(void **state)
{
	struct device_outcome o;
	struct device_dict d = { .due = 1 };
	struct device_request r;
	struct journal_counts n;
	struct dict *used;
	struct err e = { "" };
	struct buf b, out;
	uint64_t before;

	(void)state;
	village_settle(&v, &hall);
	another(&b, 'b');
	sha256(d.hash, b.data, b.len);
	/* known to this process, which is the county's too: so a name nobody can find */
	assert_int_equal(device_dict_take(v.j, &d, b.data, b.len, &e), 0);
	village_add(&v, 20);
	village_request(&v, MOST, &r);
	buf_init(&out, ANSWER_MAX);
	{
		uint8_t *p = memmem(r.bytes.data, r.bytes.len, d.hash, DICT_NAME_LEN);

		while (p != NULL) {
			memcpy(p, "none", DICT_NAME_LEN);
			p = memmem(r.bytes.data, r.bytes.len, d.hash, DICT_NAME_LEN);
		}
	}
	before = hall_entries(&hall, &v);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	assert_int_equal(hall_entries(&hall, &v), before);
	assert_int_equal(device_answer(&o, v.j, &r, out.data, out.len, &e), DEVICE_OK);
	assert_true(o.undone && o.more);
	assert_int_equal(o.refused, 0);
	buf_free(&r.bytes);
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_ptr_equal(used, shelf_default());
	n = village_counts(&v);
	assert_int_equal(n.set_aside, 0);
	assert_int_equal(n.waiting, 20);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, 20);
	assert_false(o.undone);
	assert_int_equal(hall_entries(&hall, &v), before + 20);
	/* once it is published it is known */
	assert_int_equal(device_dict_take(v.j, &d, b.data, b.len, &e), 0);
	assert_int_equal(device_dict(v.j, &used), 0);
	assert_memory_equal(dict_hash(used), d.hash, HASH_LEN);
	buf_free(&b);
	buf_free(&out);
}

/* An older county is spoken to plainly for a while. */
static void
test_plain(void **state)
{
	struct device_request r;
	struct err e = { "" };
	int i, plain = 0;

	(void)state;
	assert_int_equal(device_plain(v.j, &e), 0);
	village_add(&v, 1);
	for (i = 0; i < 40; i++) {
		village_request(&v, MOST, &r);
		plain += r.plain;
		assert_int_equal(memmem(r.bytes.data, r.bytes.len, r.plain ? "TF\001" : "TF\002", 3) != NULL, 1);
		buf_free(&r.bytes);
	}
	assert_true(plain > 4 && plain < 40 && !r.plain);
	village_settle(&v, &hall);
	hall_sound(&hall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pinned),
		cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
	};

	return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
