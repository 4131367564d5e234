#ifndef COUNTY_FOLD_H
#define COUNTY_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "forms/form.h"
#include "store/ledger.h"

/**
 * The present state of each subject, folded from the log's entries.  A subject
 * is named by form and id.  A field holds what the newest entry that states it
 * says (by the date observed, then by the log's order): amounts are totals up
 * to that day and are never added up over entries.  A correction takes its
 * predecessor's place whole, a withdrawal takes out; entries that are parked
 * or returned have no effect.  Where one entry has several corrections, the
 * one earliest in the log counts, and the dispute is counted.  Memory is per
 * subject and per correction, not per entry.
 */
struct fold;
struct fold_map;

__extension__ typedef __int128 fold_num; /* a number times FOLD_SCALE */
#define FOLD_SCALE 1000000
#define FOLD_DIGITS 6

enum fold_basis { FOLD_OBSERVED, FOLD_RECEIVED, FOLD_ACCEPTED };

struct fold_params {
	const char *form;          /* fold this form alone; NULL: all */
	enum fold_basis basis;     /* whose day decides on from, to, year and month; accepted: only accepted entries count */
	int32_t from, to;          /* days as of fold_day(), both included; 0: open */
	uint64_t at;               /* the log as it stood at that size; UINT64_MAX: all of it */
};

struct fold_choice {
	char *value;
	const char *label[2];
	int done;                  /* a stage: the form's final one or behind it */
};

struct fold_choices { struct fold_choice *c; size_t n; };

/** What an indicator of the form is made from, in one subject; order 0: never stated. */
struct fold_value { fold_num v; uint64_t order; };

struct fold_subject {
	struct fold_subject *next;
	char *id;                  /* owned; starts with '/' where only the place is known (an entry that cannot be read) */
	char place[PLACE_MAX + 1]; /* of the newest entry */
	uint64_t order;
	int32_t day;               /* of the newest entry, by the basis; 0 none */
	uint64_t live;             /* entries that count; 0: nothing of this subject does */
	int stage, fund;           /* index, or -1 */
	uint64_t stage_order, fund_order;
	uint64_t disputed;         /* entries with more than one correction */
	uint64_t parked, erased;   /* entries */
	struct fold_value value[]; /* one an indicator of the form's newest version */
};

struct fold_form {
	char *id;
	const struct form *f;      /* the newest version, or NULL when none was published */
	struct fold_choices stages, funds; /* of the newest version, then what only older ones have */
	struct fold_subject *subjects;
	struct fold_map *by_id;    /* of subjects */
};

/** fold_run(l, p, e): fold the ledger.  Release with fold_free(); NULL with the reason on failure, also when ${p}'s form was never published or ${p}->at lies beyond the log. */
struct fold *fold_run(struct ledger *l, const struct fold_params *p, struct err *e);

/** fold_free(f): NULL is allowed. */
void fold_free(struct fold *f);

/** fold_forms(f, n): the forms, in the order of their first publication; owned by the fold. */
const struct fold_form *const *fold_forms(const struct fold *f, size_t *n);

/** fold_size(f): the size of the log that was folded. */
uint64_t fold_size(const struct fold *f);

/** fold_day(s): a date YYYY-MM-DD as a number of days (1 is 0001-01-01), or 0 when it is none.  fold_date(day, out): the reverse. */
int32_t fold_day(const char *s);
void fold_date(int32_t day, char out[16]);

/** fold_number(s, v): a decimal text as a scaled number; digits beyond FOLD_DIGITS are rounded half away from zero.  0, or -1 when it is none or has more than 18 digits before the point. */
int fold_number(const char *s, fold_num *v);

/** fold_print(v, digits, out): print with at most ${digits} (0 to FOLD_DIGITS) decimals, rounded half away from zero, no zeros at the end unless ${fixed}. */
void fold_print(fold_num v, unsigned digits, int fixed, char out[64]);

/** fold_mean(sum, n): sum / n rounded half away from zero; n above 0. */
fold_num fold_mean(fold_num sum, uint64_t n);

/** fold_member(root, path): the answer at a field's path, through groups; NULL when there is none.  fold_text(root, path): the same if it is a text that is not empty, else NULL; ${path} may be NULL. */
const cJSON *fold_member(const cJSON *root, const char *path);
const char *fold_text(const cJSON *root, const char *path);

#endif
