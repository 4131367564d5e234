#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/ledger.h"

/**
 * A county's backup: one file, a copy of the ledger's database as it stood at
 * one moment, with a table more that holds what lies beside it as named parts
 * (docs/format.md 18).  For ledgers on SQLite.
 */
struct archive;

#define ARCHIVE_PART_MAX ((size_t)256 << 20)

/** archive_make(l, path, e): copy the ledger, while it goes on, to the new file ${path}, with the attachments it holds.  NULL on failure (the file is removed). */
struct archive *archive_make(struct ledger *l, const char *path, struct err *e);

/** archive_put(a, name, p, n, e): one named part more.  0 or -1. */
int archive_put(struct archive *a, const char *name, const void *p, size_t n, struct err *e);

/** archive_finish(a, e): check what was written, sync and release.  0; -1 (the file is removed). */
int archive_finish(struct archive *a, struct err *e);

/** archive_open(path, e): an existing one, to be read; its database is checked whole.  NULL on failure. */
struct archive *archive_open(const char *path, struct err *e);

/** archive_get(a, name, out): append a part.  1, 0 none, -1. */
int archive_get(struct archive *a, const char *name, struct buf *out);

/** archive_ledger(a, path, e): the database alone, as a new file ${path}.  Durable on 0; -1. */
int archive_ledger(struct archive *a, const char *path, struct err *e);

/** archive_attachments(a, l, n, e): put the attachments into the ledger that archive_ledger() made.  0 and their number in *${n}, or -1. */
int archive_attachments(struct archive *a, struct ledger *l, uint64_t *n, struct err *e);

/** archive_close(a): release; NULL is allowed. */
void archive_close(struct archive *a);

#endif
