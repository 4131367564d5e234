#ifndef COUNTY_PLAN_H
#define COUNTY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "county/report/fold_internal.h"
#include "store/ledger.h"

/**
 * What is planned: lines of (form, place, subject), from the plan records of
 * the log and the texts behind their salted hashes (docs/format.md 6.1).  A
 * later line of the same three replaces the earlier one.
 */
#define PLAN_TEXT_MAX (64U << 20) /* of one record's text, as it may be read */
#define PLAN_PLACE_MAX ((size_t)64 << 10) /* of one record's text, as it is made: LEDGER_SALTED_MAX holds it, and a village fetches it over a bad line */
#define PLAN_NAME_MAX 255         /* bytes of a name */
#define PLAN_COUNT_MAX 1000000U

struct plan_target { char *path; char *value; }; /* value: a decimal text, as the form stores it */

struct plan_line {
	char form[ID_MAX + 1], place[PLACE_MAX + 1];
	char subject[ID_MAX + 1];  /* "": the line is about the place */
	char *name;                /* personal; or NULL */
	int32_t due;               /* a day as of fold_day(), 0 none */
	uint64_t count;            /* how many subjects the line stands for: 1, or of a place as many as it says */
	int dropped;               /* planned no more */
	struct plan_target *target; /* by path */
	size_t ntargets;
	unsigned row;              /* of the sheet, while it is imported */
};

struct plan {
	struct plan_line **line;   /* in the order they first came */
	size_t n, room;
	struct fold_map by_key;
};

/** plan_load(p, l, at, form, e): the lines of all plans recorded below ${at} (of one form unless ${form} is NULL), dropped ones too.  0 (release with plan_free) or -1 (released), also when a record's text is not held. */
int plan_load(struct plan *p, struct ledger *l, uint64_t at, const char *form, struct err *e);

/** plan_find(p, form, place, subject): the line, or NULL. */
const struct plan_line *plan_find(const struct plan *p, const char *form, const char *place, const char *subject);

/** plan_take(p, x): put the line ${x} in; it is the plan's from now on, the one that it replaces is released.  0 or -1 (${x} stays the caller's). */
int plan_take(struct plan *p, struct plan_line *x);

/** plan_free(p): release; harmless on a zeroed one. */
void plan_free(struct plan *p);

/** plan_line_free(x): NULL is allowed. */
void plan_line_free(struct plan_line *x);

/** plan_line_put(b, x): append the line as it stands in a plan's text, with its LF. */
void plan_line_put(struct buf *b, const struct plan_line *x);

/** plan_line_same(a, b): do both say the same?  1 or 0. */
int plan_line_same(const struct plan_line *a, const struct plan_line *b);

/** plan_text_begin(b): append the first line of a plan's text. */
void plan_text_begin(struct buf *b);

#endif
