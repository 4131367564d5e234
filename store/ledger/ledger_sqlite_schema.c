#include "store/ledger/ledger_sqlite_schema.h"

/*
 * An entry costs two rows (leaf, entry) and two index entries (its hash, its
 * place in its chain); everything else is written once a batch or is rare.
 * sha256 of nothing: the root of the empty log.
 */
static const char step1[] =
    "CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, root BLOB NOT NULL, received INTEGER NOT NULL);"
    "INSERT INTO head VALUES(1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0);"
    "CREATE TABLE leaf(idx INTEGER PRIMARY KEY, hash BLOB NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE note(size INTEGER NOT NULL, nth INTEGER NOT NULL, hash BLOB NOT NULL, note BLOB NOT NULL,"
    " PRIMARY KEY(size, nth)) WITHOUT ROWID;"
    "CREATE TABLE entry(idx INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, dev INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, subject TEXT, header BLOB NOT NULL, payload BLOB NOT NULL, salt BLOB, personal BLOB);"
    "CREATE INDEX entry_chain ON entry(dev, epoch, seq);"
    "CREATE TABLE mark(idx INTEGER PRIMARY KEY, late TEXT, review TEXT, erased INTEGER);"
    "CREATE TABLE att(hash BLOB NOT NULL, idx INTEGER NOT NULL, dev INTEGER NOT NULL, len INTEGER NOT NULL,"
    " personal INTEGER NOT NULL, state INTEGER NOT NULL, PRIMARY KEY(hash, idx)) WITHOUT ROWID;"
    "CREATE INDEX att_wanted ON att(dev, idx) WHERE state = 0;"
    "CREATE TABLE record(idx INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE);"
    "CREATE INDEX record_kind ON record(kind);"
    "CREATE TABLE concern(dev INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(dev, idx)) WITHOUT ROWID;"
    "CREATE TABLE device(dev INTEGER PRIMARY KEY, device BLOB NOT NULL UNIQUE, place TEXT, enrolled INTEGER, revoked INTEGER,"
    " counter INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0, entries INTEGER NOT NULL DEFAULT 0,"
    " forked INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE devkey(dev INTEGER NOT NULL, epoch INTEGER NOT NULL, pub BLOB NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(dev, epoch)) WITHOUT ROWID;"
    "CREATE TABLE assign(dev INTEGER NOT NULL, place TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER, idx INTEGER NOT NULL,"
    " PRIMARY KEY(dev, place, since)) WITHOUT ROWID;"
    "CREATE TABLE front(dev INTEGER NOT NULL, epoch INTEGER NOT NULL, branch INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " hash BLOB NOT NULL, PRIMARY KEY(dev, epoch, branch)) WITHOUT ROWID;"
    "CREATE TABLE enrolment(secret BLOB PRIMARY KEY, idx INTEGER NOT NULL, dev INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE form(id TEXT NOT NULL, version TEXT NOT NULL, hash BLOB NOT NULL, idx INTEGER NOT NULL, retired INTEGER,"
    " PRIMARY KEY(id, version)) WITHOUT ROWID;"
    "CREATE TABLE person(keyhash BLOB PRIMARY KEY, pub BLOB NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, place TEXT,"
    " active INTEGER NOT NULL, idx INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE invitation(secret_hash BLOB PRIMARY KEY, secret BLOB NOT NULL, place TEXT NOT NULL, for_device BLOB,"
    " expires INTEGER NOT NULL, officer BLOB NOT NULL, sig BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
    "CREATE TABLE body(hash BLOB PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE salted(hash BLOB PRIMARY KEY, salt BLOB NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;";

/* Requests counted by epoch. */
static const char step2[] =
    "CREATE TABLE IF NOT EXISTS heard(dev INTEGER NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL, PRIMARY KEY(dev, epoch)) WITHOUT ROWID;"
    "INSERT INTO heard(dev, epoch, counter) SELECT d.dev, 1, d.counter FROM device d WHERE d.counter > 0 AND NOT EXISTS (SELECT 1 FROM heard h WHERE h.dev = d.dev);";

static const char *const steps[] = { step1, step2 };

const struct db_schema ledger_sqlite_schema = {
	.application_id = 0x54414c47, /* "TALG" */
	.steps = steps,
	.n = (int)(sizeof(steps) / sizeof(steps[0])),
};
