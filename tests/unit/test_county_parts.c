/* Goal: CSV is read as RFC 4180 says and refused by row, tables keep their columns under wide characters, JSON escapes, a set of hashes holds what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "county/hashset.h"
#include "county/cmd/out.h"

/* The rows as "cell|cell/cell|cell/", or the error. */
static const char *
rows(const char *text)
{
	static char out[1024];
	struct csv c;
	struct err e = { "" };
	char *copy = strdup(text);
	size_t i, n = 0;
	int rc;

	assert_non_null(copy);
	out[0] = '\0';
	if (csv_init(&c, copy, strlen(text), &e) != 0) {
		(void)snprintf(out, sizeof(out), "%s", e.text);
		free(copy);
		return out;
	}
	while ((rc = csv_row(&c, &e)) == 1)
		for (i = 0; i < c.n; i++)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", c.cell[i], i + 1 < c.n ? "|" : "/");
	if (rc < 0)
		(void)snprintf(out, sizeof(out), "%s", e.text);
	free(copy);
	return out;
}

static void
test_csv(void **state)
{
	(void)state;
	assert_string_equal(rows(""), "");
	assert_string_equal(rows("a,b\nc,d\n"), "a|b/c|d/");
	assert_string_equal(rows("a,b\r\nc,d"), "a|b/c|d/");
	assert_string_equal(rows("\xef\xbb\xbf" "a,b\n"), "a|b/");
	assert_string_equal(rows("\"a,b\",\"say \"\"x\"\"\"\n"), "a,b|say \"x\"/");
	assert_string_equal(rows("\"two\nlines\",x\n"), "two\nlines|x/");
	assert_string_equal(rows("a,,\n\n\nb,,\n"), "a||/b||/");
	assert_string_equal(rows(",\n"), "|/");
	assert_string_equal(rows("\"\"\n"), "");
	assert_string_equal(rows("村,名\n"), "村|名/");
}

static void
test_csv_refused(void **state)
{
	(void)state;
	assert_non_null(strstr(rows("a,b\n\"open,c\n"), "row 2"));
	assert_non_null(strstr(rows("a\n\"x\"y\n"), "row 2: text behind"));
	assert_non_null(strstr(rows("a\nx\"y\n"), "row 2: a quote"));
	assert_non_null(strstr(rows("a\n\xff\n"), "UTF-8"));
	assert_non_null(strstr(rows("a\n1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,"
	    "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5\n"), "row 2: more than"));
}

static void
test_width(void **state)
{
	struct table t;
	struct buf b;

	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("三石镇"), 6);
	assert_int_equal(text_width("（a）"), 5);
	assert_int_equal(text_width("é"), 1);
	assert_int_equal(text_width("\xf0\xa0\x80\x80"), 2);
	table_init(&t, 3, 1U << 1);
	table_add(&t, "place");
	table_add(&t, "n");
	table_add(&t, "x");
	table_add(&t, "三石镇");
	table_add_u64(&t, 12);
	table_add(&t, "y");
	buf_init(&b, 1000);
	assert_int_equal(table_print(&t, &b), 0);
	assert_string_equal(buf_str(&b), "place    n  x\n三石镇  12  y\n");
	buf_free(&b);
	table_free(&t);
}

static void
test_json(void **state)
{
	struct buf b;
	cJSON *o;
	struct err e;

	(void)state;
	buf_init(&b, 4096);
	json_begin(&b);
	json_put_str(&b, "a\"", "x\\\"\n\t\x01\x7f村{");
	json_put_u64(&b, "n", 9007199254740991);
	json_put_i64(&b, "m", -5);
	json_put_bool(&b, "t", 1);
	json_put_null(&b, "z");
	json_put_hex(&b, "h", (const uint8_t *)"\x01\xff", 2);
	json_put_b64(&b, "b", (const uint8_t *)"\x01\xff", 2);
	json_end(&b);
	if ((o = json_parse(b.data, b.len, JSON_OBJECT, &e)) == NULL)
		fail_msg("%s: %s", e.text, buf_str(&b));
	assert_string_equal(json_string(o, "a\""), "x\\\"\n\t\x01\x7f村{");
	assert_string_equal(json_string(o, "h"), "01ff");
	assert_string_equal(json_string(o, "b"), "Af8=");
	cJSON_Delete(o);
	buf_free(&b);
}

static void
test_hashset(void **state)
{
	struct hashset s;
	uint8_t h[HASH_LEN];
	unsigned i;

	(void)state;
	hashset_init(&s);
	memset(h, 0, sizeof(h));
	assert_int_equal(hashset_has(&s, h), 0);
	for (i = 0; i < 5000; i++) {
		/* alike in the bytes that choose the slot, for half of them */
		memcpy(h + (i % 2 ? 0 : 16), &i, sizeof(i));
		assert_int_equal(hashset_add(&s, h), 1);
		assert_int_equal(hashset_add(&s, h), 0);
		memset(h, 0, sizeof(h));
	}
	assert_int_equal(s.n, 5000);
	for (i = 0; i < 6000; i++) {
		memcpy(h + (i % 2 ? 0 : 16), &i, sizeof(i));
		assert_int_equal(hashset_has(&s, h), i < 5000);
		memset(h, 0, sizeof(h));
	}
	hashset_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv), cmocka_unit_test(test_csv_refused), cmocka_unit_test(test_width), cmocka_unit_test(test_json),
		cmocka_unit_test(test_hashset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
