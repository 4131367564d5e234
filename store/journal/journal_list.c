#include <string.h>

#include "store/journal/journal_internal.h"
#include "store/journal_list.h"

/* Lists for people: the newest first, a page at a time, never the whole journal. */

#define SAMPLE 500 /* waiting entries whose bytes are looked at; the rest are taken to be alike */

int
journal_each_newest(struct journal *j, uint64_t n, uint64_t offset, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry ORDER BY n DESC LIMIT ?1 OFFSET ?2", NULL);
	return journal_walk(j, st, st == NULL ? -1 : db_int(st, 1, n) | db_int(st, 2, offset), cb, ctx);
}

/* Told by the county so, and neither corrected nor withdrawn since. */
#define TOLD "state = ?1 AND state <> '' AND NOT EXISTS (SELECT 1 FROM entry AS by WHERE by.supersedes = entry.hash)"

int
journal_each_in(struct journal *j, const char *state, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE state = ?1 AND state <> '' ORDER BY n", NULL);
	return journal_walk(j, st, st == NULL ? -1 : db_text(st, 1, state), cb, ctx);
}

int
journal_each_told(struct journal *j, const char *state, uint64_t n, uint64_t offset, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE " TOLD " ORDER BY n DESC LIMIT ?2 OFFSET ?3", NULL);
	return journal_walk(j, st, st == NULL ? -1 : db_text(st, 1, state) | db_int(st, 2, n) | db_int(st, 3, offset), cb, ctx);
}

int
journal_count_told(struct journal *j, const char *state, uint64_t *n)
{
	sqlite3_stmt *st;
	int rc = -1;

	*n = 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT count(*) FROM entry WHERE " TOLD, NULL);
	if (st != NULL && db_text(st, 1, state) == 0 && db_step(j->db, st, NULL) == 1) {
		*n = db_col_int(st, 0);
		rc = 0;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_weigh_waiting(struct journal *j, struct journal_weight *w)
{
	static const char sample[] = "SELECT count(*), sum(length(payload) + coalesce(length(personal), 0)) FROM"
	    " (SELECT payload, personal FROM entry WHERE log_index IS NULL ORDER BY n LIMIT ?1)";
	sqlite3_stmt *st;
	uint64_t seen, bytes;
	int rc = -1;

	memset(w, 0, sizeof(*w));
	if (journal_enter(j, NULL) != 0)
		return -1;
	if ((st = db_get(j->db, sample, NULL)) != NULL && db_int(st, 1, SAMPLE) == 0 && db_step(j->db, st, NULL) == 1 &&
	    db_scalar(j->db, "SELECT count(*) FROM entry WHERE log_index IS NULL", &w->entries, NULL) == 0 &&
	    db_scalar(j->db, "SELECT count(*) FROM att WHERE delivered = 0 AND mediatype <> '" ENTRY_THUMB_TYPE "'", &w->attachments, NULL) == 0 &&
	    db_scalar(j->db, "SELECT sum(len) FROM att WHERE delivered = 0", &w->attachment_bytes, NULL) == 0) {
		seen = db_col_int(st, 0);
		bytes = db_col_int(st, 1);
		w->entry_bytes = seen == 0 ? 0 : seen == w->entries ? bytes : bytes / seen * w->entries;
		rc = 0;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}
