#include "forms/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "forms/form.h"

#define XML_PROBE_FIXED ((size_t)256 << 10)
#define XML_PROBE_FACTOR 16 /* trees of our forms take 5 to 8 times their bytes */

/* libxml2 calls what it has no memory for not well-formed: it asks here, so that it can be told (base/lapse.h). */
static void *
xml_alloc(size_t n)
{
	return (lapsed(malloc(n)));
}

static void *
xml_grow(void *p, size_t n)
{
	return (lapsed(realloc(p, n)));
}

static char *
xml_copy(const char *s)
{
	return (lapsed(strdup(s)));
}

__attribute__((constructor)) static void
hook(void)
{
	(void)xmlMemSetup(free, xml_alloc, xml_grow, xml_copy);
}

/* libxml2 2.9 does not survive every failure to allocate; so more than a form's tree takes must be there before it begins. */
static int
enough_memory(size_t n)
{
	void *probe = lapsed(malloc(XML_PROBE_FIXED + XML_PROBE_FACTOR * n));

	free(probe);
	return (probe != NULL);
}

/* What the handlers below keep while libxml2 parses. */
struct guard {
	unsigned depth;
	unsigned elements;
	const char *why; /* the rule that stopped it, or NULL */
};

/* The end of what starts at ${p} with ${open} characters and closes with ${close}, or NULL. */
static const char *
skip_to(const char *p, const char *end, const char *close)
{
	size_t n = strlen(close);
	const char *q = (size_t)(end - p) < n ? NULL : memmem(p, (size_t)(end - p), close, n);

	return (q == NULL ? NULL : q + n);
}

/* The end of a tag: a '>' outside quotes. */
static const char *
skip_tag(const char *p, const char *end)
{
	char quote = 0;

	for (; p < end; p++) {
		if (quote != 0)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>')
			return (p + 1);
	}
	return (NULL);
}

static int
starts(const char *p, const char *end, const char *s)
{

	return ((size_t)(end - p) >= strlen(s) && memcmp(p, s, strlen(s)) == 0);
}

/*
 * Walk the bytes before libxml2 sees them: no declaration of a document type
 * or entity, and no tag whose attributes would take quadratic time.
 */
static int
scan(const char *p, const char *end, struct err *e)
{
	const char *q;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (starts(p, end, "<!--"))
			q = skip_to(p + 4, end, "-->");
		else if (starts(p, end, "<![CDATA["))
			q = skip_to(p + 9, end, "]]>");
		else if (starts(p, end, "<?"))
			q = skip_to(p + 2, end, "?>");
		else if (starts(p, end, "<!"))
			return (err_set(e, "form: a DOCTYPE or declaration (<!) is not allowed"));
		else
			q = skip_tag(p, end);
		if (q == NULL)
			return (err_set(e, "form: not well-formed XML: something opened with '<' is not closed"));
		if ((size_t)(q - p) > XML_TAG_MAX && p[1] != '!' && p[1] != '?')
			return (err_set(e, "form: a tag longer than %u bytes", XML_TAG_MAX));
		p = q;
	}
	return (0);
}

/* Other readers follow the declared encoding; so it must be the one we read. */
static int
check_encoding(const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *q, *at;
	char quote;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	if (!starts(p, end, "<?xml") || (q = skip_to(p, end, "?>")) == NULL)
		return (0);
	if ((at = memmem(p, (size_t)(q - p), "encoding", 8)) == NULL)
		return (0);
	for (at += 8; at < q && (*at == ' ' || *at == '='); at++)
		continue;
	quote = *at++;
	if (q - at > 6 && strncasecmp(at, "utf-8", 5) == 0 && at[5] == quote)
		return (0);
	return (err_set(e, "form: the encoding must be UTF-8"));
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *ext, const xmlChar *sys)
{
	xmlParserCtxtPtr c = ctx;

	(void)name;
	(void)ext;
	(void)sys;
	((struct guard *)c->_private)->why = "a DOCTYPE is not allowed";
	xmlStopParser(c);
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns,
    int natts, int ndefault, const xmlChar **atts)
{
	xmlParserCtxtPtr c = ctx;
	struct guard *g = c->_private;

	if (++g->depth > XML_DEPTH)
		g->why = "elements nested too deep";
	else if (++g->elements > XML_ELEMENTS_MAX)
		g->why = "too many elements";
	if (g->why != NULL) {
		xmlStopParser(c);
		return;
	}
	xmlSAX2StartElementNs(ctx, name, prefix, uri, nns, ns, natts, ndefault, atts);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr c = ctx;
	struct guard *g = c->_private;

	if (g->why != NULL)
		return;
	g->depth--;
	xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

/* The parser's own message on one line. */
static void
say_why(xmlParserCtxtPtr c, const struct guard *g, struct err *e)
{
	const xmlError *x = xmlCtxtGetLastError(c);
	const char *text = x != NULL && x->message != NULL ? x->message : "unknown error";

	if (g->why != NULL)
		(void)err_set(e, "form: %s", g->why);
	else
		(void)err_set(e, "form: line %d: not well-formed XML: %.*s", x != NULL ? x->line : 0,
		    (int)strcspn(text, "\n"), text);
}

int
xml_precheck(const void *p, size_t n, size_t max, struct err *e)
{

	if (n == 0 || n > max)
		return (err_set(e, "form: %zu bytes, where 1 to %zu are allowed", n, max));
	if (!utf8_ok(p, n) || memchr(p, 0, n) != NULL)
		return (err_set(e, "form: not UTF-8 text"));
	if (check_encoding(p, n, e) != 0 || scan(p, (const char *)p + n, e) != 0)
		return (-1);
	xmlInitParser();
	return (0);
}

xmlDocPtr
xml_read(const void *p, size_t n, struct err *e)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
	struct guard g = { 0, 0, NULL };
	xmlParserCtxtPtr c = NULL;
	xmlDocPtr doc = NULL;

	if (xml_precheck(p, n, FORM_BYTES_MAX, e) != 0)
		return (NULL);
	if (!enough_memory(n)) {
		(void)err_set(e, "form: out of memory");
		return (NULL);
	}
	if ((c = xmlNewParserCtxt()) == NULL) {
		(void)err_set(e, "form: out of memory");
		return (NULL);
	}
	c->_private = &g;
	c->sax->internalSubset = on_doctype;
	c->sax->externalSubset = NULL;
	c->sax->startElementNs = on_start;
	c->sax->endElementNs = on_end;
	doc = xmlCtxtReadMemory(c, p, (int)n, NULL, "UTF-8", options);
	/* errNo also tells of an undeclared prefix, and of memory that ran out and left a tree cut short. */
	if (doc == NULL || !c->wellFormed || c->errNo != XML_ERR_OK || g.why != NULL) {
		say_why(c, &g, e);
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(c);
	return (doc);
}

const char *
xml_name(const xmlNode *n)
{

	return ((const char *)n->name);
}

const char *
xml_ns(const xmlNode *n)
{

	return (n->ns == NULL || n->ns->href == NULL ? "" : (const char *)n->ns->href);
}

int
xml_is(const xmlNode *n, const char *ns, const char *name)
{

	return (strcmp(xml_name(n), name) == 0 && strcmp(xml_ns(n), ns == NULL ? "" : ns) == 0);
}

static xmlNode *
element_from(xmlNode *n)
{

	while (n != NULL && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return (n);
}

xmlNode *
xml_first(const xmlNode *n)
{

	return (element_from(n->children));
}

xmlNode *
xml_next(const xmlNode *n)
{

	return (element_from(n->next));
}

xmlNode *
xml_child(const xmlNode *n, const char *ns, const char *name)
{
	xmlNode *c;

	for (c = xml_first(n); c != NULL; c = xml_next(c))
		if (xml_is(c, ns, name))
			return (c);
	return (NULL);
}

int
xml_attr_value(const xmlAttr *a, char **out)
{
	xmlChar *v = xmlNodeListGetString(a->doc, a->children, 1);

	if (v == NULL && a->children != NULL)
		return (-1);
	*out = lapsed(strdup(v == NULL ? "" : (const char *)v));
	xmlFree(v);
	return (*out == NULL ? -1 : 0);
}

int
xml_attr(const xmlNode *n, const char *ns, const char *name, char **out)
{
	const xmlAttr *a;

	*out = NULL;
	for (a = n->properties; a != NULL; a = a->next)
		if (strcmp((const char *)a->name, name) == 0 &&
		    strcmp(a->ns == NULL ? "" : (const char *)a->ns->href, ns == NULL ? "" : ns) == 0)
			return (xml_attr_value(a, out));
	return (0);
}

char *
xml_text(const xmlNode *n)
{
	struct buf b;
	const xmlNode *c;
	size_t from = 0;
	char *out = NULL;

	buf_init(&b, FORM_BYTES_MAX);
	for (c = n->children; c != NULL; c = c->next) {
		if ((c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) && c->content != NULL)
			(void)buf_puts(&b, (const char *)c->content);
		else if (c->type == XML_ELEMENT_NODE)
			(void)buf_puts(&b, "…");
	}
	while (b.len > 0 && strchr(" \t\r\n", b.data[b.len - 1]) != NULL)
		b.len--;
	while (from < b.len && strchr(" \t\r\n", b.data[from]) != NULL)
		from++;
	if (buf_ok(&b))
		out = lapsed(strndup(b.data == NULL ? "" : (const char *)b.data + from, b.len - from));
	buf_free(&b);
	return (out);
}

int
xml_blank(const xmlNode *n)
{
	const xmlNode *c;

	for (c = n->children; c != NULL; c = c->next)
		if ((c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) && c->content != NULL &&
		    strspn((const char *)c->content, " \t\r\n") != strlen((const char *)c->content))
			return (0);
	return (1);
}

int
xml_refuse(const xmlNode *n, struct err *e, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return (err_set(e, "form: line %ld: %s", xmlGetLineNo(n), text));
}
