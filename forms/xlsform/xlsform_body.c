#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* The body: groups, repeats and controls. */

static void
put_labels(struct buf *out, const struct item *it)
{
	if (it->c.translated[X_LABEL] || it->other_of != NULL)
		(void)buf_printf(out, "<label ref=\"jr:itext('%s:label')\"/>", it->path);
	if (it->c.translated[X_HINT])
		(void)buf_printf(out, "<hint ref=\"jr:itext('%s:hint')\"/>", it->path);
}

static void
put_itemset(const struct xls *x, struct buf *out, const struct item *it)
{
	const struct xlist *l = NULL;
	size_t i;

	for (i = 0; it->list != NULL && i < x->nlists; i++)
		if (strcmp(x->list[i].name, it->list) == 0)
			l = &x->list[i];
	(void)buf_puts(out, "\n<itemset");
	if (!x->bare || l == NULL)
		xls_put_attr(out, "nodeset", it->expr[E_NODESET]);
	else
		(void)buf_printf(out, " nodeset=\"instance('%s')/root/item\"", it->list);
	(void)buf_puts(out, "><value");
	xls_put_attr(out, "ref", l != NULL ? "name" : it->value);
	(void)buf_puts(out, "/><label");
	xls_put_attr(out, "ref", l == NULL ? it->label : l->plain ? "label" : "jr:itext(itextId)");
	(void)buf_puts(out, "/></itemset>");
}

static void
put_control(const struct xls *x, struct buf *out, const struct item *it)
{
	static const char *const range[] = { "start", "end", "step" };
	static const char *const accuracy[] = { "accuracyThreshold", "unacceptableAccuracyThreshold", "allow-mock-accuracy" };
	const char *control = it->other_of != NULL ? "input" : it->type == NULL ? NULL : it->type->control;
	int i;

	if (control == NULL)
		return;
	(void)buf_printf(out, "<%s ref=\"%s\"", control, it->path);
	xls_put_attr(out, "appearance", it->c.v[X_APPEARANCE]);
	xls_put_attr(out, "mediatype", strcmp(control, "upload") == 0 ? "image/*" : NULL);
	xls_put_attr(out, "rows", it->rows);
	if (it->accuracy[0] == NULL)
		xls_put_attr(out, "accuracyThreshold", it->c.v[X_ACCURACY]);
	for (i = 0; i < 3; i++) {
		if (strcmp(control, "range") == 0)
			xls_put_attr(out, range[i], it->range[i]);
		xls_put_attr(out, accuracy[i], it->accuracy[i]);
	}
	(void)buf_putc(out, '>');
	put_labels(out, it);
	if (strncmp(control, "select", 6) == 0)
		put_itemset(x, out, it);
	(void)buf_printf(out, "</%s>\n", control);
}

static void
put_setvalues(struct buf *out, const struct item *up)
{
	const struct item *it;

	for (it = up->first; it != NULL; it = it->next) {
		if (it->kind == ITEM_GROUP)
			put_setvalues(out, it);
		else if (it->kind == ITEM_QUESTION && it->expr[E_DEFAULT] != NULL)
			xls_put_setvalue(out, it, 1);
	}
}

/* Groups nest at most as deep as the names in a path; the recursion with them. */
static void
put_items(const struct xls *x, struct buf *out, const struct item *up)
{
	const struct item *it;

	for (it = up->first; it != NULL; it = it->next) {
		if (it->kind == ITEM_QUESTION) {
			put_control(x, out, it);
			continue;
		}
		(void)buf_printf(out, "<group ref=\"%s\"", it->path);
		xls_put_attr(out, "appearance", it->c.v[X_APPEARANCE]);
		(void)buf_putc(out, '>');
		put_labels(out, it);
		if (it->kind == ITEM_REPEAT) {
			(void)buf_printf(out, "<repeat nodeset=\"%s\"", it->path);
			xls_put_attr(out, "jr:count", x->bare ? NULL : it->expr[E_COUNT]);
			(void)buf_putc(out, '>');
			if (!x->bare)
				put_setvalues(out, it);
		}
		(void)buf_putc(out, '\n');
		put_items(x, out, it);
		(void)buf_puts(out, it->kind == ITEM_REPEAT ? "</repeat></group>\n" : "</group>\n");
	}
}

void
xls_put_body(struct xls *x, struct buf *out)
{
	put_items(x, out, &x->root);
}
