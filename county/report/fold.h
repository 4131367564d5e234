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
	int groups;                /* read the target groups out of the personal parts too */
	int doubles;               /* look for subjects that may be one (county/report/double.h) */
};

struct fold_choice {
	char *value;
	const char *label[2];
	int done;                  /* a stage: the form's final one or behind it */
};

struct fold_choices { struct fold_choice *c; size_t n; };

/** One answer of a subject as far as reports look at it: a slot of the form (struct fold_slot). */
struct fold_value {
	fold_num v;
	uint64_t order;            /* of the entry that states it; 0: never stated */
	uint32_t *set;             /* of a distinct count: how many values, then their numbers; owned */
};

/** What is kept of each subject: first what each indicator is made of, then what decides whether and where it counts. */
struct fold_slot {
	enum slot_what {
		SLOT_NONE,             /* share, ratio: made of others; ledger: v is 1 once it is a question */
		SLOT_ANSWERED,         /* v is nothing */
		SLOT_DISTINCT,         /* set */
		SLOT_NUMBER,           /* v */
		SLOT_WHERE,            /* v is 1 where the condition holds, else 0 */
		SLOT_GROUP,            /* v is 0 or 1 in one of the two groups, 2 in none */
		SLOT_YEAR              /* v is the year, 0 none */
	} what;
	const char *path;
	const struct form_indicator *ind;
	const struct form_condition *where;
};

/** The slots that an indicator looks at beside its own. */
struct fold_use { size_t *where, group, year; };

struct fold_extra;

struct fold_subject {
	struct fold_subject *next;
	char *id;                  /* owned; starts with '/' where only the place is known (an entry that cannot be read) */
	char place[PLACE_MAX + 1]; /* of the newest entry */
	uint64_t order;
	int32_t day;               /* of the newest entry, by the basis; 0 none */
	uint64_t live;             /* entries that count; 0: nothing of this subject does */
	int stage, fund;           /* index, or -1 */
	uint64_t stage_order, fund_order;
	uint64_t groups, groups_order; /* bit i: it belongs to target group i of the form */
	uint64_t disputed;         /* entries with more than one correction */
	uint64_t parked, erased;   /* entries */
	struct fold_extra *extra;  /* plans, links, disputes and the like (county/report/fold_extra.h), or NULL; owned */
	struct fold_value value[]; /* one a slot of the form's newest version; that of indicator i is the i-th */
};

struct fold_form {
	char *id;
	const struct form *f;      /* the newest version, or NULL when none was published */
	struct fold_choices stages, funds, groups; /* of the newest version, then what only older ones have */
	struct fold_slot *slot;
	size_t nslots;
	struct fold_target { const char *path; size_t slot; } *target; /* numbers that plans set a target for, in the form's order */
	size_t ntargets;
	int planned;               /* there is a plan for this form */
	int judged;                /* its ledgers were */
	int person;                /* a subject is a person or a household (county/report/double.h) */
	struct fold_use *use;      /* one an indicator */
	struct fold_map *texts;    /* values of distinct counts, numbered */
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

/** fold_looks(f, i, s): 1 when the subject states what indicator ${i} (no share, no ratio) is made of, and all its conditions hold, else 0. */
int fold_looks(const struct fold_form *f, size_t i, const struct fold_subject *s);

/** fold_group(f, i, s): in which of the two groups of a difference the subject is: 0, 1, or -1 in none. */
int fold_group(const struct fold_form *f, size_t i, const struct fold_subject *s);

/** fold_year(f, i, s): the year to which growth adds the subject's number, or 0 when there is none. */
int32_t fold_year(const struct fold_form *f, size_t i, const struct fold_subject *s);

/** fold_day(s): a date YYYY-MM-DD as a number of days (1 is 0001-01-01), or 0 when it is none.  fold_date(day, out): the reverse. */
int32_t fold_day(const char *s);
void fold_date(int32_t day, char out[16]);

/** fold_number(s, v): a decimal text as a scaled number; digits beyond FOLD_DIGITS are rounded half away from zero.  0, or -1 when it is none or has more than 18 digits before the point. */
int fold_number(const char *s, fold_num *v);

/** fold_print(v, digits, out): print with at most ${digits} (0 to FOLD_DIGITS) decimals, rounded half away from zero, no zeros at the end unless ${fixed}. */
void fold_print(fold_num v, unsigned digits, int fixed, char out[64]);

/** fold_quotient(a, b, digits, v): a / b as a scaled number, rounded once, half away from zero, to ${digits} decimals (0 to FOLD_DIGITS).  1; 0 when ${b} is nought or the numbers on the way pass 38 digits. */
int fold_quotient(fold_num a, fold_num b, unsigned digits, fold_num *v);

/** fold_growth(first, last, years, v): 100 * ((last / first) ^ (1 / years) - 1), rounded once, half away from zero, to two decimals.  1; 0 when ${first} is not above nought, ${last} is below it, or ${years} is not 1 to FOLD_YEARS_MAX. */
#define FOLD_YEARS_MAX 100
int fold_growth(fold_num first, fold_num last, int32_t years, fold_num *v);

/** fold_member(root, path): the answer at a field's path, through groups; NULL when there is none.  fold_text(root, path): the same if it is a text that is not empty, else NULL; ${path} may be NULL. */
const cJSON *fold_member(const cJSON *root, const char *path);
const char *fold_text(const cJSON *root, const char *path);

#endif
