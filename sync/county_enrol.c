#include <string.h>

#include "evidence/enrol.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county.h"
#include "sync/county_internal.h"

/* Enrolment: a token, shown to be known, becomes a record (docs/format.md 9). */

static int
refused(struct err *e, const char *why)
{
	(void)err_set(e, "enrolment refused: %s", why);
	return 1;
}

/* The rules a request must keep against its invitation.  0 or 1. */
static int
judge(struct county *c, const struct enrol_request *r, const struct ledger_invitation *i, uint64_t now, struct err *e)
{
	uint8_t root[HASH_LEN];

	keys_root_hash(&c->keys, root);
	if (r->st.by_root ? memcmp(r->st.root, root, HASH_LEN) != 0 : memcmp(r->st.log, c->keys.log_id, HASH_LEN) != 0)
		return refused(e, "the request is meant for another county's log");
	if (i->expires < now)
		return refused(e, "the token has expired");
	if (strcmp(r->st.place, i->place) != 0)
		return refused(e, "the token is for another place");
	if (i->has_for ? memcmp(i->for_device, r->st.device, HASH_LEN) != 0 : r->st.epoch != 1)
		return refused(e, "the token is not for this device");
	return 0;
}

/* What the log already says of the device.  0, 1 or -1. */
static int
judge_device(struct county *c, const struct enrol_request *r, const struct ledger_invitation *i, struct err *e)
{
	struct ledger_device d;
	uint8_t key[KEY_LEN];
	int rc = ledger_device(c->l, r->st.device, &d);

	if (rc == 1 && d.revoked)
		return refused(e, "this device was revoked, for ever");
	if (rc == 1 && !i->has_for)
		return refused(e, "this device is enrolled already");
	if (rc == 0 && i->has_for)
		return refused(e, "this device is not known here");
	if (rc >= 0 && (rc = ledger_device_key(c->l, r->st.device, r->st.epoch, key)) == 1 && memcmp(key, r->st.key, KEY_LEN) != 0)
		return refused(e, "that epoch of the device has another key");
	return rc < 0 ? err_set(e, "the ledger cannot be read") : 0;
}

static void
hex_line(struct buf *b, const char *name, const uint8_t *p, size_t n)
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_hex(b, p, n);
	(void)buf_putc(b, '\n');
}

static void
b64_line(struct buf *b, const char *name, const uint8_t *p, size_t n)
{
	(void)buf_printf(b, "%s ", name);
	(void)buf_b64(b, p, n);
	(void)buf_putc(b, '\n');
}

static int
append_enrol(struct county *c, const struct enrol_request *r, const struct ledger_invitation *i, uint64_t now, uint64_t *index, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, LEAF_MAX);
	(void)record_begin(&b, RECORD_ENROL, c->keys.log_id, now);
	hex_line(&b, "device", r->st.device, HASH_LEN);
	(void)buf_printf(&b, "epoch %u\n", r->st.epoch);
	b64_line(&b, "key", r->st.key, KEY_LEN);
	(void)buf_printf(&b, "place %s\n", r->st.place);
	hex_line(&b, "genesis", r->st.genesis, HASH_LEN);
	b64_line(&b, "proof", r->proof, SIG_LEN);
	hex_line(&b, "secret", i->secret_hash, HASH_LEN);
	if (i->has_for)
		hex_line(&b, "for", i->for_device, HASH_LEN);
	else
		(void)buf_puts(&b, "for -\n");
	(void)buf_printf(&b, "expires %llu\n", (unsigned long long)i->expires);
	hex_line(&b, "officer", i->officer, HASH_LEN);
	b64_line(&b, "invitation", i->sig, SIG_LEN);
	rc = buf_ok(&b) ? county_record(c, &b, NULL, now, index, e) : err_set(e, "out of memory");
	buf_free(&b);
	return rc;
}

/* The answer about the enrol record at ${index}, in the tree of *${size}. */
static int
answer(struct county *c, const struct enrol_request *r, uint64_t index, uint64_t now, struct buf *out, uint64_t *size, struct err *e)
{
	struct enrolled a;
	uint8_t root[HASH_LEN];
	int rc = -1;

	enrolled_init(&a);
	memcpy(a.log, c->keys.log_id, HASH_LEN);
	memcpy(a.device, r->st.device, HASH_LEN);
	memcpy(a.nonce, r->nonce, sizeof(a.nonce));
	a.time = now;
	a.index = index;
	if (ledger_leaf(c->l, index, &a.record) == 1 && ledger_head(c->l, size, root) == 0 && ledger_note(c->l, *size, &a.note) == 1 &&
	    proof_inclusion(&a.proof, ledger_reader(c->l), index, *size) == 0 &&
	    buf_put(&a.keys, c->keys_text.data, c->keys_text.len) == 0)
		rc = enrolled_print(out, &a, c->service);
	enrolled_free(&a);
	return rc == 0 ? 0 : err_set(e, "the ledger cannot be read for an answer");
}

/* Was this very enrolment recorded before (its answer got lost)?  1 and its index, 0, or -1. */
static int
recorded(struct county *c, const struct enrol_request *r, const struct ledger_invitation *i, uint64_t *index)
{
	struct ledger_device d;
	struct record rec;
	struct buf leaf;
	uint8_t secret[HASH_LEN];
	uint64_t epoch;
	int rc = ledger_device(c->l, r->st.device, &d);

	if (rc != 1)
		return rc;
	buf_init(&leaf, LEAF_MAX);
	rc = ledger_leaf(c->l, d.enrolled_index, &leaf);
	if (rc == 1 && (rc = record_parse(&rec, leaf.data + 1, leaf.len - 1, NULL)) == 0) {
		rc = record_hash(&rec, "secret", secret) == 0 && memcmp(secret, i->secret_hash, HASH_LEN) == 0 &&
		    record_u64(&rec, "epoch", &epoch) == 0 && epoch == r->st.epoch;
		record_free(&rec);
	}
	buf_free(&leaf);
	*index = d.enrolled_index;
	return rc;
}

static int
enrol(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, uint64_t *size, struct err *e)
{
	struct enrol_request r;
	struct ledger_invitation i;
	uint64_t index = 0;
	int rc;

	if (enrol_request_parse(&r, p, n, e) != 0)
		return 1;
	if ((rc = ledger_invitation(c->l, r.secret, &i)) < 0)
		return err_set(e, "the ledger cannot be read");
	if (rc == 0 || !enrol_request_proves(p, n, i.secret))
		return refused(e, "the token is not known here");
	if (i.used) {
		if ((rc = recorded(c, &r, &i, &index)) < 0)
			return err_set(e, "the ledger cannot be read");
		return rc == 1 ? answer(c, &r, index, now, out, size, e) : refused(e, "the token was used before");
	}
	if ((rc = judge(c, &r, &i, now, e)) != 0 || (rc = judge_device(c, &r, &i, e)) != 0)
		return rc;
	if (append_enrol(c, &r, &i, now, &index, e) != 0)
		return -1;
	return answer(c, &r, index, now, out, size, e);
}

int
county_enrol(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct err *e)
{
	uint64_t size;

	return enrol(c, p, n, now, out, &size, e);
}

int
county_enrol_carried(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, uint8_t device[HASH_LEN], struct err *e)
{
	struct request first = { .counter = 0 };
	struct enrol_request r;
	struct buf text;
	int rc = enrol(c, p, n, now, out, &first.size, e);

	if (rc != 0 || enrol_request_parse(&r, p, n, e) != 0)
		return rc != 0 ? rc : -1;
	memcpy(device, r.st.device, HASH_LEN);
	memcpy(first.log, c->keys.log_id, HASH_LEN);
	memcpy(first.device, r.st.device, HASH_LEN);
	memcpy(first.nonce, r.nonce, sizeof(first.nonce));
	first.epoch = r.st.epoch;
	buf_init(&text, ANSWER_MAX);
	if ((rc = county_answer_to(c, &first, now, &text, e)) == 0)
		rc = county_parcel(c, &first, &text, out, e);
	buf_free(&text);
	return rc;
}
