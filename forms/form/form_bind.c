#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/form/parse.h"

static const struct {
	const char *name;
	enum field_type type;
} types[] = {
	{ "string", FIELD_STRING }, { "int", FIELD_INTEGER }, { "integer", FIELD_INTEGER }, { "decimal", FIELD_DECIMAL },
	{ "date", FIELD_DATE }, { "select1", FIELD_SELECT1 }, { "select", FIELD_SELECT },
	{ "geopoint", FIELD_GEOPOINT }, { "binary", FIELD_BINARY }, { "time", FIELD_TIME }, { "dateTime", FIELD_DATETIME },
	{ "barcode", FIELD_STRING },
};

/* Attributes that guide a phone and change nothing in what is stored. */
static const struct {
	const char *ns, *name;
} harmless[] = {
	{ "", "id" }, { XML_NS_JR, "noAppErrorString" }, { XML_NS_ORX, "max-pixels" },
};

static int
set_type(struct parse *p, const xmlNode *n, struct form_field *f, const char *type)
{
	const char *s = strncmp(type, "xsd:", 4) == 0 ? type + 4 : type;
	size_t i;

	if (f->type == FIELD_META)
		return (0);
	if (f->nchild > 0)
		return (xml_refuse(n, p->e, "bind %s: a group has no type", f->path));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(s, types[i].name) == 0) {
			f->type = types[i].type;
			return (0);
		}
	return (xml_refuse(n, p->e, "bind %s: type %s is not supported yet", f->path, type));
}

/* "true()" or "false()"; anything else is refused where a plain answer is needed. */
static int
set_flag(struct parse *p, const xmlNode *n, const struct form_field *f, const char *name, const char *v, int *out)
{

	if (strcmp(v, "true()") == 0)
		*out = 1;
	else if (strcmp(v, "false()") == 0)
		*out = 0;
	else
		return (xml_refuse(n, p->e, "bind %s: %s must be true() or false()", f->path, name));
	return (0);
}

static int
keep(struct parse *p, char **to, const char *v)
{

	free(*to);
	*to = lapsed(strdup(v));
	return (*to == NULL ? parse_oom(p) : 0);
}

/* The path of the field that has a part of its own; a second one is refused. */
static int
keep_role(struct parse *p, const xmlNode *n, const struct form_field *f, const char *role, const char *v, char **to)
{
	int yes = 0;

	if (set_flag(p, n, f, role, v, &yes) != 0)
		return (-1);
	if (!yes)
		return (0);
	if (*to != NULL)
		return (xml_refuse(n, p->e, "bind %s: %s is already tally:%s", f->path, *to, role));
	return (keep(p, to, f->path));
}

static int
tally_attr(struct parse *p, const xmlNode *n, struct form_field *f, const char *name, const char *v)
{

	if (f->type == FIELD_META)
		return (xml_refuse(n, p->e, "bind %s: tally:%s on meta", f->path, name));
	if (strcmp(name, "personal") == 0)
		return (set_flag(p, n, f, "tally:personal", v, &f->personal));
	if (strcmp(name, "unit") == 0)
		return (keep(p, &f->unit, v));
	if (strcmp(name, "subject") == 0)
		return (keep_role(p, n, f, "subject", v, &p->f->subject));
	if (strcmp(name, "stage") == 0)
		return (keep_role(p, n, f, "stage", v, &p->f->stage));
	if (strcmp(name, "final") == 0)
		return (keep(p, &p->f->final_stage, v));
	return (xml_refuse(n, p->e, "bind %s: unknown attribute tally:%s", f->path, name));
}

/* required: true() is known now, an expression when it is asked. */
static int
set_required(struct parse *p, const xmlNode *n, struct form_field *f, const char *v)
{

	if (strcmp(v, "false()") == 0)
		return (0);
	if (f->nchild > 0)
		return (xml_refuse(n, p->e, "bind %s: required on a group is not supported", f->path));
	if (strcmp(v, "true()") != 0)
		return (keep(p, &f->required_expr, v));
	f->required = f->type != FIELD_META;
	return (0);
}

static int
plain_attr(struct parse *p, const xmlNode *n, struct form_field *f, const char *name, const char *v)
{

	if (strcmp(name, "nodeset") == 0)
		return (0);
	if (strcmp(name, "type") == 0)
		return (set_type(p, n, f, v));
	if (strcmp(name, "required") == 0)
		return (set_required(p, n, f, v));
	if (strcmp(name, "readonly") == 0) {
		f->readonly = strcmp(v, "true()") == 0;
		return (f->readonly || strcmp(v, "false()") == 0 ? 0 : keep(p, &f->readonly_expr, v));
	}
	if (strcmp(name, "relevant") == 0)
		return (keep(p, &f->relevant, v));
	if (strcmp(name, "constraint") == 0)
		return (keep(p, &f->constraint, v));
	if (strcmp(name, "calculate") == 0 && f->nchild > 0)
		return (xml_refuse(n, p->e, "bind %s: calculate on a group", f->path));
	if (strcmp(name, "calculate") == 0)
		return (keep(p, &f->calculate, v));
	return (xml_refuse(n, p->e, "bind %s: attribute %s is not supported yet", f->path, name));
}

/* A message: a text, or a reference to texts. */
static int
set_message(struct parse *p, const xmlNode *n, char *out[2], const char *v)
{

	if (strncmp(v, "jr:itext(", 9) == 0)
		return (itext_resolve(p, n, v, out));
	return (keep(p, &out[FORM_ZH], v) != 0 ? -1 : keep(p, &out[FORM_EN], v));
}

/* What a phone fills in by itself; other sources would be left empty here. */
static int
set_preload(struct parse *p, const xmlNode *n, struct form_field *f, const char *v)
{
	static const char *const sources[] = { "uid", "date", "timestamp", "property" };
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(v, sources[i]) == 0)
			return (keep(p, &f->preload, v));
	return (xml_refuse(n, p->e, "bind %s: jr:preload=\"%s\" is not supported", f->path, v));
}

/* 0 or -1; 1 when the attribute is not known. */
static int
jr_attr(struct parse *p, const xmlNode *n, struct form_field *f, const char *name, const char *v)
{

	if (strcmp(name, "constraintMsg") == 0)
		return (set_message(p, n, f->constraint_msg, v));
	if (strcmp(name, "requiredMsg") == 0)
		return (set_message(p, n, f->required_msg, v));
	if (strcmp(name, "preload") == 0)
		return (set_preload(p, n, f, v));
	if (strcmp(name, "preloadParams") == 0)
		return (keep(p, &f->preload_params, v));
	return (1);
}

static int
bind_attr(struct parse *p, const xmlNode *n, struct form_field *f, const xmlAttr *a, const char *v)
{
	const char *ns = a->ns == NULL ? "" : (const char *)a->ns->href, *name = (const char *)a->name;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(ns, harmless[i].ns) == 0 && strcmp(name, harmless[i].name) == 0)
			return (0);
	if (strcmp(ns, XML_NS_TALLY) == 0)
		return (tally_attr(p, n, f, name, v));
	if (*ns == '\0')
		return (plain_attr(p, n, f, name, v));
	if (strcmp(ns, XML_NS_JR) == 0 && (rc = jr_attr(p, n, f, name, v)) <= 0)
		return (rc);
	return (xml_refuse(n, p->e, "bind %s: attribute %s of %s is not supported yet", f->path, name, ns));
}

static int
read_bind(struct parse *p, const xmlNode *n)
{
	struct form_field *f;
	const xmlAttr *a;
	char *v = NULL;
	int rc = 0;

	if (xml_attr(n, NULL, "nodeset", &v) != 0)
		return (parse_oom(p));
	f = parse_nodeset(p, n, v, "bind");
	free(v);
	if (f == NULL)
		return (-1);
	if (f->bound++)
		return (xml_refuse(n, p->e, "bind %s: a second bind of this field", f->path));
	for (a = n->properties; a != NULL && rc == 0; a = a->next) {
		if (xml_attr_value(a, &v) != 0)
			return (parse_oom(p));
		rc = bind_attr(p, n, f, a, v);
		free(v);
	}
	if (rc != 0)
		return (-1);
	if (xml_attr(n, XML_NS_TALLY, "final", &v) != 0)
		return (parse_oom(p));
	if (v != NULL && (p->f->stage == NULL || strcmp(p->f->stage, f->path) != 0))
		rc = xml_refuse(n, p->e, "bind %s: tally:final stands beside tally:stage only", f->path);
	free(v);
	return (rc);
}

int
parse_binds(struct parse *p)
{
	const xmlNode *n;

	for (n = xml_first(p->model); n != NULL; n = xml_next(n))
		if (xml_is(n, XML_NS_XFORMS, "bind") && read_bind(p, n) != 0)
			return (-1);
	return (0);
}
