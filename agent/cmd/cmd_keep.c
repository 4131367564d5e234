#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/show.h"
#include "base/enc.h"

/* retention, backup. */

#define DAYS_DEFAULT 365
#define DAYS_MAX 36500
#define DAY_MS UINT64_C(86400000)

static int
say_retained(const struct args *a, const struct journal_retained *r, uint64_t days, int dry)
{
	cJSON *o;

	if (a->json) {
		o = cJSON_CreateObject();
		(void)cJSON_AddNumberToObject(o, "days", (double)days);
		(void)cJSON_AddBoolToObject(o, "dry_run", dry);
		(void)cJSON_AddNumberToObject(o, "personal", (double)r->personal);
		(void)cJSON_AddNumberToObject(o, "photos", (double)r->photos);
		(void)cJSON_AddNumberToObject(o, "photo_bytes", (double)r->photo_bytes);
		show_json(a->io->out, o);
	} else {
		(void)fprintf(a->io->out, "%s: %" PRIu64 " personal parts and %" PRIu64 " photos (%" PRIu64 " bytes) that the county has had for more than %" PRIu64 " days\n",
		    dry ? "may go" : "destroyed", r->personal, r->photos, r->photo_bytes, days);
	}
	return EXIT_YES;
}

/* Age is by the county's clock: from when it received an entry to when it last answered. */
static int
retention(const struct args *a, struct agent *ag)
{
	struct journal_retained r = { 0 };
	struct journal_counts c;
	const char *text = opt_get(a, "days");
	uint64_t days = DAYS_DEFAULT, before;
	int dry = opt_get(a, "dry-run") != NULL;
	struct err e = { "" };

	if (text != NULL && (dec_u64(&days, text, strlen(text)) != 0 || days > DAYS_MAX)) {
		(void)err_set(&e, "--days %s: not a number of days up to %d", text, DAYS_MAX);
		return opt_fail(&e);
	}
	if (journal_count(ag->j, &c) != 0) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	before = c.has_last && c.last_confirmed + 1 > days * DAY_MS ? c.last_confirmed + 1 - days * DAY_MS : 0;
	if (before > 0 && journal_retain(ag->j, before, dry, &r, &e) != 0)
		return opt_fail(&e);
	return say_retained(a, &r, days, dry);
}

static int
backup(const struct args *a, struct agent *ag)
{
	char path[4096];
	struct err e = { "" };

	if (opt_stage(a, a->pos[0], path, sizeof(path), &e) != 0)
		return opt_fail(&e);
	if (journal_backup(ag->j, path, &e) != 0) {
		opt_unstage(a, path);
		return opt_fail(&e);
	}
	if (opt_deliver(a, path, a->pos[0], &e) != 0)
		return opt_fail(&e);
	(void)fprintf(a->io->err, "a copy of the journal is in %s: without keys, photos and PINs; what is personal in it stays sealed.\n"
	    "'tally-agent init --from %s' makes a device of it; what the county had not confirmed is then without its personal part.\n", a->pos[0], a->pos[0]);
	return EXIT_YES;
}

int
cmd_retention(const struct args *a)
{
	return agent_with(a, retention);
}

int
cmd_backup(const struct args *a)
{
	return agent_with(a, backup);
}
