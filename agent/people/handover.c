#include "agent/people/handover.h"

#include <inttypes.h>
#include <stdio.h>

int
handover_fill(struct draft *d, const char *from, const char *to, uint64_t waiting)
{
	(void)snprintf(d->actor, sizeof(d->actor), "%s", from);
	return buf_printf(&d->payload, "{\"from\":\"%s\",\"to\":\"%s\",\"waiting\":%" PRIu64 "}", from, to, waiting);
}
