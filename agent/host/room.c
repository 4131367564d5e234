#include "agent/host/room.h"

#include "agent/host/duty.h"
#include "agent/host/space.h"
#include "base/log.h"

#define EVERY_MS (INT64_C(600) * 1000)

static enum space last = SPACE_OK;

/* Receipts and notes are small; the eighth is for them. */
static void
give_up(const struct agent *ag, enum space now, const struct space_figures *f)
{
	if (now == SPACE_NO_ENTRIES && f->free < f->entries_from / 8 && space_give_up(ag->dir))
		log_msg(LOG_WARN, "space: the reserve is given up for receipts");
}

void
room_for_receipts(const struct agent *ag)
{
	struct space_figures f;

	give_up(ag, space_look(ag->dir, &f), &f);
}

static int64_t
look(void *ctx)
{
	static const char *const words[] = { "photos and entries are recorded", "photos have stopped, entries are recorded", "nothing is recorded; sync goes on" };
	const struct agent *ag = ctx;
	struct space_figures f;
	struct err e = { "" };
	enum space now = space_look(ag->dir, &f);

	if (now != last)
		log_msg(now == SPACE_OK ? LOG_INFO : LOG_WARN, "space: %llu KiB free: %s", (unsigned long long)(f.free >> 10), words[now]);
	last = now;
	give_up(ag, now, &f);
	if (now == SPACE_OK && space_reserve(ag->dir, &e) < 0)
		log_msg(LOG_WARN, "space: %s", e.text);
	return now == SPACE_OK ? 0 : 60000;
}

int
room_duty(struct agent *ag)
{
	const struct duty d = { "space", EVERY_MS, 0, 0, look, ag };

	return duty_add(&d);
}
