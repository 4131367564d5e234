/* Goal of this test: what a form posted is read strictly, within its limits, and as it was typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/formdata.h"

static int
parse(struct formdata *fd, const char *body)
{
	formdata_init(fd);
	return formdata_urlencoded(fd, body, strlen(body), NULL);
}

static void
test_pairs(void **state)
{
	const struct formfield *f;
	struct formdata fd;
	size_t at = 0;

	(void)state;
	assert_int_equal(parse(&fd, "who=a+b&&who=%E6%9D%8E%20%2b&empty=&bare&x=1=2"), 0);
	assert_int_equal(fd.n, 5);
	assert_string_equal(formdata_get(&fd, "who"), "a b");
	assert_non_null(formdata_next(&fd, "who", &at));
	f = formdata_next(&fd, "who", &at);
	assert_non_null(f);
	assert_string_equal(f->value, "李 +");
	assert_int_equal(f->len, 5);
	assert_null(formdata_next(&fd, "who", &at));
	assert_string_equal(formdata_get(&fd, "empty"), "");
	assert_string_equal(formdata_get(&fd, "bare"), "");
	assert_string_equal(formdata_get(&fd, "x"), "1=2");
	assert_null(formdata_get(&fd, "no"));
	formdata_free(&fd);
	assert_int_equal(fd.n, 0);
}

static void
test_nothing(void **state)
{
	struct formdata fd;

	(void)state;
	assert_int_equal(parse(&fd, ""), 0);
	assert_int_equal(fd.n, 0);
	formdata_free(&fd);
	formdata_free(NULL);
}

static void
test_line_ends(void **state)
{
	struct formdata fd;

	(void)state;
	assert_int_equal(parse(&fd, "t=a%0D%0Ab%0Dc%0Ad%0D"), 0);
	assert_string_equal(formdata_get(&fd, "t"), "a\nb\nc\nd\n");
	assert_int_equal(fd.field[0].len, 8);
	formdata_free(&fd);
}

static void
test_broken(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%4G", "a=%G0", "a=%00", "%00=a", "a=%FF", "a=%C0%80", "a=%ED%A0%80", "a=%2", "%=1" };
	struct formdata fd;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(&fd, bad[i]), -1);
		formdata_free(&fd);
	}
}

static char *
filled(char c, size_t n, const char *before)
{
	char *s = malloc(strlen(before) + n + 1);

	assert_non_null(s);
	(void)strcpy(s, before);
	memset(s + strlen(before), c, n);
	s[strlen(before) + n] = '\0';
	return s;
}

static void
test_limits(void **state)
{
	struct formdata fd;
	char *s;

	(void)state;
	s = filled('x', FORMDATA_TEXT_MAX, "a=");
	assert_int_equal(parse(&fd, s), 0);
	assert_int_equal(fd.field[0].len, FORMDATA_TEXT_MAX);
	formdata_free(&fd);
	free(s);
	s = filled('x', FORMDATA_TEXT_MAX + 1, "a=");
	assert_int_equal(parse(&fd, s), -1);
	formdata_free(&fd);
	free(s);
	s = filled('n', FORMDATA_NAME_MAX, "");
	assert_int_equal(parse(&fd, s), 0);
	formdata_free(&fd);
	free(s);
	s = filled('n', FORMDATA_NAME_MAX + 1, "");
	assert_int_equal(parse(&fd, s), -1);
	formdata_free(&fd);
	free(s);
}

static void
test_many(void **state)
{
	char *s = malloc(2 * (FORMDATA_FIELDS_MAX + 1) + 1);
	struct formdata fd;
	size_t i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i <= FORMDATA_FIELDS_MAX; i++)
		memcpy(s + 2 * i, "a&", 2);
	s[2 * FORMDATA_FIELDS_MAX] = '\0';
	assert_int_equal(parse(&fd, s), 0);
	assert_int_equal(fd.n, FORMDATA_FIELDS_MAX);
	formdata_free(&fd);
	s[2 * FORMDATA_FIELDS_MAX] = 'a';
	s[2 * FORMDATA_FIELDS_MAX + 1] = '\0';
	assert_int_equal(parse(&fd, s), -1);
	formdata_free(&fd);
	free(s);
}

static void
test_files(void **state)
{
	static const char bytes[] = "\xff\xd8\0\r\n";
	struct formdata fd;

	(void)state;
	formdata_init(&fd);
	assert_int_equal(formdata_add_text(&fd, "photo", 5, "typed", 5, NULL), 0);
	assert_int_equal(formdata_add_file(&fd, "photo", 5, "", 0, "", bytes, 0, NULL), 0);
	assert_null(formdata_file(&fd, "photo"));
	assert_int_equal(formdata_add_file(&fd, "photo", 5, "屋.jpg", 7, "image/jpeg", bytes, sizeof(bytes), NULL), 0);
	assert_ptr_equal(formdata_file(&fd, "photo")->value, bytes);
	assert_string_equal(formdata_file(&fd, "photo")->filename, "屋.jpg");
	assert_string_equal(formdata_file(&fd, "photo")->type, "image/jpeg");
	assert_string_equal(formdata_get(&fd, "photo"), "typed");
	assert_int_equal(formdata_add_file(&fd, "p", 1, "a\xff", 2, "", bytes, 1, NULL), -1);
	formdata_free(&fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pairs), cmocka_unit_test(test_nothing), cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_broken), cmocka_unit_test(test_limits), cmocka_unit_test(test_many), cmocka_unit_test(test_files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
