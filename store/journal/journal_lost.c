#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "evidence/leaf.h"
#include "store/journal/journal_internal.h"

/*
 * Headers of entries that are lost here, as the county showed them: with their
 * leaves, receipts that name them too can be judged.  Kept as small facts.
 */

#define TEXT_MAX (ENTRY_HEADER_MAX + 1024)

static void
fact_name(char name[64], uint32_t epoch, uint64_t seq)
{
	(void)snprintf(name, 64, "lost %" PRIu32 " %" PRIu64, epoch, seq);
}

/* A text as the county shows it: of an epoch of ours, signed with its key.  0 or -1. */
static int
judge(struct journal *j, struct entry *h, struct sigtext *t, const void *p, size_t n, struct err *e)
{
	struct epoch_key key;

	if (sigtext_parse(t, p, n, e) != 0 || entry_parse(h, t->body, t->body_len, e) != 0)
		return -1;
	if (t->rest_len != 0 || t->nsigs != 1U + (h->has_actor_key != 0))
		return err_set(e, "not a header with its signatures");
	if (journal_epoch_key(j, h->epoch, &key, e) != 0)
		return -1;
	return sigtext_verify(t, 0, DSSE_ENTRY, key.key) ? 0 : err_set(e, "epoch %" PRIu32 " seq %" PRIu64 ": not signed by this device", h->epoch, h->seq);
}

/* The text kept of one place.  1 with the rest filled in; 0; -1. */
static int
kept(struct journal *j, uint32_t epoch, uint64_t seq, struct buf *text, struct entry *h, struct sigtext *t)
{
	char name[64];
	int rc;

	fact_name(name, epoch, seq);
	if ((rc = journal_get(j, name, text)) != 1)
		return rc;
	return judge(j, h, t, text->data, text->len, NULL) == 0 && h->epoch == epoch && h->seq == seq;
}

int
journal_lost_put(struct journal *j, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct entry h;
	uint8_t got[HASH_LEN];
	char name[64];
	int rc;

	if (n > TEXT_MAX)
		return 1;
	if (journal_enter(j, e) != 0)
		return -1;
	rc = 1;
	if (sigtext_parse(&t, p, n, NULL) == 0) {
		entry_hash(got, t.body, t.body_len);
		if (memcmp(got, hash, HASH_LEN) == 0)
			rc = judge(j, &h, &t, p, n, e) == 0 ? 0 : 2;
	}
	fact_name(name, rc == 0 ? h.epoch : 0, rc == 0 ? h.seq : 0);
	return journal_leave(j, rc == 0 ? journal_set(j, name, p, n, e) : rc);
}

int
journal_lost_leaf(struct journal *j, uint32_t epoch, uint64_t seq, uint64_t received, uint8_t out[HASH_LEN])
{
	struct leaf_entry l = { .epoch = epoch, .seq = seq, .received = received };
	struct sigtext t;
	struct entry h;
	struct buf text, leaf;
	int rc;

	if (journal_enter(j, NULL) != 0)
		return -1;
	buf_init(&text, TEXT_MAX);
	buf_init(&leaf, LEAF_ENTRY_PERSON_LEN);
	if ((rc = kept(j, epoch, seq, &text, &h, &t)) == 1) {
		entry_hash(l.entry, t.body, t.body_len);
		memcpy(l.sig, t.sig[0].sig, SIG_LEN);
		memcpy(l.device, h.device, HASH_LEN);
		l.has_person = t.nsigs > 1;
		if (l.has_person)
			memcpy(l.person, t.sig[1].sig, SIG_LEN);
		rc = leaf_entry_print(&leaf, &l) == 0 ? 1 : -1;
	}
	if (rc == 1)
		tree_leaf_hash(out, leaf.data, leaf.len);
	buf_free(&leaf);
	buf_free(&text);
	return journal_leave(j, rc);
}

/* What the entry at a place, here or as the county showed it, names as the one before it.  1; 0: it is not known; -1. */
static int
prev_of(struct journal *j, uint32_t epoch, uint64_t seq, uint8_t prev[HASH_LEN])
{
	struct journal_entry x;
	struct sigtext t;
	struct entry h;
	struct buf text;
	int rc;

	journal_entry_init(&x);
	buf_init(&text, TEXT_MAX);
	if ((rc = journal_by_seq(j, epoch, seq, &x)) == 1)
		memcpy(prev, x.h.prev, HASH_LEN);
	else if (rc == 0 && (rc = kept(j, epoch, seq, &text, &h, &t)) == 1)
		memcpy(prev, h.prev, HASH_LEN);
	buf_free(&text);
	journal_entry_free(&x);
	return rc;
}

/* In this stretch, the newest place whose header is not kept and whose follower's is known.  1, 0 or -1. */
static int
wanted(struct journal *j, const struct journal_hole *g, uint8_t hash[HASH_LEN])
{
	uint64_t seq = g->to;
	uint8_t prev[HASH_LEN];
	int rc, known = prev_of(j, g->epoch, seq + 1, hash);

	for (;; seq--) {
		if (known < 0 || (rc = prev_of(j, g->epoch, seq, prev)) < 0)
			return -1;
		if (rc == 0 && known)
			return 1;
		if (seq == g->from)
			return 0;
		known = rc;
		memcpy(hash, prev, HASH_LEN);
	}
}

int
journal_lost_next(struct journal *j, const struct journal_hole *hole, uint8_t hash[HASH_LEN])
{
	int rc;

	if (hole->from > hole->to || hole->to >= JOURNAL_SEQ_MAX || hole->epoch > JOURNAL_EPOCH_MAX)
		return 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	rc = wanted(j, hole, hash);
	return journal_leave(j, rc);
}

int
journal_any_lost(struct journal *j)
{
	static const char sql[] = "SELECT max(n) FROM entry WHERE n BETWEEN ?1 AND ?2";
	struct journal_counts c;
	sqlite3_stmt *st;
	uint64_t places = 0, n;
	uint32_t epoch;
	int rc;

	if (journal_enter(j, NULL) != 0)
		return -1;
	rc = journal_count(j, &c);
	for (epoch = 1; rc == 0 && j->has_head && epoch <= j->head.epoch && epoch <= JOURNAL_EPOCH_MAX; epoch++) {
		st = db_get(j->db, sql, NULL);
		rc = st != NULL && db_int(st, 1, journal_row(epoch, 0)) == 0 && db_int(st, 2, journal_row(epoch, JOURNAL_SEQ_MAX)) == 0 ? db_step(j->db, st, NULL) : -1;
		if (rc == 1 && (n = db_col_int(st, 0)) > 0)
			places += (n & JOURNAL_SEQ_MAX) + 1;
		rc = rc < 0 ? -1 : 0;
		db_put(j->db, st);
	}
	return journal_leave(j, rc < 0 ? -1 : places != c.entries);
}
