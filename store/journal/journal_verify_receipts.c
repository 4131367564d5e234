#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "store/journal/journal_internal.h"

/* Receipts against their notes and leaves rebuilt from the journal's own bytes; the notes that were kept. */

static int
county(struct journal *j, struct county_keys *k, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, KEYS_MAX);
	if ((rc = journal_get(j, "keys", &b)) == 1)
		rc = keys_parse(k, b.data, b.len, e);
	else
		rc = err_set(e, "the county's keys are not here");
	buf_free(&b);
	return rc;
}

/* The leaf the county must have made of one entry.  1; 0 when the entry is not here or says otherwise of its receipt; -1. */
static int
rebuild(struct journal *j, uint32_t epoch, uint64_t seq, uint64_t index, uint64_t received, uint8_t out[HASH_LEN], struct err *e)
{
	struct journal_entry x;
	struct leaf_entry l;
	struct buf leaf;
	int rc;

	journal_entry_init(&x);
	buf_init(&leaf, LEAF_MAX);
	memset(&l, 0, sizeof(l));
	if ((rc = journal_by_seq(j, epoch, seq, &x)) == 0 && (rc = journal_lost_leaf(j, epoch, seq, received, out)) == 1)
		goto out;
	if (rc != 1) {
		err_set(e, "the entry it names is not here, or damaged");
		rc = 0;
		goto out;
	}
	if (!x.has_receipt || x.index != index || x.received != received) {
		err_set(e, "the entry's row says another place or time than the receipt");
		rc = 0;
	}
	entry_hash(l.entry, x.header.data, x.header.len);
	memcpy(l.sig, x.sig[0].sig, SIG_LEN);
	memcpy(l.device, x.h.device, HASH_LEN);
	l.epoch = epoch;
	l.seq = seq;
	l.received = received;
	l.has_person = x.nsigs > 1;
	if (l.has_person)
		memcpy(l.person, x.sig[1].sig, SIG_LEN);
	if (leaf_entry_print(&leaf, &l) != 0)
		rc = err_set(e, "out of memory");
	else
		tree_leaf_hash(out, leaf.data, leaf.len);
out:
	buf_free(&leaf);
	journal_entry_free(&x);
	return rc;
}

/* Every leaf of the range, and findings for entries that do not fit it.  0 when all are rebuilt, else -1. */
static int
rebuild_all(struct journal *j, const struct range *r, uint8_t *leaves, struct journal_findings *f)
{
	uint64_t at = 0, k;
	struct err e;
	size_t i;
	int rc = 0;

	for (i = 0; i < r->nruns; i++) {
		for (k = 0; k < r->run[i].count; k++, at++) {
			if (rebuild(j, r->run[i].epoch, r->run[i].seq + k, r->first + at, r->received, leaves + at * HASH_LEN, &e) != 1) {
				journal_find(f, "bad-receipt", r->run[i].epoch, r->run[i].seq + k, "%s", e.text);
				rc = -1;
			}
		}
	}
	return rc;
}

/* One receipt file's text.  0 or -1 with the words; entries that do not fit it are told by themselves. */
static int
check_text(struct journal *j, const void *text, size_t n, uint64_t first, uint64_t count, uint64_t size, const struct county_keys *keys,
    struct range *r, struct journal_findings *f, struct err *e)
{
	struct checkpoint c;
	uint8_t device[HASH_LEN];
	uint8_t *leaves;
	const char *note;
	size_t len;
	int rc = -1;

	if (receipt_parse(device, r, &note, &len, text, n, e) != 0)
		return -1;
	if (keys == NULL)
		return err_set(e, "it cannot be judged: the county's keys are not here");
	if (j->has_head && memcmp(device, j->head.device, HASH_LEN) != 0)
		return err_set(e, "it is of another device");
	if (checkpoint_open(&c, note, len, &keys->log, e) != 0)
		return -1;
	if (r->first != first || r->count != count || c.size != size)
		return err_set(e, "its row names another range or size than its text");
	if ((leaves = lapsed(calloc(r->count, HASH_LEN))) == NULL)
		return err_set(e, "out of memory");
	if (rebuild_all(j, r, leaves, f) != 0)
		rc = 0; /* told */
	else if (proof_range_ok(&r->proof, leaves, r->first, r->count, c.size, c.root))
		rc = 0;
	else
		err_set(e, "the leaves rebuilt from this journal and its hashes do not give the root of its note");
	free(leaves);
	return rc;
}

static int
check_receipts(struct journal *j, const struct county_keys *keys, struct journal_findings *f)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT first, count, size, text FROM receipt ORDER BY id", NULL);
	struct range *r = lapsed(calloc(1, sizeof(*r)));
	const void *text;
	struct err e;
	size_t n;
	int rc = -1;

	while (st != NULL && r != NULL && (rc = db_step(j->db, st, NULL)) == 1) {
		text = db_col_blob(st, 3, &n);
		memset(r, 0, sizeof(*r));
		if (check_text(j, text, n, db_col_int(st, 0), db_col_int(st, 1), db_col_int(st, 2), keys, r, f, &e) != 0)
			journal_find(f, "bad-receipt", r->nruns > 0 ? r->run[0].epoch : 0, r->nruns > 0 ? r->run[0].seq : 0, "receipt of leaf %" PRIu64 ": %s", db_col_int(st, 0), e.text);
	}
	db_put(j->db, st);
	free(r);
	return rc;
}

/* Entries said to be confirmed that no receipt covers. */
static int
check_covered(struct journal *j, struct journal_findings *f)
{
	static const char sql[] = "SELECT n FROM entry WHERE log_index IS NOT NULL AND NOT EXISTS"
				  " (SELECT 1 FROM receipt WHERE first <= log_index AND first + count > log_index)";
	sqlite3_stmt *st = db_get(j->db, sql, NULL);
	uint64_t n;
	int rc = -1;

	while (st != NULL && (rc = db_step(j->db, st, NULL)) == 1) {
		n = db_col_int(st, 0);
		journal_find(f, "bad-receipt", (uint32_t)(n >> JOURNAL_SEQ_BITS), n & JOURNAL_SEQ_MAX, "marked as confirmed, but no receipt covers it");
	}
	db_put(j->db, st);
	return rc;
}

static int
check_notes(struct journal *j, const struct county_keys *keys, struct journal_findings *f)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT size, hash, note FROM note ORDER BY id", NULL);
	struct checkpoint c;
	uint8_t hash[HASH_LEN], stored[HASH_LEN];
	const void *note;
	struct err e;
	uint64_t size;
	size_t n;
	int rc = -1;

	while (st != NULL && (rc = db_step(j->db, st, NULL)) == 1) {
		size = db_col_int(st, 0);
		note = db_col_blob(st, 2, &n);
		sha256(hash, note, n);
		if (db_col_exact(st, 1, stored, HASH_LEN) != 0 || memcmp(hash, stored, HASH_LEN) != 0)
			journal_find(f, "bad-checkpoint", 0, 0, "note of size %" PRIu64 ": its bytes are not those it was kept by", size);
		else if (keys == NULL)
			journal_find(f, "bad-checkpoint", 0, 0, "note of size %" PRIu64 ": it cannot be judged: the county's keys are not here", size);
		else if (checkpoint_open(&c, note, n, &keys->log, &e) != 0)
			journal_find(f, "bad-checkpoint", 0, 0, "note of size %" PRIu64 ": %s", size, e.text);
		else if (c.size != size)
			journal_find(f, "bad-checkpoint", 0, 0, "note of size %" PRIu64 " kept as of size %" PRIu64, c.size, size);
	}
	db_put(j->db, st);
	return rc;
}

int
journal_verify_receipts(struct journal *j, struct journal_findings *f)
{
	struct county_keys keys;
	int has = county(j, &keys, NULL) == 0;

	if (check_receipts(j, has ? &keys : NULL, f) != 0 || check_notes(j, has ? &keys : NULL, f) != 0)
		return -1;
	return check_covered(j, f);
}
