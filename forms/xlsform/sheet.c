#include "forms/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

void
xls_faults_free(struct xls_faults *r)
{
	free(r->f);
	*r = (struct xls_faults){ 0, 0, NULL };
}

/* "B7", "7" without a column, "" without a row. */
static void
cell_name(char out[16], unsigned row, int col)
{
	char letters[4] = "";

	if (col >= 26)
		(void)snprintf(letters, sizeof(letters), "%c%c", 'A' + (col / 26 - 1) % 26, 'A' + col % 26);
	else if (col >= 0)
		(void)snprintf(letters, sizeof(letters), "%c", 'A' + col);
	if (row == 0)
		out[0] = '\0';
	else
		(void)snprintf(out, 16, "%s%u", letters, row);
}

/* Cut at a character's boundary. */
static void
copy_text(char *out, size_t size, const char *s)
{
	size_t n = strlen(s);

	if (n >= size)
		for (n = size - 1; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			continue;
	memcpy(out, s, n);
	out[n] = '\0';
}

void
faults_add(struct xls_faults *r, int warning, const char *sheet, unsigned row, int col, const char *head, const char *text)
{
	struct xls_fault *grown, *f;

	r->errors += warning ? 0 : 1;
	if (r->n >= XLSFORM_FAULTS_MAX)
		return;
	if ((r->n & (r->n - 1)) == 0) {
		if ((grown = lapsed(realloc(r->f, (r->n == 0 ? 1 : 2 * r->n) * sizeof(*grown)))) == NULL)
			return;
		r->f = grown;
	}
	f = &r->f[r->n++];
	memset(f, 0, sizeof(*f));
	f->warning = warning;
	copy_text(f->sheet, sizeof(f->sheet), sheet == NULL ? "" : sheet);
	cell_name(f->cell, row, col);
	copy_text(f->column, sizeof(f->column), head == NULL ? "" : head);
	copy_text(f->text, sizeof(f->text), text);
}

int
book_say(struct book *b, const char *sheet, unsigned row, int col, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	faults_add(b->faults, 0, sheet, row, col, NULL, text);
	return 1;
}

struct sheet *
book_add(struct book *b, const char *name)
{
	struct sheet *s = &b->sheet[b->nsheets];

	if (b->nsheets == SHEETS_MAX || (s->name = arena_text(&b->a, name, strlen(name))) == NULL)
		return NULL;
	b->nsheets++;
	return s;
}

int
book_cell(struct book *b, unsigned col, const char *s, size_t n)
{
	struct sheet_cell *c = &b->pending[b->npending];

	while (n > 0 && strchr(" \t\r\n", *s) != NULL)
		s++, n--;
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	if (n == 0)
		return 0;
	if (b->npending == SHEET_COLS_MAX || col >= SHEET_COLS_MAX || (c->text = arena_text(&b->a, s, n)) == NULL)
		return -1;
	c->col = col;
	b->npending++;
	return 0;
}

static int
by_column(const void *p, const void *q)
{
	const struct sheet_cell *a = p, *b = q;

	return a->col < b->col ? -1 : a->col > b->col;
}

int
book_row(struct book *b, struct sheet *s, unsigned number)
{
	size_t room = s->room == 0 ? 64 : 2 * s->room;
	struct sheet_row *grown, *r;

	if (b->npending == 0)
		return 0;
	if (s->nrows == SHEET_ROWS_MAX)
		return -1;
	if (s->nrows == s->room) {
		if ((grown = lapsed(realloc(s->row, room * sizeof(*grown)))) == NULL)
			return -1;
		s->row = grown;
		s->room = room;
	}
	r = &s->row[s->nrows];
	*r = (struct sheet_row){ number, b->npending, arena_get(&b->a, b->npending * sizeof(*r->cell)) };
	if (r->cell == NULL)
		return -1;
	memcpy(r->cell, b->pending, b->npending * sizeof(*r->cell));
	qsort(r->cell, r->ncells, sizeof(*r->cell), by_column);
	s->nrows++;
	b->npending = 0;
	return 0;
}

int
book_read(struct book *b, const void *p, size_t n, struct xls_faults *faults, struct err *e)
{
	arena_init(&b->a, BOOK_BYTES_MAX);
	b->faults = faults;
	if (n == 0 || n > XLSFORM_BYTES_MAX) {
		(void)book_say(b, NULL, 0, -1, "the file has %zu bytes, where 1 to %u are allowed", n, XLSFORM_BYTES_MAX);
		return 0;
	}
	if (n >= 4 && memcmp(p, "PK\3\4", 4) == 0)
		return book_xlsx(b, p, n, e);
	if (n >= 8 && memcmp(p, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0) {
		(void)book_say(b, NULL, 0, -1, "an old .xls file: save it as .xlsx");
		return 0;
	}
	return book_csv(b, p, n, e);
}

void
book_free(struct book *b)
{
	size_t i;

	for (i = 0; i < b->nsheets; i++)
		free(b->sheet[i].row);
	arena_free(&b->a);
	b->nsheets = 0;
}
