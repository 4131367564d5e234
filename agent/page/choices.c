#include "agent/page/choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/record/typed.h"
#include "base/enc.h"

#define OPTIONS_MAX 200      /* of one list on a page; of a longer one some are looked for */
#define RADIOS_MAX 5
#define FIND_MAX 200         /* bytes of what is looked for */
#define WORDS_MAX 4

/* What is shown of a list. */
struct pick {
	struct fields *fs;
	const struct choice *all;
	const unsigned char *offered;
	long n;
	char words[TYPED_MAX + 3]; /* what is chosen, " a b " */
	struct page_option option[OPTIONS_MAX + 2];
	size_t no;
};

static int
is_chosen(const struct pick *p, const char *value)
{
	char one[FORM_PATH_MAX + 4];

	(void)snprintf(one, sizeof(one), " %s ", value);
	return strstr(p->words, one) != NULL;
}

static void
add(struct pick *p, long i)
{
	p->option[p->no++] = (struct page_option){ p->all[i].value, p->all[i].label[p->fs->c->form_lang], is_chosen(p, p->all[i].value) };
}

/* How many of the list can be chosen now, or are; counted no further than a page takes. */
static size_t
how_many(const struct pick *p)
{
	size_t n = 0;
	long i;

	for (i = 0; i < p->n && n <= OPTIONS_MAX; i++)
		n += p->offered[i] != 0 || is_chosen(p, p->all[i].value);
	return n;
}

static int
holds(const char *s, const char *word, size_t n)
{
	for (; *s != '\0'; s++)
		if (strncasecmp(s, word, n) == 0)
			return 1;
	return 0;
}

/* Every word stands in the label (of either language) or in the value. */
static int
fits(const struct choice *ch, const char *query)
{
	size_t n, words = 0;

	for (query += strspn(query, " "); *query != '\0' && words++ < WORDS_MAX; query += n, query += strspn(query, " ")) {
		n = strcspn(query, " ");
		if (!holds(ch->label[FORM_ZH], query, n) && !holds(ch->label[FORM_EN], query, n) && !holds(ch->value, query, n))
			return 0;
	}
	return 1;
}

/* What is chosen first, then rows of what fits; how many fit in all, counted to the end of the page and one more. */
static size_t
find(struct pick *p, const char *query, size_t from)
{
	size_t fit = 0;
	long i;

	for (i = 0; i < p->n && p->no <= OPTIONS_MAX - CHOICES_ROWS; i++)
		if (is_chosen(p, p->all[i].value))
			add(p, i);
	for (i = 0; i < p->n && fit <= from + CHOICES_ROWS; i++) {
		if (!p->offered[i] || is_chosen(p, p->all[i].value) || !fits(&p->all[i], query))
			continue;
		if (fit >= from && fit < from + CHOICES_ROWS)
			add(p, i);
		fit++;
	}
	return fit;
}

static void
put_turn(struct fields *fs, const char *path, size_t from, const char *text)
{
	char what[2 * FORM_PATH_MAX + 64];

	(void)snprintf(what, sizeof(what), CHOICES_FROM "%s:%zu", path, from);
	page_button(fs->c, "do", what, text);
}

/* A list too long for a page. */
static void
put_found(struct pick *p, const struct form_field *f, const char *path, struct page_field *pf)
{
	struct page_call *c = p->fs->c;
	char name[2 * FORM_PATH_MAX + 16], fact[2 * FORM_PATH_MAX + 16];
	struct page_field search = { .name = name, .max = FIND_MAX, .label = tr(c->lang, "Look in the list"), .mode = "search" };
	size_t from, fit;

	(void)snprintf(name, sizeof(name), CHOICES_FIND "%s", path);
	(void)snprintf(fact, sizeof(fact), CHOICES_FROM "%s", path);
	search.value = filling_fact(p->fs->fl, name);
	from = (size_t)strtoul(filling_fact(p->fs->fl, fact), NULL, 10);
	if (f->type != FIELD_SELECT)
		p->option[p->no++] = (struct page_option){ "", tr(c->lang, "Not stated"), pf->value[0] == '\0' };
	fit = find(p, search.value, from);
	pf->option = p->option;
	pf->n = p->no;
	pf->value = NULL;
	if (f->type == FIELD_SELECT)
		page_ticks(c, pf);
	else
		page_radios(c, pf);
	page_raw(c, "<div class=\"found\">\n");
	page_input(c, &search);
	page_raw(c, "<p>");
	page_button(c, "do", name, tr(c->lang, "Look"));
	if (from > 0)
		put_turn(p->fs, path, from > CHOICES_ROWS ? from - CHOICES_ROWS : 0, tr(c->lang, "Earlier ones"));
	if (fit > from + CHOICES_ROWS)
		put_turn(p->fs, path, from + CHOICES_ROWS, tr(c->lang, "Later ones"));
	if (fit == 0)
		page_say(c, "Nothing in the list fits.", NULL);
	page_raw(c, "</p></div>\n");
}

void
choices_put(struct fields *fs, const struct form_field *f, const char *path, struct page_field *pf)
{
	struct pick p = { .fs = fs };
	int many = f->type == FIELD_SELECT, radios;
	long i;

	p.n = form_run_choices(fs->run, path, &p.all);
	p.offered = form_run_offers(fs->run, path);
	if (p.n < 0 || p.offered == NULL)
		p.n = 0;
	radios = many || (p.n <= RADIOS_MAX && (f->appearance == NULL || strstr(f->appearance, "minimal") == NULL));
	(void)snprintf(p.words, sizeof(p.words), " %s ", pf->value);
	if (many) /* ticks that were taken out send nothing: this says that they were shown */
		page_hidden(fs->c, "shown", path);
	if (how_many(&p) > OPTIONS_MAX) {
		put_found(&p, f, path, pf);
		return;
	}
	if (!many && (!radios || !pf->required))
		p.option[p.no++] = (struct page_option){ "", radios ? tr(fs->c->lang, "Not stated") : "", pf->value[0] == '\0' };
	for (i = 0; i < p.n; i++)
		if (p.offered[i] || is_chosen(&p, p.all[i].value))
			add(&p, i);
	pf->option = p.option;
	pf->n = p.no;
	pf->value = NULL;
	if (many)
		page_ticks(fs->c, pf);
	else if (radios)
		page_radios(fs->c, pf);
	else
		page_select(fs->c, pf);
}

const char *
choices_label(const struct fields *fs, const struct form_field *f, const char *path, const char *value)
{
	const struct choice *ch = form_choice(f, value), *all = NULL;
	long n, i;

	if (ch != NULL || !f->dynamic)
		return ch != NULL ? ch->label[fs->c->form_lang] : value;
	n = form_run_choices(fs->run, path, &all);
	for (i = 0; i < n; i++)
		if (strcmp(all[i].value, value) == 0)
			return all[i].label[fs->c->form_lang];
	return value;
}

static const struct form_field *
list_at(const struct filling *fl, const char *path)
{
	const struct form_field *f = strlen(path) <= 2 * FORM_PATH_MAX ? filling_field(fl, path) : NULL;

	return f != NULL && (f->type == FIELD_SELECT || f->type == FIELD_SELECT1) ? f : NULL;
}

int
choices_take(const struct page_call *c, struct filling *fl)
{
	char text[FIND_MAX + 1], fact[2 * FORM_PATH_MAX + 16];
	const struct formfield *x;
	size_t i;

	for (i = 0; i < c->form->n; i++) {
		x = &c->form->field[i];
		if (x->is_file || strncmp(x->name, CHOICES_FIND, strlen(CHOICES_FIND)) != 0 || list_at(fl, x->name + strlen(CHOICES_FIND)) == NULL)
			continue;
		(void)snprintf(text, sizeof(text), "%s", x->value);
		if (!utf8_ok(text, strlen(text)) || strcmp(text, filling_fact(fl, x->name)) == 0)
			continue;
		(void)snprintf(fact, sizeof(fact), CHOICES_FROM "%s", x->name + strlen(CHOICES_FIND));
		if (filling_set_fact(fl, x->name, text) != 0 || filling_set_fact(fl, fact, "") != 0)
			return -1;
	}
	return 0;
}

const char *
choices_go(struct filling *fl, const char *what)
{
	char path[2 * FORM_PATH_MAX + 1], fact[2 * FORM_PATH_MAX + 16], number[24];
	const cJSON *v;
	const char *end;

	if (strncmp(what, CHOICES_FIND, strlen(CHOICES_FIND)) == 0)
		return list_at(fl, what + strlen(CHOICES_FIND)) != NULL ? what + strlen(CHOICES_FIND) : NULL;
	if (strncmp(what, CHOICES_FROM, strlen(CHOICES_FROM)) != 0)
		return NULL;
	what += strlen(CHOICES_FROM);
	if ((end = strrchr(what, ':')) == NULL || (size_t)(end - what) >= sizeof(path))
		return NULL;
	(void)snprintf(path, sizeof(path), "%.*s", (int)(end - what), what);
	if (list_at(fl, path) == NULL)
		return NULL;
	(void)snprintf(fact, sizeof(fact), CHOICES_FROM "%s", path);
	(void)snprintf(number, sizeof(number), "%lu", strtoul(end + 1, NULL, 10) % (2UL * FORM_CHOICES_MAX));
	if (filling_set_fact(fl, fact, number) != 0)
		return NULL;
	v = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(fl->content, "facts"), fact);
	return v != NULL ? v->string + strlen(CHOICES_FROM) : NULL; /* the path, for as long as the form is there */
}
