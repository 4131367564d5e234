#include "agent/host/watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/host/duty.h"
#include "agent/host/notify.h"
#include "agent/status.h"
#include "base/clock.h"
#include "base/log.h"

static int64_t
boot_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A write of no meaning, to see whether one is possible. */
static void
probe(struct watch *w, int64_t now)
{
	struct err e = { "" };
	uint64_t n;

	w->has_probed = 1;
	w->probed = now;
	if (journal_get_u64(w->ag->j, "probe", &n) < 0 || journal_set_u64(w->ag->j, "probe", n + 1, &e) != 0)
		log_msg(LOG_ERROR, "nothing can be written: %s", e.text[0] ? e.text : "the journal cannot be read");
}

/* The newest entry, read again. */
static int
answers(struct watch *w)
{
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;
	int rc;

	if (journal_head(w->ag->j, &epoch, &seq, hash) != 1)
		return 0;
	journal_entry_init(&x);
	rc = journal_by_seq(w->ag->j, epoch, seq, &x) == 1 && memcmp(x.hash, hash, HASH_LEN) == 0;
	journal_entry_free(&x);
	return rc;
}

int
watch_well(struct watch *w, int64_t now)
{
	int64_t every = journal_writing(w->ag->j) == JOURNAL_WRITE_FAILED ? WATCH_RETRY_MS : WATCH_PROBE_MS;

	if (!w->has_probed || now - w->probed >= every)
		probe(w, now);
	return journal_writing(w->ag->j) != JOURNAL_WRITE_FAILED && answers(w);
}

/* One line for `systemctl status`: numbers only. */
static void
put_status(char *out, size_t size, struct agent *ag, int well)
{
	char when[32] = "never";
	struct status s;

	if (!well || status_take(ag, &s) != 0) {
		(void)snprintf(out, size, "%s", "nothing can be stored: see the log");
		return;
	}
	if (s.counts.has_last)
		clock_datetime((int64_t)s.counts.last_confirmed, when);
	(void)snprintf(out, size, "%s%s%llu entries, %llu waiting, last confirmed %s", s.alarms > 0 ? "ALARM; " : s.revoked ? "revoked; " : "",
	    journal_writing(ag->j) == JOURNAL_NO_SPACE ? "no space; " : "", (unsigned long long)s.counts.entries, (unsigned long long)s.counts.waiting, when);
}

void
watch_beat(struct watch *w)
{
	char text[sizeof(w->said)];
	int well = watch_well(w, boot_ms());

	if (!notify_wanted())
		return;
	put_status(text, sizeof(text), w->ag, well);
	if (strcmp(text, w->said) != 0 && notify_send("STATUS=%s", text) == 0)
		(void)strcpy(w->said, text);
	if (!well)
		return;
	if (!w->ready)
		w->ready = notify_send("READY=1") == 0;
	if (notify_watchdog_ms() > 0)
		(void)notify_send("WATCHDOG=1");
}

int64_t
watch_interval(void)
{
	int64_t half = notify_watchdog_ms() / 2;

	if (half == 0)
		return 60000;
	/* a wait may grow by up to a mark, unless it is shorter than one */
	if (half >= 2 * DUTY_MARK_MS)
		return half - DUTY_MARK_MS;
	return half < DUTY_MARK_MS ? half : DUTY_MARK_MS - 1;
}

static int64_t
beat(void *ctx)
{
	watch_beat(ctx);
	return 0;
}

int
watch_duty(struct watch *w)
{
	/* with nobody to tell, only the probe is left to do */
	struct duty d = { "watch", notify_wanted() ? watch_interval() : WATCH_PROBE_MS, 0, 0, beat, w };

	return duty_add(&d);
}
