#include "agent/host/duty.h"
#include "agent/people/roster.h"
#include "base/log.h"
#include "store/journal_roster.h"

#define BATCH 64
#define EVERY_MS INT64_C(3600000)
#define FIRST_MS INT64_C(30000)

/* Forget what a lock hides; and what is still at rest, from before there was a cadre, goes into the cabinet. */
static int64_t
run(void *ctx)
{
	struct agent *ag = ctx;
	struct err e = { "" };
	int moved;

	roster_settle(ag);
	if ((moved = journal_roster_reseal(ag->j, BATCH, &e)) < 0)
		log_msg(LOG_WARN, "the roster cannot be put into the cabinet: %s", e.text);
	return moved > 0 ? 1 : 0;
}

int
roster_duty(struct agent *ag)
{
	const struct duty d = { ROSTER_DUTY, EVERY_MS, FIRST_MS, 0, run, ag };

	return duty_add(&d);
}
