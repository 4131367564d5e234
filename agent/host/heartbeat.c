#include "agent/host/heartbeat.h"

#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/host/duty.h"
#include "agent/record/recorder.h"
#include "base/log.h"

#define LOOK_BACK 256          /* entries; beyond them the oldest of these counts as the last sign */
#define OFF_MS INT64_C(60000)  /* a clock that shows less than this more than when the machine was last on did not run meanwhile */
#define LOOK_MS INT64_C(3600000)

/* Does the system clock tell how long it is since the last sign, which another boot gave? */
static int
wall_tells(const struct heartbeat *b, const struct moment *now, enum entry_clock clock)
{
	if (clock == CLOCK_UNSET || b->last_clock == CLOCK_UNSET || now->wall < b->last.wall)
		return 0;
	return clock == CLOCK_NTP || !b->has_before || now->wall - now->mono >= b->before.wall + OFF_MS;
}

int64_t
heartbeat_wait(const struct heartbeat *b, const struct moment *now, enum entry_clock clock)
{
	int64_t gone, wait = HEARTBEAT_UP_MS - now->mono;

	if (!b->has_last)
		return wait > 0 ? wait : 0;
	if (moment_same_boot(&b->last, now)) {
		gone = now->mono - b->last.mono;
		return gone < HEARTBEAT_DAY_MS ? HEARTBEAT_DAY_MS - gone : 0;
	}
	if (wall_tells(b, now, clock) && now->mono < HEARTBEAT_DAY_MS) {
		gone = now->wall - b->last.wall;
		if (gone < HEARTBEAT_DAY_MS && HEARTBEAT_DAY_MS - gone > wait)
			wait = HEARTBEAT_DAY_MS - gone;
	}
	return wait > 0 ? wait : 0;
}

/* Note what one entry tells, newest first; 1 when the last sign is found. */
static int
take(struct heartbeat *b, const struct entry *h, const struct moment *now, int oldest)
{
	struct moment m;

	moment_of(&m, h);
	if (!b->has_before && memcmp(m.boot, now->boot, sizeof(m.boot)) != 0) {
		b->before = m;
		b->has_before = 1;
	}
	if (strcmp(h->kind, "heartbeat") != 0 && !oldest)
		return 0;
	b->last = m;
	b->last_clock = h->clock;
	b->has_last = 1;
	return 1;
}

/* Back from the head, once; later this process knows what it did. */
static int
look(struct heartbeat *b, const struct moment *now)
{
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	int i, rc, done = 0;

	if ((rc = journal_head(b->ag->j, &epoch, &seq, hash)) != 1)
		return -1;
	for (i = 0; i < LOOK_BACK && rc == 1 && !done; i++) {
		journal_entry_init(&x);
		if ((rc = journal_by_hash(b->ag->j, hash, &x)) == 1) {
			done = take(b, &x.h, now, i == LOOK_BACK - 1 || !x.h.has_prev) || !x.h.has_prev;
			memcpy(hash, x.h.prev, HASH_LEN);
		}
		journal_entry_free(&x);
	}
	b->looked = rc >= 0;
	return rc < 0 ? -1 : 0;
}

static int
enrolled(struct agent *ag)
{
	struct buf log;
	int rc;

	buf_init(&log, HASH_LEN);
	rc = journal_get(ag->j, "log", &log) == 1;
	buf_free(&log);
	return rc;
}

static int
record(struct heartbeat *b, const struct moment *now)
{
	struct journal_counts c;
	struct recorded out;
	struct err e = { "" };
	struct statvfs v;
	struct draft d;
	uint64_t space;
	int rc = -1;

	if (journal_count(b->ag->j, &c) != 0 || statvfs(b->ag->dir, &v) != 0)
		return -1;
	space = (uint64_t)v.f_bavail * v.f_frsize;
	if (space < HEARTBEAT_SPACE || journal_writing(b->ag->j) == JOURNAL_NO_SPACE)
		return 0;
	draft_init(&d, "heartbeat", b->ag);
	if (buf_printf(&d.payload, "{\"entries\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"free\":%" PRIu64 ",\"uptime\":%" PRId64 "}",
	    c.entries, c.waiting, space < JSON_INT_MAX ? space : JSON_INT_MAX, now->mono < JSON_INT_MAX ? now->mono : JSON_INT_MAX) == 0)
		rc = recorder_append(b->ag, &d, 1, &out, &e);
	draft_free(&d);
	if (rc != 0)
		log_msg(LOG_WARN, "heartbeat: %s", e.text);
	return rc == 0 ? 1 : -1;
}

int
heartbeat_give(struct heartbeat *b)
{
	struct moment now;
	enum entry_clock clock;
	int rc;

	moment_now(&now);
	clock = floor_clock(b->ag, now.wall);
	if (!enrolled(b->ag))
		return 0;
	if (!b->looked && look(b, &now) != 0)
		return -1;
	if (heartbeat_wait(b, &now, clock) > 0)
		return 0;
	if ((rc = record(b, &now)) == 1) {
		b->last = now;
		b->last_clock = clock;
		b->has_last = 1;
	}
	return rc;
}

static int64_t
beat(void *ctx)
{
	struct heartbeat *b = ctx;
	struct moment now;
	int64_t wait;

	if (heartbeat_give(b) != 0 || !b->looked)
		return 0;
	moment_now(&now);
	wait = heartbeat_wait(b, &now, floor_clock(b->ag, now.wall));
	return wait > 0 && wait < LOOK_MS ? wait : 0;
}

int
heartbeat_duty(struct heartbeat *b)
{
	struct duty d = { "heartbeat", LOOK_MS, 0, 0, beat, b };

	return duty_add(&d);
}
