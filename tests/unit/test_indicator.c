/* Goal: what a form declares for reports is read whole, and what could not be computed is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/form.h"

#define NUMBERS                                                                                                                    \
	"<tally:indicator kind=\"count\" name=\"all\" ref=\"/data/s\"/>"                                                            \
	"<tally:indicator kind=\"sum\" name=\"money\" ref=\"/data/money\" where=\"done and level=central|local\"/>"

static struct form *
parse(const char *head, struct err *e)
{
	struct buf b;
	struct form *f;

	buf_init(&b, FORM_BYTES_MAX);
	(void)buf_printf(&b,
	    "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:orx=\"http://openrosa.org/xforms\" "
	    "xmlns:tally=\"urn:tallystick:xform:v1\" xmlns:jr=\"http://openrosa.org/javarosa\"><h:head><h:title>T</h:title><model><itext><translation lang=\"en\"><text id=\"x\"><value>X</value></text></translation></itext><instance>"
	    "<data id=\"t\" version=\"1\"><s/><stage/><level/><money/><year/><note/><r jr:template=\"\"><place/><n/></r>"
	    "<orx:meta><orx:instanceID/></orx:meta></data></instance>"
	    "<bind nodeset=\"/data/s\" type=\"string\" tally:subject=\"true()\"/><bind nodeset=\"/data/stage\" tally:stage=\"true()\" tally:final=\"b\"/>"
	    "<bind nodeset=\"/data/money\" type=\"int\" tally:unit=\"fen\"/><bind nodeset=\"/data/year\" type=\"int\"/>"
	    "<bind nodeset=\"/data/r/place\" type=\"string\" tally:personal=\"false()\"/><bind nodeset=\"/data/r/n\" type=\"int\"/></model>%s</h:head><h:body>"
	    "<input ref=\"/data/s\"/><input ref=\"/data/money\"><label>Money</label></input>"
	    "<select1 ref=\"/data/stage\"><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select1>"
	    "<select1 ref=\"/data/level\"><item><label>C</label><value>central</value></item><item><label>L</label><value>local</value></item></select1>"
	    "<group><repeat nodeset=\"/data/r\"><input ref=\"/data/r/place\"/></repeat></group></h:body></h:html>", head);
	assert_true(buf_ok(&b));
	f = form_parse(b.data, b.len, e);
	buf_free(&b);
	return (f);
}

static struct form *
parse_fine(const char *head)
{
	struct err e = { "" };
	struct form *f = parse(head, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	return (f);
}

static void
test_kinds(void **state)
{
	struct form *f = parse_fine(NUMBERS
	    "<tally:indicator kind=\"count\" name=\"places\" ref=\"/data/r/place\" distinct=\"true()\"/>"
	    "<tally:indicator kind=\"share\" name=\"done\" numerator=\"done\" denominator=\"planned\" label=\"jr:itext('x')\"/>"
	    "<tally:indicator kind=\"ratio\" name=\"each\" numerator=\"sum.money\" denominator=\"places.key\" label=\"jr:itext('x')\"/>"
	    "<tally:indicator kind=\"difference\" name=\"gap\" ref=\"/data/money\" group=\"/data/level\" groups=\"central local\"/>"
	    "<tally:indicator kind=\"growth\" name=\"g\" ref=\"/data/money\" period=\"/data/year\" where=\"year=2001\"/>"
	    "<tally:indicator kind=\"ledger\" name=\"l\" plus=\"money year\" minus=\"money\" rest=\"year\" where=\"level=central\" label=\"jr:itext('x')\"/>");
	const struct form_indicator *x = f->indicators;

	(void)state;
	assert_int_equal(f->nindicators, 8);
	assert_int_equal(x[1].is, INDICATOR_SUM);
	assert_true(x[1].done);
	assert_int_equal(x[1].nwhere, 1);
	assert_string_equal(x[1].where[0].path, "level");
	assert_int_equal(x[1].where[0].nvalues, 2);
	assert_string_equal(x[1].where[0].value[1], "local");
	assert_true(x[2].distinct);
	assert_int_equal(x[3].numerator.what, OPERAND_DONE);
	assert_int_equal(x[3].denominator.what, OPERAND_PLANNED);
	assert_string_equal(x[3].path, "");
	assert_int_equal(x[4].numerator.what, OPERAND_INDICATOR);
	assert_int_equal(x[4].numerator.indicator, 1);
	assert_int_equal(x[4].denominator.what, OPERAND_PLACES);
	assert_string_equal(x[4].denominator.places, "key");
	assert_string_equal(x[4].path, "money");
	assert_string_equal(x[5].group, "level");
	assert_string_equal(x[5].group_value[0], "central");
	assert_string_equal(x[5].group_value[1], "local");
	assert_string_equal(x[6].period, "year");
	assert_string_equal(x[6].label[FORM_EN], "Money");
	assert_string_equal(form_indicator_unit(f, &x[0]), "");
	assert_string_equal(form_indicator_unit(f, &x[1]), "fen");
	assert_string_equal(form_indicator_unit(f, &x[3]), "percent");
	assert_string_equal(form_indicator_unit(f, &x[4]), "fen");
	assert_string_equal(form_indicator_unit(f, &x[5]), "fen");
	assert_string_equal(form_indicator_unit(f, &x[6]), "percent");
	assert_int_equal(x[7].is, INDICATOR_LEDGER);
	assert_int_equal(x[7].nplus, 2);
	assert_int_equal(x[7].nminus, 1);
	assert_string_equal(x[7].plus[1], "year");
	assert_string_equal(x[7].rest, "year");
	assert_string_equal(x[7].path, "money");
	assert_string_equal(form_indicator_unit(f, &x[7]), "");
	form_free(f);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *head, *word;
	} t[] = {
		{ "kind=\"sum\" name=\"x\" ref=\"/data/r/n\"", "in a repeat" }, { "kind=\"count\" name=\"x\" ref=\"/data/r/place\"", "in a repeat" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" distinct=\"true()\"", "sum takes no distinct" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" numerator=\"done\"", "takes no numerator" },
		{ "kind=\"count\" name=\"x\" ref=\"/data/s\" distinct=\"yes\"", "distinct must be" },
		{ "kind=\"share\" name=\"x\" ref=\"/data/money\" numerator=\"done\" denominator=\"planned\"", "takes no ref" },
		{ "kind=\"share\" name=\"x\" numerator=\"done\"", "denominator is missing" },
		{ "kind=\"share\" name=\"x\" numerator=\"done\" denominator=\"planned\"", "needs a label" },
		{ "kind=\"share\" name=\"x\" numerator=\"sum.later\" denominator=\"planned\"", "sum.later" },
		{ "kind=\"ratio\" name=\"x\" numerator=\"sum.money\" denominator=\"places.\"", "places." },
		{ "kind=\"difference\" name=\"x\" ref=\"/data/money\"", "names no field" },
		{ "kind=\"difference\" name=\"x\" ref=\"/data/money\" group=\"/data/level\" groups=\"central\"", "two of its values" },
		{ "kind=\"difference\" name=\"x\" ref=\"/data/money\" group=\"/data/level\" groups=\"central all\"", "no two choices" },
		{ "kind=\"difference\" name=\"x\" ref=\"/data/money\" group=\"/data/year\" groups=\"1 2\"", "select1" },
		{ "kind=\"growth\" name=\"x\" ref=\"/data/money\" period=\"/data/level\"", "no year" },
		{ "kind=\"growth\" name=\"x\" ref=\"/data/level\"", "no number" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"level=all\"", "all is no choice" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"note=1\"", "personal" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"nothing=1\"", "nothing is no field" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"level=central or done\"", "or stands where" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"level=central and\"", "ends behind" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"level\"", "FIELD=VALUE" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" where=\"level=|central\"", "a value is missing" },
		{ "kind=\"sum\" name=\"money\" ref=\"/data/money\"", "stands twice" },
		{ "kind=\"sum\" name=\"x\" ref=\"/data/money\" plus=\"money\"", "takes no plus" },
		{ "kind=\"ledger\" name=\"x\" label=\"jr:itext('x')\"", "needs plus" },
		{ "kind=\"ledger\" name=\"x\" plus=\"money\"", "needs a label" },
		{ "kind=\"ledger\" name=\"x\" plus=\"money level\" label=\"jr:itext('x')\"", "level is no number" },
		{ "kind=\"ledger\" name=\"x\" plus=\"money\" minus=\"r/n\" label=\"jr:itext('x')\"", "in a repeat" },
		{ "kind=\"ledger\" name=\"x\" plus=\"money\" rest=\"money year\" label=\"jr:itext('x')\"", "one number" },
		{ "kind=\"ledger\" name=\"x\" plus=\"money\" rest=\"nothing\" label=\"jr:itext('x')\"", "no field" },
		{ "kind=\"ledger\" name=\"x\" ref=\"/data/money\" plus=\"money\" label=\"jr:itext('x')\"", "takes no ref" },
	};
	char head[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err e = { "" };

		(void)snprintf(head, sizeof(head), "%s<tally:indicator %s/>", NUMBERS, t[i].head);
		assert_null(parse(head, &e));
		if (strstr(e.text, t[i].word) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", e.text, t[i].word);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refused),
	};

	return (cmocka_run_group_tests_name("indicator", tests, NULL, NULL));
}
