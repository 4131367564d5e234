/* Goal: an XLSForm becomes the form it means, and everything that it could not become is said, all at once, each with its cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms/engine.h"
#include "forms/xlsform.h"

#define SETTINGS "settings\n,form_id,version,form_title\n,t,1,T\n"
#define HEAD "survey\n,type,name,label,required,relevant,constraint,constraint_message,calculation,default,readonly,choice_filter,repeat_count,parameters,bind::type,bind::tally:personal\n"
#define CHOICES "choices\n,list_name,name,label,up\n,l,a,A,x\n,l,b,B,y\n,u,x,X,\n,u,y,Y,\n"

static char *
compile(const char *text, struct xls_faults *faults)
{
	struct buf xml;
	struct err e = { "" };
	int rc;

	buf_init(&xml, FORM_BYTES_MAX);
	rc = xlsform_compile(text, strlen(text), &xml, faults, &e);
	assert_int_equal(rc, faults->errors > 0 ? 1 : 0);
	assert_int_equal(rc == 0, xml.len > 0);
	return ((char *)buf_take(&xml));
}

/* A form of these survey rows; what else it needs stands above. */
static struct form *
form_of(const char *rows)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct err e = { "" };
	struct buf b;
	struct form *f;
	char *xml;

	buf_init(&b, 1 << 20);
	(void)buf_printf(&b, HEAD "%s" CHOICES SETTINGS, rows);
	xml = compile(buf_str(&b), &faults);
	if (faults.errors > 0)
		fail_msg("%s %s: %s", faults.f[0].sheet, faults.f[0].cell, faults.f[0].text);
	if ((f = form_parse(xml, strlen(xml), &e)) == NULL)
		fail_msg("%s", e.text);
	xls_faults_free(&faults);
	free(xml);
	buf_free(&b);
	return (f);
}

static void
test_types(void **state)
{
	static const struct {
		const char *row;
		enum field_type type;
		enum form_control control;
	} t[] = {
		{ "text,q,Q", FIELD_STRING, CONTROL_INPUT }, { "integer,q,Q", FIELD_INTEGER, CONTROL_INPUT }, { "int,q,Q", FIELD_INTEGER, CONTROL_INPUT },
		{ "decimal,q,Q", FIELD_DECIMAL, CONTROL_INPUT }, { "range,q,Q,,,,,,,,,,start=0 end=5 step=1", FIELD_INTEGER, CONTROL_RANGE },
		{ "range,q,Q,,,,,,,,,,start=0 end=1 step=0.1", FIELD_DECIMAL, CONTROL_RANGE }, { "date,q,Q", FIELD_DATE, CONTROL_INPUT },
		{ "time,q,Q", FIELD_TIME, CONTROL_INPUT }, { "dateTime,q,Q", FIELD_DATETIME, CONTROL_INPUT }, { "datetime,q,Q", FIELD_DATETIME, CONTROL_INPUT },
		{ "select_one l,q,Q", FIELD_SELECT1, CONTROL_SELECT }, { "select one l,q,Q", FIELD_SELECT1, CONTROL_SELECT },
		{ "select_multiple l,q,Q", FIELD_SELECT, CONTROL_SELECT }, { "select_one l or_other,q,Q", FIELD_SELECT1, CONTROL_SELECT },
		{ "select_one_from_file p.csv,q,Q", FIELD_SELECT1, CONTROL_SELECT }, { "geopoint,q,Q", FIELD_GEOPOINT, CONTROL_INPUT },
		{ "image,q,Q", FIELD_BINARY, CONTROL_UPLOAD }, { "barcode,q,Q", FIELD_STRING, CONTROL_INPUT }, { "note,q,Q", FIELD_STRING, CONTROL_INPUT },
		{ "calculate,q,,,,,,1 + 1", FIELD_STRING, CONTROL_NONE }, { "calculate,q,,,,,,1 + 1,,,,,,int", FIELD_INTEGER, CONTROL_NONE },
		{ "hidden,q,,,,,,,7", FIELD_STRING, CONTROL_NONE }, { "acknowledge,q,Q", FIELD_SELECT1, CONTROL_TRIGGER },
		{ "start,q", FIELD_DATETIME, CONTROL_NONE }, { "end,q", FIELD_DATETIME, CONTROL_NONE }, { "today,q", FIELD_DATE, CONTROL_NONE },
		{ "deviceid,q", FIELD_STRING, CONTROL_NONE }, { "username,q", FIELD_STRING, CONTROL_NONE }, { "phonenumber,q", FIELD_STRING, CONTROL_NONE },
		{ "email,q", FIELD_STRING, CONTROL_NONE },
	};
	char rows[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct form *f;

		(void)snprintf(rows, sizeof(rows), ",%s\n", t[i].row);
		f = form_of(rows);
		assert_non_null(form_field(f, "q"));
		if (form_field(f, "q")->type != t[i].type || form_field(f, "q")->control != t[i].control)
			fail_msg("%s: type %d, control %d", t[i].row, (int)form_field(f, "q")->type, (int)form_field(f, "q")->control);
		form_free(f);
	}
}

static void
is_value(struct form_run *r, const char *path, const char *want)
{
	const char *v = form_run_value(r, path);

	if (v == NULL || strcmp(v, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", path, v == NULL ? "(none)" : v, want);
}

/* References in groups and repeats mean what they mean in XLSForm. */
static void
test_references(void **state)
{
	struct form *f = form_of(
	    ",integer,n,N\n,begin repeat,r,R,,,,,,,,,${n}\n,integer,a,A\n,calculate,b,,,,,,${a} * 2,,,,,,int\n,text,w,W ${a},,${a} > ${n}\n"
	    ",integer,sofar,S,,,,,,count(${r})\n,calculate,first,,,,,,\"indexed-repeat(${a}, ${r}, 1)\",,,,,,int\n,end repeat\n,calculate,all,,,,,,sum(${a}),,,,,,int\n,begin group,g,G,,${n} > 1\n,integer,x,X,,,. < ${n},small\n,end group\n"
	    ",calculate,second,,,,,,\"indexed-repeat(${a}, ${r}, 2)\",,,,,,int\n,select_one ${w},who,Who\n"
	    ",calculate,quoted,,,,,,\"concat('it’s', \"\" \"\", 'x')\",,,,,,string,no\n");
	struct form_run *r = form_run_open(f, NULL, NULL, NULL);

	(void)state;
	assert_int_equal(form_run_set(r, "n", "2", NULL), 0);
	assert_int_equal(form_run_count(r, "r"), 2);
	assert_int_equal(form_run_set(r, "r[0]/a", "1", NULL), 0);
	assert_int_equal(form_run_set(r, "r[1]/a", "7", NULL), 0);
	is_value(r, "r[0]/b", "2");
	is_value(r, "r[1]/b", "14");
	is_value(r, "all", "8");
	is_value(r, "second", "7");
	is_value(r, "r[1]/first", "1");
	assert_int_equal(form_run_relevant(r, "r[0]/w"), 0);
	assert_int_equal(form_run_relevant(r, "r[1]/w"), 1);
	assert_int_equal(form_run_relevant(r, "g"), 1);
	assert_int_equal(form_run_set(r, "g/x", "3", NULL), 0);
	assert_int_equal(form_run_valid(r, "g/x"), 0);
	assert_string_equal(form_run_message(f, "g/x", "constraint", FORM_EN), "small");
	form_run_free(r);
	form_free(f);
}

static void
test_choices(void **state)
{
	struct form *f = form_of(",select_one u,up,Up\n,select_one l,q,Q,,,,,,,,up = ${up}\n,begin repeat,r,R\n,select_one u,rup,Up\n,select_multiple l,rq,Q,,,,,,,,up = ${rup}\n,end repeat\n");
	struct form_run *r = form_run_open(f, NULL, NULL, NULL);
	const struct choice *c;

	(void)state;
	assert_int_equal(form_run_set(r, "up", "y", NULL), 0);
	assert_int_equal(form_run_choices(r, "q", &c), 2);
	assert_string_equal(c[1].value, "b");
	assert_int_equal(form_run_offered(r, "q", 0), 0);
	assert_int_equal(form_run_offered(r, "q", 1), 1);
	assert_int_equal(form_run_add(r, "r"), 0);
	assert_int_equal(form_run_set(r, "r[0]/rup", "x", NULL), 0);
	assert_int_equal(form_run_set(r, "r[1]/rup", "y", NULL), 0);
	assert_int_equal(form_run_offered(r, "r[0]/rq", 0), 1);
	assert_int_equal(form_run_offered(r, "r[1]/rq", 0), 0);
	form_run_free(r);
	form_free(f);
	f = form_of(",select_one l or_other,q,Q\n");
	assert_non_null(form_choice(form_field(f, "q"), "other"));
	r = form_run_open(f, NULL, NULL, NULL);
	assert_int_equal(form_run_relevant(r, "q_other"), 0);
	assert_int_equal(form_run_set(r, "q", "other", NULL), 0);
	assert_int_equal(form_run_relevant(r, "q_other"), 1);
	form_run_free(r);
	form_free(f);
}

/* jr:choice-name(${q}, '${q}') as every XLSForm writes it; elsewhere a name in quotes is refused. */
static void
test_choice_name(void **state)
{
	struct form *f = form_of(",select_one l,q,Q\n,calculate,said,,,,,,\"jr:choice-name(${q}, '${q}')\"\n,begin repeat,r,R\n,select_one l,in,In\n,calculate,inside,,,,,,\"jr:choice-name( ${in},'${in}')\"\n,end repeat\n");
	struct form_run *r = form_run_open(f, NULL, NULL, NULL);

	(void)state;
	assert_int_equal(form_run_set(r, "q", "b", NULL), 0);
	is_value(r, "said", form_choice(form_field(f, "q"), "b")->label[FORM_ZH]);
	assert_int_equal(form_run_set(r, "r[0]/in", "a", NULL), 0);
	assert_int_equal(form_run_set(r, "r[1]/in", "b", NULL), 0);
	is_value(r, "r[0]/inside", form_choice(form_field(f, "r/in"), "a")->label[FORM_ZH]);
	is_value(r, "r[1]/inside", form_choice(form_field(f, "r/in"), "b")->label[FORM_ZH]);
	form_run_free(r);
	form_free(f);
}

static void
test_defaults(void **state)
{
	struct form *f = form_of(",integer,n,N,yes,,,,,3\n,integer,m,M,${n} > 2,,,,,${n} + 1\n,date,d,D,,,,,,2010-01-02,yes\n,begin repeat,r,R,,,,,,,,,2\n,integer,a,A,,,,,,position(..) * 10\n,end repeat\n,begin repeat,s,S\n,integer,b,B,,,,,,1 + int(2.5)\n,end repeat\n");
	struct form_run *r = form_run_open(f, NULL, NULL, NULL);

	(void)state;
	is_value(r, "n", "3");
	is_value(r, "m", "4");
	is_value(r, "d", "2010-01-02");
	assert_true(form_field(f, "n")->required);
	assert_int_equal(form_run_required(r, "m"), 1);
	assert_int_equal(form_run_readonly(r, "d"), 1);
	assert_int_equal(form_run_count(r, "r"), 2);
	is_value(r, "r[1]/a", "20");
	assert_int_equal(form_run_add(r, "s"), 0);
	is_value(r, "s[1]/b", "3");
	form_run_free(r);
	form_free(f);
}

static void
test_languages(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbfsurvey\n,type,name,label::中文 (zh),label::English (en),hint::English (en),required,required_message::中文 (zh),bind::tally:personal,bind::tally:subject,bind::tally:stage,bind::tally:final,bind::tally:unit\n"
	    ",text,s,编号,Number,An id,yes,要填,,yes\n,select_one st,st,进度,Stage,,,,,,yes,done\n,integer,m,\"钱 <&>\"\"'\",Money,,,,,,,,fen\n,text,free,自由,Free,,,,no\n,begin group,g,人,People,,,,yes\n,integer,age,年龄,Age\n,end group\n"
	    "choices\n,list_name,name,label::中文 (zh),label::English (en)\n,st,begun,开始,Begun\n,st,done,完成,Done\n"
	    "settings\n,form_id,version,form_title::中文 (zh),form_title::English (en),default_language,instance_name\n,t,2010010101,题目,Title,English (en),${s}\n"
	    "indicators\n,kind,name,field,where,label::English (en)\n,sum,m,m,done and st=done,Money done\n,count,all,${s},,All\n";
	struct xls_faults faults = { 0, 0, NULL };
	char *xml = compile(text, &faults), *again;
	struct form *f;

	(void)state;
	if (faults.n > 0)
		fail_msg("%s %s: %s", faults.f[0].sheet, faults.f[0].cell, faults.f[0].text);
	again = compile(text, &faults);
	f = form_parse(xml, strlen(xml), NULL);
	assert_string_equal(xml, again);
	assert_non_null(strstr(xml, "lang=\"English (en)\" default=\"true()\""));
	assert_non_null(f);
	assert_string_equal(f->title[FORM_ZH], "题目");
	assert_string_equal(f->title[FORM_EN], "Title");
	assert_string_equal(f->version, "2010010101");
	assert_string_equal(form_field(f, "s")->label[FORM_ZH], "编号");
	assert_string_equal(form_field(f, "s")->hint[FORM_ZH], "An id");
	assert_string_equal(form_field(f, "s")->required_msg[FORM_EN], "要填");
	assert_string_equal(form_field(f, "m")->label[FORM_ZH], "钱 <&>\"'");
	assert_string_equal(form_field(f, "m")->unit, "fen");
	assert_int_equal(form_field(f, "free")->personal, 0);
	assert_int_equal(form_field(f, "g/age")->personal, 1);
	assert_string_equal(f->subject, "s");
	assert_string_equal(f->stage, "st");
	assert_string_equal(f->final_stage, "done");
	assert_non_null(form_field(f, "meta/instanceName"));
	assert_int_equal(f->nindicators, 2);
	assert_true(f->indicators[0].done);
	assert_string_equal(f->indicators[0].label[FORM_EN], "Money done");
	form_free(f);
	free(xml);
	free(again);
}

/* One bad row each: the cell, the column and a word of the reason. */
static void
test_faults(void **state)
{
	static const struct {
		const char *rows, *cell, *column, *word;
	} t[] = {
		{ ",txt,q,Q\n", "B3", "type", "unknown type txt" }, { ",rank l,q,Q\n", "B3", "type", "not supported" }, { ",geotrace,q,Q\n", "B3", "type", "not supported" },
		{ ",audio,q,Q\n", "B3", "type", "not supported" }, { ",audit,q\n", "B3", "type", "not supported" },
		{ ",select_one none,q,Q\n", "B3", "type", "none is not in" }, { ",select_one,q,Q\n", "B3", "type", "missing" }, { ",select_one l maybe,q,Q\n", "B3", "type", "maybe" },
		{ ",select_one_from_file x.doc,q,Q\n", "B3", "type", "x.doc" }, { ",,q,Q\n,text,r,R\n", "B3", "type", "type is missing" },
		{ ",text,,Q\n", "C3", "name", "name is missing" }, { ",text,a b,Q\n", "C3", "name", "a b" }, { ",text,meta,Q\n", "C3", "name", "meta" }, { ",text,q,Q\n,text,q,Q\n", "C4", "name", "twice" },
		{ ",text,q\n", "D3", "label", "label is missing" }, { ",integer,q,Q,perhaps\n", "E3", "required", "perhaps" }, { ",integer,q,Q,,${z} = 1\n", "F3", "relevant", "${z}" },
		{ ",integer,q,Q,,(1\n", "F3", "relevant", "in: (1" }, { ",integer,q,Q,,/data/z = 1\n", "F3", "relevant", "/data/z" }, { ",integer,q,Q,,,. > 1 2\n", "G3", "constraint", "in: . > 1 2" },
		{ ",integer,q,Q,,,,why\n", "H3", "constraint_message", "without a constraint" }, { ",calculate,q\n", "I3", "calculation", "without a calculation" },
		{ ",calculate,q,,,,,,foo(1)\n", "I3", "calculation", "foo()" }, { ",integer,q,Q,,,,,,many\n", "J3", "default", "whole number" }, { ",image,q,Q,,,,,,x\n", "J3", "default", "no default" },
		{ ",integer,q,Q,,,,,,,,up = 1\n", "L3", "choice_filter", "integer takes no" }, { ",integer,q,Q,,,,,,,,,3\n", "M3", "repeat_count", "takes no" },
		{ ",integer,q,Q,,,,,,,,,,start=1\n", "N3", "parameters", "start" }, { ",range,q,Q,,,,,,,,,,start=a\n", "N3", "parameters", "start" }, { ",select_one l,q,Q,,,,,,,,,,seed=1\n", "N3", "parameters", "seed" },
		{ ",integer,q,Q,,,,,,,,,,,string\n", "O3", "bind::type", "bind::type" }, { ",integer,q,Q,,,,,,,,,,,,maybe\n", "P3", "bind::tally:personal", "yes or no" },
		{ ",select_one l or_other,q,Q,,,,,,,,up = 1\n", "L3", "choice_filter", "do not go together" }, { ",begin group,g,G\n,text,q,Q\n", "B3", "type", "never ended" },
		{ ",text,q,Q\n,end group\n", "B4", "type", "no group is open" }, { ",begin repeat,g,G\n,text,q,Q\n,end group\n,end repeat\n", "B5", "type", "no group is open" },
		{ ",begin group,g,G\n,end group\n,text,q,Q\n", "B3", "type", "nothing stands in it" }, { ",begin group,g,G,yes\n,text,q,Q\n,end group\n", "E3", "required", "a group takes no" },
		{ ",text,q,Q,,,,,,,,,,,,,x\n", "Q3", "", "without a head" }, { ",text,q,Q ${z}\n", "D3", "label", "${z}" }, { ",select_one ${z},q,Q\n", "B3", "type", "z" },
		{ ",begin group,g,G\n,text,q,Q\n,end group\n,begin group,h,H\n,text,q,Q\n,end group\n,text,x,X,,${q} = 1\n", "F9", "relevant", "several" },
		{ ",calculate,a,,,,,,${b}\n,calculate,b,,,,,,${a}\n", "C3", "name", "->" }, { ",integer,q,Q,,concat('${q}') = 1\n", "F3", "relevant", "inside quotes" }, { ",integer,q,Q\n,calculate,a,,,,,,\"jr:choice-name(concat(1, '${q}'), '/data/q')\"\n", "I4", "calculation", "inside quotes" }, { ",start,q,,yes\n", "E3", "required", "start takes no" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct xls_faults faults = { 0, 0, NULL };
		struct buf b;

		buf_init(&b, 1 << 20);
		(void)buf_printf(&b, HEAD "%s" CHOICES SETTINGS, t[i].rows);
		free(compile(buf_str(&b), &faults));
		if (faults.errors != 1 || strcmp(faults.f[0].cell, t[i].cell) != 0 || strcmp(faults.f[0].column, t[i].column) != 0 || strstr(faults.f[0].text, t[i].word) == NULL)
			fail_msg("%s%zu faults, %s (%s): %s", t[i].rows, faults.errors, faults.n > 0 ? faults.f[0].cell : "", faults.n > 0 ? faults.f[0].column : "", faults.n > 0 ? faults.f[0].text : "");
		assert_string_equal(faults.f[0].sheet, "survey");
		xls_faults_free(&faults);
		buf_free(&b);
	}
}

/* Whole files: heads, sheets, settings, choices, indicators. */
static void
test_file_faults(void **state)
{
	static const struct {
		const char *text, *sheet, *cell, *word;
	} t[] = {
		{ "", "", "", "bytes" }, { "type,name\n", "type", "B1", "rows begin" }, { "\n,text\n", "", "A2", "sheet's name" },
		{ "survey\n,type,name,label\n,text,q,Q\n", "", "", "no sheet settings" }, { SETTINGS, "", "", "no sheet survey" },
		{ "survey\n,type,name,label,colour\n,text,q,Q\n" SETTINGS, "survey", "E2", "unknown column colour" },
		{ "survey\n,type,name,label,media::image\n,text,q,Q\n" SETTINGS, "survey", "E2", "media::image is not supported" },
		{ "survey\n,type,name,label,guidance_hint::English (en)\n,text,q,Q\n" SETTINGS, "survey", "E2", "not supported" },
		{ "survey\n,type,name,label,label\n,text,q,Q\n" SETTINGS, "survey", "E2", "stands twice" },
		{ "survey\n,type,name,label,relevant::en\n,text,q,Q\n" SETTINGS, "survey", "E2", "no translations" },
		{ "survey\n,type,name,label,bind::foo\n,text,q,Q\n" SETTINGS, "survey", "E2", "bind::foo is not supported" },
		{ "survey\n,type,name,label\n,text,q,Q\nentities\n,list_name\n,x\n" SETTINGS, "entities", "", "not supported" },
		{ "survey\n,type,name,label\n,text,q,Q\nsurvay\n,x\n" SETTINGS, "survay", "", "unknown sheet" },
		{ "survey\n,type,name,label\n,text,q,Q\nsettings\n,form_id,version,form_title\n,-t,1,T\n", "settings", "B6", "form_id must be" },
		{ "survey\n,type,name,label\n,text,q,Q\nsettings\n,form_id,version,form_title\n,t,,T\n", "settings", "C6", "version is missing" },
		{ "survey\n,type,name,label\n,text,q,Q\nsettings\n,form_id,version,form_title,public_key\n,t,1,T,k\n", "settings", "E5", "public_key is not supported" },
		{ "survey\n,type,name,label::a\n,text,q,Q\nsettings\n,form_id,version,form_title::a,default_language\n,t,1,T,b\n", "settings", "E6", "language b" },
		{ "survey\n,type,name,label\n,select_one l,q,Q\nchoices\n,list_name,name,label\n,l,a,A\n,l,a,B\n" SETTINGS, "choices", "C7", "twice" },
		{ "survey\n,type,name,label\n,select_one l,q,Q\nchoices\n,list_name,name,label\n,l,a,A\n,l,a b,B\n" SETTINGS, "choices", "C7", "without spaces" },
		{ "survey\n,type,name,label\n,select_one l,q,Q\nchoices\n,list_name,name,label\n,l,a,A\n,l,b\n" SETTINGS, "choices", "D7", "no label" },
		{ "survey\n,type,name,label\n,select_one l,q,Q\nchoices\n,list_name,name,label,image\n,l,a,A\n" SETTINGS, "choices", "E5", "image is not supported" },
		{ "survey\n,type,name,label\n,integer,q,Q\nindicators\n,kind,name,field\n,median,m,q\n" SETTINGS, "indicators", "C6", "median" },
		{ "survey\n,type,name,label\n,integer,q,Q\nindicators\n,kind,name,field\n,sum,m,z\n" SETTINGS, "indicators", "D6", "z" },
		{ "survey\n,type,name,label\n,text,q,Q\nindicators\n,kind,name,field\n,sum,m,q\n" SETTINGS, "indicators", "C6", "personal" },
		{ "survey\n,type,name,label,bind::tally:subject\n,integer,q,Q,yes\n" SETTINGS, "survey", "C3", "subject must be" },
		{ "survey\n,type,name,label,bind::tally:unit\n,decimal,q,Q,fen\n" SETTINGS, "survey", "C3", "must be of type int" },
		{ "survey\n,type,name,label,bind::tally:stage,bind::tally:final\n,select_one l,q,Q,yes,z\nchoices\n,list_name,name,label\n,l,a,A\n" SETTINGS, "survey", "F3", "final stage z" },
		{ "survey\n,type,name,label\n,text,q,\"Q\n" SETTINGS, "survey", "3", "not closed" }, { "PK\003\004 nothing", "", "", "not a zip" },
		{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "", ".xls" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct xls_faults faults = { 0, 0, NULL };

		free(compile(t[i].text, &faults));
		if (faults.errors < 1 || strcmp(faults.f[0].sheet, t[i].sheet) != 0 || strcmp(faults.f[0].cell, t[i].cell) != 0 || strstr(faults.f[0].text, t[i].word) == NULL)
			fail_msg("%s\n%zu faults, %s %s: %s", t[i].text, faults.errors, faults.n > 0 ? faults.f[0].sheet : "", faults.n > 0 ? faults.f[0].cell : "", faults.n > 0 ? faults.f[0].text : "");
		xls_faults_free(&faults);
	}
}

static void
test_all_at_once(void **state)
{
	static const char text[] = "survey\n,type,name,label,colour\n,text,a b,X\n,txt,b,X\n,integer,d,X\n,integer,e,\n" "settings\n,form_id,version,form_title\n,bad id,,T\n";
	struct xls_faults faults = { 0, 0, NULL };

	(void)state;
	free(compile(text, &faults));
	assert_int_equal(faults.errors, 6);
	xls_faults_free(&faults);
}

/* Notes: columns, rows and sheets that begin with #; a label that goes nowhere is a warning. */
static void
test_notes(void **state)
{
	static const char text[] = "survey\n,type,name,label,#note\n,text,q,Q,to do\n,# later,,,\n,,,,only a note\n,calculate,c,C,\n#mine\n,anything\n" SETTINGS;
	struct xls_faults faults = { 0, 0, NULL };

	(void)state;
	free(compile(text, &faults));
	assert_int_equal(faults.errors, 1); /* calculate without a calculation */
	assert_true(faults.n >= 2);
	xls_faults_free(&faults);
}

/* 100,000 choices take their time, once; 140,000 are refused. */
static void
test_many(void **state)
{
	struct xls_faults faults = { 0, 0, NULL };
	struct buf b;
	struct form *f;
	char *xml;
	int n, i;

	(void)state;
	for (n = 100000; n <= 140000; n += 40000) {
		buf_init(&b, 16 << 20);
		(void)buf_puts(&b, "survey\n,type,name,label\n,select_one l,q,Q\nchoices\n,list_name,name,label\n");
		for (i = 0; i < n; i++)
			(void)buf_printf(&b, ",l,p%d,P%d\n", i, i);
		(void)buf_puts(&b, SETTINGS);
		xml = compile(buf_str(&b), &faults);
		if (n == 100000) {
			assert_int_equal(faults.errors, 0);
			assert_non_null(f = form_parse(xml, strlen(xml), NULL));
			assert_int_equal(form_field(f, "q")->nchoices, 100000);
			form_free(f);
		} else {
			assert_int_equal(faults.errors >= 1, 1);
			assert_non_null(strstr(faults.f[0].text, "more than 131072"));
		}
		free(xml);
		buf_free(&b);
	}
	xls_faults_free(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_references), cmocka_unit_test(test_choices), cmocka_unit_test(test_choice_name), cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_languages), cmocka_unit_test(test_faults), cmocka_unit_test(test_file_faults), cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_notes), cmocka_unit_test(test_many),
	};

	return (cmocka_run_group_tests_name("xlsform", tests, NULL, NULL));
}
