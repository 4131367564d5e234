#include <string.h>

#include "agent/page/roster_parts.h"
#include "agent/page/routes.h"
#include "base/enc.h"

/*
 * The roster: search, rows, village groups.  What is searched for is posted
 * and stands in no address, so that no name stays behind in the browser's
 * history.
 */

static void
put_rows(struct page_call *c, const struct search_hit *hit, int n)
{
	static const char *const heads[] = { N_("Name"), N_("Relation to the head"), N_("Village group"), N_("Year of birth"), N_("Identity number") };
	size_t k;
	int i;

	page_raw(c, "<table class=\"rows\"><thead><tr>");
	for (k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
		page_raw(c, "<th scope=\"col\">");
		page_text(c, tr(c->lang, heads[k]));
		page_raw(c, "</th>");
	}
	page_raw(c, "</tr></thead><tbody>\n");
	for (i = 0; i < n; i++) {
		page_raw(c, "<tr><td>");
		roster_link(c, "/roster/", hit[i].household, "", hit[i].name);
		page_raw(c, "</td>");
		roster_hit(c, &hit[i]);
		page_raw(c, "</tr>\n");
	}
	page_raw(c, "</tbody></table>\n");
}

/* The rows before and behind, as buttons: what is searched for goes along unseen. */
static void
put_paging(struct page_call *c, const char *query, const char *group, size_t from, int more)
{
	char at[32];

	if (from == 0 && !more)
		return;
	page_form(c, "/roster", 0);
	page_hidden(c, "q", query);
	page_hidden(c, "group", group);
	if (from > 0)
		page_button(c, "from", page_number(at, from > PAGE_ROWS ? from - PAGE_ROWS : 0), tr(c->lang, "Previous rows"));
	if (more)
		page_button(c, "from", page_number(at, from + PAGE_ROWS), tr(c->lang, "Next rows"));
	page_form_end(c);
}

static void
put_deeds(struct page_call *c)
{
	page_raw(c, "<p class=\"deeds\">");
	page_link(c, "/roster/new", tr(c->lang, "Add a household"));
	page_raw(c, " ");
	page_link(c, "/roster/import", tr(c->lang, "Import a file"));
	page_raw(c, "</p>\n");
}

static void
put_roster(struct page_call *c, const char *query, const char *group, size_t from)
{
	struct search_hit hit[PAGE_ROWS];
	struct err e = { "" };
	char n[32];
	size_t total;
	int got = roster_find(c->ag, query, group[0] != '\0' ? group : NULL, from, PAGE_ROWS, hit, &total, &e);

	if (got < 0) {
		roster_failed(c, got, &e);
		return;
	}
	page_begin(c, tr(c->lang, "Roster"));
	page_form(c, "/roster", 0);
	roster_search_box(c, "", query, group, NULL, NULL);
	page_form_end(c);
	put_deeds(c);
	page_raw(c, "<p>");
	if (total == 0 && query[0] == '\0' && group[0] == '\0')
		page_say(c, "Nobody is in the roster yet.", NULL);
	else if (total == 0)
		page_say(c, "Nobody fits.", NULL);
	else
		page_say(c, "People: {1}", page_number(n, total), NULL);
	page_raw(c, "</p>\n");
	if (got > 0)
		put_rows(c, hit, got);
	put_paging(c, query, group, from, from + (size_t)got < total);
	page_end(c);
}

static void
show_roster(struct page_call *c)
{
	put_roster(c, "", "", 0);
}

static void
search_roster(struct page_call *c)
{
	const char *from = page_posted(c, "from");
	uint64_t at = 0;

	if (from[0] != '\0' && (dec_u64(&at, from, strlen(from)) != 0 || at > SEARCH_PEOPLE_MAX))
		at = 0;
	put_roster(c, page_posted(c, "q"), page_posted(c, "group"), at);
}

const struct page_route page_routes_roster[] = {
	{ "GET", "/roster", PAGE_CADRE, 0, show_roster },
	{ "POST", "/roster", PAGE_CADRE, 8192, search_roster },
	{ NULL, NULL, 0, 0, NULL }
};
