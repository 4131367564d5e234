#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

#include "forms/form/parse.h"

/* The parts of OpenRosa's meta block; those that say nothing of a person are public. */
static const struct {
	const char *name;
	int personal;
} metas[] = {
	{ "instanceID", 0 }, { "deprecatedID", 0 }, { "timeStart", 0 }, { "timeEnd", 0 },
	{ "instanceName", 1 }, { "deviceID", 1 }, { "userID", 1 }, { "username", 1 }, { "email", 1 },
	{ "phoneNumber", 1 }, { "phonenumber", 1 }, { "subscriberID", 1 }, { "simSerial", 1 },
};

/* A field's name: it becomes a JSON key, a column and a part of a command line. */
static int
name_ok(const char *s)
{
	const char *first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	return (*s != '\0' && strchr(first, *s) != NULL &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-.") == strlen(s));
}

/* A form's id and version stand in a header line: no spaces, nothing that starts like an option. */
static int
id_ok(const char *s, size_t max)
{

	return (*s != '\0' && *s != '-' && strlen(s) <= max &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(s));
}

static int
name_field(struct parse *p, const xmlNode *n, struct form_field *f, const struct form_field *parent)
{
	char path[FORM_PATH_MAX + 1];
	int len;

	f->index = (unsigned)p->fields;
	if (++p->fields > FORM_FIELDS_MAX)
		return (xml_refuse(n, p->e, "instance: more than %d fields", FORM_FIELDS_MAX));
	if (!name_ok(xml_name(n)))
		return (xml_refuse(n, p->e, "instance: the name %s is not of A-Z a-z 0-9 _ - .", xml_name(n)));
	len = snprintf(path, sizeof(path), "%s%s%s", parent->path == NULL ? "" : parent->path,
	    parent->path == NULL ? "" : "/", xml_name(n));
	if (len < 0 || (size_t)len >= sizeof(path))
		return (xml_refuse(n, p->e, "%s: the path is longer than %d bytes", xml_name(n), FORM_PATH_MAX));
	f->name = lapsed(strdup(xml_name(n)));
	f->path = lapsed(strdup(path));
	return (f->name == NULL || f->path == NULL ? parse_oom(p) : 0);
}

/* Of attributes only jr:template is known; others would be part of what a phone stores. */
static int
node_attributes(struct parse *p, const xmlNode *n, int *template)
{
	const xmlAttr *a;

	*template = 0;
	for (a = n->properties; a != NULL; a = a->next) {
		if (strcmp((const char *)a->name, "template") != 0 || a->ns == NULL ||
		    strcmp((const char *)a->ns->href, XML_NS_JR) != 0)
			return (xml_refuse(n, p->e, "instance: %s: attribute %s is not supported", xml_name(n),
			    (const char *)a->name));
		*template = 1;
	}
	return (0);
}

static int
read_meta(struct parse *p, const xmlNode *n, struct form_field *f)
{
	size_t i;

	f->type = FIELD_META;
	f->personal = 0;
	if (f->nchild > 0)
		return (0);
	if (!xml_blank(n))
		return (xml_refuse(n, p->e, "meta/%s: a value in the form is not supported", f->name));
	for (i = 0; i < sizeof(metas) / sizeof(metas[0]); i++)
		if (strcmp(f->name, metas[i].name) == 0) {
			f->personal = metas[i].personal;
			return (0);
		}
	return (xml_refuse(n, p->e, "meta/%s is not supported yet", f->name));
}

static int
read_default(struct parse *p, const xmlNode *n, struct form_field *f)
{

	if (xml_first(n) != NULL || f->type == FIELD_META)
		return (xml_refuse(n, p->e, "%s: a default value in a group or in meta is not supported", f->path));
	f->initial = xml_text(n);
	return (f->initial == NULL ? parse_oom(p) : 0);
}

static int read_children(struct parse *, const xmlNode *, struct form_field *, unsigned);

static int
read_node(struct parse *p, const xmlNode *n, struct form_field *f, const struct form_field *parent, unsigned depth)
{
	int template, meta = parent->type == FIELD_META || (parent == &p->f->root && strcmp(xml_name(n), "meta") == 0);

	if (depth > FORM_DEPTH_MAX)
		return (xml_refuse(n, p->e, "%s: groups nested deeper than %d", xml_name(n), FORM_DEPTH_MAX));
	if (name_field(p, n, f, parent) != 0 || node_attributes(p, n, &template) != 0)
		return (-1);
	if (meta)
		f->type = FIELD_META;
	else if (xml_first(n) != NULL)
		f->type = template ? FIELD_REPEAT : FIELD_GROUP;
	else if (template)
		return (xml_refuse(n, p->e, "%s: a repeat without fields", f->path));
	else
		f->type = FIELD_STRING;
	if (!meta)
		f->personal = -1; /* nothing said yet */
	if (!xml_blank(n) && read_default(p, n, f) != 0)
		return (-1);
	if (read_children(p, n, f, depth) != 0)
		return (-1);
	if (meta && f->nchild > 0 && parent->type == FIELD_META)
		return (xml_refuse(n, p->e, "%s is not supported yet", f->path));
	return (meta && parent->type == FIELD_META ? read_meta(p, n, f) : 0);
}

static struct form_field *
same_name(const struct form_field *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->nchild; i++)
		if (strcmp(f->child[i].name, name) == 0)
			return (&f->child[i]);
	return (NULL);
}

/* Equal but for white space between elements? */
static int
same_text(const xmlNode *a, const xmlNode *b)
{
	xmlChar *x = xmlNodeGetContent(a), *y = xmlNodeGetContent(b);
	const char *s = (const char *)x, *t = (const char *)y;
	int same = x != NULL && y != NULL;

	while (same) {
		s += strspn(s, " \t\r\n");
		t += strspn(t, " \t\r\n");
		if (*s != *t || *s == '\0')
			break;
		s++;
		t++;
	}
	same = same && *s == *t;
	xmlFree(x);
	xmlFree(y);
	return (same);
}

/* A second node of one name is an instance of the repeat whose template stands before it, and must hold the same. */
static int
read_second(struct parse *p, const xmlNode *n, struct form_field *f)
{
	const xmlNode *first = n;

	if (f->type != FIELD_REPEAT)
		return (xml_refuse(n, p->e, "instance: %s stands twice", xml_name(n)));
	for (first = xml_first(n->parent); strcmp(xml_name(first), f->name) != 0; first = xml_next(first))
		continue;
	if (!same_text(first, n))
		return (xml_refuse(n, p->e, "instance: %s has other default values than its template", f->path));
	f->instances++;
	return (f->instances > FORM_REPEAT_MAX ? xml_refuse(n, p->e, "instance: more than %d instances of %s", FORM_REPEAT_MAX, f->path) : 0);
}

static int
read_children(struct parse *p, const xmlNode *n, struct form_field *f, unsigned depth)
{
	const xmlNode *c;
	struct form_field *second;
	size_t count = 0;

	for (c = xml_first(n); c != NULL; c = xml_next(c))
		count++;
	if (count == 0)
		return (0);
	if (count > FORM_FIELDS_MAX + FORM_REPEAT_MAX)
		return (xml_refuse(n, p->e, "instance: more than %d fields", FORM_FIELDS_MAX));
	if ((f->child = lapsed(calloc(count, sizeof(*f->child)))) == NULL)
		return (parse_oom(p));
	for (c = xml_first(n); c != NULL; c = xml_next(c)) {
		if ((second = same_name(f, xml_name(c))) != NULL) {
			if (read_second(p, c, second) != 0)
				return (-1);
			continue;
		}
		f->nchild++;
		if (read_node(p, c, &f->child[f->nchild - 1], f, depth + 1) != 0)
			return (-1);
	}
	return (0);
}

/* id and version of the root; nothing else may stand there. */
static int
read_root(struct parse *p, const xmlNode *root)
{
	const xmlAttr *a;
	char **to;

	for (a = root->properties; a != NULL; a = a->next) {
		if (strcmp((const char *)a->name, "id") == 0 && p->f->id == NULL)
			to = &p->f->id;
		else if (strcmp((const char *)a->name, "version") == 0 && p->f->version == NULL)
			to = &p->f->version;
		else
			return (xml_refuse(root, p->e, "instance: attribute %s is not supported", (const char *)a->name));
		if (xml_attr_value(a, to) != 0)
			return (parse_oom(p));
	}
	if (p->f->id == NULL || !id_ok(p->f->id, 64))
		return (xml_refuse(root, p->e, "instance: id must be 1 to 64 characters of A-Z a-z 0-9 . _ -"));
	if (p->f->version == NULL || !id_ok(p->f->version, 32))
		return (xml_refuse(root, p->e, "instance: version must be 1 to 32 characters of A-Z a-z 0-9 . _ -"));
	p->root = lapsed(strdup(xml_name(root)));
	p->f->root.name = lapsed(strdup(xml_name(root)));
	return (p->root == NULL || p->f->root.name == NULL ? parse_oom(p) : 0);
}

int
parse_instance(struct parse *p)
{
	const xmlNode *inst = xml_child(p->model, XML_NS_XFORMS, "instance"), *root;
	char *src = NULL;

	if (inst == NULL)
		return (xml_refuse(p->model, p->e, "model: the instance is missing"));
	if (xml_attr(inst, NULL, "src", &src) != 0)
		return (parse_oom(p));
	if (src != NULL) {
		free(src);
		return (xml_refuse(inst, p->e, "instance: an instance from elsewhere (src) is not allowed"));
	}
	if ((root = xml_first(inst)) == NULL || xml_next(root) != NULL)
		return (xml_refuse(inst, p->e, "instance: must hold one element"));
	if (read_root(p, root) != 0 || read_children(p, root, &p->f->root, 0) != 0)
		return (-1);
	if (!xml_blank(root))
		return (xml_refuse(root, p->e, "instance: text outside fields"));
	if (form_field(p->f, "meta/instanceID") == NULL)
		return (xml_refuse(root, p->e, "instance: meta/instanceID is missing"));
	return (0);
}

struct form_field *
parse_nodeset(struct parse *p, const xmlNode *at, const char *ref, const char *what)
{
	char path[FORM_PATH_MAX + 64];
	const char *s = ref;
	size_t n = strlen(p->root), len = 0;
	const struct form_field *f = NULL;

	if (s != NULL && s[0] == '/' && strncmp(s + 1, p->root, n) == 0 && s[n + 1] == '/') {
		/* Prefixes as in orx:meta name the same nodes here. */
		for (s += n + 2; *s != '\0' && len < sizeof(path) - 1; s++) {
			if (*s == ':')
				while (len > 0 && path[len - 1] != '/')
					len--;
			else
				path[len++] = *s;
		}
		path[len] = '\0';
		f = *s == '\0' ? form_field(p->f, path) : NULL;
	}
	if (f == NULL) {
		(void)xml_refuse(at, p->e, "%s: %s names no field (paths start with /%s/)", what,
		    ref == NULL ? "no reference" : ref, p->root);
		return (NULL);
	}
	/* form_field() gives back what p->f owns, which is ours to fill in while parsing. */
	return ((struct form_field *)(uintptr_t)f);
}
