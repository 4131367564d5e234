#include <string.h>

#include "agent/page/begun.h"
#include "agent/page/begin.h"
#include "agent/page/lan.h"
#include "agent/page/planned.h"
#include "agent/page/returned.h"
#include "agent/page/room.h"
#include "agent/page/routes.h"
#include "agent/page/rows.h"
#include "agent/page/serve.h"
#include "agent/status.h"
#include "store/journal_list.h"

/* Home: what needs doing, what was recorded, what the county has, and whether it is safe to switch off. */

#define LATELY 10         /* rows of home's lists */

/*
 * What a sync of so much takes on the wire, measured (docs/bench.md): about
 * 1 kB for the request itself, 30 bytes an entry, and half of what its texts
 * hold.
 */
#define WIRE_FIXED 1000
#define WIRE_ENTRY 30

static void
put_waiting(struct page_call *c, const struct journal_weight *w)
{
	char n[32], bytes[32];

	if (w->entries > 0) {
		page_raw(c, "<li>");
		page_say(c, "Waiting for a link: {1} (about {2}).", page_number(n, w->entries), page_bytes(bytes, WIRE_FIXED + WIRE_ENTRY * w->entries + w->entry_bytes / 2), NULL);
		page_raw(c, "</li>\n");
	}
	if (w->attachments > 0) {
		page_raw(c, "<li>");
		page_say(c, "Photos waiting for a link: {1} ({2}).", page_number(n, w->attachments), page_bytes(bytes, w->attachment_bytes), NULL);
		page_raw(c, "</li>\n");
	}
}

static void
put_county(struct page_call *c, const struct status *s)
{
	char n[32], when[32];

	page_raw(c, "<li>");
	if (s->origin[0] == '\0')
		page_say(c, "This device is not enrolled with a county yet.", NULL);
	else if (s->counts.has_last)
		page_say(c, "Confirmed by the county: {1}; last at {2}.", page_number(n, s->counts.confirmed), page_when(when, s->counts.last_confirmed), NULL);
	else
		page_say(c, "The county has confirmed nothing yet.", NULL);
	page_raw(c, "</li>\n");
	if (s->origin[0] == '\0')
		return;
	page_raw(c, "<li>");
	if (s->heard > 0)
		page_say(c, "Last contact with the county: {1}.", page_when(when, s->heard), NULL);
	else
		page_say(c, "There was no contact with the county yet.", NULL);
	page_raw(c, "</li>\n");
}

/* What stands between here and the county, and why photos wait. */
static void
put_link(struct page_call *c, const struct status *s)
{
	char n[32];

	if (s->photos_aside > 0) {
		page_raw(c, "<li class=\"bad\">");
		page_say(c, "Photos set aside: {1}.", page_number(n, (uint64_t)s->photos_aside), NULL);
		page_raw(c, "</li>\n");
	}
	if (s->wait != WAIT_NOT) {
		page_raw(c, "<li>");
		page_text(c, budget_words(s->wait, c->lang));
		page_raw(c, "</li>\n");
	}
	if (s->trouble != LINK_OK) {
		page_raw(c, "<li class=\"bad\">");
		page_text(c, link_words(s->trouble, c->lang));
		page_raw(c, "</li>\n");
	}
}

static void
put_sync(struct page_call *c, const struct status *s)
{
	struct journal_weight w;
	char n[32];

	page_raw(c, "<h2>");
	page_say(c, "Saved and sent", NULL);
	page_raw(c, "</h2>\n<ul class=\"card\">\n<li>");
	page_say(c, "Saved here: {1}.", page_number(n, s->counts.entries), NULL);
	page_raw(c, "</li>\n");
	put_county(c, s);
	if (journal_weigh_waiting(c->ag->j, &w) == 0)
		put_waiting(c, &w);
	if (s->counts.set_aside > 0) {
		page_raw(c, "<li class=\"bad\">");
		page_say(c, "Set aside, not counted: {1}.", page_number(n, s->counts.set_aside), NULL);
		page_raw(c, "</li>\n");
	}
	put_link(c, s);
	page_raw(c, "</ul>\n");
}

/* The lock of the agent is held: nothing is in the middle of being written, and what was acknowledged is on the disk. */
static void
put_power(struct page_call *c, const struct status *s)
{
	page_notice(c, s->storage_safe ? PAGE_OK : PAGE_WARN, s->storage_safe ? tr(c->lang, "It is safe to switch off now: all that was recorded is on the disk.") :
	    tr(c->lang, "Do not switch off without shutting down: this storage may lose data when the power fails."));
}

static void
put_alarms(struct page_call *c, const struct status *s)
{
	if (s->revoked)
		page_notice(c, PAGE_BAD, tr(c->lang, "The county has revoked this device. What it records is still logged, but counts only when the county accepts it."));
	if (s->alarms > 0)
		page_notice(c, PAGE_BAD, tr(c->lang, "Alarm: the county signed what cannot be true; the evidence is kept. Call an auditor."));
	if (!s->clock_set)
		page_notice(c, PAGE_WARN, tr(c->lang, "The clock of this device is not set. Recording works all the same; check the dates you type."));
}

/* One thing to do: what the county said of entries, and which they are. */
static void
put_told(struct page_call *c, const char *state, const char *text)
{
	char n[32];
	struct rows r;
	uint64_t many;

	if (journal_count_told(c->ag->j, state, &many) != 0 || many == 0)
		return;
	page_raw(c, "<h3>");
	page_say(c, text, page_number(n, many), NULL);
	page_raw(c, "</h3>\n");
	if (strcmp(state, "returned") == 0) {
		returned_put(c, LATELY);
		return;
	}
	rows_begin(&r, c, LATELY);
	(void)journal_each_told(c->ag->j, state, LATELY + 1, 0, rows_add, &r);
	rows_end(&r);
	if (r.more) {
		page_raw(c, "<p><a href=\"/entries?state=");
		page_raw(c, state);
		page_raw(c, "\">");
		page_say(c, "All of them", NULL);
		page_raw(c, "</a></p>\n");
	}
}

static void
put_to_do(struct page_call *c, const struct status *s)
{
	static const struct { const char *state, *text; } told[] = {
		{ "returned", N_("Sent back by the county: {1}. Correct what is wrong, or withdraw it.") },
		{ "set-aside", N_("Set aside: {1}. The county cannot count these; ask there why.") },
		{ "disputed", N_("In dispute: {1}. Two records contradict each other; correct one of them.") },
	};
	size_t i, before = c->b->len;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		put_told(c, told[i].state, told[i].text);
	if (c->b->len == before && s->counts.entries > 0)
		page_notice(c, PAGE_INFO, tr(c->lang, "Nothing was sent back."));
}

static void
put_lately(struct page_call *c)
{
	struct rows r;

	page_raw(c, "<h2>");
	page_say(c, "Recorded lately", NULL);
	page_raw(c, "</h2>\n");
	rows_begin(&r, c, LATELY);
	/* heartbeats and the like are passed over; a limit on how many keeps a quiet year from costing a walk */
	(void)journal_each_newest(c->ag->j, 40 * LATELY, 0, rows_add_people, &r);
	rows_end(&r);
	page_raw(c, "<p>");
	page_link(c, "/entries", tr(c->lang, "All records"));
	page_raw(c, "</p>\n");
}

static void
home(struct page_call *c)
{
	struct status s;

	if (status_take(c->ag, &s) != 0) {
		page_error(c, 503, tr(c->lang, "The journal cannot be read now."));
		return;
	}
	page_begin(c, c->cadre ? tr(c->lang, "To do") : tr(c->lang, "Village records"));
	put_alarms(c, &s);
	room_notice(c);
	if (c->cadre != NULL) {
		page_raw(c, "<p><a class=\"button\" href=\"/record\">");
		page_say(c, "Record something", NULL);
		page_raw(c, "</a></p>\n");
		put_to_do(c, &s);
		planned_told(c);
		begin_drafts(c, NULL);
		begun_put(c);
		put_lately(c);
	} else if (page_plain(c)) {
		page_notice(c, PAGE_INFO, lan_plain_words(c->lang));
	} else {
		page_raw(c, "<p><a class=\"button\" href=\"/sign-in\">");
		page_say(c, "Sign in to record", NULL);
		page_raw(c, "</a></p>\n");
	}
	put_sync(c, &s);
	put_power(c, &s);
	page_end(c);
}

/* Every record, or those in one state, a page at a time. */
static void
entries(struct page_call *c)
{
	const char *state = http_query(c->req, "state");
	uint64_t from = page_from(c);
	char path[64] = "/entries";
	struct rows r;
	int told = state != NULL && (strcmp(state, "returned") == 0 || strcmp(state, "set-aside") == 0 || strcmp(state, "disputed") == 0);

	page_begin(c, tr(c->lang, "All records"));
	rows_begin(&r, c, PAGE_ROWS);
	if (told)
		(void)journal_each_told(c->ag->j, state, PAGE_ROWS + 1, from, rows_add, &r);
	else
		(void)journal_each_newest(c->ag->j, PAGE_ROWS + 1, from, rows_add, &r);
	rows_end(&r);
	if (told)
		(void)snprintf(path, sizeof(path), "/entries?state=%s", state);
	page_paging(c, path, from, r.more);
	page_end(c);
}

const struct page_route page_routes_home[] = {
	{ "GET", "/", PAGE_PLAIN, 0, home },
	{ "GET", "/entries", PAGE_CADRE, 0, entries },
	{ NULL, NULL, 0, 0, NULL }
};
