#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/fields.h"
#include "agent/page/photos.h"
#include "agent/page/routes.h"
#include "base/enc.h"
#include "base/log.h"

/* One form being filled in: every post is on the disk before it is judged. */

#define BODY_MAX ((size_t)40 << 20)

static int
skip_subject(const struct filling *fl, const struct form_field *f)
{
	return fl->form->subject != NULL && strcmp(f->path, fl->form->subject) == 0 && filling_fact(fl, "subject")[0] != '\0';
}

static void
path_of(const struct filling *fl, struct buf *b)
{
	buf_init(b, 512);
	(void)buf_puts(b, "/draft/");
	page_url(b, fl->row.id);
}

/* The entry that a draft became, if it did: a second press, or a page that was left open.  1 when the browser was sent there. */
static int
recorded_already(struct page_call *c, const char *id)
{
	char path[16 + 2 * HASH_LEN] = "/entry/";
	struct journal_entry x;
	int rc;

	journal_entry_init(&x);
	if ((rc = journal_by_id(c->ag->j, id, &x)) == 1) {
		enc_hex(path + strlen(path), x.hash, HASH_LEN);
		page_flash(c, N_("This is recorded."));
		page_redirect(c, path);
	}
	journal_entry_free(&x);
	return rc == 1;
}

/* The draft of the path, or an answer to the browser and NULL. */
static struct filling *
find(struct page_call *c)
{
	struct filling *fl = NULL;
	struct err e = { "" };
	int rc = filling_load(c->ag, c->part[0], &fl, &e);

	if (fl != NULL && recorded_already(c, fl->row.id)) {
		/* the power went between recording and clearing away */
		(void)filling_drop(c->ag, fl, NULL);
		filling_free(fl);
		return NULL;
	}
	if (fl != NULL || (rc == 0 && recorded_already(c, c->part[0])))
		return fl;
	if (rc < 0)
		log_msg(LOG_WARN, "page: %s", e.text);
	page_error(c, rc == 0 ? 404 : 503, rc == 0 ? tr(c->lang, "This unfinished form is not here any more: it was recorded or discarded.") :
	    tr(c->lang, "This unfinished form cannot be read any more; its key or its content was damaged."));
	return NULL;
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

	path_of(fs->fl, &path);
	page_begin(c, fs->fl->form->title[c->form_lang]);
	if (fs->fl->kind == FILLING_CORRECTION)
		page_notice(c, PAGE_INFO, tr(c->lang, "A correction: change what is wrong; what was recorded stands beside each question. The former entry stays in the journal."));
	put_about(c, fs->fl);
	page_form(c, buf_str(&path), 1);
	/* the key "Enter" presses a form's first button: this one keeps what was typed and asks again */
	page_raw(c, "<p class=\"skip\"><button name=\"do\" value=\"look\" tabindex=\"-1\">");
	page_say(c, "Keep", NULL);
	page_raw(c, "</button></p>\n<div id=\"fields\" data-keep=\"");
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

/* Judge what was typed and show it; ${found} (may be NULL) are findings there already, ${all} also says what is missing. */
static void
show(struct page_call *c, const struct filling *fl, struct form_findings *found, int all, int part)
{
	struct form_findings mine = { 0, NULL };
	struct err e = { "" };
	struct fields fs = { .c = c, .fl = fl, .findings = found ? found : &mine, .all = all, .skip = skip_subject };
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

static void
draft(struct page_call *c)
{
	struct filling *fl = find(c);

	if (fl == NULL)
		return;
	if (fl->kind == FILLING_CLASS)
		page_error(c, 404, tr(c->lang, "There is no such page."));
	else
		show(c, fl, NULL, 0, 0);
	filling_free(fl);
}

/* Recording */

static void
add_finding(struct form_findings *out, const char *path, const char *rule)
{
	struct form_finding *p = realloc(out->f, (out->n + 1) * sizeof(*p));

	if (p == NULL)
		return;
	out->f = p;
	memset(&p[out->n], 0, sizeof(*p));
	(void)snprintf(p[out->n].path, sizeof(p[out->n].path), "%s", path);
	(void)snprintf(p[out->n].rule, sizeof(p[out->n].rule), "%s", rule);
	out->n++;
}

/* Was what a correction corrects itself replaced meanwhile? */
static int
stands(struct page_call *c, const struct filling *fl)
{
	const char *over = filling_fact(fl, "supersedes");
	uint8_t hash[HASH_LEN], by[HASH_LEN];
	int withdrawn;

	if (*over == '\0')
		return 1;
	return dec_hex(hash, HASH_LEN, over, strlen(over)) == 0 && journal_superseded_by(c->ag->j, hash, by, &withdrawn) == 0;
}

static void
nothing_changed(struct page_call *c, const struct filling *fl)
{
	char path[16 + 2 * HASH_LEN];

	(void)snprintf(path, sizeof(path), "/entry/%.64s", filling_fact(fl, "supersedes"));
	(void)filling_drop(c->ag, fl, NULL);
	page_flash(c, N_("Nothing was changed, so nothing was recorded."));
	page_redirect(c, path);
}

static void
append(struct page_call *c, const struct filling *fl, const struct draft *d, struct form_findings *found)
{
	char path[16 + 2 * HASH_LEN] = "/entry/";
	struct err e = { "" };
	struct recorded r;
	int rc = recorder_append(c->ag, d, 1, &r, &e);

	if (rc == 0) {
		(void)filling_drop(c->ag, fl, NULL);
		enc_hex(path + strlen(path), r.entry, HASH_LEN);
		page_flash(c, fl->kind == FILLING_CORRECTION ? N_("The correction is recorded.") : N_("Recorded."));
		page_redirect(c, path);
		return;
	}
	log_msg(LOG_WARN, "page: %s", e.text);
	show(c, fl, found, 0, 0);
	c->res->status = 503;
}

static void
save(struct page_call *c, const struct filling *fl)
{
	struct form_findings found = { 0, NULL };
	struct err e = { "" };
	char late[128];
	struct draft d;
	int rc;

	if (!stands(c, fl)) {
		page_error(c, 409, tr(c->lang, "The entry was corrected or withdrawn meanwhile; look at it again."));
		return;
	}
	if (!filling_changed(fl)) {
		nothing_changed(c, fl);
		return;
	}
	draft_init(&d, fl->kind == FILLING_CORRECTION ? "correction" : "record", c->ag);
	rc = filling_draft(c->ag, fl, NULL, "", c->cadre, &d, &found, &e);
	if (filling_fact(fl, "late")[0] == '\0' && fields_future(fl, late)) {
		add_finding(&found, late, "future");
		rc = rc == 0 ? 1 : rc;
	}
	if (rc == 0) {
		append(c, fl, &d, &found);
	} else if (rc == 1) {
		show(c, fl, &found, 1, 0);
		c->res->status = 422;
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, tr(c->lang, "This cannot be recorded now. What you typed is kept; try again."));
	}
	draft_free(&d);
	form_findings_free(&found);
}

/* Back to the form, at a field. */
static void
again(struct page_call *c, const struct filling *fl, const char *at)
{
	struct buf path;

	path_of(fl, &path);
	if (at != NULL) {
		(void)buf_puts(&path, "#f-v%3A");
		page_url(&path, at);
	}
	page_redirect(c, buf_str(&path));
	buf_free(&path);
}

/* What the pressed button asks for beside keeping: instances of repeats, photos taken out.  The field to go back to, or NULL. */
static const char *
change(struct filling *fl, const char *what)
{
	if (strncmp(what, "more:", 5) == 0)
		return filling_add(fl, what + 5) == 0 ? what + 5 : NULL;
	if (strncmp(what, "less:", 5) == 0)
		return filling_remove(fl, what + 5) == 0 ? what + 5 : NULL;
	if (strncmp(what, "photo:", 6) == 0 && filling_field(fl, what + 6) != NULL)
		return filling_set(fl, what + 6, "") == 0 ? what + 6 : NULL;
	return NULL;
}

static void
answer(struct page_call *c, const struct filling *fl, const char *what, const char *at, struct form_findings *photos)
{
	if (c->cadre == NULL) {
		/* the session ended while somebody typed: it is kept, and goes on after the PIN */
		struct buf path;

		buf_init(&path, 512);
		(void)buf_puts(&path, "/sign-in?next=%2Fdraft%2F");
		page_url(&path, fl->row.id);
		page_redirect(c, buf_str(&path));
		buf_free(&path);
	} else if (strcmp(what, "auto") == 0) {
		show(c, fl, NULL, 0, 1);
	} else if (photos->n > 0) {
		show(c, fl, photos, 1, 0);
		c->res->status = 422;
	} else if (strcmp(what, "save") == 0) {
		save(c, fl);
	} else if (strcmp(what, "later") == 0) {
		page_flash(c, N_("Kept. It stands below, to go on with."));
		page_redirect(c, "/record");
	} else {
		again(c, fl, at);
	}
}

static void
keep(struct page_call *c, struct photos *ph)
{
	struct form_findings photos = { 0, NULL };
	const char *what = page_posted(c, "do"), *at = NULL;
	struct filling *fl = find(c);
	struct err e = { "" };
	size_t i;
	int rc;

	if (fl == NULL)
		return;
	rc = fields_take(c, fl) == 0 && filling_set_fact(fl, "touched", "1") == 0 ? photos_keep(c, ph, fl, &e) : -1;
	at = rc == 0 ? change(fl, what) : NULL;
	for (i = 0; i < ph->n; i++)
		if (ph->photo[i].rule != NULL)
			add_finding(&photos, ph->photo[i].path, ph->photo[i].rule);
	if (rc == 0)
		rc = filling_save(c->ag, fl, &e);
	if (rc == 0) {
		answer(c, fl, what, at, &photos);
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		show(c, fl, &photos, 0, 0);
		c->res->status = 503;
	}
	form_findings_free(&photos);
	filling_free(fl);
}

static void
draft_posted(struct page_call *c)
{
	struct photos ph;

	/* reducing photos takes a while: sync and the other pages go on meanwhile */
	photos_take(c, &ph);
	agent_lock();
	keep(c, &ph);
	agent_unlock();
	photos_free(&ph);
}

/* Discarding */

static void
discard(struct page_call *c)
{
	struct filling *fl = find(c);
	struct buf path;

	if (fl == NULL)
		return;
	path_of(fl, &path);
	page_begin(c, tr(c->lang, "Discard this unfinished form?"));
	page_raw(c, "<p>");
	page_text(c, fl->form->title[c->form_lang]);
	page_raw(c, " ");
	page_text(c, fl->form->subject ? filling_get(fl, fl->form->subject) : "");
	page_raw(c, "</p>\n");
	(void)buf_puts(&path, "/discard");
	page_form(c, buf_str(&path), 0);
	page_button(c, NULL, NULL, tr(c->lang, "Discard: what was typed is gone"));
	page_form_end(c);
	page_raw(c, "<p>");
	page_link(c, "/record", tr(c->lang, "No, keep it"));
	page_raw(c, "</p>\n");
	page_end(c);
	buf_free(&path);
	filling_free(fl);
}

static void
discarded(struct page_call *c)
{
	struct err e = { "" };
	struct filling *fl = find(c);

	if (fl == NULL)
		return;
	if (filling_drop(c->ag, fl, &e) == 0) {
		page_flash(c, N_("Discarded."));
		page_redirect(c, "/record");
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, tr(c->lang, "It could not be discarded: the disk does not take it."));
	}
	filling_free(fl);
}

/* A photo of an unfinished form, by its hash. */
static void
draft_photo(struct page_call *c)
{
	struct filling *fl = find(c);
	const cJSON *v;
	int here = 0;

	if (fl == NULL)
		return;
	cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(fl->content, "typed"))
		here |= cJSON_IsString(v) && strcmp(v->valuestring, c->part[1]) == 0;
	if (here)
		photos_send(c, c->part[1], PHOTO_THUMB);
	else
		page_error(c, 404, tr(c->lang, "There is no such photo here."));
	filling_free(fl);
}

const struct page_route page_routes_draft[] = {
	{ "GET", "/draft/:", PAGE_CADRE, 0, draft },
	{ "POST", "/draft/:", PAGE_PERSONAL | PAGE_FILES | PAGE_UNLOCKED, BODY_MAX, draft_posted },
	{ "GET", "/draft/:/discard", PAGE_CADRE, 0, discard },
	{ "POST", "/draft/:/discard", PAGE_CADRE, 0, discarded },
	{ "GET", "/draft/:/:", PAGE_CADRE, 0, draft_photo },
	{ NULL, NULL, 0, 0, NULL }
};
