#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "forms/xlsform/xlsform_in.h"

/* The sheet survey: a tree of questions, groups and repeats. */

static int
is_space_or(const char *s, const char *begin, const char *word)
{
	size_t n = strlen(begin);

	return strncasecmp(s, begin, n) == 0 && (s[n] == ' ' || s[n] == '_') && strcasecmp(s + n + 1, word) == 0;
}

int
xls_in_repeat(const struct item *it)
{
	for (it = it->up; it != NULL; it = it->up)
		if (it->kind == ITEM_REPEAT)
			return 1;
	return 0;
}

struct item *
xls_item(struct xls *x, struct item *up, const struct cells *c, const char *name)
{
	struct item *it;

	if (x->nitems == ITEMS_MAX) {
		(void)xls_say(x, &x->survey, c->row, -1, "more than %d questions", ITEMS_MAX);
		return NULL;
	}
	if ((it = arena_get(&x->b.a, sizeof(*it))) == NULL || (it->path = arena_printf(&x->b.a, "%s/%s", up->path, name)) == NULL) {
		(void)xls_oom(x);
		return NULL;
	}
	it->c = *c;
	it->name = name;
	it->up = up;
	it->depth = up->depth + 1;
	*(up->last == NULL ? &up->first : &up->last->next) = it;
	up->last = it;
	x->item[x->nitems++] = it;
	return it;
}

struct item *
xls_find(struct xls *x, const char *name, size_t n, int *many)
{
	struct item *found = NULL;
	size_t i;

	*many = 0;
	for (i = 0; i < x->nitems; i++)
		if (strlen(x->item[i]->name) == n && memcmp(x->item[i]->name, name, n) == 0) {
			found = x->item[i];
			++*many;
		}
	return found;
}

/* A fitting name that its group has not yet; NULL when it was said. */
static const char *
name_of(struct xls *x, const struct item *up, const struct cells *c)
{
	const struct grid *g = &x->survey;
	const char *name = c->v[X_NAME];
	const struct item *it;

	if (name == NULL) {
		(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "the name is missing");
		return NULL;
	}
	if (!xls_name_ok(name)) {
		(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "the name %s is not of A-Z a-z 0-9 _ - . beginning with a letter", name);
		return NULL;
	}
	if (up->up == NULL && strcmp(name, "meta") == 0) {
		(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "meta is a name of the program's own");
		return NULL;
	}
	for (it = up->first; it != NULL; it = it->next)
		if (strcmp(it->name, name) == 0) {
			(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "the name %s stands twice in its group (row %u)", name, it->c.row);
			return NULL;
		}
	if (strlen(up->path) - 5 + strlen(name) + 1 > FORM_PATH_MAX || up->depth >= FORM_DEPTH_MAX)
		(void)xls_say(x, g, c->row, xls_at(c, X_NAME), "%s: groups nested deeper than %d, or a path longer than %d bytes", name, FORM_DEPTH_MAX, FORM_PATH_MAX);
	return name;
}

/* Cells that would do nothing where they stand. */
static void
useless(struct xls *x, const struct item *it, const enum xcol *cols, size_t n, const char *what)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (it->c.v[cols[i]] != NULL)
			(void)xls_say(x, &x->survey, it->c.row, it->c.col[cols[i]], "%s takes no such cell", what);
}

static void
group_cells(struct xls *x, struct item *it)
{
	static const enum xcol not_group[] = { X_REQUIRED, X_CONSTRAINT, X_CALCULATION, X_DEFAULT, X_FILTER, X_PARAMETERS, X_BIND_TYPE, X_UNIT, X_SUBJECT, X_STAGE, X_FINAL, X_ACCURACY };
	static const enum xcol only_repeat[] = { X_COUNT };

	useless(x, it, not_group, sizeof(not_group) / sizeof(not_group[0]), it->kind == ITEM_GROUP ? "a group" : "a repeat");
	if (it->kind == ITEM_GROUP)
		useless(x, it, only_repeat, 1, "a group");
}

/* Cells of a question that do not go with its type. */
static void
question_cells(struct xls *x, struct item *it)
{
	static const enum xcol only_repeat[] = { X_COUNT }, only_select[] = { X_FILTER }, only_point[] = { X_ACCURACY };
	static const enum xcol not_meta[] = { X_REQUIRED, X_CONSTRAINT, X_CALCULATION, X_DEFAULT, X_READONLY, X_APPEARANCE, X_UNIT, X_SUBJECT, X_STAGE, X_FINAL };
	const char *type = it->type->name;
	int select = strncmp(type, "select", 6) == 0, hidden = it->type->control == NULL;

	useless(x, it, only_repeat, 1, "a question");
	if (!select)
		useless(x, it, only_select, 1, type);
	if (strcmp(type, "geopoint") != 0)
		useless(x, it, only_point, 1, type);
	if (it->type->preload != NULL)
		useless(x, it, not_meta, sizeof(not_meta) / sizeof(not_meta[0]), type);
	if (strcmp(type, "calculate") == 0 && it->c.v[X_CALCULATION] == NULL && it->c.v[X_DEFAULT] == NULL)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_CALCULATION), "calculate without a calculation");
	if (it->c.v[X_BIND_TYPE] != NULL && strcmp(type, "calculate") != 0 && strcmp(type, "hidden") != 0)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_BIND_TYPE), "bind::type is for calculate and hidden: the type says the rest");
	else if (it->c.v[X_BIND_TYPE] != NULL)
		it->bind_type = it->c.v[X_BIND_TYPE];
	if (hidden && (it->c.translated[X_LABEL] || it->c.translated[X_HINT]))
		xls_warn(x, &x->survey, it->c.row, xls_at(&it->c, it->c.translated[X_LABEL] ? X_LABEL : X_HINT), "%s is not shown: its label and hint go nowhere", type);
	if (!hidden && !it->c.translated[X_LABEL])
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_LABEL), "the label is missing");
	if (it->or_other && it->c.v[X_FILTER] != NULL)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_FILTER), "or_other and a choice_filter do not go together");
	if (it->or_other && (it->list == NULL))
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "or_other needs a list of choices");
	if (it->c.translated[X_CONSTRAINT_MSG] && it->c.v[X_CONSTRAINT] == NULL)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_CONSTRAINT_MSG), "a message without a constraint");
	if (it->c.translated[X_REQUIRED_MSG] && it->c.v[X_REQUIRED] == NULL)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_REQUIRED_MSG), "a message, but the question is not required");
}

static int
is_public(const struct cells *c)
{
	return c->v[X_PERSONAL] != NULL && xls_yes(c->v[X_PERSONAL]) == 0;
}

/* What is ours, as far as one cell can be judged alone; form_parse() judges the rest. */
static void
own_cells(struct xls *x, struct item *it)
{
	static const enum xcol flags[] = { X_PERSONAL, X_SUBJECT, X_STAGE };
	const struct xlist *l = it->list == NULL ? NULL : xls_list(x, it->list);
	const struct xchoice *ch;
	size_t i;

	for (i = 0; i < 3; i++)
		if (it->c.v[flags[i]] != NULL && xls_yes(it->c.v[flags[i]]) < 0)
			(void)xls_say(x, &x->survey, it->c.row, it->c.col[flags[i]], "%s: yes or no is meant", it->c.v[flags[i]]);
	if (it->c.v[X_FINAL] == NULL)
		return;
	for (ch = l == NULL ? NULL : l->first; ch != NULL && strcmp(ch->name, it->c.v[X_FINAL]) != 0; ch = ch->next)
		continue;
	if (ch == NULL)
		(void)xls_say(x, &x->survey, it->c.row, it->c.col[X_FINAL], "the final stage %s is none of the choices", it->c.v[X_FINAL]);
}

/* The text behind a select with or_other. */
static int
add_other(struct xls *x, struct item *of)
{
	struct cells c = { .row = of->c.row };
	char *name = arena_printf(&x->b.a, "%s_other", of->name);
	struct item *it;
	int many;

	memcpy(c.col, of->c.col, sizeof(c.col));
	if (name == NULL)
		return xls_oom(x);
	if (xls_find(x, name, strlen(name), &many) != NULL)
		return xls_say(x, &x->survey, of->c.row, xls_at(&of->c, X_NAME), "or_other makes the question %s, which is there already", name);
	if (is_public(&of->c))
		c.v[X_PERSONAL] = of->c.v[X_PERSONAL];
	if ((it = xls_item(x, of->up, &c, name)) == NULL)
		return -1;
	it->other_of = of;
	it->bind_type = "string";
	return 0;
}

static void
read_question(struct xls *x, struct item *up, const struct cells *c)
{
	const char *name = name_of(x, up, c);
	struct item probe = { .c = *c }, *it;

	if (name == NULL) { /* its type is judged all the same */
		(void)xls_question(x, &probe);
		return;
	}
	if ((it = xls_item(x, up, c, name)) == NULL)
		return;
	if (xls_question(x, it) != 0) {
		it->type = NULL; /* references to it are no faults of their own */
		return;
	}
	it->bind_type = it->bind_type == NULL ? it->type->bind : it->bind_type;
	xls_parameters(x, it);
	xls_appearance(x, c);
	question_cells(x, it);
	own_cells(x, it);
	if (it->or_other)
		(void)add_other(x, it);
}

/* "begin group" opens a level; a bad one too, so that its end fits. */
static struct item *
begin(struct xls *x, struct item *up, const struct cells *c, enum item_kind kind)
{
	const char *name = name_of(x, up, c);
	struct item *it, *count;

	if (kind == ITEM_REPEAT && name != NULL && c->v[X_COUNT] != NULL && c->v[X_COUNT][0] != '$') {
		struct cells cc = { .row = c->row };
		char *cname = arena_printf(&x->b.a, "%s_count", name);

		memcpy(cc.col, c->col, sizeof(cc.col));
		if (cname == NULL || (count = xls_item(x, up, &cc, cname)) == NULL)
			return NULL;
		count->bind_type = "int";
	}
	if ((it = xls_item(x, up, c, name == NULL ? "?" : name)) == NULL)
		return NULL;
	it->kind = kind;
	it->counted = kind == ITEM_REPEAT && name != NULL && c->v[X_COUNT] != NULL && c->v[X_COUNT][0] != '$';
	group_cells(x, it);
	xls_appearance(x, c);
	own_cells(x, it);
	return it;
}

/* One row.  The level it leaves open; NULL when memory is out or there are too many. */
static struct item *
read_row(struct xls *x, struct item *at, const struct cells *c)
{
	const char *type = c->v[X_TYPE];
	int end = -1;

	if (type == NULL) {
		(void)xls_say(x, &x->survey, c->row, xls_at(c, X_TYPE), "the type is missing");
		return at;
	}
	if (xls_external(x, c))
		return x->oom ? NULL : at;
	if (is_space_or(type, "begin", "group") || is_space_or(type, "begin", "repeat"))
		return begin(x, at, c, is_space_or(type, "begin", "repeat") ? ITEM_REPEAT : ITEM_GROUP);
	if (is_space_or(type, "end", "group") || is_space_or(type, "end", "repeat"))
		end = is_space_or(type, "end", "repeat") ? ITEM_REPEAT : ITEM_GROUP;
	if (end < 0) {
		read_question(x, at, c);
		return x->oom ? NULL : at;
	}
	if (at->up == NULL || at->kind != (enum item_kind)end) {
		(void)xls_say(x, &x->survey, c->row, xls_at(c, X_TYPE), "%s, but no %s is open here", type, end == ITEM_REPEAT ? "repeat" : "group");
		return at;
	}
	if (at->first == NULL)
		(void)xls_say(x, &x->survey, at->c.row, xls_at(&at->c, X_TYPE), "%s: nothing stands in it", at->name);
	return at->up;
}

int
xls_survey(struct xls *x)
{
	const struct grid *g = &x->survey;
	struct item *at = &x->root;
	struct cells c;
	size_t i;
	unsigned k;

	x->root = (struct item){ .kind = ITEM_GROUP, .name = "data", .path = "/data" };
	for (i = 1; i < g->sheet->nrows && at != NULL; i++) {
		const struct sheet_row *r = &g->sheet->row[i];

		xls_cells(x, g, r, &c);
		for (k = 0; k < r->ncells; k++)
			if (g->head[r->cell[k].col] == NULL)
				(void)xls_say(x, g, r->number, (int)r->cell[k].col, "a value without a head");
		if (c.v[X_TYPE] != NULL && c.v[X_TYPE][0] == '#')
			continue;
		for (k = 0; k < r->ncells && g->what[r->cell[k].col] == X_IGNORED; k++)
			continue;
		if (k < r->ncells)
			at = read_row(x, at, &c);
	}
	for (; at != NULL && at->up != NULL; at = at->up)
		(void)xls_say(x, g, at->c.row, xls_at(&at->c, X_TYPE), "%s is opened here and never ended", at->name);
	if (x->root.first == NULL && x->faults->errors == 0)
		(void)xls_say(x, g, 0, -1, "no questions");
	return x->oom ? -1 : 0;
}
