#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "forms/media.h"
#include "forms/xlsform/xlsform_in.h"

/* Files beside the form: csv-external, xml-external, pulldata(), and what is known of their bytes. */

static int
add(struct xls *x, const struct cells *c, const char *id, const char *file)
{
	size_t i;

	for (i = 0; i < x->nexts; i++)
		if (strcmp(x->ext[i].id, id) == 0)
			return strcmp(x->ext[i].file, file) == 0 ? 0 : xls_say(x, &x->survey, c->row, xls_at(c, X_NAME), "%s: %s and %s would have one name", id, x->ext[i].file, file);
	if (x->nexts == sizeof(x->ext) / sizeof(x->ext[0]))
		return xls_say(x, &x->survey, c->row, -1, "more than %zu files beside the form", sizeof(x->ext) / sizeof(x->ext[0]));
	x->ext[x->nexts].id = id;
	x->ext[x->nexts++].file = file;
	return 0;
}

int
xls_external(struct xls *x, const struct cells *c)
{
	static const enum xcol none[] = { X_REQUIRED, X_CONSTRAINT, X_RELEVANT, X_CALCULATION, X_DEFAULT, X_READONLY, X_APPEARANCE, X_FILTER, X_COUNT, X_PARAMETERS, X_BIND_TYPE,
		X_PERSONAL, X_UNIT, X_SUBJECT, X_STAGE, X_FINAL, X_ACCURACY };
	const char *type = c->v[X_TYPE], *name = c->v[X_NAME];
	const char *end = strcasecmp(type, "csv-external") == 0 ? ".csv" : strcasecmp(type, "xml-external") == 0 ? ".xml" : NULL;
	char *file;
	size_t i;

	if (end == NULL)
		return 0;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (c->v[none[i]] != NULL)
			(void)xls_say(x, &x->survey, c->row, c->col[none[i]], "%s takes no such cell", type);
	if (name == NULL || !xls_name_ok(name) || strlen(name) + 4 > FORM_MEDIA_NAME_MAX)
		(void)xls_say(x, &x->survey, c->row, xls_at(c, X_NAME), "%s: the name must be the file's without %s", type, end);
	else if ((file = arena_printf(&x->b.a, "%s%s", name, end)) == NULL)
		(void)xls_oom(x);
	else
		(void)add(x, c, name, file);
	return 1;
}

/* An instance of that id is there without us. */
static int
is_there(const struct xls *x, const char *id)
{
	size_t i;

	for (i = 0; i < x->nlists; i++)
		if (x->list[i].used && strcmp(x->list[i].name, id) == 0)
			return 1;
	for (i = 0; i < x->nitems; i++)
		if (x->item[i]->file_id != NULL && strcmp(x->item[i]->file_id, id) == 0)
			return 1;
	for (i = 0; i < x->nexts; i++)
		if (strcmp(x->ext[i].id, id) == 0)
			return 1;
	return 0;
}

/* pulldata('prices', ...) means prices.csv without saying so. */
static int
pulled(struct xls *x, const struct item *it, const char *text)
{
	const char *p = text, *id;
	char *copy, *file;
	size_t n;

	while ((p = strstr(p, "pulldata")) != NULL) {
		p += strlen("pulldata");
		p += strspn(p, " \t\r\n");
		if (*p != '(')
			continue;
		p += 1 + strspn(p + 1, " \t\r\n");
		if (*p != '\'' && *p != '"')
			continue;
		id = p + 1;
		n = strcspn(id, "'\"");
		if ((copy = arena_text(&x->b.a, id, n)) == NULL || (file = arena_printf(&x->b.a, "%s.csv", copy)) == NULL)
			return xls_oom(x);
		if (!is_there(x, copy) && xls_name_ok(copy) && add(x, &it->c, copy, file) != 0)
			return x->oom ? -1 : 0;
		p = id + n;
	}
	return 0;
}

int
xls_pulldata(struct xls *x)
{
	static const enum xcol where[] = { X_RELEVANT, X_CONSTRAINT, X_CALCULATION, X_REQUIRED, X_READONLY, X_DEFAULT, X_FILTER, X_COUNT };
	size_t i, k;

	for (i = 0; i < x->nitems; i++)
		for (k = 0; k < sizeof(where) / sizeof(where[0]); k++)
			if (x->item[i]->c.v[where[k]] != NULL && pulled(x, x->item[i], x->item[i]->c.v[where[k]]) != 0)
				return -1;
	return 0;
}

void
xls_put_externals(struct xls *x, struct buf *out)
{
	size_t i;

	for (i = 0; i < x->nexts; i++)
		(void)buf_printf(out, "<instance id=\"%s\" src=\"jr://%s/%s\"/>\n", x->ext[i].id, strstr(x->ext[i].file, ".csv") != NULL ? "file-csv" : "file", x->ext[i].file);
}

/* Does a question or an external row take that file? */
static int
takes(const struct xls *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nexts; i++)
		if (strcmp(x->ext[i].file, name) == 0)
			return 1;
	for (i = 0; i < x->nitems; i++)
		if (x->item[i]->file != NULL && strcmp(x->item[i]->file, name) == 0)
			return 1;
	return 0;
}

void
xls_media(struct xls *x)
{
	size_t i;

	for (i = 0; i < x->nmedia; i++)
		if (!takes(x, x->media[i].name))
			(void)xls_say(x, NULL, 0, -1, "no question takes the file %s (select_one_from_file, csv-external, xml-external or pulldata)", x->media[i].name);
}

void
xls_put_media(const struct xls *x, struct buf *out)
{
	char hex[2 * sizeof(x->media[0].hash) + 1];
	size_t i;

	for (i = 0; i < x->nmedia; i++) {
		enc_hex(hex, x->media[i].hash, sizeof(x->media[i].hash));
		(void)buf_printf(out, "<tally:media name=\"%s\" sha256=\"%s\"/>\n", x->media[i].name, hex);
	}
}
