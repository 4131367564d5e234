#ifndef STORE_LEDGER_SQLITE_SCHEMA_H
#define STORE_LEDGER_SQLITE_SCHEMA_H

#include "store/db.h"

/** The tables that store/ledger/ledger_backend.h describes, as SQLite spells them; a change is a new step at the end. */
extern const struct db_schema ledger_sqlite_schema;

#endif
