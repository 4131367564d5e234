#include <limits.h>
#include <string.h>

#include "base/lapse.h"
#include "store/db.h"

static int
bound(int rc)
{
	if (rc == SQLITE_NOMEM)
		lapse();
	return rc == SQLITE_OK ? 0 : -1;
}

int
db_int(sqlite3_stmt *st, int i, uint64_t v)
{
	if (v > INT64_MAX)
		return -1;
	return bound(sqlite3_bind_int64(st, i, (sqlite3_int64)v));
}

int
db_blob(sqlite3_stmt *st, int i, const void *p, size_t n)
{
	int rc;

	if (p == NULL && n == 0)
		rc = sqlite3_bind_null(st, i);
	else if (n == 0)
		rc = sqlite3_bind_zeroblob(st, i, 0);
	else
		rc = sqlite3_bind_blob64(st, i, p, n, SQLITE_STATIC);
	return bound(rc);
}

int
db_text(sqlite3_stmt *st, int i, const char *s)
{
	int rc = s == NULL ? sqlite3_bind_null(st, i) : sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);

	return bound(rc);
}

uint64_t
db_col_int(sqlite3_stmt *st, int i)
{
	sqlite3_int64 v = sqlite3_column_int64(st, i);

	return v < 0 ? 0 : (uint64_t)v;
}

int
db_col_null(sqlite3_stmt *st, int i)
{
	return sqlite3_column_type(st, i) == SQLITE_NULL;
}

const void *
db_col_blob(sqlite3_stmt *st, int i, size_t *n)
{
	const void *p = sqlite3_column_blob(st, i);
	int len = sqlite3_column_bytes(st, i);

	if (p == NULL && sqlite3_errcode(sqlite3_db_handle(st)) == SQLITE_NOMEM)
		lapse();
	*n = p == NULL || len < 0 ? 0 : (size_t)len;
	return p == NULL ? "" : p;
}

int
db_col_buf(sqlite3_stmt *st, int i, struct buf *out)
{
	size_t n;
	const void *p = db_col_blob(st, i, &n);

	return buf_put(out, p, n);
}

int
db_col_exact(sqlite3_stmt *st, int i, void *out, size_t n)
{
	size_t len;
	const void *p = db_col_blob(st, i, &len);

	if (len != n) {
		memset(out, 0, n);
		return -1;
	}
	memcpy(out, p, n);
	return 0;
}

int
db_col_text(sqlite3_stmt *st, int i, char *out, size_t size)
{
	size_t len;
	const char *p = db_col_blob(st, i, &len);

	out[0] = '\0';
	if (len >= size || memchr(p, '\0', len) != NULL)
		return -1;
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}
