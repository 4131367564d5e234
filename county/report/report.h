#ifndef COUNTY_REPORT_H
#define COUNTY_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "county/report/classes.h"
#include "county/report/fold.h"
#include "store/ledger.h"

/**
 * A fold in rows: each subject stands in one row, where its newest entry was
 * made, when, and with which fund.  Money is kept in fen; the table shows yuan.
 */
enum report_by {
	BY_FORM, BY_COUNTRY, BY_PROVINCE, BY_PREFECTURE, BY_COUNTY, BY_TOWNSHIP, BY_VILLAGE, BY_YEAR, BY_MONTH, BY_SUBJECT, BY_FUND, BY_GROUP
};

/**
 * By group each subject stands in the row of every target group it belongs to, so rows do not add up.  Groups come from personal parts: a row
 * of fewer than REPORT_FEW subjects is hidden (its figures are null), with the next larger one when it is the only one; in the other rows a
 * figure that rests on 1 to REPORT_FEW-1 subjects, or a count that misses all by as few, is null.
 */
#define REPORT_FEW 5

struct report_column;

/** A year of a growth, a value of a distinct count. */
struct report_part { int64_t key; fold_num sum; uint64_t n; };

/** What an indicator is made from, in a row. */
struct report_sum {
	fold_num sum, other;       /* other: of a difference's second group */
	uint64_t n, nother;
	struct report_part *part;  /* by key once settled */
	size_t nparts, room;
};

struct report_row {
	const struct fold_form *form;
	char key[ID_MAX + 1];      /* a place's code, "2026-03", a fund's or subject's id, ...; "" when there is none */
	char name[256];
	char place[PLACE_MAX + 1]; /* by subject */
	uint64_t subjects, done, disputed, parked, erased;
	int guarded, hidden;       /* by group: see above */
	int blind;                 /* personal parts of some of it are not held here: nobody was looked for twice */
	const struct classes *classes; /* or NULL */
	const char *class;         /* that the report is about, or NULL */
	char within[PLACE_MAX + 1]; /* the code that places of the row begin with */
	uint64_t *stage;           /* one a stage of the form */
	struct report_sum *value;  /* one an indicator */
	uint64_t planned, not_begun, doubles; /* subjects planned; those of them without an entry that counts; those that may stand twice */
	uint64_t late;             /* entries that came after their month was closed */
	uint64_t entries;          /* subjects with any entry, also one that does not count */
	fold_num *target, *reached; /* one a target of the form: planned, and what its subjects state */
	const struct fold_subject *subject; /* by subject; else NULL */
};

/**
 * Which subjects a report is about, and which classes of places it knows; NULL or 0: all.  As rows do, it looks at where and when a subject's
 * newest entry was made and at its fund now.
 */
struct report_only {
	const struct classes *classes;
	const char *class;         /* of these classes: only places of it or inside it */
	const char *place;         /* 2 to 12 digits: only that place and what lies in it */
	const char *fund;
	int32_t year;
};

struct report {
	enum report_by by;
	int all_forms;             /* rows say which form */
	struct report_only only;
	struct report_row *row;    /* by form, key */
	size_t n, room;
};

/** report_by_name(word, by): 0, or -1 when there is no such grouping. */
int report_by_name(const char *word, enum report_by *by);

/** report_make(r, f, l, by, all_forms, e): make the rows; the fold must outlive them, and by group must have read the groups.  0 (release with report_free) or -1. */
int report_make(struct report *r, const struct fold *f, struct ledger *l, enum report_by by, int all_forms, struct err *e);

/** report_make_in(r, f, l, by, all_forms, only, e): the same over what ${only} chooses, which must outlive the rows; -1 also when no form of the fold knows its fund. */
int report_make_in(struct report *r, const struct fold *f, struct ledger *l, enum report_by by, int all_forms, const struct report_only *only,
    struct err *e);

/** report_hide_few(row, n): by group, of all rows of one form: which are hidden (REPORT_FEW). */
void report_hide_few(struct report_row *row, size_t n);

/** report_free(r): release the rows. */
void report_free(struct report *r);

/** report_json(r, b): an object a row.  report_csv(r, b): with BOM and one head for all forms.  report_table(r, b): for people, in Chinese and English.  0 or -1. */
int report_json(const struct report *r, struct buf *b);
int report_csv(const struct report *r, struct buf *b);
int report_table(const struct report *r, struct buf *b);

/* What a report is about (county/report/report_only.c). */

/** report_only_has(only, f, s): 1 when the report is about the subject ${s} of ${f}, else 0. */
int report_only_has(const struct report_only *only, const struct fold_form *f, const struct fold_subject *s);

/** report_only_known(only, f, e): 0, or -1 when its fund is none of any form of the fold. */
int report_only_known(const struct report_only *only, const struct fold *f, struct err *e);

/* Figures of a row (county/report/report_figure.c). */

/** figures_add(row, s): a subject that counts goes into the row's indicators.  figures_merge(to, from): all of another row.  0, or -1 if out of memory. */
int figures_add(struct report_row *row, const struct fold_subject *s);
int figures_merge(struct report_row *to, const struct report_row *from);

/** figures_part(v, key, sum, n): one part more: of a distinct count, of a growth.  0, or -1 if out of memory. */
int figures_part(struct report_sum *v, int64_t key, fold_num sum, uint64_t n);

/** figures_settle(row): to be called once all is added.  figures_free(row): release them. */
void figures_settle(struct report_row *row);
void figures_free(struct report_row *row);

/** report_figure(row, i, digits, out): indicator ${i}, a quotient rounded once to ${digits} decimals (growth: two).  1, or 0 when it has no value. */
int report_figure(const struct report_row *row, size_t i, unsigned digits, fold_num *out);

/** report_done(row, done): the row's done subjects.  report_stages(row): may stage counts be shown?  1, or 0 when they are kept back. */
int report_done(const struct report_row *row, uint64_t *done);
int report_stages(const struct report_row *row);

/* What plans, links and disputes add to a row (county/report/report_extra.c). */

/** row_extra_init(row): 0 or -1.  row_extra_free(row). */
int row_extra_init(struct report_row *row);
void row_extra_free(struct report_row *row);

/** row_extra_add(row, s): a subject of the row, whether it counts or is planned only.  row_extra_merge(to, from): all of another row. */
void row_extra_add(struct report_row *row, const struct fold_subject *s);
void row_extra_merge(struct report_row *to, const struct report_row *from);

/** row_extra_cell(row, c, human, out, size): as report_cell(), of the columns that plans add. */
int row_extra_cell(const struct report_row *row, const struct report_column *c, int human, char *out, size_t size);

/** row_extra_json(row, b): by subject, which ids fold into it ("linked") and which entries dispute ("disputes").  row_extra_text(row, n, b): the same of ${n} rows in lines for people. */
void row_extra_json(const struct report_row *row, struct buf *b);
void row_extra_text(const struct report_row *row, size_t n, struct buf *b);

/* Columns, for the three printers (county/report/report_column.c). */

struct report_column {
	enum column_what {
		COL_FORM, COL_FORM_NAME, COL_KEY, COL_NAME, COL_PLACE, COL_PLACE_NAME, COL_SUBJECTS, COL_PLACES, COL_STAGE, COL_VALUE, COL_TARGET, COL_REACHED,
		COL_PLANNED, COL_DONE, COL_PERCENT, COL_DISPUTED, COL_PARKED, COL_ERASED, COL_NOT_BEGUN, COL_REPORTED, COL_DOUBLES, COL_LATE
	} what;
	size_t i;                  /* of the stage, indicator or target */
	char key[160];             /* as in JSON */
};

/** report_columns(r, f, n): the columns of one form's rows, in order; to be freed.  NULL if out of memory. */
struct report_column *report_columns(const struct report *r, const struct fold_form *f, size_t *n);

/** report_is_text(c): 1 when the column is text, 0 when figures. */
int report_is_text(const struct report_column *c);

/** report_cell(r, row, c, human, out, size): the cell as text: money in yuan where ${human}, else in fen.  1, or 0 when there is none (null). */
int report_cell(const struct report_row *row, const struct report_column *c, int human, char *out, size_t size);

/** report_head(r, f, c, lang, out, size): the column's head for people. */
void report_head(const struct report *r, const struct fold_form *f, const struct report_column *c, int lang, char *out, size_t size);

#endif
