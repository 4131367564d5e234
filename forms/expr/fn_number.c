#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "forms/eval.h"

FUNCTION(number)
FUNCTION(int)
FUNCTION(round)
FUNCTION(floor)
FUNCTION(ceiling)
FUNCTION(abs)
FUNCTION(pow)
FUNCTION(sqrt)
FUNCTION(exp)
FUNCTION(exp10)
FUNCTION(log)
FUNCTION(log10)
FUNCTION(sin)
FUNCTION(cos)
FUNCTION(tan)
FUNCTION(asin)
FUNCTION(acos)
FUNCTION(atan)
FUNCTION(atan2)
FUNCTION(pi)
FUNCTION(random)
FUNCTION(sum)
FUNCTION(min)
FUNCTION(max)

const struct function fn_numbers[] = {
	{ "number", 0, 1, 0, x_number }, { "int", 1, 1, 0, x_int }, { "round", 1, 2, 0, x_round }, { "floor", 1, 1, 0, x_floor },
	{ "ceiling", 1, 1, 0, x_ceiling }, { "abs", 1, 1, 0, x_abs }, { "pow", 2, 2, 0, x_pow }, { "sqrt", 1, 1, 0, x_sqrt },
	{ "exp", 1, 1, 0, x_exp }, { "exp10", 1, 1, 0, x_exp10 }, { "log", 1, 1, 0, x_log }, { "log10", 1, 1, 0, x_log10 },
	{ "sin", 1, 1, 0, x_sin }, { "cos", 1, 1, 0, x_cos }, { "tan", 1, 1, 0, x_tan }, { "asin", 1, 1, 0, x_asin },
	{ "acos", 1, 1, 0, x_acos }, { "atan", 1, 1, 0, x_atan }, { "atan2", 2, 2, 0, x_atan2 }, { "pi", 0, 0, 0, x_pi },
	{ "random", 0, 0, EXPR_UNSTABLE, x_random }, { "sum", 1, 1, 0, x_sum }, { "min", 1, -1, 0, x_min }, { "max", 1, -1, 0, x_max },
	{ NULL, 0, 0, 0, NULL },
};

static double
number(struct call *k, int i)
{

	return (object_number(k->arg[i]));
}

static xmlXPathObjectPtr
f_number(struct call *k)
{
	const char *s;
	char *own;
	double d;

	if (k->n == 1)
		return (xmlXPathNewFloat(number(k, 0)));
	s = node_text(k->p->context->node, &own);
	d = text_number(s);
	xmlFree(own);
	return (xmlXPathNewFloat(d));
}

static xmlXPathObjectPtr
f_int(struct call *k)
{

	return (xmlXPathNewFloat(trunc(number(k, 0))));
}

/* Half away from zero; to ${n} decimals, also negative ones. */
static xmlXPathObjectPtr
f_round(struct call *k)
{
	double d = number(k, 0), n = k->n == 2 ? number(k, 1) : 0, by = pow(10, n), r = floor(fabs(d) * by + 0.5) / by;

	return (xmlXPathNewFloat(d < 0 ? -r : r));
}

static xmlXPathObjectPtr
f_floor(struct call *k)
{

	return (xmlXPathNewFloat(floor(number(k, 0))));
}

static xmlXPathObjectPtr
f_ceiling(struct call *k)
{

	return (xmlXPathNewFloat(ceil(number(k, 0))));
}

static xmlXPathObjectPtr
f_abs(struct call *k)
{

	return (xmlXPathNewFloat(fabs(number(k, 0))));
}

static xmlXPathObjectPtr
f_pow(struct call *k)
{

	return (xmlXPathNewFloat(pow(number(k, 0), number(k, 1))));
}

static xmlXPathObjectPtr
f_sqrt(struct call *k)
{

	return (xmlXPathNewFloat(sqrt(number(k, 0))));
}

static xmlXPathObjectPtr
f_exp(struct call *k)
{

	return (xmlXPathNewFloat(exp(number(k, 0))));
}

static xmlXPathObjectPtr
f_exp10(struct call *k)
{

	return (xmlXPathNewFloat(pow(10, number(k, 0))));
}

static xmlXPathObjectPtr
f_log(struct call *k)
{

	return (xmlXPathNewFloat(log(number(k, 0))));
}

static xmlXPathObjectPtr
f_log10(struct call *k)
{

	return (xmlXPathNewFloat(log10(number(k, 0))));
}

static xmlXPathObjectPtr
f_sin(struct call *k)
{

	return (xmlXPathNewFloat(sin(number(k, 0))));
}

static xmlXPathObjectPtr
f_cos(struct call *k)
{

	return (xmlXPathNewFloat(cos(number(k, 0))));
}

static xmlXPathObjectPtr
f_tan(struct call *k)
{

	return (xmlXPathNewFloat(tan(number(k, 0))));
}

static xmlXPathObjectPtr
f_asin(struct call *k)
{

	return (xmlXPathNewFloat(asin(number(k, 0))));
}

static xmlXPathObjectPtr
f_acos(struct call *k)
{

	return (xmlXPathNewFloat(acos(number(k, 0))));
}

static xmlXPathObjectPtr
f_atan(struct call *k)
{

	return (xmlXPathNewFloat(atan(number(k, 0))));
}

static xmlXPathObjectPtr
f_atan2(struct call *k)
{

	return (xmlXPathNewFloat(atan2(number(k, 0), number(k, 1))));
}

static xmlXPathObjectPtr
f_pi(struct call *k)
{

	(void)k;
	return (xmlXPathNewFloat(M_PI));
}

static xmlXPathObjectPtr
f_random(struct call *k)
{
	uint64_t r = 0;

	(void)k;
	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		r = 0;
	return (xmlXPathNewFloat((double)(r >> 11) / 9007199254740992.0));
}

/* Every value of every argument, of a set of nodes each node's: "sum", "min" or "max"; one that is no number spoils it. */
static xmlXPathObjectPtr
fold(struct call *k, char how)
{
	double d, all = how == '+' ? 0 : (double)NAN;
	const char *s;
	size_t n = 0;
	char *own;
	int i, j, of;

	for (i = 0; i < k->n; i++) {
		of = k->arg[i]->type != XPATH_NODESET ? 1 : k->arg[i]->nodesetval == NULL ? 0 : k->arg[i]->nodesetval->nodeNr;
		for (j = 0; j < of; j++) {
			own = NULL;
			if (k->arg[i]->type == XPATH_NODESET) {
				s = node_text(k->arg[i]->nodesetval->nodeTab[j], &own);
				d = text_number(s);
				xmlFree(own);
			} else
				d = number(k, i);
			if (isnan(d))
				return (xmlXPathNewFloat(d));
			if (how == '+')
				all += d;
			else if (n == 0 || (how == '<' ? d < all : d > all))
				all = d;
			n++;
		}
	}
	return (xmlXPathNewFloat(n == 0 ? (double)NAN : all));
}

static xmlXPathObjectPtr
f_sum(struct call *k)
{

	return (fold(k, '+'));
}

static xmlXPathObjectPtr
f_min(struct call *k)
{

	return (fold(k, '<'));
}

static xmlXPathObjectPtr
f_max(struct call *k)
{

	return (fold(k, '>'));
}
