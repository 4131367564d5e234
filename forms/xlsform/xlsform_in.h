#ifndef FORMS_XLSFORM_IN_H
#define FORMS_XLSFORM_IN_H

#include <stdint.h>

#include "forms/form.h"
#include "forms/sheet.h"

/* What the parts of xlsform_compile() share.  Everything lies in the book's arena. */

#define LANGS_MAX 8
#define ITEMS_MAX 1024

/* Columns that are known, of all sheets; the first few come in languages. */
enum xcol {
	X_LABEL, X_HINT, X_CONSTRAINT_MSG, X_REQUIRED_MSG, X_TITLE, X_TRANSLATED,
	X_TYPE = X_TRANSLATED, X_NAME, X_REQUIRED, X_CONSTRAINT, X_RELEVANT, X_CALCULATION, X_DEFAULT, X_READONLY, X_APPEARANCE, X_FILTER, X_COUNT,
	X_PARAMETERS, X_BIND_TYPE, X_PERSONAL, X_UNIT, X_SUBJECT, X_STAGE, X_FINAL, X_ACCURACY,
	X_LIST, X_FORM_ID, X_VERSION, X_DEFAULT_LANGUAGE, X_INSTANCE_NAME,
	X_KIND, X_FIELD, X_WHERE, X_DISTINCT, X_NUMERATOR, X_DENOMINATOR, X_GROUP, X_GROUPS, X_PERIOD, X_PLUS, X_MINUS, X_REST,
	X_COLS, X_EXTRA = X_COLS, X_IGNORED, X_REFUSED
};

/** A sheet with its head read. */
struct grid {
	const struct sheet *sheet;  /* NULL: not there */
	const char *head[SHEET_COLS_MAX];
	unsigned char what[SHEET_COLS_MAX], lang[SHEET_COLS_MAX];
	int col[X_COLS];            /* the first column of each kind, or -1 */
};

/** One row's cells by their meaning. */
struct cells {
	unsigned row;
	const char *v[X_COLS];      /* NULL: empty; of translated ones unused */
	int col[X_COLS];
	const char *t[X_TRANSLATED][LANGS_MAX];
	unsigned char translated[X_TRANSLATED]; /* 1: in any language */
};

enum item_kind { ITEM_QUESTION, ITEM_GROUP, ITEM_REPEAT };

/** What a type of question becomes. */
struct xtype {
	const char *name;
	const char *bind;           /* the bind's type */
	const char *control;        /* element of the body, or NULL */
	const char *preload, *params;
};

/* Expressions of an item, with their references resolved. */
enum xexpr { E_RELEVANT, E_CONSTRAINT, E_CALCULATE, E_REQUIRED, E_READONLY, E_COUNT, E_NODESET, E_DEFAULT, E_EXPRS };

struct item {
	enum item_kind kind;
	const struct xtype *type;   /* of a question */
	struct cells c;
	struct item *up, *first, *last, *next;
	unsigned depth;
	const char *name, *path;    /* "/data/g/x" */
	const char *bind_type;      /* or NULL */
	const char *list, *file;    /* of a select: a list of choices, or a file */
	const char *file_id, *value, *label; /* of a file, and the columns taken (also of a repeat) */
	struct item *from;          /* a select from this question of a repeat */
	int multiple, or_other;
	struct item *other_of;      /* the text that or_other adds */
	const char *range[3];
	const char *randomize;      /* "randomize(" with its end in seed, or NULL */
	const char *seed;
	const char *rows, *max_pixels, *accuracy[3];
	const char *expr[E_EXPRS];
	int counted;                /* NAME_count was added for it */
};

struct xchoice {
	struct xchoice *next;
	const char *name, *const *label; /* by language */
	const struct sheet_row *row;
};

struct xlist {
	const char *name;
	struct xchoice *first, *last;
	size_t n;
	int other;                  /* or_other adds one */
	int plain;                  /* labels are the same in all languages: no itext */
	int used;
	const char *extra[SHEET_COLS_MAX]; /* heads of the columns that filters use, by column */
};

struct xls {
	struct book b;
	struct grid survey, choices, settings, indicators;
	const char *lang[LANGS_MAX];
	size_t nlangs, main_lang;   /* main_lang: the default one */
	struct cells set;           /* the row of settings */
	struct item root;
	struct item *item[ITEMS_MAX];
	size_t nitems;
	struct xlist list[256];
	size_t nlists;
	struct cells *indicator;
	size_t nindicators;
	const char *instance_name;
	struct { const char *id, *file; } ext[64]; /* lists from files that no question takes by itself */
	size_t nexts;
	const struct form_media *media; /* files whose bytes are known, to be named in the form */
	size_t nmedia;
	int bare;                   /* writing without expressions and defaults, to judge them one by one */
	int oom;
	struct xls_faults *faults;
};

/** xls_say(x, g, row, col, fmt, ...): a fault of a cell; row 0: of the sheet, col -1: of the row.  Always -1. */
int xls_say(struct xls *x, const struct grid *g, unsigned row, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** xls_warn(...): the same, but the form is compiled. */
void xls_warn(struct xls *x, const struct grid *g, unsigned row, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** xls_at(c, what): the column of that cell, for xls_say(). */
int xls_at(const struct cells *c, enum xcol what);

/** xls_oom(x): remember that memory is out.  Always -1. */
int xls_oom(struct xls *x);

/** xls_heads(x): find the sheets, read their heads and the languages.  0, or -1 if nothing can be read further. */
int xls_heads(struct xls *x);

/** xls_cells(x, g, r, c): the cells of one row by their meaning. */
void xls_cells(const struct xls *x, const struct grid *g, const struct sheet_row *r, struct cells *c);

/** xls_yes(s): 1 yes, 0 no, -1 neither. */
int xls_yes(const char *s);

/** xls_name_ok(s): 1 when ${s} can name a field. */
int xls_name_ok(const char *s);

/* Each reads its sheet, saying faults.  -1 if out of memory only. */
int xls_settings(struct xls *x);
int xls_choices(struct xls *x);
int xls_survey(struct xls *x);
int xls_indicators(struct xls *x);

/** xls_question(x, it): a question's type, list and parameters from its cells.  0, or -1 (said). */
int xls_question(struct xls *x, struct item *it);

/** xls_parameters(x, it): what its type takes of the cell parameters. */
void xls_parameters(struct xls *x, struct item *it);

/** xls_list(x, name): the list of choices, or NULL. */
struct xlist *xls_list(struct xls *x, const char *name);

/** xls_item(x, up, name): a new item behind the last of ${up}, its path made.  NULL if out of memory or too many (said). */
struct item *xls_item(struct xls *x, struct item *up, const struct cells *c, const char *name);

/** xls_find(x, name, n, many): the item of that name; *many: how many have it. */
struct item *xls_find(struct xls *x, const char *name, size_t n, int *many);

/** xls_resolve(x): references and expressions of all items.  -1 if out of memory only. */
int xls_resolve(struct xls *x);

/** xls_expression(x, g, row, col, at, text, current): ${names} become paths as seen from ${at}; current: with current()/ in front.  NULL when it was said, or out of memory. */
const char *xls_expression(struct xls *x, const struct grid *g, unsigned row, int col, const struct item *at, const char *text, int current);

/** xls_reference(x, at, target, current, absolute): the path of ${target} as seen from ${at}. */
const char *xls_reference(struct xls *x, const struct item *at, const struct item *target, int current, int absolute);

/** xls_write(x, out): the XForm. */
int xls_write(struct xls *x, struct buf *out);

/* Parts of it. */
void xls_put_itext(struct xls *x, struct buf *out);
void xls_put_instances(struct xls *x, struct buf *out);
void xls_put_body(struct xls *x, struct buf *out);
void xls_put_indicators(struct xls *x, struct buf *out);
void xls_put_escaped(struct buf *out, const char *s);
void xls_put_attr(struct buf *out, const char *name, const char *value); /* nothing when NULL */
void xls_put_setvalue(struct buf *out, const struct item *it, int in_repeat);
const char *xls_text(const struct xls *x, const char *const *t, size_t lang); /* that language's, or what stands in for it */
int xls_in_repeat(const struct item *it); /* the nearest repeat around it: 1 when there is one */

/** xls_appearance(x, c): say what the cell appearance has that changes choices, or that nobody knows. */
void xls_appearance(struct xls *x, const struct cells *c);

/** xls_external(x, c): 1 when the row is csv-external or xml-external (taken in), else 0. */
int xls_external(struct xls *x, const struct cells *c);

/** xls_pulldata(x): the files that pulldata() means.  -1 if out of memory only. */
int xls_pulldata(struct xls *x);

/** xls_media(x): say which of the files that were given no question takes. */
void xls_media(struct xls *x);

void xls_put_externals(struct xls *x, struct buf *out);
void xls_put_media(const struct xls *x, struct buf *out);

/** xls_check(x): every expression and default on its own cell, then the whole.  0; -1 if out of memory. */
int xls_check(struct xls *x, struct buf *xml);

#endif
