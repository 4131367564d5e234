#include <stdlib.h>
#include <string.h>

#include "county/report/double.h"
#include "county/report/fold.h"
#include "county/report/ledger_question.h"
#include "county/serve/pages.h"
#include "county/report/report.h"
#include "county/report/report_out.h"
#include "web/html.h"

/* Progress of one form, by place, time, fund or state, in a browser. */

static const struct { const char *word, *zh, *en; } groupings[] = {
	{ "township", "按乡镇", "by township" }, { "village", "按村", "by village" }, { "county", "按县", "by county" },
	{ "year", "按年", "by year" }, { "month", "按月", "by month" }, { "fund", "按资金来源", "by fund" },
};
#define GROUPINGS (sizeof(groupings) / sizeof(groupings[0]))

struct wanted {
	char form[ID_MAX + 1];
	size_t by;                 /* of groupings */
};

struct options {
	struct buf *b;
	struct ledger *l;
	struct wanted *w;
	const char *asked;         /* the form asked for, or NULL: the first */
	const char *lang;
};

/* The form asked for must be one that was published. */
static int
find_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct options *o = ctx;

	(void)index;
	(void)version;
	(void)hash;
	if (o->w->form[0] == '\0' && (o->asked == NULL || strcmp(o->asked, id) == 0))
		(void)strcpy(o->w->form, id);
	return 0;
}

static void
option(struct buf *b, const char *value, const char *text, int chosen)
{
	(void)buf_puts(b, "<option value=\"");
	html_text(b, value);
	(void)buf_printf(b, "\"%s>", chosen ? " selected" : "");
	html_text(b, text);
	(void)buf_puts(b, "</option>");
}

/* An option's text: the form's title, or its id. */
static void
titled_option(struct options *o, const char *id, const uint8_t hash[HASH_LEN])
{
	struct form *f = NULL;
	struct buf xml;

	buf_init(&xml, FORM_BYTES_MAX);
	if (ledger_form_body(o->l, hash, &xml) == 1)
		f = form_parse(xml.data, xml.len, NULL);
	option(o->b, id, f != NULL ? f->title[strcmp(o->lang, "en") == 0 ? FORM_EN : FORM_ZH] : id, strcmp(o->w->form, id) == 0);
	form_free(f);
	buf_free(&xml);
}

static int
form_option(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	struct options *o = ctx;
	char newest[VERSION_MAX + 1] = "";
	uint8_t now[HASH_LEN];

	(void)index;
	/* an id has one line, that of its newest version */
	if (ledger_form(o->l, id, newest, now) == 1 && strcmp(newest, version) == 0 && memcmp(now, hash, HASH_LEN) == 0)
		titled_option(o, id, hash);
	return 0;
}

static int
put_chooser(struct options *o, const char *lang)
{
	size_t i;
	int rc;

	(void)buf_printf(o->b, "<form class=\"pick\" method=\"get\" action=\"/report\"><input type=\"hidden\" name=\"lang\" value=\"%s\"><select name=\"form\" aria-label=\"%s\">",
	    lang, page_word(lang, "表单", "Form"));
	rc = ledger_each_form(o->l, form_option, o);
	(void)buf_printf(o->b, "</select> <select name=\"by\" aria-label=\"%s\">", page_word(lang, "分组", "Grouping"));
	for (i = 0; i < GROUPINGS; i++)
		option(o->b, groupings[i].word, page_word(lang, groupings[i].zh, groupings[i].en), i == o->w->by);
	(void)buf_printf(o->b, "</select> <button>%s</button></form>\n", page_word(lang, "显示", "Show"));
	return rc;
}

static int
put_table(struct buf *b, const struct report *r, const char *lang)
{
	if (r->n == 0) {
		(void)buf_printf(b, "<p>%s</p>\n", page_word(lang, "还没有记录。", "Nothing was recorded yet."));
		return 0;
	}
	return report_html_table(r, 0, r->n, lang, b);
}

static int
put_report(struct buf *b, struct ledger *l, const struct wanted *w, const char *lang, struct err *e)
{
	const struct fold_params p = { .form = w->form, .at = UINT64_MAX, .doubles = 1 };
	struct fold *f = fold_run(l, &p, e);
	struct report r = { 0 };
	enum report_by by;
	int rc = -1;

	if (f != NULL && report_by_name(groupings[w->by].word, &by) == 0 && report_make(&r, f, l, by, 0, e) == 0) {
		rc = put_table(b, &r, lang);
		if (questions_html(f, lang, b) < 0)
			rc = -1;
		doubles_html(f, lang, b);
		(void)buf_printf(b, "<p class=\"small\">%s %llu</p>\n", page_word(lang, "截至日志大小", "As of log size"), (unsigned long long)fold_size(f));
	}
	report_free(&r);
	fold_free(f);
	return rc;
}

static int
make_page(struct serve *s, struct ledger *l, const struct http_request *r, struct buf *b, struct err *e)
{
	struct wanted w = { "", 0 };
	struct options o = { .b = b, .l = l, .w = &w, .asked = http_query(r, "form"), .lang = r->lang };
	const char *by = http_query(r, "by");
	size_t i;

	for (i = 0; by != NULL && i < GROUPINGS; i++)
		if (strcmp(groupings[i].word, by) == 0)
			w.by = i;
	if (ledger_each_form(l, find_form, &o) != 0)
		return err_set(e, "the ledger cannot be read");
	page_top(b, s, r->lang, "/report", page_word(r->lang, "进度", "Progress"));
	if (w.form[0] == '\0') {
		(void)buf_printf(b, "<p>%s</p>\n", page_word(r->lang, "没有这份表单。", "No such form was published."));
	} else if (put_chooser(&o, r->lang) != 0) {
		return err_set(e, "the ledger cannot be read");
	} else if (put_report(b, l, &w, r->lang, e) != 0) {
		return -1;
	}
	html_end(b);
	return 0;
}

/* One report at a time: each reads the whole log, and devices need the other workers. */
void
page_report(void *ctx, const struct http_request *r, struct http_response *res)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	struct serve *s = ctx;
	struct err e = { "the report cannot be made" };
	struct desk *d;

	if (pthread_mutex_trylock(&one) != 0) {
		http_error(res, 503, page_word(r->lang, "正在为别人计算，请稍后再试。", "Another report is being made; try again in a moment."));
		(void)http_add_header(res, "Retry-After", "5");
		return;
	}
	d = serve_desk(s);
	if (make_page(s, d->c.l, r, &res->body, &e) != 0)
		http_error(res, 503, e.text);
	serve_leave(s, d);
	(void)pthread_mutex_unlock(&one);
}
