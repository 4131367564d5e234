#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/parse.h"

/* Attributes of controls that guide a phone's screen and change nothing in what is stored. */
static const char *const harmless[] = {
	"ref", "nodeset", "appearance", "class", "rows", "autocomplete", "accuracyThreshold",
	"unacceptableAccuracyThreshold", "capture-accuracy", "allow-mock-accuracy", NULL,
};

static int
known(const char *const *list, const char *s)
{

	for (; *list != NULL; list++)
		if (strcmp(*list, s) == 0)
			return (1);
	return (0);
}

static int
check_attributes(struct parse *p, const xmlNode *n, const char *more)
{
	const xmlAttr *a;

	for (a = n->properties; a != NULL; a = a->next)
		if (!known(harmless, (const char *)a->name) && (more == NULL || strcmp((const char *)a->name, more) != 0))
			return (xml_refuse(n, p->e, "%s: attribute %s is not supported yet", xml_name(n),
			    (const char *)a->name));
	return (0);
}

/* The field a control or group is about; *${f} is NULL when it names none and need not. */
static int
find_field(struct parse *p, const xmlNode *n, const char *attr, int needed, struct form_field **f)
{
	char *ref = NULL;

	*f = NULL;
	if (xml_attr(n, NULL, attr, &ref) != 0)
		return (parse_oom(p));
	if (ref == NULL && !needed)
		return (0);
	*f = parse_nodeset(p, n, ref, xml_name(n));
	free(ref);
	return (*f == NULL ? -1 : 0);
}

static int
read_labels(struct parse *p, const xmlNode *n, struct form_field *f)
{

	if (itext_label(p, n, "label", f->label) != 0)
		return (-1);
	return (itext_label(p, n, "hint", f->hint));
}

static int
read_item(struct parse *p, const xmlNode *n, struct form_field *f)
{
	const xmlNode *value = xml_child(n, XML_NS_XFORMS, "value"), *c;
	struct choice *ch = &f->choices[f->nchoices];

	if (++p->choices > FORM_CHOICES_MAX)
		return (xml_refuse(n, p->e, "%s: more than %d choices in the form", f->path, FORM_CHOICES_MAX));
	for (c = xml_first(n); c != NULL; c = xml_next(c))
		if (c != value && !xml_is(c, XML_NS_XFORMS, "label"))
			return (xml_refuse(c, p->e, "%s: unknown element %s in item", f->path, xml_name(c)));
	if (value == NULL)
		return (xml_refuse(n, p->e, "%s: an item without value", f->path));
	f->nchoices++;
	if ((ch->value = xml_text(value)) == NULL)
		return (parse_oom(p));
	if (*ch->value == '\0' || strpbrk(ch->value, " \t\r\n") != NULL || strlen(ch->value) > FORM_PATH_MAX)
		return (xml_refuse(n, p->e, "%s: a choice's value must be 1 to %d bytes without spaces", f->path,
		    FORM_PATH_MAX));
	if (itext_label(p, n, "label", ch->label) != 0)
		return (-1);
	if (ch->label[FORM_ZH] != NULL)
		return (0);
	ch->label[FORM_ZH] = lapsed(strdup(ch->value));
	ch->label[FORM_EN] = lapsed(strdup(ch->value));
	return (ch->label[FORM_ZH] == NULL || ch->label[FORM_EN] == NULL ? parse_oom(p) : 0);
}

static int
compare_value(const void *a, const void *b)
{

	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* Two choices of one value could not be told apart later. */
static int
check_distinct(struct parse *p, const xmlNode *n, const struct form_field *f)
{
	char **v = lapsed(calloc(f->nchoices + 1, sizeof(*v)));
	size_t i;
	int rc = 0;

	if (v == NULL)
		return (parse_oom(p));
	for (i = 0; i < f->nchoices; i++)
		v[i] = f->choices[i].value;
	qsort(v, f->nchoices, sizeof(*v), compare_value);
	for (i = 1; i < f->nchoices && rc == 0; i++)
		if (strcmp(v[i - 1], v[i]) == 0)
			rc = xml_refuse(n, p->e, "%s: the choice %s stands twice", f->path, v[i]);
	free(v);
	return (rc);
}

static int
read_choices(struct parse *p, const xmlNode *n, struct form_field *f)
{
	const xmlNode *c;
	size_t count = 0;

	for (c = xml_first(n); c != NULL; c = xml_next(c))
		count += xml_is(c, XML_NS_XFORMS, "item") ? 1U : 0U;
	if (count == 0)
		return (xml_refuse(n, p->e, "%s: no choices", f->path));
	if (count > FORM_CHOICES_MAX)
		return (xml_refuse(n, p->e, "%s: more than %d choices in the form", f->path, FORM_CHOICES_MAX));
	if ((f->choices = lapsed(calloc(count, sizeof(*f->choices)))) == NULL)
		return (parse_oom(p));
	for (c = xml_first(n); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_XFORMS, "item") && read_item(p, c, f) != 0)
			return (-1);
	return (check_distinct(p, n, f));
}

/* What may stand inside a control. */
static int
check_inside(struct parse *p, const xmlNode *n, int items)
{
	static const char *const texts[] = { "label", "hint", "help", "alert", NULL };
	const xmlNode *c;

	for (c = xml_first(n); c != NULL; c = xml_next(c)) {
		if (strcmp(xml_ns(c), XML_NS_XFORMS) == 0 && known(texts, xml_name(c)))
			continue;
		if (items && xml_is(c, XML_NS_XFORMS, "item"))
			continue;
		return (xml_refuse(c, p->e, "%s: %s is not supported yet", xml_name(n), xml_name(c)));
	}
	return (0);
}

/* A control and the type of its field must agree; a select makes a plain string one of its kind. */
static int
agree(struct parse *p, const xmlNode *n, struct form_field *f)
{
	const char *name = xml_name(n);
	int ok;

	if (strcmp(name, "select1") == 0 || strcmp(name, "select") == 0) {
		enum field_type t = strcmp(name, "select") == 0 ? FIELD_SELECT : FIELD_SELECT1;

		ok = f->type == t || f->type == FIELD_STRING;
		f->type = ok ? t : f->type;
	} else if (strcmp(name, "upload") == 0)
		ok = f->type == FIELD_BINARY;
	else
		ok = f->type == FIELD_STRING || f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL ||
		    f->type == FIELD_DATE || f->type == FIELD_GEOPOINT;
	return (ok ? 0 : xml_refuse(n, p->e, "%s: the control does not fit the type of its field", f->path));
}

static int
read_control(struct parse *p, const xmlNode *n)
{
	int items = strncmp(xml_name(n), "select", 6) == 0, upload = strcmp(xml_name(n), "upload") == 0;
	struct form_field *f;

	if (find_field(p, n, "ref", 1, &f) != 0 || check_attributes(p, n, upload ? "mediatype" : NULL) != 0 ||
	    check_inside(p, n, items) != 0)
		return (-1);
	if (f->asked++)
		return (xml_refuse(n, p->e, "%s: a second control for this field", f->path));
	if (f->nchild > 0 || f->type == FIELD_META)
		return (xml_refuse(n, p->e, "%s: a control for a group or for meta", f->path));
	if (agree(p, n, f) != 0 || read_labels(p, n, f) != 0)
		return (-1);
	if (items && read_choices(p, n, f) != 0)
		return (-1);
	if (upload && xml_attr(n, NULL, "mediatype", &f->mediatype) != 0)
		return (parse_oom(p));
	return (0);
}

static int walk(struct parse *, const xmlNode *);

static int
read_group(struct parse *p, const xmlNode *n, int repeat)
{
	struct form_field *f;

	if (find_field(p, n, repeat ? "nodeset" : "ref", repeat, &f) != 0 || check_attributes(p, n, NULL) != 0)
		return (-1);
	if (f != NULL && (f->nchild == 0 || f->type == FIELD_META))
		return (xml_refuse(n, p->e, "%s: a %s of a field without fields", f->path, xml_name(n)));
	if (repeat)
		f->type = FIELD_REPEAT;
	if (f != NULL) {
		f->asked = 1;
		if (read_labels(p, n, f) != 0)
			return (-1);
	}
	return (walk(p, n));
}

/* The controls of the body or of a group in it; XML_DEPTH bounds the recursion. */
static int
walk(struct parse *p, const xmlNode *parent)
{
	static const char *const controls[] = { "input", "select1", "select", "upload", NULL };
	static const char *const texts[] = { "label", "hint", "help", NULL };
	const xmlNode *n;
	int rc;

	for (n = xml_first(parent); n != NULL; n = xml_next(n)) {
		if (strcmp(xml_ns(n), XML_NS_XFORMS) != 0)
			rc = xml_refuse(n, p->e, "body: %s is not supported yet", xml_name(n));
		else if (known(controls, xml_name(n)))
			rc = read_control(p, n);
		else if (strcmp(xml_name(n), "group") == 0)
			rc = read_group(p, n, 0);
		else if (strcmp(xml_name(n), "repeat") == 0)
			rc = read_group(p, n, 1);
		else if (parent != p->body && known(texts, xml_name(n)))
			rc = 0;
		else
			rc = xml_refuse(n, p->e, "body: the control %s is not supported yet", xml_name(n));
		if (rc != 0)
			return (-1);
	}
	return (0);
}

int
parse_body(struct parse *p)
{

	return (walk(p, p->body));
}
