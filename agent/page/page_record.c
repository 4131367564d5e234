#include <stdio.h>
#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/pick.h"
#include "agent/page/planned.h"
#include "agent/page/room.h"
#include "agent/page/routes.h"
#include "agent/words.h"
#include "store/journal_subject.h"
#include "sync/device.h"

/* Choosing what is recorded: the programme, then what or whom it is about. */

#define COUNT_MOST 1000
#define HITS_MAX 200

static void
put_path(struct page_call *c, const char *first, const char *form, const char *second)
{
	page_raw(c, first);
	page_url(c->b, form);
	if (second != NULL) {
		page_raw(c, "/");
		page_url(c->b, second);
	}
}

/* Newest versions only: forms come ordered by id, then by age. */
struct programmes {
	struct page_call *c;
	const struct form *last;
	unsigned n;
};

static void
put_programme(struct programmes *p)
{
	struct page_call *c = p->c;
	const struct form *f = p->last;
	char number[32];
	uint64_t n = 0;

	if (f == NULL)
		return;
	if (device_form_retired(c->ag->j, f->id, f->version) == 1) {
		formcache_drop(f);
		p->last = NULL;
		return;
	}
	(void)journal_subjects_count(c->ag->j, f->id, COUNT_MOST + 1, &n);
	page_raw(c, p->n++ == 0 ? "<ul class=\"card\">\n<li><a href=\"" : "<li><a href=\"");
	put_path(c, "/record/", f->id, NULL);
	page_raw(c, "\">");
	page_text(c, f->title[c->form_lang]);
	page_raw(c, "</a> <span class=\"small\">");
	page_text(c, page_number(number, n > COUNT_MOST ? COUNT_MOST : n));
	page_raw(c, n > COUNT_MOST ? "+" : "");
	if (f->subject != NULL && roster_about(f) != ROSTER_NOBODY) {
		page_raw(c, "</span> <a class=\"small\" href=\"");
		put_path(c, "/class/", f->id, NULL);
		page_raw(c, "\">");
		page_say(c, "Several people at once", NULL);
		page_raw(c, "</a></li>\n");
	} else {
		page_raw(c, "</span></li>\n");
	}
	formcache_drop(f);
	p->last = NULL;
}

static int
add_programme(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	struct programmes *p = ctx;
	const struct form *f = formcache_form(hash, xml, n, NULL);

	(void)version;
	if (f == NULL)
		return 0;
	if (p->last != NULL && strcmp(p->last->id, id) != 0)
		put_programme(p);
	formcache_drop(p->last);
	p->last = f;
	return 0;
}

static void
record(struct page_call *c)
{
	struct programmes p = { c, NULL, 0 };

	page_begin(c, tr(c->lang, "Record"));
	room_notice(c);
	begin_drafts(c, NULL);
	page_raw(c, "<h2>");
	page_say(c, "Programmes", NULL);
	page_raw(c, "</h2>\n");
	(void)journal_each_form(c->ag->j, add_programme, &p);
	put_programme(&p);
	if (p.n > 0)
		page_raw(c, "</ul>\n");
	else
		page_notice(c, PAGE_INFO, tr(c->lang, "The county has published no form yet, or none has arrived: they come with the next sync."));
	page_end(c);
}

/* The subjects of one programme */

struct subjects {
	struct page_call *c;
	const struct form *f;
	unsigned n;
	char last[ID_MAX + 1];
	int more;
};

static void
put_stage(struct subjects *l, const struct subject *s)
{
	struct page_call *c = l->c;
	enum form_lang lang = c->form_lang;

	page_text(c, s->stage ? s->stage->label[lang] : "");
	page_raw(c, "</td><td>");
	if (s->next != NULL) {
		page_raw(c, "<a href=\"");
		put_path(c, "/record/", l->f->id, s->id);
		page_raw(c, "?stage=");
		page_url(c->b, s->next->value);
		page_raw(c, "\">");
		page_say(c, "Record: {1}", s->next->label[lang], NULL);
		page_raw(c, "</a>");
	} else {
		page_raw(c, "<a href=\"");
		put_path(c, "/record/", l->f->id, s->id);
		page_raw(c, "\">");
		page_say(c, "Record again", NULL);
		page_raw(c, "</a>");
	}
}

static int
put_subject(void *ctx, const char *id)
{
	struct subjects *l = ctx;
	struct page_call *c = l->c;
	char name[MEMBER_ITEM_MAX + 1];
	struct subject s;

	if (l->n == PAGE_ROWS) {
		l->more = 1;
		return 1;
	}
	if (l->n++ == 0) {
		page_raw(c, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
		page_say(c, "Subject", NULL);
		page_raw(c, "</th><th scope=\"col\">");
		page_say(c, "Stage", NULL);
		page_raw(c, "</th><th scope=\"col\">");
		page_say(c, "Next", NULL);
		page_raw(c, "</th><th scope=\"col\">");
		page_say(c, "Seen", NULL);
		page_raw(c, "</th></tr></thead><tbody>\n");
	}
	(void)snprintf(l->last, sizeof(l->last), "%s", id);
	if (subject_load(c->ag, l->f, id, &s) >= 0) {
		page_raw(c, "<tr><td><a href=\"");
		put_path(c, "/subject/", l->f->id, id);
		page_raw(c, "\">");
		page_text(c, id);
		page_raw(c, "</a> ");
		page_text(c, begin_name(c->ag, id, name));
		page_raw(c, s.done ? "</td><td class=\"ok\">" : "</td><td>");
		put_stage(l, &s);
		page_raw(c, "</td><td class=\"small\">");
		page_text(c, s.day);
		page_raw(c, "</td></tr>\n");
	}
	subject_free(&s);
	return 0;
}

/* People of the roster that the query finds and who have been recorded, then ids that hold it. */
static void
put_found(struct subjects *l, const char *q)
{
	struct search_hit hit[HITS_MAX];
	struct subject s;
	size_t total = 0;
	int n, i;

	n = *q != '\0' && roster_about(l->f) != ROSTER_NOBODY ? roster_find(l->c->ag, q, NULL, 0, HITS_MAX, hit, &total, NULL) : 0;
	for (i = 0; i < n; i++) {
		const char *id = roster_about(l->f) == ROSTER_MEMBER ? hit[i].member : hit[i].household;
		char copy[ID_MAX + 1];

		(void)snprintf(copy, sizeof(copy), "%s", id);
		if (subject_load(l->c->ag, l->f, copy, &s) == 1 && strcmp(copy, l->last) != 0)
			(void)put_subject(l, copy);
		subject_free(&s);
	}
}

static void
put_search(struct page_call *c, const struct form *f, const char *q)
{
	page_raw(c, "<form method=\"get\" class=\"pick\" action=\"");
	put_path(c, "/record/", f->id, NULL);
	page_raw(c, "\"><label for=\"q\">");
	page_text(c, roster_about(f) == ROSTER_NOBODY ? tr(c->lang, "Part of the number") : tr(c->lang, "Name, or part of the number"));
	page_raw(c, "</label><input id=\"q\" name=\"q\" type=\"text\" maxlength=\"100\" value=\"");
	page_text(c, q);
	page_raw(c, "\">");
	page_button(c, NULL, NULL, tr(c->lang, "Find"));
	page_raw(c, "</form>\n");
}

static void
put_new(struct page_call *c, const struct form *f)
{
	page_raw(c, "<p><a class=\"button\" href=\"");
	put_path(c, "/record/", f->id, "~new");
	page_raw(c, "\">");
	page_say(c, "Something or somebody new", NULL);
	page_raw(c, "</a>");
	if (roster_about(f) != ROSTER_NOBODY) {
		page_raw(c, " <a href=\"");
		put_path(c, "/class/", f->id, NULL);
		page_raw(c, "\">");
		page_say(c, "Several people at once", NULL);
		page_raw(c, "</a>");
	}
	page_raw(c, "</p>\n");
}

static void
record_form(struct page_call *c)
{
	const char *q = http_query(c->req, "q"), *after = http_query(c->req, "after");
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);
	struct subjects l = { .c = c, .f = f };

	if (f == NULL || f->subject == NULL) {
		if (f != NULL)
			begin_record(c, f->id, "", NULL, NULL, NULL);
		else
			page_error(c, 404, tr(c->lang, "There is no such form here."));
		formcache_drop(f);
		return;
	}
	q = q ? q : "";
	after = after ? after : "";
	page_begin(c, f->title[c->form_lang]);
	put_new(c, f);
	begin_drafts(c, f->id);
	put_search(c, f, q);
	if (*after == '\0')
		planned_put(c, f, q);
	if (*after == '\0')
		put_found(&l, q);
	(void)journal_subjects(c->ag->j, f->id, after, q, PAGE_ROWS + 1, put_subject, &l);
	if (l.n > 0)
		page_raw(c, "</tbody></table>\n");
	else
		page_notice(c, PAGE_INFO, *q ? tr(c->lang, "Nothing that was recorded fits.") : tr(c->lang, "Nothing was recorded yet."));
	if (l.more) {
		page_raw(c, "<p class=\"pages\"><a href=\"");
		put_path(c, "/record/", f->id, NULL);
		page_raw(c, "?after=");
		page_url(c->b, l.last);
		page_raw(c, "&amp;q=");
		page_url(c->b, q);
		page_raw(c, "\">");
		page_say(c, "Next rows", NULL);
		page_raw(c, "</a></p>\n");
	}
	page_end(c);
	formcache_drop(f);
}

/* Somebody new: from the roster where the form is about people, or without. */
static void
put_choose(struct page_call *c, const struct form *f)
{
	struct pick p = { .name = "who", .about = roster_about(f), .chosen = c->form };
	struct buf path;

	buf_init(&path, 256);
	(void)buf_puts(&path, "/record/");
	page_url(&path, f->id);
	(void)buf_puts(&path, "/~new");
	page_begin(c, f->title[c->form_lang]);
	page_raw(c, "<h2>");
	page_say(c, "Who is it about?", NULL);
	page_raw(c, "</h2>\n");
	page_form(c, buf_str(&path), 0);
	pick_rows(c, &p);
	page_raw(c, "<p>");
	page_button(c, "do", "new", tr(c->lang, "Not in the roster: go on with a new number"));
	page_raw(c, "</p>\n");
	page_form_end(c);
	page_end(c);
	buf_free(&path);
}

static void
record_new(struct page_call *c)
{
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);
	uint64_t households = 0;

	if (f == NULL)
		page_error(c, 404, tr(c->lang, "There is no such form here."));
	else if (f->subject == NULL || roster_about(f) == ROSTER_NOBODY || roster_count(c->ag, &households) != 0 || households == 0)
		begin_record(c, f->id, "", NULL, NULL, NULL);
	else
		put_choose(c, f);
	formcache_drop(f);
}

static void
record_chosen(struct page_call *c)
{
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);
	const char *who = page_posted(c, "who");
	const struct member *m = NULL;
	char subject[ID_MAX + 1];
	struct household h;

	household_init(&h);
	if (f == NULL)
		page_error(c, 404, tr(c->lang, "There is no such form here."));
	else if (strcmp(page_posted(c, "do"), "new") == 0)
		begin_record(c, f->id, "", NULL, NULL, NULL);
	else if (*who == '\0' || roster_get(c->ag, who, &h, &m, NULL) != 1)
		put_choose(c, f);
	else {
		roster_subject(f, &h, m, subject);
		begin_record(c, f->id, subject, NULL, &h, m);
	}
	household_free(&h);
	formcache_drop(f);
}

static void
record_subject(struct page_call *c)
{
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);

	if (f == NULL)
		page_error(c, 404, tr(c->lang, "There is no such form here."));
	else if (!field_id((struct field){ c->part[1], strlen(c->part[1]) }, ID_MAX))
		page_error(c, 404, tr(c->lang, "There is no such subject here."));
	else
		begin_record(c, f->id, c->part[1], http_query(c->req, "stage"), NULL, NULL);
	formcache_drop(f);
}

const struct page_route page_routes_record[] = {
	{ "GET", "/record", PAGE_CADRE, 0, record },
	{ "GET", "/record/:", PAGE_CADRE, 0, record_form },
	{ "GET", "/record/:/~new", PAGE_CADRE, 0, record_new },
	{ "POST", "/record/:/~new", PAGE_CADRE, 0, record_chosen },
	{ "GET", "/record/:/:", PAGE_CADRE, 0, record_subject },
	{ NULL, NULL, 0, 0, NULL }
};
