#include "agent/record/admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/host/space.h"
#include "agent/host/storage.h"
#include "base/file.h"

#define NAMES_MAX 256

static int
refuse(const char *dir, const char *allowed, struct err *e)
{
	const char *env = getenv("TALLY_ALLOW_STORAGE");
	char names[2 * NAMES_MAX];

	(void)snprintf(names, sizeof(names), "%.*s,%.*s", NAMES_MAX - 2, allowed == NULL ? "" : allowed, NAMES_MAX - 2, env == NULL ? "" : env);
	return storage_refuse(dir, names, e);
}

int
admit_new(const char *dir, const char *allowed, struct err *e)
{
	char at[4096], *slash;

	(void)snprintf(at, sizeof(at), "%s", dir);
	while (!file_exists(at) && (slash = strrchr(at, '/')) != NULL && slash != at)
		*slash = '\0';
	return refuse(file_exists(at) ? at : at[0] == '/' ? "/" : ".", allowed, e);
}

int
admit_open(struct agent *ag, const char *allowed, struct err *e)
{
	struct buf kept;
	int rc = 0;

	if (allowed != NULL && journal_set(ag->j, "allow-storage", allowed, strlen(allowed), e) != 0)
		return -1;
	buf_init(&kept, NAMES_MAX);
	if (journal_get(ag->j, "allow-storage", &kept) < 0)
		rc = err_set(e, "the journal cannot be read");
	else
		rc = refuse(ag->dir, buf_str(&kept), e);
	buf_free(&kept);
	return rc;
}

static int
admit(struct agent *ag, int photo, struct err *e)
{
	if (!ag->admitted && admit_open(ag, NULL, e) != 0)
		return -1;
	ag->admitted = 1;
	return space_refuse(ag->dir, photo, e);
}

int
admit_entry(struct agent *ag, struct err *e)
{
	return admit(ag, 0, e);
}

int
admit_photo(struct agent *ag, struct err *e)
{
	return admit(ag, 1, e);
}
