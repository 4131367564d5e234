#ifndef AGENT_FILLING_H
#define AGENT_FILLING_H

#include "agent/agent.h"
#include "agent/record/instances.h"
#include "agent/record/recorder.h"
#include "base/json.h"
#include "forms/engine.h"
#include "store/journal_draft.h"

/**
 * A form being filled in: what was typed, field by field, as it was typed,
 * whether it fits or not.  It lies on the disk as a draft (store/journal_draft.h)
 * whose id becomes the entry's, so that saving it again records nothing twice.
 */
enum filling_kind { FILLING_RECORD, FILLING_CORRECTION, FILLING_CLASS };

struct filling {
	struct journal_draft row;  /* id, form, who began it, when */
	const struct form *form;
	enum filling_kind kind;
	cJSON *content;            /* everything else, as it is stored */
	struct instances *lists;   /* whose lists its form looks at; its texts belong to ->content */
};

/* What was typed stands under paths as in form_set() ("served[0]/place"). */

/** filling_field(fl, path): the form's field of a path with or without indexes; NULL when there is none. */
const struct form_field *filling_field(const struct filling *fl, const char *path);

/** filling_new(ag, kind, form, actor, e): an empty one of the newest version of the form, of the agent's place, not stored yet; defaults of the form are put in.  NULL on failure. */
struct filling *filling_new(struct agent *ag, enum filling_kind kind, const char *form, const char *actor, struct err *e);

/** filling_correct(ag, x, actor, e): the answers of an entry that stands, to be corrected.  NULL on failure (its form is not here, its personal part is locked). */
struct filling *filling_correct(struct agent *ag, const struct journal_entry *x, const char *actor, struct err *e);

/** filling_load(ag, id, e): the stored one.  *${fl} NULL and 0 when there is none; 1; -1 (also: it cannot be read any more). */
int filling_load(struct agent *ag, const char *id, struct filling **fl, struct err *e);

/** filling_free(fl): NULL is allowed. */
void filling_free(struct filling *fl);

/** filling_save(ag, fl, e): durable on 0; 1: there are too many drafts; -1. */
int filling_save(struct agent *ag, struct filling *fl, struct err *e);

/** filling_drop(ag, fl, e): destroy it, with photos that no entry names.  Durable on 0. */
int filling_drop(struct agent *ag, const struct filling *fl, struct err *e);

/** filling_forget(ag, fl, path): take away the photo that a field has, its file too when no entry names it. */
void filling_forget(struct agent *ag, struct filling *fl, const char *path);

/** filling_get(fl, path): what was typed, "" when nothing; owned by ${fl}.  filling_set: 0, or -1 if out of memory. */
const char *filling_get(const struct filling *fl, const char *path);
int filling_set(struct filling *fl, const char *path, const char *text);

/** filling_was(fl, path): of a correction, what stands in the entry; NULL for others. */
const char *filling_was(const struct filling *fl, const char *path);

/** filling_fact(fl, name) / filling_set_fact: small texts about the whole: "place", "subject" (fixed, not to be typed), "supersedes", "event", "late"...; "" when there is none. */
const char *filling_fact(const struct filling *fl, const char *name);
int filling_set_fact(struct filling *fl, const char *name, const char *text);

/** filling_count(fl, repeat) / filling_add(fl, repeat) / filling_remove(fl, instance): instances of a repeat ("served"); one more at the end; take "served[1]" out, those behind it move up.  0 or -1. */
unsigned filling_count(const struct filling *fl, const char *repeat);
int filling_add(struct filling *fl, const char *repeat);
int filling_remove(struct filling *fl, const char *instance);

/** filling_changed(fl): of a correction, 1 when anything typed differs from what stands, else 0; of others 1. */
int filling_changed(const struct filling *fl);

/** filling_env(ag, fl, env): what expressions may know now; texts belong to ${ag} and ${fl}.  With the fact "late" the clock is not asked (a date in the future was confirmed), nor when it was never set. */
void filling_env(struct agent *ag, const struct filling *fl, struct form_env *env);

/**
 * filling_run(fl, env, more, out, e):
 * The form with everything typed put in, ${more} (an object of paths and
 * texts, or NULL) over it; what does not fit its field is left out of the run
 * and named in ${out}.  NULL on failure.
 */
struct form_run *filling_run(const struct filling *fl, const struct form_env *env, const cJSON *more, struct form_findings *out, struct err *e);

/**
 * filling_draft(ag, fl, more, part, actor, d, out, e):
 * Judge all and make of it what recorder_append() takes; ${part} is appended
 * to the id of a class's entries ("" for others).  0; 1 when ${out} says what
 * is wrong; -1.
 */
int filling_draft(struct agent *ag, const struct filling *fl, const cJSON *more, const char *part, const char *actor, struct draft *d, struct form_findings *out, struct err *e);

#endif
