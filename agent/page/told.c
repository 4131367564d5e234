#include "agent/page/told.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/recorder.h"
#include "agent/thumb.h"
#include "agent/record/typed.h"
#include "base/enc.h"

const char *
told_personal(const struct journal_entry *x)
{
	if (x->h.personal_len == 0 || x->has_personal)
		return NULL;
	switch (x->personal_locked) {
	case JOURNAL_LOCKED:
		return N_("The personal part is locked: it can be read while somebody is signed in.");
	case JOURNAL_LOST:
		return N_("The personal part cannot be read any more on this device: its key is gone.");
	case JOURNAL_ALTERED:
		return N_("The personal part is damaged on this device.");
	default:
		return N_("The personal part was erased from this device.");
	}
}

static void
put_pair(struct page_call *c, const struct form_field *f, const cJSON *v)
{
	struct buf b;

	buf_init(&b, 65536);
	(void)typed_show(f, v, c->lang, &b);
	page_raw(c, "<dt>");
	page_text(c, f->label[c->form_lang]);
	page_raw(c, "</dt><dd>");
	page_text(c, buf_str(&b));
	page_raw(c, "</dd>\n");
	buf_free(&b);
}

static void put_group(struct page_call *c, const struct form_field *g, const cJSON *obj);

static void
put_inner(struct page_call *c, const struct form_field *f, const cJSON *obj, unsigned number)
{
	char n[32];

	page_raw(c, "<dt class=\"inner\">");
	page_text(c, f->label[c->form_lang]);
	page_raw(c, " ");
	page_text(c, number > 0 ? page_number(n, number) : "");
	page_raw(c, "</dt><dd><dl>\n");
	put_group(c, f, obj);
	page_raw(c, "</dl></dd>\n");
}

static void
put_group(struct page_call *c, const struct form_field *g, const cJSON *obj)
{
	const struct form_field *f;
	const cJSON *v, *item;
	unsigned n;
	size_t i;

	for (i = 0; i < g->nchild; i++) {
		f = &g->child[i];
		v = cJSON_GetObjectItemCaseSensitive(obj, f->name);
		if (v == NULL || f->type == FIELD_META || f->type == FIELD_BINARY || strcmp(f->name, "meta") == 0)
			continue;
		n = 0;
		if (f->type == FIELD_GROUP)
			put_inner(c, f, v, 0);
		else if (f->type == FIELD_REPEAT)
			cJSON_ArrayForEach(item, v)
				put_inner(c, f, item, ++n);
		else
			put_pair(c, f, v);
	}
}

void
told_answers(struct page_call *c, const struct form *f, const struct journal_entry *x)
{
	const char *why = told_personal(x);
	cJSON *answers = recorder_answers(x, NULL);

	if (answers == NULL) {
		page_notice(c, PAGE_WARN, tr(c->lang, "The answers cannot be read."));
		return;
	}
	page_raw(c, "<dl class=\"card\">\n");
	put_group(c, &f->root, answers);
	page_raw(c, "</dl>\n");
	if (why != NULL)
		page_notice(c, PAGE_WARN, tr(c->lang, why));
	cJSON_Delete(answers);
}

void
told_photos(struct page_call *c, const struct journal_entry *x, int thumbs)
{
	char hex[2 * HASH_LEN + 1], small[2 * HASH_LEN + 1];
	const struct attachment *t;
	size_t i;

	for (i = 0; i < x->h.natt; i++) {
		if (thumb_is(&x->h.att[i]))
			continue;
		enc_hex(hex, x->h.att[i].hash, HASH_LEN);
		t = thumbs ? thumb_of(&x->h, i) : NULL;
		enc_hex(small, t != NULL ? t->hash : x->h.att[i].hash, HASH_LEN);
		/* one that the entry names is there as it is shown; else it is made from the photo */
		(void)buf_printf(c->b, "<a class=\"photo\" href=\"/photo/%s\"><img loading=\"lazy\" src=\"/%s/%s\" alt=\"", hex, thumbs && t == NULL ? "thumb" : "photo", small);
		page_say(c, "Photo", NULL);
		page_raw(c, "\"></a>\n");
	}
}

void
told_number(const uint8_t hash[HASH_LEN], char out[40])
{
	char all[64];

	enc_b32(all, hash, HASH_LEN);
	(void)snprintf(out, 40, "%.4s-%.4s-%.4s-%.4s-%.4s-%.6s", all, all + 4, all + 8, all + 12, all + 16, all + 20);
}
