#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/logic.h"
#include "forms/form/parse.h"

/* Secondary instances, and the choices that selects take from them. */

static long
column_of(struct form_list *l, const char *name, int make)
{
	size_t i;

	for (i = 0; i < l->ncolumns; i++)
		if (strcmp(l->column[i], name) == 0)
			return ((long)i);
	if (!make || l->ncolumns == LIST_COLUMNS_MAX || (l->column[l->ncolumns] = lapsed(strdup(name))) == NULL)
		return (-1);
	return ((long)l->ncolumns++);
}

/* The columns first, so that the cells are one array. */
static int
find_columns(struct parse *p, const xmlNode *root, struct form_list *l)
{
	const xmlNode *row, *c;

	for (row = xml_first(root); row != NULL; row = xml_next(row)) {
		if (row->properties != NULL)
			return (xml_refuse(row, p->e, "instance %s: attributes in it are not supported", l->id));
		if (l->item == NULL && (l->item = lapsed(strdup(xml_name(row)))) == NULL)
			return (parse_oom(p));
		if (strcmp(l->item, xml_name(row)) != 0 || !xml_blank(row))
			return (xml_refuse(row, p->e, "instance %s: rows of different names, or text between them", l->id));
		for (c = xml_first(row); c != NULL; c = xml_next(c)) {
			if (xml_first(c) != NULL || c->properties != NULL)
				return (xml_refuse(c, p->e, "instance %s: %s is more than a text", l->id, xml_name(c)));
			if (column_of(l, xml_name(c), 1) < 0)
				return (xml_refuse(c, p->e, "instance %s: more than %d columns", l->id, LIST_COLUMNS_MAX));
		}
		l->nrows++;
	}
	return (0);
}

static int
read_rows(struct parse *p, const xmlNode *root, struct form_list *l)
{
	const xmlNode *row, *c;
	char **cell, **at;

	if (l->nrows * l->ncolumns > LIST_CELLS_MAX || (p->choices += l->nrows) > FORM_CHOICES_MAX) {
		l->nrows = 0;
		return (xml_refuse(root, p->e, "instance %s: more than %d rows in the form", l->id, FORM_CHOICES_MAX));
	}
	if ((l->cell = lapsed(calloc(l->nrows * l->ncolumns + 1, sizeof(*l->cell)))) == NULL) {
		l->nrows = 0;
		return (parse_oom(p));
	}
	for (row = xml_first(root), cell = l->cell; row != NULL; row = xml_next(row), cell += l->ncolumns)
		for (c = xml_first(row); c != NULL; c = xml_next(c)) {
			at = &cell[column_of(l, xml_name(c), 0)];
			if (*at != NULL)
				return (xml_refuse(c, p->e, "instance %s: %s stands twice in a row", l->id, xml_name(c)));
			if ((*at = xml_text(c)) == NULL)
				return (parse_oom(p));
		}
	return (0);
}

static int
read_list(struct parse *p, const xmlNode *n, struct form_list *l)
{
	const xmlNode *root = xml_first(n);

	if (xml_attr(n, NULL, "id", &l->id) != 0 || xml_attr(n, NULL, "src", &l->src) != 0)
		return (parse_oom(p));
	if (l->id == NULL || *l->id == '\0' || strlen(l->id) > FORM_PATH_MAX)
		return (xml_refuse(n, p->e, "instance: a secondary instance needs an id of at most %d bytes", FORM_PATH_MAX));
	if (logic_list(p->f->logic, l->id) != (long)(l - p->f->logic->list))
		return (xml_refuse(n, p->e, "instance %s: stands twice", l->id));
	if (l->src != NULL) {
		if (strncmp(l->src, "jr://file/", 10) != 0 && strncmp(l->src, "jr://file-csv/", 14) != 0 && strncmp(l->src, "jr://instance/", 14) != 0)
			return (xml_refuse(n, p->e, "instance %s: the source %s is not supported (jr://file/ and jr://file-csv/ are)", l->id, l->src));
		return (0); /* what stands in it is a placeholder */
	}
	if (root == NULL || xml_next(root) != NULL || root->properties != NULL)
		return (xml_refuse(n, p->e, "instance %s: must hold one element without attributes", l->id));
	if ((l->root = lapsed(strdup(xml_name(root)))) == NULL)
		return (parse_oom(p));
	return (find_columns(p, root, l) != 0 || read_rows(p, root, l) != 0 ? -1 : 0);
}

int
parse_lists(struct parse *p)
{
	struct form_logic *l = p->f->logic;
	const xmlNode *n;
	size_t count = 0;

	for (n = xml_first(p->model); n != NULL; n = xml_next(n))
		count += xml_is(n, XML_NS_XFORMS, "instance") ? 1U : 0U;
	if (count > LISTS_MAX)
		return (err_set(p->e, "form: more than %d secondary instances", LISTS_MAX));
	if ((l->list = lapsed(calloc(count + 1, sizeof(*l->list)))) == NULL)
		return (parse_oom(p));
	count = 0;
	for (n = xml_first(p->model); n != NULL; n = xml_next(n))
		if (xml_is(n, XML_NS_XFORMS, "instance") && count++ > 0) {
			l->nlists++;
			if (read_list(p, n, &l->list[l->nlists - 1]) != 0)
				return (-1);
		}
	return (0);
}

/* The list that a nodeset starts at, -1 when it starts elsewhere. */
static long
list_of(const struct form_logic *l, const char *nodeset)
{
	char id[FORM_PATH_MAX + 1];
	const char *s = nodeset + strspn(nodeset, " \t\r\n"), *end;

	if (strncmp(s, "randomize(", 10) == 0) {
		s += 10;
		s += strspn(s, " \t\r\n");
	}
	if (strncmp(s, "instance(", 9) != 0)
		return (-1);
	s += 9;
	s += strspn(s, " \t\r\n");
	if ((*s != '\'' && *s != '"') || (end = strchr(s + 1, *s)) == NULL || (size_t)(end - s - 1) > FORM_PATH_MAX)
		return (-1);
	memcpy(id, s + 1, (size_t)(end - s - 1));
	id[end - s - 1] = '\0';
	return (logic_list(l, id));
}

/* The two languages of one cell: a text, or an id of texts. */
static int
cell_label(struct parse *p, const xmlNode *at, const char *text, int itext, char *out[2])
{
	char *ref;
	int rc;

	if (!itext) {
		out[FORM_ZH] = lapsed(strdup(text));
		out[FORM_EN] = lapsed(strdup(text));
		return (out[FORM_ZH] == NULL || out[FORM_EN] == NULL ? parse_oom(p) : 0);
	}
	if ((ref = lapsed(malloc(strlen(text) + 16))) == NULL)
		return (parse_oom(p));
	(void)strcpy(ref, "jr:itext('");
	(void)strcat(ref, text);
	(void)strcat(ref, "')");
	rc = itext_resolve(p, at, ref, out);
	free(ref);
	return (rc);
}

static int
fill_table(struct parse *p, const xmlNode *at, struct form_table *t, struct form_list *l)
{
	int itext = t->label[0] == '@';
	long value = column_of(l, t->value, 0), label = column_of(l, t->label + itext, 0);
	const char *v, *text;
	size_t i;

	if (l->nrows > 0 && (value < 0 || label < 0))
		return (xml_refuse(at, p->e, "itemset: the instance %s has no %s", l->id, value < 0 ? t->value : t->label + itext));
	if ((t->choices = lapsed(calloc(l->nrows + 1, sizeof(*t->choices)))) == NULL)
		return (parse_oom(p));
	for (i = 0; i < l->nrows; i++) {
		v = l->cell[i * l->ncolumns + (size_t)value];
		text = l->cell[i * l->ncolumns + (size_t)label];
		if (v == NULL || !choice_value_ok(v))
			return (xml_refuse(at, p->e, "itemset: row %zu of the instance %s: a choice's value must be 1 to %d bytes without spaces",
			    i + 1, l->id, FORM_PATH_MAX));
		t->n++;
		if ((t->choices[i].value = lapsed(strdup(v))) == NULL)
			return (parse_oom(p));
		if (cell_label(p, at, text == NULL ? v : text, itext && text != NULL, t->choices[i].label) != 0)
			return (-1);
	}
	return (choice_index(t->choices, t->n, &t->by_value) != 0 ? parse_oom(p) : 0);
}

/* The table of one list, value and label, made once. */
static long
table_of(struct parse *p, const xmlNode *at, long list, const char *value, const char *label)
{
	struct form_logic *l = p->f->logic;
	struct form_table *grown;
	size_t i;

	for (i = 0; i < l->ntables; i++)
		if (l->table[i].list == (unsigned)list && strcmp(l->table[i].value, value) == 0 && strcmp(l->table[i].label, label) == 0)
			return ((long)i);
	if ((p->choices += l->list[list].nrows) > 4UL * FORM_CHOICES_MAX)
		return (xml_refuse(at, p->e, "itemset: more than %d choices in the form", FORM_CHOICES_MAX));
	if ((grown = lapsed(realloc(l->table, (l->ntables + 1) * sizeof(*grown)))) == NULL)
		return (parse_oom(p));
	l->table = grown;
	grown[l->ntables] = (struct form_table){ .list = (unsigned)list, .value = lapsed(strdup(value)), .label = lapsed(strdup(label)) };
	l->ntables++;
	if (grown[i].value == NULL || grown[i].label == NULL)
		return (parse_oom(p));
	return (fill_table(p, at, &grown[i], &l->list[list]) != 0 ? -1 : (long)i);
}

/* A reference of an itemset's value or label: the name of a child, or jr:itext(NAME) as "@NAME". */
static int
read_ref(struct parse *p, const xmlNode *itemset, const char *what, char **out)
{
	const xmlNode *n = xml_child(itemset, XML_NS_XFORMS, what);
	char *ref = NULL, *s;
	size_t len;

	if (n == NULL || xml_attr(n, NULL, "ref", &ref) != 0)
		return (n == NULL ? xml_refuse(itemset, p->e, "itemset: without %s", what) : parse_oom(p));
	if (ref != NULL && (s = strchr(ref, '(')) != NULL && strncmp(ref, "jr:itext(", 9) == 0 && (len = strlen(s)) > 2 && s[len - 1] == ')') {
		*s = '@';
		s[len - 1] = '\0';
		memmove(ref, s, len);
	}
	*out = ref;
	if (ref == NULL || ref[strspn(ref, "@")] == '\0' || ref[ref[0] == '@' ? 1 + strcspn(ref + 1, "/@[(:") : strcspn(ref, "/@[(:")] != '\0')
		return (xml_refuse(n, p->e, "itemset: %s must refer to a name, or jr:itext(NAME)", what));
	return (0);
}

int
parse_itemset(struct parse *p, const xmlNode *n, struct form_field *f)
{
	struct form_logic *l = p->f->logic;
	struct field_logic *x = &l->of[f->index];
	const xmlNode *c;
	long list;

	for (c = xml_first(n); c != NULL; c = xml_next(c))
		if (!xml_is(c, XML_NS_XFORMS, "value") && !xml_is(c, XML_NS_XFORMS, "label"))
			return (xml_refuse(c, p->e, "itemset: %s is not supported", xml_name(c)));
	if (xml_attr(n, NULL, "nodeset", &x->nodeset) != 0)
		return (parse_oom(p));
	if (x->nodeset == NULL)
		return (xml_refuse(n, p->e, "itemset: without nodeset"));
	if (read_ref(p, n, "value", &x->value_ref) != 0 || read_ref(p, n, "label", &x->label_ref) != 0)
		return (-1);
	list = list_of(l, x->nodeset);
	if (list < 0 || l->list[list].src != NULL) {
		f->dynamic = 1;
		return (0);
	}
	if ((x->table = table_of(p, n, list, x->value_ref, x->label_ref)) < 0)
		return (-1);
	f->shared = 1;
	f->choices = l->table[x->table].choices;
	f->nchoices = l->table[x->table].n;
	f->by_value = l->table[x->table].by_value;
	return (0);
}
