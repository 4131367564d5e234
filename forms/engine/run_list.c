#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/run.h"

/* Secondary instances as expressions see them, built when first looked at, and the choices taken from them. */

static int
add_cell(xmlDocPtr doc, xmlNodePtr row, const char *name, const char *text)
{
	xmlNodePtr n = xmlNewDocNode(doc, NULL, (const xmlChar *)name, NULL);

	if (n == NULL)
		return (-1);
	(void)xmlAddChild(row, n);
	if (*text == '\0')
		return (0);
	return (xmlAddChild(n, xmlNewDocText(doc, (const xmlChar *)text)) == NULL ? -1 : 0);
}

static xmlNodePtr
add_row(xmlDocPtr doc, xmlNodePtr root, const char *name, size_t i)
{
	xmlNodePtr row = xmlNewDocNode(doc, NULL, (const xmlChar *)name, NULL);

	if (row == NULL)
		return (NULL);
	/* its number from 1, for the choice it makes */
	row->_private = (void *)(uintptr_t)(i + 1);
	return (xmlAddChild(root, row));
}

static int
build_inside(const struct form_list *l, xmlDocPtr doc, xmlNodePtr root)
{
	xmlNodePtr row;
	size_t i, k;

	for (i = 0; i < l->nrows; i++) {
		if ((row = add_row(doc, root, l->item, i)) == NULL)
			return (-1);
		for (k = 0; k < l->ncolumns; k++)
			if (l->cell[i * l->ncolumns + k] != NULL && add_cell(doc, row, l->column[k], l->cell[i * l->ncolumns + k]) != 0)
				return (-1);
	}
	return (0);
}

static int
name_ok(const char *s)
{

	return (s != NULL && (isalpha((unsigned char)*s) || *s == '_') &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-.") == strlen(s));
}

/* Rows from outside; members that are no text or number, or have no fit name, are left out. */
static int
build_outside(const cJSON *rows, xmlDocPtr doc, xmlNodePtr root)
{
	char number[NUMBER_TEXT_MAX];
	const cJSON *x, *c;
	xmlNodePtr row;
	size_t i = 0;

	cJSON_ArrayForEach(x, rows) {
		if (i == FORM_ROWS_MAX)
			return (-1);
		if ((row = add_row(doc, root, "item", i++)) == NULL)
			return (-1);
		cJSON_ArrayForEach(c, x) {
			if (!name_ok(c->string) || !(cJSON_IsNumber(c) || cJSON_IsString(c)))
				continue;
			if (cJSON_IsNumber(c))
				number_text(c->valuedouble, number);
			if (add_cell(doc, row, c->string, cJSON_IsNumber(c) ? number : c->valuestring) != 0)
				return (-1);
		}
	}
	return (0);
}

static int
build(struct form_run *r, long at)
{
	const struct form_list *l = &r->f->logic->list[at];
	cJSON *rows = NULL;
	xmlNodePtr root;
	int rc = -1;

	r->served[at] = 1;
	if (l->src != NULL) {
		rows = r->env.rows == NULL ? NULL : r->env.rows(r->env.ctx, l->id, l->src);
		r->served[at] = rows == NULL ? -1 : 1;
	}
	if ((r->list[at] = xmlNewDoc((const xmlChar *)"1.0")) != NULL &&
	    (root = xmlNewDocNode(r->list[at], NULL, (const xmlChar *)(l->src == NULL ? l->root : "root"), NULL)) != NULL) {
		(void)xmlDocSetRootElement(r->list[at], root);
		rc = l->src == NULL ? build_inside(l, r->list[at], root) : build_outside(rows, r->list[at], root);
		(void)xmlXPathOrderDocElems(r->list[at]);
	}
	cJSON_Delete(rows);
	return (rc);
}

static xmlNodePtr
list_of(void *ctx, const char *id)
{
	struct form_run *r = ctx;
	long at = logic_list(r->f->logic, id);

	if (at < 0)
		return (NULL);
	if (r->list[at] == NULL && build(r, at) != 0) {
		lapse();
		r->v.limit = 1;
		return (NULL);
	}
	return ((xmlNodePtr)(void *)r->list[at]);
}

int
run_unserved(struct form_run *r, const struct expr *x)
{
	const struct form_logic *l = r->f->logic;
	const char *at;
	size_t i, n;

	for (i = 0; i < l->nlists; i++) {
		if (l->list[i].src == NULL)
			continue;
		n = strlen(l->list[i].id);
		for (at = x->text; (at = strstr(at, l->list[i].id)) != NULL; at++)
			if (at > x->text && strchr("'\"", at[-1]) != NULL && at[n] == at[-1])
				break;
		if (at != NULL && list_of(r, l->list[i].id) != NULL && r->served[i] < 0)
			return (1);
	}
	return (0);
}

static const char *
name_of(void *ctx, unsigned field, const char *value)
{
	struct form_run *r = ctx;
	const struct form_field *f;
	const struct choice *c;

	if (field >= r->f->logic->nfields)
		return (NULL);
	f = r->f->logic->fields[field];
	c = form_choice(f, value);
	/* what only a run knows is called by its value */
	return (c != NULL ? c->label[FORM_ZH] : f->dynamic ? value : NULL);
}

int
run_lists_open(struct form_run *r)
{
	size_t n = r->f->logic->nlists;

	r->list = lapsed(calloc(n + 1, sizeof(*r->list)));
	r->served = lapsed(calloc(n + 1, sizeof(*r->served)));
	r->v.list = list_of;
	r->v.choice_name = name_of;
	r->v.ctx = r;
	return (r->list == NULL || r->served == NULL ? -1 : 0);
}

void
run_lists_close(struct form_run *r)
{
	size_t i;

	for (i = 0; r->list != NULL && i < r->f->logic->nlists; i++)
		xmlFreeDoc(r->list[i]);
	free(r->list);
	free(r->served);
}

static const char *
child_text(xmlNodePtr n, const char *name, char **own)
{
	xmlNodePtr c;

	*own = NULL;
	for (c = n->children; c != NULL; c = c->next)
		if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0)
			return (node_text(c, own));
	return ("");
}

static void
drop_choices(struct node *n)
{
	size_t i;

	for (i = 0; i < n->nchoices && n->f->dynamic; i++) {
		free(n->choices[i].value);
		free(n->choices[i].label[FORM_ZH]);
		free(n->choices[i].label[FORM_EN]);
	}
	if (n->f->dynamic)
		free(n->choices);
	free(n->offered);
	n->choices = NULL;
	n->offered = NULL;
	n->nchoices = 0;
}

/* Rows that came through the filter, as choices of this node. */
static int
make_choices(struct node *n, const struct field_logic *x, const xmlNodeSet *set)
{
	const char *value, *label;
	char *own, *own2;
	struct choice *c;
	int i, of = set == NULL ? 0 : set->nodeNr;

	if (of > FORM_ROWS_MAX || (n->choices = lapsed(calloc((size_t)of + 1, sizeof(*n->choices)))) == NULL)
		return (-1);
	for (i = 0; i < of; i++) {
		value = child_text(set->nodeTab[i], x->value_ref, &own);
		if (*value == '\0' || strpbrk(value, " \t\r\n") != NULL || strlen(value) > FORM_PATH_MAX) {
			xmlFree(own);
			continue; /* cannot be told apart from several */
		}
		label = child_text(set->nodeTab[i], x->label_ref, &own2);
		c = &n->choices[n->nchoices++];
		c->value = lapsed(strdup(value));
		c->label[FORM_ZH] = lapsed(strdup(*label == '\0' ? value : label));
		c->label[FORM_EN] = lapsed(strdup(*label == '\0' ? value : label));
		xmlFree(own);
		xmlFree(own2);
		if (c->value == NULL || c->label[FORM_ZH] == NULL || c->label[FORM_EN] == NULL) {
			lapse();
			return (-1);
		}
	}
	return (0);
}

static int
mark_offered(struct node *n, const xmlNodeSet *set)
{
	uintptr_t row;
	int i;

	for (i = 0; set != NULL && i < set->nodeNr; i++) {
		row = (uintptr_t)set->nodeTab[i]->_private;
		if (row >= 1 && row <= n->nchoices)
			n->offered[row - 1] = 1;
	}
	return (0);
}

int
run_list(struct form_run *r, struct node *n)
{
	const struct field_logic *x = &r->f->logic->of[n->f->index];
	xmlXPathObjectPtr o = NULL;
	size_t i;
	int rc = -1;

	if (n->listed != 0)
		return (n->listed > 0);
	drop_choices(n);
	if (!n->f->dynamic) {
		n->choices = n->f->choices;
		n->nchoices = n->f->nchoices;
	}
	if (x->itemset != NULL && (o = eval_nodes(&r->v, x->itemset, n->x)) == NULL) {
		run_say_limit(r, n, "the choices take too many steps, or are no rows");
		return (-1);
	}
	if (n->f->dynamic && make_choices(n, x, o->nodesetval) != 0)
		goto out;
	if ((n->offered = lapsed(calloc(n->nchoices + 1, 1))) == NULL)
		goto out;
	if (x->itemset == NULL || n->f->dynamic)
		memset(n->offered, 1, n->nchoices);
	else
		(void)mark_offered(n, o->nodesetval);
	n->listed = 1;
	for (i = 0; n->f->dynamic && (x->itemset->flags & EXPR_LIST) != 0 && i < r->f->logic->nlists; i++)
		if (r->served[i] < 0 && n->nchoices == 0)
			n->listed = -1;
	rc = n->listed > 0;
out:
	xmlXPathFreeObject(o);
	return (rc);
}
