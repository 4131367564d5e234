#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/file.h"
#include "county/report/report_out.h"

/* A report as a workbook. */

#define CELL_MAX 512
#define ROWS_MAX 1048000 /* of a sheet */

struct formats { lxw_format *head, *money; };

/* A sheet's name: at most 31 characters, none of []:*?/\ ; the form's id has none of them. */
static void
sheet_name(char out[32], const struct fold_form *f, size_t number)
{
	if (strlen(f->id) <= 31)
		(void)snprintf(out, 32, "%s", f->id);
	else
		(void)snprintf(out, 32, "%.24s-%zu", f->id, number % 100000);
}

static int
is_money(const struct fold_form *f, const struct report_column *c)
{
	const struct form_field *field;

	if (c->what == COL_VALUE)
		return strcmp(form_indicator_unit(f->f, &f->f->indicators[c->i]), "fen") == 0;
	if (c->what != COL_TARGET && c->what != COL_REACHED)
		return 0;
	field = form_field(f->f, f->target[c->i].path);
	return field->unit != NULL && strcmp(field->unit, "fen") == 0;
}

static lxw_error
put_cell(lxw_worksheet *s, lxw_row_t at, lxw_col_t col, const struct report_row *row, const struct report_column *c, const struct formats *f)
{
	char cell[CELL_MAX];
	char *end;
	double v;

	if (!report_cell(row, c, 1, cell, sizeof(cell)) || cell[0] == '\0')
		return LXW_NO_ERROR;
	v = strtod(cell, &end);
	if (report_is_text(c) || *end != '\0')
		return worksheet_write_string(s, at, col, cell, NULL);
	return worksheet_write_number(s, at, col, v, is_money(row->form, c) ? f->money : NULL);
}

static int
put_form(lxw_workbook *book, const struct report *r, const struct fold *fold, size_t from, size_t to, const struct formats *f, size_t number)
{
	const struct fold_form *form = r->row[from].form;
	struct report_column *c;
	lxw_worksheet *s;
	char text[CELL_MAX];
	int bad = 0;
	size_t n;

	sheet_name(text, form, number);
	if ((s = workbook_add_worksheet(book, text)) == NULL) /* ids that only differ in case */
		s = workbook_add_worksheet(book, NULL);
	if (s == NULL || (c = report_columns(r, form, &n)) == NULL)
		return -1;
	(void)snprintf(text, sizeof(text), "%s %s · 按日志%llu条计 as of a log of %llu leaves", form->f ? form->f->title[FORM_ZH] : form->id,
	    form->f ? form->f->title[FORM_EN] : "", (unsigned long long)fold_size(fold), (unsigned long long)fold_size(fold));
	bad |= worksheet_write_string(s, 0, 0, text, NULL) != LXW_NO_ERROR;
	for (int lang = FORM_ZH; lang <= FORM_EN; lang++)
		for (size_t i = 0; i < n; i++) {
			report_head(r, form, &c[i], lang, text, sizeof(text));
			bad |= worksheet_write_string(s, (lxw_row_t)(1 + lang), (lxw_col_t)i, text, f->head) != LXW_NO_ERROR;
		}
	for (size_t k = from; k < to && k - from < ROWS_MAX; k++)
		for (size_t i = 0; i < n; i++)
			bad |= put_cell(s, (lxw_row_t)(3 + k - from), (lxw_col_t)i, &r->row[k], &c[i], f) != LXW_NO_ERROR;
	worksheet_freeze_panes(s, 3, 0);
	free(c);
	return !bad && to - from <= ROWS_MAX ? 0 : -1;
}

static int
write_book(const struct report *r, const struct fold *f, const char *path)
{
	lxw_workbook *book = workbook_new(path);
	struct formats formats;
	size_t from = 0, sheets = 0;
	int rc = 0;

	if (book == NULL)
		return -1;
	formats.head = workbook_add_format(book);
	format_set_bold(formats.head);
	formats.money = workbook_add_format(book);
	format_set_num_format(formats.money, "#,##0.00");
	for (size_t i = 1; i <= r->n && rc == 0; i++) {
		if (i < r->n && r->row[i].form == r->row[from].form)
			continue;
		rc = put_form(book, r, f, from, i, &formats, sheets++);
		from = i;
	}
	if (sheets == 0)
		(void)workbook_add_worksheet(book, NULL);
	return workbook_close(book) == LXW_NO_ERROR ? rc : -1;
}

int
report_xlsx(const struct report *r, const struct fold *f, struct buf *b, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char dir[4000], path[4096];
	int rc = -1;

	if ((size_t)snprintf(dir, sizeof(dir), "%s/tally-report.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp") >= sizeof(dir) || mkdtemp(dir) == NULL)
		return err_set(e, "--format xlsx: no folder can be made in %.64s", tmp != NULL ? tmp : "/tmp");
	(void)snprintf(path, sizeof(path), "%s/report.xlsx", dir);
	if (write_book(r, f, path) != 0)
		(void)err_set(e, "--format xlsx: too much for a workbook, or out of space or memory");
	else
		rc = file_read(path, b, e);
	(void)unlink(path);
	(void)rmdir(dir);
	return rc;
}
