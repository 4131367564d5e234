#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/form/parse.h"

/* Attributes of controls that guide a phone's screen and change nothing in what is stored. */
static const char *const harmless[] = {
	"ref", "nodeset", "class", "rows", "autocomplete", "accuracyThreshold",
	"unacceptableAccuracyThreshold", "capture-accuracy", "allow-mock-accuracy", NULL,
};

static const char *const range_names[] = { "start", "end", "step", NULL };

static int
known(const char *const *list, const char *s)
{

	for (; *list != NULL; list++)
		if (strcmp(*list, s) == 0)
			return (1);
	return (0);
}

static int
check_attributes(struct parse *p, const xmlNode *n, const char *const *more)
{
	const xmlAttr *a;

	for (a = n->properties; a != NULL; a = a->next)
		if (!known(harmless, (const char *)a->name) && strcmp((const char *)a->name, "appearance") != 0 &&
		    (more == NULL || !known(more, (const char *)a->name)))
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
	if (!choice_value_ok(ch->value))
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

int
choice_value_ok(const char *s)
{

	return (*s != '\0' && strpbrk(s, " \t\r\n") == NULL && strlen(s) <= FORM_PATH_MAX);
}

static int
compare_value(const void *a, const void *b, void *ctx)
{
	const unsigned *x = a, *y = b;
	const struct choice *c = ctx;
	int rc = strcmp(c[*x].value, c[*y].value);

	return (rc != 0 ? rc : *x < *y ? -1 : *x > *y);
}

int
choice_index(struct choice *c, size_t n, unsigned **out)
{
	unsigned i;

	if (n <= 16)
		return (0);
	if ((*out = lapsed(calloc(n, sizeof(**out)))) == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		(*out)[i] = i;
	qsort_r(*out, n, sizeof(**out), compare_value, c);
	return (0);
}

/* Two choices of one value could not be told apart later. */
static int
check_distinct(struct parse *p, const xmlNode *n, const struct form_field *f)
{
	size_t i, k, x, y;

	for (i = 1; i < f->nchoices; i++)
		for (k = f->by_value != NULL ? i - 1 : 0; k < i; k++) {
			x = f->by_value != NULL ? f->by_value[k] : k;
			y = f->by_value != NULL ? f->by_value[i] : i;
			if (strcmp(f->choices[x].value, f->choices[y].value) == 0)
				return (xml_refuse(n, p->e, "%s: the choice %s stands twice", f->path, f->choices[x].value));
		}
	return (0);
}

static int
read_choices(struct parse *p, const xmlNode *n, struct form_field *f)
{
	const xmlNode *c = xml_child(n, XML_NS_XFORMS, "itemset");
	size_t count = 0;

	if (c != NULL && xml_child(n, XML_NS_XFORMS, "item") == NULL)
		return (parse_itemset(p, c, f));
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
	if (choice_index(f->choices, f->nchoices, &f->by_value) != 0)
		return (parse_oom(p));
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
		if (items && (xml_is(c, XML_NS_XFORMS, "item") || (xml_is(c, XML_NS_XFORMS, "itemset") && items++ == 1)))
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
		f->control = CONTROL_SELECT;
	} else if (strcmp(name, "upload") == 0) {
		ok = f->type == FIELD_BINARY;
		f->control = CONTROL_UPLOAD;
	} else if (strcmp(name, "range") == 0) {
		ok = f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL;
		f->control = CONTROL_RANGE;
	} else if (strcmp(name, "trigger") == 0) {
		ok = f->type == FIELD_STRING;
		f->type = ok ? FIELD_SELECT1 : f->type;
		f->control = CONTROL_TRIGGER;
	} else {
		f->control = CONTROL_INPUT;
		ok = f->type == FIELD_STRING || f->type == FIELD_INTEGER || f->type == FIELD_DECIMAL ||
		    f->type == FIELD_DATE || f->type == FIELD_GEOPOINT || f->type == FIELD_TIME || f->type == FIELD_DATETIME;
	}
	return (ok ? 0 : xml_refuse(n, p->e, "%s: the control does not fit the type of its field", f->path));
}

/* What a trigger ("I have read this") stores: OK. */
static int
read_trigger(struct parse *p, struct form_field *f)
{
	struct choice *c = lapsed(calloc(1, sizeof(*c)));

	p->choices++;
	if ((f->choices = c) == NULL)
		return (parse_oom(p));
	f->nchoices = 1;
	c->value = lapsed(strdup("OK"));
	c->label[FORM_ZH] = lapsed(strdup("OK"));
	c->label[FORM_EN] = lapsed(strdup("OK"));
	return (c->value == NULL || c->label[FORM_ZH] == NULL || c->label[FORM_EN] == NULL ? parse_oom(p) : 0);
}

static int
read_range(struct parse *p, const xmlNode *n, struct form_field *f)
{
	int i;

	for (i = 0; i < 3; i++) {
		if (xml_attr(n, NULL, range_names[i], &f->range[i]) != 0)
			return (parse_oom(p));
		if (f->range[i] == NULL || *f->range[i] == '\0' || f->range[i][strspn(f->range[i], "0123456789.-")] != '\0')
			return (xml_refuse(n, p->e, "range %s: %s must be a number", f->path, range_names[i]));
	}
	return (0);
}

static int
read_control(struct parse *p, const xmlNode *n)
{
	static const char *const mediatype[] = { "mediatype", NULL };
	int items = strncmp(xml_name(n), "select", 6) == 0, upload = strcmp(xml_name(n), "upload") == 0;
	struct form_field *f;

	if (find_field(p, n, "ref", 1, &f) != 0 || check_attributes(p, n, upload ? mediatype : strcmp(xml_name(n), "range") == 0 ? range_names : NULL) != 0 ||
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
	if (xml_attr(n, NULL, "appearance", &f->appearance) != 0)
		return (parse_oom(p));
	if (f->appearance != NULL && strstr(f->appearance, "search(") != NULL) /* its choices would come from a file unseen */
		return (xml_refuse(n, p->e, "%s: the appearance %.100s is not supported", xml_name(n), f->appearance));
	if (f->control == CONTROL_TRIGGER)
		return (read_trigger(p, f));
	if (f->control == CONTROL_RANGE)
		return (read_range(p, n, f));
	if (upload && xml_attr(n, NULL, "mediatype", &f->mediatype) != 0)
		return (parse_oom(p));
	return (0);
}

static int walk(struct parse *, const xmlNode *);

static int
read_group(struct parse *p, const xmlNode *n, int repeat)
{
	static const char *const counts[] = { "count", "noAddRemove", NULL };
	struct form_field *f;

	if (find_field(p, n, repeat ? "nodeset" : "ref", repeat, &f) != 0 || check_attributes(p, n, repeat ? counts : NULL) != 0)
		return (-1);
	if (f != NULL && (f->nchild == 0 || f->type == FIELD_META))
		return (xml_refuse(n, p->e, "%s: a %s of a field without fields", f->path, xml_name(n)));
	if (repeat && f->type != FIELD_REPEAT) {
		f->type = FIELD_REPEAT;
		f->instances = 1; /* no template: the one there is the first */
	}
	if (repeat && xml_attr(n, XML_NS_JR, "count", &f->count_expr) != 0)
		return (parse_oom(p));
	if (f != NULL) {
		f->asked = 1;
		if (f->appearance == NULL && xml_attr(n, NULL, "appearance", &f->appearance) != 0)
			return (parse_oom(p));
		if (read_labels(p, n, f) != 0)
			return (-1);
	}
	return (walk(p, n));
}

/* The controls of the body or of a group in it; XML_DEPTH bounds the recursion. */
static int
walk(struct parse *p, const xmlNode *parent)
{
	static const char *const controls[] = { "input", "select1", "select", "upload", "range", "trigger", NULL };
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
		else if (xml_is(parent, XML_NS_XFORMS, "repeat") && strcmp(xml_name(n), "setvalue") == 0)
			rc = 0; /* parse_logic_end() reads it */
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
