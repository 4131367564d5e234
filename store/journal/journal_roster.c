#include "store/journal_roster.h"

#include <stdlib.h>
#include <string.h>

#include "store/journal/journal_internal.h"

#define BLOB_MAX (JOURNAL_HOUSEHOLD_MAX + VAULT_OVERHEAD)

/* One household into the transaction under way. */
static int
put_one(struct journal *j, const struct journal_household *h, struct err *e)
{
	static const char replace[] = "INSERT INTO household (id, box, blob) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET box = excluded.box, blob = excluded.blob";
	struct buf blob;
	sqlite3_stmt *st = NULL;
	int rc = -1;

	buf_init(&blob, BLOB_MAX);
	if (h->n > JOURNAL_HOUSEHOLD_MAX)
		err_set(e, "household %s: longer than %u bytes", h->id, JOURNAL_HOUSEHOLD_MAX);
	else if (h->p == NULL && (st = db_get(j->db, "DELETE FROM household WHERE id = ?1", e)) != NULL && db_text(st, 1, h->id) == 0)
		rc = 0;
	else if (h->p != NULL && vault_put(journal_vault(j), VAULT_CABINET, h->p, h->n, &blob, e) == 0 && (st = db_get(j->db, replace, e)) != NULL &&
	    db_text(st, 1, h->id) == 0 && db_int(st, 2, (uint64_t)vault_box_of(blob.data, blob.len)) == 0 && db_blob(st, 3, blob.data, blob.len) == 0)
		rc = 0;
	if (rc == 0)
		rc = db_run(j->db, st, e);
	else
		db_put(j->db, st);
	buf_free(&blob);
	return rc;
}

int
journal_roster_put(struct journal *j, const struct journal_household *h, size_t n, struct err *e)
{
	size_t i;
	int rc;

	if (journal_enter(j, e) != 0)
		return -1;
	if ((rc = journal_begin(j, e)) == 0) {
		for (i = 0; i < n && rc == 0; i++)
			rc = put_one(j, &h[i], e);
		rc = journal_end(j, rc, e);
	}
	return journal_leave(j, rc);
}

/* The blob in column ${i} opened into ${out}. */
static enum vault_answer
opened(struct journal *j, sqlite3_stmt *st, int i, struct buf *out)
{
	size_t n;
	const void *p = db_col_blob(st, i, &n);

	return vault_get(journal_vault(j), p, n, out);
}

static void
wipe_buf(struct buf *b)
{
	if (b->data != NULL)
		wipe(b->data, b->cap);
	buf_free(b);
}

int
journal_roster_get(struct journal *j, const char *id, struct buf *out, enum vault_answer *answer)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT blob FROM household WHERE id = ?1", NULL);
	if (st != NULL && db_text(st, 1, id) == 0 && (rc = db_step(j->db, st, NULL)) == 1)
		*answer = opened(j, st, 0, out);
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_roster_each(struct journal *j, int (*cb)(void *ctx, const char *id, enum vault_answer answer, const char *p, size_t n), void *ctx)
{
	enum vault_answer answer;
	char id[ID_MAX + 1];
	sqlite3_stmt *st;
	struct buf b;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, "SELECT id, blob FROM household ORDER BY id", NULL)) != NULL) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			if (db_col_text(st, 0, id, sizeof(id)) != 0)
				continue;
			buf_init(&b, JOURNAL_HOUSEHOLD_MAX);
			answer = opened(j, st, 1, &b);
			rc = cb(ctx, id, answer, buf_str(&b), b.len);
			wipe_buf(&b);
			if (rc != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_roster_count(struct journal *j, uint64_t *n)
{
	int rc;

	*n = 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	rc = db_scalar(j->db, "SELECT count(*) FROM household", n, NULL);
	return journal_leave(j, rc);
}

/* A household whose blob is still under the rest key, and its new blob.  1, 0 when there is none behind ${id}, -1. */
static int
next_at_rest(struct journal *j, char id[ID_MAX + 1], struct buf *blob, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT id, blob FROM household WHERE box = 1 AND id > ?1 ORDER BY id", e);
	char last[ID_MAX + 1];
	const void *p;
	size_t n;
	int rc = -1;

	(void)strcpy(last, id);
	if (st != NULL && db_text(st, 1, last) == 0) {
		while ((rc = db_step(j->db, st, e)) == 1) {
			if (db_col_text(st, 0, id, ID_MAX + 1) != 0)
				continue;
			p = db_col_blob(st, 1, &n);
			if ((rc = vault_reseal(journal_vault(j), p, n, blob, e)) != 0)
				break;
		}
	}
	db_put(j->db, st);
	return rc;
}

int
journal_roster_reseal(struct journal *j, unsigned max, struct err *e)
{
	char id[ID_MAX + 1] = "";
	struct buf blob;
	sqlite3_stmt *st;
	unsigned moved = 0;
	int rc;

	if (!vault_has_cabinet(journal_vault(j)))
		return 0;
	if (journal_enter(j, e) != 0)
		return -1;
	buf_init(&blob, BLOB_MAX);
	if ((rc = journal_begin(j, e)) == 0) {
		while (rc == 0 && moved < max && (rc = next_at_rest(j, id, &blob, e)) == 1) {
			st = db_get(j->db, "UPDATE household SET box = 2, blob = ?2 WHERE id = ?1", e);
			rc = st != NULL && db_text(st, 1, id) == 0 && db_blob(st, 2, blob.data, blob.len) == 0 ? db_run(j->db, st, e) : -1;
			buf_reset(&blob);
			moved += rc == 0;
		}
		rc = journal_end(j, rc, e);
	}
	buf_free(&blob);
	/* the WAL holds the former pages until it is emptied; what is freed in the database is overwritten (secure_delete) */
	if (rc == 0 && moved > 0)
		rc = db_exec(j->db, "PRAGMA wal_checkpoint(TRUNCATE)", e);
	return journal_leave(j, rc == 0 ? (int)moved : -1);
}
