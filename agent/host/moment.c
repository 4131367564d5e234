#include "agent/host/moment.h"

#include <string.h>
#include <sys/timex.h>

#include "agent/agent.h"
#include "base/clock.h"

#define DAY_MS INT64_C(86400000)
/* Before this moment no Tallystick existed: a clock that says so was never set. */
#define OLDEST INT64_C(1704067200000)
/* No device runs so long without hearing from its county that this would be a date it could honestly show. */
#define AHEAD_MAX (INT64_C(3653) * DAY_MS)
#define COUNTY_TIME "county-time"

#ifndef TALLY_BUILT
#define TALLY_BUILT OLDEST / 1000
#endif

void
moment_now(struct moment *m)
{
	int64_t wall = clock_wall(), mono = clock_mono();

	memset(m, 0, sizeof(*m));
	m->wall = wall > 0 ? wall : 0;
	m->mono = mono > 0 ? mono : 0;
	(void)clock_boot(m->boot);
}

void
moment_of(struct moment *m, const struct entry *h)
{
	memcpy(m->boot, h->boot, sizeof(m->boot));
	m->wall = h->wall <= INT64_MAX ? (int64_t)h->wall : INT64_MAX;
	m->mono = h->mono <= INT64_MAX ? (int64_t)h->mono : INT64_MAX;
}

int
moment_same_boot(const struct moment *a, const struct moment *b)
{
	static const uint8_t none[16];

	return memcmp(a->boot, b->boot, sizeof(a->boot)) == 0 && memcmp(a->boot, none, sizeof(none)) != 0 && b->mono >= a->mono;
}

int
moment_stepped(const struct moment *a, const struct moment *b, int64_t *from)
{
	int64_t gone = b->mono - a->mono;

	if (!moment_same_boot(a, b) || a->wall > INT64_MAX - gone)
		return 0;
	*from = a->wall + gone;
	return b->wall - *from > MOMENT_STEP_MS || *from - b->wall > MOMENT_STEP_MS;
}

/* What the county said last; 0 before it said anything. */
static int64_t
county_time(struct agent *ag)
{
	uint64_t v = 0;

	if (!ag->has_county_time && journal_get_u64(ag->j, COUNTY_TIME, &v) >= 0) {
		ag->county_time = v <= INT64_MAX / 2 ? (int64_t)v : 0;
		ag->has_county_time = 1;
	}
	return ag->county_time;
}

int
floor_learn(struct agent *ag, uint64_t county, struct err *e)
{
	int64_t old = county_time(ag), now = county <= INT64_MAX / 2 ? (int64_t)county : 0;

	ag->heard = now;
	if (now == 0 || (now >= old && now - old < DAY_MS))
		return 0;
	if (journal_set_u64(ag->j, COUNTY_TIME, county, e) != 0)
		return -1;
	ag->county_time = now;
	return 0;
}

int64_t
floor_heard(struct agent *ag)
{
	return ag->heard > 0 ? ag->heard : county_time(ag);
}

int64_t
floor_shown(struct agent *ag)
{
	int64_t county = county_time(ag), built = (int64_t)TALLY_BUILT * 1000;

	/* a county whose own clock is behind the build's date knows better than who built it */
	return county > 0 ? county - DAY_MS : built - DAY_MS;
}

enum entry_clock
floor_clock(struct agent *ag, int64_t wall)
{
	int64_t floor = floor_shown(ag);
	struct timex t = { 0 };

	if (wall < OLDEST)
		return CLOCK_UNSET;
	if (adjtimex(&t) != -1 && (t.status & STA_UNSYNC) == 0)
		return CLOCK_NTP;
	return wall < floor || wall > floor + AHEAD_MAX ? CLOCK_UNSET : CLOCK_RTC;
}
