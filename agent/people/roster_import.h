#ifndef AGENT_ROSTER_IMPORT_H
#define AGENT_ROSTER_IMPORT_H

#include "agent/people/roster.h"

/**
 * Households from a CSV file, a row a member (docs/roster.md says the
 * columns).  All rows or none: nothing is stored while one is wrong.  What is
 * here already is found again, by the household's id, by identity numbers, by
 * the head's name and group, so that the same file twice changes nothing.
 */
#define IMPORT_FILE_MAX (8U << 20)
#define IMPORT_ROWS_MAX 50000U
#define IMPORT_HOUSEHOLDS_MAX 50000U
#define IMPORT_FINDINGS 50       /* that are told one by one */

struct import_finding {
	unsigned row;              /* of the file, from 1: the head; 0 for the file */
	const char *column;        /* static English name */
	const char *rule;          /* static English, for tr(); may hold {1} */
	char what[ID_MAX + 1];     /* what stands for {1}: a row's number or an id, nothing personal */
};

struct import_result {
	unsigned rows;             /* members in the file */
	unsigned households_added, households_changed, households_same;
	unsigned members_added, members_changed;
	unsigned findings;         /* in all */
	struct import_finding finding[IMPORT_FINDINGS];
};

/**
 * roster_import(ag, text, dry, r, e):
 * Judge the file and, unless ${dry}, store what is new in it; ${text} (of at
 * most IMPORT_FILE_MAX) is converted in place, and the caller wipes it.  0
 * (durable unless ${dry}); 1 when ${r} has findings; ROSTER_LOCKED; -1, also
 * when it is no CSV: ${e} names the row.
 */
int roster_import(struct agent *ag, struct buf *text, int dry, struct import_result *r, struct err *e);

/** roster_template(out, lang): append the head of an empty file: the columns' names in "zh" or "en". */
void roster_template(struct buf *out, const char *lang);

#endif
