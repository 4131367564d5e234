#ifndef AGENT_ROSTER_IMPORT_INTERNAL_H
#define AGENT_ROSTER_IMPORT_INTERNAL_H

#include "agent/people/roster_import.h"
#include "base/csv.h"

/* What the files of the import share; for agent/roster_import*.c only. */

/* A household as the file has it. */
struct incoming {
	struct household h;                      /* without an id */
	char id[ID_MAX + 1];                     /* what the file says, "" if nothing */
	unsigned row;                            /* its first */
	unsigned rows[HOUSEHOLD_MEMBERS_MAX];    /* of each member */
};

struct import {
	struct import_result *r;
	struct csv csv;
	int household, group, item[MEMBER_ITEMS]; /* columns; -1: not in the file */
	struct incoming *in;
	size_t n, room;
};

/** import_find(im, row, column, rule, what): one thing wrong more. */
void import_find(struct import *im, unsigned row, const char *column, const char *rule, const char *what);

/** import_read(im, text, e): from text to households; findings are counted.  0 or -1 (no CSV, no head, no memory). */
int import_read(struct import *im, struct buf *text, struct err *e);

/** import_free(im): wipe and release. */
void import_free(struct import *im);

#endif
