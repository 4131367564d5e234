#ifndef AGENT_HOST_REST_H
#define AGENT_HOST_REST_H

#include "agent/agent.h"

/** An agent that has nothing to do gives back the memory that its last work took. */

#define REST_MS INT64_C(300000)

/** rest_begin(): one heap for all threads, given back early.  Before threads are made. */
void rest_begin(void);

/** rest_now(ag): give back forms that nobody used for a while, the journal's page cache, free heap, and the pages of programs and libraries that were read to run them (they come back as they are needed).  Called with the agent locked. */
void rest_now(struct agent *ag);

/** rest_duty(ag): register it, every five minutes; the first half a minute after the start.  0 or -1. */
int rest_duty(struct agent *ag);

#endif
