/* Goal of this test: an address that shows wrong tokens waits longer and longer, others do not, and neither the number of addresses nor the count grows without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/record/guess.h"

#define NOW INT64_C(5000000)

static const uint8_t one[16] = { 1 }, two[16] = { 2 };

static void
waits(void **state)
{
	struct guesses g;
	int64_t wait = GUESS_FIRST_MS;
	int i;

	(void)state;
	guesses_init(&g);
	for (i = 0; i < GUESS_FREE; i++) {
		assert_int_equal(guesses_wait(&g, one, NOW), 0);
		guesses_wrong(&g, one, NOW);
	}
	assert_int_equal(guesses_wait(&g, one, NOW), GUESS_FIRST_MS);
	assert_int_equal(guesses_wait(&g, one, NOW + GUESS_FIRST_MS - 1), 1);
	assert_int_equal(guesses_wait(&g, one, NOW + GUESS_FIRST_MS), 0);
	assert_int_equal(guesses_wait(&g, two, NOW), 0);
	for (i = 0; i < 2000; i++) {
		guesses_wrong(&g, one, NOW);
		wait = wait * 2 > GUESS_MOST_MS ? GUESS_MOST_MS : wait * 2;
		assert_int_equal(guesses_wait(&g, one, NOW), wait);
	}
	guesses_right(&g, two);
	assert_int_equal(guesses_wait(&g, one, NOW), GUESS_MOST_MS);
	guesses_right(&g, one);
	assert_int_equal(guesses_wait(&g, one, NOW), 0);
	for (i = 0; i < GUESS_FREE; i++)
		guesses_wrong(&g, two, NOW);
	guesses_forget(&g);
	assert_int_equal(guesses_wait(&g, two, NOW), 0);
	guesses_end(&g);
}

static void
room(void **state)
{
	uint8_t at[16] = { 9 };
	struct guesses g;
	int i, k;

	(void)state;
	guesses_init(&g);
	for (k = 0; k < GUESS_FREE; k++)
		guesses_wrong(&g, one, NOW + 1000);
	for (i = 0; i < 1000; i++) {
		at[1] = (uint8_t)i;
		at[2] = (uint8_t)(i >> 8);
		guesses_wrong(&g, at, NOW + i % 900);
		assert_true(g.n <= GUESS_PEERS);
	}
	assert_int_equal(guesses_wait(&g, one, NOW + 1000), GUESS_FIRST_MS); /* it was heard last, and stays */
	guesses_end(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(waits), cmocka_unit_test(room) };

	(void)cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
