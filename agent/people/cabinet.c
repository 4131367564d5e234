#include "agent/people/cabinet.h"

#include "agent/host/duty.h"
#include "agent/texts.h"
#include "base/log.h"

#define BATCH 64
#define EVERY_MS INT64_C(3600000)
#define FIRST_MS INT64_C(30000)

static int
one_batch(struct agent *ag)
{
	struct err e = { "" };
	int rc = texts_put_away(ag, &e);

	if (rc == 0)
		rc = journal_reseal(ag->j, BATCH, &e);
	if (rc < 0)
		log_msg(LOG_WARN, "what the county has confirmed cannot be put into the cabinet: %s", e.text);
	return rc;
}

void
cabinet_put_away(struct agent *ag)
{
	while (one_batch(ag) == 1) {
		agent_unlock();
		agent_lock();
	}
}

static int64_t
run(void *ctx)
{
	return one_batch(ctx) == 1 ? 1 : 0;
}

int
cabinet_duty(struct agent *ag)
{
	struct duty d = { "cabinet", EVERY_MS, FIRST_MS, 0, run, ag };

	return duty_add(&d);
}
