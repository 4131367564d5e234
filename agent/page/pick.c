#include "agent/page/pick.h"

#include <string.h>

#include "agent/page/roster_parts.h"
#include "base/enc.h"

/* Choosing from the roster inside a form of another page. */

#define PICK_ROWS 30

int
pick_asked(const struct page_call *c)
{
	return page_posted(c, "pick")[0] != '\0' || page_posted(c, "pick-from")[0] != '\0';
}

static const char *
id_of(const struct pick *p, const struct search_hit *h)
{
	return p->about == ROSTER_HOUSEHOLD ? h->household : h->member;
}

static int
is_chosen(const struct pick *p, const char *id)
{
	const struct formfield *f;
	size_t at = 0;

	while (p->chosen != NULL && (f = formdata_next(p->chosen, p->name, &at)) != NULL)
		if (!f->is_file && strcmp(f->value, id) == 0)
			return 1;
	return 0;
}

static void
put_words(struct page_call *c, const char *text)
{
	if (text[0] == '\0')
		return;
	page_raw(c, " · ");
	page_text(c, text);
}

static void
put_about(struct page_call *c, const char *name, const char *relation, const char *group, const char *last4)
{
	page_raw(c, "<span>");
	page_text(c, name);
	page_raw(c, " <span class=\"small\">");
	put_words(c, relation);
	put_words(c, group);
	if (last4[0] != '\0') {
		page_raw(c, " · …");
		page_text(c, last4);
	}
	page_raw(c, "</span></span>");
}

static void
put_row(struct page_call *c, const struct pick *p, const char *id, const char *name, const char *relation, const char *group, const char *last4, int ticked)
{
	if (p->many) {
		page_raw(c, "<label class=\"tick\"><input type=\"checkbox\" name=\"");
		page_text(c, p->name);
		page_raw(c, "\" value=\"");
		page_text(c, id);
		page_raw(c, ticked ? "\" checked>" : "\">");
		put_about(c, name, relation, group, last4);
		page_raw(c, "</label>\n");
	} else {
		page_raw(c, "<p class=\"tick\">");
		page_button(c, p->name, id, tr(c->lang, "Choose"));
		put_about(c, name, relation, group, last4);
		page_raw(c, "</p>\n");
	}
}

/* Those ticked so far come first, and stay in the form whatever is searched for next. */
static void
put_chosen(struct page_call *c, const struct pick *p)
{
	const struct formfield *f;
	const struct member *m;
	struct household h;
	size_t at = 0;

	while (p->many && p->chosen != NULL && (f = formdata_next(p->chosen, p->name, &at)) != NULL) {
		if (f->is_file || roster_get(c->ag, f->value, &h, &m, NULL) != 1)
			continue;
		m = m != NULL ? m : household_head(&h);
		if (m != NULL)
			put_row(c, p, f->value, member_get(m, MEMBER_NAME), member_get(m, MEMBER_RELATION), h.group != NULL ? h.group : "", "", 1);
		household_free(&h);
	}
}

/* Has a hit before this one the same household?  Hits of one household mostly stand near each other, but not by rank. */
static int
seen(const struct search_hit *hit, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(hit[k].household, hit[i].household) == 0)
			return 1;
	return 0;
}

static void
put_hits(struct page_call *c, const struct pick *p, const struct search_hit *hit, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((p->about == ROSTER_HOUSEHOLD && seen(hit, i)) || (p->many && is_chosen(p, id_of(p, &hit[i]))))
			continue;
		put_row(c, p, id_of(p, &hit[i]), hit[i].name, hit[i].relation, hit[i].group, hit[i].id_last4, 0);
	}
}

static void
put_more(struct page_call *c, size_t from, size_t total)
{
	char at[32];

	if (from > 0)
		page_button(c, "pick-from", page_number(at, from > PICK_ROWS ? from - PICK_ROWS : 0), tr(c->lang, "Previous rows"));
	if (from + PICK_ROWS < total)
		page_button(c, "pick-from", page_number(at, from + PICK_ROWS), tr(c->lang, "Next rows"));
}

void
pick_rows(struct page_call *c, const struct pick *p)
{
	const char *query = page_posted(c, "pick-q"), *group = page_posted(c, "pick-group"), *at = page_posted(c, "pick-from");
	struct search_hit hit[PICK_ROWS];
	struct err e = { "" };
	uint64_t from = 0;
	size_t total;
	int n;

	/* the search button begins anew */
	if (page_posted(c, "pick")[0] != '\0' || dec_u64(&from, at, strlen(at)) != 0 || from > SEARCH_PEOPLE_MAX)
		from = 0;
	if ((n = roster_find(c->ag, query, group[0] != '\0' ? group : NULL, from, PICK_ROWS, hit, &total, &e)) < 0) {
		page_notice(c, PAGE_WARN, n == -ROSTER_LOCKED ? tr(c->lang, "The roster is locked. Sign in to read it.") : tr(c->lang, "The roster cannot be read or written now."));
		return;
	}
	roster_search_box(c, "pick-", query, group, "pick", "find");
	put_chosen(c, p);
	put_hits(c, p, hit, (size_t)n);
	if (total == 0) {
		page_raw(c, "<p>");
		page_text(c, query[0] == '\0' && group[0] == '\0' ? tr(c->lang, "Nobody is in the roster yet.") : tr(c->lang, "Nobody fits."));
		page_raw(c, " ");
		page_link(c, "/roster", tr(c->lang, "Roster"));
		page_raw(c, "</p>\n");
	}
	put_more(c, from, total);
}
