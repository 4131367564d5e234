#ifndef AGENT_SUBJECT_H
#define AGENT_SUBJECT_H

#include "agent/agent.h"
#include "forms/form.h"

/**
 * What a programme is about (a house, a trainee, works) as this device's
 * entries tell it: which entry holds now, at which stage it is, what comes next.
 */
struct subject {
	char id[ID_MAX + 1];
	uint64_t entries;          /* records and corrections here, replaced ones too */
	uint64_t standing;         /* of these, neither corrected nor withdrawn */
	int has;                   /* ->now is the newest that stands, by the day observed, then by the chain */
	struct journal_entry now;
	char day[16];              /* observed, of ->now */
	char began[ID_MAX + 1];    /* the actor of its first entry */
	const struct choice *stage; /* of ->now, or NULL */
	const struct choice *next; /* the one after it in the form's order, the first when there is none yet; NULL when nothing comes after */
	int done;                  /* at the form's final stage or behind it */
};

/** subject_load(ag, f, id, s): ${s} points into ${f} and is to be released with subject_free().  1, 0 when no entry is here (->next is the first stage), -1. */
int subject_load(struct agent *ag, const struct form *f, const char *id, struct subject *s);

/** subject_free(s): release. */
void subject_free(struct subject *s);

/** subject_stage(f, x): the stage that an entry of the form states, or NULL. */
const struct choice *subject_stage(const struct form *f, const struct journal_entry *x);

/** subject_day(f, x, day): the day observed, by the form's field "date" or its first date; the day it was recorded when it states none. */
void subject_day(const struct form *f, const struct journal_entry *x, char day[16]);

/** subject_next(f, stage): the stage that follows in the form's order; the first for NULL; NULL at the end or when the form has no stages. */
const struct choice *subject_next(const struct form *f, const struct choice *stage);

#endif
