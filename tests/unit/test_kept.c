/* Goal of this test: what is kept of submissions that are never finished is bounded in number, bytes and time, through restarts and power cuts, and
 * nothing of what was signed goes with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/openrosa/kept.h"
#include "agent/record/recorder.h"
#include "crypto/sign.h"

static struct agent *ag;
static char dir[64];

static int
setup(void **state)
{
	struct err e;

	(void)state;
	(void)setenv("TALLY_ALLOW_STORAGE", "tmpfs,nfs,overlay", 0);
	(void)strcpy(dir, "/tmp/tally-kept.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)strcat(dir, "/a");
	return agent_init(dir, "451224102201", "", &e) == 0 && (ag = agent_open(dir, &e)) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	agent_close(ag);
	*strrchr(dir, '/') = '\0';
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* One photo of a submission came; ${bytes} are said of it. */
static void
came(const char *id, const char *photo, uint64_t bytes)
{
	uint8_t raw[HASH_LEN] = { 1 }, hash[HASH_LEN];
	struct kept k;
	struct err e;

	assert_int_equal(kept_load(&k, ag, id, "<a/>", 4, &e) >= 0, 1);
	sha256(hash, photo, strlen(photo));
	assert_int_equal(kept_file(&k, "p.jpg", raw, hash, &e), 0);
	assert_int_equal(kept_wait(&k, bytes, &e), 0);
	assert_int_equal(kept_save(&k, &e), 0);
	assert_int_equal(journal_attachment_put(ag->j, photo, strlen(photo), hash, &e), 0);
	kept_free(&k);
}

static int
here(const char *id)
{
	struct kept k;
	struct err e;
	int is;

	assert_int_equal(kept_load(&k, ag, id, "<a/>", 4, &e) >= 0, 1);
	is = kept_here(&k, "p.jpg");
	kept_free(&k);
	return is;
}

static void
reopen(void)
{
	struct err e;

	agent_close(ag);
	ag = agent_open(dir, &e);
	assert_non_null(ag);
}

static void
time_goes(void **state)
{
	struct err e;

	(void)state;
	came("one", "photo one", 9);
	assert_int_equal(kept_age(ag, KEPT_HOURS, &e), 0);
	assert_int_equal(here("one"), 1);
	came("two", "photo two", 9);
	reopen();
	assert_int_equal(kept_age(ag, 1, &e), 1);
	assert_int_equal(here("one"), 0);
	assert_int_equal(here("two"), 1);
	came("two", "photo two", 9); /* more of it came: its time begins anew */
	assert_int_equal(kept_age(ag, KEPT_HOURS, &e), 0);
	assert_int_equal(here("two"), 1);
	assert_int_equal(kept_done(ag, "two", &e), 0);
	assert_int_equal(kept_age(ag, 2 * KEPT_HOURS, &e), 0);
	assert_int_equal(here("two"), 1);
}

static void
number(void **state)
{
	char id[16], photo[32];
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < KEPT_WAITING + 3; i++) {
		(void)snprintf(id, sizeof(id), "id%d", i);
		(void)snprintf(photo, sizeof(photo), "photo %d", i);
		came(id, photo, 9);
	}
	for (i = 0; i < KEPT_WAITING + 3; i++) {
		(void)snprintf(id, sizeof(id), "id%d", i);
		assert_int_equal(here(id), i >= 3);
	}
	assert_int_equal(kept_age(ag, KEPT_HOURS + 1, &e), KEPT_WAITING);
}

static void
bytes(void **state)
{
	(void)state;
	came("small", "photo s", 1000);
	came("large", "photo l", KEPT_BYTES - 1000);
	assert_int_equal(here("small"), 1);
	came("last", "photo m", 1);
	assert_int_equal(here("small"), 0);
	assert_int_equal(here("large"), 1);
	came("last", "photo m", KEPT_BYTES); /* one alone is bounded by its posts; the others make room */
	assert_int_equal(here("large"), 0);
	assert_int_equal(here("last"), 1);
}

/* The power went between the note and the photo: it is known not to be there. */
static void
cut(void **state)
{
	uint8_t raw[HASH_LEN] = { 1 }, hash[HASH_LEN] = { 2 };
	struct kept k;
	struct err e;

	(void)state;
	assert_int_equal(kept_load(&k, ag, "cut", "<a/>", 4, &e), 0);
	assert_int_equal(kept_file(&k, "p.jpg", raw, hash, &e), 0);
	assert_int_equal(kept_wait(&k, 9, &e), 0);
	assert_int_equal(kept_save(&k, &e), 0);
	kept_free(&k);
	reopen();
	assert_int_equal(here("cut"), 0);
	assert_int_equal(kept_age(ag, KEPT_HOURS + 1, &e), 1);
}

/* The power went between the entry and the list: what is kept tells a resend from something else, and stays. */
static void
signed_already(void **state)
{
	struct recorded done;
	struct draft d;
	struct kept k;
	struct err e;

	(void)state;
	came("signed", "photo x", 9);
	draft_init(&d, "handover", ag);
	(void)strcpy(d.id, "signed");
	assert_int_equal(buf_puts(&d.payload, "{}"), 0);
	assert_int_equal(recorder_append(ag, &d, 1, &done, &e), 0);
	draft_free(&d);
	assert_int_equal(kept_age(ag, KEPT_HOURS + 1, &e), 1);
	assert_int_equal(kept_load(&k, ag, "signed", "<a/>", 4, &e), 1);
	assert_non_null(kept_raw(&k, "p.jpg"));
	kept_free(&k);
	assert_int_equal(kept_load(&k, ag, "signed", "<b/>", 4, &e), 0);
	assert_int_equal(strlen(k.was), 64);
	kept_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(time_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(number, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(cut, setup, teardown),
		cmocka_unit_test_setup_teardown(signed_already, setup, teardown),
	};
	struct err e;

	(void)cmocka_set_message_output(CM_OUTPUT_TAP);
	return crypto_init(&e) != 0 || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
