#include <libxml/xmlstring.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/lapse.h"
#include "forms/eval.h"
#include "forms/expr/regex.h"

FUNCTION(string)
FUNCTION(string_length)
FUNCTION(concat)
FUNCTION(join)
FUNCTION(substr)
FUNCTION(substring)
FUNCTION(substring_before)
FUNCTION(substring_after)
FUNCTION(translate)
FUNCTION(normalize_space)
FUNCTION(contains)
FUNCTION(starts_with)
FUNCTION(ends_with)
FUNCTION(coalesce)
FUNCTION(regex)
FUNCTION(uuid)

const struct function fn_texts[] = {
	{ "string", 0, 1, 0, x_string }, { "string-length", 0, 1, 0, x_string_length }, { "concat", 1, -1, 0, x_concat },
	{ "join", 1, -1, 0, x_join }, { "substr", 2, 3, 0, x_substr }, { "substring", 2, 3, 0, x_substring },
	{ "substring-before", 2, 2, 0, x_substring_before }, { "substring-after", 2, 2, 0, x_substring_after },
	{ "translate", 3, 3, 0, x_translate }, { "normalize-space", 0, 1, 0, x_normalize_space }, { "contains", 2, 2, 0, x_contains },
	{ "starts-with", 2, 2, 0, x_starts_with }, { "ends-with", 2, 2, 0, x_ends_with }, { "coalesce", 2, 2, 0, x_coalesce },
	{ "regex", 2, 2, 0, x_regex }, { "uuid", 0, 1, EXPR_UNSTABLE, x_uuid }, { NULL, 0, 0, 0, NULL },
};

/* Argument 0, or without one the text where the expression stands; to be freed. */
static char *
own_text(struct call *k)
{
	const char *s;
	char *own, *out;

	if (k->n > 0)
		return (call_text(k, 0));
	s = node_text(k->p->context->node, &own);
	out = lapsed(strdup(s));
	xmlFree(own);
	k->v->oom |= out == NULL;
	return (out);
}

static xmlXPathObjectPtr
f_string(struct call *k)
{

	return (call_return(own_text(k)));
}

static xmlXPathObjectPtr
f_string_length(struct call *k)
{
	char *s = own_text(k);
	xmlXPathObjectPtr o = s == NULL ? NULL : xmlXPathNewFloat(xmlUTF8Strlen((const xmlChar *)s));

	free(s);
	return (o);
}

/* Texts of all arguments from ${from} on, of sets of nodes each node's, with ${glue} between. */
static xmlXPathObjectPtr
glued(struct call *k, int from, const char *glue)
{
	struct buf b;
	xmlXPathObjectPtr o = NULL;
	int i, j, of, any = 0;
	char *own, *s;

	buf_init(&b, EXPR_TEXT_MAX);
	for (i = from; i < k->n; i++) {
		of = k->arg[i]->type != XPATH_NODESET || k->arg[i]->nodesetval == NULL ? 0 : k->arg[i]->nodesetval->nodeNr;
		for (j = k->arg[i]->type != XPATH_NODESET ? -1 : 0; j < of; j++) {
			if (any++)
				(void)buf_puts(&b, glue);
			own = s = NULL;
			if (j >= 0)
				(void)buf_puts(&b, node_text(k->arg[i]->nodesetval->nodeTab[j], &own));
			else if ((s = call_text(k, i)) == NULL)
				goto out;
			else
				(void)buf_puts(&b, s);
			xmlFree(own);
			free(s);
		}
	}
	if (!buf_ok(&b) || call_charge(k, (double)(b.len / 8)) != 0)
		k->v->limit = 1;
	else
		o = xmlXPathNewString((const xmlChar *)buf_str(&b));
out:
	buf_free(&b);
	return (o);
}

static xmlXPathObjectPtr
f_concat(struct call *k)
{

	return (glued(k, 0, ""));
}

static xmlXPathObjectPtr
f_join(struct call *k)
{
	char *glue = call_text(k, 0);
	xmlXPathObjectPtr o = glue == NULL ? NULL : glued(k, 1, glue);

	free(glue);
	return (o);
}

/* Characters ${from} up to before ${to} of ${s}, which is taken over. */
static xmlXPathObjectPtr
slice(char *s, double from, double to)
{
	xmlXPathObjectPtr o;
	xmlChar *part = NULL;
	int len;

	if (s == NULL)
		return (NULL);
	len = xmlUTF8Strlen((const xmlChar *)s);
	from = from < 0 ? 0 : from;
	to = to > len ? len : to;
	if (from < to)
		part = xmlUTF8Strsub((const xmlChar *)s, (int)from, (int)to - (int)from);
	o = xmlXPathNewString(part == NULL ? (const xmlChar *)"" : part);
	xmlFree(part);
	free(s);
	return (o);
}

/* substr(text, start, end): from 0, negative ones from the end. */
static xmlXPathObjectPtr
f_substr(struct call *k)
{
	char *s = call_text(k, 0);
	double len, from = trunc(object_number(k->arg[1])), to;

	if (s == NULL)
		return (NULL);
	len = xmlUTF8Strlen((const xmlChar *)s);
	to = k->n == 3 ? trunc(object_number(k->arg[2])) : len;
	from = isnan(from) ? 0 : from < 0 ? len + from : from;
	to = isnan(to) ? 0 : to < 0 ? len + to : to;
	return (slice(s, from, to));
}

/* substring(text, start, length): from 1, as XPath has it. */
static xmlXPathObjectPtr
f_substring(struct call *k)
{
	char *s = call_text(k, 0);
	double from = floor(object_number(k->arg[1]) + 0.5) - 1, to = k->n == 3 ? from + floor(object_number(k->arg[2]) + 0.5) : 1e9;

	if (isnan(from) || isnan(to))
		from = to = 0;
	return (slice(s, from, to));
}

static xmlXPathObjectPtr
f_substring_before(struct call *k)
{
	char *s = call_text(k, 0), *sub = s == NULL ? NULL : call_text(k, 1), *at;

	if (sub != NULL) {
		at = strstr(s, sub);
		*(at == NULL ? s : at) = '\0';
	} else {
		free(s);
		s = NULL;
	}
	free(sub);
	return (call_return(s));
}

static xmlXPathObjectPtr
f_substring_after(struct call *k)
{
	char *s = call_text(k, 0), *sub = s == NULL ? NULL : call_text(k, 1), *at;
	xmlXPathObjectPtr o = NULL;

	if (sub != NULL) {
		at = strstr(s, sub);
		o = xmlXPathNewString((const xmlChar *)(at == NULL ? "" : at + strlen(sub)));
	}
	free(s);
	free(sub);
	return (o);
}

/* The bytes of the character at ${s}. */
static size_t
width(const char *s)
{
	int n = xmlUTF8Size((const xmlChar *)s);

	return (n < 1 ? 1 : (size_t)n);
}

/* Write the character at ${s} as the table ${from} to ${to} has it. */
static void
map_character(struct buf *b, const char *s, const char *from, const char *to)
{
	size_t w = width(s);

	for (; *from != '\0'; from += width(from)) {
		if (width(from) == w && memcmp(from, s, w) == 0) {
			if (*to != '\0')
				(void)buf_put(b, to, width(to));
			return;
		}
		if (*to != '\0')
			to += width(to);
	}
	(void)buf_put(b, s, w);
}

static xmlXPathObjectPtr
f_translate(struct call *k)
{
	char *s = call_text(k, 0), *from = call_text(k, 1), *to = call_text(k, 2), *at;
	xmlXPathObjectPtr o = NULL;
	struct buf b;

	buf_init(&b, EXPR_TEXT_MAX);
	if (s != NULL && from != NULL && to != NULL && call_charge(k, (double)strlen(s) * (double)(strlen(from) + 1)) == 0) {
		for (at = s; *at != '\0'; at += width(at))
			map_character(&b, at, from, to);
		if (buf_ok(&b))
			o = xmlXPathNewString((const xmlChar *)buf_str(&b));
		else
			k->v->limit = 1;
	}
	buf_free(&b);
	free(s);
	free(from);
	free(to);
	return (o);
}

static xmlXPathObjectPtr
f_normalize_space(struct call *k)
{
	char *s = own_text(k), *to = s, *from = s;

	while (s != NULL && *from != '\0') {
		from += strspn(from, " \t\r\n");
		if (*from != '\0' && to != s)
			*to++ = ' ';
		while (*from != '\0' && strchr(" \t\r\n", *from) == NULL)
			*to++ = *from++;
	}
	if (s != NULL)
		*to = '\0';
	return (call_return(s));
}

/* Is the second text in the first: anywhere ('c'), at its start ('s') or end ('e')? */
static xmlXPathObjectPtr
found(struct call *k, char where)
{
	char *s = call_text(k, 0), *sub = s == NULL ? NULL : call_text(k, 1);
	xmlXPathObjectPtr o = NULL;
	size_t n, m;

	if (sub != NULL) {
		n = strlen(s);
		m = strlen(sub);
		if (where == 'c')
			o = xmlXPathNewBoolean(strstr(s, sub) != NULL);
		else
			o = xmlXPathNewBoolean(m <= n && memcmp(where == 's' ? s : s + n - m, sub, m) == 0);
	}
	free(s);
	free(sub);
	return (o);
}

static xmlXPathObjectPtr
f_contains(struct call *k)
{

	return (found(k, 'c'));
}

static xmlXPathObjectPtr
f_starts_with(struct call *k)
{

	return (found(k, 's'));
}

static xmlXPathObjectPtr
f_ends_with(struct call *k)
{

	return (found(k, 'e'));
}

static xmlXPathObjectPtr
f_coalesce(struct call *k)
{
	char *s = call_text(k, 0);

	if (s == NULL || *s != '\0')
		return (call_return(s));
	free(s);
	return (call_return(call_text(k, 1)));
}

static xmlXPathObjectPtr
f_regex(struct call *k)
{
	char *s = call_text(k, 0), *pattern = s == NULL ? NULL : call_text(k, 1);
	unsigned long steps = 0;
	int rc = -1;

	if (pattern != NULL && strlen(s) <= FORM_TEXT_MAX) {
		rc = regex_match(pattern, s, &steps);
		if (rc < 0 || call_charge(k, (double)steps + 1000) != 0)
			k->v->limit = 1;
	} else
		k->v->limit = 1;
	free(s);
	free(pattern);
	return (rc < 0 ? NULL : xmlXPathNewBoolean(rc));
}

/* RFC 9562 version 4; with an argument so many characters of it. */
static xmlXPathObjectPtr
f_uuid(struct call *k)
{
	unsigned char r[16] = { 0 };
	char s[40];
	double n = k->n == 1 ? object_number(k->arg[0]) : 36;

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return (NULL);
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	(void)snprintf(s, sizeof(s), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4],
	    r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
	if (n >= 0 && n < 36)
		s[(size_t)n] = '\0';
	return (xmlXPathNewString((const xmlChar *)s));
}
