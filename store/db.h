#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * SQLite as store/ uses it (for store/ only): opened with the pragmas that
 * durability rests on, statements prepared once, values bound and read by
 * type.  WAL, synchronous=FULL, psow=0 (a torn sector never damages its
 * neighbour), foreign keys, trusted_schema off, cell sizes checked, freed
 * content overwritten.  A handle is used by one thread at a time.
 */
struct db;

#define DB_CREATE 1U    /* make the file when it is missing (else: never) */
#define DB_NOT_EMPTY 4U /* refuse a file without a schema: it is not a new database, but what is left of one */
#define DB_EXCLUSIVE 2U /* locking_mode=EXCLUSIVE: this process alone, no shared memory file */

/** A schema's steps: SQL texts, applied in order, each in its own transaction, counted in user_version. */
struct db_schema {
	int32_t application_id;   /* says whose file it is */
	const char *const *steps;
	int n;
};

/**
 * db_open(path, flags, busy_ms, schema, e):
 * Open and migrate forward.  NULL when it cannot be opened, is another
 * program's file, is damaged, or was written by a newer version.  Waits at
 * most ${busy_ms} for another process's lock.
 */
struct db *db_open(const char *path, unsigned flags, int busy_ms, const struct db_schema *schema, struct err *e);

/** db_close(d): finalize what is prepared and close; NULL is allowed. */
void db_close(struct db *d);

/** db_handle(d): SQLite's own handle, for what has no helper here. */
sqlite3 *db_handle(struct db *d);

/** db_exec(d, sql, e): run statements without values or rows.  0 or -1. */
int db_exec(struct db *d, const char *sql, struct err *e);

/** db_begin / db_commit / db_rollback: BEGIN IMMEDIATE, COMMIT (durable on 0), ROLLBACK (harmless outside a transaction). */
int db_begin(struct db *d, struct err *e);
int db_commit(struct db *d, struct err *e);
void db_rollback(struct db *d);

/** db_fail(d, e, what): put "PATH: what: SQLite's words" into ${e}.  Always -1. */
int db_fail(struct db *d, struct err *e, const char *what);

/** db_error(): SQLite's extended code of the failure told last in this thread; 0 when db_open() has succeeded since, or refused for a reason of our own. */
int db_error(void);

/* Statements.  ${sql} must be a string that lives as long as the handle: it is the cache's key by address. */

/** db_get(d, sql, e): a statement ready to bind; give it back with db_put().  NULL on failure.  The same text may be in use several times at once. */
sqlite3_stmt *db_get(struct db *d, const char *sql, struct err *e);

/** db_put(d, st): done with it; NULL is allowed. */
void db_put(struct db *d, sqlite3_stmt *st);

/*
 * Bind parameter ${i} (from 1).  0 or -1; a NULL pointer binds NULL.  Blobs
 * and texts are not copied: they stay the caller's until db_put().
 */
int db_int(sqlite3_stmt *st, int i, uint64_t v); /* at most 2^63-1, else -1 */
int db_blob(sqlite3_stmt *st, int i, const void *p, size_t n);
int db_text(sqlite3_stmt *st, int i, const char *s);

/** db_step(d, st, e): 1 a row, 0 no more, -1 failure. */
int db_step(struct db *d, sqlite3_stmt *st, struct err *e);

/** db_run(d, st, e): step to the end and give back.  0 or -1.  ${st} may be NULL (-1: db_get() failed). */
int db_run(struct db *d, sqlite3_stmt *st, struct err *e);

/** db_changes(d): rows changed by the last INSERT, UPDATE or DELETE. */
int db_changes(struct db *d);

/* Read column ${i} (from 0) of the current row, whatever type an outsider may have left there. */
uint64_t db_col_int(sqlite3_stmt *st, int i);                        /* negative or no integer: 0 */
int db_col_null(sqlite3_stmt *st, int i);                            /* 1 or 0 */
const void *db_col_blob(sqlite3_stmt *st, int i, size_t *n);         /* the statement's, until the next step */
int db_col_buf(sqlite3_stmt *st, int i, struct buf *out);            /* append; 0, or -1 when it does not fit */
int db_col_exact(sqlite3_stmt *st, int i, void *out, size_t n);      /* exactly n bytes; 0 or -1 (zeroed) */
int db_col_text(sqlite3_stmt *st, int i, char *out, size_t size);    /* a C string; 0, or -1 when too long or NUL inside (then "") */

/** db_scalar(d, sql, v, e): the first column of the first row of a query without values, as an integer; 0 when there is no row.  0 or -1. */
int db_scalar(struct db *d, const char *sql, uint64_t *v, struct err *e);

/**
 * db_resync_wal(path, e):
 * Write the bytes of PATH-wal once more and sync them, before the database is
 * opened.  After a failed sync the kernel may show content that is not on disk
 * and never will be: what recovery is about to read must be made durable
 * first.  Needs no space.  Only while no process has the database open.  0
 * (also when there is no such file) or -1.
 */
int db_resync_wal(const char *path, struct err *e);

#endif
