#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include "agent/agent.h"
#include "agent/people/phones.h"

/**
 * collect_pair(ag, x, code, e):
 * Pair a phone for ODK Collect: x->number (0: a new one called x->name), for
 * the cadre x->user ("" while there is none), for x->place ("": any of the
 * device's).  ${code} (SETTINGS_MAX) gets the text of the QR code that Collect
 * scans; it holds the token, which is nowhere else.  0 and durable; 1: it may
 * not be; -1.  With the agent locked; that the cadre agrees was seen to before.
 */
int collect_pair(struct agent *ag, struct phone *x, struct buf *code, struct err *e);

#endif
