/* Goal: every construct that XLSForm has (types, columns, settings, sheets, appearances, parameters) is compiled, or refused by its name; nothing is passed over in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/form.h"
#include "forms/xlsform.h"

#define CHOICES "choices\n,list_name,name,label\n,l,a,A\n,l,b,B\n"
#define SETTINGS "settings\n,form_id,version,form_title\n,t,1,T\n"

/* 1 compiled, 0 refused; what was said into ${said}. */
static int
compiles(const char *text, char *said, size_t size)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct err e = { "" };
	struct buf xml;
	size_t i;
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	said[0] = '\0';
	rc = xlsform_compile(text, strlen(text), &xml, &faults, &e);
	assert_true(rc >= 0);
	for (i = 0; i < faults.n; i++)
		(void)snprintf(said + strlen(said), size - strlen(said), "%s%s ", faults.f[i].column[0] != '\0' ? faults.f[i].column : "", faults.f[i].text);
	if (rc == 0) {
		struct form *f = form_parse(xml.data, xml.len, &e);

		if (f == NULL)
			fail_msg("%s\n%s", text, e.text);
		form_free(f);
	}
	xls_faults_free(&faults);
	buf_free(&xml);
	return (rc == 0);
}

/* Either it compiles, or what is said names the construct. */
static void
is(const char *text, const char *construct, int supported)
{
	char said[4096];
	int yes = compiles(text, said, sizeof(said));

	if (yes != supported)
		fail_msg("%s: %s: %s\n%s", construct, yes ? "compiled" : "refused", said, text);
	if (!yes && strstr(said, construct) == NULL)
		fail_msg("%s is refused without its name: %s", construct, said);
}

struct fact { const char *name; int supported; };

static void
test_types(void **state)
{
	static const struct fact t[] = {
		{ "integer", 1 }, { "decimal", 1 }, { "text", 1 }, { "range", 1 }, { "select_one l", 1 }, { "select_multiple l", 1 }, { "select_one_from_file f.csv", 1 },
		{ "select_multiple_from_file f.xml", 1 }, { "select_one_from_file f.geojson", 0 }, { "rank l", 0 }, { "note", 1 }, { "geopoint", 1 }, { "geotrace", 0 }, { "geoshape", 0 },
		{ "date", 1 }, { "time", 1 }, { "dateTime", 1 }, { "image", 1 }, { "audio", 0 }, { "video", 0 }, { "file", 0 }, { "barcode", 1 }, { "acknowledge", 1 },
		{ "background-audio", 0 }, { "start-geopoint", 0 }, { "audit", 0 }, { "select_one_external l", 0 }, { "subscriberid", 0 }, { "simserial", 0 }, { "osm", 0 },
	};
	static const struct fact silent[] = { /* without a label */
		{ "hidden", 1 }, { "start", 1 }, { "end", 1 }, { "today", 1 }, { "deviceid", 1 }, { "username", 1 }, { "phonenumber", 1 }, { "email", 1 }, { "xml-external", 1 }, { "csv-external", 1 },
	};
	char text[600], word[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label\n,%s,q,Q\n" CHOICES SETTINGS, t[i].name);
		(void)snprintf(word, sizeof(word), "%s", t[i].name);
		is(text, strstr(word, "geojson") != NULL ? "f.geojson" : word, t[i].supported);
	}
	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label\n,text,x,X\n,%s,q,\n" SETTINGS, silent[i].name);
		is(text, silent[i].name, silent[i].supported);
	}
	is("survey\n,type,name,label,calculation\n,calculate,q,,1 + 1\n,begin group,g,G,\n,text,x,X,\n,end group,,,\n,begin repeat,r,R,\n,text,y,Y,\n,end repeat,,,\n" SETTINGS, "calculate", 1);
	is("survey\n,type,name,label\n,select_one l or_other,q,Q\n" CHOICES SETTINGS, "or_other", 1);
	is("survey\n,type,name,label,calculation\n,text,k,K,\n,text,q,Q,\"pulldata('prices', 'fen', 'name', ${k})\"\n" SETTINGS, "pulldata", 1);
}

static void
test_columns(void **state)
{
	static const struct { const char *name, *value; int supported; } t[] = {
		{ "hint", "H", 1 }, { "guidance_hint", "G", 0 }, { "required", "yes", 1 }, { "constraint", ". != ''", 1 }, { "relevant", "1 = 1", 1 }, { "default", "x", 1 },
		{ "readonly", "no", 1 }, { "read_only", "no", 1 }, { "appearance", "multiline", 1 }, { "parameters", "rows=3", 1 }, { "trigger", "${q}", 0 }, { "save_to", "p", 0 },
		{ "media::image", "a.jpg", 0 }, { "media::audio", "a.mp3", 0 }, { "media::video", "a.mp4", 0 }, { "media::big-image", "b.jpg", 0 }, { "image", "a.jpg", 0 }, { "big-image", "a.jpg", 0 },
		{ "bind::tally:personal", "yes", 1 }, { "bind::foo", "x", 0 }, { "bind::odk:length", "5", 0 }, { "body::foo", "x", 0 }, { "body::accuracyThreshold", "5", 0 }, { "instance::foo", "x", 0 },
		{ "label::中文 (zh)", "Q", 1 }, { "hint::English (en)", "H", 1 }, { "disabled", "yes", 0 }, { "nonsense", "x", 0 }, { "#note", "x", 1 },
	};
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label,%s\n,text,q,Q,\"%s\"\n" SETTINGS, t[i].name, t[i].value);
		is(text, strncmp(t[i].name, "body::accuracy", 14) == 0 ? "accuracyThreshold" : t[i].name, t[i].supported);
	}
	is("survey\n,type,name,label,constraint,constraint_message,required,required_message\n,text,q,Q,. != 'x',no,yes,fill in\n" SETTINGS, "constraint_message", 1);
	is("survey\n,type,name,label,choice_filter\n,text,k,K,\n,select_one l,q,Q,name = ${k}\n" CHOICES SETTINGS, "choice_filter", 1);
	is("survey\n,type,name,label,repeat_count\n,begin repeat,r,R,3\n,text,q,Q,\n,end repeat,,,\n" SETTINGS, "repeat_count", 1);
	is("survey\n,type,name,label,calculation\n,calculate,q,,1\n,text,x,X,\n" SETTINGS, "calculation", 1);
}

static void
test_settings(void **state)
{
	static const struct { const char *name, *value; int supported; } t[] = {
		{ "instance_name", "'x'", 1 }, { "default_language", "default", 1 }, { "public_key", "AAAA", 0 }, { "submission_url", "https://x", 0 }, { "auto_send", "true", 0 },
		{ "auto_delete", "true", 0 }, { "allow_choice_duplicates", "yes", 0 }, { "style", "pages", 0 }, { "client_editable", "yes", 0 }, { "nonsense", "x", 0 },
	};
	static const char *const sheets[] = { "entities", "external_choices", "osm" };
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label\n,text,q,Q\nsettings\n,form_id,version,form_title,%s\n,t,1,T,%s\n", t[i].name, t[i].value);
		is(text, t[i].name, t[i].supported);
	}
	for (i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		char said[4096];

		(void)snprintf(text, sizeof(text), "survey\n,type,name,label\n,text,q,Q\n" SETTINGS "%s\n,a\n,b\n", sheets[i]);
		assert_false(compiles(text, said, sizeof(said)));
		assert_non_null(strstr(said, "not supported"));
	}
}

/* What only guides a screen stands in the form for phones as it was written, and changes no answer. */
static void
test_appearances(void **state)
{
	static const char *const look[] = {
		"numbers", "thousands-sep", "url", "multiline", "counter", "masked", "ex:org.example", "minimal", "quick", "search", "columns", "columns-3", "columns-pack", "no-buttons", "likert",
		"label", "list-nolabel", "image-map", "map", "maps", "placement-map", "signature", "draw", "annotate", "new", "new-front", "picker", "rating", "vertical", "no-ticks", "month-year",
		"year", "no-calendar", "ethiopian", "coptic", "islamic", "bikram-sambat", "myanmar", "persian", "buddhist", "field-list", "bearing", "printer",
	};
	struct xls_faults faults = { 0, 0, NULL };
	struct err e = { "" };
	char text[600], want[80];
	struct buf xml;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(look) / sizeof(look[0]); i++) {
		buf_init(&xml, FORM_BYTES_MAX);
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label,appearance\n,select_one l,q,Q,%s\n" CHOICES SETTINGS, look[i]);
		assert_int_equal(xlsform_compile(text, strlen(text), &xml, &faults, &e), 0);
		if (faults.n > 0)
			fail_msg("%s: %s", look[i], faults.f[0].text);
		(void)snprintf(want, sizeof(want), "appearance=\"%s\"", look[i]);
		if (strstr(buf_str(&xml), want) == NULL)
			fail_msg("%s is not in the form", look[i]);
		xls_faults_free(&faults);
		buf_free(&xml);
	}
	assert_true(compiles("survey\n,type,name,label,appearance\n,text,q,Q,sparkling\n" SETTINGS, text, sizeof(text)));
	assert_non_null(strstr(text, "unknown appearance sparkling"));
	is("survey\n,type,name,label,appearance\n,select_one l,q,Q,\"minimal search('towns')\"\n" CHOICES SETTINGS, "search('towns')", 0);
}

static void
test_parameters(void **state)
{
	static const struct { const char *type, *value, *name; int supported; } t[] = {
		{ "range", "start=1 end=5 step=1", "range", 1 }, { "image", "max-pixels=800", "max-pixels", 1 }, { "text", "rows=4", "rows", 1 }, { "select_one l", "randomize=true seed=4", "randomize", 1 },
		{ "select_one_from_file f.csv", "value=id label=title", "value", 1 }, { "geopoint", "capture-accuracy=5 warning-accuracy=50 allow-mock-accuracy=false", "capture-accuracy", 1 },
		{ "text", "start=1", "start", 0 }, { "image", "quality=5", "quality", 0 }, { "range", "tick_interval=2", "tick_interval", 0 }, { "image", "app=org.example", "app", 0 },
		{ "select_one l", "nonsense=1", "nonsense", 0 },
	};
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(text, sizeof(text), "survey\n,type,name,label,parameters\n,%s,q,Q,%s\n" CHOICES SETTINGS, t[i].type, t[i].value);
		is(text, t[i].name, t[i].supported);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_appearances),
		cmocka_unit_test(test_parameters),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
