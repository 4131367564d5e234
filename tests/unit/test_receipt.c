/* Goal: a range receipt is printed and read back; one that is not strict, or whose numbers do not add up, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/note.h"
#include "evidence/receipt.h"
#include "evidence/value.h"
#include "tests/lib/mutate.h"

#define NOTE "county.example\n12\nAAAA\n\n\xe2\x80\x94 county.example AAAA\n"

static const uint8_t DEVICE[HASH_LEN] = { 0xde, 1 };

static struct range
a_range(void)
{
	struct range r;

	memset(&r, 0, sizeof(r));
	r.first = 4;
	r.count = 6;
	r.received = 1760000000000;
	r.nruns = 2;
	r.run[0] = (struct run){ 1, 17, 5 };
	r.run[1] = (struct run){ 2, 0, 1 };
	r.proof.n = 3;
	for (size_t i = 0; i < r.proof.n; i++)
		memset(r.proof.hash[i], (int)i + 1, HASH_LEN);
	return r;
}

static void
what_is_printed_reads_back(void **state)
{
	struct range r = a_range(), back;
	uint8_t device[HASH_LEN];
	const char *note;
	struct cursor c;
	struct buf b, again;
	size_t n;

	(void)state;
	buf_init(&b, RECEIPT_MAX);
	buf_init(&again, RECEIPT_MAX);
	assert_int_equal(receipt_print(&b, DEVICE, &r, NOTE, strlen(NOTE)), 0);
	assert_non_null(strstr(buf_str(&b), "\nrange 4 6 1760000000000 2 3\nrun 1 17 5\nrun 2 0 1\nhash AQEB"));
	assert_int_equal(receipt_parse(device, &back, &note, &n, b.data, b.len, NULL), 0);
	assert_memory_equal(device, DEVICE, HASH_LEN);
	assert_memory_equal(&back, &r, sizeof(r));
	assert_int_equal(n, strlen(NOTE));
	assert_memory_equal(note, NOTE, n);
	/* Two ranges one after the other, as in an answer. */
	(void)range_print(&again, &r);
	r.first = 10;
	(void)range_print(&again, &r);
	cursor_init(&c, again.data, again.len);
	assert_int_equal(range_parse(&back, &c, NULL), 0);
	assert_int_equal(back.first, 4);
	assert_int_equal(range_parse(&back, &c, NULL), 0);
	assert_int_equal(back.first, 10);
	assert_true(cursor_end(&c));
	assert_int_equal(range_parse(&back, &c, NULL), -1);
	buf_free(&again);
	buf_free(&b);
}

static void
each_line_has_its_place(void **state)
{
	static const char *const names[] = { "tallystick/receipt/v1", "device", "range", "run", "run", "hash", "hash", "hash" };
	struct range r = a_range(), back;
	uint8_t device[HASH_LEN];
	const char *note;
	struct buf b, out;
	struct err e;
	size_t n;

	(void)state;
	buf_init(&b, RECEIPT_MAX);
	buf_init(&out, RECEIPT_MAX);
	assert_int_equal(receipt_print(&b, DEVICE, &r, NOTE, strlen(NOTE)), 0);
	for (size_t l = 0; l < 8; l++)
		for (enum edit how = EDIT_DROP; how <= EDIT_SWAP; how++) {
			text_edit(&out, buf_str(&b), b.len, l, how);
			e.text[0] = '\0';
			/* Runs and hashes may change places: what they say is judged against the log. */
			if (how == EDIT_SWAP && (l == 3 || l == 5 || l == 6))
				continue;
			if (receipt_parse(device, &back, &note, &n, out.data, out.len, &e) == 0)
				fail_msg("accepted: %s", buf_str(&out));
			if (how == EDIT_DROP && l < 5 && !strstr(e.text, names[l]))
				fail_msg("%s: %s", names[l], e.text);
		}
	text_edit(&out, buf_str(&b), b.len, 8, EDIT_DROP);
	assert_int_equal(receipt_parse(device, &back, &note, &n, out.data, out.len, NULL), -1);
	for (size_t cut = 0; cut < b.len - strlen(NOTE) + 1; cut++)
		assert_int_equal(receipt_parse(device, &back, &note, &n, b.data, cut, NULL), -1);
	buf_free(&out);
	buf_free(&b);
}

/* Does a text with these "range" and "run" lines parse? */
static int
reads(const char *lines)
{
	struct range r;
	struct cursor c;

	cursor_init(&c, lines, strlen(lines));
	return range_parse(&r, &c, NULL) == 0;
}

static void
numbers_add_up(void **state)
{
	struct range r;
	struct buf b;

	(void)state;
	assert_true(reads("range 0 2 0 1 0\nrun 1 0 2\n"));
	assert_false(reads("range 0 2 0 1 0\nrun 1 0 3\n"));
	assert_false(reads("range 0 0 0 0 0\n"));
	assert_false(reads("range 0 1 0 0 0\n"));
	assert_false(reads("range 0 2 0 2 0\nrun 1 0 2\nrun 1 2 0\n"));
	assert_false(reads("range 0 2 0 1 0\nrun 0 0 2\n"));
	assert_false(reads("range 0 2 0 1 0\nrun 4294967296 0 2\n"));
	assert_true(reads("range 0 2 0 1 0\nrun 4294967295 0 2\n"));
	assert_false(reads("range 0 65537 0 1 0\nrun 1 0 65537\n"));
	assert_true(reads("range 0 65536 0 1 0\nrun 1 0 65536\n"));
	assert_false(reads("range 0 2 0 65 0\nrun 1 0 2\n"));
	assert_false(reads("range 0 2 0 1 129\nrun 1 0 2\n"));
	assert_false(reads("range 0 2 9007199254740992 1 0\nrun 1 0 2\n"));
	assert_true(reads("range 9007199254740989 2 0 1 0\nrun 1 9007199254740990 2\n"));
	assert_false(reads("range 9007199254740990 2 0 1 0\nrun 1 0 2\n"));
	assert_false(reads("range 0 2 0 1 0\nrun 1 9007199254740991 2\n"));
	assert_false(reads("range 0 1 0 18446744073709551615 0\nrun 1 0 1\n"));
	buf_init(&b, RECEIPT_MAX);
	r = a_range();
	r.count = 7;
	assert_int_equal(range_print(&b, &r), -1);
	assert_int_equal(receipt_print(&b, DEVICE, &r, NOTE, strlen(NOTE)), -1);
	r = a_range();
	r.nruns = RECEIPT_RUNS_MAX + 1;
	assert_int_equal(range_print(&b, &r), -1);
	r = a_range();
	r.proof.n = PROOF_MAX + 1;
	assert_int_equal(range_print(&b, &r), -1);
	r = a_range();
	assert_int_equal(receipt_print(&b, DEVICE, &r, NOTE, 0), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
the_largest_receipt_fits(void **state)
{
	static char note[NOTE_MAX];
	struct range r = a_range(), back;
	uint8_t device[HASH_LEN];
	const char *got;
	struct buf b;
	size_t n;

	(void)state;
	memset(note, 'x', sizeof(note));
	r.nruns = RECEIPT_RUNS_MAX;
	r.first = VALUE_INT_MAX - RECEIPT_LEAVES_MAX;
	r.count = RECEIPT_LEAVES_MAX;
	r.received = VALUE_INT_MAX;
	for (size_t i = 0; i < r.nruns; i++)
		r.run[i] = (struct run){ UINT32_MAX, VALUE_INT_MAX - 1023, 1024 };
	r.proof.n = PROOF_MAX;
	buf_init(&b, RECEIPT_MAX);
	assert_int_equal(receipt_print(&b, DEVICE, &r, note, sizeof(note)), 0);
	assert_int_equal(receipt_parse(device, &back, &got, &n, b.data, b.len, NULL), 0);
	assert_memory_equal(&back, &r, sizeof(r));
	buf_free(&b);
}

static void
what_parses_prints_the_same(void **state)
{
	struct range r = a_range(), back;
	uint8_t device[HASH_LEN], text[4096];
	const char *note;
	struct buf b, again;
	uint64_t seed = 11;
	size_t len, accepted = 0;

	(void)state;
	buf_init(&b, RECEIPT_MAX);
	buf_init(&again, RECEIPT_MAX);
	assert_int_equal(receipt_print(&b, DEVICE, &r, NOTE, strlen(NOTE)), 0);
	for (int round = 0; round < 50000; round++) {
		size_t n = b.len;

		memcpy(text, b.data, n);
		n = mutate(text, n, sizeof(text), &seed);
		if (receipt_parse(device, &back, &note, &len, text, n, NULL))
			continue;
		accepted++;
		buf_reset(&again);
		assert_int_equal(receipt_print(&again, device, &back, note, len), 0);
		assert_int_equal(again.len, n);
		assert_memory_equal(again.data, text, n);
	}
	assert_true(accepted > 100);
	buf_free(&again);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(each_line_has_its_place),
		cmocka_unit_test(numbers_add_up),
		cmocka_unit_test(the_largest_receipt_fits),
		cmocka_unit_test(what_parses_prints_the_same),
	};

	return cmocka_run_group_tests_name("receipt", tests, NULL, NULL);
}
