#ifndef FORMS_XML_STREAM_H
#define FORMS_XML_STREAM_H

#include <stddef.h>

#include "base/err.h"

/* XML read event by event, for what is too large for a tree. */

#define XML_STREAM_DEPTH 64U

/** The attributes of one element; valid during the call only. */
struct xml_atts {
	const unsigned char **at; /* libxml2's: name, prefix, uri, value, end */
	int n;
};

struct xml_events {
	void *ctx;
	void (*start)(void *ctx, const char *name, const struct xml_atts *a); /* local names, whatever the namespace */
	void (*end)(void *ctx, const char *name);
	void (*text)(void *ctx, const char *p, size_t n);
	int *stop;              /* set to end early; may be NULL */
};

/** xml_stream(p, n, max, v, e): read ${n} bytes (at most ${max}) under the rules of xml_read(), with no bound on the count of elements.  0, or -1 with the rule. */
int xml_stream(const void *p, size_t n, size_t max, const struct xml_events *v, struct err *e);

/** xml_att(a, name, out, size): the value of an attribute by its local name.  Its length, or -1 when absent or too long. */
long xml_att(const struct xml_atts *a, const char *name, char *out, size_t size);

#endif
