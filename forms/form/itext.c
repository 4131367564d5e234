#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/lapse.h"

#include "forms/form/parse.h"

/* A translation's language: "zh", "zh-CN", "中文 (zh)", "Chinese"; the same for English. */
static int
lang_of(const char *s)
{

	if ((strncasecmp(s, "zh", 2) == 0 && (s[2] == '\0' || s[2] == '-' || s[2] == '_')) ||
	    strcasestr(s, "(zh") != NULL || strcasestr(s, "chinese") != NULL || strstr(s, "中文") != NULL ||
	    strstr(s, "汉语") != NULL)
		return (FORM_ZH);
	if ((strncasecmp(s, "en", 2) == 0 && (s[2] == '\0' || s[2] == '-' || s[2] == '_')) ||
	    strcasestr(s, "(en") != NULL || strcasestr(s, "english") != NULL)
		return (FORM_EN);
	return (ITEXT_OTHER);
}

static int
compare(const void *a, const void *b)
{
	const struct itext_entry *x = a, *y = b;

	return (x->lang != y->lang ? x->lang - y->lang : strcmp(x->id, y->id));
}

/* The <value> that is text: one without a form, else the long one. */
static const xmlNode *
text_value(const xmlNode *text)
{
	const xmlNode *v, *found = NULL;
	const xmlAttr *a;
	const char *form;

	for (v = xml_first(text); v != NULL; v = xml_next(v)) {
		if (!xml_is(v, XML_NS_XFORMS, "value"))
			continue;
		for (a = v->properties; a != NULL && strcmp((const char *)a->name, "form") != 0; a = a->next)
			continue;
		if (a == NULL)
			return (v);
		form = a->children != NULL ? (const char *)a->children->content : NULL;
		if (form != NULL && strcmp(form, "long") == 0)
			found = v;
	}
	return (found);
}

static int
read_text(struct parse *p, const xmlNode *n, int lang)
{
	struct itext *it = &p->it;
	struct itext_entry *grown;
	const xmlNode *value = text_value(n);
	char *id = NULL, *text = NULL;

	if (!xml_is(n, XML_NS_XFORMS, "text"))
		return (xml_refuse(n, p->e, "translation: unknown element %s", xml_name(n)));
	if (xml_attr(n, NULL, "id", &id) != 0)
		return (parse_oom(p));
	if (id == NULL)
		return (xml_refuse(n, p->e, "translation: a text without id"));
	if (value == NULL) { /* only an image or sound: nothing to show here */
		free(id);
		return (0);
	}
	if (it->n >= ITEXT_MAX) {
		free(id);
		return (xml_refuse(n, p->e, "translation: more than %d texts", ITEXT_MAX));
	}
	if ((it->n & (it->n - 1)) == 0) { /* at powers of two */
		grown = lapsed(realloc(it->entry, (it->n == 0 ? 1 : 2 * it->n) * sizeof(*grown)));
		if (grown == NULL)
			goto oom;
		it->entry = grown;
	}
	if ((text = xml_text(value)) == NULL)
		goto oom;
	it->entry[it->n++] = (struct itext_entry){ lang, id, text };
	return (0);
oom:
	free(id);
	return (parse_oom(p));
}

static int
read_translation(struct parse *p, const xmlNode *tr, int *seen)
{
	const xmlNode *t;
	char *lang = NULL;
	int which;

	if (!xml_is(tr, XML_NS_XFORMS, "translation"))
		return (xml_refuse(tr, p->e, "itext: unknown element %s", xml_name(tr)));
	if (xml_attr(tr, NULL, "lang", &lang) != 0)
		return (parse_oom(p));
	which = lang_of(lang == NULL ? "" : lang);
	free(lang);
	if (seen[which]++ > 0) /* of further languages only the first is kept, to stand in */
		return (which == ITEXT_OTHER ? 0 : xml_refuse(tr, p->e, "itext: two translations of one language"));
	for (t = xml_first(tr); t != NULL; t = xml_next(t))
		if (read_text(p, t, which) != 0)
			return (-1);
	return (0);
}

int
itext_read(struct parse *p)
{
	const xmlNode *itext = xml_child(p->model, XML_NS_XFORMS, "itext"), *tr;
	struct itext *it = &p->it;
	int seen[3] = { 0, 0, 0 };
	size_t i;

	if (itext == NULL)
		return (0);
	for (tr = xml_first(itext); tr != NULL; tr = xml_next(tr))
		if (read_translation(p, tr, seen) != 0)
			return (-1);
	if (it->n == 0)
		return (0);
	qsort(it->entry, it->n, sizeof(it->entry[0]), compare);
	for (i = 1; i < it->n; i++)
		if (compare(&it->entry[i - 1], &it->entry[i]) == 0)
			return (xml_refuse(itext, p->e, "itext: the text %s stands twice in one language", it->entry[i].id));
	return (0);
}

void
itext_free(struct itext *it)
{
	size_t i;

	for (i = 0; i < it->n; i++) {
		free(it->entry[i].id);
		free(it->entry[i].text);
	}
	free(it->entry);
	it->entry = NULL;
	it->n = 0;
}

static const char *
lookup(const struct itext *it, int lang, char *id)
{
	struct itext_entry key = { lang, id, NULL }, *found = NULL;

	if (it->n > 0)
		found = bsearch(&key, it->entry, it->n, sizeof(key), compare);
	return (found == NULL ? NULL : found->text);
}

/* Give ${zh} and ${en}, either of which may stand in for the other. */
static int
give(struct parse *p, const char *zh, const char *en, char *out[2])
{

	free(out[FORM_ZH]);
	free(out[FORM_EN]);
	out[FORM_ZH] = lapsed(strdup(zh != NULL ? zh : en));
	out[FORM_EN] = lapsed(strdup(en != NULL ? en : zh));
	return (out[FORM_ZH] == NULL || out[FORM_EN] == NULL ? parse_oom(p) : 0);
}

int
itext_resolve(struct parse *p, const xmlNode *at, const char *ref, char *out[2])
{
	const char *zh, *en, *other, *from = ref + strlen("jr:itext('");
	size_t n = strlen(ref);
	char *id;
	int rc;

	if (strncmp(ref, "jr:itext(", 9) != 0 || n < 13 || (ref[9] != '\'' && ref[9] != '"') || ref[n - 1] != ')' ||
	    ref[n - 2] != ref[9])
		return (xml_refuse(at, p->e, "%s: the reference %s is not jr:itext('ID')", xml_name(at), ref));
	if ((id = lapsed(strndup(from, n - 12))) == NULL)
		return (parse_oom(p));
	zh = lookup(&p->it, FORM_ZH, id);
	en = lookup(&p->it, FORM_EN, id);
	other = lookup(&p->it, ITEXT_OTHER, id);
	if (zh == NULL && en == NULL && other == NULL)
		rc = xml_refuse(at, p->e, "%s: itext has no text %s", xml_name(at), id);
	else
		rc = give(p, zh != NULL ? zh : en == NULL ? other : NULL, en != NULL ? en : zh == NULL ? other : NULL, out);
	free(id);
	return (rc);
}

int
itext_label(struct parse *p, const xmlNode *n, const char *name, char *out[2])
{
	const xmlNode *label = xml_child(n, XML_NS_XFORMS, name);
	char *ref = NULL, *text = NULL;
	int rc = -1;

	if (label == NULL)
		return (0);
	if (xml_attr(label, NULL, "ref", &ref) != 0)
		return (parse_oom(p));
	if (ref != NULL)
		rc = itext_resolve(p, label, ref, out);
	else if ((text = xml_text(label)) == NULL)
		rc = parse_oom(p);
	else
		rc = give(p, text, text, out);
	free(text);
	free(ref);
	return (rc);
}
