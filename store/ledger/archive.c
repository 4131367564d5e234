#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "store/ledger/ledger_impl.h"
#include "store/ledger/ledger_sqlite_schema.h"

#define PATH_LEN 4096
#define ATTACHMENT "attachment/"

struct archive {
	sqlite3 *db;
	char path[PATH_LEN];
};

static int
fail(const struct archive *a, const char *what, struct err *e)
{
	return err_set(e, "%.400s: %s: %s", a->path, what, a->db != NULL ? sqlite3_errmsg(a->db) : "out of memory");
}

static int
run(struct archive *a, const char *sql, struct err *e)
{
	return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(a, "cannot be written", e);
}

static struct archive *
open_file(const char *path, int flags, struct err *e)
{
	struct archive *a = lapsed(calloc(1, sizeof(*a)));

	if (a == NULL || strlen(path) >= sizeof(a->path)) {
		(void)err_set(e, "%.64s...: path too long", path);
		free(a);
		return NULL;
	}
	(void)strcpy(a->path, path);
	if (sqlite3_open_v2(path, &a->db, flags, NULL) == SQLITE_OK)
		return a;
	(void)fail(a, "cannot be opened", e);
	archive_close(a);
	return NULL;
}

void
archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	(void)sqlite3_close(a->db);
	free(a);
}

/* The first column of a query's first row: as wanted? */
static int
says(struct archive *a, const char *sql, const char *want)
{
	sqlite3_stmt *st = NULL;
	const char *got;
	int ok = 0;

	if (sqlite3_prepare_v2(a->db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW &&
	    (got = (const char *)sqlite3_column_text(st, 0)) != NULL)
		ok = strcmp(got, want) == 0;
	(void)sqlite3_finalize(st);
	return ok;
}

int
archive_put(struct archive *a, const char *name, const void *p, size_t n, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = -1;

	if (n <= ARCHIVE_PART_MAX && sqlite3_prepare_v2(a->db, "INSERT INTO beside(name, data) VALUES(?1, ?2)", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
	    (n == 0 ? sqlite3_bind_zeroblob(st, 2, 0) : sqlite3_bind_blob(st, 2, p, (int)n, SQLITE_STATIC)) == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE)
		rc = 0;
	(void)sqlite3_finalize(st);
	return rc == 0 ? 0 : fail(a, name, e);
}

/* Attachments that the copy says are held. */
static int
put_attachments(struct archive *a, struct ledger *l, struct err *e)
{
	char name[sizeof(ATTACHMENT) + 2 * HASH_LEN];
	sqlite3_stmt *st = NULL;
	struct buf b;
	int rc = 0, step = SQLITE_ERROR;

	buf_init(&b, ARCHIVE_PART_MAX);
	if (sqlite3_prepare_v2(a->db, "SELECT DISTINCT hash FROM att WHERE state = 1", -1, &st, NULL) != SQLITE_OK)
		rc = fail(a, "its attachments", e);
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		if (sqlite3_column_bytes(st, 0) != HASH_LEN)
			continue;
		buf_reset(&b);
		(void)strcpy(name, ATTACHMENT);
		enc_hex(name + strlen(ATTACHMENT), sqlite3_column_blob(st, 0), HASH_LEN);
		/* erased since, or lost: the devices are asked for it after the restore */
		if (ledger_attachment_get(l, sqlite3_column_blob(st, 0), &b) == 1)
			rc = archive_put(a, name, b.data, b.len, e);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = fail(a, "its attachments", e);
	(void)sqlite3_finalize(st);
	buf_free(&b);
	return rc;
}

struct archive *
archive_make(struct ledger *l, const char *path, struct err *e)
{
	struct archive *a;

	if (file_exists(path)) {
		(void)err_set(e, "%s: is there already; a backup is a new file", path);
		return NULL;
	}
	if (l->driver->copy == NULL) {
		(void)err_set(e, "%s: this store is backed up with its own tools", l->url);
		return NULL;
	}
	/* nobody else reads it at any time; VACUUM INTO takes a file that is empty */
	if (file_create(path, "", 0, 0600, e) != 0)
		return NULL;
	if (l->driver->copy(l->db, path, e) != 0) {
		(void)unlink(path);
		return NULL;
	}
	if ((a = open_file(path, SQLITE_OPEN_READWRITE, e)) != NULL &&
	    run(a, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN; CREATE TABLE beside(name TEXT PRIMARY KEY, data BLOB NOT NULL)", e) == 0 &&
	    put_attachments(a, l, e) == 0)
		return a;
	archive_close(a);
	(void)unlink(path);
	return NULL;
}

static int
sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

int
archive_finish(struct archive *a, struct err *e)
{
	char path[PATH_LEN];
	struct archive *again = NULL;
	int rc = run(a, "COMMIT", e);

	(void)strcpy(path, a->path);
	archive_close(a);
	if (rc == 0 && sync_file(path) != 0)
		rc = err_set(e, "%s: cannot be synced: %s", path, strerror(errno));
	if (rc == 0 && (again = archive_open(path, e)) == NULL)
		rc = -1;
	archive_close(again);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}

struct archive *
archive_open(const char *path, struct err *e)
{
	struct archive *a = open_file(path, SQLITE_OPEN_READONLY, e);
	char id[16];

	(void)snprintf(id, sizeof(id), "%d", ledger_sqlite_schema.application_id);
	if (a == NULL)
		return NULL;
	if (!says(a, "PRAGMA application_id", id) || !says(a, "SELECT count(*) FROM sqlite_master WHERE name = 'beside'", "1"))
		(void)err_set(e, "%s: is no backup of a county", path);
	else if (!says(a, "PRAGMA integrity_check", "ok"))
		(void)err_set(e, "%s: is damaged", path);
	else
		return a;
	archive_close(a);
	return NULL;
}

int
archive_get(struct archive *a, const char *name, struct buf *out)
{
	sqlite3_stmt *st = NULL;
	int rc = -1, step;

	if (sqlite3_prepare_v2(a->db, "SELECT data FROM beside WHERE name = ?1", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) == SQLITE_OK && ((step = sqlite3_step(st)) == SQLITE_DONE || step == SQLITE_ROW))
		rc = step == SQLITE_DONE ? 0 : buf_put(out, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)) == 0 ? 1 : -1;
	(void)sqlite3_finalize(st);
	return rc;
}

int
archive_ledger(struct archive *a, const char *path, struct err *e)
{
	struct archive *to;
	sqlite3_stmt *st = NULL;
	int rc = -1;

	if (file_create(path, "", 0, 0600, e) != 0)
		return -1;
	if (sqlite3_prepare_v2(a->db, "VACUUM INTO ?1", -1, &st, NULL) == SQLITE_OK && sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_DONE)
		rc = 0;
	(void)sqlite3_finalize(st);
	if (rc != 0)
		return fail(a, "cannot be copied", e);
	if ((to = open_file(path, SQLITE_OPEN_READWRITE, e)) == NULL)
		return -1;
	rc = run(to, "PRAGMA synchronous = FULL; UPDATE att SET state = 0 WHERE state = 1 AND NOT EXISTS"
	    " (SELECT 1 FROM beside WHERE name = '" ATTACHMENT "' || lower(hex(att.hash))); DROP TABLE beside; VACUUM", e);
	archive_close(to);
	return rc == 0 && sync_file(path) != 0 ? err_set(e, "%s: cannot be synced", path) : rc;
}

int
archive_attachments(struct archive *a, struct ledger *l, uint64_t *n, struct err *e)
{
	sqlite3_stmt *st = NULL;
	uint8_t hash[HASH_LEN];
	int rc = 0, step = SQLITE_ERROR;

	*n = 0;
	if (sqlite3_prepare_v2(a->db, "SELECT name, data FROM beside WHERE name LIKE '" ATTACHMENT "%'", -1, &st, NULL) != SQLITE_OK)
		rc = fail(a, "its attachments", e);
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);

		if (name == NULL || dec_hex(hash, HASH_LEN, name + strlen(ATTACHMENT), strlen(name) - strlen(ATTACHMENT)) != 0)
			rc = err_set(e, "%s: names an attachment that cannot be one", a->path);
		else if ((rc = ledger_attachment_put(l, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), hash, e)) == 0)
			++*n;
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = fail(a, "its attachments", e);
	(void)sqlite3_finalize(st);
	return rc;
}
