#ifndef AGENT_CABINET_H
#define AGENT_CABINET_H

#include "agent/agent.h"

/** cabinet_put_away(ag): what the county has confirmed goes from rest into the cabinet, a little at a time, letting go of the agent's lock in between; failures are logged. */
void cabinet_put_away(struct agent *ag);

/** cabinet_duty(ag): register the same as a duty (agent/host/duty.h), named "cabinet", for what was confirmed before there was a cadre.  0 or -1. */
int cabinet_duty(struct agent *ag);

#endif
