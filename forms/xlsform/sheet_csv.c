#include <string.h>

#include "base/charset.h"
#include "base/csv.h"
#include "forms/sheet.h"

/* All sheets in one CSV file: a line with a sheet's name in the first column, then its rows from the second column on. */

/* The line that begins a sheet.  0; -1 if out of memory. */
static int
begin_sheet(struct book *b, const struct csv *c, struct sheet **s)
{
	size_t i;

	for (i = 1; i < c->n; i++)
		if (c->cell[i][0] != '\0') {
			(void)book_say(b, c->cell[0], c->row, (int)i, "the line that names a sheet holds nothing else: the sheet's rows begin in the second column of the lines below");
			break;
		}
	*s = book_add(b, c->cell[0]);
	if (*s == NULL && b->nsheets == SHEETS_MAX) {
		(void)book_say(b, NULL, c->row, 0, "more than %d sheets", SHEETS_MAX);
		return 0;
	}
	return *s == NULL ? -1 : 0;
}

static int
read_row(struct book *b, const struct csv *c, struct sheet *s)
{
	size_t i;

	for (i = 1; i < c->n; i++)
		if (book_cell(b, (unsigned)i, c->cell[i], strlen(c->cell[i])) != 0)
			return -1;
	return book_row(b, s, c->row);
}

static int
read_rows(struct book *b, struct csv *c)
{
	struct sheet *s = NULL;
	struct err why = { "" };
	int rc;

	while ((rc = csv_row(c, &why)) == 1) {
		if (c->cell[0][0] != '\0') {
			if (begin_sheet(b, c, &s) != 0)
				return -1;
			if (s == NULL)
				return 0;
		} else if (s == NULL) {
			(void)book_say(b, NULL, c->row, 0, "the first line must hold a sheet's name (survey) in its first column");
			return 0;
		} else if (s->nrows == SHEET_ROWS_MAX) {
			(void)book_say(b, s->name, c->row, 0, "more than %d rows", SHEET_ROWS_MAX);
			return 0;
		} else if (read_row(b, c, s) != 0) {
			return -1;
		}
	}
	if (rc < 0)
		(void)book_say(b, s == NULL ? NULL : s->name, c->row, -1, "%s", why.text);
	return 0;
}

int
book_csv(struct book *b, const void *p, size_t n, struct err *e)
{
	struct err why = { "" };
	struct buf text;
	struct csv c;
	int rc = 0;

	buf_init(&text, 3 * (size_t)XLSFORM_BYTES_MAX);
	if (buf_put(&text, p, n) != 0) {
		rc = err_set(e, "out of memory");
	} else if (charset_utf8(&text, &why) != 0 || text.len == 0 || csv_init(&c, (char *)text.data, text.len, &why) != 0) {
		(void)book_say(b, NULL, 0, -1, "neither a workbook (.xlsx) nor a CSV file: %s", why.text[0] != '\0' ? why.text : "it is empty");
	} else if (read_rows(b, &c) != 0) {
		rc = err_set(e, "out of memory");
	}
	buf_free(&text);
	return rc;
}
