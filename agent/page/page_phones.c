#include <stdio.h>
#include <string.h>

#include "agent/collect.h"
#include "agent/openrosa/settings.h"
#include "agent/page/routes.h"
#include "agent/people/phones.h"
#include "agent/record/places.h"
#include "base/enc.h"
#include "base/log.h"
#include "web/qr.h"

/* Paired phones: which there are, one more for ODK Collect, one no more. */

static void
put_phone(struct page_call *c, const struct phone *x)
{
	char number[32], when[32];

	page_raw(c, "<tr><td>");
	page_text(c, page_number(number, x->number));
	page_raw(c, "</td><td>");
	page_text(c, x->name);
	page_raw(c, "</td><td>");
	page_text(c, x->has_token ? "ODK Collect " : "");
	page_text(c, x->user);
	page_raw(c, x->place[0] != '\0' ? " " : "");
	page_text(c, x->place);
	page_raw(c, "</td><td>");
	page_text(c, page_when(when, (uint64_t)x->since));
	page_raw(c, "</td><td class=\"deeds\">");
	page_form(c, "/phones/revoke", 0);
	page_hidden(c, "phone", number);
	page_button(c, NULL, NULL, tr(c->lang, "Let in no more"));
	page_form_end(c);
	page_raw(c, "</td></tr>\n");
}

/* The choice of a place, on a device of several. */
static void
put_place(struct page_call *c)
{
	const struct places *p = places_of(c->ag);
	struct page_option option[PLACES_MAX + 1] = { { "", tr(c->lang, "any of this device"), 0 } };
	const struct page_field f = { .name = "place", .label = tr(c->lang, "Place"), .value = page_posted(c, "place"), .option = option, .n = p != NULL ? p->n + 1 : 1 };
	size_t i;

	if (p == NULL || p->n < 2)
		return;
	for (i = 0; i < p->n; i++)
		option[i + 1] = (struct page_option){ p->code[i], p->code[i], 0 };
	page_select(c, &f);
}

static void
put_all(struct page_call *c, const char *error)
{
	const struct page_field name = { .name = "name", .label = tr(c->lang, "Whose phone it is, or which"), .value = page_posted(c, "name"), .max = PHONE_NAME_MAX };
	struct phone all[PHONES_MAX];
	size_t i, n = phones_list(c->ag->phones, all);

	page_begin(c, tr(c->lang, "Phones"));
	if (error != NULL)
		page_notice(c, PAGE_BAD, error);
	if (n > 0) {
		page_raw(c, "<table class=\"rows\"><thead><tr><td></td><th scope=\"col\">");
		page_say(c, "Phone", NULL);
		page_raw(c, "</th><th scope=\"col\">");
		page_say(c, "Cadre", NULL);
		page_raw(c, "</th><th scope=\"col\">");
		page_say(c, "Paired", NULL);
		page_raw(c, "</th><td></td></tr></thead><tbody>\n");
	}
	for (i = 0; i < n; i++)
		put_phone(c, &all[i]);
	page_raw(c, n > 0 ? "</tbody></table>\n<h2>" : "<h2>");
	page_say(c, "A phone with ODK Collect", NULL);
	page_raw(c, "</h2>\n<p>");
	page_say(c, "What it sends is signed as recorded by you, {1}.", c->cadre, NULL);
	page_raw(c, "</p>\n");
	page_form(c, "/phones", 0);
	page_input(c, &name);
	put_place(c);
	page_button(c, NULL, NULL, tr(c->lang, "Show the code"));
	page_form_end(c);
	page_end(c);
}

/* 1 when the page is on the network; else it is said. */
static int
there(struct page_call *c)
{
	if (c->ag->phones != NULL)
		return 1;
	page_error(c, 404, tr(c->lang, "No phone can be paired: this device is not on the village's network (run --lan)."));
	return 0;
}

static void
show(struct page_call *c)
{
	if (there(c))
		put_all(c, NULL);
}

static void
put_code(struct page_call *c, const struct buf *code)
{
	page_begin(c, tr(c->lang, "Scan this in ODK Collect"));
	page_notice(c, PAGE_WARN, tr(c->lang, "The code is shown this once. Whoever has it can send records as you; show it to nobody else."));
	if (qr_svg(c->b, buf_str(code)) != 0)
		page_notice(c, PAGE_BAD, tr(c->lang, "The code cannot be drawn."));
	page_raw(c, "<p>");
	page_say(c, "In Collect: add a project, and point the camera at it.", NULL);
	page_raw(c, "</p>\n<p>");
	page_link(c, "/phones", tr(c->lang, "Phones"));
	page_raw(c, "</p>\n");
	page_end(c);
}

static void
add(struct page_call *c)
{
	const char *name = page_posted(c, "name"), *place = page_posted(c, "place");
	struct err e = { "" };
	struct phone x = { 0 };
	struct buf code;

	if (!there(c))
		return;
	if (strlen(name) > PHONE_NAME_MAX || strlen(place) > PLACE_MAX) {
		put_all(c, tr(c->lang, "The name is too long."));
		return;
	}
	(void)strcpy(x.name, name);
	(void)strcpy(x.place, place);
	(void)snprintf(x.user, sizeof(x.user), "%s", c->cadre);
	buf_init(&code, SETTINGS_MAX);
	if (collect_pair(c->ag, &x, &code, &e) == 0) {
		put_code(c, &code);
	} else {
		log_msg(LOG_WARN, "pair: %s", e.text);
		put_all(c, phones_collect(c->ag->phones) ? tr(c->lang, "This phone could not be paired: too many are, or the device could not store it.") :
		    tr(c->lang, "Collect sends over an encrypted connection only: start the agent with --lan-cert and --lan-key; docs/agent.md says which certificates Collect takes."));
	}
	if (code.data != NULL)
		explicit_bzero(code.data, code.cap);
	buf_free(&code);
}

static void
revoke(struct page_call *c)
{
	const char *text = page_posted(c, "phone");
	struct err e = { "" };
	uint64_t n = 0;

	if (!there(c))
		return;
	if (dec_u64(&n, text, strlen(text)) == 0 && n <= UINT32_MAX && phones_revoke(c->ag->phones, (uint32_t)n, &e) < 0) {
		log_msg(LOG_WARN, "pair: %s", e.text);
		put_all(c, tr(c->lang, "That could not be stored: after a restart the phone may be let in again."));
		return;
	}
	page_flash(c, N_("The phone is let in no more."));
	page_redirect(c, "/phones");
}

const struct page_route page_routes_phones[] = {
	{ "GET", "/phones", PAGE_CADRE, 0, show },
	{ "POST", "/phones", PAGE_CADRE, 0, add },
	{ "POST", "/phones/revoke", PAGE_CADRE, 0, revoke },
	{ NULL, NULL, 0, 0, NULL }
};
