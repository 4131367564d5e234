#include <stdlib.h>
#include <string.h>

#include "agent/page/roster_parts.h"
#include "agent/page/routes.h"
#include "agent/people/roster_import.h"
#include "base/enc.h"
#include "base/lapse.h"

/* A file of households: what it must look like, and what is wrong with it, by row. */

/* What reading stops at (base/csv.c, agent/people/roster_import_read.c), for translation. */
static const char *const stops[] = {
	N_("a quote inside a cell that does not begin with one"), N_("a quoted cell is not closed"), N_("text behind a closing quote"),
	N_("more than 64 cells"), N_("the head with the columns' names is missing"), N_("the column name (姓名) is missing"),
	N_("there is nobody in the file"), N_("the file is empty"), N_("is not UTF-8"), N_("holds a NUL"),
};

/* "row 3: WHAT" in the reader's language; what is not known there stands as it is. */
static void
put_stop(struct page_call *c, const char *text)
{
	const char *rest = strncmp(text, "row ", 4) == 0 ? strchr(text, ':') : NULL;
	char row[16] = "";
	struct buf words;
	size_t i, n;

	if (rest != NULL && (n = (size_t)(rest - text) - 4) < sizeof(row)) {
		memcpy(row, text + 4, n);
		text = rest + 2;
	}
	for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		if (strcmp(text, stops[i]) == 0)
			text = tr(c->lang, stops[i]);
	buf_init(&words, 1024);
	if (row[0] != '\0') {
		page_fill(&words, c->lang, "Row {1}", row, NULL);
		(void)buf_puts(&words, c->form_lang == FORM_ZH ? "：" : ": ");
	}
	(void)buf_puts(&words, text);
	page_notice(c, PAGE_BAD, buf_str(&words));
	buf_free(&words);
}

static void
put_finding(struct page_call *c, const struct import_finding *f)
{
	char n[32];

	page_raw(c, "<tr><td>");
	page_say(c, "Row {1}", page_number(n, f->row), NULL);
	page_raw(c, "</td><td>");
	page_text(c, roster_item_label(c, f->column));
	page_raw(c, "</td><td>");
	page_say(c, f->rule, f->what, NULL);
	page_raw(c, "</td></tr>\n");
}

static void
put_findings(struct page_call *c, const struct import_result *r)
{
	struct buf words;
	char n[32];
	unsigned i;

	buf_init(&words, 1024);
	page_fill(&words, c->lang, "Nothing was imported. Mend these rows in the file and choose it again. Things that are wrong: {1}", page_number(n, r->findings), NULL);
	page_notice(c, PAGE_BAD, buf_str(&words));
	buf_free(&words);
	page_raw(c, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
	page_say(c, "Row", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "Column", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "What is wrong", NULL);
	page_raw(c, "</th></tr></thead><tbody>\n");
	for (i = 0; i < r->findings && i < IMPORT_FINDINGS; i++)
		put_finding(c, &r->finding[i]);
	page_raw(c, "</tbody></table>\n");
	if (r->findings > IMPORT_FINDINGS) {
		page_raw(c, "<p>");
		page_say(c, "Only the first {1} are shown.", page_number(n, IMPORT_FINDINGS), NULL);
		page_raw(c, "</p>\n");
	}
}

static void
put_done(struct page_call *c, const struct import_result *r, int dry)
{
	char n[5][32];

	page_notice(c, dry ? PAGE_INFO : PAGE_OK, dry ? tr(c->lang, "The file is in order. Nothing was stored.") : tr(c->lang, "The file was imported."));
	page_raw(c, "<p>");
	page_say(c, "Households: {1} new, {2} changed, {3} as they were. Members: {4} new, {5} changed.", page_number(n[0], r->households_added),
	    page_number(n[1], r->households_changed), page_number(n[2], r->households_same), page_number(n[3], r->members_added), page_number(n[4], r->members_changed), NULL);
	page_raw(c, "</p>\n");
}

static void
put_columns(struct page_call *c)
{
	const char *comma = c->form_lang == FORM_ZH ? "、" : ", ";
	size_t i;

	page_raw(c, "<h2>");
	page_say(c, "What the file looks like", NULL);
	page_raw(c, "</h2>\n<p>");
	page_say(c, "A CSV file, a row a member, the names of the columns in the first row. The head of a household comes first, its members behind. Columns:", NULL);
	page_raw(c, "</p>\n<p>");
	page_text(c, roster_item_label(c, "household"));
	page_raw(c, comma);
	page_text(c, roster_item_label(c, "group"));
	for (i = 0; i < MEMBER_ITEMS; i++) {
		page_raw(c, comma);
		page_text(c, tr(c->lang, member_items[i].label));
	}
	page_raw(c, "</p>\n<p>");
	page_say(c, "Only the name must be there. The household id is left empty for new households: it is made here. Make the columns of numbers text, or the spreadsheet rounds them.", NULL);
	page_raw(c, "</p>\n<p><a href=\"/roster/template.csv\" download>");
	page_say(c, "An empty file with these columns", NULL);
	page_raw(c, "</a></p>\n");
}

static void
put_form(struct page_call *c)
{
	const struct page_option only[] = { { "1", tr(c->lang, "Only check, store nothing"), 0 } };

	page_form(c, "/roster/import", 1);
	page_input(c, &(struct page_field){ .name = "file", .label = tr(c->lang, "File"), .type = "file", .accept = ".csv,.txt,text/csv", .required = 1 });
	page_ticks(c, &(struct page_field){ .name = "dry", .label = tr(c->lang, "Check first"), .option = only, .n = 1 });
	page_button(c, NULL, NULL, tr(c->lang, "Import"));
	page_form_end(c);
	put_columns(c);
	page_end(c);
}

static void
show_import(struct page_call *c)
{
	page_begin(c, tr(c->lang, "Import a file"));
	put_form(c);
}

static void
take_import(struct page_call *c)
{
	const struct formfield *f = formdata_file(c->form, "file");
	struct import_result *r = lapsed(malloc(sizeof(*r)));
	int dry = page_posted(c, "dry")[0] != '\0', rc = -1;
	struct err e = { "out of memory" };
	struct buf text;

	buf_init(&text, IMPORT_FILE_MAX);
	if (f == NULL)
		(void)err_set(&e, "the file is empty");
	else if (r != NULL && buf_put(&text, f->value, f->len) == 0)
		rc = roster_import(c->ag, &text, dry, r, &e);
	if (text.data != NULL)
		wipe(text.data, text.cap);
	buf_free(&text);
	if (rc == ROSTER_LOCKED) {
		roster_failed(c, rc, &e);
	} else {
		page_begin(c, tr(c->lang, "Import a file"));
		if (rc < 0)
			put_stop(c, e.text);
		else if (rc == 1)
			put_findings(c, r);
		else
			put_done(c, r, dry);
		put_form(c);
	}
	free(r);
}

static void
get_template(struct page_call *c)
{
	c->res->type = "text/csv; charset=utf-8";
	c->res->disposition = "attachment; filename=\"roster.csv\"";
	roster_template(c->b, c->lang);
}

const struct page_route page_routes_import[] = {
	{ "GET", "/roster/import", PAGE_CADRE, 0, show_import },
	{ "POST", "/roster/import", PAGE_CADRE | PAGE_FILES, IMPORT_FILE_MAX, take_import },
	{ "GET", "/roster/template.csv", PAGE_CADRE, 0, get_template },
	{ NULL, NULL, 0, 0, NULL }
};
