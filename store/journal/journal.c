#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"
#include "store/journal/journal_internal.h"

#define PATH_LEN 4096
#define NAMES_MAX 100000
#define LOCK_WAIT_MS 1000
#define LOCK_STEP_MS 20

static const char *const steps[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    /* n = epoch << 40 | seq: rows lie in the chain's order, without an index more */
    "CREATE TABLE entry (n INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, sig BLOB NOT NULL,"
    " payload BLOB NOT NULL, salt BLOB, personal BLOB, dropped INTEGER NOT NULL DEFAULT 0, id TEXT, subject TEXT,"
    " supersedes BLOB, log_index INTEGER, received INTEGER, state TEXT NOT NULL DEFAULT '');"
    "CREATE UNIQUE INDEX entry_id ON entry (id) WHERE id IS NOT NULL;"
    "CREATE INDEX entry_supersedes ON entry (supersedes) WHERE supersedes IS NOT NULL;"
    /* NULLs lie together, by n: what waits for a receipt */
    "CREATE INDEX entry_log ON entry (log_index);"
    "CREATE INDEX entry_state ON entry (state) WHERE state <> '';"
    "CREATE TABLE att (n INTEGER NOT NULL, i INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, len INTEGER NOT NULL, mediatype TEXT NOT NULL,"
    " personal INTEGER NOT NULL, delivered INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (n, i)) WITHOUT ROWID;"
    "CREATE TABLE receipt (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL, size INTEGER NOT NULL, text BLOB NOT NULL);"
    "CREATE INDEX receipt_first ON receipt (first);"
    "CREATE TABLE note (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, hash BLOB NOT NULL, note BLOB NOT NULL, UNIQUE (size, hash));"
    "CREATE TABLE record (log_index INTEGER PRIMARY KEY, leaf BLOB NOT NULL);"
    "CREATE TABLE form (id TEXT NOT NULL, version TEXT NOT NULL, hash BLOB NOT NULL, log_index INTEGER NOT NULL, xml BLOB NOT NULL,"
    " PRIMARY KEY (id, version)) WITHOUT ROWID;",
    /* box: under which key the blob is, 1 rest, 2 cabinet (store/vault.h) */
    "CREATE TABLE household (id TEXT PRIMARY KEY, box INTEGER NOT NULL, blob BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX household_rest ON household (id) WHERE box = 1;",
    /* entries by form and subject; the form of those there already stands in their headers */
    "ALTER TABLE entry ADD COLUMN form TEXT;"
    "UPDATE entry SET form = substr(h, 1, instr(h, ' ') - 1) FROM (SELECT n AS at, substr(CAST(header AS TEXT), instr(CAST(header AS TEXT), char(10) || 'form ') + 6) AS h"
    " FROM entry WHERE subject IS NOT NULL) WHERE n = at AND substr(h, 1, 2) <> '- ';"
    "CREATE INDEX entry_subject ON entry (form, subject) WHERE subject IS NOT NULL AND form IS NOT NULL;"
    /* what is being filled in, sealed */
    "CREATE TABLE draft (id TEXT PRIMARY KEY, form TEXT NOT NULL, actor TEXT NOT NULL, made INTEGER NOT NULL, changed INTEGER NOT NULL, sealed BLOB NOT NULL);",
    /* from here on personal parts are sealed, salt and all, in the column personal; what lies there in the clear is sealed when the journal is opened */
    "INSERT INTO meta (key, value) SELECT 'clear', '' WHERE EXISTS (SELECT 1 FROM entry);",
    /* files that the county published beside forms */
    "CREATE TABLE media (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;",
    /* what a county signed in a log that it lost the end of: notes (with their hash), receipts, records */
    "CREATE TABLE was (id INTEGER PRIMARY KEY, log BLOB NOT NULL, size INTEGER NOT NULL, hash BLOB, text BLOB NOT NULL);",
};

const struct db_schema journal_schema = {0x54414c4a /* TALJ */, steps, (int)(sizeof(steps) / sizeof(steps[0]))};

/* Names that an identity leaves behind, live, moved aside or half written. */
static int
is_trace(const char *name)
{
	size_t n = strlen(name);

	return strncmp(name, "journal.db", 10) == 0 || strncmp(name, "guard", 5) == 0 || strcmp(name, "attachments") == 0 ||
	    (n >= 4 && strcmp(name + n - 4, ".key") == 0) || strstr(name, ".key.") != NULL;
}

int
journal_trace(const char *dir, struct err *e)
{
	char **names = NULL;
	size_t n = 0, i;
	int rc = 0;

	if (!file_exists(dir))
		return 0;
	if (file_names(dir, &names, &n, NAMES_MAX, e) != 0)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		if (is_trace(names[i])) {
			err_set(e, "%s: there is a journal or a trace of one (%s); a new one is never made over it", dir, names[i]);
			rc = 1;
		}
	}
	file_names_free(names, n);
	return rc;
}

static char *
path_of(const char *dir, const char *name)
{
	char path[PATH_LEN];

	return file_path(path, sizeof(path), dir, name) == 0 ? lapsed(strdup(path)) : NULL;
}

static int
init_mutex(pthread_mutex_t *m)
{
	pthread_mutexattr_t a;
	int rc;

	if (pthread_mutexattr_init(&a) != 0)
		return -1;
	rc = pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE) == 0 && pthread_mutex_init(m, &a) == 0 ? 0 : -1;
	(void)pthread_mutexattr_destroy(&a);
	return rc;
}

/* The folder itself carries the lock, so that a second process is told clearly, before SQLite is asked; commands are short, so wait a moment. */
static int
lock_folder(int fd)
{
	const struct timespec step = {0, LOCK_STEP_MS * 1000000L};
	int waited;

	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_STEP_MS) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || waited >= LOCK_WAIT_MS)
			return -1;
		(void)nanosleep(&step, NULL);
	}
	return 0;
}

struct journal *
journal_new(const char *dir, struct err *e)
{
	struct journal *j = lapsed(calloc(1, sizeof(*j)));

	if (j == NULL || init_mutex(&j->mutex) != 0) {
		free(j);
		err_set(e, "%s: out of memory", dir);
		return NULL;
	}
	j->dirfd = -1;
	j->dir = lapsed(strdup(dir));
	j->db_path = path_of(dir, "journal.db");
	j->guard_path = path_of(dir, "guard");
	if (j->dir == NULL || j->db_path == NULL || j->guard_path == NULL) {
		err_set(e, "%.200s: out of memory, or the path is too long", dir);
		goto fail;
	}
	if ((j->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		err_set(e, "%s: cannot be opened: %s", dir, strerror(errno));
		goto fail;
	}
	if (lock_folder(j->dirfd) != 0) {
		err_set(e, errno == EWOULDBLOCK ? "%s: another process has the journal open" : "%s: the journal cannot be locked", dir);
		goto fail;
	}
	if (host_fingerprint(j->host, dir) != 0) {
		err_set(e, "%s: the machine cannot be told: %s", dir, strerror(errno));
		goto fail;
	}
	if ((j->v = vault_open(dir, e)) == NULL)
		goto fail;
	j->photos_due = 1;
	return j;
fail:
	journal_close(j);
	return NULL;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	db_close(j->db);
	guard_close(j->guard);
	vault_close(j->v);
	if (j->dirfd >= 0)
		(void)close(j->dirfd);
	(void)pthread_mutex_destroy(&j->mutex);
	free(j->dir);
	free(j->db_path);
	free(j->guard_path);
	free(j);
}

struct vault *
journal_vault(struct journal *j)
{
	return j->v;
}

const char *
journal_dir(const struct journal *j)
{
	return j->dir;
}

static int
make(struct journal *j, struct err *e)
{
	char *atts = path_of(j->dir, "attachments");
	int rc = -1;

	if (atts == NULL || file_mkdirs(atts, 0700, e) != 0)
		goto out;
	if ((j->db = db_open(j->db_path, DB_CREATE | DB_EXCLUSIVE, 0, &journal_schema, e)) == NULL)
		goto out;
	(void)chmod(j->db_path, 0600);
	/* the database's name must last before a guard says that there is one */
	if (fsync(j->dirfd) != 0)
		err_set(e, "%s: cannot be synced: %s", j->dir, strerror(errno));
	else if (journal_rest_settle(j, e) == 0)
		rc = journal_advance(j, e);
out:
	free(atts);
	return rc;
}

static void
unmake(struct journal *j)
{
	static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-journal", "guard", "rest.key", "rest.key.new", "rest.key.previous"};
	size_t i;

	db_close(j->db);
	j->db = NULL;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(j->dirfd, names[i], 0);
	(void)unlinkat(j->dirfd, "attachments", AT_REMOVEDIR);
}

struct journal *
journal_create(const char *dir, struct err *e)
{
	struct journal *j = NULL;

	if (file_mkdirs(dir, 0700, e) != 0 || (j = journal_new(dir, e)) == NULL)
		return NULL;
	if (journal_trace(dir, e) == 0) {
		if (make(j, e) == 0)
			return j;
		unmake(j); /* all of it is ours, and empty: the next try finds no trace */
	}
	journal_close(j);
	return NULL;
}

/* Entries that the guard has seen are missing: they may lie in the log behind a damaged frame.  Before anything is written over them.  As journal_settle(). */
static int
rescue(struct journal *j, struct err *e)
{
	uint64_t n = 0;
	int rc = -1;

	if (db_exec(j->db, "PRAGMA cache_spill=OFF", e) != 0 || db_begin(j->db, e) != 0)
		return -1;
	if (journal_carve(j, j->db_path, &n, e) == 0 && (n == 0 || journal_remark(j, e) == 0))
		rc = 0;
	if (rc != 0 || n == 0)
		db_rollback(j->db);
	else
		rc = db_commit(j->db, e);
	if (db_exec(j->db, "PRAGMA cache_spill=ON", e) != 0)
		rc = -1;
	memset(j->keys, 0, sizeof(j->keys));
	if (rc != 0 || n == 0)
		return rc;
	log_msg(LOG_WARN, "%s: %llu entries were found again in its bytes", j->db_path, (unsigned long long)n);
	return journal_settle(j, e);
}

/* What lies on disk, made durable first: recovery may show what a failed sync left in memory only.  As journal_settle(). */
static int
reopen(struct journal *j, struct err *e)
{
	int rc;

	j->failed = 1;
	db_close(j->db);
	j->db = NULL;
	guard_close(j->guard);
	j->guard = NULL;
	j->has_counts = 0;
	memset(j->keys, 0, sizeof(j->keys));
	if (db_resync_wal(j->db_path, e) != 0 || (j->db = db_open(j->db_path, DB_EXCLUSIVE | DB_NOT_EMPTY, 0, &journal_schema, e)) == NULL)
		return -1;
	if ((rc = journal_settle(j, e)) == 0 && j->standing == JOURNAL_BEHIND)
		rc = rescue(j, e);
	if (rc >= 0)
		j->failed = 0;
	return rc;
}

/* Why it could not be opened: is the database gone or unreadable, rather than our memory or descriptors? */
static int
is_damaged(const struct journal *j)
{
	switch (db_error()) {
	case SQLITE_IOERR_READ:
	case SQLITE_IOERR_SHORT_READ:
	case SQLITE_IOERR_CORRUPTFS:
		return 1;
	default:
		return (db_error() & 0xff) == SQLITE_CORRUPT || (db_error() & 0xff) == SQLITE_NOTADB ||
		    (faccessat(j->dirfd, "journal.db", F_OK, 0) != 0 && errno == ENOENT);
	}
}

/* Halves of files, as a cut left them: photos that are nobody's, and room. */
static void
sweep(const struct journal *j)
{
	static const char *const names[] = { "attachments", "alarms", "outgoing", "evidence/heads" };
	char *path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((path = path_of(j->dir, names[i])) != NULL && file_sweep(path, 0) > 0)
			log_msg(LOG_INFO, "%s: what a cut had left half written was removed", path);
		free(path);
	}
}

struct journal *
journal_open(const char *dir, enum journal_standing *standing, struct err *e)
{
	struct journal *j = journal_new(dir, e);
	struct err why;
	int rc = -1, known;

	if (j == NULL)
		return NULL;
	*standing = JOURNAL_NORMAL;
	known = journal_is_suspect(j);
	if (known)
		err_set(e, "%s: it was found damaged while it was read", j->db_path);
	if (known || (rc = reopen(j, e)) < 0) {
		if (known || is_damaged(j))
			*standing = JOURNAL_DAMAGED;
		journal_close(j);
		return NULL;
	}
	/* without it entries without personal parts can be made, and what is here can be read */
	if (journal_rest_settle(j, &why) != 0)
		log_msg(LOG_ERROR, "%s", why.text);
	sweep(j);
	*standing = rc == 1 ? JOURNAL_AHEAD : j->standing;
	return j;
}

void
journal_wrote(struct journal *j, int ok)
{
	sqlite3 *h = j->db != NULL ? db_handle(j->db) : NULL;
	int why = h != NULL ? sqlite3_system_errno(h) : 0;

	if (ok)
		j->writing = JOURNAL_WRITES;
	else if (h != NULL && ((sqlite3_errcode(h) & 0xff) == SQLITE_FULL || why == ENOSPC || why == EDQUOT))
		j->writing = JOURNAL_NO_SPACE;
	else
		j->writing = JOURNAL_WRITE_FAILED;
}

void
journal_give_back(struct journal *j)
{
	(void)pthread_mutex_lock(&j->mutex);
	if (j->db != NULL && j->walks == 0)
		(void)sqlite3_db_release_memory(db_handle(j->db));
	(void)pthread_mutex_unlock(&j->mutex);
}

enum journal_writing
journal_writing(struct journal *j)
{
	enum journal_writing w;

	(void)pthread_mutex_lock(&j->mutex);
	w = j->writing;
	(void)pthread_mutex_unlock(&j->mutex);
	return w;
}

void
journal_fail(struct journal *j)
{
	j->failed = 1;
	if (j->walks == 0)
		(void)reopen(j, NULL);
}

int
journal_enter(struct journal *j, struct err *e)
{
	(void)pthread_mutex_lock(&j->mutex);
	if (!j->failed || (j->walks == 0 && reopen(j, e) >= 0))
		return 0;
	if (j->walks > 0)
		err_set(e, "%s: a write failed; it is reopened when the list being read is done", j->db_path);
	(void)pthread_mutex_unlock(&j->mutex);
	return -1;
}

/* A page that nobody looked at when the journal was opened: the next start is to salvage what it can. */
static void
suspect(const struct journal *j)
{
	int fd = openat(j->dirfd, SUSPECT_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	(void)fsync(j->dirfd);
	(void)close(fd);
	log_msg(LOG_ERROR, "%s: it is damaged; at the next start what can be read of it is saved into a new one", j->db_path);
}

int
journal_is_suspect(const struct journal *j)
{
	return faccessat(j->dirfd, SUSPECT_NAME, F_OK, 0) == 0;
}

int
journal_leave(struct journal *j, int rc)
{
	if (rc < 0 && (db_error() & 0xff) == SQLITE_CORRUPT)
		suspect(j);
	(void)pthread_mutex_unlock(&j->mutex);
	return rc;
}
