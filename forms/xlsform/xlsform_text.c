#include <string.h>

#include "forms/xlsform/xlsform_in.h"

/* What people read: translations, and texts with the answers in them. */

void
xls_put_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&': (void)buf_puts(out, "&amp;"); break;
		case '<': (void)buf_puts(out, "&lt;"); break;
		case '>': (void)buf_puts(out, "&gt;"); break;
		case '"': (void)buf_puts(out, "&quot;"); break;
		case '\n': (void)buf_puts(out, "&#10;"); break;
		case '\t': (void)buf_puts(out, "&#9;"); break;
		default:
			/* other control characters cannot stand in XML */
			(void)buf_putc(out, (unsigned char)*s < 0x20 ? ' ' : (uint8_t)*s);
		}
	}
}

void
xls_put_attr(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	(void)buf_printf(out, " %s=\"", name);
	xls_put_escaped(out, value);
	(void)buf_putc(out, '"');
}

const char *
xls_text(const struct xls *x, const char *const *t, size_t lang)
{
	size_t i;

	if (t[lang] != NULL)
		return t[lang];
	if (t[x->main_lang] != NULL)
		return t[x->main_lang];
	for (i = 0; i < LANGS_MAX; i++)
		if (t[i] != NULL)
			return t[i];
	return NULL;
}

/* ${name} becomes an output of the answer. */
static void
put_text(struct xls *x, struct buf *out, const struct item *at, const char *s)
{
	const char *p, *end;
	const struct item *target;
	char *part;
	int many;

	for (; (p = at == NULL ? NULL : strstr(s, "${")) != NULL && (end = strchr(p, '}')) != NULL; s = end + 1) {
		if ((part = arena_text(&x->b.a, s, (size_t)(p - s))) == NULL) {
			(void)xls_oom(x);
			return;
		}
		xls_put_escaped(out, part);
		if ((target = xls_find(x, p + 2, (size_t)(end - p - 2), &many)) != NULL)
			(void)buf_printf(out, "<output value=\" %s \"/>", xls_reference(x, at, target, 0, 0));
	}
	xls_put_escaped(out, s);
}

static void
one_text(struct xls *x, struct buf *out, size_t lang, const char *id, const char *suffix, const char *const *t, const struct item *at)
{
	const char *s = xls_text(x, t, lang);

	if (s == NULL)
		return;
	(void)buf_puts(out, "<text id=\"");
	xls_put_escaped(out, id);
	(void)buf_printf(out, "%s\"><value>", suffix);
	put_text(x, out, at, s);
	(void)buf_puts(out, "</value></text>\n");
}

/* Where or_other was written, its words are ours. */
static void
other_text(const struct xls *x, struct buf *out, size_t lang, const struct item *it)
{
	int zh = strstr(x->lang[lang], "zh") != NULL || strstr(x->lang[lang], "中文") != NULL;

	(void)buf_printf(out, "<text id=\"%s:label\"><value>%s</value></text>\n", it->path, zh ? "请说明其他情况" : "Please say what else");
}

static void
item_texts(struct xls *x, struct buf *out, size_t lang)
{
	static const char *const suffix[] = { ":label", ":hint", ":jr:constraintMsg", ":jr:requiredMsg" };
	const struct item *it;
	size_t i;
	int k;

	for (i = 0; i < x->nitems; i++) {
		it = x->item[i];
		if (it->other_of != NULL)
			other_text(x, out, lang, it);
		for (k = X_LABEL; k <= X_REQUIRED_MSG; k++)
			if (it->c.translated[k] && (k != X_LABEL || it->kind != ITEM_QUESTION || (it->type != NULL && it->type->control != NULL)))
				one_text(x, out, lang, it->path, suffix[k], it->c.t[k], it);
	}
}

static void
choice_texts(struct xls *x, struct buf *out, size_t lang)
{
	const struct xlist *l;
	const struct xchoice *c;
	const char *id;
	size_t i, n;

	for (i = 0; i < x->nlists; i++) {
		l = &x->list[i];
		if (l->plain || !l->used)
			continue;
		for (c = l->first, n = 0; c != NULL; c = c->next, n++) {
			if ((id = arena_printf(&x->b.a, "%s-%zu", l->name, n)) == NULL) {
				(void)xls_oom(x);
				return;
			}
			one_text(x, out, lang, id, "", c->label, NULL);
		}
		if (l->other)
			(void)buf_printf(out, "<text id=\"%s-%zu\"><value>%s</value></text>\n", l->name, n,
			    strstr(x->lang[lang], "zh") != NULL || strstr(x->lang[lang], "中文") != NULL ? "其他" : "Other");
	}
}

void
xls_put_itext(struct xls *x, struct buf *out)
{
	size_t lang, i;

	(void)buf_puts(out, "<itext>\n");
	for (lang = 0; lang < x->nlangs; lang++) {
		(void)buf_puts(out, "<translation");
		xls_put_attr(out, "lang", x->lang[lang]);
		(void)buf_puts(out, lang == x->main_lang ? " default=\"true()\">\n" : ">\n");
		one_text(x, out, lang, "form:title", "", x->set.t[X_TITLE], NULL);
		item_texts(x, out, lang);
		choice_texts(x, out, lang);
		for (i = 0; i < x->nindicators; i++)
			if (x->indicator[i].translated[X_LABEL]) {
				const char *id = arena_printf(&x->b.a, "indicator/%s.%s", x->indicator[i].v[X_KIND], x->indicator[i].v[X_NAME]);

				if (id != NULL)
					one_text(x, out, lang, id, "", x->indicator[i].t[X_LABEL], NULL);
			}
		(void)buf_puts(out, "</translation>\n");
	}
	(void)buf_puts(out, "</itext>\n");
}
