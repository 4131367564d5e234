#include "store/journal_draft.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/journal/journal_internal.h"

#define COLUMNS "id, form, actor, made, changed"
#define PATH_LEN 4096

/* Room for one draft more?  0, 1 or -1. */
static int
full(struct journal *j, const char *id, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT count(*) FROM draft WHERE id <> ?1", e);
	int rc = -1;

	if (st != NULL && db_text(st, 1, id) == 0 && db_step(j->db, st, e) == 1)
		rc = db_col_int(st, 0) >= JOURNAL_DRAFTS_MAX;
	db_put(j->db, st);
	if (rc == 1)
		(void)err_set(e, "there are %d unfinished forms already", JOURNAL_DRAFTS_MAX);
	return rc;
}

static int
put(struct journal *j, const struct journal_draft *d, const struct buf *sealed, struct err *e)
{
	static const char sql[] = "INSERT INTO draft (id, form, actor, made, changed, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT (id) DO UPDATE SET form = excluded.form, changed = excluded.changed, sealed = excluded.sealed";
	sqlite3_stmt *st = db_get(j->db, sql, e);

	if (st == NULL)
		return -1;
	if (db_text(st, 1, d->id) == 0 && db_text(st, 2, d->form) == 0 && db_text(st, 3, d->actor) == 0 && db_int(st, 4, d->made) == 0 &&
	    db_int(st, 5, d->changed) == 0 && db_blob(st, 6, sealed->data, sealed->len) == 0) {
		if (db_run(j->db, st, e) == 0)
			return 0;
		journal_fail(j);
		return -1;
	}
	(void)db_fail(j->db, e, "cannot bind a value");
	db_put(j->db, st);
	return -1;
}

int
journal_draft_put(struct journal *j, const struct journal_draft *d, const void *p, size_t n, struct err *e)
{
	struct buf sealed;
	int rc;

	if (n > JOURNAL_DRAFT_MAX)
		return err_set(e, "draft %s: longer than %u bytes", d->id, JOURNAL_DRAFT_MAX);
	if (journal_enter(j, e) != 0)
		return -1;
	buf_init(&sealed, JOURNAL_DRAFT_MAX + VAULT_OVERHEAD);
	if ((rc = full(j, d->id, e)) == 0 && (rc = vault_put(journal_vault(j), VAULT_REST, p, n, &sealed, e)) == 0)
		rc = put(j, d, &sealed, e);
	buf_free(&sealed);
	return journal_leave(j, rc);
}

static void
load(sqlite3_stmt *st, struct journal_draft *d)
{
	memset(d, 0, sizeof(*d));
	(void)db_col_text(st, 0, d->id, sizeof(d->id));
	(void)db_col_text(st, 1, d->form, sizeof(d->form));
	(void)db_col_text(st, 2, d->actor, sizeof(d->actor));
	d->made = db_col_int(st, 3);
	d->changed = db_col_int(st, 4);
}

int
journal_draft_get(struct journal *j, const char *id, struct journal_draft *d, struct buf *out, enum vault_answer *answer)
{
	const void *sealed;
	sqlite3_stmt *st;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " COLUMNS ", sealed FROM draft WHERE id = ?1", NULL);
	if (st != NULL && db_text(st, 1, id) == 0 && (rc = db_step(j->db, st, NULL)) == 1) {
		load(st, d);
		sealed = db_col_blob(st, 5, &n);
		*answer = vault_get(journal_vault(j), sealed, n, out);
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_draft_each(struct journal *j, int (*cb)(void *ctx, const struct journal_draft *d), void *ctx)
{
	struct journal_draft d;
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, "SELECT " COLUMNS " FROM draft ORDER BY changed DESC, id", NULL)) != NULL)
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			load(st, &d);
			if ((rc = cb(ctx, &d)) != 0)
				break;
		}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_draft_drop(struct journal *j, const char *id, struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, e) != 0)
		return -1;
	if ((st = db_get(j->db, "DELETE FROM draft WHERE id = ?1", e)) != NULL && db_text(st, 1, id) == 0) {
		if ((rc = db_run(j->db, st, e)) != 0)
			journal_fail(j);
	} else {
		db_put(j->db, st);
	}
	return journal_leave(j, rc);
}

int
journal_attachment_forget(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	char path[PATH_LEN];
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, e) != 0)
		return -1;
	if ((st = db_get(j->db, "SELECT 1 FROM att WHERE hash = ?1", e)) != NULL && db_blob(st, 1, hash, HASH_LEN) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	if (rc == 0 && (journal_attachment_path(j, hash, path, sizeof(path)) != 0 || (unlink(path) != 0 && errno != ENOENT)))
		rc = err_set(e, "an attachment cannot be removed");
	return journal_leave(j, rc < 0 ? -1 : 0);
}
