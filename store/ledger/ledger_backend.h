#ifndef STORE_LEDGER_BACKEND_H
#define STORE_LEDGER_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * What the ledger asks of a database: a driver is one table of functions that
 * runs the named queries below inside a transaction and answers in rows of
 * cells.  All logic lies above it (store/ledger*.c), the text of the queries
 * in store/ledger/ledger_queries.c: SQL that SQLite and PostgreSQL both read, with
 * parameters $1, $2, ... in order of first use.  A driver brings its spelling
 * of the tables (store/ledger/ledger_sqlite_schema.c) and joins in store/ledger/ledger.c.
 *
 * Tables: head(size, root, received), one row; leaf(idx, hash, data) where
 * hash is the roots of all perfect subtrees that this leaf completes, side by
 * side from level 0 (the leaf's own hash) up; note; entry (its signature lies
 * in the leaf); mark (what became of an entry: late, review, erased); att;
 * record and concern (which devices a record is for; dev 0: all); and what
 * follows from records: device, devkey, assign, front, enrolment, form,
 * person; and what stays outside the log: invitation, body, place, salted,
 * fact.  dev is a small number of our own in place of 32-byte names.
 */
enum ledger_query {
	/* the log */
	LQ_HEAD, LQ_HEAD_SWAP, LQ_LEAF_PUT, LQ_LEAF, LQ_LEAF_HASH, LQ_LEAF_EACH,
	LQ_NOTE_PUT, LQ_NOTE_COUNT, LQ_NOTE_NEWEST, LQ_NOTE_OF, LQ_NOTE_EACH,
	/* entries */
	LQ_ENTRY_PUT, LQ_ENTRY_HAS, LQ_ENTRY_PREFIX, LQ_ENTRY_BY_HASH, LQ_ENTRY_BY_INDEX, LQ_ENTRY_BY_DEVICE, LQ_ENTRY_AT,
	LQ_ENTRY_STORED, LQ_LEAVES_OF, LQ_ENTRY_ERASE, LQ_MARK_LATE, LQ_MARK_REVIEW, LQ_MARK_ERASED,
	LQ_ATT_PUT, LQ_ATT, LQ_ATT_HELD, LQ_ATT_ERASE, LQ_ATT_LIVE, LQ_ATT_ERASED, LQ_ATT_GONE, LQ_ATT_OF, LQ_ATT_WANTS,
	/* devices */
	LQ_DEVICE_ADD, LQ_DEVICE_SEEK, LQ_DEVICE, LQ_DEVICE_EACH, LQ_DEVICE_ENTRIES, LQ_DEVICE_FORKED, LQ_DEVICE_ENROL,
	LQ_DEVICE_REVOKE, LQ_HEARD, LQ_HEARD_PUT, LQ_DEVICE_SEEN, LQ_KEY_PUT, LQ_KEY, LQ_ASSIGN_PUT, LQ_ASSIGN_END, LQ_ASSIGNED, LQ_ASSIGNED_DEVS,
	LQ_FRONT_PUT, LQ_FRONTS, LQ_FRONTS_OF_EPOCH, LQ_ENROL_PUT, LQ_INVITE_PUT, LQ_INVITE,
	/* records, forms, persons */
	LQ_RECORD_PUT, LQ_RECORD_HAS, LQ_CONCERN_PUT, LQ_CONCERN_HAS, LQ_RECORD_EACH, LQ_RECORD_OF_KIND, LQ_RECORD_OF_DEVICE,
	LQ_FORM_PUT, LQ_FORM_RETIRE, LQ_FORM, LQ_FORM_NEWEST, LQ_FORM_EACH, LQ_PERSON_PUT, LQ_PERSON, LQ_PERSON_EACH,
	/* outside the log */
	LQ_FACT_PUT, LQ_FACT, LQ_BODY_PUT, LQ_BODY, LQ_PLACE_PUT, LQ_PLACE, LQ_PLACE_EACH, LQ_SALT_PUT, LQ_SALT,
	LQ_COUNT,
	/* the check */
	LQ_CHECK_EACH, LQ_CHECK_STRAY, LQ_CHECK_NOTES,
	LEDGER_QUERIES
};

/** ledger_query_text(q): the SQL; static. */
const char *ledger_query_text(enum ledger_query q);

/** One value, going in or coming out. */
struct cell {
	enum { CELL_NULL, CELL_INT, CELL_BLOB, CELL_TEXT } type;
	int64_t i;
	const void *p;  /* BLOB, TEXT: n bytes; coming out, valid until the next step and never NULL */
	size_t n;
};

#define LEDGER_CELLS_MAX 16

struct ledger_driver {
	const char *scheme; /* "sqlite:", what a URL begins with */

	/** open(where, create, e): a connection to the database named behind the scheme, migrated forward; with ${create} a new, empty one (refuses an existing one).  NULL on failure. */
	void *(*open)(const char *where, int create, struct err *e);
	void (*close)(void *db);

	/** begin: a transaction that no other appender can be in, so that what is read in it is the newest and stays so.  0 or -1. */
	int (*begin)(void *db, struct err *e);
	/** commit: durable on 0.  -1: not known; the connection is not to be used again. */
	int (*commit)(void *db, struct err *e);
	/** rollback: nothing of the transaction stays.  0 or -1 (connection not to be used again). */
	int (*rollback)(void *db);

	/** run: a query without rows; outside a transaction it is one of its own, durable on return.  The number of rows changed, or -1. */
	int (*run)(void *db, enum ledger_query q, const struct cell *arg, unsigned n, struct err *e);

	/** query: begin reading rows (release with done); the arguments stay valid until then.  Several may be open at once.  NULL on failure. */
	void *(*query)(void *db, enum ledger_query q, const struct cell *arg, unsigned n);
	/** next: 1 and a row, 0 at the end, -1 on failure. */
	int (*next)(void *db, void *rows);
	/** cell: column ${i} of the present row. */
	struct cell (*cell)(void *rows, unsigned i);
	void (*done)(void *db, enum ledger_query q, void *rows);

	/** settle: write what is committed to its final place, synced, and empty the side files (former content of what was erased goes with them).  0, or -1 (failed, or a reader is in the way). */
	int (*settle)(void *db);

	/** copy: all that is committed at one moment, as the new file ${path}, while others go on.  0 or -1.  NULL: the database is backed up with tools of its own. */
	int (*copy)(void *db, const char *path, struct err *e);
};

extern const struct ledger_driver ledger_sqlite;

#endif
