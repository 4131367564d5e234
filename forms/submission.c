#include "forms/submission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/value.h"
#include "forms/xml.h"

#define SHOWN_MAX 256 /* bytes of a path with indexes */

static xmlNode *
meta_of(const xmlNode *root)
{
	xmlNode *c;

	for (c = xml_first(root); c != NULL; c = xml_next(c))
		if (strcmp(xml_name(c), "meta") == 0)
			return (c);
	return (NULL);
}

/* An id of the meta block: what can stand in a command and a file's name.  0, or -1 with the rule. */
static int
read_id(const xmlNode *root, const char *name, char **out, struct err *e)
{
	xmlNode *c = meta_of(root);

	for (c = c == NULL ? NULL : xml_first(c); c != NULL; c = xml_next(c))
		if (strcmp(xml_name(c), name) == 0)
			break;
	if (c == NULL)
		return (0);
	if (*out != NULL || (*out = xml_text(c)) == NULL)
		return (err_set(e, "submission: out of memory"));
	if (**out == '\0') {
		free(*out);
		*out = NULL;
		return (0);
	}
	if (strlen(*out) > SUBMISSION_ID_MAX || strncmp(*out, "uuid:", 5) != 0 || (*out)[5] == '\0' ||
	    strspn(*out + 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != strlen(*out + 5))
		return (err_set(e, "submission: meta/%s: must be uuid: and letters, digits or '-', %u bytes in all", name, SUBMISSION_ID_MAX));
	return (0);
}

static int
read_head(struct submission *s, struct err *e)
{
	const xmlNode *root = xmlDocGetRootElement(s->doc);
	char *encrypted = NULL;

	if (root == NULL)
		return (err_set(e, "submission: no element"));
	if (xml_attr(root, NULL, "id", &s->form) != 0 || xml_attr(root, NULL, "version", &s->version) != 0 ||
	    xml_attr(root, NULL, "encrypted", &encrypted) != 0) {
		free(encrypted);
		return (err_set(e, "submission: out of memory"));
	}
	if (encrypted != NULL) {
		free(encrypted);
		return (err_set(e, "submission: encrypted submissions are not supported"));
	}
	if (s->form == NULL || *s->form == '\0')
		return (err_set(e, "submission: the root element must name its form (id)"));
	if (s->version == NULL || *s->version == '\0')
		return (err_set(e, "submission: the root element must name the form's version (version)"));
	if (read_id(root, "instanceID", &s->instance_id, e) != 0 || read_id(root, "deprecatedID", &s->deprecated_id, e) != 0)
		return (-1);
	return (s->instance_id == NULL ? err_set(e, "submission: meta/instanceID is missing") : 0);
}

struct submission *
submission_open(const void *xml, size_t n, struct err *e)
{
	struct submission *s = NULL;

	if (n > SUBMISSION_BYTES_MAX) {
		(void)err_set(e, "submission: %zu bytes, where at most %u are allowed", n, SUBMISSION_BYTES_MAX);
		return (NULL);
	}
	if ((s = lapsed(calloc(1, sizeof(*s)))) == NULL) {
		(void)err_set(e, "submission: out of memory");
		return (NULL);
	}
	if ((s->doc = xml_read(xml, n, e)) == NULL)
		(void)err_add(e, "submission");
	else if (read_head(s, e) == 0)
		return (s);
	submission_free(s);
	return (NULL);
}

void
submission_free(struct submission *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nfiles; i++) {
		free(s->file[i].path);
		free(s->file[i].name);
	}
	free(s->file);
	free(s->form);
	free(s->version);
	free(s->instance_id);
	free(s->deprecated_id);
	cJSON_Delete(s->answers);
	xmlFreeDoc(s->doc);
	free(s);
}

/* The XML and the form, walked side by side. */
struct walk {
	struct submission *s;
	const char *ns;   /* the root's namespace, in which fields stand */
	struct form_findings *out;
	int bad, oom;
};

static void
found(struct walk *w, const char *path, const char *rule, const char *why)
{

	w->bad = 1;
	if (value_finding(w->out, path, rule, "%s: %s", path, why) < 0)
		w->oom = 1;
}

/* Stop looking once the list is full: a hostile instance has more to complain of than anybody reads. */
static int
enough(const struct walk *w)
{

	return (w->oom || (w->out != NULL && w->out->n >= FORM_FINDINGS_MAX));
}

static void
check_attributes(struct walk *w, const xmlNode *n, const char *path, int root)
{
	char shown[SHOWN_MAX];
	const xmlAttr *a;

	for (a = n->properties; a != NULL && !enough(w); a = a->next) {
		if (root && a->ns == NULL && (strcmp((const char *)a->name, "id") == 0 || strcmp((const char *)a->name, "version") == 0))
			continue;
		(void)snprintf(shown, sizeof(shown), "%s%s@%s", path, *path == '\0' ? "" : "/", (const char *)a->name);
		found(w, shown, "unknown-field", "the form has no such attribute");
	}
}

/* The field of ${g} that the element is, from behind ${*at} on first: they mostly come in the form's order. */
static const struct form_field *
field_of(const struct walk *w, const struct form_field *g, const xmlNode *n, size_t *at)
{
	const char *ns = xml_ns(n);
	const struct form_field *c;
	size_t i;

	for (i = 0; i < g->nchild; i++, ++*at) {
		if (*at >= g->nchild)
			*at = 0;
		c = &g->child[*at];
		if (strcmp(c->name, xml_name(n)) == 0)
			return (strcmp(ns, w->ns) == 0 || *ns == '\0' || (c->type == FIELD_META && strcmp(ns, XML_NS_ORX) == 0) ? c : NULL);
	}
	return (NULL);
}

/* The digits of a number without its exponent, how many stand before the point; how many there are, 0 when it is none. */
static size_t
mantissa(const char *s, size_t n, char *digits, size_t size, long *whole)
{
	size_t i, nd = 0;
	int point = 0;

	*whole = 0;
	for (i = 0; i < n; i++) {
		if (s[i] == '.' && !point)
			point = 1;
		else if (s[i] < '0' || s[i] > '9' || nd == size)
			return (0);
		else {
			digits[nd++] = s[i];
			*whole += !point;
		}
	}
	return (nd);
}

/* Java writes ten million as "1.0E7", scripts a small number as "1e-7": the same in plain digits.  0, or -1 when it is no number a phone writes. */
static int
plain_number(const char *s, size_t n, struct buf *out)
{
	size_t sign = n > 0 && (*s == '-' || *s == '+'), m = sign, nd, i;
	char digits[32], power[5] = "", *end;
	long whole, by;

	while (m < n && s[m] != 'e' && s[m] != 'E')
		m++;
	if ((nd = mantissa(s + sign, m - sign, digits, sizeof(digits), &whole)) == 0)
		return (-1);
	if (m == n)
		return (buf_put(out, s, n));
	if (n - m - 1 == 0 || n - m - 1 >= sizeof(power))
		return (-1);
	memcpy(power, s + m + 1, n - m - 1);
	by = strtol(power, &end, 10);
	if (*end != '\0' || by < -30 || by > 30)
		return (-1);
	whole += by;
	(void)buf_puts(out, *s == '-' ? "-" : "");
	if (whole <= 0)
		(void)buf_puts(out, "0.");
	for (; whole < 0; whole++)
		(void)buf_puts(out, "0");
	for (i = 0; i < nd || (long)i < whole; i++)
		(void)buf_printf(out, "%s%c", i > 0 && (long)i == whole ? "." : "", i < nd ? digits[i] : '0');
	return (buf_ok(out) ? 0 : -1);
}

/* Numbers separated by spaces, each made plain, in place.  0 or -1. */
static int
plain_numbers(char **text)
{
	const char *s = *text;
	struct buf b;
	char *plain;
	size_t n;
	int rc = 0;

	buf_init(&b, FORM_TEXT_MAX);
	while (*s != '\0' && rc == 0) {
		n = strcspn(s, " ");
		rc = plain_number(s, n, &b);
		s += n;
		s += strspn(s, " ");
		if (*s != '\0')
			(void)buf_puts(&b, " ");
	}
	plain = rc == 0 && buf_ok(&b) ? lapsed(strndup(buf_str(&b), b.len)) : NULL;
	buf_free(&b);
	if (plain == NULL)
		return (-1);
	free(*text);
	*text = plain;
	return (0);
}

/* What a phone writes and a person at a desk does not: bare numbers only, and hours without minutes in an offset ("+08").  0, or -1 with the reason. */
static int
as_typed(const struct form_field *f, char **text, const char **why)
{
	size_t n = strlen(*text);
	char *longer;

	if (f->type == FIELD_INTEGER && strspn(*text, "+-0123456789") != n) {
		*why = "is not a whole number";
		return (-1);
	}
	if ((f->type == FIELD_DECIMAL || f->type == FIELD_GEOPOINT) && plain_numbers(text) != 0) {
		*why = f->type == FIELD_DECIMAL ? "is not a decimal number" : "is not a position (LAT LON ALT ACC)";
		return (-1);
	}
	if ((f->type == FIELD_TIME || f->type == FIELD_DATETIME) && n > 6 && n < 64 && ((*text)[n - 3] == '+' || ((*text)[n - 3] == '-' && strchr(*text, ':') != NULL))) {
		if ((longer = lapsed(malloc(n + 4))) == NULL) {
			*why = "out of memory";
			return (-1);
		}
		(void)snprintf(longer, n + 4, "%s:00", *text);
		free(*text);
		*text = longer;
	}
	return (0);
}

/* A name beside the XML: no folders, nothing hidden, no control characters. */
static int
file_name_ok(const char *s)
{
	const unsigned char *p;

	if (*s == '\0' || *s == '.' || strlen(s) > SUBMISSION_FILE_MAX || strpbrk(s, "/\\") != NULL)
		return (0);
	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return (0);
	return (1);
}

static void
read_file(struct walk *w, const char *path, char *name)
{
	struct submission *s = w->s;
	struct submission_file *grown;

	if (!file_name_ok(name) || s->nfiles == SUBMISSION_FILES_MAX) {
		found(w, path, s->nfiles == SUBMISSION_FILES_MAX ? "range" : "type",
		    s->nfiles == SUBMISSION_FILES_MAX ? "more than 64 files" : "is not the name of a file");
		return;
	}
	if ((grown = lapsed(realloc(s->file, (s->nfiles + 1) * sizeof(*grown)))) == NULL) {
		w->oom = 1;
		return;
	}
	s->file = grown;
	grown[s->nfiles].path = lapsed(strdup(path));
	grown[s->nfiles].name = lapsed(strdup(name));
	if (grown[s->nfiles].path == NULL || grown[s->nfiles].name == NULL)
		w->oom = 1;
	s->nfiles++;
}

/* One answer into ${obj}. */
static void
read_leaf(struct walk *w, const struct form_field *f, const xmlNode *n, const char *path, cJSON *obj)
{
	struct value_fault fault = { "type", NULL };
	char *text = xml_text(n);
	cJSON *v = NULL;

	if (text == NULL) {
		w->oom = 1;
		return;
	}
	if (*text == '\0')
		goto out;
	if (f->type == FIELD_BINARY) {
		read_file(w, path, text);
		goto out;
	}
	if (as_typed(f, &text, &fault.why) != 0 || (v = value_from_text(f, text, &fault)) == NULL) {
		if (strcmp(fault.rule, "memory") == 0)
			w->oom = 1;
		found(w, path, fault.rule, fault.why);
	} else if (value_empty(v))
		cJSON_Delete(v);
	else if (!cJSON_AddItemToObject(obj, f->name, v)) {
		cJSON_Delete(v);
		w->oom = 1;
	}
out:
	free(text);
}

static void read_children(struct walk *, const struct form_field *, const xmlNode *, const char *, cJSON *);

/* A group's object, or one more instance of a repeat, under ${obj}; ${path} gets its index. */
static void
read_inner(struct walk *w, const struct form_field *f, const xmlNode *n, char path[SHOWN_MAX], cJSON *obj)
{
	cJSON *list, *inner;
	size_t len = strlen(path);
	int count;

	if (f->type == FIELD_REPEAT) {
		if ((list = cJSON_GetObjectItemCaseSensitive(obj, f->name)) == NULL && (list = cJSON_AddArrayToObject(obj, f->name)) == NULL)
			goto oom;
		if ((count = cJSON_GetArraySize(list)) >= FORM_REPEAT_MAX) {
			found(w, path, "count", "more than 1000 instances");
			return;
		}
		(void)snprintf(path + len, SHOWN_MAX - len, "[%d]", count);
		if ((inner = cJSON_CreateObject()) == NULL)
			goto oom;
		if (!cJSON_AddItemToArray(list, inner)) {
			cJSON_Delete(inner);
			goto oom;
		}
	} else if ((inner = cJSON_AddObjectToObject(obj, f->name)) == NULL)
		goto oom;
	read_children(w, f, n, path, inner);
	if (f->type != FIELD_REPEAT && inner->child == NULL)
		cJSON_DeleteItemFromObjectCaseSensitive(obj, f->name);
	return;
oom:
	w->oom = 1;
}

static void
read_node(struct walk *w, const struct form_field *f, const xmlNode *n, char path[SHOWN_MAX], cJSON *obj)
{

	check_attributes(w, n, path, 0);
	if (f->nchild > 0)
		read_inner(w, f, n, path, obj);
	else if (xml_first(n) != NULL)
		found(w, path, "type", "holds elements where the form has one answer");
	else
		read_leaf(w, f, n, path, obj);
}

/* meta/deprecatedID: a phone puts it into what it edits, whether the form has it or not; submission_open() read it. */
static int
is_edit(const struct walk *w, const struct form_field *g, const xmlNode *n)
{
	const char *ns = xml_ns(n);

	return g->path != NULL && strcmp(g->path, "meta") == 0 && strcmp(xml_name(n), "deprecatedID") == 0 && xml_first(n) == NULL &&
	    (strcmp(ns, XML_NS_ORX) == 0 || strcmp(ns, w->ns) == 0 || *ns == '\0');
}

static void
read_children(struct walk *w, const struct form_field *g, const xmlNode *n, const char *path, cJSON *obj)
{
	unsigned char seen[FORM_FIELDS_MAX] = { 0 };
	const struct form_field *f;
	char shown[SHOWN_MAX];
	const xmlNode *c;
	size_t at = 0;

	if (!xml_blank(n))
		found(w, path, "unknown-field", "text outside answers");
	for (c = xml_first(n); c != NULL && !enough(w); c = xml_next(c)) {
		(void)snprintf(shown, sizeof(shown), "%s%s%.100s", path, *path == '\0' ? "" : "/", xml_name(c));
		if (++w->s->nodes > SUBMISSION_NODES_MAX) {
			if (w->s->nodes == SUBMISSION_NODES_MAX + 1)
				found(w, shown, "range", "more than 50000 elements");
			return;
		}
		if ((f = field_of(w, g, c, &at)) == NULL && is_edit(w, g, c))
			;
		else if (f == NULL)
			found(w, shown, "unknown-field", "the form has no such field");
		else if (seen[f - g->child] && f->type != FIELD_REPEAT)
			found(w, shown, "count", "stands twice");
		else {
			seen[f - g->child] = 1;
			read_node(w, f, c, shown, obj);
		}
	}
}

int
submission_answers(struct submission *s, const struct form *f, struct form_findings *out)
{
	const xmlNode *root = xmlDocGetRootElement(s->doc);
	struct walk w = { .s = s, .ns = xml_ns(root), .out = out };

	if (s->answers != NULL || (s->answers = cJSON_CreateObject()) == NULL)
		return (-1);
	if (strcmp(s->form, f->id) != 0 || strcmp(s->version, f->version) != 0)
		found(&w, "@id", "unknown-field", "it is of another form, or another version of it");
	else if (strcmp(xml_name(root), f->root.name) != 0)
		found(&w, xml_name(root), "unknown-field", "the form's root has another name");
	else {
		check_attributes(&w, root, "", 1);
		read_children(&w, &f->root, root, "", s->answers);
	}
	return (w.oom ? -1 : w.bad);
}
