#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/ledger/ledger_impl.h"

/* Opening, the lock of the appenders, and facts by name. */

#define PATH_MAX_LEN 4096

static const struct ledger_driver *const DRIVERS[] = { &ledger_sqlite };

static int
find_driver(struct ledger *l, struct err *e)
{
	for (size_t i = 0; i < sizeof(DRIVERS) / sizeof(DRIVERS[0]); i++) {
		size_t n = strlen(DRIVERS[i]->scheme);

		if (strncmp(l->url, DRIVERS[i]->scheme, n) == 0 && l->url[n]) {
			l->driver = DRIVERS[i];
			l->where = l->url + n;
			return 0;
		}
	}
	if (strncmp(l->url, "postgresql:", 11) == 0 || strncmp(l->url, "postgres:", 9) == 0)
		return err_set(e, "%.64s...: PostgreSQL is not built yet; use sqlite:PATH", l->url);
	return err_set(e, "%s: not the address of a ledger (sqlite:PATH)", l->url);
}

int
ledger_lock(struct ledger *l, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int rc;

	/* Of the open file, so that handles of one process exclude each other too. */
	while ((rc = l->lock < 0 ? 0 : fcntl(l->lock, F_OFD_SETLKW, &whole)) != 0 && errno == EINTR)
		continue;
	return rc == 0 ? 0 : err_set(e, "%s.lock: cannot be locked: %s", l->guard_path, strerror(errno));
}

void
ledger_unlock(struct ledger *l)
{
	struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (l->lock >= 0)
		(void)fcntl(l->lock, F_OFD_SETLK, &whole);
}

int
ledger_lock_open(struct ledger *l, struct err *e)
{
	char path[PATH_MAX_LEN];
	int n = snprintf(path, sizeof(path), "%s.lock", l->guard_path);

	if (l->lock >= 0)
		return 0;

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, "%.64s...: path too long", l->guard_path);
	l->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return l->lock >= 0 ? 0 : err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
}

static struct ledger *
ledger_new(const char *url, const char *guard_path, struct err *e)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l) {
		(void)err_set(e, "%s: out of memory", url);
		return NULL;
	}
	l->lock = -1;
	if (!(l->url = strdup(url)) || (guard_path && !(l->guard_path = strdup(guard_path)))) {
		(void)err_set(e, "%s: out of memory", url);
		goto fail;
	}
	ledger_reader_init(l);
	if (find_driver(l, e) == 0)
		return l;
fail:
	ledger_close(l);
	return NULL;
}

void
ledger_close(struct ledger *l)
{
	if (!l)
		return;
	if (l->db)
		l->driver->close(l->db);
	ledger_mirror_close(l);
	guard_close(l->guard);
	if (l->lock >= 0)
		(void)close(l->lock);
	free(l->guard_path);
	free(l->url);
	free(l);
}

struct ledger *
ledger_create(const char *url, const char *guard_path, struct err *e)
{
	struct ledger *l = ledger_new(url, guard_path, e);
	struct ledger_head h;

	if (!l)
		return NULL;
	if (!guard_path) {
		(void)err_set(e, "%s: a new ledger needs a guard", url);
		goto fail;
	}
	if (access(guard_path, F_OK) == 0) {
		(void)err_set(e, "%s: a guard is there already: some ledger was signed under it", guard_path);
		goto fail;
	}
	if (!(l->db = l->driver->open(l->where, 1, e)) || !(l->guard = guard_create(guard_path, e)) || ledger_lock_open(l, e) ||
	    ledger_head_read(l, &h) || ledger_guard_reach(l, &h, e))
		goto fail;
	l->may_sign = 1;
	return l;
fail:
	ledger_close(l);
	return NULL;
}

/* The guard, when it is there: without one the ledger opens all the same. */
static void
open_guard(struct ledger *l)
{
	struct err why = { "" };

	if (!l->guard_path)
		(void)snprintf(l->why, sizeof(l->why), "opened without its guard");
	else if (!(l->guard = guard_open(l->guard_path, &why)) || ledger_lock_open(l, &why))
		(void)snprintf(l->why, sizeof(l->why), "%s", why.text);
	if (l->lock >= 0)
		return;
	guard_close(l->guard);
	l->guard = NULL;
}

static int
open_and_judge(struct ledger *l, struct err *e)
{
	struct ledger_head h;
	int rc = -1;

	if (ledger_lock(l, e))
		return -1;
	l->db = l->driver->open(l->where, 0, e);
	if (l->db && (rc = ledger_head_read(l, &h)) != 0)
		(void)err_set(e, "%s: its head cannot be read", l->url);
	if (l->db && rc == 0 && (rc = ledger_mirror_open(l, e)) == 0)
		ledger_stand(l, &h);
	ledger_unlock(l);
	return rc;
}

struct ledger *
ledger_open(const char *url, const char *guard_path, struct err *e)
{
	struct ledger *l = ledger_new(url, guard_path, e);

	if (!l)
		return NULL;
	open_guard(l);
	if (open_and_judge(l, e) == 0)
		return l;
	ledger_close(l);
	return NULL;
}

/*
 * After a failed sync the kernel may show what is not on disk.  Settling
 * writes all of it once more, and syncs; until that works nothing is said.
 */
int
ledger_reopen(struct ledger *l, struct err *e)
{
	struct ledger_head h;

	if (l->db)
		l->driver->close(l->db);
	l->db = l->driver->open(l->where, 0, e);
	if (!l->db)
		return -1;
	if (l->driver->settle(l->db) == 0 && ledger_head_read(l, &h) == 0) {
		ledger_stand(l, &h);
		return 0;
	}
	(void)err_set(e, "%s: cannot be settled on disk after a failure", l->url);
	l->driver->close(l->db);
	l->db = NULL;
	return -1;
}

int
ledger_begin(struct ledger *l, struct err *e)
{
	if (!l->db && ledger_reopen(l, e))
		return -1;
	return l->driver->begin(l->db, e);
}

int
ledger_commit(struct ledger *l, struct err *e)
{
	if (l->driver->commit(l->db, e) == 0)
		return 0;
	(void)ledger_reopen(l, NULL);
	return -1;
}

void
ledger_rollback(struct ledger *l)
{
	if (l->driver->rollback(l->db))
		(void)ledger_reopen(l, NULL);
}

int
ledger_may_sign(struct ledger *l, const char **why)
{
	if (why)
		*why = l->may_sign ? "" : l->why;
	return l->may_sign;
}

int
ledger_set(struct ledger *l, const char *key, const void *p, size_t n, struct err *e)
{
	return ledger_run(l, e, LQ_FACT_PUT, CELLS(cell_text(key), cell_blob(p ? p : "", n))) < 0 ? -1 : 0;
}

int
ledger_get(struct ledger *l, const char *key, struct buf *out)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_FACT, CELLS(cell_text(key)));

	if (rc == 1 && rows_buf(&r, 0, out))
		rc = -1;
	rows_close(&r);
	return rc;
}
