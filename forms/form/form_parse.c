#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/logic.h"
#include "forms/form/parse.h"

int
parse_oom(struct parse *p)
{

	lapse();
	return (err_set(p->e, "form: out of memory"));
}

/* html, head, body, title and model in their places, each once. */
static int
find_parts(struct parse *p, const xmlNode *html)
{
	const xmlNode *n, *title;

	if (!xml_is(html, XML_NS_XHTML, "html"))
		return (xml_refuse(html, p->e, "%s: an XForm starts with html of %s", xml_name(html), XML_NS_XHTML));
	p->head = xml_child(html, XML_NS_XHTML, "head");
	p->body = xml_child(html, XML_NS_XHTML, "body");
	if (p->head == NULL || p->body == NULL)
		return (xml_refuse(html, p->e, "html: head or body is missing"));
	for (n = xml_first(html); n != NULL; n = xml_next(n))
		if (n != p->head && n != p->body)
			return (xml_refuse(n, p->e, "html: unknown or second element %s", xml_name(n)));
	title = xml_child(p->head, XML_NS_XHTML, "title");
	p->model = xml_child(p->head, XML_NS_XFORMS, "model");
	if (title == NULL || p->model == NULL)
		return (xml_refuse(p->head, p->e, "head: title or model is missing"));
	for (n = xml_first(p->head); n != NULL; n = xml_next(n))
		if (n != title && n != p->model && strcmp(xml_ns(n), XML_NS_TALLY) != 0)
			return (xml_refuse(n, p->e, "head: unknown or second element %s", xml_name(n)));
	return (0);
}

/* The title as written, or by tally:ref="jr:itext('ID')" in both languages. */
static int
read_title(struct parse *p)
{
	const xmlNode *title = xml_child(p->head, XML_NS_XHTML, "title");
	char *ref = NULL, *text = NULL;
	int rc = -1;

	if (xml_attr(title, XML_NS_TALLY, "ref", &ref) != 0 || (text = xml_text(title)) == NULL) {
		(void)parse_oom(p);
		goto out;
	}
	if (*text == '\0') {
		(void)xml_refuse(title, p->e, "title: is empty");
		goto out;
	}
	if (ref != NULL) {
		rc = itext_resolve(p, title, ref, p->f->title);
		goto out;
	}
	p->f->title[FORM_ZH] = lapsed(strdup(text));
	p->f->title[FORM_EN] = lapsed(strdup(text));
	rc = p->f->title[FORM_ZH] == NULL || p->f->title[FORM_EN] == NULL ? parse_oom(p) : 0;
out:
	free(ref);
	free(text);
	return (rc);
}

/* An encrypted submission would leave the phone in a form that only another server can read. */
static int
check_submission(struct parse *p, const xmlNode *n)
{
	char *key = NULL;

	if (xml_attr(n, NULL, "base64RsaPublicKey", &key) != 0)
		return (parse_oom(p));
	if (key == NULL)
		return (0);
	free(key);
	return (xml_refuse(n, p->e, "submission: encrypted submissions (base64RsaPublicKey) are not supported"));
}

/* The model holds itext, instances, actions and binds; what else stands there changes answers. */
static int
check_model(struct parse *p)
{
	const xmlNode *n;
	int itexts = 0;

	for (n = xml_first(p->model); n != NULL; n = xml_next(n)) {
		if (xml_is(n, XML_NS_XFORMS, "bind"))
			continue;
		if (xml_is(n, XML_NS_XFORMS, "itext") && itexts++ == 0)
			continue;
		if (xml_is(n, XML_NS_XFORMS, "instance") || xml_is(n, XML_NS_XFORMS, "setvalue"))
			continue;
		if (xml_is(n, XML_NS_XFORMS, "submission")) {
			if (check_submission(p, n) != 0)
				return (-1);
			continue;
		}
		if (xml_is(n, XML_NS_TALLY, "indicator"))
			return (xml_refuse(n, p->e, "indicator: belongs into the head, beside the model"));
		return (xml_refuse(n, p->e, "model: %s is not supported yet", xml_name(n)));
	}
	return (0);
}

static int
parse_all(struct parse *p, const xmlNode *html)
{

	if (html == NULL)
		return (err_set(p->e, "form: no root element"));
	if (find_parts(p, html) != 0 || check_model(p) != 0 || itext_read(p) != 0 || read_title(p) != 0)
		return (-1);
	if (parse_instance(p) != 0 || parse_logic_begin(p) != 0 || parse_binds(p) != 0 || parse_body(p) != 0)
		return (-1);
	if (parse_settle(p) != 0 || parse_logic_end(p) != 0 || parse_indicators(p) != 0 || parse_media(p) != 0)
		return (-1);
	return (0);
}

struct form *
form_parse(const void *xml, size_t n, struct err *e)
{
	struct parse p = { .e = e };
	xmlDocPtr doc = NULL;
	int ok = 0;

	if ((doc = xml_read(xml, n, e)) == NULL)
		goto out;
	if ((p.f = lapsed(calloc(1, sizeof(*p.f)))) == NULL || (p.f->logic = lapsed(calloc(1, sizeof(*p.f->logic)))) == NULL) {
		(void)parse_oom(&p);
		goto out;
	}
	p.f->root.type = FIELD_GROUP;
	ok = parse_all(&p, xmlDocGetRootElement(doc)) == 0;
out:
	itext_free(&p.it);
	free(p.root);
	xmlFreeDoc(doc);
	if (!ok) {
		form_free(p.f);
		return (NULL);
	}
	return (p.f);
}
