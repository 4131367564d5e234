/* Goal of this test: a link lets one phone in, once and for a quarter of an hour; a phone stays paired through restarts and damage, or is out, but a
 * revoked one never comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/people/phones.h"
#include "base/buf.h"
#include "base/file.h"
#include "crypto/sign.h"

#define NOW INT64_C(5000000)

static char dir[64];

static int
setup(void **state)
{
	(void)state;
	(void)strcpy(dir, "/tmp/tally-phones.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static char *
at(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(at("phones"));
	(void)unlink(at("phones.new"));
	(void)unlink(at("phones.previous"));
	return rmdir(dir);
}

static struct phones *
open_them(int whole)
{
	struct err e;
	struct phones *p = phones_open(dir, &e);

	assert_non_null(p);
	assert_int_equal(e.text[0] == '\0', whole);
	return p;
}

static void
pair(struct phones *p, const char *name, char secret[PHONE_SECRET_HEX + 1])
{
	char link[PHONE_LINK_HEX + 1];
	struct err e;

	assert_int_equal(phones_invite(p, name, NOW, link, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW + 1, 77, secret, &e), 1);
}

/* A sector goes bad in the middle of it. */
static void
damage(const char *name)
{
	FILE *f = fopen(at(name), "r+");

	assert_non_null(f);
	assert_int_equal(fseek(f, 12, SEEK_SET), 0);
	assert_int_equal(fputs("####", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static void
once(void **state)
{
	char link[PHONE_LINK_HEX + 1], secret[PHONE_SECRET_HEX + 1], more[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct phone who;
	struct buf b;
	struct err e;

	(void)state;
	assert_int_equal(phones_invite(p, "李四的手机", NOW, link, &e), 0);
	assert_int_equal(strlen(link), PHONE_LINK_HEX);
	assert_int_equal(phones_pair(p, "", NOW, 0, secret, &e), 0);
	assert_int_equal(phones_pair(p, "00000000000000000000000000000000", NOW, 0, secret, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW + 1, 77, secret, &e), 1);
	assert_int_equal(phones_pair(p, link, NOW + 2, 78, more, &e), 0);
	assert_int_equal(phones_find(p, secret, &who), 1);
	assert_int_equal(who.number, 1);
	assert_int_equal(who.since, 77);
	assert_string_equal(who.name, "李四的手机");
	assert_int_equal(phones_find(p, "", &who), 0);
	secret[0] = secret[0] == 'a' ? 'b' : 'a';
	assert_int_equal(phones_find(p, secret, &who), 0);
	/* what is on the disk opens nothing */
	buf_init(&b, 65536);
	assert_int_equal(file_read(at("phones"), &b, &e), 0);
	assert_null(strstr(buf_str(&b), secret + 1));
	assert_null(strstr(buf_str(&b), link));
	buf_free(&b);
	phones_free(p);
}

static void
quarter_hour(void **state)
{
	char link[PHONE_LINK_HEX + 1], secret[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct err e;

	(void)state;
	assert_int_equal(phones_invite(p, "", NOW, link, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW + PHONE_LINK_MS, 0, secret, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW, 0, secret, &e), 0); /* over is over */
	assert_int_equal(phones_invite(p, "", NOW, link, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW + PHONE_LINK_MS - 1, 0, secret, &e), 1);
	/* a clock of another boot */
	assert_int_equal(phones_invite(p, "", NOW, link, &e), 0);
	assert_int_equal(phones_pair(p, link, NOW - 1, 0, secret, &e), 0);
	/* a restart voids links */
	assert_int_equal(phones_invite(p, "", NOW, link, &e), 0);
	phones_free(p);
	p = open_them(1);
	assert_int_equal(phones_pair(p, link, NOW + 1, 0, secret, &e), 0);
	phones_free(p);
}

static void
links_bounded(void **state)
{
	char link[PHONE_LINKS_MAX + 1][PHONE_LINK_HEX + 1], secret[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct err e;
	int i;

	(void)state;
	for (i = 0; i <= PHONE_LINKS_MAX; i++)
		assert_int_equal(phones_invite(p, "", NOW + i, link[i], &e), 0);
	assert_int_equal(phones_pair(p, link[0], NOW + 20, 0, secret, &e), 0); /* the oldest made room */
	for (i = 1; i <= PHONE_LINKS_MAX; i++)
		assert_int_equal(phones_pair(p, link[i], NOW + 20, 0, secret, &e), 1);
	phones_free(p);
}

static void
restart(void **state)
{
	char a[PHONE_SECRET_HEX + 1], b[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct phone who, all[PHONES_MAX];
	struct err e;

	(void)state;
	pair(p, "two words", a);
	pair(p, "", b);
	phones_free(p);
	p = open_them(1);
	assert_int_equal(phones_find(p, a, &who), 1);
	assert_string_equal(who.name, "two words");
	assert_int_equal(phones_find(p, b, &who), 1);
	assert_int_equal(phones_list(p, all), 2);
	assert_int_equal(phones_revoke(p, 2, &e), 1);
	assert_int_equal(phones_revoke(p, 2, &e), 0);
	assert_int_equal(phones_find(p, b, &who), 0);
	phones_free(p);
	p = open_them(1);
	assert_int_equal(phones_find(p, b, &who), 0);
	assert_int_equal(phones_find(p, a, &who), 1);
	pair(p, "", b); /* a number is not given twice */
	assert_int_equal(phones_find(p, b, &who), 1);
	assert_int_equal(who.number, 3);
	phones_free(p);
}

static void
damaged(void **state)
{
	char a[PHONE_SECRET_HEX + 1], b[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct phone who;
	struct err e;

	(void)state;
	pair(p, "", a);
	pair(p, "", b);
	assert_int_equal(phones_revoke(p, 2, &e), 1);
	phones_free(p);
	damage("phones"); /* the previous copy: the revoked one is not in it either */
	p = open_them(0);
	assert_int_equal(phones_find(p, a, &who), 1);
	assert_int_equal(phones_find(p, b, &who), 0);
	phones_free(p);
	damage("phones.previous"); /* nothing is whole: nobody is let in, and phones can be paired again */
	p = open_them(0);
	assert_int_equal(phones_find(p, a, &who), 0);
	pair(p, "", a);
	phones_free(p);
	p = open_them(1);
	assert_int_equal(phones_find(p, a, &who), 1);
	phones_free(p);
}

static void
bounds(void **state)
{
	char secret[PHONE_SECRET_HEX + 1], link[PHONE_LINK_HEX + 1], kept[PHONE_LINK_HEX + 1], long_name[PHONE_NAME_MAX + 2];
	struct phones *p = open_them(1);
	struct err e;
	int i;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(phones_invite(p, long_name, NOW, link, &e), -1);
	assert_int_equal(phones_invite(p, "a\nb", NOW, link, &e), -1);
	assert_int_equal(phones_invite(p, "\xff", NOW, link, &e), -1);
	assert_int_equal(phones_invite(p, "", NOW, kept, &e), 0);
	for (i = 0; i < PHONES_MAX; i++)
		pair(p, "", secret);
	assert_int_equal(phones_invite(p, "", NOW, link, &e), -1);
	assert_int_equal(phones_pair(p, kept, NOW, 0, secret, &e), -1);
	assert_int_equal(phones_revoke(p, 5, &e), 1);
	assert_int_equal(phones_pair(p, kept, NOW, 0, secret, &e), 1); /* the link stayed */
	phones_free(p);
}

static struct phone
who_for(uint32_t number, const char *user, const char *place)
{
	struct phone x = { .number = number, .name = "Collect" };

	(void)strcpy(x.user, user);
	(void)strcpy(x.place, place);
	return x;
}

/* A token is bound to a cadre and a place; another one, or revoking, ends it for good. */
static void
tokens(void **state)
{
	char token[PHONE_TOKEN_HEX + 1], next[PHONE_TOKEN_HEX + 1], secret[PHONE_SECRET_HEX + 1];
	struct phones *p = open_them(1);
	struct phone x = who_for(0, "wang", "451224102"), who;
	struct buf b;
	struct err e;

	(void)state;
	pair(p, "browser", secret);
	assert_int_equal(phones_give_token(p, &x, token, &e), 1);
	assert_int_equal(x.number, 2);
	assert_int_equal(strlen(token), PHONE_TOKEN_HEX);
	assert_int_equal(phones_by_token(p, "", &who) + phones_by_token(p, secret, &who) + phones_find(p, token, &who), 0);
	phones_free(p);
	p = open_them(1);
	assert_int_equal(phones_by_token(p, token, &who), 1);
	assert_string_equal(who.user, "wang");
	assert_string_equal(who.place, "451224102");
	assert_string_equal(who.name, "Collect");
	x = who_for(1, "li", "");
	assert_int_equal(phones_give_token(p, &x, next, &e), 1); /* the browser's phone gets one too */
	assert_int_equal(phones_by_token(p, next, &who) == 1 && who.number == 1 && phones_find(p, secret, &who) == 1, 1);
	x = who_for(2, "li", "");
	assert_int_equal(phones_give_token(p, &x, next, &e), 1);
	assert_int_equal(phones_by_token(p, token, &who), 0);
	x = who_for(9, "li", "");
	assert_int_equal(phones_give_token(p, &x, token, &e), 0);
	assert_int_equal(phones_revoke(p, 2, &e), 1);
	assert_int_equal(phones_by_token(p, next, &who), 0);
	phones_free(p);
	damage("phones"); /* the copy before: neither the former token nor the revoked phone */
	p = open_them(0);
	assert_int_equal(phones_by_token(p, next, &who) + phones_by_token(p, token, &who), 0);
	assert_int_equal(phones_find(p, secret, &who), 1);
	buf_init(&b, 65536);
	assert_int_equal(file_read(at("phones.previous"), &b, &e), 0);
	assert_null(strstr(buf_str(&b), next));
	buf_free(&b);
	phones_free(p);
}

static void
text(void **state)
{
#define H "0101010101010101010101010101010101010101010101010101010101010101"
	static const char *const bad[] = { "", "phones 3 1\n", "phones 2 1\nphone 1 5 - - - - x\n", "phones 2 1\nphone 2 5 - " H " - - x\n", "phones 2 1\nphone 1 5 " H " - - - x",
		"phones 2 1\nphone 1 5 - " H " a/b - x\n", "phones 2 1\nphone 1 5 - " H " - 12345 x\n", "phones 2 1\nphone 1 5 - " H " -\n" };
	static const char good[] = "phones 2 3\nphone 1 5 " H " - - - two words\nphone 3 6 - " H " wang 451224 \n";
	struct phones_table t;
	struct buf b;
	size_t i;

	(void)state;
	assert_int_equal(phones_parse(&t, "phones 1 1\nphone 1 77 " H " old\n"), 0); /* before there were tokens */
	assert_int_equal(t.n == 1 && t.at[0].has_secret && !t.at[0].has_token && strcmp(t.at[0].name, "old") == 0, 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(phones_parse(&t, bad[i]), -1);
	assert_int_equal(phones_parse(&t, good), 0);
	buf_init(&b, 4096);
	phones_print(&b, &t);
	assert_string_equal(buf_str(&b), good);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(once, setup, teardown),
		cmocka_unit_test_setup_teardown(quarter_hour, setup, teardown),
		cmocka_unit_test_setup_teardown(links_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(restart, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens, setup, teardown),
		cmocka_unit_test(text),
	};
	struct err e;

	(void)cmocka_set_message_output(CM_OUTPUT_TAP);
	return crypto_init(&e) != 0 || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
