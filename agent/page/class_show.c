#include "agent/page/begin.h"
#include "agent/page/class.h"
#include "agent/page/draft.h"
#include "agent/page/fields.h"
#include "agent/page/pick.h"
#include "agent/page/where.h"
#include "base/log.h"

/* The page of a sheet being filled in. */

void
class_path(const struct filling *fl, struct buf *b)
{
	buf_init(b, 512);
	(void)buf_puts(b, "/class-draft/");
	page_url(b, fl->row.id);
}

static void
put_line(struct class_sheet *sh, const struct class_line *l)
{
	struct page_call *c = sh->c;
	char name[MEMBER_ITEM_MAX + 1];

	(void)begin_name(c->ag, l->id, name);
	(void)buf_printf(c->b, "<li class=\"line%s\"><label class=\"tick\"><input type=\"checkbox\" name=\"who\" value=\"", l->error[0] ? " faulty" : "");
	page_text(c, l->id);
	page_raw(c, "\" checked> ");
	page_text(c, name[0] ? name : l->id);
	page_raw(c, "</label><input type=\"text\" maxlength=\"500\" autocomplete=\"off\" id=\"x:");
	page_text(c, l->id);
	page_raw(c, "\" name=\"x:");
	page_text(c, l->id);
	page_raw(c, "\" aria-label=\"");
	page_say(c, "Different for {1}", name[0] ? name : l->id, NULL);
	if (l->error[0] != '\0') {
		page_raw(c, "\" aria-invalid=\"true\" aria-describedby=\"e-x:");
		page_text(c, l->id);
	}
	page_raw(c, "\" value=\"");
	page_text(c, l->typed);
	page_raw(c, "\">");
	if (l->error[0] != '\0') {
		page_raw(c, "<p class=\"error\" id=\"e-x:");
		page_text(c, l->id);
		page_raw(c, "\">");
		page_text(c, l->error);
		page_raw(c, "</p>");
	}
	page_raw(c, "</li>\n");
}

static void
put_people(struct class_sheet *sh)
{
	struct pick p = { .name = "who", .about = roster_about(sh->fl->form), .many = 1 };
	struct page_field numbers = { .name = "numbers", .label = tr(sh->c->lang, "Others, by their numbers"), .max = 4000,
		.hint = tr(sh->c->lang, "Those who are not in the roster: numbers with spaces between them.") };
	struct page_call *c = sh->c;
	char n[32];
	size_t i;

	page_raw(c, "<h2 id=\"people\">");
	page_say(c, "On the sheet: {1}", page_number(n, sh->n), NULL);
	page_raw(c, "</h2>\n");
	if (sh->n > 0) {
		page_raw(c, "<p class=\"hint\">");
		page_say(c, "Beside a name only what is different for that person, as days=10, or absent.", NULL);
		page_raw(c, "</p>\n<ol class=\"sheet\">\n");
		for (i = 0; i < sh->n; i++)
			put_line(sh, &sh->line[i]);
		page_raw(c, "</ol>\n");
	}
	page_raw(c, "<h2>");
	page_say(c, "Put on the sheet", NULL);
	page_raw(c, "</h2>\n");
	pick_rows(c, &p);
	page_input(c, &numbers);
	page_raw(c, "<p>");
	page_button(c, "do", "look", tr(c->lang, "Put those ticked on the sheet"));
	page_raw(c, "</p>\n");
}

/* The people whose lines are wrong, each a way to the line. */
static void
put_wrong(struct class_sheet *sh)
{
	struct page_call *c = sh->c;
	char n[32], name[MEMBER_ITEM_MAX + 1];
	struct buf text;
	size_t i;

	buf_init(&text, 512);
	page_fill(&text, c->lang, "Nothing was recorded yet: lines that need a look: {1}.", page_number(n, sh->wrong), NULL);
	page_notice(c, PAGE_BAD, buf_str(&text));
	buf_free(&text);
	page_raw(c, "<ul>\n");
	for (i = 0; i < sh->n; i++)
		if (sh->line[i].error[0] != '\0') {
			page_raw(c, "<li><a href=\"#x:");
			page_url(c->b, sh->line[i].id);
			page_raw(c, "\">");
			page_text(c, *begin_name(c->ag, sh->line[i].id, name) != '\0' ? name : sh->line[i].id);
			page_raw(c, "</a></li>\n");
		}
	page_raw(c, "</ul>\n");
}

static void
put_page(struct class_sheet *sh, struct fields *fs)
{
	struct page_call *c = sh->c;
	struct buf path;

	class_path(sh->fl, &path);
	page_begin(c, sh->fl->form->title[c->form_lang]);
	if (draft_full(c) != NULL)
		page_notice(c, PAGE_BAD, draft_full(c));
	if (sh->wrong > 0)
		put_wrong(sh);
	fields_summary(fs);
	page_form(c, buf_str(&path), 0);
	page_raw(c, "<p class=\"skip\"><button name=\"do\" value=\"look\" tabindex=\"-1\">");
	page_say(c, "Keep", NULL);
	page_raw(c, "</button></p>\n<h2>");
	page_say(c, "The same for all", NULL);
	page_raw(c, "</h2>\n");
	where_put(c, sh->fl);
	page_raw(c, "<div data-keep=\"");
	page_text(c, buf_str(&path));
	page_raw(c, "\">\n");
	fields_put(fs);
	page_raw(c, "</div>\n");
	put_people(sh);
	page_raw(c, "<p class=\"acts\">");
	page_button(c, "do", "save", tr(c->lang, "Record all of them"));
	page_button(c, "do", "later", tr(c->lang, "Go on later"));
	page_raw(c, "<a href=\"/draft/");
	page_url(c->b, sh->fl->row.id);
	page_raw(c, "/discard\">");
	page_say(c, "Discard", NULL);
	page_raw(c, "</a></p>\n");
	page_form_end(c);
	page_end(c);
	buf_free(&path);
}

void
class_show(struct class_sheet *sh, int all)
{
	struct form_findings typed = { 0, NULL };
	struct fields fs = { .c = sh->c, .fl = sh->fl, .all = all, .skip = class_skip };
	struct err e = { "" };
	struct form_env env;

	filling_env(sh->c->ag, sh->fl, &env);
	fs.run = filling_run(sh->fl, &env, NULL, &typed, &e);
	fs.findings = all ? &sh->common : &typed;
	if (fs.run != NULL) {
		put_page(sh, &fs);
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(sh->c, 503, tr(sh->c->lang, "This form cannot be shown now."));
	}
	form_run_free(fs.run);
	form_findings_free(&typed);
}
