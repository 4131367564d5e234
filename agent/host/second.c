#include "agent/host/second.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/host/duty.h"
#include "agent/sync/stick.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/log.h"

#define EVERY_MS (INT64_C(3600) * 1000)
#define AFTER_MS (INT64_C(30) * 1000)
#define PHOTOS_MAX (UINT64_C(8) << 20) /* a bundle is made in memory */

static struct second {
	struct agent *ag;
	char path[4200];
	uint64_t entries, waiting, photos; /* of the journal, when the copy was written */
	int written, failing;
} second;

static int
write_copy(struct second *s, struct err *e)
{
	struct stick_written w;
	struct buf b;
	int rc;

	buf_init(&b, STICK_MAX);
	rc = stick_write(s->ag, 0, PHOTOS_MAX, &b, &w, e);
	if (rc == 0)
		rc = file_write(s->path, b.data, b.len, 0600, e);
	buf_free(&b);
	return rc;
}

static int64_t
run(void *ctx)
{
	struct second *s = ctx;
	struct journal_counts c;
	struct err e = { "" };
	struct buf log;
	int enrolled, rc = 0;

	buf_init(&log, HASH_LEN);
	enrolled = journal_get(s->ag->j, "log", &log) == 1;
	buf_free(&log);
	if (!enrolled || journal_count(s->ag->j, &c) != 0)
		return 0; /* before enrolment there is nobody to seal it for */
	if (s->written && s->entries == c.entries && s->waiting == c.waiting && s->photos == c.attachments_waiting)
		return 0;
	if (c.waiting > 0 || c.attachments_waiting > 0)
		rc = write_copy(s, &e);
	else if (unlink(s->path) != 0 && errno != ENOENT)
		rc = err_set(&e, "%s: cannot be removed: %s", s->path, strerror(errno));
	if (rc != 0 && !s->failing)
		log_msg(LOG_WARN, "the second copy of what the county has not confirmed: %s", e.text);
	else if (rc == 0 && s->failing)
		log_msg(LOG_INFO, "the second copy is written again");
	s->failing = rc != 0;
	s->written = rc == 0;
	s->entries = c.entries;
	s->waiting = c.waiting;
	s->photos = c.attachments_waiting;
	return 0;
}

int
second_duty(struct agent *ag, const char *dir)
{
	const struct duty d = { "second", EVERY_MS, 0, 0, run, &second };
	char hex[2 * HASH_LEN + 1];
	int n;

	second.ag = ag;
	enc_hex(hex, ag->device, HASH_LEN);
	n = snprintf(second.path, sizeof(second.path), "%s/%s.bundle", dir, hex);
	return n > 0 && (size_t)n < sizeof(second.path) ? duty_add(&d) : -1;
}

void
second_soon(void)
{
	duty_within("second", AFTER_MS);
}
