#include "forms/xml_stream.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#include "forms/xml.h"

struct stream {
	const struct xml_events *v;
	unsigned depth;
	const char *why;
};

static void
stop(xmlParserCtxtPtr c, const char *why)
{
	struct stream *s = c->_private;

	if (s->why == NULL)
		s->why = why;
	xmlStopParser(c);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *ext, const xmlChar *sys)
{
	(void)name;
	(void)ext;
	(void)sys;
	stop(ctx, "a DOCTYPE is not allowed");
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns, int natts, int ndefault, const xmlChar **atts)
{
	xmlParserCtxtPtr c = ctx;
	struct stream *s = c->_private;
	struct xml_atts a = { atts, natts };

	(void)prefix;
	(void)uri;
	(void)nns;
	(void)ns;
	(void)ndefault;
	if (s->why != NULL)
		return;
	if (++s->depth > XML_STREAM_DEPTH)
		stop(c, "elements nested too deep");
	else
		s->v->start(s->v->ctx, (const char *)name, &a);
	if (s->v->stop != NULL && *s->v->stop)
		stop(c, "");
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr c = ctx;
	struct stream *s = c->_private;

	(void)prefix;
	(void)uri;
	if (s->why != NULL)
		return;
	s->depth--;
	s->v->end(s->v->ctx, (const char *)name);
	if (s->v->stop != NULL && *s->v->stop)
		stop(c, "");
}

static void
on_text(void *ctx, const xmlChar *p, int n)
{
	xmlParserCtxtPtr c = ctx;
	struct stream *s = c->_private;

	if (s->why == NULL)
		s->v->text(s->v->ctx, (const char *)p, (size_t)n);
}

static void
on_error(void *ctx, xmlErrorPtr x)
{
	(void)ctx;
	(void)x;
}

int
xml_stream(const void *p, size_t n, size_t max, const struct xml_events *v, struct err *e)
{
	struct stream s = { v, 0, NULL };
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC };
	xmlParserCtxtPtr c;
	int rc = 0;

	if (xml_precheck(p, n, max, e) != 0)
		return -1;
	if ((c = xmlNewParserCtxt()) == NULL)
		return err_set(e, "out of memory");
	sax.internalSubset = on_doctype;
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.characters = on_text;
	sax.cdataBlock = on_text;
	sax.ignorableWhitespace = on_text;
	sax.serror = on_error;
	*c->sax = sax;
	c->_private = &s;
	xmlFreeDoc(xmlCtxtReadMemory(c, p, (int)n, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE));
	if (s.why != NULL && *s.why != '\0')
		rc = err_set(e, "%s", s.why);
	else if (s.why == NULL && (!c->wellFormed || c->errNo != XML_ERR_OK))
		rc = err_set(e, "not well-formed XML");
	xmlFreeParserCtxt(c);
	return rc;
}

long
xml_att(const struct xml_atts *a, const char *name, char *out, size_t size)
{
	size_t n;
	int i;

	for (i = 0; i < a->n; i++) {
		if (strcmp((const char *)a->at[5 * i], name) != 0)
			continue;
		n = (size_t)(a->at[5 * i + 4] - a->at[5 * i + 3]);
		if (n >= size)
			return -1;
		memcpy(out, a->at[5 * i + 3], n);
		out[n] = '\0';
		return (long)n;
	}
	return -1;
}
