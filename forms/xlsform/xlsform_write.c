#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* The XForm: head, instances, binds. */

static void
put_fields(const struct xls *x, struct buf *out, const struct item *up)
{
	const struct item *it;
	const char *v;

	for (it = up->first; it != NULL; it = it->next) {
		(void)buf_printf(out, "<%s%s>", it->name, it->kind == ITEM_REPEAT ? " jr:template=\"\"" : "");
		v = it->c.v[X_DEFAULT];
		if (it->kind == ITEM_QUESTION && v != NULL && it->expr[E_DEFAULT] == NULL && !x->bare)
			xls_put_escaped(out, v);
		put_fields(x, out, it);
		(void)buf_printf(out, "</%s>%s", it->name, it->kind == ITEM_QUESTION ? "" : "\n");
		if (it->kind != ITEM_REPEAT)
			continue;
		(void)buf_printf(out, "<%s>", it->name); /* its first instance */
		put_fields(x, out, it);
		(void)buf_printf(out, "</%s>\n", it->name);
	}
}

/* Heads that filters of this list can name: every column but list, name and labels. */
static void
put_extra(const struct xls *x, struct buf *out, const struct xchoice *c)
{
	const struct grid *g = &x->choices;
	unsigned i, col;

	for (i = 0; i < c->row->ncells; i++) {
		col = c->row->cell[i].col;
		if (g->head[col] == NULL || g->what[col] != X_EXTRA)
			continue;
		(void)buf_printf(out, "<%s>", g->head[col]);
		xls_put_escaped(out, c->row->cell[i].text);
		(void)buf_printf(out, "</%s>", g->head[col]);
	}
}

static void
put_list(const struct xls *x, struct buf *out, const struct xlist *l)
{
	const struct xchoice *c;
	size_t n = 0;

	(void)buf_printf(out, "<instance id=\"%s\"><root>\n", l->name);
	for (c = l->first; c != NULL; c = c->next, n++) {
		(void)buf_puts(out, "<item><name>");
		xls_put_escaped(out, c->name);
		if (l->plain) {
			(void)buf_puts(out, "</name><label>");
			xls_put_escaped(out, xls_text(x, c->label, x->main_lang) == NULL ? c->name : xls_text(x, c->label, x->main_lang));
			(void)buf_puts(out, "</label>");
		} else {
			(void)buf_printf(out, "</name><itextId>%s-%zu</itextId>", l->name, n);
		}
		put_extra(x, out, c);
		(void)buf_puts(out, "</item>\n");
	}
	if (l->other && l->plain)
		(void)buf_puts(out, "<item><name>other</name><label>其他 Other</label></item>\n");
	else if (l->other)
		(void)buf_printf(out, "<item><name>other</name><itextId>%s-%zu</itextId></item>\n", l->name, n);
	(void)buf_puts(out, "</root></instance>\n");
}

void
xls_put_instances(struct xls *x, struct buf *out)
{
	size_t i, k;

	(void)buf_puts(out, "<instance>\n<data");
	xls_put_attr(out, "id", x->set.v[X_FORM_ID]);
	xls_put_attr(out, "version", x->set.v[X_VERSION]);
	(void)buf_puts(out, ">\n");
	put_fields(x, out, &x->root);
	(void)buf_printf(out, "\n<orx:meta><orx:instanceID/>%s</orx:meta>\n</data>\n</instance>\n", x->set.v[X_INSTANCE_NAME] != NULL ? "<orx:instanceName/>" : "");
	for (i = 0; i < x->nlists; i++)
		if (x->list[i].used)
			put_list(x, out, &x->list[i]);
	for (i = 0; i < x->nitems; i++) {
		const struct item *it = x->item[i];

		for (k = 0; k < i && (it->file == NULL || x->item[k]->file_id == NULL || strcmp(x->item[k]->file_id, it->file_id) != 0); k++)
			continue;
		if (it->file != NULL && k == i)
			(void)buf_printf(out, "<instance id=\"%s\" src=\"jr://%s/%s\"/>\n", it->file_id, strstr(it->file, ".csv") != NULL ? "file-csv" : "file", it->file);
	}
	xls_put_externals(x, out);
}

static void
put_message(struct buf *out, const struct item *it, enum xcol what, const char *attr)
{
	if (it->c.translated[what])
		(void)buf_printf(out, " jr:%s=\"jr:itext('%s:jr:%s')\"", attr, it->path, attr);
}

static void
put_own(struct buf *out, const struct item *it)
{
	if (it->c.v[X_PERSONAL] != NULL)
		xls_put_attr(out, "tally:personal", xls_yes(it->c.v[X_PERSONAL]) ? "true()" : "false()");
	xls_put_attr(out, "tally:unit", it->c.v[X_UNIT]);
	if (it->c.v[X_SUBJECT] != NULL)
		xls_put_attr(out, "tally:subject", xls_yes(it->c.v[X_SUBJECT]) ? "true()" : "false()");
	if (it->c.v[X_STAGE] != NULL)
		xls_put_attr(out, "tally:stage", xls_yes(it->c.v[X_STAGE]) ? "true()" : "false()");
	xls_put_attr(out, "tally:final", it->c.v[X_FINAL]);
}

static void
put_bind(const struct xls *x, struct buf *out, const struct item *it)
{
	(void)buf_printf(out, "<bind nodeset=\"%s\"", it->path);
	xls_put_attr(out, "type", it->kind == ITEM_QUESTION ? it->bind_type : NULL);
	if (!x->bare) {
		xls_put_attr(out, "required", it->expr[E_REQUIRED]);
		put_message(out, it, X_REQUIRED_MSG, "requiredMsg");
		xls_put_attr(out, "relevant", it->expr[E_RELEVANT]);
		xls_put_attr(out, "constraint", it->expr[E_CONSTRAINT]);
		put_message(out, it, X_CONSTRAINT_MSG, "constraintMsg");
		xls_put_attr(out, "calculate", it->expr[E_CALCULATE]);
		xls_put_attr(out, "readonly", it->expr[E_READONLY]);
	}
	if (it->type != NULL) {
		xls_put_attr(out, "jr:preload", it->type->preload);
		xls_put_attr(out, "jr:preloadParams", it->type->params);
	}
	xls_put_attr(out, "orx:max-pixels", it->max_pixels);
	put_own(out, it);
	(void)buf_puts(out, "/>\n");
}

void
xls_put_setvalue(struct buf *out, const struct item *it, int in_repeat)
{
	(void)buf_printf(out, "<setvalue ref=\"%s\" event=\"odk-instance-first-load%s\"", it->path, in_repeat ? " odk-new-repeat" : "");
	xls_put_attr(out, "value", it->expr[E_DEFAULT]);
	(void)buf_puts(out, "/>\n");
}

static void
put_model(struct xls *x, struct buf *out)
{
	size_t i;

	(void)buf_puts(out, "<model>\n");
	xls_put_itext(x, out);
	xls_put_instances(x, out);
	for (i = 0; i < x->nitems; i++)
		put_bind(x, out, x->item[i]);
	(void)buf_puts(out, "<bind nodeset=\"/data/orx:meta/orx:instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>\n");
	if (x->instance_name != NULL) {
		(void)buf_puts(out, "<bind nodeset=\"/data/orx:meta/orx:instanceName\" type=\"string\"");
		xls_put_attr(out, "calculate", x->bare ? NULL : x->instance_name);
		(void)buf_puts(out, "/>\n");
	}
	for (i = 0; i < x->nitems && !x->bare; i++)
		if (x->item[i]->expr[E_DEFAULT] != NULL && !xls_in_repeat(x->item[i]))
			xls_put_setvalue(out, x->item[i], 0);
	(void)buf_puts(out, "</model>\n");
}

/* A field in the sheet: its name, its path in the form, or ${name}. */
static const char *
field_path(struct xls *x, const struct cells *c, enum xcol what)
{
	const char *s = c->v[what];
	size_t n = s == NULL ? 0 : strlen(s), i;
	struct item *it = NULL;
	int many;

	if (n == 0)
		return NULL;
	if (n > 3 && s[0] == '$' && s[1] == '{' && s[n - 1] == '}')
		s += 2, n -= 3;
	if ((it = xls_find(x, s, n, &many)) == NULL || many > 1)
		for (i = 0, it = NULL; i < x->nitems; i++)
			if (strlen(x->item[i]->path) == n + 6 && memcmp(x->item[i]->path + 6, s, n) == 0)
				it = x->item[i];
	if (it != NULL)
		return it->path;
	if (x->bare)
		(void)xls_say(x, &x->indicators, c->row, c->col[what], "%s: there is no question of that name, or several", c->v[what]);
	return NULL;
}

void
xls_put_indicators(struct xls *x, struct buf *out)
{
	static const struct { const char *attr; enum xcol what; } plain[] = {
		{ "where", X_WHERE }, { "numerator", X_NUMERATOR }, { "denominator", X_DENOMINATOR }, { "groups", X_GROUPS },
		{ "plus", X_PLUS }, { "minus", X_MINUS }, { "rest", X_REST },
	};
	size_t i, k;

	for (i = 0; i < x->nindicators; i++) {
		const struct cells *c = &x->indicator[i];

		(void)buf_puts(out, "<tally:indicator");
		xls_put_attr(out, "kind", c->v[X_KIND]);
		xls_put_attr(out, "name", c->v[X_NAME]);
		xls_put_attr(out, "ref", field_path(x, c, X_FIELD));
		if (c->v[X_DISTINCT] != NULL && xls_yes(c->v[X_DISTINCT]) != 0)
			xls_put_attr(out, "distinct", xls_yes(c->v[X_DISTINCT]) == 1 ? "true()" : c->v[X_DISTINCT]);
		for (k = 0; k < sizeof(plain) / sizeof(plain[0]); k++)
			xls_put_attr(out, plain[k].attr, c->v[plain[k].what]);
		xls_put_attr(out, "group", field_path(x, c, X_GROUP));
		xls_put_attr(out, "period", field_path(x, c, X_PERIOD));
		if (c->translated[X_LABEL])
			(void)buf_printf(out, " label=\"jr:itext('indicator/%s.%s')\"", c->v[X_KIND], c->v[X_NAME]);
		(void)buf_puts(out, "/>\n");
	}
}

int
xls_write(struct xls *x, struct buf *out)
{
	const char *title = xls_text(x, x->set.t[X_TITLE], x->main_lang);

	(void)buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\" "
	    "xmlns:orx=\"http://openrosa.org/xforms\" xmlns:tally=\"urn:tallystick:xform:v1\">\n<h:head>\n<h:title tally:ref=\"jr:itext('form:title')\">");
	xls_put_escaped(out, title == NULL ? "" : title);
	(void)buf_puts(out, "</h:title>\n");
	put_model(x, out);
	xls_put_indicators(x, out);
	xls_put_media(x, out);
	(void)buf_puts(out, "</h:head>\n<h:body>\n");
	xls_put_body(x, out);
	(void)buf_puts(out, "</h:body>\n</h:html>\n");
	return x->oom ? -1 : 0;
}
