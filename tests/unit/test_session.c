/* Goal of this test: sessions end when they must, are never found under another cookie, and their form tokens are their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/page/session.h"

static int ended;

static void
count(void *ctx)
{
	(void)ctx;
	ended++;
}

static int
setup(void **state)
{
	ended = 0;
	return (*state = sessions_new(count, NULL)) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	sessions_free(*state);
	return 0;
}

/* Begin one that nobody holds; its cookie in ${id}. */
static void
begin(struct sessions *ss, const char *cadre, int64_t now, char id[SESSION_ID_HEX + 1])
{
	struct session *s = session_begin(ss, cadre, now);

	assert_non_null(s);
	(void)strcpy(id, s->id);
	session_let_go(ss, s);
}

static int
is_there(struct sessions *ss, const char *id, int64_t now)
{
	struct session *s = session_hold(ss, id, now);

	session_let_go(ss, s);
	return s != NULL;
}

static void
test_found(void **state)
{
	char a[SESSION_ID_HEX + 1], b[SESSION_ID_HEX + 1];
	struct session *s;

	begin(*state, "c1", 1000, a);
	begin(*state, "c2", 1000, b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), SESSION_ID_HEX);
	s = session_hold(*state, b, 2000);
	assert_string_equal(s->cadre, "c2");
	session_let_go(*state, s);
	a[0] = a[0] == '0' ? '1' : '0';
	assert_false(is_there(*state, a, 2000));
	assert_false(is_there(*state, "", 2000));
	assert_false(is_there(*state, "zz", 2000));
}

static void
test_idle(void **state)
{
	char id[SESSION_ID_HEX + 1];

	begin(*state, "c1", 0, id);
	assert_true(is_there(*state, id, SESSION_IDLE_MS - 1));
	assert_true(is_there(*state, id, 2 * SESSION_IDLE_MS - 2));
	assert_int_equal(ended, 0);
	assert_false(is_there(*state, id, 3 * SESSION_IDLE_MS - 2));
	assert_int_equal(ended, 1);
}

static void
test_all_day(void **state)
{
	char id[SESSION_ID_HEX + 1];
	int64_t t;

	begin(*state, "c1", 0, id);
	for (t = 0; t < SESSION_MAX_MS; t += SESSION_IDLE_MS / 2)
		assert_true(is_there(*state, id, t));
	assert_false(is_there(*state, id, SESSION_MAX_MS));
	assert_int_equal(ended, 1);
}

static void
test_expire(void **state)
{
	char a[SESSION_ID_HEX + 1], b[SESSION_ID_HEX + 1];
	struct session *s;

	begin(*state, "c1", 0, a);
	begin(*state, "c1", 1000, b);
	assert_int_equal(sessions_expire(*state, SESSION_IDLE_MS), 1);
	assert_int_equal(ended, 1);
	/* who is in the middle of a request is not thrown out */
	s = session_hold(*state, b, 2000);
	assert_int_equal(sessions_expire(*state, 10 * SESSION_MAX_MS), 1);
	session_let_go(*state, s);
	assert_int_equal(sessions_expire(*state, 10 * SESSION_MAX_MS), 0);
	assert_int_equal(ended, 2);
}

static void
test_bounded(void **state)
{
	char id[SESSIONS_MAX + 1][SESSION_ID_HEX + 1], more[SESSION_ID_HEX + 1];
	struct session *held[SESSIONS_MAX];
	int i;

	for (i = 0; i < SESSIONS_MAX; i++)
		begin(*state, "c1", i, id[i]);
	assert_true(is_there(*state, id[0], 100));
	begin(*state, "c2", 101, more);
	assert_int_equal(ended, 1);
	assert_true(is_there(*state, id[0], 102));
	assert_false(is_there(*state, id[1], 102)); /* the one longest unused */
	begin(*state, "c3", 103, more);
	assert_int_equal(ended, 2);
	session_end_of(*state, "c1", NULL);
	session_end_of(*state, "c2", NULL);
	session_end_of(*state, "c3", NULL);
	for (i = 0; i < SESSIONS_MAX; i++)
		assert_non_null(held[i] = session_begin(*state, "c4", 200));
	assert_null(session_begin(*state, "c5", 201));
	for (i = 0; i < SESSIONS_MAX; i++)
		session_let_go(*state, held[i]);
}

static void
test_end(void **state)
{
	char a[SESSION_ID_HEX + 1], b[SESSION_ID_HEX + 1], c[SESSION_ID_HEX + 1];
	struct session *s;

	begin(*state, "c1", 0, a);
	begin(*state, "c1", 0, b);
	begin(*state, "c2", 0, c);
	s = session_hold(*state, a, 1);
	session_end_of(*state, "c1", s);
	assert_int_equal(ended, 1);
	assert_false(is_there(*state, b, 2));
	assert_true(is_there(*state, c, 2));
	session_end(*state, s);
	assert_int_equal(ended, 2);
	assert_string_equal(s->cadre, "c1"); /* held still */
	assert_false(is_there(*state, a, 2));
	session_let_go(*state, s);
}

static void
test_tokens(void **state)
{
	struct sessions *other = sessions_new(count, NULL);
	char a[SESSION_ID_HEX + 1], b[SESSION_ID_HEX + 1], ta[SESSION_TOKEN_HEX + 1], tb[SESSION_TOKEN_HEX + 1];

	session_new_id(a);
	session_new_id(b);
	session_token(*state, a, ta);
	session_token(*state, b, tb);
	assert_string_not_equal(ta, tb);
	assert_null(strstr(ta, a)); /* tells nothing of the cookie */
	assert_true(session_token_ok(*state, a, ta));
	assert_false(session_token_ok(*state, a, tb));
	assert_false(session_token_ok(*state, a, NULL));
	assert_false(session_token_ok(*state, a, ""));
	assert_false(session_token_ok(other, a, ta)); /* another process */
	ta[SESSION_TOKEN_HEX - 1] = ta[SESSION_TOKEN_HEX - 1] == 'a' ? 'b' : 'a';
	assert_false(session_token_ok(*state, a, ta));
	sessions_free(other);
}

static int
only_second(void *ctx, uint32_t phone)
{
	(void)ctx;
	return phone == 2;
}

static void
test_phones(void **state)
{
	struct session *s[3];
	char id[3][SESSION_ID_HEX + 1];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		assert_non_null(s[i] = session_begin(*state, "a", 1000));
		s[i]->phone = i; /* 0: on the device itself */
		(void)strcpy(id[i], s[i]->id);
		session_let_go(*state, s[i]);
	}
	session_end_phones(*state, only_second, NULL);
	assert_int_equal(ended, 1);
	for (i = 0; i < 3; i++) {
		s[i] = session_hold(*state, id[i], 1000);
		assert_int_equal(s[i] != NULL, i != 1);
		session_let_go(*state, s[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, setup, teardown), cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_day, setup, teardown), cmocka_unit_test_setup_teardown(test_expire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown), cmocka_unit_test_setup_teardown(test_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tokens, setup, teardown), cmocka_unit_test_setup_teardown(test_phones, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
