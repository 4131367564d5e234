#ifndef AGENT_PLAN_INTERNAL_H
#define AGENT_PLAN_INTERNAL_H

#include "agent/sync/plan.h"

/* Between agent/plan*.c; nobody else includes this. */

/** plan_read_text(p, form, text, n): add the lines of a record's text behind those that are there.  0 or -1. */
int plan_read_text(struct plan *p, const char *form, const char *text, size_t n);

/** planned_free(x): release what a line owns. */
void planned_free(struct planned *x);

#endif
