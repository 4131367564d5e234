#ifndef AGENT_HOST_CONFINE_H
#define AGENT_HOST_CONFINE_H

#include "base/opt.h"

/**
 * confine_files(a, data, e): hold the agent to its data folder and to what the options of `run` name (agent/host/sandbox.h); before threads are made.  Nothing with --no-sandbox.  0 or -1.
 */
int confine_files(const struct args *a, const char *data, struct err *e);

/** confine_calls(a, e): hold it to its system calls; once everything runs.  Nothing with --no-sandbox.  0 or -1. */
int confine_calls(const struct args *a, struct err *e);

#endif
