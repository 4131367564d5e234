#ifndef AGENT_OPENROSA_PLACE_H
#define AGENT_OPENROSA_PLACE_H

#include "agent/agent.h"
#include "base/json.h"
#include "forms/form.h"

/** place_subject(f, answers): the subject that the answers name, "" when they name none; owned by ${answers}. */
const char *place_subject(const struct form *f, const cJSON *answers);

/**
 * place_choose(ag, f, subject, bound, out):
 * Of which place a phone's record is: that of the subject's last entry here,
 * else the place code with which the subject begins, else the phone's (${bound}),
 * else the device's.  Never outside ${bound}, unless that is "".
 */
void place_choose(struct agent *ag, const struct form *f, const char *subject, const char *bound, char out[PLACE_MAX + 1]);

#endif
