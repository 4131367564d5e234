#ifndef AGENT_PAGE_FIELDS_H
#define AGENT_PAGE_FIELDS_H

#include "agent/record/filling.h"
#include "agent/page/page.h"

/* A form's fields as controls of a page, and back. */

#define FIELDS_NAME "v:" /* before a path: the name of its control */

/** What a page needs to show a form being filled in. */
struct fields {
	struct page_call *c;
	const struct filling *fl;
	struct form_run *run;      /* with what was typed: says what is relevant */
	const struct form_findings *findings;
	int all;                   /* also show what is missing; else only what was typed wrongly */
	int (*skip)(const struct filling *fl, const struct form_field *f); /* fields not to be shown, or NULL */
	const char *photos;        /* why no photo can be taken now, in place of its field; NULL when it can */
	size_t shown;              /* errors shown */
};

/** fields_put(fs): every relevant field of the form. */
void fields_put(struct fields *fs);

/** fields_error(fs, path): what is wrong at that path, in the page's language; NULL when nothing is to be said. */
const char *fields_error(const struct fields *fs, const char *path);

/** fields_words(c, f, finding): one finding about the field ${f} (or NULL) in the page's language: the form's own words, else ours. */
const char *fields_words(const struct page_call *c, const struct form *form, const struct form_field *f, const struct form_finding *finding);

/** fields_summary(fs): how many answers need attention, with links to them; nothing when none. */
void fields_summary(struct fields *fs);

/** fields_take(c, fl): what was posted under FIELDS_NAME, as typed; files are left to the caller.  0, or -1 if out of memory. */
int fields_take(const struct page_call *c, struct filling *fl);

/** fields_today(ag, day): today by the device's clock, or "" when it was never set. */
void fields_today(struct agent *ag, char day[16]);

/** fields_future(ag, fl, path): 1 and the path of the day observed when it lies behind today; 0 when it does not, or the clock was never set. */
int fields_future(struct agent *ag, const struct filling *fl, char path[128]);

#endif
