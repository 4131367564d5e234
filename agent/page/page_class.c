#include <stdio.h>
#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/choices.h"
#include "agent/page/class.h"
#include "agent/page/draft.h"
#include "agent/page/fields.h"
#include "agent/page/pick.h"
#include "agent/page/routes.h"
#include "agent/page/where.h"
#include "base/enc.h"
#include "base/log.h"

/* Several people on one page, all or none. */

static void
begin(struct page_call *c)
{
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);

	if (f == NULL || f->subject == NULL)
		page_error(c, 404, tr(c->lang, "There is no such form here."));
	else
		begin_class(c, f->id);
	formcache_drop(f);
}

/* What became of a sheet: its entries lie under its id with their numbers. */
static int
put_recorded(struct page_call *c, const char *id)
{
	char part[80], path[2 * HASH_LEN + 16], name[MEMBER_ITEM_MAX + 1];
	struct journal_entry x;
	unsigned n;

	journal_entry_init(&x);
	for (n = 0; n < CLASS_MOST; n++) {
		(void)snprintf(part, sizeof(part), "%.48s.%u", id, n);
		if (journal_by_id(c->ag->j, part, &x) != 1)
			break;
		if (n == 0) {
			page_begin(c, tr(c->lang, "All recorded"));
			page_raw(c, "<ol class=\"card\">\n");
		}
		(void)strcpy(path, "/entry/");
		enc_hex(path + strlen(path), x.hash, HASH_LEN);
		page_raw(c, "<li>");
		(void)begin_name(c->ag, x.subject, name);
		page_link(c, path, *name != '\0' ? name : x.subject);
		page_raw(c, " <span class=\"small\">");
		page_text(c, *name != '\0' ? x.subject : "");
		page_raw(c, "</span></li>\n");
	}
	journal_entry_free(&x);
	if (n > 0) {
		page_raw(c, "</ol>\n");
		page_end(c);
	}
	return n > 0;
}

static struct filling *
find(struct page_call *c)
{
	struct filling *fl = NULL;
	struct journal_entry x;
	struct err e = { "" };
	char first[80];
	int rc;

	rc = filling_load(c->ag, c->part[0], &fl, &e);
	journal_entry_init(&x);
	(void)snprintf(first, sizeof(first), "%.48s.0", c->part[0]);
	if (rc >= 0 && journal_by_id(c->ag->j, first, &x) == 1) {
		/* the power went between recording and clearing away, or it was pressed twice */
		if (fl != NULL)
			(void)filling_drop(c->ag, fl, NULL);
		filling_free(fl);
		fl = NULL;
		(void)put_recorded(c, c->part[0]);
	} else if (fl == NULL || fl->kind != FILLING_CLASS) {
		filling_free(fl);
		fl = NULL;
		page_error(c, rc < 0 ? 503 : 404, rc < 0 ? tr(c->lang, "This unfinished form cannot be read any more; its key or its content was damaged.") :
		    tr(c->lang, "This unfinished form is not here any more: it was recorded or discarded."));
	}
	journal_entry_free(&x);
	return fl;
}

static void
sheet(struct page_call *c)
{
	struct filling *fl = find(c);
	struct class_sheet sh;

	if (fl == NULL)
		return;
	if (class_open(&sh, c, fl) == 0) {
		class_show(&sh, 0);
		class_close(&sh);
	} else {
		page_error(c, 503, tr(c->lang, "This form cannot be shown now."));
	}
	filling_free(fl);
}

static void
again(struct page_call *c, const struct filling *fl)
{
	struct buf path;

	class_path(fl, &path);
	page_redirect(c, buf_str(&path));
	buf_free(&path);
}

static void
save(struct page_call *c, struct class_sheet *sh)
{
	struct err e = { "" };
	const char *full = draft_full(c);
	char late[128];
	int rc;

	if (full != NULL) {
		page_error(c, 507, full);
		return;
	}
	rc = class_judge(sh, &e);

	if (rc == 0 && filling_fact(sh->fl, "late")[0] == '\0' && fields_future(c->ag, sh->fl, late)) {
		draft_finding(&sh->common, late, "future");
		rc = 1;
	}
	if (rc == 0 && (rc = class_append(sh, &e)) == 0) {
		(void)filling_drop(c->ag, sh->fl, NULL);
		page_flash(c, N_("All of them are recorded."));
		again(c, sh->fl);
		return;
	}
	if (e.text[0] != '\0')
		log_msg(LOG_WARN, "page: %s", e.text);
	class_show(sh, 1);
	c->res->status = rc == 1 ? 422 : 503;
}

static void
answer(struct page_call *c, const struct filling *fl)
{
	const char *what = page_posted(c, "do");
	struct class_sheet sh;

	if (strcmp(what, "auto") == 0) {
		c->res->status = 204;
	} else if (strcmp(what, "save") != 0 && strcmp(what, "later") != 0 && pick_asked(c)) {
		if (class_open(&sh, c, fl) == 0) {
			class_show(&sh, 0);
			class_close(&sh);
		}
	} else if (strcmp(what, "save") == 0 && cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(fl->content, "who")) == 0) {
		page_flash(c, N_("Nobody is on the sheet yet: nothing was recorded."));
		again(c, fl);
	} else if (strcmp(what, "save") == 0) {
		if (class_open(&sh, c, fl) == 0) {
			save(c, &sh);
			class_close(&sh);
		}
	} else if (strcmp(what, "later") == 0) {
		page_flash(c, N_("Kept. It stands below, to go on with."));
		page_redirect(c, "/record");
	} else {
		again(c, fl);
	}
}

static void
posted(struct page_call *c)
{
	struct filling *fl = find(c);
	struct err e = { "" };
	int rc;

	if (fl == NULL)
		return;
	rc = fields_take(c, fl) == 0 && filling_set_fact(fl, "touched", "1") == 0 && where_take(c, fl, &e) == 0 ? class_take(c, fl) : -1;
	(void)choices_go(fl, page_posted(c, "do"));
	if (filling_save(c->ag, fl, &e) != 0 || rc != 0) {
		log_msg(LOG_WARN, "page: %s", e.text);
		page_error(c, 503, rc != 0 ? tr(c->lang, "A sheet takes up to 100 people; the first of them were kept.") :
		    tr(c->lang, "This could not be kept: the disk does not take it. Go back and try again."));
	} else if (c->cadre == NULL) {
		page_redirect(c, "/sign-in?next=%2Frecord");
	} else {
		answer(c, fl);
	}
	filling_free(fl);
}

const struct page_route page_routes_class[] = {
	{ "GET", "/class/:", PAGE_CADRE, 0, begin },
	{ "GET", "/class-draft/:", PAGE_CADRE, 0, sheet },
	{ "POST", "/class-draft/:", PAGE_PERSONAL | PAGE_FILES, 0, posted }, /* scripts send multipart */
	{ NULL, NULL, 0, 0, NULL }
};
