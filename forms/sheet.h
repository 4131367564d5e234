#ifndef FORMS_SHEET_H
#define FORMS_SHEET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "forms/arena.h"
#include "forms/xlsform.h"

/* A workbook as text in cells, from .xlsx or from CSV. */

#define SHEETS_MAX 32
#define SHEET_COLS_MAX 128
#define SHEET_ROWS_MAX 262144
#define BOOK_BYTES_MAX ((size_t)192 << 20) /* of all cells in memory */
#define ZIP_ENTRIES_MAX 1000
#define ZIP_PART_MAX (64U << 20)  /* bytes of one part, unpacked */
#define ZIP_TOTAL_MAX (128U << 20)
#define ZIP_RATIO_MAX 250U        /* unpacked by packed, of parts above ZIP_RATIO_FROM; deflate reaches 1,032 */
#define ZIP_RATIO_FROM (1U << 20)

struct sheet_cell {
	unsigned col;            /* from 0: A */
	const char *text;        /* without white space at its ends, never empty */
};

struct sheet_row {
	unsigned number;         /* as the spreadsheet counts, from 1 */
	unsigned ncells;
	struct sheet_cell *cell; /* by column */
};

struct sheet {
	const char *name;
	struct sheet_row *row;   /* those with text */
	size_t nrows, room;
};

struct book {
	struct arena a;
	struct sheet sheet[SHEETS_MAX];
	size_t nsheets;
	struct sheet_cell pending[SHEET_COLS_MAX];
	unsigned npending;
	struct xls_faults *faults;
};

/**
 * book_read(b, p, n, faults, e):
 * Read the file into ${b} (zeroed before).  0 also when ${faults} got some; -1
 * if out of memory.  Release with book_free() in both cases.
 */
int book_read(struct book *b, const void *p, size_t n, struct xls_faults *faults, struct err *e);
void book_free(struct book *b);

/** book_add(b, name): a new empty sheet; NULL when there are too many or out of memory. */
struct sheet *book_add(struct book *b, const char *name);

/** book_cell(b, col, s, n): a cell of the row being read; white space at the ends goes, empty ones are nothing.  0, or -1 if out of memory or beyond the last column. */
int book_cell(struct book *b, unsigned col, const char *s, size_t n);

/** book_row(b, s, number): the row being read is whole.  0 or -1. */
int book_row(struct book *b, struct sheet *s, unsigned number);

/** book_say(b, sheet, row, col, fmt, ...): a fault of a cell; row 0: of the sheet; sheet NULL: of the file; col -1: of the row.  Always 1. */
int book_say(struct book *b, const char *sheet, unsigned row, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** faults_add(r, warning, sheet, row, col, head, text): add to the list (head may be NULL). */
void faults_add(struct xls_faults *r, int warning, const char *sheet, unsigned row, int col, const char *head, const char *text);

/* The two readers: 0 (faults may have been said), or -1 if out of memory. */
int book_csv(struct book *b, const void *p, size_t n, struct err *e);
int book_xlsx(struct book *b, const void *p, size_t n, struct err *e);

/* Parts of a zip file in memory. */
struct zip_file;

/** zip_file_open(p, n, e): the file whose bytes must outlive it; zip_file_close().  NULL with the rule. */
struct zip_file *zip_file_open(const void *p, size_t n, struct err *e);
void zip_file_close(struct zip_file *z);

/** zip_file_part(z, name, out, e): append the part's bytes.  1, 0 when there is none of that name, -1 with the rule (also: beyond ZIP_*_MAX, damaged). */
int zip_file_part(struct zip_file *z, const char *name, struct buf *out, struct err *e);

/* Dates of cells. */
enum cell_kind { CELL_NUMBER, CELL_DATE, CELL_TIME, CELL_DATETIME };

/** cell_kind_of(id, code): what a number format shows; code NULL: a built-in one. */
enum cell_kind cell_kind_of(unsigned id, const char *code);

/** cell_number(out, size, raw, kind, since1904): a cell's number as text: 2026110101, 0.5, 2026-11-24.  0, or -1 if it is none. */
int cell_number(char *out, size_t size, const char *raw, enum cell_kind kind, int since1904);

#endif
