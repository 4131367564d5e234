#include <stdio.h>
#include <string.h>

#include "agent/sync/messages.h"
#include "agent/page/planned.h"
#include "agent/page/routes.h"
#include "agent/sync/plan.h"
#include "agent/record/recorder.h"
#include "base/enc.h"

/* What the county planned here and nobody recorded as done; and what it says to this device. */

#define SECTION_ROWS 10 /* under the subjects of a programme */

/* "FIELD VALUE" of each target, by the form's own labels. */
static void
put_targets(struct page_call *c, const struct form *f, const char *target)
{
	const struct form_field *field;
	const cJSON *one;
	cJSON *o = target ? cJSON_Parse(target) : NULL;

	cJSON_ArrayForEach(one, o) {
		if (!cJSON_IsString(one))
			continue;
		field = f ? form_field(f, one->string) : NULL;
		page_raw(c, one == o->child ? "" : "; ");
		page_text(c, field != NULL && field->label[c->form_lang] != NULL ? field->label[c->form_lang] : one->string);
		page_raw(c, " ");
		page_text(c, one->valuestring);
	}
	cJSON_Delete(o);
}

static void
put_subject(struct page_call *c, const struct planned *x)
{
	char n[32], of[32];

	if (x->subject[0] == '\0') {
		page_say(c, "{1} of {2} done", page_number(n, x->reached), page_number(of, x->count), NULL);
		return;
	}
	page_raw(c, "<a href=\"/record/");
	page_url(c->b, x->form);
	page_raw(c, "/");
	page_url(c->b, x->subject);
	page_raw(c, "\">");
	page_text(c, x->subject);
	page_raw(c, "</a>");
	if (x->name != NULL) {
		page_raw(c, " ");
		page_text(c, x->name);
	}
}

static void
put_head(struct page_call *c)
{
	page_raw(c, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
	page_say(c, "Planned", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "Until", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "Place", NULL);
	page_raw(c, "</th><th scope=\"col\">");
	page_say(c, "Target", NULL);
	page_raw(c, "</th></tr></thead><tbody>\n");
}

static void
put_row(struct page_call *c, const struct form *f, const struct planned *x)
{
	page_raw(c, "<tr><td>");
	put_subject(c, x);
	page_raw(c, x->late ? "</td><td class=\"bad\">" : "</td><td>");
	page_text(c, x->due);
	page_raw(c, "</td><td>");
	page_text(c, x->place);
	page_raw(c, "</td><td class=\"small\">");
	put_targets(c, f, x->target);
	page_raw(c, "</td></tr>\n");
}

void
planned_put(struct page_call *c, const struct form *f, const char *q)
{
	struct plan p;
	size_t i, n = 0;

	if (plan_load(c->ag, f->id, &p) != 0)
		return;
	for (i = 0; i < p.n && n < SECTION_ROWS; i++) {
		const struct planned *x = &p.line[i];

		if (x->done || x->subject[0] == '\0' || (*q != '\0' && strstr(x->subject, q) == NULL && (x->name == NULL || strstr(x->name, q) == NULL)))
			continue;
		if (n++ == 0) {
			page_raw(c, "<h2>");
			page_say(c, "Planned and not done", NULL);
			page_raw(c, "</h2>\n");
			put_head(c);
		}
		put_row(c, f, x);
	}
	if (n > 0)
		page_raw(c, "</tbody></table>\n");
	if (n == SECTION_ROWS) {
		page_raw(c, "<p>");
		page_link(c, "/plan", tr(c->lang, "All that is planned"));
		page_raw(c, "</p>\n");
	}
	plan_free(&p);
}

void
planned_told(struct page_call *c)
{
	char n[32], late[32];
	struct plan p;
	int unread = messages_unread(c->ag);

	if (unread > 0) {
		page_raw(c, "<p class=\"notice\"><a href=\"/messages\">");
		page_say(c, "Messages from the county, not read: {1}", page_number(n, (uint64_t)unread), NULL);
		page_raw(c, "</a></p>\n");
	}
	if (plan_load(c->ag, NULL, &p) != 0)
		return;
	if (p.open > 0) {
		page_raw(c, "<p><a href=\"/plan\">");
		page_say(c, "Planned here and not done: {1}; late: {2}", page_number(n, p.open), page_number(late, p.late), NULL);
		page_raw(c, "</a></p>\n");
	}
	plan_free(&p);
}

static void
plan(struct page_call *c)
{
	uint64_t from = page_from(c), n = 0;
	const char *form = "";
	const struct form *f = NULL;
	struct plan p;
	size_t i;
	int more = 0;

	if (plan_load(c->ag, NULL, &p) != 0) {
		page_error(c, 503, tr(c->lang, "The journal cannot be read now."));
		return;
	}
	page_begin(c, tr(c->lang, "Planned and not done"));
	for (i = 0; i < p.n && !more; i++) {
		if (p.line[i].done || n++ < from)
			continue;
		if (n > from + PAGE_ROWS) {
			more = 1;
			break;
		}
		if (strcmp(form, p.line[i].form) != 0) {
			page_raw(c, *form != '\0' ? "</tbody></table>\n<h2>" : "<h2>");
			form = p.line[i].form;
			formcache_drop(f);
			f = recorder_form(c->ag, form, "", NULL);
			page_text(c, f ? f->title[c->form_lang] : form);
			page_raw(c, "</h2>\n");
			put_head(c);
		}
		put_row(c, f, &p.line[i]);
	}
	if (*form != '\0')
		page_raw(c, "</tbody></table>\n");
	else
		page_notice(c, PAGE_INFO, tr(c->lang, "Nothing that the county planned here is open."));
	page_paging(c, "/plan", from, more);
	page_end(c);
	formcache_drop(f);
	plan_free(&p);
}

/* Messages */

static int
put_message(void *ctx, const struct message *m)
{
	struct page_call *c = ctx;
	char when[32], n[32];

	page_raw(c, m->read ? "<li><p class=\"small\">" : "<li><p class=\"small\"><b>");
	page_text(c, page_when(when, m->at));
	page_raw(c, m->read ? "</p>\n<p>" : "</b></p>\n<p>");
	if (m->locked || m->lost)
		page_text(c, tr(c->lang, m->locked ? N_("It is locked until somebody signs in.") : N_("Its text has not come yet.")));
	else
		page_text(c, buf_str(&m->text));
	page_raw(c, "</p>\n");
	if (!m->read && !m->locked && !m->lost)
		page_button(c, "read", page_number(n, m->index), tr(c->lang, "Read"));
	page_raw(c, "</li>\n");
	return 0;
}

static void
messages(struct page_call *c)
{
	page_begin(c, tr(c->lang, "Messages from the county"));
	page_form(c, "/messages", 0);
	page_raw(c, "<ul class=\"card\">\n");
	(void)messages_each(c->ag, put_message, c);
	page_raw(c, "</ul>\n");
	page_form_end(c);
	page_end(c);
}

static void
messages_post(struct page_call *c)
{
	const char *text = page_posted(c, "read");
	uint64_t index;
	struct err e;

	if (dec_u64(&index, text, strlen(text)) == 0 && messages_read(c->ag, index, &e) < 0)
		page_error(c, 503, tr(c->lang, "The journal cannot be read now."));
	else
		page_redirect(c, "/messages");
}

const struct page_route page_routes_plan[] = {
	{ "GET", "/plan", PAGE_CADRE, 0, plan },
	{ "GET", "/messages", PAGE_CADRE, 0, messages },
	{ "POST", "/messages", PAGE_CADRE, 0, messages_post },
	{ NULL, NULL, 0, 0, NULL }
};
