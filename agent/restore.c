#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/people/users.h"
#include "base/file.h"

/* A device out of a backup. */

#define PATH_LEN 4200

/* Everything in ${temp}: the journal, a new epoch with its key, who the cadres are (their PINs were not in it). */
static int
fill(const char *temp, const void *p, size_t n, struct err *e)
{
	char path[PATH_LEN];
	struct agent *ag;
	int rc = -1;

	if (file_path(path, sizeof(path), temp, "attachments") != 0 || file_mkdirs(path, 0700, e) != 0 ||
	    file_path(path, sizeof(path), temp, "journal.db") != 0 || file_create(path, p, n, 0600, e) != 0 || (ag = agent_open_copy(temp, e)) == NULL)
		return -1;
	rc = users_keep(ag, e);
	agent_close(ag);
	return rc;
}

int
agent_restore(const char *dir, const void *p, size_t n, struct err *e)
{
	char at[PATH_LEN], temp[PATH_LEN + 32];
	size_t len = strlen(dir);

	if (len == 0 || len >= sizeof(at) - 32)
		return err_set(e, "data directory: its name is empty or too long");
	(void)strcpy(at, dir);
	while (len > 1 && at[len - 1] == '/')
		at[--len] = '\0';
	if (agent_is_there(at)) {
		(void)err_set(e, "%s: there is an agent here already, or a trace of one; a backup is never put over it", at);
		return 1;
	}
	(void)snprintf(temp, sizeof(temp), "%s.init-%ld", at, (long)getpid());
	if (fill(temp, p, n, e) != 0)
		return err_add(e, "what was begun lies in %s", temp);
	if (rename(temp, at) != 0)
		return err_set(e, "%s: the device cannot be moved there from %s: the folder must be empty", at, temp);
	return file_sync_parent(at) == 0 ? 0 : err_set(e, "%s: the folder that it lies in cannot be synced", at);
}
