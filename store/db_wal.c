#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "store/db.h"

#define PIECE 65536

static int
rewrite(sqlite3_file *f)
{
	uint8_t *piece = lapsed(malloc(PIECE));
	sqlite3_int64 size = 0, at;
	int n, rc = SQLITE_NOMEM;

	if (piece != NULL)
		rc = f->pMethods->xFileSize(f, &size);
	for (at = 0; rc == SQLITE_OK && at < size; at += n) {
		n = size - at < PIECE ? (int)(size - at) : PIECE;
		rc = f->pMethods->xRead(f, piece, n, at);
		if (rc == SQLITE_OK)
			rc = f->pMethods->xWrite(f, piece, n, at);
	}
	if (rc == SQLITE_OK)
		rc = f->pMethods->xSync(f, SQLITE_SYNC_FULL);
	free(piece);
	return rc;
}

/*
 * Through SQLite's own file layer, so that the tests' faulty one sees it.  The
 * file belongs to no database handle; that layer wants a name with two NULs
 * behind it (no URI parameters).
 */
int
db_resync_wal(const char *path, struct err *e)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_file *f = NULL;
	char *name = NULL;
	int there = 0, got = 0, rc;
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL;
	size_t n = strlen(path);

	if (vfs == NULL || (name = calloc(1, n + 8)) == NULL || (f = calloc(1, (size_t)vfs->szOsFile)) == NULL) {
		free(name);
		return err_set(e, "%s-wal: out of memory", path);
	}
	memcpy(name, path, n);
	memcpy(name + n, "-wal", 4);
	rc = vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &there);
	if (rc == SQLITE_OK && there) {
		rc = vfs->xOpen(vfs, name, f, flags, &got);
		if (rc == SQLITE_OK)
			rc = rewrite(f);
		if (f->pMethods != NULL)
			(void)f->pMethods->xClose(f);
	}
	free(f);
	free(name);
	return rc == SQLITE_OK ? 0 : err_set(e, "%s-wal: cannot be synced: %s (%d)", path, sqlite3_errstr(rc), rc);
}
