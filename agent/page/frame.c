#include <stdarg.h>
#include <string.h>

#include "agent/page/serve.h"
#include "agent/status.h"

/* What stands around every page, and the answers that are no page. */

static const struct { const char *path, *text; int cadre; } places[] = {
	{ "/", N_("Home"), 0 }, { "/record", N_("Record"), 1 }, { "/roster", N_("Roster"), 1 }, { "/people", N_("People"), 1 }, { "/status", N_("Machine"), 0 },
};

/* A page that is not built is not linked to; the one that is shown is marked. */
static void
put_place(struct page_call *c, size_t i)
{
	size_t n = strlen(places[i].path);
	int here = strcmp(c->req->path, places[i].path) == 0 || (n > 1 && strncmp(c->req->path, places[i].path, n) == 0 && c->req->path[n] == '/');
	int known;

	if ((places[i].cadre && c->cadre == NULL) || page_route("GET", places[i].path, &known) == NULL)
		return;
	(void)buf_printf(c->b, "<a href=\"%s\"%s>", places[i].path, here ? " aria-current=\"page\"" : "");
	page_text(c, tr(c->lang, places[i].text));
	page_raw(c, "</a>\n");
}

static void
put_navigation(struct page_call *c)
{
	size_t i;

	page_raw(c, "<nav>\n");
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		put_place(c, i);
	if (c->cadre != NULL) {
		page_raw(c, "<form method=\"post\" action=\"/sign-out\">");
		page_hidden(c, "token", c->token);
		(void)buf_puts(c->b, "<button class=\"plain\">");
		page_text(c, tr(c->lang, "Sign out"));
		page_raw(c, "</button></form>\n");
	} else {
		page_link(c, "/sign-in", tr(c->lang, "Sign in"));
	}
	page_raw(c, "</nav>\n");
}

/* The same page in the other language; what a form was posted to is asked for anew. */
static void
put_languages(struct page_call *c)
{
	int en = strcmp(c->lang, "en") == 0;
	int known, shown = page_route("GET", c->req->path, &known) != NULL;
	struct buf path;
	const char *p;

	buf_init(&path, 8192);
	for (p = shown ? c->req->path : "/"; *p != '\0'; p += strcspn(p, "/")) {
		char segment[1024] = "";

		p++;
		(void)snprintf(segment, sizeof(segment), "%.*s", (int)(strcspn(p, "/") < 1023 ? strcspn(p, "/") : 1023), p);
		(void)buf_putc(&path, '/');
		page_url(&path, segment);
	}
	(void)buf_puts(&path, en ? "?lang=zh" : "?lang=en");
	(void)buf_printf(c->b, "<a class=\"lang\" lang=\"%s\" href=\"", en ? "zh-Hans" : "en");
	page_text(c, buf_str(&path));
	page_raw(c, en ? "\">中文</a>" : "\">English</a>");
	buf_free(&path);
}

static void
put_head(struct page_call *c)
{
	struct buf name;

	page_raw(c, "<a class=\"skip\" href=\"#main\">");
	page_text(c, tr(c->lang, "Skip to the content"));
	page_raw(c, "</a>\n<header class=\"top\"><p class=\"where\"><b>");
	page_text(c, tr(c->lang, "Village records"));
	page_raw(c, "</b> ");
	buf_init(&name, 1024);
	if (journal_get(c->ag->j, "name", &name) == 1 && name.len > 0)
		page_text(c, buf_str(&name));
	else
		page_text(c, c->ag->place);
	buf_free(&name);
	page_raw(c, "</p>\n");
	put_languages(c);
	put_navigation(c);
	page_raw(c, "</header>\n");
}

void
page_begin(struct page_call *c, const char *title)
{
	const char *flash = c->session ? c->session->flash : NULL;

	html_begin(c->b, c->lang, title);
	put_head(c);
	page_raw(c, "<main id=\"main\">\n<h1>");
	page_text(c, title);
	page_raw(c, "</h1>\n");
	if (flash != NULL) {
		c->session->flash = NULL;
		page_notice(c, PAGE_OK, tr(c->lang, flash));
	}
}

/* In one line what home says at length. */
static void
put_sync(struct page_call *c)
{
	char n[3][32];
	struct journal_counts k;

	if (journal_count(c->ag->j, &k) != 0)
		return;
	page_say(c, "Saved here {1}, confirmed by the county {2}, waiting {3}.", page_number(n[0], k.entries), page_number(n[1], k.confirmed),
	    page_number(n[2], k.waiting), NULL);
}

void
page_end(struct page_call *c)
{
	page_raw(c, "</main>\n<footer class=\"small\"><p>");
	put_sync(c);
	if (c->cadre != NULL) {
		page_raw(c, " ");
		page_say(c, "Signed in: {1}.", c->cadre, NULL);
	}
	page_raw(c, "</p></footer>\n<script src=\"/static/page.js\" defer></script>\n");
	html_end(c->b);
}

void
page_redirect(struct page_call *c, const char *path)
{
	buf_reset(c->b);
	c->res->status = 303;
	if (path[0] != '/' || path[1] == '/' || path[1] == '\\' || http_add_header(c->res, "Location", path) != 0)
		(void)http_add_header(c->res, "Location", "/");
}

void
page_error(struct page_call *c, unsigned status, const char *text)
{
	buf_reset(c->b);
	page_begin(c, tr(c->lang, "This did not work"));
	page_notice(c, PAGE_BAD, text);
	page_raw(c, "<p>");
	page_link(c, "/", tr(c->lang, "Home"));
	page_raw(c, "</p>\n");
	page_end(c);
	c->res->status = status;
}

void
page_flash(struct page_call *c, const char *text)
{
	if (c->session != NULL)
		c->session->flash = text;
}
