#include "agent/page/fields.h"

#include <string.h>

#include "agent/page/choices.h"
#include "agent/people/roster.h"
#include "agent/record/typed.h"

/* A form's fields as controls. */

#define PATH_SIZE 256
#define LABEL_SIZE 512

/* Where a field stands: its path with indexes, and the name of its control. */
struct spot {
	const struct form_field *f;
	char path[PATH_SIZE];
	char name[PATH_SIZE + 4];
};

static void put_children(struct fields *fs, const struct form_field *g, const char *prefix);

static int
spot_of(struct spot *s, const struct form_field *f, const char *prefix)
{
	s->f = f;
	return snprintf(s->path, sizeof(s->path), "%s%s", prefix, f->name) < (int)sizeof(s->path) &&
	    snprintf(s->name, sizeof(s->name), FIELDS_NAME "%s", s->path) < (int)sizeof(s->name) ? 0 : -1;
}

/* "Days of training (days)", "Allowance (yuan)". */
static void
label_of(const struct fields *fs, const struct form_field *f, int required, char out[LABEL_SIZE])
{
	const char *unit = f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL ? typed_unit(f->unit, fs->c->lang) : "";
	const char *label = f->label[fs->c->form_lang];

	/* many labels say their unit themselves */
	if (*unit == '\0' || strstr(label, unit) != NULL || strstr(label, f->unit) != NULL)
		(void)snprintf(out, LABEL_SIZE, "%s%s", label, required ? " *" : "");
	else
		(void)snprintf(out, LABEL_SIZE, fs->c->form_lang == FORM_EN ? "%s (%s)%s" : "%s（%s）%s", label, unit, required ? " *" : "");
}

/* What was typed, as people read it: choices by their labels. */
static void
put_words(const struct fields *fs, const struct spot *s, const char *typed, struct buf *out)
{
	const struct form_field *f = s->f;
	size_t n;

	if (f->type != FIELD_SELECT && f->type != FIELD_SELECT1) {
		(void)buf_puts(out, typed);
		return;
	}
	for (; *typed != '\0'; typed += n + (typed[n] == ' ')) {
		char value[128];

		n = strcspn(typed, " ");
		(void)snprintf(value, sizeof(value), "%.*s", (int)(n < 127 ? n : 127), typed);
		(void)buf_printf(out, "%s%s", out->len > 0 ? ", " : "", choices_label(fs, f, s->path, value));
	}
}

/* The form's hint, what stands in the entry to be corrected, and how money is typed here. */
static void
hint_of(const struct fields *fs, const struct spot *s, struct buf *hint)
{
	const char *was = filling_was(fs->fl, s->path);
	struct buf old;

	/* ours first: the form's own words also speak to those who fill it in elsewhere, in fen */
	if (s->f->unit != NULL && strcmp(s->f->unit, "fen") == 0)
		(void)buf_puts(hint, tr(fs->c->lang, "Here in yuan, as 20000.00."));
	if (s->f->hint[fs->c->form_lang] != NULL)
		(void)buf_printf(hint, "%s%s", hint->len > 0 ? " " : "", s->f->hint[fs->c->form_lang]);
	if (was == NULL || s->f->type == FIELD_BINARY)
		return;
	buf_init(&old, 8192);
	put_words(fs, s, was, &old);
	(void)buf_puts(hint, hint->len > 0 ? " " : "");
	if (old.len > 0)
		page_fill(hint, fs->c->lang, "Recorded: {1}.", buf_str(&old), NULL);
	else
		(void)buf_puts(hint, tr(fs->c->lang, "Recorded: nothing."));
	buf_free(&old);
}

static void
put_photo(struct fields *fs, const struct spot *s, struct page_field *pf)
{
	struct page_call *c = fs->c;
	struct buf value;

	if (fs->photos != NULL) {
		page_raw(c, "<p class=\"label\">");
		page_text(c, pf->label);
		page_raw(c, "</p>\n");
		page_notice(c, PAGE_WARN, fs->photos);
	}
	pf->type = "file";
	pf->accept = "image/jpeg"; /* phones that keep another form convert it for this */
	pf->capture = "environment";
	if (fs->photos == NULL)
		page_input(c, pf);
	if (pf->value[0] == '\0')
		return;
	buf_init(&value, PATH_SIZE + 16);
	(void)buf_printf(&value, "photo:%s", s->path);
	page_raw(c, "<p class=\"photo\"><img alt=\"");
	page_text(c, s->f->label[c->form_lang]);
	page_raw(c, "\" src=\"/draft/");
	page_url(c->b, fs->fl->row.id);
	page_raw(c, "/");
	page_url(c->b, pf->value);
	page_raw(c, "\"> ");
	page_button(c, "do", buf_str(&value), tr(c->lang, "Take the photo out"));
	page_raw(c, "</p>\n");
	buf_free(&value);
}

static int
iso_day(const char *s)
{
	return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && strspn(s, "0123456789-") == 10;
}

/* A control of HTML's own would drop what is no date: then it stays a text, to be put right. */
static void
put_input(struct fields *fs, const struct spot *s, struct page_field *pf)
{
	const struct form_field *f = s->f;
	const char *look = f->appearance ? f->appearance : "";

	pf->max = FORM_TEXT_MAX;
	if (f->type == FIELD_DATE)
		pf->type = pf->value[0] == '\0' || iso_day(pf->value) ? "date" : NULL, pf->max = 0;
	else if (f->type == FIELD_TIME && pf->value[0] == '\0')
		pf->type = "time", pf->max = 0;
	else if (f->type == FIELD_INTEGER)
		pf->mode = f->unit != NULL && strcmp(f->unit, "fen") == 0 ? "decimal" : "numeric", pf->max = 40;
	else if (f->type == FIELD_DECIMAL)
		pf->mode = "decimal", pf->max = 40;
	if (strstr(look, "multiline") != NULL)
		page_textarea(fs->c, pf);
	else
		page_input(fs->c, pf);
	if (f->type == FIELD_GEOPOINT) {
		page_raw(fs->c, "<p><button type=\"button\" class=\"plain\" data-locate=\"f-");
		page_text(fs->c, s->name);
		page_raw(fs->c, "\" hidden>");
		page_say(fs->c, "Take this device's position", NULL);
		page_raw(fs->c, "</button></p>\n");
	}
}

/* What the form says itself, or works out. */
static void
put_fixed(struct fields *fs, const struct spot *s, const char *label)
{
	const char *value = form_run_value(fs->run, s->path);
	struct buf words;

	buf_init(&words, 16384);
	put_words(fs, s, value ? value : "", &words);
	page_raw(fs->c, "<div class=\"field\"><p class=\"label\">");
	page_text(fs->c, label);
	page_raw(fs->c, "</p><p><output>");
	page_text(fs->c, buf_str(&words));
	page_raw(fs->c, "</output></p></div>\n");
	buf_free(&words);
}

/* A date behind today is asked about, once. */
static void
put_late(struct fields *fs, const struct spot *s)
{
	struct page_call *c = fs->c;
	char path[128];

	if (s->f->type != FIELD_DATE || !fields_future(fs->c->ag, fs->fl, path) || strcmp(path, s->path) != 0)
		return;
	page_raw(c, "<label class=\"tick\"><input type=\"checkbox\" name=\"late\" value=\"1\"");
	page_raw(c, filling_fact(fs->fl, "late")[0] != '\0' ? " checked> " : "> ");
	page_say(c, "The date is right, the clock of this device is wrong", NULL);
	page_raw(c, "</label>\n");
}

static void
put_leaf(struct fields *fs, const struct spot *s)
{
	char label[LABEL_SIZE];
	struct buf hint;
	struct page_field pf = { .name = s->name, .label = label, .value = filling_get(fs->fl, s->path), .error = fields_error(fs, s->path) };

	pf.required = form_run_required(fs->run, s->path) == 1;
	label_of(fs, s->f, pf.required, label);
	if (form_run_readonly(fs->run, s->path) == 1 || s->f->calculate != NULL) {
		put_fixed(fs, s, label);
		return;
	}
	fs->shown += pf.error != NULL;
	buf_init(&hint, 16384);
	hint_of(fs, s, &hint);
	pf.hint = hint.len > 0 ? buf_str(&hint) : NULL;
	if (s->f->type == FIELD_BINARY)
		put_photo(fs, s, &pf);
	else if (s->f->type == FIELD_SELECT || s->f->type == FIELD_SELECT1)
		choices_put(fs, s->f, s->path, &pf);
	else
		put_input(fs, s, &pf);
	put_late(fs, s);
	buf_free(&hint);
}

static void
put_legend(struct fields *fs, const struct form_field *f, unsigned number)
{
	char n[32];

	page_raw(fs->c, "<fieldset class=\"group\">\n<legend>");
	page_text(fs->c, f->label[fs->c->form_lang]);
	if (number > 0) {
		page_raw(fs->c, " ");
		page_text(fs->c, page_number(n, number));
	}
	page_raw(fs->c, "</legend>\n");
}

/* Who it is was said when the subject was begun: a later stage need not ask again, and may. */
static int
known_person(const struct fields *fs, const struct spot *s)
{
	const cJSON *v;
	size_t n = strlen(s->path);

	if (fs->fl->kind != FILLING_RECORD || filling_fact(fs->fl, "subject")[0] == '\0' || s->f != roster_group(fs->fl->form))
		return 0;
	cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(fs->fl->content, "typed"))
		if (strncmp(v->string, s->path, n) == 0 && v->string[n] == '/')
			return 0;
	return 1;
}

static void
put_group(struct fields *fs, const struct spot *s)
{
	char inner[PATH_SIZE];
	int known = known_person(fs, s);

	(void)snprintf(inner, sizeof(inner), "%.250s/", s->path);
	if (known) {
		page_raw(fs->c, "<details class=\"group\"><summary>");
		page_text(fs->c, s->f->label[fs->c->form_lang]);
		page_raw(fs->c, "</summary>\n");
	} else {
		put_legend(fs, s->f, 0);
	}
	put_children(fs, s->f, inner);
	page_raw(fs->c, known ? "</details>\n" : "</fieldset>\n");
}

static void
put_repeat(struct fields *fs, const struct spot *s)
{
	struct page_call *c = fs->c;
	char prefix[PATH_SIZE + 24], value[PATH_SIZE + 24];
	int n = form_run_count(fs->run, s->path), i, fixed = form_run_fixed(fs->run, s->path) == 1;

	for (i = 0; i < n; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%s[%d]/", s->path, i);
		put_legend(fs, s->f, (unsigned)i + 1);
		put_children(fs, s->f, prefix);
		(void)snprintf(value, sizeof(value), "less:%s[%d]", s->path, i);
		if (!fixed)
			page_button(c, "do", value, tr(c->lang, "Take this one out"));
		page_raw(c, "</fieldset>\n");
	}
	if (fixed)
		return;
	(void)snprintf(value, sizeof(value), "more:%s", s->path);
	page_raw(c, "<p>");
	page_text(c, s->f->label[c->form_lang]);
	page_raw(c, " ");
	page_button(c, "do", value, n > 0 ? tr(c->lang, "Add one more") : tr(c->lang, "Add one"));
	page_raw(c, "</p>\n");
}

static void
put_children(struct fields *fs, const struct form_field *g, const char *prefix)
{
	struct spot s;
	size_t i;

	for (i = 0; i < g->nchild; i++) {
		const struct form_field *f = &g->child[i];

		if (f->type == FIELD_META || strcmp(f->name, "meta") == 0 || (fs->skip != NULL && fs->skip(fs->fl, f)) || spot_of(&s, f, prefix) != 0 ||
		    form_run_relevant(fs->run, s.path) != 1)
			continue;
		if (f->type == FIELD_GROUP)
			put_group(fs, &s);
		else if (f->type == FIELD_REPEAT)
			put_repeat(fs, &s);
		else if (f->asked)
			put_leaf(fs, &s);
	}
}

void
fields_put(struct fields *fs)
{
	page_raw(fs->c, "<p class=\"hint\">");
	page_say(fs->c, "What is marked with * has to be filled in.", NULL);
	page_raw(fs->c, "</p>\n");
	put_children(fs, &fs->fl->form->root, "");
}
