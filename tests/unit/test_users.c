#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/people/users.h"
#include "base/file.h"
#include "store/state.h"
#include "tests/lib/maker.h"

/* Goal: wrong PINs cost waits that double and end in a lock-out, on a clock that no setting moves; what was taken away opens nothing; a damaged list of cadres is never an empty one. */

#define PIN "271828"
#define OTHER "602214"

static char dir[300], clock_file[320], list[400];
static struct agent *ag;

static void
set_clock(uint64_t mono_s, unsigned boot)
{
	char text[200];
	int n = snprintf(text, sizeof(text), "mono %llu\nboot %032x\n", (unsigned long long)mono_s * 1000, boot);

	assert_int_equal(file_write(clock_file, text, (size_t)n, 0600, NULL), 0);
}

static int
setup(void **state)
{
	struct err e = { "" };

	(void)state;
	if (maker_tmp(dir, sizeof(dir)) != 0)
		return -1;
	(void)snprintf(clock_file, sizeof(clock_file), "%s/clock", dir);
	(void)setenv("TALLY_CLOCK", clock_file, 1);
	set_clock(1000, 1);
	(void)strcat(dir, "/data");
	(void)snprintf(list, sizeof(list), "%s/users", dir);
	if (agent_init(dir, "451224102201", "", &e) != 0 || (ag = agent_open(dir, &e)) == NULL)
		fail_msg("%s", e.text);
	if (users_add(ag, "li", "Li Li", PIN, NULL, NULL, &e) != USERS_OK)
		fail_msg("%s", e.text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	agent_close(ag);
	ag = NULL;
	*strrchr(dir, '/') = '\0';
	maker_rm(dir);
	return 0;
}

static void
open_again(void)
{
	struct err e = { "" };

	agent_close(ag);
	if ((ag = agent_open(dir, &e)) == NULL)
		fail_msg("%s", e.text);
}

/* So many wrong ones as if they had been tried, the last at ${mono_s} of start ${boot}. */
static void
as_if_failed(unsigned fails, uint64_t mono_s, unsigned boot)
{
	char head[64], now[128], *at, *end;
	struct buf b, out;

	buf_init(&b, STATE_MAX);
	buf_init(&out, STATE_MAX);
	assert_true(state_load(list, &b, NULL) > 0);
	(void)strcpy(head, "user li active ");
	assert_non_null(at = strstr((char *)b.data, head));
	assert_non_null(end = strchr(at, '\n'));
	(void)snprintf(now, sizeof(now), "%s%u %032x %llu", head, fails, boot, (unsigned long long)mono_s * 1000);
	(void)buf_put(&out, b.data, (size_t)(at - (char *)b.data));
	(void)buf_puts(&out, now);
	while (*end != ' ')
		end--; /* the name stays */
	(void)buf_puts(&out, end);
	assert_int_equal(state_save(list, out.data, out.len, NULL), 0);
	buf_free(&b);
	buf_free(&out);
	open_again();
}

static void
answers(const char *pin, enum users_answer want, int64_t want_wait_s)
{
	struct err e = { "" };
	int64_t wait;
	enum users_answer got = users_check_pin(ag, "li", pin, &wait, &e);

	if (got != want || wait != want_wait_s * 1000)
		fail_msg("answer %d (%s), wait %lld ms", (int)got, e.text, (long long)wait);
}

static void
pins(void **state)
{
	static const char *const no[] = { "", "12345", "111111", "123456", "654321", "890123", "246802", "121212", "123123", "12312312", "520520", "5201314", "27182x", "２７１８２８",
		"11111111111111111111111111111111111111111111111111111111111111111", "147258", "271828 " };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(users_pin_ok(no[i], NULL), -1);
	assert_int_equal(users_pin_ok(PIN, NULL), 0);
	assert_int_equal(users_pin_ok("2718281828459045", NULL), 0);
}

static void
waits(void **state)
{
	(void)state;
	answers(PIN, USERS_OK, 0);
	as_if_failed(4, 1000, 1);
	answers(OTHER, USERS_WRONG, 60);
	answers(PIN, USERS_WAIT, 60);
	set_clock(1059, 1);
	answers(PIN, USERS_WAIT, 1);
	open_again();
	answers(PIN, USERS_WAIT, 1);
	/* a start of the machine: the wait begins anew with it, whatever its clock says */
	set_clock(10, 2);
	answers(PIN, USERS_WAIT, 50);
	set_clock(61, 2);
	answers(OTHER, USERS_WRONG, 120);
	set_clock(61 + 120, 2);
	answers(PIN, USERS_OK, 0);
	answers(OTHER, USERS_WRONG, 0);
	as_if_failed(19, 1000, 2);
	set_clock(1000 + 3599, 2);
	answers(PIN, USERS_WAIT, 1);
	set_clock(1000 + 3600, 2);
	answers(OTHER, USERS_WRONG, 3600);
	set_clock(1000000, 2);
	answers(PIN, USERS_LOCKED_OUT, 0);
	assert_true(users_sign_in(ag, "nobody", PIN, &(int64_t){ 0 }, NULL) == USERS_WRONG);
}

static void
sessions_and_changes(void **state)
{
	struct users_by by = { .id = "li", .pin = PIN };
	struct err e = { "" };
	struct user x;
	struct buf b;
	int64_t wait;

	(void)state;
	assert_int_equal(users_first(ag), 0);
	assert_true(users_add(ag, "wu", NULL, OTHER, NULL, NULL, NULL) == USERS_REFUSED);
	assert_true(users_add(ag, "li", NULL, OTHER, &by, NULL, NULL) == USERS_REFUSED);
	assert_true(users_add(ag, "Li Li", NULL, OTHER, &by, NULL, NULL) == USERS_REFUSED);
	assert_int_equal(users_get(ag, "li", &x), 1);
	assert_string_equal(x.name, "");
	assert_true(users_sign_in(ag, "li", PIN, &wait, &e) == USERS_OK);
	assert_int_equal(users_get(ag, "li", &x), 1);
	assert_string_equal(x.name, "Li Li");
	/* who is signed in vouches */
	assert_true(users_add(ag, "wu", NULL, OTHER, NULL, NULL, &e) == USERS_OK);
	users_sign_out(ag);
	assert_int_equal(vault_is_open(journal_vault(ag->j)), 0);
	assert_true(users_disable(ag, "li", NULL) == USERS_OK);
	assert_true(users_disable(ag, "wu", NULL) == USERS_REFUSED);
	assert_true(users_sign_in(ag, "li", PIN, &wait, &e) == USERS_WRONG);
	open_again();
	assert_true(users_sign_in(ag, "li", PIN, &wait, &e) == USERS_WRONG);
	/* nothing that the former PIN opens is left: not in the previous copy either */
	assert_int_equal(unlink(list), 0);
	open_again();
	assert_true(users_sign_in(ag, "li", PIN, &wait, &e) == USERS_WRONG);
	by.id = "wu";
	by.pin = OTHER;
	assert_true(users_reset(ag, "li", "31415926", &by, NULL, &e) == USERS_OK);
	assert_true(users_sign_in(ag, "li", PIN, &wait, &e) == USERS_WRONG);
	assert_true(users_sign_in(ag, "li", "31415926", &wait, &e) == USERS_OK);
	buf_init(&b, 1000);
	assert_int_equal(vault_put(journal_vault(ag->j), VAULT_CABINET, "x", 1, &b, NULL), 0);
	assert_int_equal(vault_get(journal_vault(ag->j), b.data, b.len, &b), VAULT_OPEN);
	buf_free(&b);
	users_sign_out(ag);
}

/* Both copies gone or spoilt: still no first cadre, and no other cabinet; the journal knows whose it was. */
static void
never_an_empty_list(void **state)
{
	uint8_t was[VAULT_KEY_LEN], is[VAULT_KEY_LEN];
	char previous[420];
	struct user x;
	int64_t wait;

	(void)state;
	assert_int_equal(vault_cabinet(journal_vault(ag->j), was), 1);
	(void)snprintf(previous, sizeof(previous), "%s.previous", list);
	assert_int_equal(file_write(list, "spoilt\n", 7, 0600, NULL), 0);
	open_again();
	assert_true(users_check_pin(ag, "li", PIN, &wait, NULL) == USERS_OK);
	assert_int_equal(file_write(list, "spoilt\n", 7, 0600, NULL), 0);
	assert_int_equal(file_write(previous, "", 0, 0600, NULL), 0);
	open_again();
	assert_int_equal(users_first(ag), 0);
	assert_int_equal(vault_cabinet(journal_vault(ag->j), is), 1);
	assert_memory_equal(was, is, sizeof(was));
	assert_int_equal(users_get(ag, "li", &x), 1);
	assert_int_equal(x.locked_out, 1);
	assert_true(users_check_pin(ag, "li", PIN, &wait, NULL) == USERS_LOCKED_OUT);
	assert_int_equal(state_remove(list), 0);
	open_again();
	assert_int_equal(users_first(ag), 0);
	assert_true(users_add(ag, "wu", NULL, OTHER, NULL, NULL, NULL) == USERS_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins),
		cmocka_unit_test_setup_teardown(waits, setup, teardown),
		cmocka_unit_test_setup_teardown(sessions_and_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(never_an_empty_list, setup, teardown),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
