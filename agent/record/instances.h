#ifndef AGENT_INSTANCES_H
#define AGENT_INSTANCES_H

#include "agent/agent.h"
#include "base/json.h"
#include "forms/form.h"

/**
 * The lists from outside that forms may look at (docs/forms.md, "Lists from
 * outside"): files that the office published beside the form, and those that
 * this device makes of what it holds.  The one place from which the command
 * line, the page, OpenRosa and imports have them.
 *
 * All calls with agent_lock() held.
 */

#define INSTANCES_SUBJECTS_MAX 5000 /* of one form: a device that holds more serves no such list */

/** For whom: form_env.ctx of instances_rows().  ${subject} and ${except} may be NULL or "". */
struct instances {
	struct agent *ag;
	const struct form *form;
	const char *subject;       /* that the answers are about: "last" then has its row alone */
	const char *except;        /* hex of an entry that is being corrected: "last" is the state without it */
};

/** instances_rows(ctx, id, src): form_env.rows; ${ctx} is a struct instances.  NULL when this device does not serve it now (a file that has not come yet, the roster while nobody is signed in, too many subjects). */
cJSON *instances_rows(void *ctx, const char *id, const char *src);

/** instances_personal(f, src): 1 when the rows of that source name persons (the roster, unless the office published a file of that name), else 0. */
int instances_personal(const struct form *f, const char *src);

/** instances_due(ag, cb, ctx): the files beside the forms held here that are not here yet, each once; cb returns 0 to go on.  0, what cb returned, or -1. */
int instances_due(struct agent *ag, int (*cb)(void *ctx, const char *name, const uint8_t hash[HASH_LEN]), void *ctx);

/** instances_take(ag, p, n, e): keep such bytes if a form held here names their SHA-256.  1 kept (durable), 0 nobody names them, -1. */
int instances_take(struct agent *ag, const void *p, size_t n, struct err *e);

#endif
