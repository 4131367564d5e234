#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"
#include "store/ledger/ledger_backend.h"
#include "store/ledger/ledger_sqlite_schema.h"

/* The ledger on SQLite: sqlite:PATH (store/ledger/ledger_backend.h).  A connection is a struct db, rows are a statement. */

#define BUSY_MS 30000

/* A new file of our own mode: SQLite gives its side files the same. */
static int
make_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, "%s: a new ledger cannot be made: %s", path, strerror(errno));
	return close(fd) == 0 ? 0 : err_set(e, "%s: cannot be made: %s", path, strerror(errno));
}

static void
lite_close(void *db)
{
	db_close(db);
}

static void *
lite_open(const char *path, int create, struct err *e)
{
	struct db *d;

	if (create && make_file(path, e))
		return NULL;
	d = db_open(path, 0, BUSY_MS, &ledger_sqlite_schema, e);
	/* The hash index is written all over: 16 MiB of it stay in memory. */
	if (d && db_exec(d, "PRAGMA cache_size=-16384", e)) {
		db_close(d);
		return NULL;
	}
	return d;
}

static int
lite_begin(void *db, struct err *e)
{
	return db_begin(db, e);
}

static int
lite_commit(void *db, struct err *e)
{
	return db_commit(db, e);
}

static int
lite_rollback(void *db)
{
	db_rollback(db);
	return sqlite3_get_autocommit(db_handle(db)) ? 0 : -1;
}

static int
bind(sqlite3_stmt *st, const struct cell *arg, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct cell *c = &arg[i];
		int k = (int)i + 1, rc = SQLITE_OK;

		if (c->n > INT32_MAX)
			return -1;
		if (c->type == CELL_INT)
			rc = sqlite3_bind_int64(st, k, c->i);
		else if (c->type == CELL_TEXT)
			rc = sqlite3_bind_text(st, k, c->p, (int)c->n, SQLITE_STATIC);
		else if (c->type == CELL_BLOB && c->n == 0)
			rc = sqlite3_bind_zeroblob(st, k, 0);
		else if (c->type == CELL_BLOB)
			rc = sqlite3_bind_blob(st, k, c->p, (int)c->n, SQLITE_STATIC);
		if (rc != SQLITE_OK)
			return -1;
	}
	return 0;
}

static sqlite3_stmt *
prepare(struct db *d, enum ledger_query q, const struct cell *arg, unsigned n, struct err *e)
{
	sqlite3_stmt *st = db_get(d, ledger_query_text(q), e);

	if (st && bind(st, arg, n)) {
		(void)db_fail(d, e, "a value does not fit");
		db_put(d, st);
		return NULL;
	}
	return st;
}

static int
lite_run(void *db, enum ledger_query q, const struct cell *arg, unsigned n, struct err *e)
{
	sqlite3_stmt *st = prepare(db, q, arg, n, e);
	int rc;

	if (!st)
		return -1;
	rc = db_step(db, st, e);
	if (rc == 0)
		rc = db_changes(db);
	db_put(db, st);
	return rc;
}

static void *
lite_query(void *db, enum ledger_query q, const struct cell *arg, unsigned n)
{
	return prepare(db, q, arg, n, NULL);
}

static int
lite_next(void *db, void *rows)
{
	return db_step(db, rows, NULL);
}

static struct cell
lite_cell(void *rows, unsigned i)
{
	struct cell c = { .type = CELL_NULL, .p = "" };
	sqlite3_stmt *st = rows;
	int k = (int)i;

	switch (sqlite3_column_type(st, k)) {
	case SQLITE_NULL:
		break;
	case SQLITE_INTEGER:
		c.type = CELL_INT;
		c.i = sqlite3_column_int64(st, k);
		break;
	default:
		/* What an outsider left as a number with a fraction is read as its text. */
		c.type = sqlite3_column_type(st, k) == SQLITE_BLOB ? CELL_BLOB : CELL_TEXT;
		c.p = db_col_blob(st, k, &c.n);
		break;
	}
	return c;
}

static void
lite_done(void *db, enum ledger_query q, void *rows)
{
	(void)q;
	db_put(db, rows);
}

/* Everything moves from the write-ahead log into the database, synced, and the log is cut to nothing. */
static int
lite_settle(void *db)
{
	return sqlite3_wal_checkpoint_v2(db_handle(db), NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

/* Free pages, and what was erased from them, stay behind. */
static int
lite_copy(void *db, const char *path, struct err *e)
{
	sqlite3_stmt *st = db_get(db, "VACUUM INTO $1", e);
	int rc = st != NULL && db_text(st, 1, path) == 0 ? db_run(db, st, e) : -1;

	if (rc != 0)
		(void)err_add(e, "%.300s", path);
	return rc < 0 ? -1 : 0;
}

const struct ledger_driver ledger_sqlite = {
	.scheme = "sqlite:",
	.open = lite_open,
	.close = lite_close,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.run = lite_run,
	.query = lite_query,
	.next = lite_next,
	.cell = lite_cell,
	.done = lite_done,
	.settle = lite_settle,
	.copy = lite_copy,
};
