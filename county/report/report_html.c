#include <stdlib.h>
#include <string.h>

#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/ledger_question.h"
#include "county/serve/pages.h"
#include "county/report/report_out.h"
#include "web/html.h"

/* A report as a page: in a browser, or as a file that needs nothing else. */

#define CELL_MAX 512
#define SHORT_HASH 6 /* bytes, for people */

static void
put_row(struct buf *b, const struct report_row *row, const struct report_column *c, size_t n)
{
	char cell[CELL_MAX];
	size_t i;

	(void)buf_puts(b, "<tr>");
	for (i = 0; i < n; i++) {
		(void)buf_puts(b, report_is_text(&c[i]) ? "<td>" : "<td class=\"num\">");
		html_text(b, report_cell(row, &c[i], 1, cell, sizeof(cell)) ? cell : "–");
		(void)buf_puts(b, "</td>");
	}
	(void)buf_puts(b, "</tr>\n");
}

int
report_html_table(const struct report *r, size_t from, size_t to, const char *lang, struct buf *b)
{
	struct report_column *c;
	char head[CELL_MAX];
	size_t i, n;

	if ((c = report_columns(r, r->row[from].form, &n)) == NULL)
		return -1;
	(void)buf_puts(b, "<div class=\"wide\"><table><thead><tr>");
	for (i = 0; i < n; i++) {
		report_head(r, r->row[from].form, &c[i], strcmp(lang, "en") == 0 ? FORM_EN : FORM_ZH, head, sizeof(head));
		(void)buf_puts(b, report_is_text(&c[i]) ? "<th>" : "<th class=\"num\">");
		html_text(b, head);
		(void)buf_puts(b, "</th>");
	}
	(void)buf_puts(b, "</tr></thead><tbody>\n");
	for (i = from; i < to; i++)
		put_row(b, &r->row[i], c, n);
	(void)buf_puts(b, "</tbody></table></div>\n");
	free(c);
	return 0;
}

static void
put_hash(struct buf *b, const uint8_t hash[HASH_LEN])
{
	(void)buf_puts(b, " <code>");
	(void)buf_hex(b, hash, SHORT_HASH);
	(void)buf_puts(b, "</code>");
}

/* Which ids are one, which entries dispute. */
static void
put_remarks(struct buf *b, const struct report_row *row, const char *lang)
{
	const struct fold_extra *x = row->subject ? row->subject->extra : NULL;

	if (x == NULL)
		return;
	if (x->linked != NULL) {
		(void)buf_puts(b, "<p><code>");
		html_text(b, row->key);
		(void)buf_printf(b, "</code> %s: <code>", page_word(lang, "合并有", "stands also for"));
		html_text(b, x->linked);
		(void)buf_puts(b, "</code></p>\n");
	}
	for (size_t i = 0; i < x->ndisputes; i++) {
		(void)buf_puts(b, "<p><code>");
		html_text(b, row->key);
		(void)buf_printf(b, "</code> %s:", page_word(lang, "有争议", "disputed"));
		put_hash(b, x->dispute[i].entry);
		(void)buf_puts(b, " ←");
		for (size_t k = 0; k < x->dispute[i].n; k++)
			put_hash(b, x->dispute[i].rival[k]);
		(void)buf_puts(b, "</p>\n");
	}
}

static int
put_form(const struct report *r, size_t from, size_t to, const char *lang, struct buf *b)
{
	const struct fold_form *f = r->row[from].form;

	(void)buf_puts(b, "<h2>");
	html_text(b, f->f ? f->f->title[strcmp(lang, "en") == 0 ? FORM_EN : FORM_ZH] : f->id);
	(void)buf_puts(b, "</h2>\n");
	if (report_html_table(r, from, to, lang, b) != 0)
		return -1;
	for (size_t i = from; i < to; i++)
		put_remarks(b, &r->row[i], lang);
	return 0;
}

int
report_html(const struct report *r, const struct fold *f, const char *office, const char *lang, struct buf *b)
{
	size_t from = 0;

	html_begin(b, lang, page_word(lang, "进度", "Progress"));
	(void)buf_puts(b, "<h1>");
	html_text(b, office);
	(void)buf_printf(b, " · %s</h1>\n", page_word(lang, "进度", "Progress"));
	if (r->n == 0)
		(void)buf_printf(b, "<p>%s</p>\n", page_word(lang, "还没有记录。", "Nothing was recorded yet."));
	for (size_t i = 1; i <= r->n; i++) {
		if (i < r->n && r->row[i].form == r->row[from].form)
			continue;
		if (put_form(r, from, i, lang, b) != 0)
			return -1;
		from = i;
	}
	if (questions_html(f, lang, b) < 0)
		return -1;
	doubles_html(f, lang, b);
	(void)buf_printf(b, "<p class=\"small\">%s %llu</p>\n", page_word(lang, "截至日志大小", "As of log size"), (unsigned long long)fold_size(f));
	html_end(b);
	return buf_ok(b) ? 0 : -1;
}
