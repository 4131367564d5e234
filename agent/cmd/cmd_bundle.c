#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/sync/erasure.h"
#include "agent/sync/heads.h"
#include "agent/show.h"
#include "agent/sync/stick.h"
#include "base/file.h"

/* bundle write, bundle read: sync over a stick. */

#define PHOTOS_MAX (UINT64_C(64) << 20) /* in one bundle, which is made in memory */

static void
told_written(const struct args *a, const struct stick_written *w, const char *path, size_t n)
{
	cJSON *o;

	if (!a->json) {
		(void)fprintf(a->io->err, "%s: %llu entries and %llu photos for the county, %zu bytes%s\n", path, (unsigned long long)w->entries,
		    (unsigned long long)w->attachments, n, w->more ? "; more waits than one bundle takes: write another when this one's answer has come" : "");
		return;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "file", path);
	(void)cJSON_AddNumberToObject(o, "entries", (double)w->entries);
	(void)cJSON_AddNumberToObject(o, "attachments", (double)w->attachments);
	(void)cJSON_AddNumberToObject(o, "bytes", (double)n);
	(void)cJSON_AddBoolToObject(o, "more", w->more);
	show_json(a->io->out, o);
}

static int
bundle_write(const struct args *a, struct agent *ag)
{
	struct stick_written w;
	struct err e = { "" };
	char to[4096];
	struct buf b;
	int rc = -1;

	buf_init(&b, STICK_MAX);
	/* a bundle is never changed: what is there stays */
	if (opt_stage(a, a->pos[0], to, sizeof(to), &e) == 0 && stick_write(ag, 1, PHOTOS_MAX, &b, &w, &e) == 0) {
		rc = file_create(to, b.data, b.len, 0644, &e);
		if (rc == 0)
			rc = opt_deliver(a, to, a->pos[0], &e);
	}
	if (rc == 0)
		told_written(a, &w, a->pos[0], b.len);
	buf_free(&b);
	return rc == 0 ? EXIT_YES : opt_fail(&e);
}

static int
bundle_read(const struct args *a, struct agent *ag)
{
	struct heads_seen seen = { 0 };
	struct stick_read got;
	struct err e = { "" }, alarm = { "" };
	struct buf b;
	cJSON *o;
	int rc = -1, heads = 0;

	buf_init(&b, STICK_MAX);
	if (opt_read(a, a->pos[0], &b, &e) == 0)
		/* whoever it is for: heads that other villages were shown are evidence */
		rc = (heads = heads_take(ag, b.data, b.len, &seen, &alarm)) < 0 ? (e = alarm, -1) : stick_read(ag, b.data, b.len, &got, &e);
	buf_free(&b);
	if (rc == 0 && heads == 0 && (heads = heads_check(ag, &alarm)) < 0)
		rc = -1, e = alarm;
	if (heads > 0)
		(void)fprintf(a->io->err, "tally-agent: %s\n", alarm.text);
	if (rc == 0 && erasure_settle(ag, &e) < 0)
		rc = -1; /* reading it once more goes on there */
	if (rc > 0 && seen.kept > 0)
		(void)fprintf(a->io->err, "%s: %u heads in it are kept for an auditor\n", a->pos[0], seen.kept);
	if (rc != 0)
		return rc > 0 ? opt_refuse(&e) : opt_fail(&e);
	if (a->json) {
		o = cJSON_CreateObject();
		(void)cJSON_AddNumberToObject(o, "confirmed", (double)got.confirmed);
		(void)cJSON_AddNumberToObject(o, "records", (double)got.records);
		(void)cJSON_AddNumberToObject(o, "forms", (double)got.forms);
		(void)cJSON_AddNumberToObject(o, "damaged", (double)got.damaged);
		(void)cJSON_AddNumberToObject(o, "heads", seen.seen);
		(void)cJSON_AddBoolToObject(o, "succession", got.succeeded);
		show_json(a->io->out, o);
	} else if (got.succeeded) {
		(void)fprintf(a->io->err, "%s: the county lost a part of its log and goes on with a new one: write another bundle, what is missing goes with it\n", a->pos[0]);
	} else {
		(void)fprintf(a->io->err, "%s: %llu entries confirmed, %llu records and %llu forms from the county%s\n", a->pos[0], (unsigned long long)got.confirmed,
		    (unsigned long long)got.records, (unsigned long long)got.forms, got.damaged ? "; parts of it are damaged" : "");
	}
	return got.damaged || heads > 0 ? EXIT_NO : EXIT_YES;
}

int
cmd_bundle_write(const struct args *a)
{
	return agent_with(a, bundle_write);
}

int
cmd_bundle_read(const struct args *a)
{
	return agent_with(a, bundle_read);
}
