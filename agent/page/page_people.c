#include <string.h>

#include "agent/page/pins.h"
#include "agent/page/routes.h"
#include "agent/page/serve.h"

/* Cadres: who can sign in here, a new one, a new PIN, one who leaves. */

static void
put_name(struct page_call *c, const struct user *x)
{
	page_text(c, x->name[0] != '\0' ? x->name : x->id);
	if (x->name[0] != '\0') {
		page_raw(c, " <span class=\"small\">");
		page_text(c, x->id);
		page_raw(c, "</span>");
	}
}

static void
put_deed(struct page_call *c, const char *id, const char *deed, const char *text)
{
	struct buf path;

	buf_init(&path, 1024);
	(void)buf_puts(&path, "/people/");
	page_url(&path, id);
	(void)buf_puts(&path, deed);
	page_raw(c, " ");
	page_link(c, buf_str(&path), text);
	buf_free(&path);
}

static int
put_user(void *ctx, const struct user *x)
{
	struct page_call *c = ctx;
	int self = strcmp(x->id, c->cadre) == 0;

	page_raw(c, "<tr><td>");
	put_name(c, x);
	page_raw(c, x->disabled || x->locked_out ? "</td><td class=\"warn\">" : "</td><td>");
	page_text(c, x->disabled ? tr(c->lang, "may not sign in") : x->locked_out ? tr(c->lang, "PIN locked") : self ? tr(c->lang, "you") : "");
	page_raw(c, "</td><td class=\"deeds\">");
	put_deed(c, x->id, "/pin", self ? tr(c->lang, "Change PIN") : tr(c->lang, "Give a new PIN"));
	if (!self && !x->disabled)
		put_deed(c, x->id, "/disable", tr(c->lang, "Stop sign-in"));
	page_raw(c, "</td></tr>\n");
	return 0;
}

static void
put_people(struct page_call *c, const struct pins_new *w, const char *own_error)
{
	page_begin(c, tr(c->lang, "People"));
	page_raw(c, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
	page_say(c, "Cadre", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "State", NULL);
	page_raw(c, "</th><td></td></tr></thead><tbody>\n");
	(void)users_each(c->ag, put_user, c);
	page_raw(c, "</tbody></table>\n<p>");
	page_link(c, "/handover", tr(c->lang, "Hand over to another cadre"));
	page_raw(c, "</p>\n");
	if (c->ag->phones != NULL) {
		page_raw(c, "<p>");
		page_link(c, "/phones", tr(c->lang, "Phones"));
		page_raw(c, "</p>\n");
	}
	page_raw(c, "<h2>");
	page_say(c, "Add a cadre", NULL);
	page_raw(c, "</h2>\n");
	page_form(c, "/people", 0);
	pins_put_person(c, w);
	pins_put_new(c, w);
	pins_put_own(c, own_error);
	page_button(c, NULL, NULL, tr(c->lang, "Add"));
	page_form_end(c);
	page_end(c);
}

static void
show_people(struct page_call *c)
{
	const struct pins_new w = { .id = "" };

	put_people(c, &w, NULL);
}

static void
add(struct page_call *c)
{
	const struct users_by by = { .id = c->cadre, .pin = page_posted(c, "own") };
	char why[PINS_WORDS];
	struct err e = { "" };
	struct pins_new w;
	int64_t wait = 0;
	enum users_answer a;

	if (pins_take(c, &w) != 0) {
		put_people(c, &w, NULL);
	} else if ((a = users_add(c->ag, w.id, w.name, w.pin, &by, &wait, &e)) == USERS_OK) {
		page_flash(c, N_("The cadre can sign in now."));
		page_redirect(c, "/people");
	} else {
		put_people(c, &w, pins_words(c, a, wait, &e, why));
	}
}

/* The cadre that the path names; else an error page. */
static int
find(struct page_call *c, struct user *x)
{
	if (users_get(c->ag, c->part[0], x) == 1)
		return 1;
	page_error(c, 404, tr(c->lang, "There is no such cadre here."));
	return 0;
}

static void
begin_deed(struct page_call *c, const struct user *x, const char *title, const char *deed)
{
	struct buf path;

	page_begin(c, title);
	page_raw(c, "<p>");
	put_name(c, x);
	page_raw(c, "</p>\n");
	buf_init(&path, 1024);
	(void)buf_puts(&path, "/people/");
	page_url(&path, x->id);
	(void)buf_puts(&path, deed);
	page_form(c, buf_str(&path), 0);
	buf_free(&path);
}

static void
put_pin(struct page_call *c, const struct user *x, const struct pins_new *w, const char *own_error)
{
	begin_deed(c, x, strcmp(x->id, c->cadre) == 0 ? tr(c->lang, "Change PIN") : tr(c->lang, "Give a new PIN"), "/pin");
	pins_put_own(c, own_error);
	pins_put_new(c, w);
	page_button(c, NULL, NULL, tr(c->lang, "Set the new PIN"));
	page_form_end(c);
	page_end(c);
}

static void
show_pin(struct page_call *c)
{
	const struct pins_new w = { .id = "" };
	struct user x;

	if (find(c, &x))
		put_pin(c, &x, &w, NULL);
}

static void
set_pin(struct page_call *c)
{
	const struct users_by by = { .id = c->cadre, .pin = page_posted(c, "own") };
	struct pins_new w = { .id = "" };
	char why[PINS_WORDS];
	struct err e = { "" };
	int64_t wait = 0;
	enum users_answer a;
	struct user x;

	if (!find(c, &x))
		return;
	if (pins_take_new(c, &w) != 0) {
		put_pin(c, &x, &w, NULL);
	} else if ((a = users_reset(c->ag, x.id, w.pin, &by, &wait, &e)) == USERS_OK) {
		/* whoever still sat somewhere under the former PIN does so no more */
		session_end_of(c->page->sessions, x.id, c->session);
		if (strcmp(x.id, c->cadre) == 0)
			c->session->mark = users_mark(c->ag, x.id);
		page_flash(c, N_("The new PIN is set."));
		page_redirect(c, "/people");
	} else {
		put_pin(c, &x, &w, pins_words(c, a, wait, &e, why));
	}
}

static void
put_disable(struct page_call *c, const struct user *x, const char *own_error)
{
	begin_deed(c, x, tr(c->lang, "Stop sign-in"), "/disable");
	page_notice(c, PAGE_WARN, tr(c->lang, "This cadre can no longer sign in here. What was recorded stays. A new PIN lets the cadre in again."));
	pins_put_own(c, own_error);
	page_button(c, NULL, NULL, tr(c->lang, "Stop sign-in"));
	page_form_end(c);
	page_end(c);
}

static void
show_disable(struct page_call *c)
{
	struct user x;

	if (find(c, &x))
		put_disable(c, &x, NULL);
}

static void
disable(struct page_call *c)
{
	char why[PINS_WORDS];
	struct err e = { "" };
	int64_t wait = 0;
	enum users_answer a;
	struct user x;

	if (!find(c, &x))
		return;
	if ((a = users_check_pin(c->ag, c->cadre, page_posted(c, "own"), &wait, &e)) == USERS_OK)
		a = users_disable(c->ag, x.id, &e);
	if (a == USERS_OK) {
		session_end_of(c->page->sessions, x.id, NULL);
		page_flash(c, N_("The cadre can no longer sign in."));
		page_redirect(c, "/people");
	} else {
		put_disable(c, &x, pins_words(c, a, wait, &e, why));
	}
}

const struct page_route page_routes_people[] = {
	{ "GET", "/people", PAGE_CADRE | PAGE_UNLOCKED, 0, show_people },
	{ "POST", "/people", PAGE_CADRE | PAGE_UNLOCKED, 4096, add },
	{ "GET", "/people/:/pin", PAGE_CADRE | PAGE_UNLOCKED, 0, show_pin },
	{ "POST", "/people/:/pin", PAGE_CADRE | PAGE_UNLOCKED, 4096, set_pin },
	{ "GET", "/people/:/disable", PAGE_CADRE | PAGE_UNLOCKED, 0, show_disable },
	{ "POST", "/people/:/disable", PAGE_CADRE | PAGE_UNLOCKED, 4096, disable },
	{ NULL, NULL, 0, 0, NULL }
};
