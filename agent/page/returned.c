#include "agent/page/returned.h"

#include <stdio.h>
#include <string.h>

#include "agent/sync/note.h"
#include "agent/page/begin.h"
#include "agent/words.h"
#include "base/enc.h"
#include "store/journal_list.h"

struct returned {
	struct page_call *c;
	struct words *w;
	uint64_t n, most;
};

void
returned_why(struct page_call *c, const uint8_t entry[HASH_LEN])
{
	struct buf text;
	int rc;

	buf_init(&text, NOTE_TEXT_MAX + 1);
	rc = note_of(c->ag, entry, &text);
	if (rc == 1) {
		page_raw(c, "<p class=\"why\"><b>");
		page_say(c, "The county writes:", NULL);
		page_raw(c, "</b> ");
		page_text(c, buf_str(&text));
		page_raw(c, "</p>\n");
	} else if (rc == 2) {
		page_raw(c, "<p class=\"hint\">");
		page_say(c, "The reason is locked: it can be read while somebody is signed in.", NULL);
		page_raw(c, "</p>\n");
	}
	if (text.data != NULL)
		wipe(text.data, text.cap);
	buf_free(&text);
}

static void
put_deeds(struct page_call *c, const struct journal_entry *x)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, x->hash, HASH_LEN);
	page_raw(c, "<p class=\"deeds\">");
	if (x->h.has_form)
		(void)buf_printf(c->b, "<a href=\"/entry/%s/correct\">%s</a> ", hex, tr(c->lang, "Correct"));
	(void)buf_printf(c->b, "<a href=\"/entry/%s/withdraw\">%s</a></p>\n", hex, tr(c->lang, "Withdraw"));
}

static int
put_one(void *ctx, const struct journal_entry *x)
{
	struct returned *r = ctx;
	struct page_call *c = r->c;
	char hex[2 * HASH_LEN + 1], name[MEMBER_ITEM_MAX + 1];

	if (r->n++ == 0)
		page_raw(c, "<ul class=\"plainlist\">\n");
	if (r->n > r->most)
		return 1;
	enc_hex(hex, x->hash, HASH_LEN);
	(void)buf_printf(c->b, "<li class=\"card\"><b><a href=\"/entry/%s\">", hex);
	page_text(c, words_what(r->w, x, c->form_lang));
	page_raw(c, "</a></b> ");
	page_text(c, words_stage(r->w, x, c->form_lang));
	page_raw(c, "<br>");
	page_text(c, x->subject);
	page_raw(c, " ");
	page_text(c, begin_name(c->ag, x->subject, name));
	page_raw(c, "\n");
	returned_why(c, x->hash);
	put_deeds(c, x);
	page_raw(c, "</li>\n");
	return 0;
}

void
returned_put(struct page_call *c, uint64_t most)
{
	struct returned r = { c, words_open(c->ag), 0, most };

	if (r.w != NULL)
		(void)journal_each_told(c->ag->j, "returned", most + 1, 0, put_one, &r);
	if (r.n > 0)
		page_raw(c, "</ul>\n");
	if (r.n > most) {
		page_raw(c, "<p>");
		page_link(c, "/entries?state=returned", tr(c->lang, "All of them"));
		page_raw(c, "</p>\n");
	}
	words_close(r.w);
}
