#ifndef AGENT_ERASURE_H
#define AGENT_ERASURE_H

#include "agent/agent.h"

/**
 * erasure_settle(ag, e):
 * Do what the county's erase records ask of this device and have not got yet:
 * the personal parts of the entries they name are destroyed, and an entry of
 * kind erasure-ack, one for each record, says so to the county.  A record with
 * an entry whose receipt has not come yet waits, and those after it: until then
 * the copy here may be the only one.  Each step is durable and may be repeated.
 * The acknowledgements made, or -1.
 */
int erasure_settle(struct agent *ag, struct err *e);

#endif
