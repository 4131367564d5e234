#ifndef AGENT_HANDOVER_H
#define AGENT_HANDOVER_H

#include "agent/record/recorder.h"

/** handover_fill(d, from, to, waiting): make of a draft of kind "handover" the entry by which ${from} hands over to ${to}, with how many entries wait for the county.  0, or -1 if out of memory. */
int handover_fill(struct draft *d, const char *from, const char *to, uint64_t waiting);

#endif
