#ifndef AGENT_STATE_ROWS_H
#define AGENT_STATE_ROWS_H

#include "agent/agent.h"
#include "base/json.h"
#include "forms/form.h"

/* What this device's entries say of a form's subjects, as rows for forms.  Public answers alone: what is looked at may be copied into a payload. */

/** state_subjects(ag, f): name (the id), label (the id and its stage), stage, date (last observed), place; by id.  NULL: more than INSTANCES_SUBJECTS_MAX, or it cannot be read. */
cJSON *state_subjects(struct agent *ag, const struct form *f);

/**
 * state_last(ag, f, subject, except):
 * The folded state of ${subject} (one row, none when it is new), or with "" of
 * every subject of the form: name, label, date, and each public field outside
 * repeats with its newest value ("group.field"), by the day observed, then by
 * the chain; the entry ${except} (hex, or NULL) is passed over.  NULL as above.
 */
cJSON *state_last(struct agent *ag, const struct form *f, const char *subject, const char *except);

#endif
