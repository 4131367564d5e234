#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/tree.h"
#include "tests/lib/maker.h"

static char dir[128], a[160], b[160];

static int
setup(void **state)
{
	(void)state;
	if (maker_tmp(dir, sizeof(dir)) != 0)
		return -1;
	(void)snprintf(a, sizeof(a), "%s/a", dir);
	(void)snprintf(b, sizeof(b), "%s/b", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	maker_rm(dir);
	return 0;
}

static void
put(const char *name, const char *text, unsigned mode)
{
	struct err e;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", a, name);
	assert_int_equal(file_create(path, text, strlen(text), mode, &e), 0);
}

static void
copies_a_folder(void **state)
{
	struct err e = {""};
	struct buf got;
	struct stat st;
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/in/deeper", a);
	assert_int_equal(file_mkdirs(path, 0700, &e), 0);
	put("in/deeper/x", "hello", 0640);
	put("y", "", 0600);
	assert_int_equal(tree_copy(a, b, &e), 0);
	(void)snprintf(path, sizeof(path), "%s/in/deeper/x", b);
	buf_init(&got, 100);
	assert_int_equal(file_read(path, &got, &e), 0);
	assert_string_equal(buf_str(&got), "hello");
	buf_free(&got);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* never over something */
	assert_int_equal(tree_copy(a, b, &e), -1);
	assert_non_null(strstr(e.text, b));
	assert_int_equal(tree_remove(b, &e), 0);
	assert_false(file_exists(b));
	assert_int_equal(tree_remove(b, &e), 0);
}

static void
links_are_not_followed(void **state)
{
	struct err e = {""};
	char path[256];

	(void)state;
	assert_int_equal(file_mkdirs(a, 0700, &e), 0);
	assert_int_equal(file_mkdirs(b, 0700, &e), 0);
	put("kept", "k", 0600);
	(void)snprintf(path, sizeof(path), "%s/link", b);
	assert_int_equal(symlink(a, path), 0);
	(void)snprintf(path, sizeof(path), "%s/c", dir);
	assert_int_equal(tree_copy(b, path, &e), -1);
	assert_int_equal(tree_remove(b, &e), 0);
	(void)snprintf(path, sizeof(path), "%s/kept", a);
	assert_true(file_exists(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copies_a_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_not_followed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
