#ifndef FORMS_LOGIC_H
#define FORMS_LOGIC_H

#include "forms/expr.h"
#include "forms/form.h"

/* What a form computes: compiled expressions, lists (secondary instances), first-load actions, and the order of settling. */

#define LISTS_MAX 256
#define LIST_COLUMNS_MAX 64
#define LIST_CELLS_MAX (8U * FORM_CHOICES_MAX)
#define ACTIONS_MAX 1024

/** A secondary instance: rows of named cells; or one that is served from outside (src). */
struct form_list {
	char *id;
	char *src;                 /* not NULL: from outside, no rows here */
	char *root, *item;         /* names of the two elements around the cells */
	char *column[LIST_COLUMNS_MAX];
	size_t ncolumns;
	char **cell;               /* nrows * ncolumns, NULL where a row has none */
	size_t nrows;
};

/** The choices that some of the fields take from a list: shared, because a list may be long. */
struct form_table {
	unsigned list;
	char *value, *label;       /* columns; label "@NAME": column NAME holds ids of texts */
	struct choice *choices;
	unsigned *by_value;
	size_t n;
};

struct form_action {
	unsigned field;
	struct expr *value;        /* NULL: the text */
	char *text;
	int first_load, new_repeat;
};

struct field_logic {
	struct expr *relevant, *constraint, *calculate, *required, *readonly, *count, *itemset;
	char *nodeset, *value_ref, *label_ref; /* of an itemset, as written */
	long table;                /* index of its form_table, -1: choices known to a run only, or no itemset */
	int unsteady;              /* the value depends on the clock, on chance or on a list from outside */
	int personal;              /* the value is personal or depends on personal answers */
	int hidden_by_personal;    /* relevance depends on personal answers */
};

/** One step of settling, in an order in which nothing comes before what it depends on. */
enum step { STEP_RELEVANT, STEP_VALUE, STEP_COUNT };
struct form_step { unsigned field; enum step what; };

struct form_logic {
	const struct form_field **fields; /* by index */
	unsigned *up;              /* index of the field's parent, UINT_MAX at the root */
	size_t nfields;
	struct field_logic *of;    /* by index */
	struct form_list *list;
	size_t nlists;
	struct form_table *table;
	size_t ntables;
	struct form_action *action;
	size_t nactions;
	struct form_step *step;
	size_t nsteps;
};

/** logic_free(l): NULL is allowed. */
void logic_free(struct form_logic *l);

/** logic_list(l, id): the index of the list ${id}, or -1. */
long logic_list(const struct form_logic *l, const char *id);

/** logic_order(f, e): find the order of settling; a circle is refused by the names of its fields.  0 or -1. */
int logic_order(struct form *f, struct err *e);

/** logic_reads_personal(f, x): 1 when the expression looks at personal answers or what is computed from them, else 0. */
int logic_reads_personal(const struct form *f, const struct expr *x);

#endif
