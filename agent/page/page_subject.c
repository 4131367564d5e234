#include <stdio.h>
#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/routes.h"
#include "agent/page/told.h"
#include "agent/show.h"
#include "base/enc.h"
#include "store/journal_subject.h"
#include "web/qr.h"

/* A subject's history, and the slip that a household takes home. */

struct timeline {
	struct page_call *c;
	const struct form *f;
	uint64_t from, n;
	int more;
};

static void
put_what(struct timeline *t, const struct journal_entry *x)
{
	struct page_call *c = t->c;
	const struct choice *stage = subject_stage(t->f, x);
	char path[2 * HASH_LEN + 32] = "/entry/", day[16], when[32];

	enc_hex(path + strlen(path), x->hash, HASH_LEN);
	subject_day(t->f, x, day);
	page_raw(c, "<li><p><b>");
	page_text(c, day);
	page_raw(c, "</b> ");
	page_link(c, path, stage ? stage->label[c->form_lang] : t->f->title[c->form_lang]);
	page_raw(c, " ");
	if (strcmp(x->h.kind, "correction") == 0)
		page_say(c, "(correction)", NULL);
	page_raw(c, " ");
	page_state(c, show_state(c->ag, x));
	page_raw(c, "</p>\n<p class=\"small\">");
	page_say(c, "Recorded {1} by {2}", page_when(when, x->h.wall), x->h.actor, NULL);
	page_raw(c, "</p>\n");
}

/* A withdrawal has no form, so it is told with what it withdraws. */
static void
put_withdrawal(struct timeline *t, const struct journal_entry *x)
{
	struct page_call *c = t->c;
	char path[2 * HASH_LEN + 32] = "/entry/", when[32];
	struct journal_entry by;

	journal_entry_init(&by);
	if (journal_superseder(c->ag->j, x->hash, &by) == 1 && strcmp(by.h.kind, "withdrawal") == 0) {
		enc_hex(path + strlen(path), by.hash, HASH_LEN);
		page_raw(c, "<p class=\"small\">");
		page_link(c, path, tr(c->lang, "Withdrawn"));
		page_raw(c, " ");
		page_text(c, page_when(when, by.h.wall));
		page_raw(c, " ");
		page_text(c, by.h.actor);
		page_raw(c, "</p>\n");
	}
	journal_entry_free(&by);
}

static int
put_entry(void *ctx, const struct journal_entry *x)
{
	struct timeline *t = ctx;

	if (t->n == t->from + PAGE_ROWS) {
		t->more = 1;
		return 1;
	}
	if (t->n++ < t->from)
		return 0;
	put_what(t, x);
	put_withdrawal(t, x);
	told_photos(t->c, x, 1);
	page_raw(t->c, "</li>\n");
	return 0;
}

static void
put_now(struct page_call *c, const struct form *f, const struct subject *s)
{
	char name[MEMBER_ITEM_MAX + 1];

	page_raw(c, "<dl class=\"card\"><dt>");
	page_say(c, "Subject", NULL);
	page_raw(c, "</dt><dd>");
	page_text(c, s->id);
	page_raw(c, " ");
	page_text(c, begin_name(c->ag, s->id, name));
	page_raw(c, "</dd><dt>");
	page_say(c, "Stage", NULL);
	page_raw(c, s->done ? "</dt><dd class=\"ok\">" : "</dt><dd>");
	page_text(c, s->stage ? s->stage->label[c->form_lang] : "");
	page_raw(c, "</dd><dt>");
	page_say(c, "Begun by", NULL);
	page_raw(c, "</dt><dd>");
	page_text(c, s->began);
	page_raw(c, "</dd></dl>\n<p><a class=\"button\" href=\"/record/");
	page_url(c->b, f->id);
	page_raw(c, "/");
	page_url(c->b, s->id);
	page_raw(c, "\">");
	if (s->next != NULL)
		page_say(c, "Record: {1}", s->next->label[c->form_lang], NULL);
	else
		page_say(c, "Record again", NULL);
	page_raw(c, "</a></p>\n");
}

static void
subject(struct page_call *c)
{
	const struct form *f = recorder_form(c->ag, c->part[0], "", NULL);
	struct timeline t = { .c = c, .f = f, .from = page_from(c) };
	struct subject s;
	struct buf path;

	if (f == NULL || subject_load(c->ag, f, c->part[1], &s) != 1) {
		page_error(c, 404, tr(c->lang, "There is no such subject here."));
		formcache_drop(f);
		return;
	}
	page_begin(c, f->title[c->form_lang]);
	put_now(c, f, &s);
	page_raw(c, "<h2>");
	page_say(c, "History", NULL);
	page_raw(c, "</h2>\n<ol class=\"timeline\">\n");
	(void)journal_subject_each(c->ag->j, f->id, s.id, put_entry, &t);
	page_raw(c, "</ol>\n");
	buf_init(&path, 512);
	(void)buf_puts(&path, "/subject/");
	page_url(&path, f->id);
	(void)buf_puts(&path, "/");
	page_url(&path, s.id);
	page_paging(c, buf_str(&path), t.from, t.more);
	page_end(c);
	buf_free(&path);
	subject_free(&s);
	formcache_drop(f);
}

/* The slip */

/* One line in both languages: the household reads one, an auditor from elsewhere perhaps the other. */
static void
put_both(struct page_call *c, const char *text, const char *zh, const char *en)
{
	page_raw(c, "<dt>");
	page_text(c, tr("zh", text));
	page_raw(c, " <span lang=\"en\">");
	page_text(c, text);
	page_raw(c, "</span></dt><dd>");
	page_text(c, zh);
	if (strcmp(zh, en) != 0) {
		page_raw(c, " <span lang=\"en\">");
		page_text(c, en);
		page_raw(c, "</span>");
	}
	page_raw(c, "</dd>\n");
}

static void
put_lines(struct page_call *c, const struct journal_entry *x)
{
	const struct form *f = x->h.has_form ? recorder_form(c->ag, x->h.form, x->h.form_version, NULL) : NULL;
	struct words *w = words_open(c->ag);
	char day[16], when[32];

	if (w != NULL)
		put_both(c, N_("Programme"), words_what(w, x, FORM_ZH), words_what(w, x, FORM_EN));
	if (x->subject[0] != '\0')
		put_both(c, N_("Subject"), x->subject, x->subject);
	if (w != NULL && *words_stage(w, x, FORM_ZH) != '\0')
		put_both(c, N_("Stage"), words_stage(w, x, FORM_ZH), words_stage(w, x, FORM_EN));
	if (f != NULL) {
		subject_day(f, x, day);
		put_both(c, N_("Seen"), day, day);
	}
	put_both(c, N_("Recorded"), page_when(when, x->h.wall), when);
	put_both(c, N_("Place"), x->h.place, x->h.place);
	put_both(c, N_("State"), words_state(show_state(c->ag, x), FORM_ZH), words_state(show_state(c->ag, x), FORM_EN));
	words_close(w);
	formcache_drop(f);
}

static void
put_codes(struct page_call *c, const struct journal_entry *x)
{
	char hex[2 * HASH_LEN + 1], number[40], log[2 * HASH_LEN + 1] = "-";

	enc_hex(hex, x->hash, HASH_LEN);
	told_number(x->hash, number);
	if (x->h.has_log)
		enc_hex(log, x->h.log, HASH_LEN);
	page_raw(c, "<dl class=\"codes\">\n");
	put_both(c, N_("Number"), number, number);
	put_both(c, N_("In full"), hex, hex);
	put_both(c, N_("Key of the county's log"), log, log);
	page_raw(c, "</dl>\n<div class=\"qr\">");
	(void)qr_svg(c->b, hex);
	page_raw(c, "</div>\n");
}

static void
slip(struct page_call *c)
{
	struct journal_entry x;
	struct err e;

	journal_entry_init(&x);
	if (strlen(c->part[0]) != 2 * HASH_LEN || show_find(c->ag, c->part[0], &x, &e) != 0) {
		page_error(c, 404, tr(c->lang, "There is no such entry on this device."));
	} else {
		/* in both languages: whoever takes it home, and whoever checks it, may read another one */
		page_begin(c, "记录凭条 Slip of a record");
		page_raw(c, "<section class=\"slip card\">\n<dl>\n");
		put_lines(c, &x);
		page_raw(c, "</dl>\n");
		put_codes(c, &x);
		page_raw(c, "<p>");
		page_text(c, tr("zh", N_("With this number anybody can look for the record in the county's public log.")));
		page_raw(c, "<br><span lang=\"en\">With this number anybody can look for the record in the county's public log.</span></p>\n</section>\n");
		page_raw(c, "<p><button type=\"button\" data-print hidden>");
		page_say(c, "Print", NULL);
		page_raw(c, "</button></p>\n");
		page_end(c);
	}
	journal_entry_free(&x);
}

const struct page_route page_routes_subject[] = {
	{ "GET", "/subject/:/:", PAGE_CADRE, 0, subject },
	{ "GET", "/slip/:", PAGE_CADRE, 0, slip },
	{ NULL, NULL, 0, 0, NULL }
};
