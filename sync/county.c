#include "sync/county.h"

#include <string.h>

#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county_internal.h"
#include "sync/frame.h"

int
county_sign_head(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note)
{
	const struct county *c = ctx;
	struct checkpoint cp = { .size = size };

	(void)strcpy(cp.origin, c->keys.log.name);
	memcpy(cp.root, root, HASH_LEN);
	return checkpoint_sign(note, &cp, &c->keys.log, c->log);
}

int
county_record(struct county *c, const struct buf *body, const struct signer *officer, uint64_t now, uint64_t *index, struct err *e)
{
	struct buf leaf, note;
	struct ledger_item item = { 0 };
	uint64_t count;
	int rc = -1;

	buf_init(&leaf, LEAF_MAX);
	buf_init(&note, NOTE_MAX);
	if (record_seal(&leaf, body, c->service, officer, e) != 0)
		goto out;
	item.record = leaf.data;
	item.record_len = leaf.len;
	rc = ledger_append(c->l, &item, 1, now, county_sign_head, c, index, &count, &note, e);
out:
	buf_free(&leaf);
	buf_free(&note);
	return rc;
}

int
county_attachment(struct county *c, const uint8_t hash[HASH_LEN], const void *p, size_t n, int sealed, uint64_t now, struct buf *out, struct err *e)
{
	uint8_t got[HASH_LEN];
	uint64_t len = 0;
	struct buf plain;
	int personal = 0, wanted = ledger_attachment_wanted(c->l, hash, &len, &personal), rc = 1;

	if (wanted < 0)
		return err_set(e, "attachment: the ledger cannot be read");
	if (wanted == 0) {
		(void)err_set(e, "attachment: no logged entry names it");
		return 1;
	}
	buf_init(&plain, (size_t)len + 1);
	if (sealed ? unseal(c->sealing, &plain, p, n) != 0 : buf_put(&plain, p, n) != 0)
		(void)err_set(e, "attachment: %s", sealed ? "does not open with this county's sealing key" : "longer than its entry says");
	else if (sha256(got, plain.data, plain.len), plain.len != len || memcmp(got, hash, HASH_LEN) != 0)
		(void)err_set(e, "attachment: %zu bytes whose SHA-256 is not the one asked for", plain.len);
	else if (wanted == 1 && ledger_attachment_put(c->l, plain.data, plain.len, hash, e) != 0)
		rc = -1;
	else
		rc = stored_print(out, c->keys.log_id, hash, len, now, c->service);
	buf_free(&plain);
	return rc;
}

/* The head every answer has. */
static void
begin_answer(const struct county *c, const struct request *r, uint64_t now, struct answer *a)
{
	answer_init(a);
	memcpy(a->log, c->keys.log_id, HASH_LEN);
	memcpy(a->device, r->device, HASH_LEN);
	memcpy(a->nonce, r->nonce, sizeof(a->nonce));
	a->counter = r->counter;
	a->time = now;
	a->next = r->records;
}

/* Is the head signed by the device?  A new epoch's key may come in the frames themselves. */
static int
head_is_theirs(struct ingest *in, const uint8_t *p, size_t used, size_t n)
{
	int known = ledger_device_key(in->c->l, in->r->device, in->r->epoch, in->key);

	if (known < 0 || (known == 0 && !ingest_new_epoch(in, p + used, n - used, in->key)))
		return 0;
	in->key_epoch = in->r->epoch;
	return request_verify(p, used, in->key);
}

/* A signed no: of the frames nothing is said. */
static void
say_no(struct ingest *in, enum answer_status status)
{
	in->a->status = status;
	in->a->nrefusals = 0;
	in->a->more = 0;
	in->stats->refused = 0;
}

/* Append what was verified, then say what is held.  0 or -1. */
static int
append_and_fill(struct ingest *in, const uint8_t *p, size_t n, uint64_t now, int carried, struct err *e)
{
	if (ingest_frames(in, p, n, e) != 0)
		return -1;
	switch (county_commit(in, !carried, now, e)) {
	case COMMIT_DONE:
		return answer_fill(in->c, in->r, in, in->a, e);
	case COMMIT_ROLLED_BACK:
		say_no(in, ANSWER_ROLLED_BACK);
		return answer_fronts(in->c, in->r, in->a, e);
	case COMMIT_STOPPED:
		say_no(in, ANSWER_STOPPED);
		return 0;
	default:
		return -1;
	}
}

/* What kind of answer the head alone earns; ANSWER_OK and ANSWER_REVOKED go on to the frames.  0; 1 as county_sync; -1. */
static int
judge_head(struct ingest *in, const uint8_t *p, size_t used, size_t n, int carried, struct err *e)
{
	struct county *c = in->c;
	const char *why;
	uint64_t last = 0, size;
	uint8_t root[HASH_LEN];
	int rc;

	if (memcmp(in->r->log, c->keys.log_id, HASH_LEN) != 0) {
		in->a->status = ANSWER_WRONG_LOG;
		return 0;
	}
	if ((rc = ledger_device(c->l, in->r->device, &in->dev)) <= 0) {
		in->a->status = ANSWER_UNKNOWN_DEVICE;
		return rc < 0 ? err_set(e, "the ledger cannot be read") : 0;
	}
	if (!head_is_theirs(in, p, used, n)) {
		(void)err_set(e, "request: not signed by the key of that device's epoch %u", in->r->epoch);
		return 1;
	}
	if (ledger_head(c->l, &size, root) != 0)
		return err_set(e, "the ledger cannot be read");
	if (!ledger_may_sign(c->l, &why) || in->r->size > size) {
		in->a->status = ANSWER_STOPPED;
		return 0;
	}
	in->a->status = in->dev.revoked ? ANSWER_REVOKED : ANSWER_OK;
	if (carried) /* sticks come in any order */
		return 0;
	if ((rc = ledger_device_heard(c->l, in->r->device, in->r->epoch, &last)) < 0)
		return err_set(e, "the ledger cannot be read");
	in->a->last = last;
	if (rc == 1 && in->r->counter <= last) { /* for sure when it is counted; but why verify what comes to nothing? */
		in->a->status = ANSWER_ROLLED_BACK;
		return answer_fronts(c, in->r, in->a, e); /* so that it does not open an epoch that another copy has opened */
	}
	return 0;
}

static int
answer(struct county *c, const void *p, size_t n, uint64_t now, int carried, struct buf *out, struct county_stats *stats, struct err *e)
{
	struct request r;
	struct answer a;
	struct ingest in = { .c = c, .r = &r, .a = &a, .stats = stats };
	size_t used;
	int rc;

	memset(stats, 0, sizeof(*stats));
	if (request_parse(&r, &used, p, n, e) != 0)
		return 1;
	begin_answer(c, &r, now, &a);
	rc = judge_head(&in, p, used, n, carried, e);
	if (rc == 0 && (a.status == ANSWER_OK || a.status == ANSWER_REVOKED))
		rc = append_and_fill(&in, (const uint8_t *)p + used, n - used, now, carried, e);
	stats->status = a.status;
	if (rc == 0 && answer_print(out, &a, c->service) != 0)
		rc = err_set(e, "the answer does not fit");
	ingest_free(&in);
	answer_free(&a);
	return rc;
}

int
county_sync(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct county_stats *stats, struct err *e)
{
	return answer(c, p, n, now, 0, out, stats, e);
}

int
county_answer_carried(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct county_stats *stats, struct err *e)
{
	return answer(c, p, n, now, 1, out, stats, e);
}

int
county_answer_to(struct county *c, const struct request *r, uint64_t now, struct buf *out, struct err *e)
{
	struct county_stats stats = { 0 };
	struct answer a;
	struct ingest in = { .c = c, .r = r, .a = &a, .stats = &stats };
	int rc = -1;

	begin_answer(c, r, now, &a);
	a.status = ANSWER_OK;
	if (ledger_device(c->l, r->device, &in.dev) != 1)
		(void)err_set(e, "the ledger cannot be read for an answer");
	else if (answer_fill(c, r, &in, &a, e) == 0)
		rc = answer_print(out, &a, c->service) == 0 ? 0 : err_set(e, "the answer does not fit");
	ingest_free(&in);
	answer_free(&a);
	return rc;
}
