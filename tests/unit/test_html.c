/* Goal: what users typed cannot become markup or a formula, and the style that pages carry is the one their policy allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "crypto/hash.h"
#include "web/html.h"
#include "web/qr.h"

static void
test_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	html_text(&b, "<a href='x'>\"&\"</a> 村");
	assert_string_equal(buf_str(&b), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt; 村");
	buf_free(&b);
}

static void
test_page(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	html_begin(&b, "zh", "<script>");
	html_end(&b);
	assert_null(strstr(buf_str(&b), "<script"));
	assert_non_null(strstr(buf_str(&b), "lang=\"zh-Hans\""));
	assert_non_null(strstr(buf_str(&b), html_style()));
	assert_null(strstr(html_style(), "</"));
	buf_free(&b);
}

static void
test_style_hash(void **state)
{
	uint8_t hash[HASH_LEN];
	char text[64] = "sha256-";

	(void)state;
	sha256(hash, html_style(), strlen(html_style()));
	enc_b64(text + 7, hash, HASH_LEN);
	assert_string_equal(text, HTML_STYLE_HASH);
}

static void
cell(const char *s, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	csv_cell(&b, s);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void
test_csv(void **state)
{
	(void)state;
	cell("", "");
	cell("村", "村");
	cell("a,b", "\"a,b\"");
	cell("a\"b", "\"a\"\"b\"");
	cell("a\nb", "\"a\nb\"");
	cell("=1+1", "\"'=1+1\"");
	cell("+1", "\"'+1\"");
	cell("-1", "\"'-1\"");
	cell("@x", "\"'@x\"");
	cell("\tx", "\"'\tx\"");
}

static void
test_qr(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	assert_int_equal(qr_terminal(&b, "tally1.ABC"), 0);
	assert_non_null(strstr(buf_str(&b), "\xe2\x96\x88"));
	buf_reset(&b);
	assert_int_equal(qr_paper(&b, "tally1.ABC"), 0);
	assert_non_null(strstr(buf_str(&b), "\xe2\x96\x88"));
	assert_null(strchr(buf_str(&b), '\x1b'));
	assert_memory_equal(buf_str(&b), "        ", 8); /* two lines of modules, and four columns, of margin */
	buf_reset(&b);
	assert_int_equal(qr_svg(&b, "tally1.ABC"), 0);
	assert_non_null(strstr(buf_str(&b), "</svg>"));
	assert_null(strstr(buf_str(&b), "style"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_page), cmocka_unit_test(test_style_hash),
		cmocka_unit_test(test_csv), cmocka_unit_test(test_qr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
