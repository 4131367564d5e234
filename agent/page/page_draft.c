#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page/choices.h"
#include "agent/page/draft.h"
#include "agent/page/fields.h"
#include "agent/page/photos.h"
#include "agent/page/routes.h"
#include "agent/page/where.h"
#include "base/enc.h"
#include "base/log.h"

/* One form being filled in: every post is on the disk before it is judged. */

#define BODY_MAX ((size_t)40 << 20)

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
draft(struct page_call *c)
{
	struct filling *fl = find(c);

	if (fl == NULL)
		return;
	if (fl->kind == FILLING_CLASS)
		page_error(c, 404, tr(c->lang, "There is no such page."));
	else
		draft_show(c, fl, NULL, 0, 0);
	filling_free(fl);
}

/* Back to the form, at a field. */
static void
again(struct page_call *c, const struct filling *fl, const char *at)
{
	struct buf path;

	draft_path(fl, &path);
	if (at != NULL) {
		(void)buf_puts(&path, "#f-v%3A");
		page_url(&path, at);
	}
	page_redirect(c, buf_str(&path));
	buf_free(&path);
}

/* What the pressed button asks for beside keeping: instances of repeats, photos taken out.  The field to go back to, or NULL. */
static const char *
change(struct agent *ag, struct filling *fl, const char *what)
{
	if (strncmp(what, "more:", 5) == 0)
		return filling_add(fl, what + 5) == 0 ? what + 5 : NULL;
	if (strncmp(what, "less:", 5) == 0)
		return filling_remove(fl, what + 5) == 0 ? what + 5 : NULL;
	if (strncmp(what, CHOICES_FIND, strlen(CHOICES_FIND)) == 0 || strncmp(what, CHOICES_FROM, strlen(CHOICES_FROM)) == 0)
		return choices_go(fl, what);
	if (strncmp(what, "photo:", 6) != 0 || filling_field(fl, what + 6) == NULL)
		return NULL;
	filling_forget(ag, fl, what + 6);
	return what + 6;
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
		draft_show(c, fl, NULL, 0, 1);
	} else if (photos->n > 0) {
		draft_show(c, fl, photos, 1, 0);
		c->res->status = 422;
	} else if (strcmp(what, "save") == 0) {
		draft_save(c, fl);
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
	rc = fields_take(c, fl) == 0 && filling_set_fact(fl, "touched", "1") == 0 && where_take(c, fl, &e) == 0 ? photos_keep(c, ph, fl, &e) : -1;
	at = rc == 0 && c->cadre != NULL ? change(c->ag, fl, what) : NULL; /* nothing is taken out by who has not signed in */
	for (i = 0; i < ph->n; i++)
		if (ph->photo[i].rule != NULL)
			draft_finding(&photos, ph->photo[i].path, ph->photo[i].rule);
	if (rc == 0)
		rc = filling_save(c->ag, fl, &e);
	if (rc == 0) {
		answer(c, fl, what, at, &photos);
	} else {
		log_msg(LOG_WARN, "page: %s", e.text);
		/* who has not signed in is shown nothing of what stands in it */
		if (c->cadre != NULL)
			draft_show(c, fl, &photos, 0, 0);
		else
			page_error(c, 503, tr(c->lang, "This could not be kept: the disk does not take it. Go back and try again."));
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
	draft_path(fl, &path);
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
