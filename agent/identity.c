#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/recorder.h"
#include "agent/users.h"
#include "agent/roster.h"
#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "evidence/dsse.h"
#include "sync/device.h"

#define INIT_TRIES 1000

static int
key_path(char *out, size_t size, const char *dir, uint32_t epoch)
{
	int n = snprintf(out, size, "%s/device-%u.key", dir, epoch);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

/* Anything that could be an identity or a part of one? */
int
agent_is_there(const char *dir)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "guard", "device-1.key", "attachments" };
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (file_path(path, sizeof(path), dir, names[i]) != 0 || file_exists(path))
			return 1;
	return 0;
}

static int
set_text(struct journal *j, const char *key, const char *text, struct err *e)
{
	return journal_set(j, key, text, strlen(text), e);
}

/* Everything an agent is born with, in a folder of its own. */
static int
fill(struct agent *ag, const char *place, const char *name, struct err *e)
{
	struct draft d;
	struct epoch_open o = { 0 };
	struct recorded rec;
	char path[4200];
	int rc = -1;

	memcpy(o.key, signer_public(ag->s), KEY_LEN);
	(void)strcpy(o.place, place);
	(void)strcpy(ag->place, place);
	ag->epoch = 1;
	memcpy(ag->device, signer_keyhash(ag->s), HASH_LEN);
	ag->admitted = 1; /* whoever makes it has asked: admit_new() */
	draft_init(&d, "epoch-open", ag);
	if (key_path(path, sizeof(path), ag->dir, 1) == 0 && signer_save(ag->s, path, e) == 0 &&
	    journal_set(ag->j, "device", ag->device, HASH_LEN, e) == 0 && set_text(ag->j, "place", place, e) == 0 &&
	    set_text(ag->j, "name", name, e) == 0 && epoch_open_print(&d.payload, &o, 1) == 0)
		rc = recorder_append(ag, &d, 1, &rec, e);
	draft_free(&d);
	return rc;
}

static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

/* Make it beside the place where it belongs, then move it there: a cut leaves nothing or all. */
static int
build(const char *dir, const char *temp, const char *place, const char *name, struct err *e)
{
	struct agent ag = { 0 };
	char parent[4096], *slash;
	int rc = -1;

	(void)snprintf(ag.dir, sizeof(ag.dir), "%s", temp);
	if ((ag.s = signer_new(NULL)) == NULL)
		return err_set(e, "out of memory");
	if ((ag.j = journal_create(temp, e)) != NULL)
		rc = fill(&ag, place, name, e);
	journal_close(ag.j);
	signer_free(ag.s);
	if (rc != 0)
		return -1;
	if (rename(temp, dir) != 0)
		return err_set(e, "%s: the new agent cannot be moved there: the folder must be empty", dir);
	(void)snprintf(parent, sizeof(parent), "%s", dir);
	if ((slash = strrchr(parent, '/')) != NULL)
		*slash = '\0';
	return sync_folder(slash == NULL ? "." : parent[0] ? parent : "/") == 0 ? 0 : err_set(e, "%s: cannot be synced", parent);
}

int
agent_init(const char *dir, const char *place, const char *name, struct err *e)
{
	char temp[4096], at[4096], parent[4096], *slash;
	size_t n = strlen(dir);
	unsigned k = 0;

	if (n == 0 || n >= sizeof(at) - 48)
		return err_set(e, "data directory: its name is empty or too long");
	memcpy(at, dir, n + 1);
	while (n > 1 && at[n - 1] == '/')
		at[--n] = '\0';
	if (agent_is_there(at)) {
		(void)err_set(e, "%s: there is an agent here already, or a trace of one; a new identity is never made over it", at);
		return 1;
	}
	(void)strcpy(parent, at);
	if ((slash = strrchr(parent, '/')) != NULL && slash != parent) {
		*slash = '\0';
		if (file_mkdirs(parent, 0700, e) != 0)
			return -1;
	}
	/* one that a power cut left may have this process's number: it is not touched */
	do
		(void)snprintf(temp, sizeof(temp), "%s.init-%ld.%u", at, (long)getpid(), k);
	while (file_exists(temp) && ++k < INIT_TRIES);
	return build(at, temp, place, name, e);
}

static int
load_text(struct journal *j, const char *key, void *out, size_t size, size_t *len)
{
	struct buf b;
	int rc;

	buf_init(&b, size);
	rc = journal_get(j, key, &b) == 1 && b.len < size ? 0 : -1;
	if (rc == 0) {
		memset(out, 0, size);
		memcpy(out, b.data, b.len);
		*len = b.len;
	}
	buf_free(&b);
	return rc;
}

/* What the journal's standing says must be done: NULL for nothing, else the reason of a new epoch. */
static const char *
epoch_reason(enum journal_standing s)
{
	switch (s) {
	case JOURNAL_BEHIND:
	case JOURNAL_DAMAGED:
		return "restored";
	case JOURNAL_NO_GUARD:
		return "guard-missing";
	case JOURNAL_OTHER_HOST:
		return "host-changed";
	default:
		return NULL;
	}
}

static int
load(struct agent *ag, int copy, struct err *e)
{
	char device[HASH_LEN + 1], path[4200];
	uint8_t hash[HASH_LEN];
	const char *reason;
	uint64_t seq;
	size_t n;

	if (load_text(ag->j, "device", device, sizeof(device), &n) != 0 || n != HASH_LEN ||
	    load_text(ag->j, "place", ag->place, sizeof(ag->place), &n) != 0 || journal_head(ag->j, &ag->epoch, &seq, hash) != 1)
		return err_set(e, "%s: the journal has no beginning; was 'init' finished?", ag->dir);
	memcpy(ag->device, device, HASH_LEN);
	/* a backup comes without the key: its epoch is closed by one that nobody endorses */
	if (!copy && (key_path(path, sizeof(path), ag->dir, ag->epoch) != 0 || (ag->s = signer_load(path, e)) == NULL))
		return -1;
	if ((reason = copy ? "restored" : epoch_reason(ag->standing)) == NULL)
		return 0;
	if (agent_new_epoch(ag, reason, e) != 0)
		return -1;
	(void)err_set(&ag->new_epoch, "this journal is not certain to hold all it once held (%s): a new epoch %u was begun", reason, ag->epoch);
	log_msg(LOG_WARN, "%s", ag->new_epoch.text);
	return 0;
}

/* A database that cannot be read is moved aside whole; what still verifies is saved from it, and that is said aloud. */
static struct journal *
open_salvaged(struct agent *ag, struct err *e)
{
	struct journal_salvaged s;
	struct err why = *e;
	struct journal *j = journal_open(ag->dir, &ag->standing, e);

	if (j != NULL) /* another process had it, and is done */
		return j;
	if (!agent_is_there(ag->dir) || journal_salvage(ag->dir, &s, NULL) != 0) {
		*e = why;
		return NULL;
	}
	log_msg(LOG_WARN, "%s; %llu entries were saved from it, %llu did not verify; the damaged database lies in %s", why.text,
	    (unsigned long long)s.entries, (unsigned long long)s.dropped, s.aside);
	return journal_open(ag->dir, &ag->standing, e);
}

static struct agent *
open_agent(const char *dir, int copy, struct err *e)
{
	struct agent *ag = lapsed(calloc(1, sizeof(*ag)));

	if (ag == NULL || strlen(dir) >= sizeof(ag->dir)) {
		free(ag);
		(void)err_set(e, "out of memory");
		return NULL;
	}
	(void)strcpy(ag->dir, dir);
	moment_now(&ag->seen);
	if (!agent_is_there(dir)) {
		agent_close(ag);
		(void)err_set(e, "%s: no agent is here (tally-agent init makes one)", dir);
		return NULL;
	}
	if (((ag->j = journal_open(dir, &ag->standing, e)) == NULL && (ag->j = open_salvaged(ag, e)) == NULL) || (ag->users = users_open(ag->j, e)) == NULL ||
	    load(ag, copy, e) != 0) {
		agent_close(ag);
		return NULL;
	}
	return ag;
}

struct agent *
agent_open(const char *dir, struct err *e)
{
	return open_agent(dir, 0, e);
}

struct agent *
agent_open_copy(const char *dir, struct err *e)
{
	return open_agent(dir, 1, e);
}

void
agent_close(struct agent *ag)
{
	if (ag == NULL)
		return;
	roster_close(ag);
	users_close(ag->users);
	journal_close(ag->j);
	signer_free(ag->s);
	free(ag->anchor);
	free(ag);
}

int
agent_new_epoch(struct agent *ag, const char *reason, struct err *e)
{
	struct signer *fresh = signer_new(NULL), *former = ag->s;
	struct epoch_open o = { .has_former = former != NULL };
	struct recorded rec;
	struct draft d;
	struct buf text;
	uint8_t prev[HASH_LEN];
	uint32_t epoch, next = device_next_epoch(ag->j);
	uint64_t seq;
	char path[4200];
	int rc = -1;

	draft_init(&d, "epoch-open", ag);
	buf_init(&text, 1024);
	if (fresh == NULL || journal_head(ag->j, &epoch, &seq, prev) != 1 || key_path(path, sizeof(path), ag->dir, next) != 0) {
		(void)err_set(e, "%s: the journal cannot be read", ag->dir);
		goto out;
	}
	memcpy(o.key, signer_public(fresh), KEY_LEN);
	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	(void)epoch_endorsement(&text, ag->device, next, o.key, prev);
	/* a key left by an attempt that a power cut ended was never used */
	(void)unlink(path);
	if (!buf_ok(&text) || (former != NULL && dsse_sign(o.former, former, DSSE_ENROL, text.data, text.len) != 0) ||
	    epoch_open_print(&d.payload, &o, next) != 0 || signer_save(fresh, path, e) != 0)
		goto out;
	ag->s = fresh;
	ag->epoch = next;
	if ((rc = recorder_append(ag, &d, 1, &rec, e)) != 0) {
		ag->s = former;
		ag->epoch = epoch;
	}
out:
	draft_free(&d);
	buf_free(&text);
	signer_free(rc == 0 ? former : fresh);
	return rc == 0 ? 0 : -1;
}
