#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/draft.h"
#include "agent/page/fields.h"
#include "agent/page/room.h"
#include "agent/page/where.h"
#include "base/log.h"

/* The page of one form being filled in. */

static int
skip_subject(const struct filling *fl, const struct form_field *f)
{
	return fl->form->subject != NULL && strcmp(f->path, fl->form->subject) == 0 && filling_fact(fl, "subject")[0] != '\0';
}

void
draft_path(const struct filling *fl, struct buf *b)
{
	buf_init(b, 512);
	(void)buf_puts(b, "/draft/");
	page_url(b, fl->row.id);
}

static void
put_about(struct page_call *c, const struct filling *fl)
{
	const char *id = filling_fact(fl, "subject");
	char name[MEMBER_ITEM_MAX + 1];
	struct subject s;

	if (*id == '\0')
		return;
	page_raw(c, "<dl class=\"card\"><dt>");
	page_say(c, "Subject", NULL);
	page_raw(c, "</dt><dd>");
	page_text(c, id);
	page_raw(c, " ");
	page_text(c, begin_name(c->ag, id, name));
	page_raw(c, "</dd>");
	if (subject_load(c->ag, fl->form, id, &s) == 1) {
		page_raw(c, "<dt>");
		page_say(c, "So far", NULL);
		page_raw(c, "</dt><dd>");
		page_text(c, s.stage ? s.stage->label[c->form_lang] : "");
		page_raw(c, " ");
		page_text(c, s.day);
		page_raw(c, "</dd><dt>");
		page_say(c, "Begun by", NULL);
		page_raw(c, "</dt><dd>");
		page_text(c, s.began);
		page_raw(c, "</dd>");
	}
	page_raw(c, "</dl>\n");
	subject_free(&s);
}

static void
put_buttons(struct page_call *c, const struct filling *fl)
{
	page_raw(c, "<p class=\"acts\">");
	page_button(c, "do", "save", fl->kind == FILLING_CORRECTION ? tr(c->lang, "Record the correction") : tr(c->lang, "Record"));
	page_button(c, "do", "later", tr(c->lang, "Go on later"));
	page_raw(c, "<a href=\"/draft/");
	page_url(c->b, fl->row.id);
	page_raw(c, "/discard\">");
	page_say(c, "Discard", NULL);
	page_raw(c, "</a></p>\n");
}

/* The part of the page that answers change: what is asked, and what is wrong. */
static void
put_fields(struct fields *fs)
{
	fields_summary(fs);
	fields_put(fs);
}

/* Is there anything on this form that other answers bring up? */
static int
has_logic(const struct form_field *g)
{
	size_t i;

	for (i = 0; i < g->nchild; i++)
		if (g->child[i].relevant != NULL || g->child[i].calculate != NULL || has_logic(&g->child[i]))
			return 1;
	return 0;
}

static void
put_page(struct fields *fs)
{
	struct page_call *c = fs->c;
	struct buf path;

	draft_path(fs->fl, &path);
	page_begin(c, fs->fl->form->title[c->form_lang]);
	if (draft_full(c) != NULL)
		page_notice(c, PAGE_BAD, draft_full(c));
	if (fs->fl->kind == FILLING_CORRECTION)
		page_notice(c, PAGE_INFO, tr(c->lang, "A correction: change what is wrong; what was recorded stands beside each question. The former entry stays in the journal."));
	put_about(c, fs->fl);
	page_form(c, buf_str(&path), 1);
	/* the key "Enter" presses a form's first button: this one keeps what was typed and asks again */
	page_raw(c, "<p class=\"skip\"><button name=\"do\" value=\"look\" tabindex=\"-1\">");
	page_say(c, "Keep", NULL);
	page_raw(c, "</button></p>\n");
	where_put(c, fs->fl);
	page_raw(c, "<div id=\"fields\" data-keep=\"");
	page_text(c, buf_str(&path));
	page_raw(c, "\">\n");
	put_fields(fs);
	page_raw(c, "</div>\n");
	if (has_logic(&fs->fl->form->root)) {
		page_raw(c, "<p>");
		page_button(c, "do", "look", tr(c->lang, "Keep, and show what else is asked"));
		page_raw(c, "</p>\n");
	}
	put_buttons(c, fs->fl);
	page_form_end(c);
	page_end(c);
	buf_free(&path);
}

void
draft_show(struct page_call *c, const struct filling *fl, struct form_findings *found, int all, int part)
{
	struct form_findings mine = { 0, NULL };
	struct err e = { "" };
	struct fields fs = { .c = c, .fl = fl, .findings = found ? found : &mine, .all = all, .skip = skip_subject, .photos = room_words(c, room_look(c->ag)) };
	struct form_env env;
	cJSON *answers = NULL;

	filling_env(c->ag, fl, &env);
	/* a form just begun has nothing wrong yet */
	fs.run = filling_run(fl, &env, NULL, &mine, &e);
	if (fs.run != NULL && found == NULL && (answers = form_run_answers(fs.run)) != NULL)
		(void)form_check_in(fl->form, &env, answers, &mine);
	if (fs.run == NULL) {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, tr(c->lang, "This form cannot be shown now."));
	} else if (part) {
		put_fields(&fs);
	} else {
		put_page(&fs);
	}
	cJSON_Delete(answers);
	form_run_free(fs.run);
	form_findings_free(&mine);
}
