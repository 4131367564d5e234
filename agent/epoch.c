#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/record/recorder.h"
#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "evidence/dsse.h"
#include "sync/device.h"

/* A new epoch, and what is gone for good. */

#define HOLES_MAX 32

/* A draft that says what is gone for good. */
static int
draft_loss(struct draft *d, const struct agent *ag, const struct journal_hole *h)
{
	draft_init(d, "loss", ag);
	return buf_printf(&d->payload, "{\"epoch\":%u,\"from\":%llu,\"to\":%llu}", h->epoch, (unsigned long long)h->from, (unsigned long long)h->to);
}

/* Drafts of what is missing and not yet declared, from d[*n] on.  0 or -1. */
static int
draft_losses(struct agent *ag, struct draft *d, size_t *n, struct err *e)
{
	struct journal_hole hole[HOLES_MAX];
	size_t holes, i;

	if (journal_holes(ag->j, hole, HOLES_MAX, &holes) != 0)
		return err_set(e, "%s: the journal cannot be read", ag->dir);
	for (i = 0; i < holes; i++) {
		if (draft_loss(&d[(*n)++], ag, &hole[i]) != 0)
			return err_set(e, "out of memory");
		log_msg(LOG_WARN, "LOST: epoch %u, entries %llu to %llu: they are not in this journal any more; a signed entry says so", hole[i].epoch,
		    (unsigned long long)hole[i].from, (unsigned long long)hole[i].to);
	}
	return 0;
}

static int
append_drafts(struct agent *ag, struct draft *d, size_t n, struct err *e)
{
	struct recorded rec[HOLES_MAX + 1];

	return n == 0 ? 0 : recorder_append(ag, d, n, rec, e);
}

static void
free_drafts(struct draft *d, size_t n)
{
	while (n > 0)
		draft_free(&d[--n]);
	free(d);
}

int
agent_declare_losses(struct agent *ag, struct err *e)
{
	struct draft *d = lapsed(calloc(HOLES_MAX, sizeof(*d)));
	size_t n = 0;
	int rc = -1;

	if (d == NULL)
		return err_set(e, "out of memory");
	if (draft_losses(ag, d, &n, e) == 0)
		rc = append_drafts(ag, d, n, e) == 0 ? 0 : -1;
	free_drafts(d, n);
	return rc;
}

/* A number whose key no earlier attempt left here: one that was used, and that this journal has forgotten, must never be made anew. */
static uint32_t
free_epoch(const struct agent *ag)
{
	uint32_t next = device_next_epoch(ag->j);
	char path[4200];

	while (next < UINT32_MAX && agent_key_path(path, sizeof(path), ag->dir, next) == 0 && file_exists(path))
		next++;
	return next;
}

/* The epoch's first entry.  0 or -1. */
static int
draft_open(struct draft *d, const struct agent *ag, const struct signer *fresh, uint32_t next, const char *reason, const uint8_t prev[HASH_LEN])
{
	struct epoch_open o = { .has_former = ag->s != NULL };
	struct buf text;
	int rc = -1;

	draft_init(d, "epoch-open", ag);
	buf_init(&text, 1024);
	memcpy(o.key, signer_public(fresh), KEY_LEN);
	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	(void)epoch_endorsement(&text, ag->device, next, o.key, prev);
	if (buf_ok(&text) && (ag->s == NULL || dsse_sign(o.former, ag->s, DSSE_ENROL, text.data, text.len) == 0))
		rc = epoch_open_print(&d->payload, &o, next);
	buf_free(&text);
	return rc;
}

int
agent_new_epoch(struct agent *ag, const char *reason, struct err *e)
{
	struct signer *fresh = signer_new(NULL), *former = ag->s;
	struct draft *d = lapsed(calloc(HOLES_MAX + 1, sizeof(*d)));
	uint8_t prev[HASH_LEN];
	uint32_t epoch, now, next = free_epoch(ag);
	uint64_t seq;
	char path[4200];
	size_t n = 0;
	int rc = -1;

	if (fresh == NULL || d == NULL || journal_head(ag->j, &epoch, &seq, prev) != 1 || agent_key_path(path, sizeof(path), ag->dir, next) != 0) {
		(void)err_set(e, "%s: the journal cannot be read", ag->dir);
		goto out;
	}
	n = 1;
	if (draft_open(&d[0], ag, fresh, next, reason, prev) != 0) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	if (draft_losses(ag, d, &n, e) != 0 || signer_save(fresh, path, e) != 0)
		goto out;
	ag->s = fresh;
	ag->epoch = next;
	if ((rc = append_drafts(ag, d, n, e)) != 0) {
		ag->s = former;
		ag->epoch = epoch;
		/* the key stays unless it is certain that nothing was signed with it */
		if (journal_head(ag->j, &now, &seq, prev) == 1 && now != next)
			(void)unlink(path);
	}
out:
	free_drafts(d, d != NULL ? n : 0);
	signer_free(rc == 0 ? former : fresh);
	return rc == 0 ? 0 : -1;
}
