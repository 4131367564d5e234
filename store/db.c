#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lapse.h"

#define STMTS_MAX 96

struct db {
	sqlite3 *h;
	char *path;
	struct {
		const char *sql;
		sqlite3_stmt *st;
		int taken;
	} stmt[STMTS_MAX];
	size_t nstmts;
};

static _Thread_local int last_error;

/* "file:PATH?psow=0" with what has a meaning in a URI escaped. */
static int
uri_of(struct buf *b, const char *path)
{
	const char *p;

	buf_puts(b, "file:");
	for (p = path; *p != '\0'; p++) {
		if (*p == '?' || *p == '#' || *p == '%')
			buf_printf(b, "%%%02x", (unsigned)(unsigned char)*p);
		else
			buf_putc(b, (uint8_t)*p);
	}
	return buf_puts(b, "?psow=0");
}

int
db_fail(struct db *d, struct err *e, const char *what)
{
	const char *why = d->h == NULL ? "closed" : sqlite3_errmsg(d->h);
	int code = d->h == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(d->h);

	last_error = code;
	switch (code & 0xff) {
	case SQLITE_NOMEM:
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		lapse(); /* not what the database says */
	}

	if ((code & 0xff) == SQLITE_BUSY)
		why = "another process has it open";
	return err_set(e, "%s: %s: %s (%d)", d->path, what, why, code);
}

int
db_error(void)
{
	return last_error;
}

int
db_exec(struct db *d, const char *sql, struct err *e)
{
	if (sqlite3_exec(d->h, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(d, e, "cannot run a statement");
	return 0;
}

static int
pragmas(struct db *d, unsigned flags, int busy_ms, struct err *e)
{
	static const char after[] =
	    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
	    "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;";
	sqlite3_stmt *st = NULL;
	int wal = 0;

	if (sqlite3_busy_timeout(d->h, busy_ms) != SQLITE_OK ||
	    sqlite3_db_config(d->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK)
		return db_fail(d, e, "cannot be set up");
	/* before WAL: then there is no shared memory file */
	if ((flags & DB_EXCLUSIVE) != 0 && db_exec(d, "PRAGMA locking_mode=EXCLUSIVE", e) != 0)
		return -1;
	if (sqlite3_prepare_v2(d->h, "PRAGMA journal_mode=WAL", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		wal = sqlite3_stricmp((const char *)sqlite3_column_text(st, 0), "wal") == 0;
	if (sqlite3_finalize(st) != SQLITE_OK || !wal)
		return db_fail(d, e, "cannot be opened");
	return db_exec(d, after, e);
}

int
db_scalar(struct db *d, const char *sql, uint64_t *v, struct err *e)
{
	sqlite3_stmt *st = db_get(d, sql, e);
	int rc;

	*v = 0;
	if (st == NULL)
		return -1;
	if ((rc = db_step(d, st, e)) == 1)
		*v = db_col_int(st, 0);
	db_put(d, st);
	return rc < 0 ? -1 : 0;
}

static int
migrate(struct db *d, const struct db_schema *s, int not_empty, struct err *e)
{
	uint64_t id, version, tables;
	char text[96];
	int i;

	if (db_scalar(d, "PRAGMA application_id", &id, e) != 0 || db_scalar(d, "PRAGMA user_version", &version, e) != 0 ||
	    db_scalar(d, "SELECT count(*) FROM sqlite_schema", &tables, e) != 0)
		return -1;
	if ((version > 0 || tables > 0) && id != (uint64_t)s->application_id)
		return err_set(e, "%s: this is another program's database", d->path);
	if (version == 0 && not_empty) {
		last_error = SQLITE_NOTADB;
		return err_set(e, "%s: this database is empty", d->path);
	}
	if (version > (uint64_t)s->n)
		return err_set(e, "%s: written by a newer version (%d here, %d there)", d->path, s->n, (int)version);
	for (i = (int)version; i < s->n; i++) {
		(void)sqlite3_snprintf(sizeof(text), text, "PRAGMA application_id=%d; PRAGMA user_version=%d", (int)s->application_id, i + 1);
		if (db_begin(d, e) != 0)
			return -1;
		if (db_exec(d, s->steps[i], e) != 0 || db_exec(d, text, e) != 0 || db_commit(d, e) != 0) {
			db_rollback(d);
			return -1;
		}
	}
	return 0;
}

struct db *
db_open(const char *path, unsigned flags, int busy_ms, const struct db_schema *schema, struct err *e)
{
	struct db *d = lapsed(calloc(1, sizeof(*d)));
	struct buf uri;
	int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc = -1;

	last_error = 0;
	buf_init(&uri, 3 * 4096 + 32);
	if (d == NULL || (d->path = lapsed(strdup(path))) == NULL || uri_of(&uri, path) != 0) {
		err_set(e, "%s: out of memory, or the path is too long", path);
		goto out;
	}
	if ((flags & DB_CREATE) != 0)
		how |= SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(buf_str(&uri), &d->h, how, NULL) != SQLITE_OK) {
		db_fail(d, e, "cannot be opened");
		goto out;
	}
	if (pragmas(d, flags, busy_ms, e) == 0 && migrate(d, schema, (flags & DB_NOT_EMPTY) != 0, e) == 0)
		rc = 0;
out:
	buf_free(&uri);
	if (rc != 0) {
		db_close(d);
		d = NULL;
	}
	return d;
}

void
db_close(struct db *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->nstmts; i++)
		(void)sqlite3_finalize(d->stmt[i].st);
	(void)sqlite3_close_v2(d->h);
	free(d->path);
	free(d);
}

sqlite3 *
db_handle(struct db *d)
{
	return d->h;
}

int
db_begin(struct db *d, struct err *e)
{
	return db_run(d, db_get(d, "BEGIN IMMEDIATE", e), e);
}

int
db_commit(struct db *d, struct err *e)
{
	return db_run(d, db_get(d, "COMMIT", e), e);
}

void
db_rollback(struct db *d)
{
	if (!sqlite3_get_autocommit(d->h))
		(void)sqlite3_exec(d->h, "ROLLBACK", NULL, NULL, NULL);
}

sqlite3_stmt *
db_get(struct db *d, const char *sql, struct err *e)
{
	sqlite3_stmt *st = NULL;
	size_t i;

	for (i = 0; i < d->nstmts; i++) {
		if (d->stmt[i].sql == sql && !d->stmt[i].taken) {
			d->stmt[i].taken = 1;
			return d->stmt[i].st;
		}
	}
	if (sqlite3_prepare_v3(d->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK || st == NULL) {
		db_fail(d, e, "cannot prepare a statement");
		return NULL;
	}
	if (d->nstmts < STMTS_MAX) {
		d->stmt[d->nstmts].sql = sql;
		d->stmt[d->nstmts].st = st;
		d->stmt[d->nstmts++].taken = 1;
	}
	return st;
}

void
db_put(struct db *d, sqlite3_stmt *st)
{
	size_t i;

	if (st == NULL)
		return;
	for (i = 0; i < d->nstmts; i++) {
		if (d->stmt[i].st == st) {
			(void)sqlite3_reset(st);
			(void)sqlite3_clear_bindings(st);
			d->stmt[i].taken = 0;
			return;
		}
	}
	(void)sqlite3_finalize(st);
}

int
db_step(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_fail(d, e, "failed");
}

int
db_run(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = db_step(d, st, e)) == 1)
		continue;
	db_put(d, st);
	return rc;
}

int
db_changes(struct db *d)
{
	return sqlite3_changes(d->h);
}
