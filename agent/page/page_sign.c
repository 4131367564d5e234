#include <string.h>

#include "agent/page/again.h"
#include "agent/page/pins.h"
#include "agent/page/routes.h"
#include "agent/page/serve.h"
#include "agent/page/sign.h"

/* Signing in and out, the first cadre, and a PIN that was forgotten. */

/* Where to go after signing in: a path of our own, else home. */
static const char *
next_path(const char *s)
{
	const char *p;

	if (s == NULL || s[0] != '/' || s[1] == '/' || s[1] == '\\')
		return "/";
	for (p = s; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f || *p == '\\')
			return "/";
	return s;
}

struct cadres {
	struct page_option option[USERS_MAX];
	char id[USERS_MAX][ID_MAX + 1];
	size_t n;
};

static int
add_cadre(void *ctx, const struct user *x)
{
	struct cadres *k = ctx;

	if (x->disabled || k->n == USERS_MAX)
		return 0;
	(void)strcpy(k->id[k->n], x->id);
	k->option[k->n] = (struct page_option){ .value = k->id[k->n], .label = k->id[k->n] };
	k->n++;
	return 0;
}

/* Names lie in the cabinet, which is locked: who signs in is known by the id. */
static void
put_cadres(struct page_call *c, const char *value)
{
	struct cadres k = { .n = 0 };
	struct page_field f = { .name = "cadre", .label = tr(c->lang, "Who are you?"), .value = value, .option = k.option, .required = 1 };

	(void)users_each(c->ag, add_cadre, &k);
	f.n = k.n;
	page_select(c, &f);
}

void
sign_page(struct page_call *c, const char *next, const char *notice, const char *error)
{
	const struct page_field pin = { .name = "pin", .label = tr(c->lang, "PIN"), .type = "password", .mode = "numeric", .complete = "current-password",
		.error = error, .required = 1, .max = PIN_MAX };

	page_begin(c, tr(c->lang, "Sign in"));
	if (notice != NULL)
		page_notice(c, PAGE_WARN, notice);
	page_form(c, "/sign-in", 0);
	page_hidden(c, "next", next);
	again_put(c);
	put_cadres(c, page_posted(c, "cadre"));
	page_input(c, &pin);
	page_button(c, NULL, NULL, tr(c->lang, "Sign in"));
	page_form_end(c);
	page_raw(c, "<p>");
	page_link(c, "/forgotten", tr(c->lang, "PIN forgotten?"));
	page_raw(c, "</p>\n");
	page_end(c);
}

static void
put_first(struct page_call *c, const struct pins_new *w, const char *error)
{
	page_begin(c, tr(c->lang, "The first cadre"));
	page_notice(c, error ? PAGE_BAD : PAGE_INFO, error ? error :
	    tr(c->lang, "Nobody can sign in on this device yet. Whoever sets it up here is the first cadre and can add others. The PIN protects what is personal: keep it to yourself."));
	page_form(c, "/first", 0);
	pins_put_person(c, w);
	pins_put_new(c, w);
	page_button(c, NULL, NULL, tr(c->lang, "Set up"));
	page_form_end(c);
	page_end(c);
}

static void
show_sign_in(struct page_call *c)
{
	const char *next = next_path(http_query(c->req, "next"));

	if (c->cadre != NULL)
		page_redirect(c, next);
	else if (users_first(c->ag))
		page_redirect(c, "/first");
	else
		sign_page(c, next, http_query(c->req, "handed") ? tr(c->lang, "Handed over. From now on the next cadre signs in.") : NULL, NULL);
}

static void
enter(struct page_call *c, const char *cadre, const char *next)
{
	if (page_sign_in(c, cadre) != 0) {
		users_sign_out(c->ag);
		page_error(c, 503, tr(c->lang, "Too many people are signed in. Try again later."));
		return;
	}
	if (again_has(c))
		again_offer(c);
	else
		page_redirect(c, next);
}

static void
sign_in(struct page_call *c)
{
	const char *cadre = page_posted(c, "cadre"), *next = next_path(page_posted(c, "next"));
	char why[PINS_WORDS];
	struct err e = { "" };
	int64_t wait = 0;
	enum users_answer a = users_sign_in(c->ag, cadre, page_posted(c, "pin"), &wait, &e);

	if (a == USERS_OK)
		enter(c, cadre, next);
	else
		sign_page(c, next, NULL, pins_words(c, a, wait, &e, why));
}

static void
sign_out(struct page_call *c)
{
	page_sign_out(c);
	page_redirect(c, "/");
}

static void
show_first(struct page_call *c)
{
	const struct pins_new w = { .id = "cadre-1" };

	if (!users_first(c->ag))
		page_redirect(c, "/sign-in");
	else if (!c->peer.loopback)
		page_error(c, 403, tr(c->lang, "The first cadre is set up on the device itself."));
	else
		put_first(c, &w, NULL);
}

static void
first(struct page_call *c)
{
	const struct users_by nobody = { NULL, NULL, NULL };
	char why[PINS_WORDS];
	struct err e = { "" };
	struct pins_new w;
	int64_t wait = 0;
	enum users_answer a;

	if (!users_first(c->ag) || !c->peer.loopback) {
		page_redirect(c, "/sign-in");
		return;
	}
	if (pins_take(c, &w) != 0) {
		put_first(c, &w, NULL);
		return;
	}
	if ((a = users_add(c->ag, w.id, w.name, w.pin, &nobody, &wait, &e)) == USERS_OK)
		a = users_sign_in(c->ag, w.id, w.pin, &wait, &e);
	if (a == USERS_OK)
		enter(c, w.id, "/");
	else
		put_first(c, &w, pins_words(c, a, wait, &e, why));
}

static void
put_forgotten(struct page_call *c, const struct pins_new *w, const char *error)
{
	uint64_t number = users_code_there(c->ag);
	char n[32];
	const struct page_field code = { .name = "code", .label = tr(c->lang, "One-time code from the county"), .value = page_posted(c, "code"), .error = error,
		.hint = tr(c->lang, "16 letters and digits; spaces and hyphens do not matter."), .required = 1, .max = 40 };

	page_begin(c, tr(c->lang, "PIN forgotten"));
	page_raw(c, "<p>");
	page_say(c, "Another cadre of this device can give you a new PIN on the page People. Nobody there? Then telephone the county office and have the one-time code of this device read out.", NULL);
	page_raw(c, "</p>\n");
	if (number == 0) {
		page_notice(c, PAGE_WARN, tr(c->lang, "The county has no code of this device yet: it is sent with a sync after the first sign-in."));
	} else {
		page_raw(c, "<p>");
		page_say(c, "Device {1}, code number {2}.", c->ag->place, page_number(n, number), NULL);
		page_raw(c, "</p>\n");
		page_form(c, "/forgotten", 0);
		put_cadres(c, page_posted(c, "cadre"));
		page_input(c, &code);
		pins_put_new(c, w);
		page_button(c, NULL, NULL, tr(c->lang, "Set the new PIN"));
		page_form_end(c);
	}
	page_end(c);
}

static void
show_forgotten(struct page_call *c)
{
	const struct pins_new w = { .id = "" };

	put_forgotten(c, &w, NULL);
}

static void
forgotten(struct page_call *c)
{
	const char *cadre = page_posted(c, "cadre");
	const struct users_by by = { .code = page_posted(c, "code") };
	char why[PINS_WORDS];
	struct err e = { "" };
	struct pins_new w = { .id = "" };
	int64_t wait = 0;
	enum users_answer a;

	if (pins_take_new(c, &w) != 0) {
		put_forgotten(c, &w, NULL);
		return;
	}
	if ((a = users_reset(c->ag, cadre, w.pin, &by, &wait, &e)) != USERS_OK) {
		put_forgotten(c, &w, a == USERS_WRONG ? tr(c->lang, "This is not the code.") : pins_words(c, a, wait, &e, why));
		return;
	}
	session_end_of(c->page->sessions, cadre, NULL);
	if ((a = users_sign_in(c->ag, cadre, w.pin, &wait, &e)) == USERS_OK) {
		enter(c, cadre, "/");
		page_flash(c, N_("The new PIN is set. The code is used up; the next one goes to the county with the next sync."));
	} else {
		sign_page(c, "/", NULL, NULL);
	}
}

const struct page_route page_routes_sign[] = {
	{ "GET", "/sign-in", PAGE_UNLOCKED, 0, show_sign_in },
	{ "POST", "/sign-in", PAGE_UNLOCKED | PAGE_PERSONAL, 2 * PAGE_FORM_MAX, sign_in },
	{ "POST", "/sign-out", PAGE_UNLOCKED, 4096, sign_out },
	{ "GET", "/first", PAGE_UNLOCKED, 0, show_first },
	{ "POST", "/first", PAGE_UNLOCKED | PAGE_PERSONAL, 4096, first },
	{ "GET", "/forgotten", PAGE_UNLOCKED, 0, show_forgotten },
	{ "POST", "/forgotten", PAGE_UNLOCKED | PAGE_PERSONAL, 4096, forgotten },
	{ NULL, NULL, 0, 0, NULL }
};
