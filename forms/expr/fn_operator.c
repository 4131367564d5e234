#include <math.h>
#include <string.h>

#include "forms/eval.h"

/* What operators became (forms/expr/expr.c), and the functions of truth. */

FUNCTION(plus)
FUNCTION(minus)
FUNCTION(times)
FUNCTION(div)
FUNCTION(mod)
FUNCTION(eq)
FUNCTION(ne)
FUNCTION(lt)
FUNCTION(le)
FUNCTION(gt)
FUNCTION(ge)
FUNCTION(predicate)
FUNCTION(root)

const struct function fn_operators[] = {
	{ "plus", 1, -1, 0, x_plus }, { "minus", 1, 1, 0, x_minus }, { "times", 2, 2, 0, x_times }, { "div", 2, 2, 0, x_div },
	{ "mod", 2, 2, 0, x_mod }, { "eq", 2, 2, 0, x_eq }, { "ne", 2, 2, 0, x_ne }, { "lt", 2, 2, 0, x_lt }, { "le", 2, 2, 0, x_le },
	{ "gt", 2, 2, 0, x_gt }, { "ge", 2, 2, 0, x_ge }, { "predicate", 1, 1, 0, x_predicate }, { "root", 0, 0, 0, x_root },
	{ NULL, 0, 0, 0, NULL },
};

static xmlXPathObjectPtr
f_plus(struct call *k)
{
	double d = 0;
	int i;

	for (i = 0; i < k->n; i++)
		d += object_number(k->arg[i]);
	return (xmlXPathNewFloat(d));
}

static xmlXPathObjectPtr
f_minus(struct call *k)
{

	return (xmlXPathNewFloat(-object_number(k->arg[0])));
}

static xmlXPathObjectPtr
f_times(struct call *k)
{

	return (xmlXPathNewFloat(object_number(k->arg[0]) * object_number(k->arg[1])));
}

static xmlXPathObjectPtr
f_div(struct call *k)
{

	return (xmlXPathNewFloat(object_number(k->arg[0]) / object_number(k->arg[1])));
}

static xmlXPathObjectPtr
f_mod(struct call *k)
{

	return (xmlXPathNewFloat(fmod(object_number(k->arg[0]), object_number(k->arg[1]))));
}

static int
holds(char op, double a, double b)
{

	switch (op) {
	case '<': return (a < b);
	case 'l': return (a <= b);
	case '>': return (a > b);
	case 'g': return (a >= b);
	case '=': return (a <= b && a >= b);
	default: return (!(a <= b && a >= b));
	}
}

static size_t
size_of(xmlXPathObjectPtr o)
{

	if (o->type != XPATH_NODESET)
		return (1);
	return (o->nodesetval == NULL ? 0 : (size_t)o->nodesetval->nodeNr);
}

/* One value of the operand: a node's text, or what it is. */
struct side {
	const char *text;   /* NULL: a number or truth */
	double number;
	char *own;
};

static struct side
side_of(xmlXPathObjectPtr o, size_t i)
{
	struct side s = { NULL, 0, NULL };

	if (o->type == XPATH_NODESET)
		s.text = node_text(o->nodesetval->nodeTab[i], &s.own);
	else if (o->type == XPATH_STRING)
		s.text = o->stringval == NULL ? "" : (const char *)o->stringval;
	else
		s.number = object_number(o);
	return (s);
}

static int
compare_sides(char op, const struct side *a, const struct side *b)
{

	if ((op == '=' || op == '!') && a->text != NULL && b->text != NULL)
		return ((strcmp(a->text, b->text) == 0) == (op == '='));
	return (holds(op, a->text == NULL ? a->number : text_number(a->text), b->text == NULL ? b->number : text_number(b->text)));
}

/* As in XPath one pair of nodes that fits is enough; dates are days. */
static xmlXPathObjectPtr
compare(struct call *k, char op)
{
	xmlXPathObjectPtr a = k->arg[0], b = k->arg[1];
	size_t na = size_of(a), nb = size_of(b), i, j;
	struct side x, y;
	int yes = 0;

	if ((op == '=' || op == '!') && (a->type == XPATH_BOOLEAN || b->type == XPATH_BOOLEAN))
		return (xmlXPathNewBoolean((object_boolean(a) == object_boolean(b)) == (op == '=')));
	if (call_charge(k, (double)na * (double)nb) != 0)
		return (NULL);
	for (i = 0; i < na && !yes; i++) {
		x = side_of(a, i);
		for (j = 0; j < nb && !yes; j++) {
			y = side_of(b, j);
			yes = compare_sides(op, &x, &y);
			xmlFree(y.own);
		}
		xmlFree(x.own);
	}
	return (xmlXPathNewBoolean(yes));
}

static xmlXPathObjectPtr
f_eq(struct call *k)
{

	return (compare(k, '='));
}

static xmlXPathObjectPtr
f_ne(struct call *k)
{

	return (compare(k, '!'));
}

static xmlXPathObjectPtr
f_lt(struct call *k)
{

	return (compare(k, '<'));
}

static xmlXPathObjectPtr
f_le(struct call *k)
{

	return (compare(k, 'l'));
}

static xmlXPathObjectPtr
f_gt(struct call *k)
{

	return (compare(k, '>'));
}

static xmlXPathObjectPtr
f_ge(struct call *k)
{

	return (compare(k, 'g'));
}

/* A number is a position, anything else is true or false. */
static xmlXPathObjectPtr
f_predicate(struct call *k)
{

	if (k->arg[0]->type == XPATH_NUMBER)
		return (xmlXPathNewFloat(k->arg[0]->floatval));
	return (xmlXPathNewBoolean(object_boolean(k->arg[0])));
}

static xmlXPathObjectPtr
f_root(struct call *k)
{

	return (xmlXPathNewNodeSet((xmlNodePtr)(void *)k->v->doc));
}
