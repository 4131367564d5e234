#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "forms/xlsform/xlsform_in.h"

/* Types of questions, and the parameters they take. */

static const struct xtype types[] = {
	{ "text", "string", "input", NULL, NULL }, { "string", "string", "input", NULL, NULL },
	{ "integer", "int", "input", NULL, NULL }, { "int", "int", "input", NULL, NULL }, { "decimal", "decimal", "input", NULL, NULL },
	{ "range", "int", "range", NULL, NULL }, { "date", "date", "input", NULL, NULL }, { "time", "time", "input", NULL, NULL },
	{ "dateTime", "dateTime", "input", NULL, NULL }, { "geopoint", "geopoint", "input", NULL, NULL },
	{ "image", "binary", "upload", NULL, NULL }, { "photo", "binary", "upload", NULL, NULL }, { "barcode", "barcode", "input", NULL, NULL },
	{ "note", "string", "input", NULL, NULL }, { "calculate", "string", NULL, NULL, NULL }, { "hidden", "string", NULL, NULL, NULL },
	{ "acknowledge", "string", "trigger", NULL, NULL }, { "start", "dateTime", NULL, "timestamp", "start" },
	{ "end", "dateTime", NULL, "timestamp", "end" }, { "today", "date", NULL, "date", "today" },
	{ "deviceid", "string", NULL, "property", "deviceid" }, { "username", "string", NULL, "property", "username" },
	{ "phonenumber", "string", NULL, "property", "phonenumber" }, { "email", "string", NULL, "property", "email" },
};
static const struct xtype one = { "select_one", "string", "select1", NULL, NULL }, several = { "select_multiple", "string", "select", NULL, NULL };

/* XLSForm's other types. */
static const char *const unsupported[] = {
	"rank", "geotrace", "geoshape", "audio", "video", "file", "audit", "background-audio", "start-geopoint", "osm",
	"select_one_external", "subscriberid", "simserial", "instance", "xpath",
};

static int
starts(const char **s, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++)
		if ((*s)[i] != word[i] && !(word[i] == '_' && (*s)[i] == ' '))
			return 0;
	if ((*s)[i] != '\0' && (*s)[i] != ' ')
		return 0;
	*s += i + strspn(*s + i, " ");
	return 1;
}

/* "places.csv": what phones and counties serve beside the form. */
static int
read_file(struct xls *x, struct item *it, const char *s)
{
	const char *dot = strrchr(s, '.');

	if (dot == NULL || dot == s || strpbrk(s, " /'\"<>&") != NULL || (strcmp(dot, ".csv") != 0 && strcmp(dot, ".xml") != 0))
		return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "%s: a select from a file names a .csv or .xml file", s);
	it->file = s;
	it->value = "name";
	it->label = "label";
	it->file_id = arena_text(&x->b.a, s, (size_t)(dot - s));
	return it->file_id == NULL ? xls_oom(x) : 0;
}

/* What stands behind select_one and select_multiple. */
static int
read_select(struct xls *x, struct item *it, const char *s, int multiple, int file)
{
	const char *end = s + strlen(s), *name;
	size_t n;

	it->type = multiple ? &several : &one;
	it->multiple = multiple;
	if (file)
		return read_file(x, it, s);
	n = strcspn(s, " ");
	if (s[n] != '\0') {
		name = s + n + strspn(s + n, " ");
		if (strcmp(name, "or_other") != 0 && strcmp(name, "or other") != 0)
			return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "%s: unknown words behind the list's name", name);
		it->or_other = 1;
	}
	if (n == 0)
		return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "the list's name is missing");
	if (n > 3 && s[0] == '$' && s[1] == '{' && s[n - 1] == '}' && end - s >= 3)
		return (it->label = arena_text(&x->b.a, s + 2, n - 3)) == NULL ? xls_oom(x) : 0; /* xls_resolve() finds it */
	if ((name = arena_text(&x->b.a, s, n)) == NULL)
		return xls_oom(x);
	it->list = name;
	if (xls_list(x, name) == NULL)
		return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "the list %s is not in the sheet choices", name);
	xls_list(x, name)->used = 1;
	xls_list(x, name)->other |= it->or_other;
	return 0;
}

int
xls_question(struct xls *x, struct item *it)
{
	const char *s = it->c.v[X_TYPE];
	size_t i;

	if (starts(&s, "select_one") || starts(&s, "select1"))
		return read_select(x, it, s, 0, 0);
	if (starts(&s, "select_multiple"))
		return read_select(x, it, s, 1, 0);
	if (starts(&s, "select_one_from_file"))
		return read_select(x, it, s, 0, 1);
	if (starts(&s, "select_multiple_from_file"))
		return read_select(x, it, s, 1, 1);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(s, types[i].name) == 0) {
			it->type = &types[i];
			it->bind_type = types[i].bind;
			return 0;
		}
	for (i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (starts(&s, unsupported[i]))
			return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "the type %s is not supported", it->c.v[X_TYPE]);
	return xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_TYPE), "unknown type %s", it->c.v[X_TYPE]);
}

static int
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789.-")] == '\0';
}

/* One "key=value".  0 when this type takes none of that name, or not such a value. */
static int
take(struct item *it, const char *key, const char *v)
{
	static const char *const range[] = { "start", "end", "step" }, *const accuracy[] = { "capture-accuracy", "warning-accuracy", "allow-mock-accuracy" };
	const char *type = it->type->name;
	int i, select = it->type == &one || it->type == &several;

	for (i = 0; i < 3 && strcmp(type, "range") == 0; i++)
		if (strcmp(key, range[i]) == 0)
			return it->range[i] = v, is_number(v);
	for (i = 0; i < 3 && strcmp(type, "geopoint") == 0; i++)
		if (strcmp(key, accuracy[i]) == 0)
			return it->accuracy[i] = v, i == 2 || is_number(v);
	if (strcmp(key, "rows") == 0 && strcmp(it->bind_type == NULL ? "" : it->bind_type, "string") == 0)
		return it->rows = v, is_number(v);
	if (strcmp(key, "max-pixels") == 0 && strcmp(it->type->control == NULL ? "" : it->type->control, "upload") == 0)
		return it->max_pixels = v, is_number(v);
	if (strcmp(key, "randomize") == 0 && select)
		return it->randomize = xls_yes(v) == 1 ? v : NULL, xls_yes(v) >= 0;
	if (strcmp(key, "seed") == 0 && select)
		return it->seed = v, is_number(v) || v[0] == '$';
	if (strcmp(key, "value") == 0 && it->file != NULL)
		return it->value = v, xls_name_ok(v);
	if (strcmp(key, "label") == 0 && it->file != NULL)
		return it->label = v, xls_name_ok(v);
	return 0;
}

/* "start=0 end=10 step=1", also with ; or , between. */
void
xls_parameters(struct xls *x, struct item *it)
{
	static const char *const defaults[] = { "0", "10", "1" };
	const char *text = it->c.v[X_PARAMETERS];
	char *copy, *save = NULL, *word, *eq;
	int i;

	for (i = 0; i < 3; i++)
		it->range[i] = defaults[i];
	if (text == NULL)
		return;
	if ((copy = arena_text(&x->b.a, text, strlen(text))) == NULL) {
		(void)xls_oom(x);
		return;
	}
	for (word = strtok_r(copy, " ,;\n", &save); word != NULL; word = strtok_r(NULL, " ,;\n", &save)) {
		if ((eq = strchr(word, '=')) != NULL)
			*eq++ = '\0';
		if (eq == NULL || *eq == '\0' || !take(it, word, eq))
			(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_PARAMETERS), "%s takes no parameter %s, or not this value", it->type->name, word);
	}
	if (it->seed != NULL && it->randomize == NULL)
		(void)xls_say(x, &x->survey, it->c.row, xls_at(&it->c, X_PARAMETERS), "seed without randomize=true");
	for (i = 0; i < 3 && strcmp(it->type->name, "range") == 0; i++)
		if (strchr(it->range[i], '.') != NULL)
			it->bind_type = "decimal";
}
