#ifndef FORMS_XML_H
#define FORMS_XML_H

#include <libxml/tree.h>
#include <stddef.h>

#include "base/err.h"

#define XML_NS_XFORMS "http://www.w3.org/2002/xforms"
#define XML_NS_XHTML "http://www.w3.org/1999/xhtml"
#define XML_NS_JR "http://openrosa.org/javarosa"
#define XML_NS_ORX "http://openrosa.org/xforms"
#define XML_NS_TALLY "urn:tallystick:xform:v1"

/* What an XML text may hold before it is refused. */
#define XML_TAG_MAX 16384U      /* bytes of one tag: libxml2 compares its attributes pairwise */
#define XML_DEPTH 40U           /* elements inside each other */
#define XML_ELEMENTS_MAX 600000U

/**
 * xml_read(p, n, e):
 * Parse ${n} bytes of UTF-8 XML without network, document type, entities of
 * its own or processing beyond the tree.  A DOCTYPE, another encoding, a tag,
 * a depth or a count beyond the limits above are refused.  The tree (release
 * with xmlFreeDoc), or NULL with line and rule.
 */
xmlDocPtr xml_read(const void *p, size_t n, struct err *e);

/** xml_precheck(p, n, max, e): what xml_read() refuses before libxml2 sees it: more than ${max} bytes, no UTF-8, a DOCTYPE, a tag too long.  0 or -1. */
int xml_precheck(const void *p, size_t n, size_t max, struct err *e);

/** xml_is(n, ns, name): 1 when ${n} is the element ${name} of namespace ${ns} (NULL: of none), else 0. */
int xml_is(const xmlNode *n, const char *ns, const char *name);

/** xml_first(n) / xml_next(n): the first child element, the next sibling element, or NULL. */
xmlNode *xml_first(const xmlNode *n);
xmlNode *xml_next(const xmlNode *n);

/** xml_child(n, ns, name): the first child element with that name, or NULL. */
xmlNode *xml_child(const xmlNode *n, const char *ns, const char *name);

/** xml_name(n): the element's local name. */
const char *xml_name(const xmlNode *n);

/** xml_ns(n): the element's namespace, "" when it has none. */
const char *xml_ns(const xmlNode *n);

/** xml_attr(n, ns, name, out): the attribute's value in *${out} (to be freed), NULL when absent.  0, or -1 if out of memory. */
int xml_attr(const xmlNode *n, const char *ns, const char *name, char **out);

/** xml_attr_value(a, out): the value of one attribute.  As xml_attr. */
int xml_attr_value(const xmlAttr *a, char **out);

/** xml_text(n): the element's text without white space at its ends, "…" in place of elements in it; to be freed.  NULL if out of memory. */
char *xml_text(const xmlNode *n);

/** xml_blank(n): 1 when no text but white space stands directly in ${n}, else 0. */
int xml_blank(const xmlNode *n);

/** xml_refuse(n, e, fmt, ...): err_set() with "line N: " in front.  Always -1. */
int xml_refuse(const xmlNode *n, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
