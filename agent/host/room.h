#ifndef AGENT_HOST_ROOM_H
#define AGENT_HOST_ROOM_H

#include "agent/agent.h"

/** room_duty(ag): look at the space every ten minutes (duty "space"; ask for it by duty_soon() when a write failed): keeps the reserve, gives it up when nothing else is left, says in the log what has stopped and what goes on again.  0 or -1. */
int room_duty(struct agent *ag);

/** room_for_receipts(ag): before an exchange with the county: when hardly anything is left, the reserve is given up for what it brings. */
void room_for_receipts(const struct agent *ag);

#endif
