#include "forms/eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

static const struct function *const tables[] = { fn_operators, fn_numbers, fn_texts, fn_dates, fn_nodes, fn_lists };

int
expr_function(const char *name, size_t n, unsigned *flags)
{
	const struct function *f;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (f = tables[i]; f->name != NULL; f++)
			if (i > 0 && strcmp(f->name, name) == 0) { /* operators cannot be called by name */
				if (flags != NULL)
					*flags = f->flags;
				return ((long)n >= f->min && (f->max < 0 || (long)n <= f->max));
			}
	return (-1);
}

static void
quiet(void *ctx, const xmlError *e)
{

	(void)ctx;
	(void)e;
}

int
eval_open(struct eval *v)
{
	const struct function *f;
	char name[64];
	size_t i;

	v->c = xmlXPathNewContext(v->doc);
	if (v->c == NULL)
		return (-1);
	v->c->userData = v;
	v->c->error = (xmlStructuredErrorFunc)quiet;
	v->c->opLimit = FORM_STEPS_MAX;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (f = tables[i]; f->name != NULL; f++) {
			(void)snprintf(name, sizeof(name), "t-%s", f->name);
			if (xmlXPathRegisterFunc(v->c, (const xmlChar *)name, f->f) != 0)
				return (-1);
		}
	return (0);
}

void
eval_close(struct eval *v)
{

	xmlXPathFreeContext(v->c);
	v->c = NULL;
}

void
eval_reset(struct eval *v)
{

	v->c->opCount = 0;
	v->limit = 0;
}

static xmlXPathObjectPtr
evaluate(struct eval *v, const struct expr *x, xmlNodePtr at)
{
	xmlXPathObjectPtr o;

	if (v->limit || v->oom)
		return (NULL);
	v->c->doc = v->doc;
	v->c->node = at;
	v->base = at;
	xmlResetError(&v->c->lastError);
	o = xmlXPathCompiledEval(x->comp, v->c);
	if (v->c->lastError.code == XML_ERR_NO_MEMORY)
		v->oom = 1;
	else if (o == NULL)
		v->limit = 1; /* steps, depth, or a value beyond its bounds */
	if (v->limit || v->oom) {
		xmlXPathFreeObject(o);
		o = NULL;
	}
	return (o);
}

char *
eval_text(struct eval *v, const struct expr *x, xmlNodePtr at)
{
	xmlXPathObjectPtr o = evaluate(v, x, at);
	char *s;

	if (o == NULL)
		return (NULL);
	if ((s = object_text(o)) == NULL)
		v->oom = 1;
	xmlXPathFreeObject(o);
	return (s);
}

int
eval_boolean(struct eval *v, const struct expr *x, xmlNodePtr at)
{
	xmlXPathObjectPtr o = evaluate(v, x, at);
	int rc;

	if (o == NULL)
		return (-1);
	rc = object_boolean(o);
	xmlXPathFreeObject(o);
	return (rc);
}

int
eval_number(struct eval *v, const struct expr *x, xmlNodePtr at, double *out)
{
	xmlXPathObjectPtr o = evaluate(v, x, at);

	if (o == NULL)
		return (-1);
	*out = object_number(o);
	xmlXPathFreeObject(o);
	return (0);
}

xmlXPathObjectPtr
eval_nodes(struct eval *v, const struct expr *x, xmlNodePtr at)
{
	xmlXPathObjectPtr o = evaluate(v, x, at);

	if (o != NULL && o->type != XPATH_NODESET) {
		xmlXPathFreeObject(o);
		v->limit = 1;
		return (NULL);
	}
	return (o);
}

const char *
node_text(xmlNodePtr n, char **own)
{

	*own = NULL;
	if (n->type == XML_ELEMENT_NODE) {
		if (n->children == NULL)
			return ("");
		if (n->children == n->last && n->children->type == XML_TEXT_NODE)
			return (n->children->content == NULL ? "" : (const char *)n->children->content);
	}
	*own = (char *)xmlNodeGetContent(n);
	return (*own == NULL ? "" : *own);
}

static char *
nodes_text(const xmlNodeSet *set)
{
	const char *s;
	char *own, *out;

	if (set == NULL || set->nodeNr == 0)
		return (lapsed(strdup("")));
	s = node_text(set->nodeTab[0], &own);
	out = lapsed(strdup(s));
	xmlFree(own);
	return (out);
}

char *
object_text(xmlXPathObjectPtr o)
{
	char number[NUMBER_TEXT_MAX];

	switch (o->type) {
	case XPATH_NODESET:
		return (nodes_text(o->nodesetval));
	case XPATH_BOOLEAN:
		return (lapsed(strdup(o->boolval ? "true" : "false")));
	case XPATH_NUMBER:
		number_text(o->floatval, number);
		return (lapsed(strdup(number)));
	case XPATH_STRING:
		return (lapsed(strdup(o->stringval == NULL ? "" : (const char *)o->stringval)));
	default:
		return (lapsed(strdup("")));
	}
}

double
object_number(xmlXPathObjectPtr o)
{
	const char *s;
	char *own;
	double d;

	if (o->type == XPATH_NUMBER)
		return (o->floatval);
	if (o->type == XPATH_BOOLEAN)
		return (o->boolval ? 1 : 0);
	if (o->type == XPATH_STRING)
		return (text_number((const char *)o->stringval));
	if (o->type != XPATH_NODESET || o->nodesetval == NULL || o->nodesetval->nodeNr == 0)
		return ((double)NAN);
	s = node_text(o->nodesetval->nodeTab[0], &own);
	d = text_number(s);
	xmlFree(own);
	return (d);
}

int
object_boolean(xmlXPathObjectPtr o)
{

	switch (o->type) {
	case XPATH_NODESET:
		return (o->nodesetval != NULL && o->nodesetval->nodeNr > 0);
	case XPATH_BOOLEAN:
		return (o->boolval != 0);
	case XPATH_NUMBER:
		return (!isnan(o->floatval) && fabs(o->floatval) > 0);
	case XPATH_STRING:
		return (o->stringval != NULL && *o->stringval != '\0');
	default:
		return (0);
	}
}

double
text_number(const char *s)
{
	const char *p, *start;
	char *end;
	double ms, d;

	if (s == NULL)
		return ((double)NAN);
	s += strspn(s, " \t\r\n");
	if (date_ms(s, &ms) == 0)
		return (ms / 86400000.0);
	p = start = s;
	if (*p == '-' || *p == '+')
		p++;
	/* what strtod() would take beyond digits (hexadecimal, "inf") is no number here */
	if (strspn(p, "0123456789.") == 0)
		return ((double)NAN);
	p += strspn(p, "0123456789.");
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		p += strspn(p, "0123456789");
	}
	if (p[strspn(p, " \t\r\n")] != '\0' || p - start > 400)
		return ((double)NAN);
	d = strtod(start, &end);
	return (end == p ? d : (double)NAN);
}

void
number_text(double d, char out[NUMBER_TEXT_MAX])
{
	int digits;
	size_t n, k;

	if (isnan(d)) {
		*out = '\0';
		return;
	}
	if (isinf(d)) {
		(void)strcpy(out, d > 0 ? "Infinity" : "-Infinity");
		return;
	}
	if (fabs(d) < 1e15 && d >= floor(d) && d <= floor(d)) {
		(void)snprintf(out, NUMBER_TEXT_MAX, "%lld", (long long)d);
		return;
	}
	for (digits = 1; digits < 17; digits++) {
		(void)snprintf(out, NUMBER_TEXT_MAX, "%.*e", digits - 1, d);
		if (!(strtod(out, NULL) < d || strtod(out, NULL) > d))
			break;
	}
	/* the same digits, written without an exponent */
	(void)snprintf(out, NUMBER_TEXT_MAX, "%.*e", digits - 1, d);
	n = strcspn(out, "e");
	digits = digits - 1 - atoi(out + n + 1);
	if (digits >= 0) {
		(void)snprintf(out, NUMBER_TEXT_MAX, "%.*f", digits > 340 ? 340 : digits, d);
		return;
	}
	/* a long whole number: its digits, then noughts */
	for (k = n = 0; out[n] != 'e'; n++)
		if (out[n] != '.')
			out[k++] = out[n];
	for (; digits < 0; digits++)
		out[k++] = '0';
	out[k] = '\0';
}

/* Numbers that a limit was passed: libxml2 has a name for it. */
static void
stop(xmlXPathParserContextPtr p, struct eval *v)
{

	v->limit = 1;
	xmlXPathErr(p, XPATH_OP_LIMIT_EXCEEDED);
}

int
call_charge(struct call *k, double steps)
{
	xmlXPathContextPtr c = k->v->c;

	if ((double)c->opCount + steps > FORM_STEPS_MAX) {
		c->opCount = FORM_STEPS_MAX;
		k->v->limit = 1;
		return (-1);
	}
	c->opCount += (unsigned long)steps;
	return (0);
}

void
call_run(xmlXPathParserContextPtr p, int n, call_impl f)
{
	struct call k = { p->context->userData, p, NULL, n };
	xmlXPathObjectPtr few[8], out = NULL;
	double cost = 1;
	int i;

	k.arg = n <= 8 ? few : lapsed(calloc((size_t)n, sizeof(*k.arg)));
	if (k.arg == NULL) {
		k.v->oom = 1;
		xmlXPathErr(p, XPATH_MEMORY_ERROR);
		return;
	}
	for (i = n - 1; i >= 0; i--) {
		if ((k.arg[i] = valuePop(p)) == NULL) {
			k.v->oom = 1;
			goto out;
		}
		if (k.arg[i]->type == XPATH_NODESET && k.arg[i]->nodesetval != NULL)
			cost += k.arg[i]->nodesetval->nodeNr;
	}
	if (call_charge(&k, cost) == 0)
		out = f(&k);
out:
	for (i = i < 0 ? 0 : i + 1; i < n; i++)
		xmlXPathFreeObject(k.arg[i]);
	if (k.arg != few)
		free(k.arg);
	if (out != NULL)
		valuePush(p, out);
	else if (k.v->oom)
		xmlXPathErr(p, XPATH_MEMORY_ERROR);
	else
		stop(p, k.v);
}

char *
call_text(struct call *k, int i)
{
	char *s = object_text(k->arg[i]);

	if (s == NULL)
		k->v->oom = 1;
	else if (strlen(s) > EXPR_TEXT_MAX || call_charge(k, (double)(strlen(s) / 8)) != 0) {
		k->v->limit = 1;
		free(s);
		s = NULL;
	}
	return (s);
}

xmlXPathObjectPtr
call_return(char *s)
{
	xmlXPathObjectPtr o = s == NULL ? NULL : xmlXPathNewString((const xmlChar *)s);

	free(s);
	return (o);
}
