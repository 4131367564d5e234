#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/xlsform/xlsform_in.h"

/* The sheets choices and settings. */

static const char *
id_fault(const char *s, size_t max)
{
	if (s == NULL)
		return "is missing";
	if (strlen(s) > max)
		return max == 64 ? "is longer than 64 characters" : "is longer than 32 characters";
	if (*s == '-' || strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(s))
		return "must be of A-Z a-z 0-9 . _ - and not begin with -";
	return NULL;
}

int
xls_settings(struct xls *x)
{
	const struct grid *g = &x->settings;
	const struct sheet_row *r = &g->sheet->row[1];
	const char *why;
	size_t i;

	xls_cells(x, g, r, &x->set);
	if ((why = id_fault(x->set.v[X_FORM_ID], 64)) != NULL)
		(void)xls_say(x, g, r->number, xls_at(&x->set, X_FORM_ID), "form_id %s", why);
	if ((why = id_fault(x->set.v[X_VERSION], 32)) != NULL)
		(void)xls_say(x, g, r->number, xls_at(&x->set, X_VERSION), "version %s", why);
	if (!x->set.translated[X_TITLE])
		(void)xls_say(x, g, r->number, xls_at(&x->set, X_TITLE), "form_title is missing");
	for (i = 2; i < g->sheet->nrows; i++)
		(void)xls_say(x, g, g->sheet->row[i].number, -1, "settings have one row below their heads");
	for (i = 0; i < r->ncells; i++)
		if (g->head[r->cell[i].col] == NULL)
			(void)xls_say(x, g, r->number, (int)r->cell[i].col, "a value without a head");
	return 0;
}

struct xlist *
xls_list(struct xls *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nlists; i++)
		if (strcmp(x->list[i].name, name) == 0)
			return &x->list[i];
	return NULL;
}

static struct xlist *
list_for(struct xls *x, const struct cells *c)
{
	struct xlist *l = xls_list(x, c->v[X_LIST]);

	if (l != NULL)
		return l;
	if (!xls_name_ok(c->v[X_LIST]) || x->nlists == sizeof(x->list) / sizeof(x->list[0])) {
		(void)xls_say(x, &x->choices, c->row, xls_at(c, X_LIST), "a list's name must be of A-Z a-z 0-9 _ - . and begin with a letter, and there may be %zu lists",
		    sizeof(x->list) / sizeof(x->list[0]));
		return NULL;
	}
	l = &x->list[x->nlists++];
	l->name = c->v[X_LIST];
	l->plain = 1;
	return l;
}

static int
choice_ok(const char *s)
{
	return *s != '\0' && strpbrk(s, " \t\r\n") == NULL && strlen(s) <= FORM_PATH_MAX;
}

static int
add_choice(struct xls *x, const struct cells *c, const struct sheet_row *r)
{
	const struct grid *g = &x->choices;
	struct xchoice *ch = arena_get(&x->b.a, sizeof(*ch));
	const char **label = arena_get(&x->b.a, LANGS_MAX * sizeof(*label)), *first = NULL;
	struct xlist *l;
	size_t i;

	if (ch == NULL || label == NULL)
		return xls_oom(x);
	if (c->v[X_LIST] == NULL || c->v[X_NAME] == NULL) {
		(void)xls_say(x, g, c->row, xls_at(c, c->v[X_LIST] == NULL ? X_LIST : X_NAME), "%s is missing", c->v[X_LIST] == NULL ? "list_name" : "name");
		return 0;
	}
	if ((l = list_for(x, c)) == NULL)
		return 0;
	if (!choice_ok(c->v[X_NAME]))
		(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "a choice's name must be 1 to %d bytes without spaces", FORM_PATH_MAX);
	if (!c->translated[X_LABEL])
		(void)xls_say(x, g, c->row, xls_at(c, X_LABEL), "the choice %s has no label", c->v[X_NAME]);
	memcpy(label, c->t[X_LABEL], LANGS_MAX * sizeof(*label));
	for (i = 0; i < x->nlangs; i++) {
		first = first == NULL ? label[i] : first;
		l->plain = l->plain && (label[i] == NULL || strcmp(label[i], first) == 0);
	}
	*ch = (struct xchoice){ NULL, c->v[X_NAME], label, r };
	*(l->last == NULL ? &l->first : &l->last->next) = ch;
	l->last = ch;
	l->n++;
	return 0;
}

static int
by_name(const void *p, const void *q)
{
	const struct xchoice *const *a = p, *const *b = q;
	int rc = strcmp((*a)->name, (*b)->name);

	return rc != 0 ? rc : (*a)->row->number < (*b)->row->number ? -1 : (*a)->row->number > (*b)->row->number;
}

/* A name twice in one list: nobody could tell later which was meant. */
static int
check_twice(struct xls *x, const struct xlist *l)
{
	const struct xchoice **all = lapsed(calloc(l->n + 1, sizeof(*all))), *c;
	size_t i = 0;

	if (all == NULL)
		return xls_oom(x);
	for (c = l->first; c != NULL; c = c->next)
		all[i++] = c;
	qsort(all, l->n, sizeof(*all), by_name);
	for (i = 1; i < l->n; i++)
		if (strcmp(all[i - 1]->name, all[i]->name) == 0)
			(void)xls_say(x, &x->choices, all[i]->row->number, x->choices.col[X_NAME], "the choice %s stands twice in the list %s (row %u)", all[i]->name, l->name, all[i - 1]->row->number);
	free(all);
	return 0;
}

int
xls_choices(struct xls *x)
{
	const struct grid *g = &x->choices;
	struct cells c;
	size_t i;

	if (g->sheet == NULL || g->sheet->nrows == 0)
		return 0;
	if (g->sheet->nrows > FORM_CHOICES_MAX) {
		(void)xls_say(x, g, 0, -1, "more than %d choices", FORM_CHOICES_MAX);
		return 0;
	}
	for (i = 1; i < g->sheet->nrows; i++) {
		xls_cells(x, g, &g->sheet->row[i], &c);
		if (add_choice(x, &c, &g->sheet->row[i]) != 0)
			return -1;
	}
	for (i = 0; i < x->nlists; i++)
		if (check_twice(x, &x->list[i]) != 0)
			return -1;
	return 0;
}
