#ifndef FORMS_ENGINE_H
#define FORMS_ENGINE_H

#include "forms/form.h"

/**
 * A form being filled in, or judged again: relevance, required, constraints,
 * calculations, choice filters and repeat counts, settled until nothing
 * changes.  Expressions are compiled with the form (form_parse) and
 * evaluated by libxml2's XPath, bounded in steps, depth, bytes and rounds; a
 * bound that is passed is a finding of rule "limit", never a hang.
 *
 * A run borrows its form and its environment, belongs to one thread, and is
 * short-lived: it holds a tree of the answers and of the lists that
 * expressions looked at.
 */

#define FORM_STEPS_MAX 20000000U /* of XPath, between two changes of a run */
#define FORM_ROUNDS_MAX 32       /* of settling, before it counts as endless */
#define FORM_NODES_MAX 200000    /* fields in all instances of a run */
#define FORM_ROWS_MAX 200000     /* rows of one list from outside */

/** What expressions may know of the world.  Any string may be NULL (empty); all must outlive the run. */
struct form_env {
	uint64_t now_ms;         /* now() and today(); of an entry judged again, its own time.  0: not known, and what asks for it is not judged */
	const char *place, *actor, *device; /* device: jr:preloadParams="deviceid" */
	const char *username, *phone, *email;
	const char *instance_id; /* meta/instanceID with its scheme, or NULL: left alone */
	int withheld;            /* personal answers are not at hand: what looks at them, or is personal, is not judged */
	/*
	 * The rows of an instance that is not in the form, by its id ("places") and
	 * source ("jr://file-csv/places.csv"): an array of flat objects of strings
	 * and numbers, released by the run; NULL when it is not served (expressions
	 * then see no rows, and choices from it are not judged).  May be NULL.
	 */
	cJSON *(*rows)(void *ctx, const char *id, const char *src);
	void *ctx;
};

struct form_run;

/**
 * form_run_open(f, env, answers, e):
 * With ${answers} NULL a new entry: defaults, first-load actions and preloads
 * are put in.  Otherwise the answers (as form_set and form_join make them;
 * unknown or misshapen members are kept out and named by form_run_check) as
 * they are; calculations are made in both cases.  ${env} may be NULL.
 * Release with form_run_free(); NULL when out of memory or beyond a limit.
 */
struct form_run *form_run_open(const struct form *f, const struct form_env *env, const cJSON *answers, struct err *e);

/** form_run_free(r): NULL is allowed. */
void form_run_free(struct form_run *r);

/**
 * form_run_set(r, path, text, out):
 * One answer as a person types it; path, text and findings as in form_set().
 * What depends on it is settled when next asked for.  0, or -1 with one finding.
 */
int form_run_set(struct form_run *r, const char *path, const char *text, struct form_findings *out);

/** form_run_add(r, path) / form_run_remove(r, path): a new last instance of the repeat ("rep"), or that instance gone ("rep[1]").  0, or -1: no such repeat, its count is the form's, or a limit. */
int form_run_add(struct form_run *r, const char *path);
int form_run_remove(struct form_run *r, const char *path);

/** form_run_settle(r, e): settle now, to learn of a limit.  0, or -1 naming the field. */
int form_run_settle(struct form_run *r, struct err *e);

/**
 * Questions about one node, addressed as in form_set ("g/x", "rep[0]/x",
 * "rep[0]", "rep").  Each settles first.  -1 where there is no such node.
 *
 * relevant: 1 when it and all above it are.  required: 1 when relevant and
 * required now.  readonly: 1 when it, or what it stands in, is.  valid: 0 when a relevant answer
 * breaks the constraint.  count: instances of a repeat.  fixed: 1 when the
 * repeat's count is the form's own (jr:count).
 */
int form_run_relevant(struct form_run *r, const char *path);
int form_run_required(struct form_run *r, const char *path);
int form_run_readonly(struct form_run *r, const char *path);
int form_run_valid(struct form_run *r, const char *path);
int form_run_count(struct form_run *r, const char *path);
int form_run_fixed(struct form_run *r, const char *path);

/** form_run_value(r, path): the answer as form_set() would take it (choices separated by spaces, money in fen), "" when none or not relevant; NULL when there is no such node.  Owned by ${r} until it changes. */
const char *form_run_value(struct form_run *r, const char *path);

/**
 * form_run_choices(r, path, out):
 * The choices of a select node as they are now; *${out} is owned by ${r} until it changes.
 * How many there are (also such as are not offered); -1 where there is no such node.
 */
long form_run_choices(struct form_run *r, const char *path, const struct choice **out);

/** form_run_offered(r, path, i): 1 when choice ${i} of that list passes the form's filter, else 0; -1 where there is none. */
int form_run_offered(struct form_run *r, const char *path, size_t i);

/** form_run_offers(r, path): the same of all choices of the list at once, in their order; owned by ${r} until it changes; NULL where there is none. */
const unsigned char *form_run_offers(struct form_run *r, const char *path);

/** form_run_message(f, path, rule, lang): the form's own words for "required" or "constraint" at that field (path with or without indexes), or NULL. */
const char *form_run_message(const struct form *f, const char *path, const char *rule, enum form_lang lang);

/** form_run_answers(r): the answers that are relevant, as form_check() and form_split() take them; cJSON_Delete().  NULL if out of memory. */
cJSON *form_run_answers(struct form_run *r);

/**
 * form_run_check(r, out):
 * Judge what form_run_answers() gives.  Rules beyond form_check()'s types:
 * "constraint", "count" (more instances than jr:count), "choice" also of a
 * choice that the filter does not offer now, "limit".
 * 0, 1 or -1 as form_check().
 */
int form_run_check(struct form_run *r, struct form_findings *out);

/**
 * form_fill(f, env, fresh, answers, out):
 * Complete answers before they are recorded: calculations (typed or older
 * values of them give way); with ${fresh} also defaults, first-load actions
 * and preloads of fields that are absent.  Nothing else is taken away or changed.
 * 0, or -1 with a finding ("limit", "memory").
 */
int form_fill(const struct form *f, const struct form_env *env, int fresh, cJSON *answers, struct form_findings *out);

/**
 * form_prune(f, answers, before):
 * A correction: of ${answers} take away what the form does not ask any more
 * and what stands in ${before} in the same way; anything new stays, to be judged.
 * 0, or -1 if out of memory.
 */
int form_prune(const struct form *f, cJSON *answers, const cJSON *before);

/**
 * form_check_in(f, env, answers, out):
 * Judge whole answers, as form_check() (which is this with ${env} NULL, that
 * is without clock and outside lists).  Beyond form_run_check()'s rules:
 * "relevant" (answered, but the form does not ask it then) and "calculate"
 * (not what the form calculates: form_grave() passes over it).
 */
int form_check_in(const struct form *f, const struct form_env *env, const cJSON *answers, struct form_findings *out);

/** form_grave(r): 1 when a finding other than "calculate" is there: such an entry does not count. */
int form_grave(const struct form_findings *r);

#endif
