#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/address.h"
#include "web/share.h"

static struct share *
join(struct shares *ss, const char *text)
{
	struct sockaddr_storage a;

	assert_int_equal(address_parse(&a, text, NULL), 0);
	return share_join(ss, (const struct sockaddr *)&a);
}

/* All connections of one address together hold no more than its share; others are not hindered. */
static void
test_shares(void **state)
{
	struct shares *ss = shares_new(3, 100);
	struct share *a, *b, *six;

	(void)state;
	assert_non_null(ss);
	a = join(ss, "192.0.2.1:1000");
	assert_ptr_equal(join(ss, "192.0.2.1:2000"), a);
	assert_ptr_equal(join(ss, "[::ffff:192.0.2.1]:3000"), a);
	b = join(ss, "192.0.2.2:1000");
	six = join(ss, "[2001:db8:1:2::1]:1000");
	assert_ptr_equal(join(ss, "[2001:db8:1:2:ffff::2]:1000"), six);
	assert_true(a != b && a != six && b != six);
	assert_null(join(ss, "[2001:db8:1:3::1]:1000"));
	assert_int_equal(share_take(ss, a, 60), 1);
	assert_int_equal(share_take(ss, a, 41), 0);
	assert_int_equal(share_take(ss, a, 40), 1);
	assert_int_equal(share_take(ss, a, 1), 0);
	assert_int_equal(share_take(ss, b, 100), 1);
	share_give(a, 40);
	assert_int_equal(share_take(ss, a, 40), 1);
	/* room that was left is room for another */
	share_give(b, 100);
	share_leave(b);
	b = join(ss, "[2001:db8:1:3::1]:1000");
	assert_non_null(b);
	assert_int_equal(share_take(ss, b, 100), 1);
	assert_int_equal(share_take(ss, NULL, 1), 0);
	share_leave(NULL);
	share_give(NULL, 1);
	shares_free(ss);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_shares) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
