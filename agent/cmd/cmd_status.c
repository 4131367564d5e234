#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/sync/aside.h"
#include "agent/host/moment.h"
#include "agent/host/sandbox.h"
#include "agent/sync/messages.h"
#include "agent/show.h"
#include "agent/status.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "evidence/entry.h"

static const char *const space_keys[] = { "ok", "no-photos", "no-entries" };
static const char *const space_words[] = { "enough", "SHORT: no photos are taken", "FULL: nothing is recorded until space is freed" };

/* An alarm does not go by itself: as long as its evidence is there, it is said. */
static unsigned
count_alarms(const char *dir)
{
	char path[4200];
	struct dirent *de;
	unsigned n = 0;
	DIR *d;

	if (file_path(path, sizeof(path), dir, "alarms") != 0 || (d = opendir(path)) == NULL)
		return 0;
	while ((de = readdir(d)) != NULL)
		n += de->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

int
status_take(struct agent *ag, struct status *s)
{
	struct buf b;
	uint64_t index;
	int rc;

	memset(s, 0, sizeof(*s));
	if (journal_count(ag->j, &s->counts) != 0)
		return -1;
	s->alarms = count_alarms(ag->dir);
	storage_look(ag->dir, &s->storage);
	s->storage_safe = s->storage.trouble[0] == '\0';
	s->space = space_look(ag->dir, &s->room);
	s->heard = (uint64_t)floor_heard(ag);
	if (s->counts.has_last && s->counts.last_confirmed > s->heard)
		s->heard = s->counts.last_confirmed;
	s->clock_set = clock_wall() >= floor_shown(ag);
	s->trouble = link_now(ag, &s->trouble_since);
	s->photos_aside = aside_each(ag, NULL, NULL);
	s->metered = budget_metered();
	s->wait = s->counts.attachments_waiting > 0 ? budget_photos_wait(ag) : WAIT_NOT;
	s->messages = messages_unread(ag);
	s->revoked = journal_get_u64(ag->j, "revoked", &index) == 1;
	buf_init(&b, NOTE_MAX);
	rc = journal_get(ag->j, "origin", &b) < 0 || journal_note_newest(ag->j, &s->county_size, (buf_reset(&b), &b)) < 0 ? -1 : 0;
	buf_reset(&b);
	if (rc == 0 && journal_get(ag->j, "origin", &b) == 1)
		(void)snprintf(s->origin, sizeof(s->origin), "%s", buf_str(&b));
	buf_reset(&b);
	if (rc == 0 && journal_get(ag->j, "name", &b) == 1)
		(void)snprintf(s->name, sizeof(s->name), "%s", buf_str(&b));
	buf_free(&b);
	return rc;
}

static void
add_link(cJSON *o, const struct status *s)
{
	cJSON *l = cJSON_AddObjectToObject(o, "link");

	if (s->trouble == LINK_OK) {
		(void)cJSON_AddNullToObject(l, "trouble");
	} else {
		(void)cJSON_AddStringToObject(l, "trouble", link_code(s->trouble));
		(void)cJSON_AddNumberToObject(l, "since", (double)s->trouble_since);
		(void)cJSON_AddStringToObject(l, "en", link_words(s->trouble, "en"));
		(void)cJSON_AddStringToObject(l, "zh", link_words(s->trouble, "zh"));
	}
	(void)cJSON_AddBoolToObject(l, "metered", s->metered);
	if (s->wait == WAIT_NOT)
		(void)cJSON_AddNullToObject(o, "photos_wait");
	else
		(void)cJSON_AddStringToObject(o, "photos_wait", budget_code(s->wait));
	(void)cJSON_AddNumberToObject(o, "photos_aside", s->photos_aside > 0 ? s->photos_aside : 0);
}

static void
print_link(FILE *f, const struct status *s)
{
	char when[32] = "";

	if (s->trouble_since > 0)
		clock_datetime(s->trouble_since, when);
	if (s->trouble != LINK_OK)
		(void)fprintf(f, "link            %s: %s %s%s%s%s\n", link_code(s->trouble), link_words(s->trouble, "en"), link_words(s->trouble, "zh"), when[0] ? " (since " : "", when, when[0] ? ")" : "");
	if (s->photos_aside > 0)
		(void)fprintf(f, "photos aside    %d (tally-agent list --state set-aside)\n", s->photos_aside);
	if (s->wait != WAIT_NOT)
		(void)fprintf(f, "photos          %s %s\n", budget_words(s->wait, "en"), budget_words(s->wait, "zh"));
}

static void
print_status_json(const struct args *a, struct agent *ag, const struct status *s)
{
	char hex[2 * HASH_LEN + 1];
	cJSON *o = cJSON_CreateObject(), *county;

	enc_hex(hex, ag->device, HASH_LEN);
	(void)cJSON_AddStringToObject(o, "device", hex);
	(void)cJSON_AddStringToObject(o, "place", ag->place);
	(void)cJSON_AddNumberToObject(o, "epoch", ag->epoch);
	(void)cJSON_AddNumberToObject(o, "entries", (double)s->counts.entries);
	(void)cJSON_AddNumberToObject(o, "confirmed", (double)s->counts.confirmed);
	(void)cJSON_AddNumberToObject(o, "waiting", (double)s->counts.waiting);
	(void)cJSON_AddNumberToObject(o, "set_aside", (double)s->counts.set_aside);
	(void)cJSON_AddNumberToObject(o, "attachments_waiting", (double)s->counts.attachments_waiting);
	if (s->counts.has_last)
		(void)cJSON_AddNumberToObject(o, "last_confirmed", (double)s->counts.last_confirmed);
	else
		(void)cJSON_AddNullToObject(o, "last_confirmed");
	county = cJSON_AddObjectToObject(o, "county");
	(void)cJSON_AddStringToObject(county, "origin", s->origin);
	(void)cJSON_AddNumberToObject(county, "size", (double)s->county_size);
	add_link(o, s);
	(void)cJSON_AddNumberToObject(o, "messages", s->messages > 0 ? s->messages : 0);
	(void)cJSON_AddNumberToObject(o, "alarms", s->alarms);
	(void)cJSON_AddStringToObject(o, "clock", s->clock_set ? "set" : "unset");
	(void)cJSON_AddStringToObject(o, "storage", s->storage.name);
	/* every command returns after its commit: nothing is ever only in memory */
	(void)cJSON_AddBoolToObject(o, "safe_to_switch_off", s->storage_safe);
	(void)cJSON_AddStringToObject(o, "sandbox", sandbox_text());
	(void)cJSON_AddStringToObject(o, "space", space_keys[s->space]);
	(void)cJSON_AddNumberToObject(o, "free", (double)s->room.free);
	show_json(a->io->out, o);
}

static int
print_message(void *ctx, const struct message *m)
{
	FILE *f = ctx;
	char when[32];

	if (m->read)
		return 0;
	clock_datetime((int64_t)m->at, when);
	(void)fprintf(f, "\nmessage from the county 县里的消息 (%s): %s\n", when, m->locked ? "locked: a cadre signs in on the local page to read it 已上锁，请在本机页面登录后阅读" :
	    m->lost ? "its text has not come yet 内容尚未收到" : buf_str(&m->text));
	return 0;
}

static void
print_status_text(const struct args *a, struct agent *ag, const struct status *s)
{
	char hex[2 * HASH_LEN + 1], when[32] = "never";
	FILE *f = a->io->out;

	enc_hex(hex, ag->device, HASH_LEN);
	if (s->counts.has_last)
		clock_datetime((int64_t)s->counts.last_confirmed, when);
	if (opt_get(a, "line") != NULL) {
		(void)fprintf(f, "%s%s %s: %llu entries, %llu confirmed, %llu waiting, last confirmed %s\n", s->alarms ? "ALARM " : s->revoked ? "REVOKED " : "", ag->place, s->origin[0] ? s->origin : "not enrolled",
		    (unsigned long long)s->counts.entries, (unsigned long long)s->counts.confirmed, (unsigned long long)s->counts.waiting, when);
		return;
	}
	(void)fprintf(f, "device          %s\nplace           %s%s%s\nepoch           %u\n", hex, ag->place, s->name[0] ? " " : "", s->name, ag->epoch);
	if (s->origin[0] != '\0')
		(void)fprintf(f, "county          %s (log of %llu when last seen)\n", s->origin, (unsigned long long)s->county_size);
	else
		(void)fprintf(f, "county          not enrolled yet\n");
	(void)fprintf(f, "entries         %llu\nconfirmed       %llu (last %s)\nwaiting         %llu\nset aside       %llu\nphotos waiting  %llu\n",
	    (unsigned long long)s->counts.entries, (unsigned long long)s->counts.confirmed, when, (unsigned long long)s->counts.waiting,
	    (unsigned long long)s->counts.set_aside, (unsigned long long)s->counts.photos_waiting);
	print_link(f, s);
	(void)fprintf(f, "clock           %s\nsandbox         %s\nstorage         %s%s%s%s\nspace           %s, %llu MiB free\nswitch off now  %s\n", s->clock_set ? "set" : "not set", sandbox_text(), s->storage.name,
	    s->storage_safe ? "" : " (", s->storage.trouble, s->storage_safe ? "" : ")", space_words[s->space], (unsigned long long)(s->room.free >> 20), s->storage_safe ? "safe: all that was recorded is on disk" : "NOT safe on this storage");
	if (s->messages > 0)
		(void)messages_each(ag, print_message, f);
	if (s->alarms > 0)
		(void)fprintf(f, "\nALARM: the county signed what cannot be true, %u time%s; the evidence is in %s/alarms. Show it to an auditor.\n", s->alarms, s->alarms == 1 ? "" : "s", ag->dir);
	if (s->revoked)
		(void)fprintf(f, "\nREVOKED: the county has revoked this device. What it records is still logged, but counts only when the county accepts it.\n");
	if (ag->new_epoch.text[0] != '\0')
		(void)fprintf(f, "\n%s\n", ag->new_epoch.text);
}

static int
status(const struct args *a, struct agent *ag)
{
	struct status s;
	struct err e;

	if (status_take(ag, &s) != 0) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	if (a->json)
		print_status_json(a, ag, &s);
	else
		print_status_text(a, ag, &s);
	return EXIT_YES;
}

static void
print_finding(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	const struct args *a = ctx;
	cJSON *o;

	if (!a->json) {
		(void)fprintf(a->io->out, "%s: epoch %u seq %llu: %s\n", code, epoch, (unsigned long long)seq, detail);
		return;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "code", code);
	(void)cJSON_AddNumberToObject(o, "epoch", epoch);
	(void)cJSON_AddNumberToObject(o, "seq", (double)seq);
	(void)cJSON_AddStringToObject(o, "detail", detail);
	show_json(a->io->out, o);
}

static int
verify_journal(const struct args *a, struct agent *ag)
{
	struct err e;
	cJSON *o;
	int n = journal_verify(ag->j, print_finding, (void *)(uintptr_t)a);

	if (n < 0) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	if (a->json && n == 0) {
		o = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(o, "verdict", "ok");
		show_json(a->io->out, o);
	}
	if (!a->json)
		(void)fprintf(a->io->out, n == 0 ? "ok: every entry, signature, chain link and receipt in this journal holds\n" : "%d findings\n", n);
	return n == 0 ? EXIT_YES : EXIT_NO;
}

int
cmd_status(const struct args *a)
{
	return agent_with(a, status);
}

int
cmd_verify(const struct args *a)
{
	return agent_with(a, verify_journal);
}
