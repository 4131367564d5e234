/* Goal of this test: every text in the compiled table is found again, and what has no translation stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/tr.h"

static void
test_sorted(void **state)
{
	size_t i;

	(void)state;
	assert_true(tr_zh_n > 50);
	for (i = 1; i < tr_zh_n; i++)
		assert_true(strcmp(tr_zh[i - 1].en, tr_zh[i].en) < 0);
}

static void
test_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < tr_zh_n; i++) {
		assert_string_equal(tr("zh", tr_zh[i].en), tr_zh[i].zh);
		assert_string_equal(tr("en", tr_zh[i].en), tr_zh[i].en);
	}
	assert_string_equal(tr("zh", "Home"), "首页");
}

static void
test_unknown(void **state)
{
	static const char text[] = "no such text anywhere";

	(void)state;
	assert_ptr_equal(tr("zh", text), text);
	assert_ptr_equal(tr("en", text), text);
	assert_string_equal(tr("zh", ""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sorted), cmocka_unit_test(test_found), cmocka_unit_test(test_unknown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
