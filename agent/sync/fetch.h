#ifndef AGENT_FETCH_H
#define AGENT_FETCH_H

#include "agent/agent.h"
#include "sync/device.h"

/* What an answer makes worth fetching: each is judged by its own hash or key, whoever sent it. */

/** Gets ${path} from the county into ${out}, *${status} what HTTP says.  0, or -1 when no answer came. */
typedef int (*fetch_get)(void *ctx, const char *path, struct buf *out, long *status, struct err *e);

/** fetch_form(ag, f, get, ctx, e): a form's bytes; when they do not come, its record is asked for again.  0 or -1. */
int fetch_form(struct agent *ag, const struct device_form *f, fetch_get get, void *ctx, struct err *e);

/** fetch_files(ag, get, ctx): files beside forms, by the hashes that stand in the forms.  One that does not come does not hold up the rest, and is asked for again. */
void fetch_files(struct agent *ag, fetch_get get, void *ctx);

/** fetch_notes(ag, get, ctx): what reviewers wrote to our entries.  One that does not come is asked for again after the next start. */
void fetch_notes(struct agent *ag, fetch_get get, void *ctx);

/** fetch_texts(ag, get, ctx): what is planned here, and what the county says.  One that does not come is asked for again with the next answer that brings records, or after the next start. */
void fetch_texts(struct agent *ag, fetch_get get, void *ctx);

/** fetch_dict(ag, get, ctx): the newest dictionary of the county's log; without it everything goes as before, only longer. */
void fetch_dict(struct agent *ag, fetch_get get, void *ctx);

#endif
