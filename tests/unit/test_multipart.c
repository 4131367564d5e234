/* Goal: forms with files, as browsers and curl send them, are taken apart exactly; what is cut off, ambiguous or beyond its limits is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "web/multipart.h"

#define B "----WebKitFormBoundaryAbC123"
#define FIELD(name, text) "--" B "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" text "\r\n"
#define END "--" B "--\r\n"

static const struct multipart_limits limits = { 4, 64, 256 };

static int
parse(struct multipart *m, const char *body, struct err *e)
{
	return multipart_parse(m, B, body, strlen(body), &limits, e);
}

static void
check_part(const struct multipart_part *p, const char *name, const char *filename, const char *type, const void *data, size_t n)
{
	assert_string_equal(p->name, name);
	if (filename == NULL)
		assert_null(p->filename);
	else
		assert_string_equal(p->filename, filename);
	assert_string_equal(p->type, type);
	assert_int_equal(p->len, n);
	assert_memory_equal(p->data, data, n);
}

static void
test_browser(void **state)
{
	static const char body[] = FIELD("date", "2026-10-28") FIELD("remark", "") "--" B
	    "\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"屋 \\\"1\\\".jpg\"\r\nContent-Type: Image/JPEG\r\n\r\n\xff\xd8\0\r\n--x\r\n\r\n" END;
	struct multipart m;
	struct err e = { "" };

	(void)state;
	assert_int_equal(multipart_parse(&m, B, body, sizeof(body) - 1, &limits, &e), 0);
	assert_int_equal(m.n, 3);
	check_part(&m.part[0], "date", NULL, "text/plain", "2026-10-28", 10);
	check_part(&m.part[1], "remark", NULL, "text/plain", "", 0);
	check_part(&m.part[2], "photo", "屋 \"1\".jpg", "image/jpeg", "\xff\xd8\0\r\n--x\r\n", 10);
	multipart_free(&m);
	assert_int_equal(m.n, 0);
}

/* The same with what other senders add: no line break at the end, a part's length, a charset, names without quotes. */
static void
test_others(void **state)
{
	static const char body[] = "--" B "\r\ncontent-disposition: FORM-DATA;name=a\r\nContent-Length: 1\r\nContent-Transfer-Encoding: binary\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\nx\r\n--" B "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--" B "--";
	struct multipart m;

	(void)state;
	assert_int_equal(parse(&m, body, NULL), 0);
	assert_int_equal(m.n, 2);
	check_part(&m.part[0], "a", NULL, "text/plain", "x", 1);
	check_part(&m.part[1], "f", "", "text/plain", "", 0);
	multipart_free(&m);
	assert_int_equal(parse(&m, "--" B "--", NULL), 0);
	assert_int_equal(m.n, 0);
	multipart_free(&m);
}

static void
refused(const char *body, const char *rule)
{
	struct multipart m;
	struct err e = { "" };

	assert_int_equal(parse(&m, body, &e), -1);
	assert_null(m.part);
	if (strstr(e.text, rule) == NULL)
		fail_msg("wanted \"%s\", got \"%s\"", rule, e.text);
}

static void
test_refused(void **state)
{
	(void)state;
	refused("", "begin");
	refused("x" FIELD("a", "b") END, "begin");
	refused(FIELD("a", "b") "--" B, "something else");
	refused(FIELD("a", "b") END "x", "behind the end");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf of i", "cut off");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"\r\n", "header lines");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"\n\nb\r\n" END, "control character");
	refused("--" B "\r\n\r\nb\r\n" END, "no name");
	refused("--" B "\r\nContent-Disposition: form-data\r\n\r\nb\r\n" END, "no name");
	refused("--" B "\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n" END, "form-data");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nb\r\n" END, "twice");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n\r\nb\r\n" END, "unknown");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\r\n\r\nb\r\n" END, "badly formed");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nb\r\n" END, "UTF-8");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYg==\r\n" END, "transfer encoding");
	refused("--" B "\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: image\r\n\r\nb\r\n" END, "content type");
	refused("--" B "x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n" END, "something else");
}

static void
test_limits(void **state)
{
	char body[4096], text[300];
	struct multipart m;

	(void)state;
	refused(FIELD("a", "1") FIELD("a", "2") FIELD("a", "3") FIELD("a", "4") FIELD("a", "5") END, "too many");
	memset(text, 'x', sizeof(text));
	(void)snprintf(body, sizeof(body), FIELD("a", "%.65s") END, text);
	refused(body, "too long");
	(void)snprintf(body, sizeof(body), FIELD("a", "%.64s") END, text);
	assert_int_equal(parse(&m, body, NULL), 0);
	multipart_free(&m);
	(void)snprintf(body, sizeof(body), "--" B "\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n%.257s\r\n" END, text);
	refused(body, "too large");
	(void)snprintf(body, sizeof(body), FIELD("%.256s", "1") END, text);
	refused(body, "255");
}

static void
test_boundary(void **state)
{
	static const char *const bad[] = { "", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a; boundary=b", "multipart/mixed; boundary=a",
		"multipart/form-data; boundary=\"a", "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a@b", "multipart/form-data; boundary=\"a\\\"b\"",
		"multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x", "multipart/form-data boundary=a" };
	char out[71];
	size_t i;

	(void)state;
	assert_int_equal(multipart_boundary("multipart/form-data; boundary=" B, out, NULL), 0);
	assert_string_equal(out, B);
	assert_int_equal(multipart_boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b:c\"", out, NULL), 0);
	assert_string_equal(out, "a b:c");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (multipart_boundary(bad[i], out, NULL) != -1)
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browser), cmocka_unit_test(test_others), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
