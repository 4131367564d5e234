#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lapse.h"
#include "store/journal/journal_internal.h"

#define PATH_LEN 4096
#define ASIDE_MAX 1000
#define NEW_NAME "journal.db.salvage"

/* Every table with its key, and how many values a row has. */
static const struct table {
	const char *name, *key;
	int values;
} tables[] = {
    {"meta", "key", 2},
    {"entry", "n", 15},
    {"att", "n, i", 7},
    {"receipt", "id", 5},
    {"note", "id", 4},
    {"record", "log_index", 2},
    {"form", "id, version", 5},
    {"media", "hash", 2},
    {"draft", "id", 6},
    {"household", "id", 3},
};

/* Read only in effect: no checkpoint, so that what is moved aside is what was found. */
static sqlite3 *
open_damaged(const char *path, struct err *e)
{
	sqlite3 *h = NULL;

	if (sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK &&
	    sqlite3_exec(h, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA wal_autocheckpoint=0; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;", NULL, NULL, NULL) == SQLITE_OK)
		return h;
	err_set(e, "%s: cannot be read at all: %s", path, h != NULL ? sqlite3_errmsg(h) : "out of memory");
	(void)sqlite3_close(h);
	return NULL;
}

static sqlite3_stmt *
prepare_insert(struct db *to, const struct table *t)
{
	sqlite3_stmt *st = NULL;
	char *sql = sqlite3_mprintf("INSERT OR IGNORE INTO %s VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15", t->name);
	char *p = sql;
	int i;

	/* cut behind the last value */
	for (i = 0; p != NULL && i < t->values; i++)
		p = strchr(p + 1, '?');
	if (p != NULL) {
		p += strcspn(p, ",");
		*p = '\0';
		p = sqlite3_mprintf("%s)", sql);
		if (p != NULL)
			(void)sqlite3_prepare_v2(db_handle(to), p, -1, &st, NULL);
		sqlite3_free(p);
	}
	sqlite3_free(sql);
	return st;
}

/* Is what could not be read gone, or was only our memory short?  0 or -1. */
static int
is_gone(sqlite3 *from, struct err *e)
{
	return sqlite3_errcode(from) == SQLITE_NOMEM ? err_set(e, "out of memory") : 0;
}

static int
put_row(struct db *to, sqlite3_stmt *put, sqlite3_stmt *get, int values, struct err *e)
{
	int i, rc = 0;

	for (i = 0; i < values && rc == 0; i++) {
		if (sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i)) != SQLITE_OK)
			rc = err_set(e, "out of memory");
	}
	if (rc == 0 && sqlite3_step(put) != SQLITE_DONE)
		rc = db_fail(to, e, "cannot be written");
	(void)sqlite3_reset(put);
	return rc;
}

/* Copy in one direction until a row that cannot be read; a row that is no row of the table, or there already, is passed over.  1 at the end, 0 before it, -1 when the new database fails. */
static int
copy_rows(sqlite3 *from, struct db *to, const struct table *t, const char *order, struct err *e)
{
	char *sql = sqlite3_mprintf("SELECT * FROM %s ORDER BY %s", t->name, order);
	sqlite3_stmt *get = NULL, *put = prepare_insert(to, t);
	int columns, rc = 0, step = SQLITE_ERROR;

	if (sql == NULL || put == NULL) {
		rc = err_set(e, "out of memory");
		goto out;
	}
	/* else nothing of this table can be read; one of before has fewer columns: those added since stay NULL */
	if (sqlite3_prepare_v2(from, sql, -1, &get, NULL) == SQLITE_OK && (columns = sqlite3_column_count(get)) <= t->values) {
		while (rc == 0 && (step = sqlite3_step(get)) == SQLITE_ROW)
			rc = put_row(to, put, get, columns, e);
	}
	if (rc == 0)
		rc = step == SQLITE_DONE ? 1 : is_gone(from, e);
out:
	(void)sqlite3_finalize(get);
	(void)sqlite3_finalize(put);
	sqlite3_free(sql);
	return rc;
}

static int
copy_table(sqlite3 *from, struct db *to, const struct table *t, struct err *e)
{
	char back[64];
	int rc;

	/* from both ends, as far as they can be read; every key but "n, i" and "id, version" is one column */
	(void)snprintf(back, sizeof(back), "%s DESC", t->key);
	if (strcmp(t->key, "n, i") == 0)
		(void)snprintf(back, sizeof(back), "n DESC, i DESC");
	else if (strcmp(t->key, "id, version") == 0)
		(void)snprintf(back, sizeof(back), "id DESC, version DESC");
	if ((rc = copy_rows(from, to, t, t->key, e)) == 0)
		rc = copy_rows(from, to, t, back, e);
	return rc < 0 ? -1 : 0;
}

int
journal_holds(struct journal *j, const struct journal_entry *x)
{
	struct epoch_key key;
	uint8_t hash[HASH_LEN];

	entry_hash(hash, x->header.data, x->header.len);
	return memcmp(hash, x->hash, HASH_LEN) == 0 && journal_epoch_key(j, x->h.epoch, &key, NULL) == 0 &&
	    journal_judge_sig(x, &key, NULL) == NULL && journal_judge_body(x, 1, NULL) == NULL;
}

/* Take out the entries that do not verify.  0 or -1. */
static int
sift(struct journal *j, struct journal_salvaged *s, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry ORDER BY n", e), *del;
	unsigned long lapses = lapse_count();
	struct journal_entry x;
	int rc = -1;

	journal_entry_init(&x);
	while (st != NULL && (rc = db_step(j->db, st, e)) == 1) {
		if (journal_load(j, st, &x) == 0 && journal_holds(j, &x)) {
			s->entries++;
			continue;
		}
		if (lapse_count() != lapses) {
			rc = err_set(e, "out of memory");
			break;
		}
		s->dropped++;
		if ((del = db_get(j->db, "DELETE FROM entry WHERE n = ?1", e)) == NULL || db_int(del, 1, db_col_int(st, 0)) != 0 ||
		    db_run(j->db, del, e) != 0) {
			rc = -1;
			break;
		}
	}
	db_put(j->db, st);
	journal_entry_free(&x);
	return rc;
}

/* The names an agent cannot begin without stand in every entry. */
static int
mend_facts(struct journal *j, struct err *e)
{
	static const char sql[] = "INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)";
	sqlite3_stmt *st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry ORDER BY n DESC LIMIT 1", e), *put;
	struct journal_entry x;
	int i, rc = -1;

	journal_entry_init(&x);
	if (st != NULL && db_step(j->db, st, e) == 1 && journal_load(j, st, &x) == 0)
		rc = 0;
	db_put(j->db, st);
	for (i = 0; rc == 0 && i < 2 + x.h.has_log; i++) {
		const char *key = i == 0 ? "device" : i == 1 ? "place" : "log";
		const void *p = i == 0 ? x.h.device : i == 1 ? (const void *)x.h.place : x.h.log;

		if ((put = db_get(j->db, sql, e)) == NULL || db_text(put, 1, key) != 0 || db_blob(put, 2, p, i == 1 ? strlen(x.h.place) : HASH_LEN) != 0) {
			db_put(j->db, put);
			rc = -1;
		} else
			rc = db_run(j->db, put, e);
	}
	journal_entry_free(&x);
	return rc;
}

/* All that can be read, and then what can be found; ${from} may be NULL. */
static int
copy_all(struct journal *j, sqlite3 *from, struct journal_salvaged *s, struct err *e)
{
	uint64_t found;
	size_t i;

	for (i = 0; from != NULL && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (copy_table(from, j->db, &tables[i], e) != 0)
			return -1;
	}
	if (sift(j, s, e) != 0 || journal_carve(j, j->db_path, &found, e) != 0)
		return -1;
	s->entries += found;
	if (s->entries == 0)
		return err_set(e, "%s: not one entry in it can be saved", j->db_path);
	if (journal_remark(j, e) != 0 || mend_facts(j, e) != 0)
		return -1;
	/* one from before personal parts were sealed: the next opening does it */
	return db_exec(j->db, "INSERT OR IGNORE INTO meta (key, value) SELECT 'clear', '' WHERE EXISTS (SELECT 1 FROM entry WHERE salt IS NOT NULL)", e);
}

/* The new database beside the old, complete and on disk.  0 or -1. */
static int
fill(struct journal *j, const char *path, struct journal_salvaged *s, struct err *e)
{
	sqlite3 *from = open_damaged(j->db_path, NULL);
	int rc = -1;

	if ((j->db = db_open(path, DB_CREATE | DB_EXCLUSIVE, 0, &journal_schema, e)) == NULL || db_begin(j->db, e) != 0 || copy_all(j, from, s, e) != 0)
		goto out;
	if (chmod(path, 0600) == 0 && db_commit(j->db, e) == 0 && db_exec(j->db, "PRAGMA wal_checkpoint(TRUNCATE)", e) == 0)
		rc = 0;
out:
	(void)sqlite3_close(from);
	db_close(j->db);
	j->db = NULL;
	return rc;
}

/* The last damaged database's name, or (next) the first that is free.  0 or -1. */
static int
aside_name(const struct journal *j, int next, char *name, size_t size)
{
	char path[PATH_LEN];
	int i;

	for (i = 1; i < ASIDE_MAX; i++) {
		(void)snprintf(name, size, "journal.db.damaged-%d", i);
		if (file_path(path, sizeof(path), j->dir, name) != 0)
			return -1;
		if (!file_exists(path)) {
			(void)snprintf(name, size, "journal.db.damaged-%d", next ? i : i - 1);
			return next || i > 1 ? 0 : -1;
		}
	}
	return -1;
}

/*
 * The old one aside with its log, the new one into its place.  After a cut in
 * between there is no journal.db, and the next try ends what was begun: a log
 * of the old one must never be taken for the new one's.
 */
static int
swap(struct journal *j, int fresh, struct journal_salvaged *s, struct err *e)
{
	int begun = faccessat(j->dirfd, "journal.db", F_OK, 0) != 0;
	char wal[sizeof(s->aside) + 8];

	/* begun: the database is aside already; or it was gone before ever it could be salvaged */
	if (aside_name(j, !begun || fresh, s->aside, sizeof(s->aside)) != 0)
		return err_set(e, "%s: no name is free for the damaged database, or it is not there", j->dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", s->aside);
	if ((!begun && renameat(j->dirfd, "journal.db", j->dirfd, s->aside) != 0) || fsync(j->dirfd) != 0 ||
	    (renameat(j->dirfd, "journal.db-wal", j->dirfd, wal) != 0 && errno != ENOENT) || fsync(j->dirfd) != 0)
		return err_set(e, "%s: the damaged database cannot be moved aside: %s", j->dir, strerror(errno));
	if (renameat(j->dirfd, NEW_NAME, j->dirfd, "journal.db") != 0 || fsync(j->dirfd) != 0)
		return err_set(e, "%s: the salvaged database cannot be put in its place: %s", j->dir, strerror(errno));
	(void)unlinkat(j->dirfd, SUSPECT_NAME, 0);
	return 0;
}

int
journal_salvage(const char *dir, struct journal_salvaged *s, struct err *e)
{
	struct journal *j = journal_new(dir, e);
	char path[PATH_LEN];
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if (j == NULL)
		return -1;
	if (file_path(path, sizeof(path), dir, NEW_NAME) != 0) {
		err_set(e, "%.200s: the path is too long", dir);
		goto out;
	}
	if (!file_exists(j->db_path) && file_exists(path)) {
		rc = swap(j, 0, s, e); /* a cut came between the two renames */
		goto out;
	}
	/* one left half made says nothing */
	(void)unlinkat(j->dirfd, NEW_NAME, 0);
	(void)unlinkat(j->dirfd, NEW_NAME "-wal", 0);
	if (fill(j, path, s, e) == 0)
		rc = swap(j, 1, s, e);
	else
		(void)unlinkat(j->dirfd, NEW_NAME, 0);
out:
	journal_close(j);
	return rc;
}
