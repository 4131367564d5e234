#ifndef AGENT_HOST_SECOND_H
#define AGENT_HOST_SECOND_H

#include "agent/agent.h"

/**
 * second_duty(ag, dir): keep a copy of what the county has not confirmed in
 * DIR/DEVICE.bundle, on another medium: a bundle that `tally-county bundle
 * read` takes in, sealed to the county, so that who finds the medium reads
 * nothing.  Written anew half a minute after something was recorded, removed
 * when nothing is left unconfirmed.  A medium that is not there is no failure:
 * it is tried again.  0 or -1.
 */
int second_duty(struct agent *ag, const char *dir);

/** second_soon(): something was recorded. */
void second_soon(void);

#endif
