#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "evidence/checkpoint.h"
#include "store/journal/journal_internal.h"

/* Receipts and checkpoint notes. */

static int
same_range(const struct range *a, const struct range *b)
{
	size_t i;

	if (a->first != b->first || a->count != b->count || a->received != b->received || a->nruns != b->nruns)
		return 0;
	for (i = 0; i < a->nruns; i++) {
		if (a->run[i].epoch != b->run[i].epoch || a->run[i].seq != b->run[i].seq || a->run[i].count != b->run[i].count)
			return 0;
	}
	return 1;
}

/* Is a receipt that says the same kept already?  1, 0 or -1.  One that says otherwise is evidence: both are kept. */
static int
is_kept(struct journal *j, const struct range *r, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT text FROM receipt WHERE first = ?1 AND count = ?2", e);
	struct range old;
	uint8_t device[HASH_LEN];
	const char *note;
	const void *text;
	size_t n, len;
	int rc = -1, found = 0;

	if (st == NULL || db_int(st, 1, r->first) != 0 || db_int(st, 2, r->count) != 0)
		goto out;
	while (!found && (rc = db_step(j->db, st, e)) == 1) {
		text = db_col_blob(st, 0, &n);
		found = receipt_parse(device, &old, &note, &len, text, n, NULL) == 0 && same_range(&old, r);
	}
out:
	db_put(j->db, st);
	return found ? 1 : rc;
}

static int
insert_receipt(struct journal *j, const uint8_t device[HASH_LEN], const struct range *r, uint64_t size, const void *note, size_t n, struct err *e)
{
	struct buf text;
	sqlite3_stmt *st = NULL;
	int rc = -1;

	buf_init(&text, RECEIPT_MAX);
	if (receipt_print(&text, device, r, note, n) != 0) {
		err_set(e, "receipt of leaves from %" PRIu64 ": it cannot be printed", r->first);
		goto out;
	}
	st = db_get(j->db, "INSERT INTO receipt (first, count, size, text) VALUES (?1, ?2, ?3, ?4)", e);
	if (st != NULL && db_int(st, 1, r->first) == 0 && db_int(st, 2, r->count) == 0 && db_int(st, 3, size) == 0 &&
	    db_blob(st, 4, text.data, text.len) == 0)
		rc = db_step(j->db, st, e);
out:
	db_put(j->db, st);
	buf_free(&text);
	return rc;
}

static int
row_there(struct journal *j, uint64_t n, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT 1 FROM entry WHERE n = ?1", e);
	int rc = st != NULL && db_int(st, 1, n) == 0 ? db_step(j->db, st, e) : -1;

	db_put(j->db, st);
	return rc;
}

/* The first receipt of an entry stands; the entry must be here.  0, 1 when it is not, or -1. */
static int
mark_one(struct journal *j, uint32_t epoch, uint64_t seq, uint64_t index, uint64_t received, struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (epoch > JOURNAL_EPOCH_MAX || seq > JOURNAL_SEQ_MAX)
		return 1;
	st = db_get(j->db, "UPDATE entry SET log_index = ?2, received = ?3 WHERE n = ?1 AND log_index IS NULL", e);
	if (st != NULL && db_int(st, 1, journal_row(epoch, seq)) == 0 && db_int(st, 2, index) == 0 && db_int(st, 3, received) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	if (rc == 0 && db_changes(j->db) == 0 && (rc = row_there(j, journal_row(epoch, seq), e)) >= 0)
		rc = !rc;
	return rc;
}

static int
mark(struct journal *j, const struct range *r, struct err *e)
{
	uint64_t index = r->first, k;
	uint8_t leaf[HASH_LEN];
	size_t i;
	int rc;

	for (i = 0; i < r->nruns; i++) {
		for (k = 0; k < r->run[i].count; k++, index++) {
			rc = mark_one(j, r->run[i].epoch, r->run[i].seq + k, index, r->received, e);
			if (rc == 1 && (rc = journal_lost_leaf(j, r->run[i].epoch, r->run[i].seq + k, r->received, leaf) != 1) != 0)
				err_set(e, "receipt: epoch %" PRIu32 " seq %" PRIu64 " is not in this journal", r->run[i].epoch, r->run[i].seq + k);
			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

/* What goes into the cabinet next is known by its place in the log; a receipt that came late may lie before that. */
static int
set_mark_back(struct journal *j, uint64_t first, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "DELETE FROM meta WHERE key = 'cabinet-next' AND CAST(CAST(value AS TEXT) AS INTEGER) > ?1", e);
	int rc = st != NULL && db_int(st, 1, first) == 0 ? db_step(j->db, st, e) : -1;

	db_put(j->db, st);
	return rc;
}

/* What the note says of itself; its signatures are not looked at. */
static int
note_checkpoint(struct checkpoint *c, const void *note, size_t n, struct err *e)
{
	struct note parsed;

	return note_parse(&parsed, note, n, e) == 0 ? checkpoint_parse(c, parsed.text, parsed.text_len, e) : -1;
}

int
journal_confirm(struct journal *j, const uint8_t device[HASH_LEN], const struct range *r, const void *note, size_t n, struct err *e)
{
	struct checkpoint c;
	int rc;

	if (note_checkpoint(&c, note, n, e) != 0)
		return err_add(e, "receipt of leaves from %" PRIu64, r->first);
	if (journal_enter(j, e) != 0)
		return -1;
	if (journal_begin(j, e) != 0)
		return journal_leave(j, -1);
	if ((rc = is_kept(j, r, e)) == 0)
		rc = insert_receipt(j, device, r, c.size, note, n, e);
	if (rc >= 0)
		rc = mark(j, r, e);
	if (rc == 0)
		rc = set_mark_back(j, r->first, e);
	rc = journal_end(j, rc, e);
	return journal_leave(j, rc == 0 ? 0 : -1);
}

int
journal_each_receipt(struct journal *j, int (*cb)(void *ctx, const struct range *r, const void *text, size_t n), void *ctx)
{
	struct range r;
	uint8_t device[HASH_LEN];
	sqlite3_stmt *st;
	const char *note;
	const void *text;
	size_t n, len;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, "SELECT text FROM receipt ORDER BY id", NULL)) != NULL) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			text = db_col_blob(st, 0, &n);
			if (receipt_parse(device, &r, &note, &len, text, n, NULL) != 0)
				log_msg(LOG_WARN, "%s: a receipt is damaged, passed over", j->db_path);
			else if ((rc = cb(ctx, &r, text, n)) != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_receipt_of(struct journal *j, uint64_t index, struct buf *text)
{
	static const char sql[] = "SELECT text FROM receipt WHERE first <= ?1 AND first + count > ?1 ORDER BY first DESC LIMIT 1";
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, sql, NULL);
	if (st != NULL && db_int(st, 1, index) == 0 && (rc = db_step(j->db, st, NULL)) == 1 && db_col_buf(st, 0, text) != 0)
		rc = -1;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_note_add(struct journal *j, uint64_t size, const void *note, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, e) != 0)
		return -1;
	if (journal_begin(j, e) != 0)
		return journal_leave(j, -1);
	sha256(hash, note, n);
	st = db_get(j->db, "INSERT INTO note (size, hash, note) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", e);
	if (st != NULL && db_int(st, 1, size) == 0 && db_blob(st, 2, hash, HASH_LEN) == 0 && db_blob(st, 3, note, n) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return journal_leave(j, journal_end(j, rc, e));
}

int
journal_note_newest(struct journal *j, uint64_t *size, struct buf *note)
{
	sqlite3_stmt *st;
	int rc = -1;

	*size = 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	if ((st = db_get(j->db, "SELECT size, note FROM note ORDER BY size DESC, id DESC LIMIT 1", NULL)) != NULL &&
	    (rc = db_step(j->db, st, NULL)) == 1) {
		*size = db_col_int(st, 0);
		if (db_col_buf(st, 1, note) != 0)
			rc = -1;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_each_note(struct journal *j, int (*cb)(void *ctx, uint64_t size, const void *note, size_t n), void *ctx)
{
	sqlite3_stmt *st;
	const void *note;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, "SELECT size, note FROM note ORDER BY size, id", NULL)) != NULL) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			note = db_col_blob(st, 1, &n);
			if ((rc = cb(ctx, db_col_int(st, 0), note, n)) != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_remark(struct journal *j, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT text FROM receipt ORDER BY id", e);
	struct range r;
	uint8_t device[HASH_LEN];
	const char *note;
	const void *text;
	size_t n, len, i;
	uint64_t index, k;
	int rc = -1;

	while (st != NULL && (rc = db_step(j->db, st, e)) == 1) {
		text = db_col_blob(st, 0, &n);
		if (receipt_parse(device, &r, &note, &len, text, n, NULL) != 0)
			continue;
		for (i = 0, index = r.first; rc >= 0 && i < r.nruns; i++) {
			for (k = 0; rc >= 0 && k < r.run[i].count; k++, index++)
				rc = mark_one(j, r.run[i].epoch, r.run[i].seq + k, index, r.received, e);
		}
		if (rc < 0)
			break;
	}
	db_put(j->db, st);
	return rc < 0 ? -1 : 0;
}
