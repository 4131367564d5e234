#include <inttypes.h>
#include <string.h>

#include "evidence/dsse.h"
#include "store/journal/journal_internal.h"

/* What an entry must be to enter the journal, and still be when it is verified. */

#define ENDORSEMENT_MAX 512

uint64_t
journal_row(uint32_t epoch, uint64_t seq)
{
	return (uint64_t)epoch << JOURNAL_SEQ_BITS | seq;
}

const char *
journal_judge_sig(const struct journal_entry *x, const struct epoch_key *key, struct err *e)
{
	if (x->nsigs != (x->h.has_actor_key ? 2U : 1U)) {
		err_set(e, "%zu signatures where the header wants %d", x->nsigs, x->h.has_actor_key ? 2 : 1);
		return x->nsigs == 0 ? "bad-signature" : "bad-person-signature";
	}
	if (memcmp(x->sig[0].keyhash, key->keyhash, HASH_LEN) != 0) {
		err_set(e, "the first signature is not by the epoch's key");
		return "bad-signature";
	}
	if (!dsse_verify(x->sig[0].sig, DSSE_ENTRY, x->header.data, x->header.len, key->key)) {
		err_set(e, "the epoch key's signature does not verify");
		return "bad-signature";
	}
	if (x->h.has_actor_key && memcmp(x->sig[1].keyhash, x->h.actor_key, HASH_LEN) != 0) {
		err_set(e, "the second signature is not by the person the header names");
		return "bad-person-signature";
	}
	return NULL;
}

const char *
journal_judge_body(const struct journal_entry *x, int missing_ok, struct err *e)
{
	if (entry_payload_ok(&x->h, x->payload.data, x->payload.len, e) != 0)
		return "bad-payload";
	if (x->has_personal)
		return entry_personal_ok(&x->h, x->salt, x->personal.data, x->personal.len, e) == 0 ? NULL : "bad-personal";
	if (x->personal_locked == JOURNAL_LOCKED)
		return NULL;
	if (x->personal_locked == JOURNAL_ALTERED) {
		err_set(e, "the sealed personal part was altered");
		return "bad-personal";
	}
	if (x->personal_locked == JOURNAL_LOST && !missing_ok) {
		err_set(e, "the personal part cannot be opened any more: the key it was sealed under (rest.key) is lost");
		return "bad-personal";
	}
	if (x->h.personal_len > 0 && !missing_ok) {
		err_set(e, "the personal part is not there");
		return "bad-personal";
	}
	return NULL;
}

static int
endorsed(const struct journal_entry *x, const struct epoch_open *o, const struct epoch_key *former)
{
	struct buf text;
	int ok;

	buf_init(&text, ENDORSEMENT_MAX);
	ok = epoch_endorsement(&text, x->h.device, x->h.epoch, o->key, x->h.prev) == 0 &&
	    dsse_verify(o->former, DSSE_ENROL, text.data, text.len, former->key);
	buf_free(&text);
	return ok;
}

const char *
journal_judge_open(const struct journal_entry *x, struct epoch_key *key, const struct epoch_key *former, struct err *e)
{
	struct epoch_open o;

	if (epoch_open_parse(&o, x->payload.data, x->payload.len, x->h.epoch, e) != 0)
		return "bad-payload";
	key->epoch = x->h.epoch;
	memcpy(key->key, o.key, KEY_LEN);
	sha256(key->keyhash, o.key, KEY_LEN);
	if (x->h.epoch == 1 && memcmp(key->keyhash, x->h.device, HASH_LEN) != 0) {
		err_set(e, "the device is not the hash of its first key");
		return "bad-chain";
	}
	if (x->h.epoch > 1 && o.has_former && former != NULL && !endorsed(x, &o, former)) {
		err_set(e, "the former key's signature over the new one does not verify");
		return "bad-signature";
	}
	return NULL;
}

const char *
journal_judge_chain(const struct entry *h, const struct entry *prev, const uint8_t prev_hash[HASH_LEN], struct err *e)
{
	struct entry before;

	if (prev == NULL) {
		/* an empty journal may begin with a later epoch: a lost key's successor, or all was lost */
		if (h->seq == 0)
			return NULL;
		err_set(e, "the journal is empty, and this is not the beginning of an epoch");
		return "bad-chain";
	}
	if (h->epoch != prev->epoch) {
		/* the rules of one epoch hold into the next, but for the numbers */
		if (h->epoch < prev->epoch || h->seq != 0) {
			err_set(e, "epoch %" PRIu32 " seq %" PRIu64 " cannot follow epoch %" PRIu32, h->epoch, h->seq, prev->epoch);
			return "bad-chain";
		}
		before = *h;
		before.epoch = prev->epoch;
		before.seq = prev->seq + 1;
		/* a log that succeeded the one of before has sizes of its own (docs/format.md 4.1) */
		if (h->has_log && prev->has_log && memcmp(h->log, prev->log, HASH_LEN) != 0) {
			memcpy(before.log, prev->log, HASH_LEN);
			before.anchor_size = prev->anchor_size;
		}
		return entry_follows(&before, prev, prev_hash, e) == 0 ? NULL : "bad-chain";
	}
	return entry_follows(h, prev, prev_hash, e) == 0 ? NULL : "bad-chain";
}

void
journal_keep_key(struct journal *j, const struct epoch_key *key)
{
	j->keys[j->next_key++ % JOURNAL_KEYS] = *key;
}

int
journal_epoch_key(struct journal *j, uint32_t epoch, struct epoch_key *key, struct err *e)
{
	static const char sql[] = "SELECT " JOURNAL_COLUMNS " FROM entry WHERE n = ?1";
	struct journal_entry x;
	sqlite3_stmt *st;
	unsigned i;
	int rc = -1;

	for (i = 0; i < JOURNAL_KEYS; i++) {
		if (j->keys[i].epoch == epoch) {
			*key = j->keys[i];
			return 0;
		}
	}
	journal_entry_init(&x);
	if ((st = db_get(j->db, sql, e)) == NULL || epoch > JOURNAL_EPOCH_MAX || db_int(st, 1, journal_row(epoch, 0)) != 0)
		goto out;
	if ((rc = db_step(j->db, st, e)) == 0)
		rc = err_set(e, "epoch %" PRIu32 ": its first entry, which holds its key, is not in the journal", epoch);
	else if (rc == 1)
		rc = journal_load(j, st, &x) == 0 && journal_judge_open(&x, key, NULL, e) == NULL ? 0
		    : err_add(e, "epoch %" PRIu32 ": its first entry is damaged", epoch);
	if (rc == 0)
		journal_keep_key(j, key);
out:
	db_put(j->db, st);
	journal_entry_free(&x);
	return rc;
}
