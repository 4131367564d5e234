#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/host/heartbeat.h"
#include "agent/host/moment.h"
#include "agent/record/recorder.h"
#include "tests/lib/maker.h"

/* A clock that is wrong, jumps, and is lost with the power: what is noted of it, and that nothing is flooded or lost. */

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define NOW (((int64_t)TALLY_BUILT / 86400 + 30) * DAY) /* some day after this was built */
#define Y1970 INT64_C(5000)
#define Y2038 INT64_C(2150000000000)
#define Y2106 INT64_C(4300000000000)

static char top[256], dir[300], path[300];
static struct agent *ag;

/* Put the clocks there. */
static void
at(int boot, int64_t wall, int64_t mono)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fprintf(f, "wall %" PRId64 "\nmono %" PRId64 "\nboot %032x\n", wall, mono, boot);
	assert_int_equal(fclose(f), 0);
}

static void
again(void)
{
	struct err e = { "" };

	agent_close(ag);
	if ((ag = agent_open(dir, &e)) == NULL)
		fail_msg("%s", e.text);
}

static int
setup(void **state)
{
	static const uint8_t log[HASH_LEN] = { 1 };
	struct err e = { "" };

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || crypto_init(&e) != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/agent", top);
	(void)snprintf(path, sizeof(path), "%.100s/clock", top);
	(void)setenv("TALLY_CLOCK", path, 1);
	at(1, NOW, 10 * SECOND);
	if (agent_init(dir, "532301001001", "", &e) != 0 || (ag = agent_open(dir, &e)) == NULL)
		return -1;
	return journal_set(ag->j, "log", log, sizeof(log), &e);
}

static int
teardown(void **state)
{
	(void)state;
	agent_close(ag);
	maker_rm(top);
	(void)unsetenv("TALLY_CLOCK");
	return 0;
}

static void
put(size_t n)
{
	struct recorded out[3];
	struct draft d[3];
	struct err e = { "" };
	size_t i;

	for (i = 0; i < n; i++) {
		draft_init(&d[i], "loss", ag); /* any kind without a form */
		(void)buf_puts(&d[i].payload, "{\"epoch\":1,\"from\":1,\"to\":1}");
	}
	if (recorder_append(ag, d, n, out, &e) != 0)
		fail_msg("%s", e.text);
	for (i = 0; i < n; i++) {
		assert_int_equal(out[i].epoch, 1);
		draft_free(&d[i]);
	}
}

struct seen { uint64_t entries, steps, beats; char last[80]; struct entry h; };

static int
see(void *ctx, const struct journal_entry *x)
{
	struct seen *s = ctx;

	s->entries++;
	s->h = x->h;
	s->beats += strcmp(x->h.kind, "heartbeat") == 0;
	if (strcmp(x->h.kind, "clock-step") == 0) {
		s->steps++;
		(void)snprintf(s->last, sizeof(s->last), "%.70s", (const char *)x->payload.data);
		s->last[x->payload.len < 70 ? x->payload.len : 70] = '\0';
	}
	return 0;
}

static struct seen
seen(void)
{
	struct seen s = { 0 };

	assert_int_equal(journal_each(ag->j, see, &s), 0);
	assert_int_equal(journal_verify(ag->j, NULL, NULL), 0);
	return s;
}

/* Set by hours or years, forwards or back, by the running agent or between commands: one entry before the next, with both times. */
static void
test_step(void **state)
{
	char want[80];

	(void)state;
	at(1, NOW + 20 * SECOND, 30 * SECOND);
	put(1);
	assert_int_equal(seen().steps, 0);
	at(1, NOW + HOUR, 40 * SECOND);
	put(3);
	(void)snprintf(want, sizeof(want), "{\"from\":%" PRId64 ",\"to\":%" PRId64 "}", NOW + 30 * SECOND, NOW + HOUR);
	assert_int_equal(seen().steps, 1);
	assert_string_equal(seen().last, want);
	put(1);
	assert_int_equal(seen().steps, 1);
	at(1, Y1970, 50 * SECOND);
	again();
	put(1);
	assert_int_equal(seen().steps, 2);
	assert_int_equal(seen().h.clock, CLOCK_UNSET);
	assert_int_equal(seen().h.wall, Y1970);
	at(1, Y2106, 60 * SECOND);
	put(1);
	assert_int_equal(seen().steps, 3);
	assert_int_equal(seen().entries, 1 + 1 + 3 + 1 + 1 + 1 + 3);
}

/* Ten seconds of drift are none. */
static void
test_small_step(void **state)
{
	(void)state;
	at(1, NOW + 10 * SECOND, 10 * SECOND);
	put(1);
	at(1, NOW, 10 * SECOND);
	put(1);
	assert_int_equal(seen().steps, 0);
	at(1, NOW - 10 * SECOND - 1, 10 * SECOND);
	put(1);
	assert_int_equal(seen().steps, 1);
}

/* However often it was set: one step a record, and none without. */
static void
test_storm(void **state)
{
	struct heartbeat b = { .ag = ag };
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		at(1, i % 2 ? Y2038 : NOW, 20 * SECOND + i);
		assert_int_equal(heartbeat_give(&b), 0);
	}
	assert_int_equal(seen().entries, 1);
	put(1);
	assert_int_equal(seen().steps, 1);
}

/* Across boots nothing can tell, so nothing is claimed; but a clock that is set while the agent runs is noted before the first entry. */
static void
test_boot(void **state)
{
	(void)state;
	at(2, Y1970, 5 * SECOND);
	again();
	put(1);
	assert_int_equal(seen().steps, 0);
	at(3, Y1970, 5 * SECOND);
	again();
	at(3, NOW + DAY, 600 * SECOND);
	put(1);
	assert_int_equal(seen().steps, 1);
}

/* The floor: what the county said last; later words count, also lower ones. */
static void
test_floor(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(floor_clock(ag, Y1970), CLOCK_UNSET);
	assert_int_not_equal(floor_clock(ag, NOW), CLOCK_UNSET);
	assert_int_not_equal(floor_clock(ag, Y2106), CLOCK_RTC);
	assert_int_equal(floor_learn(ag, (uint64_t)NOW, NULL), 0);
	assert_int_equal(floor_shown(ag), NOW - DAY);
	assert_int_not_equal(floor_clock(ag, NOW - 2 * DAY), CLOCK_RTC);
	assert_int_equal(floor_learn(ag, (uint64_t)(NOW + HOUR), NULL), 0);
	assert_int_equal(journal_get_u64(ag->j, "county-time", &v), 1);
	assert_int_equal(v, NOW); /* not written for an hour */
	assert_int_equal(floor_learn(ag, (uint64_t)Y2038, NULL), 0);
	assert_int_equal(floor_shown(ag), Y2038 - DAY);
	assert_int_equal(floor_learn(ag, (uint64_t)NOW, NULL), 0);
	again();
	assert_int_equal(floor_shown(ag), NOW - DAY);
	assert_int_equal(floor_learn(ag, UINT64_MAX, NULL), 0);
	assert_int_equal(floor_learn(ag, 0, NULL), 0);
	assert_int_equal(floor_shown(ag), NOW - DAY);
}

static int
give(void)
{
	static struct heartbeat b;

	b = (struct heartbeat){ .ag = ag };
	return heartbeat_give(&b);
}

static void
test_heartbeat_within_boot(void **state)
{
	struct heartbeat b = { .ag = ag };
	int64_t t, given = 0;

	(void)state;
	assert_int_equal(heartbeat_give(&b), 0);
	/* five days of one boot, the clock anywhere */
	for (t = HOUR; t <= 5 * DAY + HOUR; t += HOUR) {
		at(1, t / HOUR % 3 == 0 ? Y1970 : t / HOUR % 3 == 1 ? Y2038 : NOW + t, 10 * SECOND + t);
		if (t / HOUR % 7 == 0) {
			again(); /* the agent is restarted now and then */
			b = (struct heartbeat){ .ag = ag };
		}
		given += heartbeat_give(&b);
	}
	assert_int_equal(given, 5);
	assert_int_equal(seen().beats, 5);
}

/* The power goes every day and the clock with it: one a day. */
static void
test_heartbeat_clock_lost(void **state)
{
	int day, i, given = 0;
	int64_t t;

	(void)state;
	for (day = 1; day <= 30; day++) {
		for (t = 30 * SECOND, i = 0; t < 8 * HOUR; t += 20 * 60 * SECOND, i++) {
			at(day + 1, day % 3 == 0 ? Y1970 + t : NOW + t, t);
			again();
			given += give();
			if (i == 0)
				assert_int_equal(given, day - 1); /* not in the first two minutes */
		}
		assert_int_equal(given, day);
	}
}

/* A clock that runs on while the machine is off tells the days, however often it is switched on. */
static void
test_heartbeat_good_clock(void **state)
{
	int64_t now = NOW, end = NOW + 10 * DAY + HOUR;
	int boot = 1, given = 0;

	(void)state;
	for (now = NOW + HOUR; now < end; now += HOUR) {
		at(++boot, now, 130 * SECOND);
		again();
		given += give();
		put(1);
	}
	assert_int_equal(given, 10);
}

/* A clock that jumps at every start, and a machine that starts every ten minutes: one a boot at most, none before two minutes. */
static void
test_heartbeat_jumps(void **state)
{
	int boot, given = 0;
	int64_t t;

	(void)state;
	for (boot = 2; boot < 60; boot++)
		for (t = 20 * SECOND; t < 600 * SECOND; t += 100 * SECOND) {
			at(boot, boot % 2 ? Y2038 : NOW + boot * DAY, t);
			again();
			given += give();
		}
	assert_true(given <= 58);
	for (boot = 60; boot < 100; boot++) {
		at(boot, NOW + boot * 10 * DAY, 60 * SECOND);
		again();
		assert_int_equal(give(), 0);
	}
}

/* Not before a county is there to hear of it. */
static void
test_heartbeat_not_enrolled(void **state)
{
	struct heartbeat b = { 0 };
	struct err e = { "" };

	(void)state;
	agent_close(ag);
	(void)snprintf(dir, sizeof(dir), "%s/alone", top);
	assert_int_equal(agent_init(dir, "532301001001", "", &e), 0);
	assert_non_null(ag = agent_open(dir, &e));
	b.ag = ag;
	at(1, NOW + 9 * DAY, 9 * DAY);
	assert_int_equal(heartbeat_give(&b), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_step, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_step, setup, teardown),
		cmocka_unit_test_setup_teardown(test_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_floor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat_within_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat_clock_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat_good_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat_jumps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat_not_enrolled, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
