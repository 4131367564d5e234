/* Goal: json_scan() lets nothing pass that two readers could take for two things; JSONTestSuite is judged file by file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "tests/lib/vectors.h"

#define SUITE_DEPTH 1000U /* JSONTestSuite nests 500 deep in a file that may be accepted */
#define FILES_MAX 1000

static int
scan(const char *text, unsigned flags)
{
	return json_scan(text, strlen(text), JSON_DEPTH_MAX, flags, NULL);
}

static void
accepts(const char *text, unsigned flags)
{
	struct err e;

	if (json_scan(text, strlen(text), JSON_DEPTH_MAX, flags, &e) != 0)
		fail_msg("refused %s: %s", text, e.text);
}

static void
refuses(const char *text, unsigned flags, const char *why)
{
	struct err e = { "" };

	if (json_scan(text, strlen(text), JSON_DEPTH_MAX, flags, &e) == 0)
		fail_msg("accepted %s", text);
	if (strstr(e.text, why) == NULL)
		fail_msg("%s: said \"%s\", not \"%s\"", text, e.text, why);
}

/* Files whose first letter does not decide: i_ (free), and the y_ files that a rule of ours refuses. */
static const struct {
	const char *name;
	int want;
} decided[] = {
	/* rule: no escaped NUL, no duplicate keys */
	{ "y_object_duplicated_key.json", -1 },
	{ "y_object_duplicated_key_and_value.json", -1 },
	{ "y_object_escaped_null_in_key.json", -1 },
	{ "y_string_null_escape.json", -1 },
	/* rule: a number with fraction or exponent has no range here; JSON_NO_FLOAT refuses it where it matters */
	{ "i_number_double_huge_neg_exp.json", 0 },
	{ "i_number_huge_exp.json", 0 },
	{ "i_number_neg_int_huge_exp.json", 0 },
	{ "i_number_pos_double_huge_exp.json", 0 },
	{ "i_number_real_neg_overflow.json", 0 },
	{ "i_number_real_pos_overflow.json", 0 },
	{ "i_number_real_underflow.json", 0 },
	/* rule: nesting up to the depth asked for */
	{ "i_structure_500_nested_arrays.json", 0 },
	/* every other i_ file breaks a rule: integers within 2^53-1, surrogates paired, well-formed UTF-8, no byte-order mark */
};

static int
expected(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(decided) / sizeof(decided[0]); i++)
		if (strcmp(name, decided[i].name) == 0)
			return decided[i].want;
	return name[0] == 'y' ? 0 : -1;
}

static void
json_test_suite(void **state)
{
	char dir[4096], path[4096];
	const char *vectors = vectors_dir();
	char **names;
	size_t n, i, seen[256] = { 0 };
	struct buf b;
	struct err e;

	(void)state;
	if (vectors == NULL || file_path(dir, sizeof(dir), vectors, "json/test_parsing") != 0 || !file_exists(dir))
		skip();
	assert_int_equal(file_names(dir, &names, &n, FILES_MAX, &e), 0);
	buf_init(&b, 1 << 20);
	for (i = 0; i < n; i++) {
		assert_int_equal(file_path(path, sizeof(path), dir, names[i]), 0);
		buf_reset(&b);
		assert_int_equal(file_read(path, &b, &e), 0);
		e.text[0] = '\0';
		if (json_scan(b.data, b.len, SUITE_DEPTH, 0, &e) != expected(names[i]))
			fail_msg("%s: wrong verdict (%s)", names[i], e.text);
		seen[(unsigned char)names[i][0]]++;
	}
	assert_true(seen['y'] >= 90 && seen['n'] >= 180 && seen['i'] >= 30);
	file_names_free(names, n);
	buf_free(&b);
}

static void
rules(void **state)
{
	(void)state;
	accepts("{\"a\":[1,-2,0.5,1e3,true,false,null,\"x\"],\"b\":{}}", 0);
	accepts(" [ 1 , 2 ] ", 0);
	accepts("\"\\ud834\\udd1e \\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u4e2d\"", 0);
	refuses("", 0, "ends");
	refuses("\xef\xbb\xbf{}", 0, "byte-order mark");
	refuses("\"\xff\"", 0, "UTF-8");
	refuses("\"\xed\xa0\x80\"", 0, "UTF-8");
	refuses("\"\\u0000\"", 0, "NUL");
	refuses("\"\\ud834\"", 0, "surrogate");
	refuses("\"\\ud834\\u0041\"", 0, "surrogate");
	refuses("\"\\udd1e\\ud834\"", 0, "surrogate");
	refuses("\"\\ud834\\udd1\"", 0, "surrogate");
	refuses("\"\\x41\"", 0, "escape");
	refuses("\"a\nb\"", 0, "control");
	refuses("\"abc", 0, "quote");
	refuses("\"abc\\", 0, "quote");
	refuses("{} {}", 0, "more after");
	refuses("[1,]", 0, "value");
	refuses("[,1]", 0, "value");
	refuses("{\"a\":1,}", 0, "key");
	refuses("{\"a\" 1}", 0, "':'");
	refuses("[1 2]", 0, "','");
	refuses("01", 0, "leading zero");
	refuses("1.", 0, "point");
	refuses("1e", 0, "exponent");
	refuses("-", 0, "value");
	refuses("tru", 0, "value");
	assert_int_equal(json_scan("\"a\0b\"", 5, 1, 0, NULL), -1);
	assert_int_equal(json_scan("1\0", 2, 1, 0, NULL), -1);
	assert_int_equal(json_scan(NULL, 0, 1, 0, NULL), -1);
}

static void
flags(void **state)
{
	(void)state;
	accepts("{\"a\":[1,2],\"b c\":\" \"}", JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT);
	refuses("{ \"a\":1}", JSON_COMPACT, "white space");
	refuses("{\"a\" :1}", JSON_COMPACT, "white space");
	refuses("{\"a\": 1}", JSON_COMPACT, "white space");
	refuses("{\"a\":1 }", JSON_COMPACT, "white space");
	refuses("[1,\n2]", JSON_COMPACT, "white space");
	refuses("[ ]", JSON_COMPACT, "white space");
	refuses("{}\n", JSON_COMPACT, "white space");
	refuses("\t{}", JSON_COMPACT, "white space");
	refuses("[1.0]", JSON_NO_FLOAT, "integer");
	refuses("[1e2]", JSON_NO_FLOAT, "integer");
	refuses("[-0]", JSON_NO_FLOAT, "-0");
	accepts("[-0]", 0);
	refuses("[]", JSON_OBJECT, "object");
	refuses("\"{}\"", JSON_OBJECT, "object");
	refuses("", JSON_OBJECT, "object");
	accepts(" {}", JSON_OBJECT);
}

static void
integers(void **state)
{
	(void)state;
	accepts("[9007199254740991,-9007199254740991,0]", JSON_NO_FLOAT);
	refuses("9007199254740992", 0, "2^53-1");
	refuses("-9007199254740992", 0, "2^53-1");
	refuses("18446744073709551616", 0, "2^53-1");
	refuses("123456789012345678901234567890", 0, "2^53-1");
}

static void
depth(void **state)
{
	static const char open[] = "[[[[[[[[[[[[[[[[", close[] = "]]]]]]]]]]]]]]]]";
	char text[64];
	char *deep = malloc(1000000);

	(void)state;
	(void)snprintf(text, sizeof(text), "%s1%s", open, close);
	accepts(text, 0);
	(void)snprintf(text, sizeof(text), "[%s%s]", open, close);
	refuses(text, 0, "deep");
	(void)snprintf(text, sizeof(text), "%.15s{\"a\":{}}%.15s", open, close);
	refuses(text, 0, "deep");
	assert_int_equal(json_scan("1", 1, 0, 0, NULL), 0);
	assert_int_equal(json_scan("[]", 2, 0, 0, NULL), -1);
	assert_int_equal(json_scan("[[],[],{\"a\":[]}]", 16, 3, 0, NULL), 0);
	assert_non_null(deep);
	memset(deep, '[', 1000000);
	assert_int_equal(json_scan(deep, 1000000, JSON_DEPTH_MAX, 0, NULL), -1);
	free(deep);
}

static void
duplicate_keys(void **state)
{
	(void)state;
	refuses("{\"a\":1,\"b\":2,\"a\":3}", 0, "duplicate");
	refuses("{\"a\":1,\"\\u0061\":2}", 0, "duplicate");
	refuses("{\"\\u4E2d\":1,\"\xe4\xb8\xad\":2}", 0, "duplicate");
	refuses("{\"\\ud834\\udd1e\":1,\"\xf0\x9d\x84\x9e\":2}", 0, "duplicate");
	refuses("{\"\\n\":1,\"\\u000a\":2}", 0, "duplicate");
	refuses("{\"\\/\":1,\"/\":2}", 0, "duplicate");
	refuses("{\"\\\\\":1,\"\\u005c\":2}", 0, "duplicate");
	refuses("{\"\\\"\":1,\"\\u0022\":2}", 0, "duplicate");
	refuses("{\"\":1,\"\":2}", 0, "duplicate");
	refuses("[{\"x\":{\"a\":1,\"a\":2}}]", 0, "duplicate");
	refuses("{\"a\":{\"b\":1},\"c\":[{\"a\":1}],\"a\":2}", 0, "duplicate");
	accepts("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}", 0);
	accepts("{\"a\":1,\"A\":2,\"aa\":3,\"\":4,\"\\\\u0061\":5,\"n\":6,\"\\n\":7}", 0);
}

static char *
many_keys(size_t keys, size_t width, int twice)
{
	char *text = malloc(keys * (width + 8) + 16), *p = text;
	size_t i;

	assert_non_null(text);
	*p++ = '{';
	for (i = 0; i < keys; i++)
		p += sprintf(p, "%s\"%0*zu\":0", i ? "," : "", (int)width, twice && i == keys - 1 ? 0 : i);
	memcpy(p, "}", 2);
	return text;
}

/* Objects that are nothing but keys; quadratic work on the second would take minutes. */
static void
hostile_objects(void **state)
{
	char *text;

	(void)state;
	text = many_keys(6000, 4, 0);
	assert_int_equal(scan(text, JSON_COMPACT), 0);
	free(text);
	text = many_keys(200000, 6, 0);
	assert_int_equal(scan(text, 0), 0);
	free(text);
	text = many_keys(200000, 6, 1);
	assert_int_equal(scan(text, 0), -1);
	free(text);
	text = many_keys(2000, 1000, 0); /* long common prefixes */
	assert_int_equal(scan(text, 0), 0);
	free(text);
}

/* A good text cut anywhere is refused, and any byte changed in it is survived. */
static void
cut_and_changed(void **state)
{
	static const char good[] = "{\"a\":[1,-2.5e+3,true,null,\"\\ud834\\udd1e\xe6\x9d\x91\\n\"],\"b\":{\"c\":false}}";
	size_t n = sizeof(good) - 1, i;
	char *copy;
	unsigned c;

	(void)state;
	assert_int_equal(json_scan(good, n, 4, 0, NULL), 0);
	for (i = 0; i < n; i++) {
		copy = malloc(i + 1); /* no byte more: the sanitizer sees a read beyond */
		assert_non_null(copy);
		memcpy(copy, good, i);
		assert_int_equal(json_scan(copy, i, 4, 0, NULL), -1);
		free(copy);
	}
	copy = malloc(n);
	assert_non_null(copy);
	for (i = 0; i < n; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(copy, good, n);
			copy[i] = (char)c;
			(void)json_scan(copy, n, 4, 0, NULL);
		}
	}
	free(copy);
}

static void
parse_and_get(void **state)
{
	static const char large[] = "{\"a\":1e300,\"b\":9007199254740992.0,\"c\":1e400}";
	static const char text[] = "{\"s\":\"x\",\"S\":\"y\",\"i\":-9007199254740991,\"f\":1.5,\"n\":null,\"z\":0}";
	struct err e;
	cJSON *t = json_parse(text, sizeof(text) - 1, JSON_OBJECT, &e);
	int64_t v;

	(void)state;
	assert_non_null(t);
	assert_string_equal(json_string(t, "s"), "x");
	assert_string_equal(json_string(t, "S"), "y");
	assert_null(json_string(t, "i"));
	assert_null(json_string(t, "none"));
	assert_null(json_string(NULL, "s"));
	assert_int_equal(json_int(t, "i", &v), 0);
	assert_true(v == -JSON_INT_MAX);
	assert_int_equal(json_int(t, "z", &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(json_int(t, "f", &v), -1);
	assert_int_equal(json_int(t, "s", &v), -1);
	assert_int_equal(json_int(t, "n", &v), -1);
	assert_int_equal(json_int(t, "none", &v), -1);
	cJSON_Delete(t);
	t = json_parse(large, sizeof(large) - 1, 0, &e);
	assert_non_null(t);
	assert_int_equal(json_int(t, "a", &v), -1);
	assert_int_equal(json_int(t, "b", &v), -1);
	assert_int_equal(json_int(t, "c", &v), -1);
	cJSON_Delete(t);
	assert_null(json_parse("{\"a\":1,\"a\":2}", 13, 0, &e));
	assert_string_equal(e.text, "JSON, byte 8: duplicate key");
	assert_null(json_parse("[", 1, 0, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_test_suite),
	    cmocka_unit_test(rules),
	    cmocka_unit_test(flags),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(duplicate_keys),
	    cmocka_unit_test(hostile_objects),
	    cmocka_unit_test(cut_and_changed),
	    cmocka_unit_test(parse_and_get),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
