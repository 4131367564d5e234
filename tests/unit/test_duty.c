#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/host/duty.h"

/* What the agent does by itself: when, how often, and on whose asking. */

static atomic_int runs, others, locked_wrong;
static int64_t answer;

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Until *${n} is ${want}, two seconds at most. */
static int
reaches(atomic_int *n, int want)
{
	int i;

	for (i = 0; i < 200 && atomic_load(n) < want; i++)
		sleep_ms(10);
	return atomic_load(n);
}

static int64_t
count(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&runs, 1);
	return answer;
}

static int64_t
count_other(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&others, 1);
	return 0;
}

/* As sync does: lets go of the agent and waits. */
static int64_t
wait_long(void *ctx)
{
	(void)ctx;
	agent_unlock();
	while (!duty_halting())
		sleep_ms(5);
	agent_lock();
	return 0;
}

static int
fresh(void **state)
{
	(void)state;
	atomic_store(&runs, 0);
	atomic_store(&others, 0);
	atomic_store(&locked_wrong, 0);
	answer = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	duty_end();
	return 0;
}

static void
test_marks(void **state)
{
	int64_t now, due;

	(void)state;
	for (now = 0; now < 40000; now += 777) {
		assert_int_equal(duty_due(now, 0), now);
		assert_int_equal(duty_due(now, 9999), now + 9999);
		due = duty_due(now, 30000);
		assert_true(due >= now + 30000 && due < now + 40000 && due % DUTY_MARK_MS == 0);
	}
}

static void
test_first_and_asked(void **state)
{
	struct duty d = { "a", 3600000, 0, 0, count, NULL }, late = { "late", 3600000, 3600000, 0, count_other, NULL };

	(void)state;
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_add(&late), 0);
	assert_int_equal(duty_start(), 0);
	assert_int_equal(reaches(&runs, 1), 1);
	sleep_ms(50);
	assert_int_equal(atomic_load(&runs), 1);
	assert_int_equal(atomic_load(&others), 0);
	duty_soon("late");
	duty_soon("nobody");
	assert_int_equal(reaches(&others, 1), 1);
	duty_soon("a");
	assert_int_equal(reaches(&runs, 2), 2);
	sleep_ms(50);
	assert_int_equal(atomic_load(&others), 1);
}

static void
test_interval(void **state)
{
	struct duty d = { "a", 20, 0, 0, count, NULL };

	(void)state;
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_start(), 0);
	assert_true(reaches(&runs, 5) >= 5);
}

/* The pause after a failure is kept, whoever asks; then what was asked for is done. */
static void
test_firm(void **state)
{
	struct duty d = { "a", 3600000, 0, 0, count, NULL };

	(void)state;
	answer = DUTY_FIRM(300);
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_start(), 0);
	assert_int_equal(reaches(&runs, 1), 1);
	duty_soon("a");
	sleep_ms(100);
	assert_int_equal(atomic_load(&runs), 1);
	assert_true(reaches(&runs, 2) >= 2);
}

/* Asked for again and again: once in so long. */
/* Things have changed: the pause is over, also when that was said while it ran. */
static void
test_again(void **state)
{
	struct duty d = { "a", 3600000, 0, 0, count, NULL };

	(void)state;
	answer = DUTY_FIRM(3600000);
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_start(), 0);
	assert_int_equal(reaches(&runs, 1), 1);
	sleep_ms(20);
	duty_soon("a");
	sleep_ms(50);
	assert_int_equal(atomic_load(&runs), 1);
	duty_again("a", 50);
	assert_int_equal(reaches(&runs, 2), 2);
	sleep_ms(100);
	assert_int_equal(atomic_load(&runs), 2);
}

static void
test_gap(void **state)
{
	struct duty d = { "a", 3600000, 0, 0, count, NULL };
	int i;

	(void)state;
	assert_int_equal(duty_add(&d), 0);
	duty_gap("a", 400);
	assert_int_equal(duty_start(), 0);
	assert_int_equal(reaches(&runs, 1), 1);
	for (i = 0; i < 10; i++) {
		duty_soon("a");
		sleep_ms(20);
	}
	assert_int_equal(atomic_load(&runs), 1);
	assert_int_equal(reaches(&runs, 2), 2);
}

/* What waits for a network holds up nothing else, and lets itself be ended. */
static void
test_network_apart(void **state)
{
	struct duty net = { "net", 1000, 0, 1, wait_long, NULL }, d = { "a", 20, 0, 0, count, NULL };

	(void)state;
	assert_int_equal(duty_add(&net), 0);
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_start(), 0);
	assert_true(reaches(&runs, 3) >= 3);
	assert_int_equal(duty_pause(1), 0);
	duty_halt();
	assert_int_equal(duty_pause(60000), 1);
}

static void *
try_agent(void *ctx)
{
	agent_lock();
	*(int *)ctx = 1;
	agent_unlock();
	return NULL;
}

static int64_t
is_locked(void *ctx)
{
	static int got;
	pthread_t t;

	(void)ctx;
	got = 0;
	(void)pthread_create(&t, NULL, try_agent, &got);
	sleep_ms(30);
	atomic_store(&locked_wrong, got);
	agent_unlock();
	(void)pthread_join(t, NULL);
	agent_lock();
	atomic_fetch_add(&runs, 1);
	return 0;
}

static void
test_agent_is_locked(void **state)
{
	struct duty d = { "a", 3600000, 0, 0, is_locked, NULL };

	(void)state;
	assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_start(), 0);
	assert_int_equal(reaches(&runs, 1), 1);
	assert_int_equal(atomic_load(&locked_wrong), 0);
}

static void
test_full(void **state)
{
	struct duty d = { "a", 1000, 1000, 0, count, NULL };
	int i;

	(void)state;
	for (i = 0; i < DUTIES_MAX; i++)
		assert_int_equal(duty_add(&d), 0);
	assert_int_equal(duty_add(&d), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_marks, fresh, end),
		cmocka_unit_test_setup_teardown(test_first_and_asked, fresh, end),
		cmocka_unit_test_setup_teardown(test_interval, fresh, end),
		cmocka_unit_test_setup_teardown(test_firm, fresh, end),
		cmocka_unit_test_setup_teardown(test_again, fresh, end),
		cmocka_unit_test_setup_teardown(test_gap, fresh, end),
		cmocka_unit_test_setup_teardown(test_network_apart, fresh, end),
		cmocka_unit_test_setup_teardown(test_agent_is_locked, fresh, end),
		cmocka_unit_test_setup_teardown(test_full, fresh, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
