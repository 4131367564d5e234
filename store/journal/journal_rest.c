#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/log.h"
#include "store/journal/journal_internal.h"

/* Personal parts at rest: sealed when they come, moved to the cabinet when the county has them (docs/agent.md). */

#define CLEAR_BATCH 256
#define PART_MAX (ENTRY_SALT_LEN + ENTRY_PERSONAL_MAX)
#define MARK "cabinet-next"    /* the log index from which on nothing was moved yet */
#define ID_KEY "rest-key"      /* which rest key this journal's parts are under */

int
journal_seal_part(struct journal *j, enum vault_box box, const uint8_t *salt, const void *p, size_t n, struct buf *out, struct err *e)
{
	struct buf part;
	int rc;

	buf_init(&part, PART_MAX);
	if (buf_put(&part, salt, ENTRY_SALT_LEN) != 0 || buf_put(&part, p, n) != 0)
		rc = err_set(e, "a personal part is longer than %d bytes, or out of memory", ENTRY_PERSONAL_MAX);
	else
		rc = vault_put(j->v, box, part.data, part.len, out, e);
	if (part.data != NULL)
		wipe(part.data, part.cap);
	buf_free(&part);
	return rc;
}

int
journal_flush(struct journal *j, struct err *e)
{
	/* the WAL holds older pages until it is emptied; what is freed in the database is overwritten (secure_delete) */
	return db_exec(j->db, "PRAGMA wal_checkpoint(TRUNCATE)", e);
}

/* An empty part: dropped. */
static int
put_part(struct journal *j, uint64_t n, const struct buf *part, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "UPDATE entry SET salt = NULL, personal = ?2, dropped = dropped OR ?2 IS NULL WHERE n = ?1", e);
	int rc = st != NULL && db_int(st, 1, n) == 0 && db_blob(st, 2, part->len > 0 ? part->data : NULL, part->len) == 0 ? db_step(j->db, st, e) : -1;

	db_put(j->db, st);
	return rc;
}

/* What the sealed rows were sealed under and no key here opens any more.  0 or -1. */
static int
count_lost(struct journal *j, uint64_t *unsent, struct err *e)
{
	return db_scalar(j->db, "SELECT count(*) FROM entry WHERE log_index IS NULL AND personal IS NOT NULL AND salt IS NULL", unsent, e);
}

/* The journal remembers which rest key is its own: that it is gone must be said, not guessed at. */
static int
settle_key(struct journal *j, struct err *e)
{
	uint8_t id[VAULT_ID_LEN];
	struct buf known;
	uint64_t unsent = 0;
	int has, rc = -1;

	buf_init(&known, VAULT_ID_LEN);
	if ((has = journal_get(j, ID_KEY, &known)) < 0 || (!vault_rest_id(j->v, id) && vault_make_rest(j->v, e) != 0) || !vault_rest_id(j->v, id))
		goto out;
	if (has == 1 && known.len == VAULT_ID_LEN && memcmp(known.data, id, VAULT_ID_LEN) == 0) {
		rc = 0;
		goto out;
	}
	if (has == 1 && count_lost(j, &unsent, e) == 0)
		log_msg(LOG_ERROR, "%s: rest.key is lost or another one: the personal parts of %" PRIu64 " entries that the county has not confirmed can never be read again; "
		    "the entries themselves stay valid", j->dir, unsent);
	rc = journal_set(j, ID_KEY, id, VAULT_ID_LEN, e);
	if (rc == 0 && has == 1)
		rc = journal_set_u64(j, "rest-lost", unsent, e);
out:
	buf_free(&known);
	return rc;
}

/* Seal what the next rows hold in the clear.  1: there were some; 0: none is left; -1. */
static int
seal_batch(struct journal *j, struct err *e)
{
	static const char sql[] = "SELECT n, salt, personal FROM entry WHERE salt IS NOT NULL LIMIT ?1";
	uint8_t salt[ENTRY_SALT_LEN];
	const void *p;
	struct buf part;
	sqlite3_stmt *st;
	size_t n;
	int rc, got = 0;

	if (journal_begin(j, e) != 0)
		return -1;
	buf_init(&part, PART_MAX + VAULT_OVERHEAD);
	st = db_get(j->db, sql, e);
	rc = st != NULL && db_int(st, 1, CLEAR_BATCH) == 0 ? 1 : -1;
	while (rc == 1 && (rc = db_step(j->db, st, e)) == 1) {
		got = 1;
		buf_reset(&part);
		(void)db_col_exact(st, 1, salt, sizeof(salt));
		p = db_col_blob(st, 2, &n);
		rc = journal_seal_part(j, VAULT_REST, salt, p, n, &part, e) == 0 && put_part(j, db_col_int(st, 0), &part, e) == 0 ? 1 : -1;
	}
	db_put(j->db, st);
	buf_free(&part);
	return journal_end(j, rc, e) == 0 ? got : -1;
}

static int
seal_photo(void *ctx, const struct attachment *a)
{
	return a->personal ? journal_attachment_seal(ctx, a->hash, VAULT_REST, NULL) : 0;
}

/* From a journal of before: everything personal that lies in the clear; begun again where a cut ended it. */
static int
seal_clear(struct journal *j, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	while ((rc = seal_batch(j, e)) == 1)
		continue;
	if (rc != 0 || journal_flush(j, e) != 0)
		return -1;
	if (journal_each_attachment(j, 0, seal_photo, j) != 0)
		return err_set(e, "%s: a photo cannot be sealed", j->dir);
	st = db_get(j->db, "DELETE FROM meta WHERE key = 'clear'", e);
	return st == NULL ? -1 : db_run(j->db, st, e);
}

int
journal_rest_settle(struct journal *j, struct err *e)
{
	struct buf none;
	int clear, rc;

	if (journal_enter(j, e) != 0)
		return -1;
	buf_init(&none, 16);
	if ((clear = journal_get(j, "clear", &none)) < 0)
		rc = err_set(e, "%s: the journal cannot be read", j->dir);
	else if ((rc = settle_key(j, e)) == 0 && clear == 1)
		rc = seal_clear(j, e);
	buf_free(&none);
	return journal_leave(j, rc);
}

/* Into the cabinet */

/* Has the county's code been confirmed?  Then nothing of it stays here. */
static int
is_code(const void *header, size_t n)
{
	static const char line[] = "\nkind reset-code\n";

	return memmem(header, n, line, sizeof(line) - 1) != NULL;
}

/* One confirmed row: 1 changed, 0 left as it is, -1. */
static int
move_row(struct journal *j, sqlite3_stmt *st, struct err *e)
{
	uint8_t salt[ENTRY_SALT_LEN];
	const void *header, *p;
	struct buf part;
	size_t n, header_len;
	int rc;

	if (db_col_null(st, 3))
		return 0;
	header = db_col_blob(st, 4, &header_len);
	p = db_col_blob(st, 3, &n);
	buf_init(&part, PART_MAX + VAULT_OVERHEAD);
	if (is_code(header, header_len)) {
		rc = 1; /* with an empty part */
	} else if (db_col_null(st, 2)) {
		if ((rc = vault_reseal(j->v, p, n, &part, NULL)) < 0)
			rc = 0; /* altered: journal_verify() tells, and it is not made worse */
	} else {
		(void)db_col_exact(st, 2, salt, sizeof(salt));
		rc = journal_seal_part(j, VAULT_CABINET, salt, p, n, &part, e) == 0 ? 1 : -1;
	}
	if (rc == 1 && put_part(j, db_col_int(st, 0), &part, e) != 0)
		rc = -1;
	buf_free(&part);
	return rc;
}

static int
put_mark(struct journal *j, uint64_t mark, struct err *e)
{
	static const char sql[] = "INSERT INTO meta (key, value) VALUES ('" MARK "', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
	char text[24];
	sqlite3_stmt *st = db_get(j->db, sql, e);
	int n = snprintf(text, sizeof(text), "%" PRIu64, mark);
	int rc = st != NULL && db_blob(st, 1, text, (size_t)n) == 0 ? db_step(j->db, st, e) : -1;

	db_put(j->db, st);
	return rc;
}

/* The next ${max} confirmed rows.  *${moved} of them changed.  1: there were as many; 0: fewer; -1. */
static int
move_rows(struct journal *j, unsigned max, unsigned *moved, struct err *e)
{
	static const char sql[] = "SELECT n, log_index, salt, personal, header FROM entry WHERE log_index >= ?1 ORDER BY log_index LIMIT ?2";
	uint64_t mark, next;
	sqlite3_stmt *st;
	unsigned seen = 0;
	int rc, one = 0;

	if (journal_get_u64(j, MARK, &mark) < 0)
		return err_set(e, "%s: the journal cannot be read", j->dir);
	next = mark;
	if (journal_begin(j, e) != 0)
		return -1;
	st = db_get(j->db, sql, e);
	rc = st != NULL && db_int(st, 1, mark) == 0 && db_int(st, 2, max) == 0 ? 1 : -1;
	while (rc == 1 && (rc = db_step(j->db, st, e)) == 1) {
		if ((one = move_row(j, st, e)) < 0) {
			rc = -1;
			break;
		}
		*moved += one == 1;
		next = db_col_int(st, 1) + 1;
		seen++;
	}
	db_put(j->db, st);
	if (rc == 0 && seen > 0)
		rc = put_mark(j, next, e);
	return journal_end(j, rc, e) == 0 ? seen == max : -1;
}

static int
mark_photo(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "UPDATE att SET delivered = 2 WHERE hash = ?1", e);

	if (st == NULL || db_blob(st, 1, hash, HASH_LEN) != 0) {
		db_put(j->db, st);
		return -1;
	}
	return db_run(j->db, st, e);
}

/* One photo that the county has (delivered 1; 2: in the cabinet).  1, 0 when there is none left, -1. */
static int
move_photo(struct journal *j, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT hash FROM att WHERE delivered = 1 AND personal = 1 LIMIT 1", e);
	uint8_t hash[HASH_LEN];
	int rc = st != NULL ? db_step(j->db, st, e) : -1;

	if (rc == 1 && db_col_exact(st, 0, hash, HASH_LEN) != 0)
		rc = err_set(e, "%s: an attachment's row is damaged", j->db_path);
	db_put(j->db, st);
	if (rc == 1 && (journal_attachment_seal(j, hash, VAULT_CABINET, e) != 0 || mark_photo(j, hash, e) != 0))
		rc = -1;
	return rc;
}

int
journal_reseal(struct journal *j, unsigned max, struct err *e)
{
	unsigned moved = 0, i;
	uint64_t newest, mark;
	int rc = 0, photo = 0;

	if (!vault_has_cabinet(j->v))
		return 0;
	if (journal_enter(j, e) != 0)
		return -1;
	/* an idle journal is not written to */
	if (journal_get_u64(j, MARK, &mark) < 0 || db_scalar(j->db, "SELECT max(log_index) + 1 FROM entry", &newest, e) != 0)
		rc = -1;
	else if (newest > mark)
		rc = move_rows(j, max, &moved, e);
	if (rc >= 0 && moved > 0 && journal_flush(j, e) != 0)
		rc = -1;
	for (i = 0; rc >= 0 && j->photos_due && i < max && (photo = move_photo(j, e)) == 1; i++)
		continue;
	if (photo == 0 && i < max)
		j->photos_due = 0;
	rc = rc < 0 || photo < 0 ? -1 : rc || j->photos_due;
	return journal_leave(j, rc);
}
