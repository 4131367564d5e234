#ifndef AGENT_PAGE_CLASS_H
#define AGENT_PAGE_CLASS_H

#include "agent/record/filling.h"
#include "agent/page/page.h"

/* A class or a wage sheet: common answers once, a line for each person. */

#define CLASS_MOST 100 /* people on one sheet */

struct class_line {
	const char *id;            /* of the roster, or a subject's number; owned by the filling */
	const char *typed;         /* what is different for this one */
	char error[400];           /* "" : nothing; already in the page's language */
	int absent;
	struct draft d;
	int made;                  /* ->d is to be freed */
};

struct class_sheet {
	struct page_call *c;
	const struct filling *fl;
	struct class_line *line;
	size_t n, wrong;           /* lines; how many of them have an error */
	struct form_findings common; /* what is wrong for everybody */
};

/** class_take(c, fl): who was ticked, numbers typed beside the roster, and the exceptions, into the filling.  0, or -1: out of memory, or more than CLASS_MOST (the first of them are kept). */
int class_take(struct page_call *c, struct filling *fl);

/** class_open(sh, c, fl): the lines as they stand.  0 or -1; release with class_close(). */
int class_open(struct class_sheet *sh, struct page_call *c, const struct filling *fl);
void class_close(struct class_sheet *sh);

/** class_judge(sh, e): a draft for each line that is there, and what is wrong.  0 when all is well, 1 when not, -1. */
int class_judge(struct class_sheet *sh, struct err *e);

/** class_append(sh, e): record all lines that are there, all or none.  As recorder_append(). */
int class_append(struct class_sheet *sh, struct err *e);

/** class_path(fl, b): "/class-draft/ID" into ${b}, which is initialised here. */
void class_path(const struct filling *fl, struct buf *b);

/** class_show(sh, all): the sheet's page; ${all}: also what is missing. */
void class_show(struct class_sheet *sh, int all);

/** class_skip(fl, f): fields that are not asked for everybody: subject, the person's group, photos. */
int class_skip(const struct filling *fl, const struct form_field *f);

#endif
