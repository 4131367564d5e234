/* Goal: what people type is taken as they mean it, money in yuan above all; what is different for one person of a class is found by name or label. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/record/exception.h"
#include "agent/record/typed.h"
#include "base/file.h"

static struct form *form;

static int
setup(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, FORM_BYTES_MAX);
	if (file_read("forms/catalogue/dew-training.xml", &b, NULL) == 0)
		form = form_parse(b.data, b.len, NULL);
	buf_free(&b);
	return form == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	form_free(form);
	return 0;
}

static void
settle(const char *path, const char *text, const char *want)
{
	char out[TYPED_MAX + 1];

	typed_settle(form_field(form, path), text, out);
	assert_string_equal(out, want);
}

static void
test_settle(void **state)
{
	(void)state;
	settle("subsidy", "1,234.50", "1234.50元");
	settle("subsidy", "５００", "500元");
	settle("subsidy", "２，０００。５", "2000.5元");
	settle("subsidy", "2万元", "2万元");
	settle("subsidy", "500 fen", "500 fen");
	settle("subsidy", "", "");
	settle("subsidy", "about 500", "about 500");
	settle("days", "１５", "15");
	settle("date", "2026年10月8日", "2026-10-08");
	settle("date", "2026/10/8", "2026-10-08");
	settle("date", "2026。10。08", "2026-10-08");
	settle("date", "2026-10-28", "2026-10-28");
	settle("date", "10/8/2026", "10/8/2026");
	settle("date", "2026-10", "2026-10");
	settle("position", "25.30，107.40", "25.30,107.40");
	settle("course", "焊工", "welding");
	settle("course", "Welding", "welding");
	settle("course", "welding", "welding");
	settle("course", "Flying", "Flying");
	settle("remark", "５００，", "５００，"); /* a text stays as it was written */
}

/* Typed, stored, and as it would be typed again: the same amount. */
static void
test_money(void **state)
{
	static const struct { const char *typed; double fen; const char *again, *shown; } rows[] = {
		{ "0", 0, "0.00", "0.00 yuan" }, { "0.05", 5, "0.05", "0.05 yuan" }, { "20000", 2000000, "20000.00", "20000.00 yuan" },
		{ "1,234.5", 123450, "1234.50", "1234.50 yuan" }, { "-3.07", -307, "-3.07", "-3.07 yuan" },
	};
	cJSON *answers = cJSON_CreateObject();
	const struct form_field *f = form_field(form, "subsidy");
	char out[TYPED_MAX + 1];
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		typed_settle(f, rows[i].typed, out);
		assert_int_equal(form_set(form, answers, "subsidy", out, NULL), 0);
		assert_true(cJSON_GetObjectItemCaseSensitive(answers, "subsidy")->valuedouble == rows[i].fen);
		assert_int_equal(typed_from(f, cJSON_GetObjectItemCaseSensitive(answers, "subsidy"), &b), 0);
		assert_string_equal(buf_str(&b), rows[i].again);
		buf_reset(&b);
		assert_int_equal(typed_show(f, cJSON_GetObjectItemCaseSensitive(answers, "subsidy"), "en", &b), 0);
		assert_string_equal(buf_str(&b), rows[i].shown);
		buf_reset(&b);
	}
	typed_settle(f, "1.005", out);
	assert_int_equal(form_set(form, answers, "subsidy", out, NULL), -1); /* finer than a fen */
	cJSON_Delete(answers);
	buf_free(&b);
}

static void
test_flatten(void **state)
{
	cJSON *answers = cJSON_Parse("{\"stage\":\"completed\",\"days\":15,\"trainee\":{\"name\":\"王小明\",\"target_groups\":[\"minority\",\"woman\"]},\"meta\":{\"instanceID\":\"uuid:1\"}}");
	cJSON *typed = cJSON_CreateObject(), *counts = cJSON_CreateObject();
	struct buf b;

	(void)state;
	assert_int_equal(typed_flatten(form, answers, typed, counts), 0);
	assert_string_equal(json_string(typed, "stage"), "completed");
	assert_string_equal(json_string(typed, "days"), "15");
	assert_string_equal(json_string(typed, "trainee/name"), "王小明");
	assert_string_equal(json_string(typed, "trainee/target_groups"), "minority woman");
	assert_int_equal(cJSON_GetArraySize(typed), 4);
	buf_init(&b, 200);
	assert_int_equal(typed_show(form_field(form, "trainee/target_groups"), cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(answers, "trainee"), "target_groups"), "zh", &b), 0);
	assert_string_equal(buf_str(&b), "少数民族、妇女");
	buf_free(&b);
	cJSON_Delete(answers);
	cJSON_Delete(typed);
	cJSON_Delete(counts);
}

static void
except(const char *text, enum exception want, const char *path, const char *value)
{
	cJSON *over = cJSON_CreateObject();
	char wrong[128] = "";

	if (exception_take(form, text, over, wrong) != want)
		fail_msg("%s", text);
	if (path != NULL && (json_string(over, path) == NULL || strcmp(json_string(over, path), value) != 0))
		fail_msg("%s: %s", text, json_string(over, path) ? json_string(over, path) : "nothing");
	if (want == EXCEPTION_WRONG)
		assert_string_equal(wrong, value);
	cJSON_Delete(over);
}

static void
test_exceptions(void **state)
{
	(void)state;
	except("", EXCEPTION_NONE, NULL, NULL);
	except(" ; ,", EXCEPTION_NONE, NULL, NULL);
	except("absent", EXCEPTION_ABSENT, NULL, NULL);
	except(" 缺席 ", EXCEPTION_ABSENT, NULL, NULL);
	except("days=10", EXCEPTION_NONE, "days", "10");
	except("培训天数 = 10", EXCEPTION_NONE, "days", "10");
	except("Days of training=10; 培训补助＝500", EXCEPTION_NONE, "subsidy", "500");
	except("course=Welding", EXCEPTION_NONE, "course", "welding");
	except("培训专业=焊工，days=3", EXCEPTION_NONE, "course", "welding");
	except("phone=13800000000", EXCEPTION_NONE, "trainee/phone", "13800000000");
	except("remark=left early", EXCEPTION_NONE, "remark", "left early");
	except("days", EXCEPTION_WRONG, NULL, "days");
	except("height=3", EXCEPTION_WRONG, NULL, "height=3");
	except("days=3, days=4", EXCEPTION_WRONG, NULL, "days=4");
	except("=3", EXCEPTION_WRONG, NULL, "=3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settle), cmocka_unit_test(test_money), cmocka_unit_test(test_flatten), cmocka_unit_test(test_exceptions),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
