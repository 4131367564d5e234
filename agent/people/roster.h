#ifndef AGENT_ROSTER_H
#define AGENT_ROSTER_H

#include "agent/agent.h"
#include "agent/people/household.h"
#include "agent/people/search.h"
#include "base/json.h"
#include "forms/form.h"

/**
 * Households and their members, and finding them.  The roster lies sealed in
 * the journal's database (store/journal_roster.h); what it takes to find
 * somebody is read into memory at the first need after the cabinet was opened
 * and wiped when it is locked.  It never leaves this device but where a cadre
 * puts a person into a form, whose personal part is sealed on its way.
 *
 * All calls with agent_lock() held.  What they point into is valid until it is
 * let go.
 */

/* An answer beside 0 and 1 of what needs to read: the cabinet is locked, somebody has to sign in. */
#define ROSTER_LOCKED 2

/** roster_settle(ag): forget what the lock hides, at once (everything here does so before it answers, and the duty after a sign-out). */
void roster_settle(struct agent *ag);

/** roster_close(ag): the same for good, before agent_close(). */
void roster_close(struct agent *ag);

#define ROSTER_DUTY "roster" /* for duty_soon(): after the last sign-out, and when there is a first cadre */

/** roster_duty(ag): register what settles the roster after a lock, and moves it from rest into the cabinet once there is one.  0 or -1. */
int roster_duty(struct agent *ag);

/** roster_count(ag, households): how many there are, also while locked.  0 or -1. */
int roster_count(struct agent *ag, uint64_t *households);

/**
 * roster_find(ag, query, group, from, max, hits, total, e):
 * Who is meant by ${query} (agent/people/search.h; "" is everybody), best first, only
 * of the village group ${group} unless NULL: rows ${from} to ${from}+${max}-1
 * into ${hits}.  Returns how many of them there are, *${total} says how many
 * in all; -ROSTER_LOCKED or -1.
 */
int roster_find(struct agent *ag, const char *query, const char *group, size_t from, size_t max, struct search_hit *hits, size_t *total, struct err *e);

/** roster_groups(ag, cb, ctx, e): the village groups by name, with their members counted ("" : without group).  0, ROSTER_LOCKED or -1. */
int roster_groups(struct agent *ag, void (*cb)(void *ctx, const char *group, size_t members), void *ctx, struct err *e);

/**
 * roster_get(ag, id, h, member, e):
 * The household of that id, or the one that the member of that id is of; then
 * *${member} is that member, else NULL (may itself be NULL).  ${h} is
 * initialised, to be freed.  1, 0 when there is none, ROSTER_LOCKED, -1.
 */
int roster_get(struct agent *ag, const char *id, struct household *h, const struct member **member, struct err *e);

/**
 * roster_put(ag, h, e):
 * Store a household, all of it; one without an id is given one (PLACE-device4-
 * serial, of the agent's place), and its new members theirs.  Works while
 * locked.  Without members it is taken out.  Durable on 0; -1.
 */
int roster_put(struct agent *ag, struct household *h, struct err *e);

/** roster_put_all(ag, h, n, e): the same for ${n} of them in one transaction, all or none. */
int roster_put_all(struct agent *ag, struct household *h, size_t n, struct err *e);

/** roster_each(ag, cb, ctx, e): every household, read from disk; cb returns 0 to go on.  0, what cb returned, ROSTER_LOCKED or -1. */
int roster_each(struct agent *ag, int (*cb)(void *ctx, const struct household *h), void *ctx, struct err *e);

/* Persons in forms */

/* Whom a form is about. */
enum roster_about {
	ROSTER_NOBODY,             /* its subject is a thing (a water works); a person may still be in it (its keeper) */
	ROSTER_HOUSEHOLD,          /* subject = the household's id, person = its head */
	ROSTER_MEMBER              /* subject = the member's id */
};

/** roster_group(f): the form's first personal group with a field "name", which a person of the roster fills in; NULL when it has none. */
const struct form_field *roster_group(const struct form *f);

/** roster_about(f): by that group: with an identity number it is about the person; named "household", about the household. */
enum roster_about roster_about(const struct form *f);

/** roster_subject(f, h, m, out): the subject id that a form about ${h} (and its member ${m}, or NULL for the head) has; "" when the form is about nobody. */
void roster_subject(const struct form *f, const struct household *h, const struct member *m, char out[ID_MAX + 1]);

/**
 * roster_fill(f, h, m, answers):
 * Put a person (a member, or NULL for the head) into the answers of a form:
 * its subject (unless it is about nobody) and those fields of roster_group()
 * that the roster knows (name, id_number, phone, bank_account,
 * target_groups...); others are left as they are.  0, or -1 if out of memory.
 */
int roster_fill(const struct form *f, const struct household *h, const struct member *m, cJSON *answers);

#endif
