#include "agent/page/begun.h"

#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/serve.h"
#include "agent/record/recorder.h"
#include "agent/record/subject.h"
#include "store/journal_list.h"

/* Found from the newest entries, not from all: a page opens as fast after ten years as on the first day. */
#define LOOK_BACK 400      /* entries */
#define SUBJECTS_MAX 60    /* different subjects among them */
#define SHOWN 8            /* of one programme */

struct begun {
	struct { char form[ID_MAX + 1], id[ID_MAX + 1]; int done; } at[SUBJECTS_MAX];
	size_t n;
};

static int
collect(void *ctx, const struct journal_entry *x)
{
	struct begun *b = ctx;
	size_t i;

	if (!x->h.has_form || x->subject[0] == '\0')
		return 0;
	for (i = 0; i < b->n; i++)
		if (strcmp(b->at[i].id, x->subject) == 0 && strcmp(b->at[i].form, x->h.form) == 0)
			return 0;
	if (b->n == SUBJECTS_MAX)
		return 1;
	(void)strcpy(b->at[b->n].form, x->h.form);
	(void)strcpy(b->at[b->n].id, x->subject);
	b->n++;
	return 0;
}

static void
put_title(struct page_call *c, const struct form *f)
{
	page_raw(c, "<h3><a href=\"/record/");
	page_url(c->b, f->id);
	page_raw(c, "\">");
	page_text(c, f->title[c->form_lang]);
	page_raw(c, "</a></h3>\n<ul>\n");
}

static void
put_subject(struct page_call *c, const struct form *f, const struct subject *s)
{
	char name[MEMBER_ITEM_MAX + 1];

	page_raw(c, "<li><a href=\"/record/");
	page_url(c->b, f->id);
	page_raw(c, "/");
	page_url(c->b, s->id);
	page_raw(c, "\">");
	page_text(c, s->id);
	page_raw(c, "</a> ");
	page_text(c, begin_name(c->ag, s->id, name));
	page_raw(c, *name ? "<br>" : "");
	page_say(c, "{1}, next: {2}", s->stage != NULL ? s->stage->label[c->form_lang] : "–", s->next->label[c->form_lang], NULL);
	page_raw(c, "</li>\n");
}

/* The subjects of one form, from the first that names it on. */
static void
put_programme(struct page_call *c, struct begun *b, size_t first, unsigned *programmes)
{
	const struct form *f = recorder_form(c->ag, b->at[first].form, "", NULL);
	struct subject s;
	unsigned shown = 0;
	size_t i;

	for (i = first; i < b->n; i++) {
		if (b->at[i].done || strcmp(b->at[i].form, b->at[first].form) != 0)
			continue;
		if (i > first)
			b->at[i].done = 1;
		if (f == NULL || f->stage == NULL || shown == SHOWN || subject_load(c->ag, f, b->at[i].id, &s) != 1)
			continue;
		if (s.has && !s.done && s.next != NULL) {
			if (shown == 0 && (*programmes)++ == 0) {
				page_raw(c, "<h2>");
				page_say(c, "Begun and not finished", NULL);
				page_raw(c, "</h2>\n");
			}
			if (shown++ == 0)
				put_title(c, f);
			put_subject(c, f, &s);
		}
		subject_free(&s);
	}
	if (shown > 0)
		page_raw(c, "</ul>\n");
	formcache_drop(f);
}

void
begun_put(struct page_call *c)
{
	struct begun b = { .n = 0 };
	unsigned programmes = 0;
	size_t i;
	int known;

	if (page_route("GET", "/record/x/y", &known) == NULL)
		return;
	(void)journal_each_newest(c->ag->j, LOOK_BACK, 0, collect, &b);
	for (i = 0; i < b.n; i++)
		if (!b.at[i].done)
			put_programme(c, &b, i, &programmes);
}
