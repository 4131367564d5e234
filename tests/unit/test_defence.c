/* Goal of this test: no site but our own reaches the page, whatever name it goes by; our own pages, typed addresses and old browsers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/page/defence.h"

#define HOST "127.0.0.1:8470"
#define OURS "http://" HOST

static const struct row {
	enum defence_answer want;
	struct defence_head h;     /* method, path, host, origin, site, mode, dest */
} rows[] = {
	/* names */
	{ DEFENCE_GOOD, { "GET", "/", HOST, NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_GOOD, { "GET", "/", "localhost:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_GOOD, { "GET", "/", "LocalHost:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_GOOD, { "GET", "/", "[::1]:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", NULL, NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "127.0.0.1", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "127.0.0.1:8471", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "127.0.0.1:84700", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "127.0.0.1.evil.example:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "evil.example:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "GET", "/", "localhost.:8470", NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_HOST, { "POST", "/sign-in", "evil.example:8470", "http://evil.example:8470", "same-origin", "navigate", "document", 0 } },
	/* unsafe */
	{ DEFENCE_GOOD, { "POST", "/sign-in", HOST, OURS, "same-origin", "navigate", "document", 0 } },
	{ DEFENCE_GOOD, { "POST", "/sign-in", HOST, OURS, NULL, NULL, NULL, 0 } },
	{ DEFENCE_GOOD, { "POST", "/sign-in", HOST, NULL, "same-origin", "navigate", "document", 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, NULL, NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "null", NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "null", "same-origin", NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "http://evil.example", NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "https://" HOST, NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "http://localhost:8470", NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, "http://127.0.0.1:8471", NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, OURS ".evil.example", NULL, NULL, NULL, 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, OURS, "cross-site", "navigate", "document", 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, OURS, "same-site", "cors", "empty", 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/", HOST, NULL, "cross-site", "navigate", "document", 0 } },
	{ DEFENCE_ORIGIN, { "POST", "/sign-in", HOST, NULL, "none", "navigate", "document", 0 } },
	{ DEFENCE_ORIGIN, { "DELETE", "/", HOST, NULL, NULL, NULL, NULL, 0 } },
	/* programs */
	{ DEFENCE_GOOD, { "POST", "/submission", HOST, NULL, NULL, NULL, NULL, 1 } },
	{ DEFENCE_ORIGIN, { "POST", "/submission", HOST, "http://evil.example", NULL, NULL, NULL, 1 } },
	{ DEFENCE_ORIGIN, { "POST", "/submission", HOST, NULL, "cross-site", "no-cors", "empty", 1 } },
	/* safe */
	{ DEFENCE_GOOD, { "GET", "/people", HOST, NULL, "same-origin", "navigate", "document", 0 } },
	{ DEFENCE_GOOD, { "GET", "/photo/x", HOST, NULL, "same-origin", "no-cors", "image", 0 } },
	{ DEFENCE_GOOD, { "GET", "/people", HOST, NULL, "none", "navigate", "document", 0 } },
	{ DEFENCE_CONTINUE, { "GET", "/", HOST, NULL, "cross-site", "navigate", "document", 0 } },
	{ DEFENCE_CONTINUE, { "GET", "/", HOST, NULL, "same-site", "navigate", "document", 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, NULL, "cross-site", "navigate", "iframe", 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, NULL, "same-origin", "navigate", "iframe", 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, NULL, "cross-site", "no-cors", "image", 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, NULL, "cross-site", NULL, NULL, 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, NULL, "cross-site", "websocket", "empty", 0 } },
	{ DEFENCE_SITE, { "GET", "/people", HOST, NULL, "cross-site", "navigate", "document", 0 } },
	{ DEFENCE_SITE, { "GET", "/people", HOST, NULL, "same-site", "navigate", "document", 0 } },
	{ DEFENCE_SITE, { "GET", "/people", HOST, NULL, "sideways", "navigate", "document", 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, "http://evil.example", NULL, NULL, NULL, 0 } },
	{ DEFENCE_SITE, { "GET", "/", HOST, "null", "none", "navigate", "document", 0 } },
	{ DEFENCE_SITE, { "HEAD", "/", HOST, NULL, "cross-site", "no-cors", "script", 0 } },
};

static void
test_rows(void **state)
{
	struct defence d;
	size_t i;

	(void)state;
	defence_init(&d, HOST, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (defence_judge(&d, &rows[i].h) != rows[i].want)
			fail_msg("row %zu: %s %s of %s: %d", i, rows[i].h.method, rows[i].h.path, rows[i].h.host ? rows[i].h.host : "none", (int)defence_judge(&d, &rows[i].h));
}

static void
test_names(void **state)
{
	struct defence_head h = { "GET", "/", "localhost", NULL, NULL, NULL, NULL, 0 };
	struct defence d;

	(void)state;
	defence_init(&d, "127.0.0.1:80", 0);
	assert_int_equal(defence_judge(&d, &h), DEFENCE_GOOD); /* browsers leave out the usual port */
	defence_init(&d, "127.0.0.1:443", 1);
	assert_int_equal(defence_judge(&d, &h), DEFENCE_GOOD);
	h.method = "POST";
	h.origin = "https://localhost";
	assert_int_equal(defence_judge(&d, &h), DEFENCE_GOOD);
	h.origin = "http://localhost";
	assert_int_equal(defence_judge(&d, &h), DEFENCE_ORIGIN);
	/* on the village's network only the names that were given */
	defence_init(&d, "192.168.8.2:8470", 0);
	h = (struct defence_head){ "GET", "/", "localhost:8470", NULL, NULL, NULL, NULL, 0 };
	assert_int_equal(defence_judge(&d, &h), DEFENCE_HOST);
	h.host = "192.168.8.2:8470";
	assert_int_equal(defence_judge(&d, &h), DEFENCE_GOOD);
	assert_int_equal(defence_add(&d, "village.lan:8470"), 0);
	h.host = "village.lan:8470";
	assert_int_equal(defence_judge(&d, &h), DEFENCE_GOOD);
}

static void
test_words(void **state)
{
	(void)state;
	assert_true(strlen(defence_words(DEFENCE_HOST)) > 0);
	assert_true(strlen(defence_words(DEFENCE_ORIGIN)) > 0);
	assert_true(strlen(defence_words(DEFENCE_SITE)) > 0);
	assert_string_equal(defence_words(DEFENCE_GOOD), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_names), cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
