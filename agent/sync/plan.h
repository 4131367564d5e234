#ifndef AGENT_PLAN_H
#define AGENT_PLAN_H

#include "agent/agent.h"

/** What the county planned for the places of this device, beside what was recorded here (docs/format.md 6.1). */

#define PLAN_LINES_MAX 20000U /* of one device; more are not read */

struct planned {
	char form[ID_MAX + 1], place[PLACE_MAX + 1];
	char subject[ID_MAX + 1];  /* "": the line is about the place */
	char *name;                /* personal; NULL: none, or locked */
	char *target;              /* a JSON object as text, or NULL */
	char due[16];              /* a day, or "" */
	uint64_t count;            /* of a line about the place: how many subjects */
	uint64_t reached;          /* how many of them are at the form's final stage, as this device's entries tell */
	int done;                  /* all of them */
	int late;                  /* not done, and the day is over (by the device's clock, when it is set) */
	int dropped;               /* planned no more */
	uint64_t at;               /* order in the log */
};

struct plan {
	struct planned *line;      /* by form, due (none last), place, subject */
	size_t n, room;
	size_t open;               /* not done */
	size_t late;
	int locked;                /* names are kept, and nobody is signed in */
};

/** plan_load(ag, form, p): what is planned now (of one form unless ${form} is NULL), lines planned no more left out.  0 (release with plan_free) or -1. */
int plan_load(struct agent *ag, const char *form, struct plan *p);

/** plan_find(p, form, subject): the line of a subject, or NULL. */
const struct planned *plan_find(const struct plan *p, const char *form, const char *subject);

/** plan_place_of(ag, form, subject, place): where a subject is planned.  1, 0 (${place} is "") or -1. */
int plan_place_of(struct agent *ag, const char *form, const char *subject, char place[PLACE_MAX + 1]);

/** plan_free(p): release; harmless on a zeroed one. */
void plan_free(struct plan *p);

/** plan_without_names(out, text, n): append a plan's text with "name" left out of every line; lines that cannot be read are left out.  0 or -1. */
int plan_without_names(struct buf *out, const char *text, size_t n);

#endif
