#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/ledger/ledger_impl.h"

/* A log whose newest leaves are lost for good goes on under another name: what the guard saw of the old one is set aside. */

#define PATH_LEN 4096

static int
set_aside(struct ledger *l, const struct ledger_head *h, struct err *e)
{
	char path[PATH_LEN];
	struct guard_state g;
	int n = snprintf(path, sizeof(path), "%s.before-%llu", l->guard_path, (unsigned long long)h->size);

	/* one that a cut left new and empty: the old one was set aside before */
	if (l->guard != NULL && guard_read(l->guard, &g) == 0 && g.counter == 0)
		return ledger_guard_reach(l, h, e);
	guard_close(l->guard);
	l->guard = NULL;
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, "%.64s...: path too long", l->guard_path);
	if (file_exists(l->guard_path) && rename(l->guard_path, path) != 0)
		return err_set(e, "%s: cannot be set aside: %s", l->guard_path, strerror(errno));
	if ((l->guard = guard_create(l->guard_path, e)) == NULL)
		return -1;
	return ledger_guard_reach(l, h, e);
}

int
ledger_succeed(struct ledger *l, const struct ledger_item *items, size_t n, uint64_t received, ledger_signer *sign, void *ctx, struct err *e)
{
	struct ledger_head h;
	uint64_t first, count;
	int rc = -1;

	if (l->guard_path == NULL || ledger_lock_open(l, e) != 0)
		return err_set(e, "%s: opened without a place for its guard", l->url);
	/* first the new name, in one transaction; a cut before the guard leaves a log that signs nothing, under no name */
	l->replaying = 1;
	rc = n > 0 ? ledger_append(l, items, n, received, sign, ctx, &first, &count, NULL, e) : 0;
	l->replaying = 0;
	if (rc != 0 || ledger_lock(l, e) != 0)
		return -1;
	ledger_mirror_close(l);
	if (ledger_set(l, "mirror", NULL, 0, e) != 0)
		rc = -1;
	else if (ledger_head_read(l, &h) != 0)
		rc = err_set(e, "%s: its head cannot be read", l->url);
	else if ((rc = set_aside(l, &h, e)) == 0) {
		ledger_stand(l, &h);
		rc = l->may_sign ? 0 : err_set(e, "%s", l->why);
	}
	ledger_unlock(l);
	return rc;
}
