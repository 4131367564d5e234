#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "agent/agent.h"
#include "agent/sync/budget.h"
#include "agent/sync/link.h"
#include "agent/host/space.h"
#include "agent/host/storage.h"

/** What commands and the page say about the agent's state. */
struct status {
	struct journal_counts counts;
	char origin[NOTE_NAME_MAX]; /* "" before enrolment */
	char name[256];             /* what people call the device; "" if nothing */
	uint64_t county_size;       /* of the newest checkpoint verified */
	uint64_t heard;             /* MS, when the county answered last, by its clock; never too late; 0: never */
	int clock_set;
	struct storage storage;     /* file system under the data folder */
	enum space space;           /* what may be recorded */
	struct space_figures room;
	int storage_safe;
	int messages;              /* from the county, not read yet; -1: the journal does not tell */
	int revoked;                /* the county has revoked this device: what comes now is logged and parked */
	enum link_trouble trouble;  /* what stands between here and the county, as last found */
	int64_t trouble_since;      /* ms of this device's clock; 0 unknown */
	int photos_aside;           /* that cannot be sent for reasons of their own (agent/sync/aside.h) */
	enum budget_wait wait;      /* why photos wait, if any do */
	int metered;
	unsigned alarms;            /* signed answers of the county that were false, kept in DIR/alarms */
};

/** status_take(ag, s): 0, or -1 when the journal cannot be read. */
int status_take(struct agent *ag, struct status *s);

#endif
