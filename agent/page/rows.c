#include "agent/page/rows.h"

#include <string.h>

#include "agent/page/begin.h"
#include "agent/page/serve.h"
#include "agent/page/where.h"
#include "agent/show.h"
#include "base/enc.h"

void
rows_begin(struct rows *r, struct page_call *c, uint64_t most)
{
	int known;

	memset(r, 0, sizeof(*r));
	r->c = c;
	r->most = most;
	r->w = words_open(c->ag);
	r->places = where_several(c);
	r->links = page_route("GET", "/entry/x", &known) != NULL;
}

static void
put_head(struct page_call *c)
{
	static const char *const heads[] = { N_("Programme"), N_("Stage"), N_("Subject"), N_("State"), N_("Recorded") };
	size_t i;

	page_raw(c, "<table class=\"rows\"><thead><tr>");
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		page_raw(c, "<th scope=\"col\">");
		page_text(c, tr(c->lang, heads[i]));
		page_raw(c, "</th>");
	}
	page_raw(c, "</tr></thead><tbody>\n");
}

static void
put_what(struct rows *r, const struct journal_entry *x)
{
	struct page_call *c = r->c;
	const char *what = words_what(r->w, x, c->form_lang);
	char path[16 + 2 * HASH_LEN] = "/entry/", name[MEMBER_ITEM_MAX + 1];

	page_raw(c, "<tr><td>");
	if (r->links) {
		enc_hex(path + strlen(path), x->hash, HASH_LEN);
		page_link(c, path, what);
	} else {
		page_text(c, what);
	}
	page_raw(c, "</td><td>");
	page_text(c, words_stage(r->w, x, c->form_lang));
	page_raw(c, "</td><td>");
	page_text(c, x->subject);
	if (r->places) {
		page_raw(c, " <span class=\"small\">");
		page_text(c, x->h.place);
		page_raw(c, "</span>");
	}
	if (c->cadre != NULL && *begin_name(c->ag, x->subject, name) != '\0') {
		page_raw(c, " ");
		page_text(c, name);
	}
	page_raw(c, "</td><td>");
}

int
rows_add(void *ctx, const struct journal_entry *x)
{
	struct rows *r = ctx;
	char when[32];

	if (r->w == NULL)
		return -1;
	if (r->n == r->most) {
		r->more = 1;
		return 1;
	}
	if (r->n++ == 0)
		put_head(r->c);
	put_what(r, x);
	page_state(r->c, show_state(r->c->ag, x));
	(void)buf_printf(r->c->b, "</td><td class=\"small\">%s</td></tr>\n", x->h.clock == CLOCK_UNSET ? tr(r->c->lang, "clock not set") : page_when(when, x->h.wall));
	return 0;
}

int
rows_add_people(void *ctx, const struct journal_entry *x)
{
	static const char *const machine[] = { "heartbeat", "clock-step", "epoch-open", "loss", "erasure-ack", "reset-code" };
	size_t i;

	for (i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
		if (strcmp(x->h.kind, machine[i]) == 0)
			return 0;
	return rows_add(ctx, x);
}

void
rows_end(struct rows *r)
{
	if (r->n > 0)
		page_raw(r->c, "</tbody></table>\n");
	else
		page_notice(r->c, PAGE_INFO, tr(r->c->lang, "Nothing was recorded yet."));
	words_close(r->w);
}
