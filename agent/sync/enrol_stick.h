#ifndef AGENT_ENROL_STICK_H
#define AGENT_ENROL_STICK_H

#include "agent/agent.h"

/** enrol_stick(a, ag): 'enrol --request FILE --token T' and 'enrol --answer FILE' (docs/protocol.md, Enrolment): joining a county without a link.  The exit status. */
int enrol_stick(const struct args *a, struct agent *ag);

/** enrol_address(a, ag): 'enrol URL' of a device that is enrolled already: where its county is reached from now on.  The exit status. */
int enrol_address(const struct args *a, struct agent *ag);

#endif
