#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <utime.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/ledger/ledger_impl.h"
#include "store/ledger_part.h"
#include "tests/lib/ledgerkit.h"

/* Attachments under way: what is kept of them, in which order, how much at most, how long. */

#define NOW ((int64_t)time(NULL)) /* files bear the system's time */

static struct part
part(uint8_t hash, uint8_t id, uint64_t total)
{
	struct part p;

	memset(p.hash, hash, HASH_LEN);
	memset(p.id, id, PART_ID_LEN);
	p.total = total;
	return p;
}

/* As it lies there: so long ago was it added to. */
static void
age(struct kit *k, const struct part *p, int64_t seconds)
{
	char path[600], hash[2 * HASH_LEN + 1], id[2 * PART_ID_LEN + 1];
	struct utimbuf t = { (time_t)(NOW - seconds), (time_t)(NOW - seconds) };

	enc_hex(hash, p->hash, HASH_LEN);
	enc_hex(id, p->id, PART_ID_LEN);
	(void)snprintf(path, sizeof(path), "%s/partial/%s-%s-%llu", k->dir, hash, id, (unsigned long long)p->total);
	assert_int_equal(utime(path, &t), 0);
}

static void
test_grows(void **state)
{
	struct kit *k = *state;
	struct part p = part(1, 1, 10), other = part(1, 2, 10);
	struct err e;
	struct buf b;
	uint64_t size = 9;

	assert_int_equal(part_size(k->l, &p, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(part_append(k->l, &p, 0, "abcd", 4, NOW, &size, &e), 0);
	assert_int_equal(size, 4);
	/* behind what is here */
	assert_int_equal(part_append(k->l, &p, 5, "x", 1, NOW, &size, &e), 1);
	assert_int_equal(size, 4);
	/* what is here already is passed over, with or without more */
	assert_int_equal(part_append(k->l, &p, 1, "XX", 2, NOW, &size, &e), 0);
	assert_int_equal(size, 4);
	assert_int_equal(part_append(k->l, &p, 2, "XXefg", 5, NOW, &size, &e), 0);
	assert_int_equal(size, 7);
	kit_reopen(k);
	/* never beyond its end */
	assert_int_equal(part_append(k->l, &p, 7, "hijklm", 6, NOW, &size, &e), 0);
	assert_int_equal(size, 10);
	assert_int_equal(part_size(k->l, &other, &size), 0);
	assert_int_equal(size, 0);
	buf_init(&b, 100);
	assert_int_equal(part_read(k->l, &p, &b, &e), 0);
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.data, "abcdefghij", 10);
	buf_free(&b);
	assert_int_equal(part_drop(k->l, &p), 0);
	assert_int_equal(part_drop(k->l, &p), 0);
	assert_int_equal(part_size(k->l, &p, &size), 0);
	assert_int_equal(size, 0);
}

static void
test_bounds(void **state)
{
	struct kit *k = *state;
	struct part p;
	struct err e;
	uint64_t size;
	uint8_t i;

	for (i = 0; i < PARTS_OF_ONE; i++) {
		p = part(2, i, 10);
		assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 0);
		age(k, &p, 10);
	}
	p = part(2, PARTS_OF_ONE, 10);
	assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 2);
	/* those that are here go on */
	p = part(2, 0, 10);
	assert_int_equal(part_append(k->l, &p, 1, "b", 1, NOW, &size, &e), 0);
	/* one that nobody added to for an hour makes room */
	p = part(2, 1, 10);
	age(k, &p, PART_IDLE_S + 1);
	p = part(2, PARTS_OF_ONE, 10);
	assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 0);
	p = part(2, 1, 10);
	assert_int_equal(part_size(k->l, &p, &size), 0);
	assert_int_equal(size, 0);
	/* by what their lengths promise */
	p = part(3, 0, PARTS_BYTES_MAX);
	assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 2);
	assert_int_equal(parts_drop_all(k->l, part(2, 0, 0).hash), 0);
	p = part(3, 0, PARTS_BYTES_MAX);
	assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 0);
	p = part(4, 0, 1);
	assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 2);
	assert_int_equal(parts_drop_all(k->l, part(3, 0, 0).hash), 0);
}

/* An entry's attachment, as a row. */
static void
named(struct kit *k, uint64_t index, uint64_t dev, uint8_t hash)
{
	struct part p = part(hash, 0, 10);
	struct entry h;
	struct err e;

	memset(&h, 0, sizeof(h));
	h.natt = 1;
	memcpy(h.att[0].hash, p.hash, HASH_LEN);
	h.att[0].len = 10;
	assert_int_equal(ledger_att_add(k->l, index, dev, &h, &e), 0);
}

static void
test_of_device(void **state)
{
	struct kit *k = *state;
	struct part p, other = part(100, 0, 10);
	struct err e;
	uint64_t size;
	uint8_t i;

	named(k, 1, 2, 100);
	assert_int_equal(part_append(k->l, &other, 0, "a", 1, NOW, &size, &e), 0);
	age(k, &other, PART_IDLE_S + 1);
	/* what another device's photo has is safe from one that wants too much */
	for (i = 0; i < PARTS_OF_DEVICE + 4; i++) {
		named(k, 2 + i, 1, (uint8_t)(101 + i));
		p = part((uint8_t)(101 + i), 0, 10);
		assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), 0);
		age(k, &p, PARTS_OF_DEVICE + 4 - i);
	}
	for (i = 0; i < PARTS_OF_DEVICE + 4; i++) {
		p = part((uint8_t)(101 + i), 0, 10);
		assert_int_equal(part_size(k->l, &p, &size), 0);
		assert_int_equal(size, i < 4 ? 0 : 1);
	}
	assert_int_equal(part_size(k->l, &other, &size), 0);
	assert_int_equal(size, 1);
	/* and from one that wants too often the same */
	for (i = 1; i <= PARTS_OF_ONE; i++) {
		p = part(120, i, 10);
		assert_int_equal(part_append(k->l, &p, 0, "a", 1, NOW, &size, &e), i < PARTS_OF_ONE ? 0 : 2);
	}
	assert_int_equal(part_size(k->l, &other, &size), 0);
	assert_int_equal(size, 1);
}

static void
test_ages(void **state)
{
	struct kit *k = *state;
	struct part old = part(5, 0, 10), young = part(6, 0, 10), more = part(7, 0, 10);
	struct err e;
	uint64_t size;

	assert_int_equal(part_append(k->l, &old, 0, "a", 1, NOW, &size, &e), 0);
	assert_int_equal(part_append(k->l, &young, 0, "a", 1, NOW, &size, &e), 0);
	age(k, &old, PART_AGE_S + 1);
	age(k, &young, PART_AGE_S - 1);
	assert_int_equal(part_append(k->l, &more, 0, "a", 1, NOW, &size, &e), 0);
	assert_int_equal(part_size(k->l, &old, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(part_size(k->l, &young, &size), 0);
	assert_int_equal(size, 1);
}

static int
set_up(void **state)
{
	static struct kit k;

	kit_open(&k);
	*state = &k;
	return 0;
}

static int
tear_down(void **state)
{
	kit_close(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_grows), cmocka_unit_test(test_bounds), cmocka_unit_test(test_of_device), cmocka_unit_test(test_ages) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
