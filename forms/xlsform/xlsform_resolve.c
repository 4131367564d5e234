#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* From cells to expressions on paths. */

static const char *
cell_expr(struct xls *x, const struct item *it, const struct item *at, enum xcol col, int current)
{
	return it->c.v[col] == NULL ? NULL : xls_expression(x, &x->survey, it->c.row, it->c.col[col], at, it->c.v[col], current);
}

/* required, readonly: yes, no or an expression. */
static const char *
flag_expr(struct xls *x, const struct item *it, enum xcol col)
{
	int yes = it->c.v[col] == NULL ? 0 : xls_yes(it->c.v[col]);

	return yes == 1 ? "true()" : yes == 0 ? NULL : cell_expr(x, it, it, col, 0);
}

/* A default that is computed: it names a question or calls a function. */
static int
dynamic(const char *s)
{
	const char *p;

	if (strstr(s, "${") != NULL)
		return 1;
	for (p = s; (p = strchr(p, '(')) != NULL; p++)
		if (p > s && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0-", p[-1]) != NULL)
			return 1;
	return 0;
}

/* Choices that are the answers of a repeat. */
static const char *
from_repeat(struct xls *x, struct item *it)
{
	const struct item *r;
	int many;

	it->from = xls_find(x, it->label, strlen(it->label), &many);
	for (r = many == 1 ? it->from->up : NULL; r != NULL && r->kind != ITEM_REPEAT; r = r->up)
		continue;
	if (r == NULL || it->from->up != r || it->from->kind != ITEM_QUESTION) {
		(void)xls_say(x, &x->survey, it->c.row, it->c.col[X_TYPE], "%s: choices come from a question that stands directly in a repeat", it->label);
		return NULL;
	}
	it->value = it->label = it->from->name;
	return arena_printf(&x->b.a, "%s[./%s != '']", r->path, it->from->name);
}

static void
nodeset(struct xls *x, struct item *it)
{
	const char *set, *filter = cell_expr(x, it, it, X_FILTER, 1), *seed = NULL;

	if (it->list == NULL && it->file == NULL)
		set = from_repeat(x, it);
	else
		set = arena_printf(&x->b.a, "instance('%s')/root/item", it->list != NULL ? it->list : it->file_id);
	if (set != NULL && filter != NULL)
		set = arena_printf(&x->b.a, "%s[%s]", set, filter);
	if (it->seed != NULL && (seed = xls_expression(x, &x->survey, it->c.row, it->c.col[X_PARAMETERS], it, it->seed, 0)) == NULL)
		return;
	if (set != NULL && it->randomize != NULL)
		set = arena_printf(&x->b.a, "randomize(%s%s%s)", set, seed != NULL ? ", " : "", seed != NULL ? seed : "");
	it->expr[E_NODESET] = set;
}

static void
repeat_count(struct xls *x, struct item *it, size_t i)
{
	if (it->c.v[X_COUNT] == NULL)
		return;
	if (!it->counted) {
		it->expr[E_COUNT] = cell_expr(x, it, it, X_COUNT, 0);
		return;
	}
	/* the item before it is the one that counts */
	x->item[i - 1]->expr[E_CALCULATE] = cell_expr(x, it, x->item[i - 1], X_COUNT, 0);
	it->expr[E_COUNT] = xls_reference(x, it, x->item[i - 1], 0, 0);
}

static void
default_value(struct xls *x, struct item *it)
{
	const char *s = it->c.v[X_DEFAULT];

	if (s == NULL || it->type == NULL)
		return;
	if (strcmp(it->type->bind, "binary") == 0 || strcmp(it->type->name, "note") == 0)
		(void)xls_say(x, &x->survey, it->c.row, it->c.col[X_DEFAULT], "%s takes no default", it->type->name);
	else if (dynamic(s))
		it->expr[E_DEFAULT] = cell_expr(x, it, it, X_DEFAULT, 0);
}

/* ${name} in labels and messages: only that they are there; xls_put_itext() writes them. */
static void
texts(struct xls *x, const struct item *it)
{
	const char *p, *end;
	size_t i, k;
	int many;

	for (i = 0; i < X_TRANSLATED; i++)
		for (k = 0; k < x->nlangs; k++)
			for (p = it->c.t[i][k]; p != NULL && (p = strstr(p, "${")) != NULL; p++) {
				end = strchr(p, '}');
				if (end == NULL || xls_find(x, p + 2, (size_t)(end - p - 2), &many) == NULL || many != 1)
					(void)xls_say(x, &x->survey, it->c.row, it->c.col[i], "%.60s: one question of that name is meant, and there is none or several", p);
			}
}

static int
resolve_item(struct xls *x, size_t i)
{
	struct item *it = x->item[i];

	if (it->other_of != NULL) {
		it->expr[E_RELEVANT] = arena_printf(&x->b.a, "selected( %s , 'other')", xls_reference(x, it, it->other_of, 0, 0));
		return it->expr[E_RELEVANT] == NULL ? xls_oom(x) : 0;
	}
	if (it->kind == ITEM_QUESTION && it->type == NULL && it->expr[E_CALCULATE] == NULL && it->c.v[X_TYPE] == NULL)
		return 0; /* a counter: its repeat fills it in */
	it->expr[E_RELEVANT] = cell_expr(x, it, it, X_RELEVANT, 0);
	it->expr[E_READONLY] = flag_expr(x, it, X_READONLY);
	texts(x, it);
	if (it->kind == ITEM_REPEAT)
		repeat_count(x, it, i);
	if (it->kind != ITEM_QUESTION || it->type == NULL)
		return x->oom ? -1 : 0;
	it->expr[E_CONSTRAINT] = cell_expr(x, it, it, X_CONSTRAINT, 0);
	it->expr[E_CALCULATE] = cell_expr(x, it, it, X_CALCULATION, 0);
	it->expr[E_REQUIRED] = flag_expr(x, it, X_REQUIRED);
	if (strcmp(it->type->name, "note") == 0)
		it->expr[E_READONLY] = "true()";
	if (strncmp(it->type->name, "select", 6) == 0 && (it->list != NULL || it->file != NULL || it->label != NULL))
		nodeset(x, it);
	default_value(x, it);
	return x->oom ? -1 : 0;
}

int
xls_resolve(struct xls *x)
{
	size_t i;

	for (i = 0; i < x->nitems; i++)
		if (resolve_item(x, i) != 0)
			return -1;
	if (x->set.v[X_INSTANCE_NAME] != NULL)
		x->instance_name = xls_expression(x, &x->settings, x->set.row, x->set.col[X_INSTANCE_NAME], &x->root, x->set.v[X_INSTANCE_NAME], 0);
	return x->oom ? -1 : 0;
}

int
xls_indicators(struct xls *x)
{
	const struct grid *g = &x->indicators;
	size_t i, n = g->sheet == NULL ? 0 : g->sheet->nrows;

	if (n < 2)
		return 0;
	if ((x->indicator = arena_get(&x->b.a, n * sizeof(*x->indicator))) == NULL)
		return xls_oom(x);
	for (i = 1; i < n; i++) {
		struct cells *c = &x->indicator[x->nindicators];

		xls_cells(x, g, &g->sheet->row[i], c);
		if (c->v[X_KIND] == NULL || c->v[X_NAME] == NULL) {
			(void)xls_say(x, g, c->row, xls_at(c, c->v[X_KIND] == NULL ? X_KIND : X_NAME), "%s is missing", c->v[X_KIND] == NULL ? "kind" : "name");
			continue;
		}
		if (!xls_name_ok(c->v[X_NAME]) || !xls_name_ok(c->v[X_KIND]))
			(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "kind and name must be of A-Z a-z 0-9 _ - . beginning with a letter");
		x->nindicators++;
	}
	return 0;
}
