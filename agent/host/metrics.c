#include "agent/host/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/host/duty.h"
#include "agent/status.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

static atomic_uint failures;
static atomic_llong succeeded = -1; /* CLOCK_BOOTTIME, ms */

void
metrics_synced(unsigned n)
{
	atomic_store(&failures, n);
	if (n == 0)
		atomic_store(&succeeded, clock_mono());
}

static void
gauge(struct buf *b, const char *name, const char *help, uint64_t v)
{
	(void)buf_printf(b, "# HELP tally_agent_%s %s\n# TYPE tally_agent_%s gauge\ntally_agent_%s %" PRIu64 "\n", name, help, name, name, v);
}

static void
put_entries(struct buf *b, const struct agent *ag, const struct status *s)
{
	const struct journal_counts *c = &s->counts;

	gauge(b, "entries", "Entries in the journal.", c->entries);
	gauge(b, "entries_confirmed", "Entries with a receipt of the county.", c->confirmed);
	gauge(b, "entries_waiting", "Entries without a receipt.", c->waiting);
	gauge(b, "entries_set_aside", "Entries the county has set aside.", c->set_aside);
	gauge(b, "attachments_waiting", "Photos the county does not hold yet.", c->attachments_waiting);
	gauge(b, "epoch", "The epoch of the device's key.", ag->epoch);
	gauge(b, "enrolled", "1 when the device belongs to a county.", s->origin[0] != '\0');
	gauge(b, "revoked", "1 when the county has revoked the device.", s->revoked != 0);
	gauge(b, "alarms", "Signed answers of the county that were false.", s->alarms);
	gauge(b, "county_log_size", "Entries of the county's log when last seen.", s->county_size);
	if (c->has_last)
		gauge(b, "last_confirmed_timestamp_seconds", "When the county received the newest confirmed entry, by its clock.", c->last_confirmed / 1000);
}

static void
put_machine(struct buf *b, struct agent *ag, const struct status *s)
{
	enum journal_writing w = journal_writing(ag->j);

	gauge(b, "clock_set", "1 when the clock shows a time that can be.", s->clock_set != 0);
	gauge(b, "storage_safe", "1 when the file system keeps what it is told to keep.", s->storage_safe != 0);
	gauge(b, "writes_succeed", "0 when the last write to the disk failed.", w != JOURNAL_NO_SPACE && w != JOURNAL_WRITE_FAILED);
	gauge(b, "space_short", "1 when the last write failed for want of space.", w == JOURNAL_NO_SPACE);
}

static void
put_duty(void *ctx, const char *name, uint64_t runs, int64_t longest_ms)
{
	struct buf *b = ctx;

	(void)buf_printf(b, "tally_agent_duty_runs_total{duty=\"%s\"} %" PRIu64 "\n", name, runs);
	(void)buf_printf(b, "tally_agent_duty_longest_seconds{duty=\"%s\"} %" PRId64 ".%03" PRId64 "\n", name, longest_ms / 1000, longest_ms % 1000);
}

/* What moves by itself. */
static void
put_live(struct buf *b, struct agent *ag)
{
	struct statvfs v;
	long long at = atomic_load(&succeeded);

	if (statvfs(ag->dir, &v) == 0) {
		gauge(b, "storage_free_bytes", "Free space where the journal lies.", (uint64_t)v.f_bavail * v.f_frsize);
		gauge(b, "storage_free_inodes", "Files that can still be made there.", v.f_favail);
	}
	gauge(b, "sync_failures", "Syncs that failed since the last that did not.", atomic_load(&failures));
	if (at >= 0)
		gauge(b, "sync_age_seconds", "Since the last sync that succeeded.", (uint64_t)((clock_mono() - at) / 1000));
	gauge(b, "uptime_seconds", "Since the machine was started.", (uint64_t)(clock_mono() / 1000));
	(void)buf_puts(b, "# HELP tally_agent_duty_runs_total What the agent did by itself.\n# TYPE tally_agent_duty_runs_total counter\n"
	    "# HELP tally_agent_duty_longest_seconds Its longest run.\n# TYPE tally_agent_duty_longest_seconds gauge\n");
	duty_each(put_duty, b);
}

int
metrics_print(struct buf *out, struct agent *ag, int live)
{
	struct status s;

	if (status_take(ag, &s) != 0)
		return -1;
	(void)buf_printf(out, "# HELP tally_agent_build_info The running version.\n# TYPE tally_agent_build_info gauge\ntally_agent_build_info{version=\"%s\"} 1\n", TALLY_VERSION);
	put_entries(out, ag, &s);
	put_machine(out, ag, &s);
	if (live)
		put_live(out, ag);
	return buf_ok(out) ? 0 : -1;
}

/* The file of a board that is never online: read later, by whoever comes. */
struct metrics_file {
	struct agent *ag;
	const char *path;
	int has;
	uint8_t written[HASH_LEN];
};

static int64_t
write_file(void *ctx)
{
	struct metrics_file *m = ctx;
	uint8_t hash[HASH_LEN];
	struct err e = { "" };
	struct buf b;

	buf_init(&b, METRICS_MAX);
	if (metrics_print(&b, m->ag, 0) == 0) {
		sha256(hash, b.data, b.len);
		if (m->has && memcmp(hash, m->written, HASH_LEN) == 0 && file_exists(m->path)) {
			buf_free(&b);
			return 0;
		}
		m->has = file_write(m->path, b.data, b.len, 0644, &e) == 0;
		memcpy(m->written, hash, HASH_LEN);
		if (!m->has)
			log_msg(LOG_WARN, "figures: %s", e.text);
	}
	buf_free(&b);
	return 0;
}

int
metrics_duty(struct agent *ag, const char *path)
{
	static struct metrics_file m;
	struct duty d = { "metrics-file", METRICS_FILE_MS, 0, 0, write_file, &m };

	m = (struct metrics_file){ .ag = ag, .path = path };
	return duty_add(&d);
}
