#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/draft.h"
#include "agent/page/photos.h"
#include "agent/page/returned.h"
#include "agent/page/room.h"
#include "agent/page/routes.h"
#include "agent/page/told.h"
#include "agent/show.h"
#include "base/enc.h"
#include "base/log.h"
#include "store/journal_subject.h"

/* One entry: what it says, where it stands, and what may be done about it. */

#define REASON_MAX 1000

/* The entry of the path, loaded; 0 when an answer was written. */
static int
find(struct page_call *c, struct journal_entry *x)
{
	struct err e;

	journal_entry_init(x);
	if (strlen(c->part[0]) == 2 * HASH_LEN && show_find(c->ag, c->part[0], x, &e) == 0)
		return 1;
	journal_entry_free(x);
	page_error(c, 404, tr(c->lang, "There is no such entry on this device."));
	return 0;
}

static void
put_entry_link(struct page_call *c, const uint8_t hash[HASH_LEN], const char *more, const char *text)
{
	char path[2 * HASH_LEN + 32] = "/entry/";

	enc_hex(path + strlen(path), hash, HASH_LEN);
	(void)snprintf(path + strlen(path), 20, "%s", more);
	page_link(c, path, text);
}

static void
put_row(struct page_call *c, const char *name, const char *text)
{
	page_raw(c, "<dt>");
	page_text(c, name);
	page_raw(c, "</dt><dd>");
	page_text(c, text);
	page_raw(c, "</dd>\n");
}

static void
put_state(struct page_call *c, const struct journal_entry *x, int *stands)
{
	const char *state = show_state(c->ag, x);
	struct journal_entry by;
	char number[40];

	page_raw(c, "<dt>");
	page_say(c, "State", NULL);
	page_raw(c, "</dt><dd>");
	page_state(c, state);
	journal_entry_init(&by);
	if ((*stands = journal_superseder(c->ag->j, x->hash, &by) == 0) == 0) {
		told_number(by.hash, number);
		page_raw(c, " ");
		put_entry_link(c, by.hash, "", tr(c->lang, strcmp(by.h.kind, "withdrawal") == 0 ? N_("the withdrawal") : N_("what stands in its place")));
	}
	journal_entry_free(&by);
	if (x->h.has_supersedes) {
		page_raw(c, " ");
		put_entry_link(c, x->h.supersedes, "", tr(c->lang, "the former entry"));
	}
	page_raw(c, "</dd>\n");
}

static void
put_receipt(struct page_call *c, const struct journal_entry *x)
{
	struct buf text;
	char when[32], n[32];

	if (!x->has_receipt) {
		put_row(c, tr(c->lang, "Receipt"), tr(c->lang, "none yet: it waits for a link"));
		return;
	}
	buf_init(&text, 1024);
	page_fill(&text, c->lang, "entry {1} of the county's log, received {2}", page_number(n, x->index), page_when(when, x->received), NULL);
	put_row(c, tr(c->lang, "Receipt"), buf_str(&text));
	buf_free(&text);
}

static void
put_facts(struct page_call *c, const struct journal_entry *x, int *stands)
{
	char number[40], when[32], name[MEMBER_ITEM_MAX + 1];

	told_number(x->hash, number);
	page_raw(c, "<dl class=\"card\">\n");
	if (x->subject[0] != '\0' && x->h.has_form) {
		page_raw(c, "<dt>");
		page_say(c, "Subject", NULL);
		page_raw(c, "</dt><dd><a href=\"/subject/");
		page_url(c->b, x->h.form);
		page_raw(c, "/");
		page_url(c->b, x->subject);
		page_raw(c, "\">");
		page_text(c, x->subject);
		page_raw(c, "</a> ");
		page_text(c, begin_name(c->ag, x->subject, name));
		page_raw(c, "</dd>\n");
	}
	put_state(c, x, stands);
	put_row(c, tr(c->lang, "Recorded by"), x->h.actor);
	put_row(c, tr(c->lang, "Recorded"), page_when(when, x->h.wall));
	put_row(c, tr(c->lang, "Place"), x->h.place);
	put_receipt(c, x);
	put_row(c, tr(c->lang, "Number"), number);
	page_raw(c, "</dl>\n");
}

/* What a withdrawal, or another entry without a form, says. */
static void
put_reason(struct page_call *c, const struct journal_entry *x)
{
	cJSON *p = x->has_personal ? json_parse(x->personal.data, x->personal.len, JSON_OBJECT, NULL) : NULL;
	const char *reason = p ? json_string(p, "reason") : NULL, *why = told_personal(x);

	if (reason != NULL) {
		page_raw(c, "<dl class=\"card\">\n");
		put_row(c, tr(c->lang, "Reason"), reason);
		page_raw(c, "</dl>\n");
	} else if (why != NULL) {
		page_notice(c, PAGE_WARN, tr(c->lang, why));
	}
	cJSON_Delete(p);
}

static void
put_actions(struct page_call *c, const struct journal_entry *x, int stands)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, x->hash, HASH_LEN);
	page_raw(c, "<p class=\"acts\">");
	if (x->h.has_form)
		(void)buf_printf(c->b, "<a class=\"button\" href=\"/slip/%s\">%s</a> ", hex, tr(c->lang, "Slip for the household"));
	if (stands && x->h.has_form)
		put_entry_link(c, x->hash, "/correct", tr(c->lang, "Correct"));
	page_raw(c, " ");
	if (stands && (strcmp(x->h.kind, "record") == 0 || strcmp(x->h.kind, "correction") == 0))
		put_entry_link(c, x->hash, "/withdraw", tr(c->lang, "Withdraw"));
	page_raw(c, "</p>\n");
}

static void
entry(struct page_call *c)
{
	struct journal_entry x;
	struct words *w;
	const struct form *f = NULL;
	struct buf title;
	int stands = 0;

	if (!find(c, &x))
		return;
	w = words_open(c->ag);
	buf_init(&title, 1024);
	if (w != NULL)
		(void)buf_printf(&title, "%s%s%s", words_what(w, &x, c->form_lang), *words_stage(w, &x, c->form_lang) ? " · " : "", words_stage(w, &x, c->form_lang));
	words_close(w);
	page_begin(c, buf_str(&title));
	put_facts(c, &x, &stands);
	returned_why(c, x.hash);
	if (x.h.has_form)
		f = recorder_form(c->ag, x.h.form, x.h.form_version, NULL);
	if (f != NULL)
		told_answers(c, f, &x);
	else
		put_reason(c, &x);
	told_photos(c, &x, 1);
	put_actions(c, &x, stands);
	page_end(c);
	formcache_drop(f);
	buf_free(&title);
	journal_entry_free(&x);
}

/* Does the entry still stand?  0 when an answer was written. */
static int
may_change(struct page_call *c, const struct journal_entry *x)
{
	uint8_t by[HASH_LEN];
	int withdrawn, rc = journal_superseded_by(c->ag->j, x->hash, by, &withdrawn);

	if (rc == 0)
		return 1;
	page_error(c, rc < 0 ? 503 : 409, rc < 0 ? tr(c->lang, "The journal cannot be read now.") :
	    withdrawn ? tr(c->lang, "This entry was withdrawn already; record it anew.") : tr(c->lang, "This entry was corrected already; correct or withdraw what stands in its place."));
	return 0;
}

static void
correct(struct page_call *c)
{
	struct journal_entry x;

	if (!find(c, &x))
		return;
	if (!x.h.has_form)
		page_error(c, 404, tr(c->lang, "This kind of entry has nothing to correct."));
	else if (x.h.personal_len > 0 && x.personal_locked == JOURNAL_LOCKED)
		page_error(c, 409, tr(c->lang, "The personal part is locked: sign in again to correct this entry."));
	else if (may_change(c, &x))
		begin_correction(c, &x);
	journal_entry_free(&x);
}

/* Withdrawing */

static void
put_withdraw(struct page_call *c, const struct journal_entry *x, const char *reason, const char *error)
{
	struct page_field f = { .name = "reason", .label = tr(c->lang, "Why is it withdrawn?"), .value = reason, .error = error, .required = 1, .max = REASON_MAX,
		.hint = tr(c->lang, "Kept as personal data. The entry stays in the journal, marked as withdrawn.") };
	char path[2 * HASH_LEN + 32] = "/entry/";
	struct words *w = words_open(c->ag);

	enc_hex(path + strlen(path), x->hash, HASH_LEN);
	page_begin(c, tr(c->lang, "Withdraw this entry"));
	page_raw(c, "<p>");
	if (w != NULL)
		page_text(c, words_what(w, x, c->form_lang));
	page_raw(c, " ");
	page_text(c, w ? words_stage(w, x, c->form_lang) : "");
	page_raw(c, " ");
	page_link(c, path, x->subject);
	page_raw(c, "</p>\n");
	(void)strcat(path, "/withdraw");
	page_form(c, path, 0);
	page_textarea(c, &f);
	page_button(c, NULL, NULL, tr(c->lang, "Withdraw"));
	page_form_end(c);
	page_end(c);
	words_close(w);
}

static void
withdraw(struct page_call *c)
{
	struct journal_entry x;

	if (!find(c, &x))
		return;
	if (!room_closed(c) && may_change(c, &x))
		put_withdraw(c, &x, "", NULL);
	journal_entry_free(&x);
}

/* {"reason":...} as the personal part of a withdrawal.  0 or -1. */
static int
fill_withdrawal(struct draft *d, const struct journal_entry *x, const char *reason)
{
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;
	int rc = -1;

	(void)strcpy(d->place, x->h.place);
	(void)strcpy(d->subject, x->subject);
	d->has_supersedes = 1;
	memcpy(d->supersedes, x->hash, HASH_LEN);
	if (o != NULL && cJSON_AddStringToObject(o, "reason", reason) != NULL && (text = cJSON_PrintUnformatted(o)) != NULL &&
	    buf_puts(&d->payload, "{}") == 0 && buf_puts(&d->personal, text) == 0)
		rc = 0;
	free(text);
	cJSON_Delete(o);
	return rc;
}

static void
append_withdrawal(struct page_call *c, const struct journal_entry *x, const char *reason)
{
	char path[2 * HASH_LEN + 32] = "/entry/";
	const char *full = draft_full(c);
	struct err e = { "" };
	struct recorded r;
	struct draft d;

	if (full != NULL) {
		page_error(c, 507, full);
		return;
	}
	draft_init(&d, "withdrawal", c->ag);
	(void)snprintf(d.actor, sizeof(d.actor), "%s", c->cadre);
	/* of one entry there is one withdrawal: a second press finds it */
	enc_hex(d.id, x->hash, 16);
	(void)strcat(d.id, ".withdrawal");
	if (fill_withdrawal(&d, x, reason) != 0 || recorder_append(c->ag, &d, 1, &r, &e) != 0) {
		log_msg(LOG_WARN, "page: %s", e.text);
		put_withdraw(c, x, reason, tr(c->lang, "This cannot be recorded now. What you typed is kept; try again."));
		c->res->status = 503;
	} else {
		enc_hex(path + strlen(path), x->hash, HASH_LEN);
		page_flash(c, N_("The entry is withdrawn."));
		page_redirect(c, path);
	}
	draft_free(&d);
}

static void
withdrawn(struct page_call *c)
{
	const char *reason = page_posted(c, "reason");
	struct journal_entry x;

	if (!find(c, &x))
		return;
	if (!may_change(c, &x))
		;
	else if (reason[strspn(reason, " \t\n")] == '\0' || strlen(reason) > 4 * REASON_MAX) {
		put_withdraw(c, &x, reason, tr(c->lang, "Please say why, in up to 1,000 characters."));
		c->res->status = 422;
	} else
		append_withdrawal(c, &x, reason);
	journal_entry_free(&x);
}

/* Photos */

static void
photo(struct page_call *c)
{
	photos_send(c, c->part[0], 0);
}

static void
thumb(struct page_call *c)
{
	photos_send(c, c->part[0], PHOTO_THUMB);
}

const struct page_route page_routes_entry[] = {
	{ "GET", "/entry/:", PAGE_CADRE, 0, entry },
	{ "GET", "/entry/:/correct", PAGE_CADRE, 0, correct },
	{ "GET", "/entry/:/withdraw", PAGE_CADRE, 0, withdraw },
	{ "POST", "/entry/:/withdraw", PAGE_CADRE, 0, withdrawn },
	{ "GET", "/photo/:", PAGE_CADRE, 0, photo },
	{ "GET", "/thumb/:", PAGE_CADRE, 0, thumb },
	{ NULL, NULL, 0, 0, NULL }
};
