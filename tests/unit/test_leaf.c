#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/leaf.h"

static struct leaf_entry
sample(int person)
{
	struct leaf_entry l = { .epoch = 0x01020304, .seq = 0x00060708090a0b0cULL, .received = 0x0012131415161718ULL, .has_person = person };

	memset(l.entry, 0xe1, HASH_LEN);
	memset(l.sig, 0x51, SIG_LEN);
	memset(l.device, 0xd1, HASH_LEN);
	if (person)
		memset(l.person, 0x9e, SIG_LEN);
	return l;
}

static void
test_bytes(void **state)
{
	static const uint8_t tail[] = { 1, 2, 3, 4, 0, 6, 7, 8, 9, 10, 11, 12, 0, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18 };
	struct leaf_entry l, again;
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	for (int person = 0; person < 2; person++) {
		l = sample(person);
		buf_reset(&b);
		assert_int_equal(leaf_entry_print(&b, &l), 0);
		assert_int_equal(b.len, person ? LEAF_ENTRY_PERSON_LEN : LEAF_ENTRY_LEN);
		assert_int_equal(b.data[0], 1);
		assert_int_equal(b.data[1], 1 + person);
		assert_int_equal(b.data[2], 0xe1);
		assert_int_equal(b.data[34], 0x51);
		assert_int_equal(b.data[98], 0xd1);
		assert_memory_equal(b.data + 130, tail, sizeof(tail));
		if (person)
			assert_int_equal(b.data[213], 0x9e);
		assert_int_equal(leaf_entry_parse(&again, b.data, b.len), 0);
		assert_memory_equal(&again, &l, sizeof(l));
		assert_int_equal(leaf_is_record(b.data, b.len), 0);
	}
	buf_free(&b);
	buf_init(&b, LEAF_ENTRY_LEN - 1);
	l = sample(0);
	assert_int_equal(leaf_entry_print(&b, &l), -1);
	buf_free(&b);
}

/* Every first and second byte with every length: only the two of the format parse. */
static void
test_refused(void **state)
{
	struct leaf_entry l;
	uint8_t *p;

	(void)state;
	for (size_t n = 0; n < 230; n++) {
		p = calloc(1, n ? n : 1);
		assert_non_null(p);
		if (n > 133)
			p[133] = 1; /* epoch 1 */
		for (unsigned first = 0; first < 4; first++)
			for (unsigned second = 0; second < 4; second++) {
				if (n > 0)
					p[0] = (uint8_t)first;
				if (n > 1)
					p[1] = (uint8_t)second;
				assert_int_equal(leaf_entry_parse(&l, p, n) == 0,
				    first == 1 && ((second == 1 && n == LEAF_ENTRY_LEN) || (second == 2 && n == LEAF_ENTRY_PERSON_LEN)));
				assert_int_equal(leaf_is_record(p, n), n > 1 && first == 2);
			}
		free(p);
	}
}

/* Numbers that no entry can have are no entry's leaf. */
static void
test_numbers(void **state)
{
	static const struct { uint32_t epoch; uint64_t seq, received; int ok; } rows[] = {
		{ 1, 0, 0, 1 }, { 0, 0, 0, 0 }, { UINT32_MAX, 0, 0, 1 }, { 1, (UINT64_C(1) << 53) - 1, (UINT64_C(1) << 53) - 1, 1 },
		{ 1, UINT64_C(1) << 53, 0, 0 }, { 1, 0, UINT64_C(1) << 53, 0 }, { 1, UINT64_MAX, UINT64_MAX, 0 },
	};
	struct leaf_entry l, again;
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		l = sample(i % 2);
		l.epoch = rows[i].epoch;
		l.seq = rows[i].seq;
		l.received = rows[i].received;
		buf_reset(&b);
		assert_int_equal(leaf_entry_print(&b, &l), 0);
		assert_int_equal(leaf_entry_parse(&again, b.data, b.len) == 0, rows[i].ok);
	}
	buf_free(&b);
}

static void
test_record_limit(void **state)
{
	uint8_t *p = calloc(1, LEAF_MAX + 1);

	(void)state;
	assert_non_null(p);
	p[0] = 2;
	assert_int_equal(leaf_is_record(p, LEAF_MAX), 1);
	assert_int_equal(leaf_is_record(p, LEAF_MAX + 1), 0);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes), cmocka_unit_test(test_refused), cmocka_unit_test(test_numbers), cmocka_unit_test(test_record_limit),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
