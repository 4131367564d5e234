#include "agent/page/begin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page/fields.h"
#include "agent/page/room.h"
#include "agent/record/places.h"
#include "agent/sync/plan.h"
#include "agent/record/typed.h"
#include "agent/words.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "sync/device.h"

static void
go_to(struct page_call *c, const struct filling *fl)
{
	struct buf path;

	buf_init(&path, 256);
	(void)buf_printf(&path, "%s/", fl->kind == FILLING_CLASS ? "/class-draft" : "/draft");
	page_url(&path, fl->row.id);
	page_redirect(c, buf_str(&path));
	buf_free(&path);
}

static void
failed(struct page_call *c, const struct err *e)
{
	log_msg(LOG_WARN, "page: %s", e->text);
	page_error(c, 503, tr(c->lang, "This form cannot be filled in now: it is not here, it was made for something else, or the disk does not take it."));
}

/* Find a draft that was begun and not touched: the same kind, form and facts. */
struct search_draft {
	struct page_call *c;
	const struct filling *like;
	char id[64];
};

static int
same_facts(const struct filling *a, const struct filling *b)
{
	static const char *const facts[] = { "kind", "version", "place", "subject", "supersedes", "who" };
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strcmp(filling_fact(a, facts[i]), filling_fact(b, facts[i])) != 0)
			return 0;
	return 1;
}

static int
is_same(void *ctx, const struct journal_draft *d)
{
	struct search_draft *s = ctx;

	if (strcmp(d->form, s->like->row.form) == 0 && strcmp(d->actor, s->like->row.actor) == 0)
		(void)snprintf(s->id, sizeof(s->id), "%s", d->id);
	return s->id[0] != '\0';
}

/* The newest draft of this cadre and form, when it is one of the same that was never posted, is used again, and with it the number it was given. */
static void
adopt_untouched(struct page_call *c, struct filling *fl, char number[ID_MAX + 1])
{
	struct search_draft s = { c, fl, "" };
	struct filling *old = NULL;

	number[0] = '\0';
	(void)journal_draft_each(c->ag->j, is_same, &s);
	if (s.id[0] == '\0' || filling_load(c->ag, s.id, &old, NULL) != 1)
		return;
	if (filling_fact(old, "touched")[0] == '\0' && same_facts(old, fl)) {
		(void)strcpy(fl->row.id, old->row.id);
		(void)snprintf(number, ID_MAX + 1, "%s", old->form->subject ? filling_get(old, old->form->subject) : "");
	}
	filling_free(old);
}

static void
keep(struct page_call *c, struct filling *fl)
{
	struct err e = { "" };
	int rc;

	rc = filling_save(c->ag, fl, &e);
	if (rc == 0)
		go_to(c, fl);
	else if (rc == 1)
		page_error(c, 503, tr(c->lang, "There are too many unfinished forms on this device: finish or discard some first."));
	else
		failed(c, &e);
}

/* What has to be said each time is said again as last time, where anybody may read it. */
static int
repeat_required(struct filling *fl, const struct subject *s)
{
	const struct form *f = fl->form;
	cJSON *answers, *typed = cJSON_CreateObject(), *counts = cJSON_CreateObject();
	const struct form_field *x;
	const char *v;
	size_t i;
	int rc = 0;

	answers = s->has ? json_parse(s->now.payload.data, s->now.payload.len, JSON_OBJECT, NULL) : NULL;
	if (answers != NULL && typed != NULL && counts != NULL && typed_flatten(f, answers, typed, counts) == 0)
		for (i = 0; i < f->root.nchild && rc == 0; i++) {
			x = &f->root.child[i];
			if (x->required && !x->personal && x->nchild == 0 && x->type != FIELD_DATE && x->type != FIELD_BINARY && x->relevant == NULL &&
			    (f->stage == NULL || strcmp(x->path, f->stage) != 0) && (v = json_string(typed, x->path)) != NULL)
				rc = filling_set(fl, x->path, v);
		}
	cJSON_Delete(answers);
	cJSON_Delete(typed);
	cJSON_Delete(counts);
	return rc;
}

/* A person of the roster, as the form's own fields. */
static int
put_person(struct filling *fl, const struct household *h, const struct member *m)
{
	cJSON *answers = cJSON_CreateObject();
	int rc = -1;

	if (answers != NULL && roster_fill(fl->form, h, m, answers) == 0)
		rc = typed_flatten(fl->form, answers, cJSON_GetObjectItemCaseSensitive(fl->content, "typed"), cJSON_GetObjectItemCaseSensitive(fl->content, "count"));
	cJSON_Delete(answers);
	return rc;
}

/* The place of a subject's last entry, or where it is planned; "" when there is neither. */
static const char *
last_place(struct agent *ag, const struct form *f, const char *subject, char out[PLACE_MAX + 1])
{
	struct subject s;

	out[0] = '\0';
	if (*subject == '\0')
		return out;
	if (subject_load(ag, f, subject, &s) == 1 && s.has)
		(void)snprintf(out, PLACE_MAX + 1, "%s", s.now.h.place);
	subject_free(&s);
	if (out[0] == '\0')
		(void)plan_place_of(ag, f->id, subject, out);
	return out;
}

static int
prefill(struct page_call *c, struct filling *fl, const char *subject, const char *stage, const struct household *h, const struct member *m, struct err *e)
{
	const struct form *f = fl->form;
	const struct form_field *date = form_field(f, "date");
	char today[16], id[ID_MAX + 1], number[ID_MAX + 1], place[PLACE_MAX + 1], last[PLACE_MAX + 1];
	struct subject s;
	int rc = -1;

	places_for(c->ag, subject, last_place(c->ag, f, subject, last), place);
	if ((f->subject != NULL && filling_set_fact(fl, "subject", subject) != 0) || filling_set_fact(fl, "place", place) != 0)
		return err_set(e, "out of memory");
	adopt_untouched(c, fl, number);
	(void)snprintf(id, sizeof(id), "%s", subject[0] != '\0' ? subject : number);
	if (f->subject != NULL && id[0] == '\0' && recorder_new_subject(c->ag, place, id, e) != 0)
		return -1;
	fields_today(c->ag, today);
	if (subject_load(c->ag, f, id, &s) < 0) {
		(void)err_set(e, "the journal cannot be read");
		goto out;
	}
	if (stage == NULL && s.next != NULL)
		stage = s.next->value;
	if ((h == NULL || put_person(fl, h, m) == 0) && (f->subject == NULL || filling_set(fl, f->subject, id) == 0) &&
	    (f->stage == NULL || stage == NULL || filling_set(fl, f->stage, stage) == 0) &&
	    (date == NULL || date->type != FIELD_DATE || filling_set(fl, "date", today) == 0) && repeat_required(fl, &s) == 0)
		rc = 0;
	else
		(void)err_set(e, "out of memory");
out:
	subject_free(&s);
	return rc;
}

void
begin_record(struct page_call *c, const char *form, const char *subject, const char *stage, const struct household *h, const struct member *m)
{
	struct err e = { "" };
	struct filling *fl;

	if (room_closed(c))
		return;
	fl = filling_new(c->ag, FILLING_RECORD, form, c->cadre, &e);
	if (fl != NULL && device_form_retired(c->ag->j, fl->form->id, fl->form->version) == 1)
		page_error(c, 409, tr(c->lang, "The county has retired this form: nothing new is recorded with it."));
	else if (fl == NULL || prefill(c, fl, subject, stage, h, m, &e) != 0)
		failed(c, &e);
	else
		keep(c, fl);
	filling_free(fl);
}

void
begin_correction(struct page_call *c, const struct journal_entry *x)
{
	struct err e = { "" };
	char number[ID_MAX + 1];
	struct filling *fl;

	if (room_closed(c))
		return;
	fl = filling_correct(c->ag, x, c->cadre, &e);
	if (fl == NULL) {
		failed(c, &e);
	} else {
		adopt_untouched(c, fl, number);
		keep(c, fl);
	}
	filling_free(fl);
}

void
begin_class(struct page_call *c, const char *form)
{
	struct err e = { "" };
	const struct form_field *date;
	struct filling *fl;
	char today[16], hex[33], number[ID_MAX + 1];
	uint8_t event[16];

	if (room_closed(c))
		return;
	fl = filling_new(c->ag, FILLING_CLASS, form, c->cadre, &e);
	date = fl ? form_field(fl->form, "date") : NULL;
	fields_today(c->ag, today);
	random_bytes(event, sizeof(event));
	enc_hex(hex, event, sizeof(event));
	if (fl == NULL || filling_set_fact(fl, "event", hex) != 0 || (date != NULL && date->type == FIELD_DATE && filling_set(fl, "date", today) != 0))
		failed(c, &e);
	else {
		adopt_untouched(c, fl, number);
		keep(c, fl);
	}
	filling_free(fl);
}

/* The list of drafts */

struct listing {
	struct page_call *c;
	struct words *w;
	const char *form;
	unsigned n;
};

static int
put_draft(void *ctx, const struct journal_draft *d)
{
	struct listing *l = ctx;
	struct page_call *c = l->c;
	struct filling *fl = NULL;
	char when[32];

	if (l->form != NULL && strcmp(d->form, l->form) != 0)
		return 0;
	if (l->n++ == 0) {
		page_raw(c, "<h2>");
		page_say(c, "Unfinished", NULL);
		page_raw(c, "</h2>\n<ul class=\"card\">\n");
	}
	(void)filling_load(c->ag, d->id, &fl, NULL);
	(void)buf_printf(c->b, "<li><a href=\"/%s/", fl != NULL && fl->kind == FILLING_CLASS ? "class-draft" : "draft");
	page_url(c->b, d->id);
	page_raw(c, "\">");
	page_text(c, words_form(l->w, d->form, c->form_lang));
	page_raw(c, "</a> ");
	if (fl != NULL) {
		page_text(c, fl->form->subject ? filling_get(fl, fl->form->subject) : "");
		if (fl->kind == FILLING_CORRECTION)
			page_say(c, " (correction)", NULL);
		if (fl->kind == FILLING_CLASS)
			page_say(c, " (several people)", NULL);
	}
	page_raw(c, " <span class=\"small\">");
	page_text(c, page_when(when, d->changed));
	page_raw(c, " ");
	page_text(c, d->actor);
	page_raw(c, "</span> <a class=\"small\" href=\"/draft/");
	page_url(c->b, d->id);
	page_raw(c, "/discard\">");
	page_say(c, "Discard", NULL);
	page_raw(c, "</a></li>\n");
	filling_free(fl);
	return l->n >= PAGE_ROWS;
}

void
begin_drafts(struct page_call *c, const char *form)
{
	struct listing l = { c, words_open(c->ag), form, 0 };

	if (l.w != NULL)
		(void)journal_draft_each(c->ag->j, put_draft, &l);
	if (l.n > 0)
		page_raw(c, "</ul>\n");
	words_close(l.w);
}

const char *
begin_name(struct agent *ag, const char *subject, char *out)
{
	const struct member *m = NULL;
	struct household h;

	out[0] = '\0';
	if (roster_get(ag, subject, &h, &m, NULL) == 1) {
		m = m ? m : household_head(&h);
		(void)snprintf(out, MEMBER_ITEM_MAX + 1, "%s", m ? member_get(m, MEMBER_NAME) : "");
	}
	household_free(&h);
	return out;
}
