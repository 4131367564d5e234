#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/record/recorder.h"
#include "agent/people/users.h"
#include "agent/people/roster.h"
#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "base/tree.h"
#include "evidence/dsse.h"
#include "sync/device.h"

#define INIT_TRIES 1000

int
agent_key_path(char *out, size_t size, const char *dir, uint32_t epoch)
{
	int n = snprintf(out, size, "%s/device-%u.key", dir, epoch);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

int
agent_is_there(const char *dir)
{
	return journal_trace(dir, NULL) != 0; /* also where it cannot be looked at */
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
	if (agent_key_path(path, sizeof(path), ag->dir, 1) == 0 && signer_save(ag->s, path, e) == 0 &&
	    journal_set(ag->j, "device", ag->device, HASH_LEN, e) == 0 && set_text(ag->j, "place", place, e) == 0 &&
	    set_text(ag->j, "name", name, e) == 0 && epoch_open_print(&d.payload, &o, 1) == 0)
		rc = recorder_append(ag, &d, 1, &rec, e);
	draft_free(&d);
	return rc;
}

/* Make it beside the place where it belongs, then move it there: a cut leaves nothing or all. */
static int
build(const char *dir, const char *temp, const char *place, const char *name, struct err *e)
{
	struct agent ag = { 0 };
	int rc = -1, before = file_exists(temp);

	(void)snprintf(ag.dir, sizeof(ag.dir), "%s", temp);
	if ((ag.s = signer_new(NULL)) == NULL)
		return err_set(e, "out of memory");
	if ((ag.j = journal_create(temp, e)) != NULL)
		rc = fill(&ag, place, name, e);
	journal_close(ag.j);
	signer_free(ag.s);
	if (rc == 0 && rename(temp, dir) != 0)
		rc = err_set(e, "%s: the new agent cannot be moved there: the folder must be empty", dir);
	if (rc != 0) {
		/* nothing that was made here was ever used */
		if (!before)
			(void)tree_remove(temp, NULL);
		return -1;
	}
	return file_sync_parent(dir) == 0 ? 0 : err_set(e, "%s: the folder that it lies in cannot be synced", dir);
}

int
agent_init(const char *dir, const char *place, const char *name, struct err *e)
{
	char temp[4096], at[4096], parent[4096], *slash;
	size_t n = strlen(dir);
	unsigned k = 0;
	int rc;

	if (n == 0 || n >= sizeof(at) - 48)
		return err_set(e, "data directory: its name is empty or too long");
	memcpy(at, dir, n + 1);
	while (n > 1 && at[n - 1] == '/')
		at[--n] = '\0';
	if ((rc = journal_trace(at, e)) != 0) {
		if (rc > 0)
			(void)err_set(e, "%s: there is an agent here already, or a trace of one; a new identity is never made over it", at);
		return rc;
	}
	(void)strcpy(parent, at);
	if ((slash = strrchr(parent, '/')) != NULL && slash != parent) {
		*slash = '\0';
		if (file_mkdirs(parent, 0700, e) != 0)
			return -1;
	}
	/* one that a power cut left may have this process's number: it is not touched */
	do
		(void)snprintf(temp, sizeof(temp), "%.4000s.init-%ld.%u", at, (long)getpid(), k);
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

/* The key of the newest epoch, which signed that epoch's first entry.  0; 1 when it is gone or spoilt: then what is here can be read, and nothing recorded; -1. */
static int
load_key(struct agent *ag, struct err *e)
{
	unsigned long lapses = lapse_count();
	struct journal_entry x;
	struct err why = { "" };
	char path[4200];
	int rc;

	journal_entry_init(&x);
	rc = journal_by_seq(ag->j, ag->epoch, 0, &x);
	if (agent_key_path(path, sizeof(path), ag->dir, ag->epoch) == 0)
		ag->s = signer_load(path, &why);
	if (ag->s != NULL && rc == 1 && memcmp(x.sig[0].keyhash, signer_keyhash(ag->s), HASH_LEN) != 0) {
		(void)err_set(&why, "%s: this is another key than the one that signed epoch %u", path, ag->epoch);
		signer_free(ag->s);
		ag->s = NULL;
	}
	journal_entry_free(&x);
	if (lapse_count() != lapses)
		return err_set(e, "%s: out of memory, or the disk cannot be read", ag->dir);
	if (ag->s != NULL)
		return 0;
	(void)err_set(&ag->no_key, "%.300s. The device's signing key is lost: what was recorded stays and can be read, nothing can be added; the county can invite this device anew",
	    why.text);
	log_msg(LOG_ERROR, "%s", ag->no_key.text);
	return 1;
}

int
agent_can_sign(const struct agent *ag, struct err *e)
{
	return ag->s != NULL ? 0 : err_set(e, "%s", ag->no_key.text);
}

static int
load(struct agent *ag, int copy, struct err *e)
{
	unsigned long lapses = lapse_count();
	char device[HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	const char *reason;
	uint64_t seq;
	size_t n;
	int rc;

	if (load_text(ag->j, "device", device, sizeof(device), &n) != 0 || n != HASH_LEN ||
	    load_text(ag->j, "place", ag->place, sizeof(ag->place), &n) != 0 || journal_head(ag->j, &ag->epoch, &seq, hash) != 1) {
		ag->unknown = lapse_count() == lapses; /* else it may well say */
		return err_set(e, ag->unknown ? "%s: the journal has no beginning; was 'init' finished?" : "%s: the journal cannot be read", ag->dir);
	}
	memcpy(ag->device, device, HASH_LEN);
	/* a backup comes without the key: its epoch is closed by one that nobody endorses */
	if (!copy && (rc = load_key(ag, e)) != 0)
		return rc < 0 ? -1 : 0;
	if ((reason = copy ? "restored" : epoch_reason(ag->standing)) == NULL)
		return ag->salvaged ? agent_declare_losses(ag, e) : 0;
	if (agent_new_epoch(ag, reason, e) != 0)
		return -1;
	(void)err_set(&ag->new_epoch, "this journal is not certain to hold all it once held (%s): a new epoch %u was begun", reason, ag->epoch);
	log_msg(LOG_WARN, "%s", ag->new_epoch.text);
	return 0;
}

/* A database that cannot be read is moved aside whole; what still verifies is saved from it, and that is said aloud. */
static struct journal *
salvage(struct agent *ag, struct err *e)
{
	struct journal_salvaged s;
	struct err why = *e, no = { "" };

	if (journal_salvage(ag->dir, &s, &no) != 0) {
		(void)err_set(e, "%.200s; what is in it cannot be saved: %.200s; nothing was changed", why.text, no.text);
		return NULL;
	}
	ag->salvaged = 1;
	log_msg(LOG_WARN, "%s; %llu entries were saved from it, %llu did not verify; the damaged database lies in %s", why.text,
	    (unsigned long long)s.entries, (unsigned long long)s.dropped, s.aside);
	return journal_open(ag->dir, &ag->standing, e);
}

static struct journal *
open_salvaged(struct agent *ag, struct err *e)
{
	struct journal *j = journal_open(ag->dir, &ag->standing, e);

	/* another process had it, and is done; or our memory or descriptors are short, or another program's file lies there: nothing to be salvaged */
	return j != NULL || ag->standing != JOURNAL_DAMAGED ? j : salvage(ag, e);
}

/* When reading the first rows showed that the database is damaged: once more, from what can be salvaged.  0 or -1. */
static int
reload(struct agent *ag, int copy, struct err *e)
{
	if (ag->salvaged || (!ag->unknown && !journal_is_suspect(ag->j)))
		return -1;
	users_close(ag->users);
	ag->users = NULL;
	journal_close(ag->j);
	signer_free(ag->s);
	ag->s = NULL;
	ag->standing = JOURNAL_DAMAGED;
	ag->j = salvage(ag, e);
	return ag->j != NULL && (ag->users = users_open(ag->j, e)) != NULL ? load(ag, copy, e) : -1;
}

static struct agent *
open_agent(const char *dir, int copy, struct err *err)
{
	struct err own = { "" }, *e = err != NULL ? err : &own;
	struct agent *ag = lapsed(calloc(1, sizeof(*ag)));

	if (ag == NULL || strlen(dir) >= sizeof(ag->dir)) {
		free(ag);
		(void)err_set(e, "out of memory");
		return NULL;
	}
	(void)strcpy(ag->dir, dir);
	moment_now(&ag->seen);
	if (journal_trace(dir, NULL) == 0) {
		agent_close(ag);
		(void)err_set(e, "%s: no agent is here (tally-agent init makes one)", dir);
		return NULL;
	}
	if (((ag->j = journal_open(dir, &ag->standing, e)) != NULL || (ag->j = open_salvaged(ag, e)) != NULL) &&
	    (((ag->users = users_open(ag->j, e)) != NULL && load(ag, copy, e) == 0) || reload(ag, copy, e) == 0))
		return ag;
	if (e->text[0] == '\0')
		(void)err_set(e, "%s: the journal cannot be read", dir);
	agent_close(ag);
	return NULL;
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
	free(ag->places);
	free(ag);
}
