#include "agent/words.h"

#include <stdlib.h>
#include <string.h>

#include "agent/record/recorder.h"
#include "base/lapse.h"

#define WORDS_FORMS_MAX 64

/* Read when first asked for: a page names few of the forms there are. */
struct known { char id[ID_MAX + 1]; const struct form *f; };

struct words {
	struct agent *ag;
	struct known *form;
	size_t *n;
};

struct word { const char *key, *text[2]; };

static const struct word states[] = {
	{ "waiting", { "等待发送", "waiting" } }, { "confirmed", { "县里已确认", "confirmed" } }, { "returned", { "县里退回", "returned" } },
	{ "accepted", { "县里采纳", "accepted" } }, { "superseded", { "已更正", "superseded" } }, { "withdrawn", { "已撤回", "withdrawn" } },
	{ "set-aside", { "已搁置（不计入统计）", "set aside (not counted)" } }, { "disputed", { "有争议", "disputed" } }, { "erased", { "个人信息已删除", "personal part erased" } },
};
static const struct word kinds[] = {
	{ "withdrawal", { "撤回", "withdrawal" } }, { "heartbeat", { "设备报到", "heartbeat" } }, { "clock-step", { "时钟调整", "clock step" } },
	{ "epoch-open", { "设备启用", "device begins" } }, { "loss", { "记录遗失", "loss" } }, { "handover", { "交接", "handover" } },
	{ "erasure-ack", { "删除回执", "erasure done" } },
};

static const char *
word_of(const struct word *w, size_t n, const char *key, enum form_lang lang)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(w[i].key, key) == 0)
			return w[i].text[lang];
	return key;
}

int
words_is_state(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].key, key) == 0)
			return 1;
	return 0;
}

struct words *
words_open(struct agent *ag)
{
	struct words *w = lapsed(calloc(1, sizeof(*w)));

	if (w == NULL)
		return NULL;
	w->ag = ag;
	w->n = lapsed(calloc(1, sizeof(*w->n)));
	w->form = lapsed(calloc(WORDS_FORMS_MAX, sizeof(*w->form)));
	if (w->n != NULL && w->form != NULL)
		return w;
	words_close(w);
	return NULL;
}

void
words_close(struct words *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; w->n != NULL && i < *w->n; i++)
		formcache_drop(w->form[i].f);
	free(w->form);
	free(w->n);
	free(w);
}

static const struct form *
form_named(const struct words *w, const char *id)
{
	struct err e = { "" };
	struct known *k;
	size_t i;

	for (i = 0; i < *w->n; i++)
		if (strcmp(w->form[i].id, id) == 0)
			return w->form[i].f;
	if (*w->n == WORDS_FORMS_MAX || strlen(id) > ID_MAX)
		return NULL;
	k = &w->form[(*w->n)++];
	(void)strcpy(k->id, id);
	k->f = recorder_form(w->ag, id, "", &e);
	return k->f;
}

static const struct form *
form_of(const struct words *w, const struct journal_entry *x)
{
	return x->h.has_form ? form_named(w, x->h.form) : NULL;
}

const char *
words_form(const struct words *w, const char *id, enum form_lang lang)
{
	const struct form *f = form_named(w, id);

	return f ? f->title[lang] : id;
}

const char *
words_what(const struct words *w, const struct journal_entry *x, enum form_lang lang)
{
	const struct form *f = form_of(w, x);

	if (f != NULL)
		return f->title[lang];
	return x->h.has_form ? x->h.form : word_of(kinds, sizeof(kinds) / sizeof(kinds[0]), x->h.kind, lang);
}

const char *
words_stage(const struct words *w, const struct journal_entry *x, enum form_lang lang)
{
	const struct form *f = form_of(w, x);
	const struct form_field *field = f && f->stage ? form_field(f, f->stage) : NULL;
	cJSON *p = field ? json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL) : NULL;
	/* the catalogue keeps the stage at the top; a form that does not shows none here */
	const char *value = p ? json_string(p, field->path) : NULL;
	const struct choice *c = value ? form_choice(field, value) : NULL;

	cJSON_Delete(p);
	return c ? c->label[lang] : "";
}

const char *
words_state(const char *state, enum form_lang lang)
{
	return word_of(states, sizeof(states) / sizeof(states[0]), state, lang);
}
