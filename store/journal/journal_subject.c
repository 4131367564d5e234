#include "store/journal_subject.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "store/journal/journal_internal.h"

/* Each next subject is looked up in the index of (form, subject), so entries of one subject are not walked to reach the next. */
#define SUBJECTS \
	"WITH RECURSIVE s (x) AS (SELECT (SELECT min(subject) FROM entry WHERE form = ?1 AND subject > ?2)" \
	" UNION ALL SELECT (SELECT min(subject) FROM entry WHERE form = ?1 AND subject > s.x) FROM s WHERE s.x IS NOT NULL)"

int
journal_subjects(struct journal *j, const char *form, const char *after, const char *part, unsigned max,
    int (*cb)(void *ctx, const char *subject), void *ctx)
{
	static const char sql[] = SUBJECTS " SELECT x FROM s WHERE x IS NOT NULL AND (?3 = '' OR instr(x, ?3) > 0) LIMIT ?4";
	char subject[ID_MAX + 1];
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, sql, NULL)) != NULL && db_text(st, 1, form) == 0 && db_text(st, 2, after) == 0 && db_text(st, 3, part) == 0 && db_int(st, 4, max) == 0) {
		while ((rc = db_step(j->db, st, NULL)) == 1)
			if (db_col_text(st, 0, subject, sizeof(subject)) == 0 && (rc = cb(ctx, subject)) != 0)
				break;
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_subjects_count(struct journal *j, const char *form, unsigned most, uint64_t *n)
{
	static const char sql[] = "SELECT count(*) FROM (" SUBJECTS " SELECT x FROM s WHERE x IS NOT NULL LIMIT ?3)";
	sqlite3_stmt *st;
	int rc = -1;

	*n = 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	if ((st = db_get(j->db, sql, NULL)) != NULL && db_text(st, 1, form) == 0 && db_text(st, 2, "") == 0 && db_int(st, 3, most) == 0 &&
	    (rc = db_step(j->db, st, NULL)) == 1) {
		*n = db_col_int(st, 0);
		rc = 0;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_subject_each(struct journal *j, const char *form, const char *subject, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE form = ?1 AND subject = ?2 ORDER BY n", NULL);
	return journal_walk(j, st, st != NULL && db_text(st, 1, form) == 0 && db_text(st, 2, subject) == 0 ? 0 : -1, cb, ctx);
}

int
journal_superseder(struct journal *j, const uint8_t hash[HASH_LEN], struct journal_entry *x)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE supersedes = ?1 ORDER BY n DESC LIMIT 1", NULL);
	if (st != NULL && db_blob(st, 1, hash, HASH_LEN) == 0 && (rc = db_step(j->db, st, NULL)) == 1 && journal_load(j, st, x) != 0)
		rc = -1;
	db_put(j->db, st);
	return journal_leave(j, rc);
}
