#include "forms/xlsform/sheet_xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "forms/xml_stream.h"

/* An .xlsx workbook (ECMA-376): which sheets there are, and where. */

#define NAME_SIZE 256

struct listed { char name[NAME_SIZE], id[NAME_SIZE], target[NAME_SIZE]; };

struct workbook {
	struct listed sheet[SHEETS_MAX];
	size_t n;
	int many, since1904;
};

static void
nothing_end(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
}

static void
nothing_text(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
}

static void
on_workbook(void *ctx, const char *name, const struct xml_atts *a)
{
	struct workbook *w = ctx;
	struct listed *s = &w->sheet[w->n];
	char v[16];

	if (strcmp(name, "workbookPr") == 0 && xml_att(a, "date1904", v, sizeof(v)) > 0)
		w->since1904 = strcmp(v, "1") == 0 || strcmp(v, "true") == 0;
	if (strcmp(name, "sheet") != 0)
		return;
	if (w->n == SHEETS_MAX)
		w->many = 1;
	else if (xml_att(a, "name", s->name, NAME_SIZE) > 0 && xml_att(a, "id", s->id, NAME_SIZE) > 0)
		w->n++;
}

static void
on_relation(void *ctx, const char *name, const struct xml_atts *a)
{
	struct workbook *w = ctx;
	char id[NAME_SIZE], target[NAME_SIZE];
	size_t i;

	if (strcmp(name, "Relationship") != 0 || xml_att(a, "Id", id, NAME_SIZE) < 0 || xml_att(a, "Target", target, NAME_SIZE) < 0)
		return;
	for (i = 0; i < w->n; i++)
		if (strcmp(w->sheet[i].id, id) == 0)
			(void)snprintf(w->sheet[i].target, NAME_SIZE, "%s", target);
}

/* One part of the workbook through ${start}.  As zip_file_part(). */
static int
read_part(struct xlsx *x, const char *part, struct workbook *w, void (*start)(void *, const char *, const struct xml_atts *), struct err *e)
{
	struct xml_events v = { w, start, nothing_end, nothing_text, NULL };
	struct buf xml;
	int rc;

	buf_init(&xml, ZIP_PART_MAX);
	if ((rc = zip_file_part(x->z, part, &xml, e)) == 1 && xml_stream(xml.data, xml.len, ZIP_PART_MAX, &v, e) != 0)
		rc = err_add(e, "%s", part);
	buf_free(&xml);
	return rc;
}

/* A part that a workbook may lack, read by ${f}. */
static int
optional_part(struct xlsx *x, const char *part, int (*f)(struct xlsx *, const struct buf *, struct err *), struct err *e)
{
	struct buf xml;
	int rc;

	buf_init(&xml, ZIP_PART_MAX);
	rc = zip_file_part(x->z, part, &xml, e);
	if (rc == 1)
		rc = f(x, &xml, e) != 0 ? err_add(e, "%s", part) : 0;
	buf_free(&xml);
	return rc;
}

static int
read_sheet(struct xlsx *x, const struct listed *l, struct err *e)
{
	char part[NAME_SIZE + 8];
	struct sheet *s;
	struct buf xml;
	int rc;

	(void)snprintf(part, sizeof(part), "%s%s", l->target[0] == '/' ? "" : "xl/", l->target + (l->target[0] == '/'));
	buf_init(&xml, ZIP_PART_MAX);
	if ((rc = zip_file_part(x->z, part, &xml, e)) == 0)
		rc = err_set(e, "the sheet %s is missing", l->name);
	if (rc == 1 && (s = book_add(x->b, l->name)) == NULL) {
		x->oom = 1;
		rc = -1;
	}
	if (rc == 1)
		rc = xlsx_sheet(x, s, &xml, e) != 0 ? err_add(e, "%s", part) : 0;
	buf_free(&xml);
	return rc;
}

static int
read_all(struct xlsx *x, struct workbook *w, struct err *e)
{
	size_t i;
	int rc = read_part(x, "xl/workbook.xml", w, on_workbook, e);

	if (rc < 1)
		return rc == 0 ? err_set(e, "no workbook in it") : -1;
	if (w->many)
		return err_set(e, "more than %d sheets", SHEETS_MAX);
	x->since1904 = w->since1904;
	if (read_part(x, "xl/_rels/workbook.xml.rels", w, on_relation, e) < 1)
		return e->text[0] == '\0' ? err_set(e, "no workbook in it") : -1;
	if (optional_part(x, "xl/sharedStrings.xml", xlsx_strings, e) < 0 || optional_part(x, "xl/styles.xml", xlsx_styles, e) < 0)
		return -1;
	for (i = 0; i < w->n; i++)
		if (read_sheet(x, &w->sheet[i], e) < 0)
			return -1;
	return 0;
}

int
book_xlsx(struct book *b, const void *p, size_t n, struct err *e)
{
	struct workbook *w = lapsed(calloc(1, sizeof(*w)));
	struct xlsx x = { .b = b };
	struct err why = { "" };
	int rc = -1;

	if (w != NULL && ((x.z = zip_file_open(p, n, &why)) == NULL || read_all(&x, w, &why) != 0) && !x.oom) {
		(void)book_say(b, NULL, 0, -1, "the workbook cannot be read: %s", why.text);
		rc = 0;
	} else if (w != NULL && !x.oom) {
		rc = 0;
	}
	if (rc != 0)
		(void)err_set(e, "out of memory");
	zip_file_close(x.z);
	free(x.string);
	free(x.style);
	free(w);
	return rc;
}
