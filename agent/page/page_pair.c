#include <string.h>

#include "agent/page/lan.h"
#include "agent/page/routes.h"
#include "agent/page/serve.h"
#include "agent/people/phones.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/sign.h"

/* A phone opens its pairing link: the link is used up, and the phone has a cookie from then on. */

/* Something that fetches pages in advance must not use up the link. */
static int
in_advance(const struct page_call *c)
{
	const char *purpose = http_header(c->req, "Sec-Purpose"), *old = http_header(c->req, "Purpose");

	return (purpose != NULL && strncmp(purpose, "prefetch", 8) == 0) || (old != NULL && strcmp(old, "prefetch") == 0);
}

static void
pair(struct page_call *c)
{
	char secret[PHONE_SECRET_HEX + 1];
	struct err e = { "" };
	int rc;

	if (!c->door->lan) {
		page_error(c, 404, tr(c->lang, "There is no such page."));
	} else if (c->peer.phone != 0) {
		page_redirect(c, "/");
	} else if (in_advance(c) || (rc = phones_pair(c->ag->phones, c->part[0], clock_mono(), clock_wall(), secret, &e)) == 0) {
		http_error(c->res, 403, LAN_WORDS);
	} else if (rc < 0) {
		log_msg(LOG_WARN, "pair: %s", e.text);
		page_error(c, 503, tr(c->lang, "This phone could not be paired. The link can be opened once more."));
	} else {
		page_cookie(c, c->door->phone, secret, LAN_COOKIE);
		wipe(secret, sizeof(secret));
		page_begin(c, tr(c->lang, "This phone is paired"));
		page_notice(c, PAGE_OK, tr(c->lang, "This phone may open this page from now on. The link is used up."));
		page_raw(c, "<p>");
		page_link(c, "/", tr(c->lang, "Home"));
		page_raw(c, "</p>\n");
		page_end(c);
	}
}

const struct page_route page_routes_pair[] = {
	{ "GET", "/pair/:", PAGE_MACHINE | PAGE_PLAIN, 0, pair },
	{ NULL, NULL, 0, 0, NULL }
};
