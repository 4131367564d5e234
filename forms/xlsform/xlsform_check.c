#include <string.h>

#include "forms/logic.h"
#include "forms/value.h"
#include "forms/xlsform/xlsform_in.h"

/* Expressions and defaults judged one by one, each on its own cell; then the whole form as form_parse() sees it. */

static int
has_list(void *ctx, const char *id)
{
	return logic_list(ctx, id) >= 0;
}

static void
one_expression(struct xls *x, const struct expr_scope *s, const struct form_field *f, const struct grid *g, unsigned row, int col, const char *text)
{
	struct err e = { "" };
	struct expr *compiled;

	if (text == NULL || f == NULL)
		return;
	if ((compiled = expr_compile(s, f, text, &e)) == NULL)
		(void)xls_say(x, g, row, col, "%s", e.text);
	expr_free(compiled);
}

static void
one_default(struct xls *x, const struct item *it, const struct form_field *f)
{
	struct value_fault fault = { NULL, NULL };
	cJSON *v;

	if (f == NULL || it->kind != ITEM_QUESTION || it->c.v[X_DEFAULT] == NULL || it->expr[E_DEFAULT] != NULL)
		return;
	if ((v = value_from_text(f, it->c.v[X_DEFAULT], &fault)) == NULL)
		(void)xls_say(x, &x->survey, it->c.row, it->c.col[X_DEFAULT], "the default value %s", fault.why);
	cJSON_Delete(v);
}

static void
one_item(struct xls *x, const struct expr_scope *s, const struct item *it)
{
	static const enum xcol col[E_EXPRS] = { X_RELEVANT, X_CONSTRAINT, X_CALCULATION, X_REQUIRED, X_READONLY, X_COUNT, X_FILTER, X_DEFAULT };
	const struct form_field *f = form_field(s->f, it->path + 6);
	int i;

	for (i = 0; i < E_EXPRS; i++) /* of a nodeset without filter there is nothing to say */
		if (it->expr[i] != NULL && (i != E_NODESET || it->c.v[X_FILTER] != NULL))
			one_expression(x, s, f, &x->survey, it->c.row, it->c.col[it->type == NULL && i == E_CALCULATE ? X_COUNT : col[i]], it->expr[i]);
	one_default(x, it, f);
}

/* The item whose path the message names; the longest one. */
static const struct item *
named_in(const struct xls *x, const char *text)
{
	const struct item *found = NULL;
	const char *p, *path;
	size_t i, n;

	for (i = 0; i < x->nitems; i++) {
		path = x->item[i]->path + 6;
		n = strlen(path);
		for (p = text; (p = strstr(p, path)) != NULL; p++)
			if ((p == text || strchr(" /", p[-1]) != NULL) && (p[n] == '\0' || strchr(" :,;", p[n]) != NULL) && (found == NULL || n > strlen(found->path) - 6))
				found = x->item[i];
	}
	return found;
}

/* What form_parse() said, on the row it is about if that can be told. */
static void
say_parsed(struct xls *x, const char *text)
{
	const struct item *it;
	const char *p = text;
	size_t i, n;

	if (strncmp(p, "form: ", 6) == 0)
		p += 6;
	if (strncmp(p, "line ", 5) == 0 && strchr(p, ':') != NULL)
		p = strchr(p, ':') + 2;
	if (strncmp(p, "indicator ", 10) == 0 || strncmp(p, "indicator:", 10) == 0) {
		for (i = 0; i < x->nindicators; i++) {
			n = strlen(x->indicator[i].v[X_NAME]);
			if (strncmp(p + 10, x->indicator[i].v[X_NAME], n) == 0 && p[10 + n] == ':')
				break;
		}
		/* of two with one name the message is about the first that is wrong: their rows are close */
		(void)xls_say(x, &x->indicators, i < x->nindicators ? x->indicator[i].row : 0, i < x->nindicators ? x->indicators.col[X_NAME] : -1, "%s", p);
		return;
	}
	it = named_in(x, p);
	(void)xls_say(x, it == NULL ? NULL : &x->survey, it == NULL ? 0 : it->c.row, it == NULL ? -1 : it->c.col[X_NAME], "%s", p);
}

/* Parse what is written; NULL when it was said or memory is out. */
static struct form *
parse(struct xls *x, struct buf *xml, int bare)
{
	struct err e = { "" };
	struct form *f = NULL;

	buf_reset(xml);
	x->bare = bare;
	if (xls_write(x, xml) != 0)
		return NULL;
	if (!buf_ok(xml))
		(void)xls_say(x, NULL, 0, -1, "the form is larger than %u bytes", FORM_BYTES_MAX);
	else if (x->faults->errors == 0 && (f = form_parse(xml->data, xml->len, &e)) == NULL)
		say_parsed(x, e.text);
	return f;
}

int
xls_check(struct xls *x, struct buf *xml)
{
	struct form *f = parse(x, xml, 1);
	struct expr_scope s;
	size_t i;

	if (f == NULL)
		return x->oom ? -1 : 0;
	s = (struct expr_scope){ f, f->logic->fields, has_list, f->logic };
	for (i = 0; i < x->nitems; i++)
		one_item(x, &s, x->item[i]);
	if (x->instance_name != NULL)
		one_expression(x, &s, form_field(f, "meta/instanceName"), &x->settings, x->set.row, x->set.col[X_INSTANCE_NAME], x->instance_name);
	form_free(f);
	if (x->faults->errors > 0)
		return 0;
	form_free(parse(x, xml, 0));
	return x->oom ? -1 : 0;
}
