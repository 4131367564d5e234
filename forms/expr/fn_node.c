#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forms/eval.h"

FUNCTION(count)
FUNCTION(count_non_empty)
FUNCTION(position)
FUNCTION(last)
FUNCTION(current)
FUNCTION(instance)
FUNCTION(indexed_repeat)
FUNCTION(once)
FUNCTION(randomize)
FUNCTION(pulldata)

const struct function fn_nodes[] = {
	{ "count", 1, 1, 0, x_count }, { "count-non-empty", 1, 1, 0, x_count_non_empty }, { "position", 0, 1, 0, x_position },
	{ "last", 0, 0, 0, x_last }, { "current", 0, 0, 0, x_current }, { "instance", 1, 1, EXPR_LIST, x_instance },
	{ "indexed-repeat", 3, 9, 0, x_indexed_repeat }, { "once", 1, 1, 0, x_once }, { "randomize", 1, 2, EXPR_LIST, x_randomize },
	{ "pulldata", 4, 4, EXPR_LIST, x_pulldata }, { NULL, 0, 0, 0, NULL },
};

/* The nodes of argument ${i}, none if it is something else. */
static int
nodes(struct call *k, int i, xmlNodePtr **tab)
{
	xmlXPathObjectPtr o = k->arg[i];

	*tab = NULL;
	if (o->type != XPATH_NODESET || o->nodesetval == NULL)
		return (0);
	*tab = o->nodesetval->nodeTab;
	return (o->nodesetval->nodeNr);
}

static xmlXPathObjectPtr
f_count(struct call *k)
{
	xmlNodePtr *tab;

	return (xmlXPathNewFloat(nodes(k, 0, &tab)));
}

static xmlXPathObjectPtr
f_count_non_empty(struct call *k)
{
	xmlNodePtr *tab;
	int n = nodes(k, 0, &tab), i, full = 0;
	char *own;

	for (i = 0; i < n; i++) {
		full += *node_text(tab[i], &own) != '\0';
		xmlFree(own);
	}
	return (xmlXPathNewFloat(full));
}

/* position(): in a predicate; position(node): among its neighbours of the same name. */
static xmlXPathObjectPtr
f_position(struct call *k)
{
	xmlNodePtr *tab, n;
	int at = 0;

	if (k->n == 0)
		return (xmlXPathNewFloat(k->p->context->proximityPosition > 0 ? k->p->context->proximityPosition : 1));
	if (nodes(k, 0, &tab) == 0)
		return (xmlXPathNewFloat((double)NAN));
	for (n = tab[0]; n != NULL; n = n->prev)
		if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, tab[0]->name))
			at++;
	return (call_charge(k, at) != 0 ? NULL : xmlXPathNewFloat(at));
}

static xmlXPathObjectPtr
f_last(struct call *k)
{

	return (xmlXPathNewFloat(k->p->context->contextSize > 0 ? k->p->context->contextSize : 1));
}

static xmlXPathObjectPtr
f_current(struct call *k)
{

	return (xmlXPathNewNodeSet(k->v->base));
}

static xmlXPathObjectPtr
f_instance(struct call *k)
{
	char *id = call_text(k, 0);
	xmlNodePtr at;

	if (id == NULL)
		return (NULL);
	at = k->v->list == NULL ? NULL : k->v->list(k->v->ctx, id);
	free(id);
	return (k->v->limit || k->v->oom ? NULL : xmlXPathNewNodeSet(at));
}

static int
stands_in(const xmlNode *n, const xmlNode *group)
{

	for (; n != NULL; n = n->parent)
		if (n == group)
			return (1);
	return (0);
}

/* Of ${tab} those in ${group} (NULL: all); the ${at}th of them, from 1, or NULL. */
static xmlNodePtr
nth_in(xmlNodePtr *tab, int n, const xmlNode *group, double at)
{
	int i;

	for (i = 0; i < n; i++)
		if ((group == NULL || stands_in(tab[i], group)) && (at -= 1) < 1)
			return (at < 0 ? NULL : tab[i]);
	return (NULL);
}

/* indexed-repeat(what, repeat, index, inner repeat, its index, ...) */
static xmlXPathObjectPtr
f_indexed_repeat(struct call *k)
{
	xmlNodePtr *tab, group = NULL;
	double at;
	int i, n;

	for (i = 1; i + 1 < k->n; i += 2) {
		at = object_number(k->arg[i + 1]);
		n = nodes(k, i, &tab);
		if (isnan(at) || at < 1 || (group = nth_in(tab, n, group, floor(at))) == NULL)
			return (xmlXPathNewNodeSet(NULL));
	}
	n = nodes(k, 0, &tab);
	return (xmlXPathNewNodeSet(nth_in(tab, n, group, 1)));
}

/* What stands there already, else the new value: computed once. */
static xmlXPathObjectPtr
f_once(struct call *k)
{
	char *own;
	const char *s = node_text(k->v->base, &own);
	xmlXPathObjectPtr o = *s == '\0' ? call_return(call_text(k, 0)) : xmlXPathNewString((const xmlChar *)s);

	xmlFree(own);
	return (o);
}

/* The order of choices is the screen's: here the same nodes. */
static xmlXPathObjectPtr
f_randomize(struct call *k)
{

	return (xmlXPathObjectCopy(k->arg[0]));
}

static xmlNodePtr
child_named(xmlNodePtr n, const char *name)
{
	xmlNodePtr c;

	for (c = n == NULL ? NULL : n->children; c != NULL; c = c->next)
		if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0)
			return (c);
	return (NULL);
}

/* pulldata(list, column wanted, column known, value): the first row that has it. */
static xmlXPathObjectPtr
f_pulldata(struct call *k)
{
	char *a[4] = { NULL, NULL, NULL, NULL }, *own;
	xmlNodePtr row = NULL, c, got = NULL;
	double steps = 0;
	int i, ok = 1;

	for (i = 0; i < 4 && ok; i++)
		ok = (a[i] = call_text(k, i)) != NULL;
	if (ok && k->v->list != NULL && (row = k->v->list(k->v->ctx, a[0])) != NULL)
		row = child_named(row, "root");
	for (row = row == NULL ? NULL : row->children; row != NULL && got == NULL; row = row->next, steps += 4) {
		if ((c = child_named(row, a[2])) == NULL)
			continue;
		if (strcmp(node_text(c, &own), a[3]) == 0)
			got = child_named(row, a[1]);
		xmlFree(own);
	}
	for (i = 0; i < 4; i++)
		free(a[i]);
	if (!ok || k->v->limit || call_charge(k, steps) != 0)
		return (NULL);
	return (got == NULL ? xmlXPathNewString((const xmlChar *)"") : xmlXPathNewNodeSet(got));
}
