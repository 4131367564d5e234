#ifndef AGENT_PAGE_CHOICES_H
#define AGENT_PAGE_CHOICES_H

#include "agent/page/fields.h"

/* One of several, or any of several: a few as buttons, more as a list, and of a list too long for a page what is looked for, CHOICES_ROWS at a time, without any script. */

#define CHOICES_FIND "find:"  /* before a path: the name of what is looked for in its list; also what "do" says then */
#define CHOICES_FROM "from:"  /* what "do" says to go on in it: "from:PATH:50" */
#define CHOICES_ROWS 50U

/** choices_put(fs, f, path, pf): the control of the select ${f} at ${path}.  A choice that the form does not offer now is shown only when it is the one chosen. */
void choices_put(struct fields *fs, const struct form_field *f, const char *path, struct page_field *pf);

/** choices_label(fs, f, path, value): what people call that value of it; the value itself when nothing is known. */
const char *choices_label(const struct fields *fs, const struct form_field *f, const char *path, const char *value);

/** choices_take(c, fl): what was posted of looking for choices, kept with the form.  0, or -1 if out of memory. */
int choices_take(const struct page_call *c, struct filling *fl);

/** choices_go(fl, what): follow a pressed button of the two; the path to go back to, or NULL when it is none of ours. */
const char *choices_go(struct filling *fl, const char *what);

#endif
