#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/opt.h"
#include "base/tree.h"

/* Files that a command names, when the process that runs it may not touch them itself. */

#define PATH_LEN_MAX 4096

int
opt_read(const struct args *a, const char *path, struct buf *out, struct err *e)
{
	char full[PATH_LEN_MAX];
	int fd, rc;

	if (a->io->lend == NULL) {
		if (opt_path(a, path, full, sizeof(full)) != 0)
			return err_set(e, "%s: too long a path", path);
		return file_read(full, out, e);
	}
	if ((fd = a->io->lend(a->io->caller, path, e)) < 0)
		return -1;
	rc = file_read_fd(fd, path, out, e);
	(void)close(fd);
	return rc;
}

int
opt_stage(const struct args *a, const char *path, char *out, size_t size, struct err *e)
{
	char dir[PATH_LEN_MAX], name[17];
	uint8_t r[8];

	if (a->io->deliver == NULL)
		return opt_path(a, path, out, size) == 0 ? 0 : err_set(e, "%s: too long a path", path);
	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_set(e, "no random numbers");
	enc_hex(name, r, sizeof(r));
	if (file_path(dir, sizeof(dir), a->data, "out") != 0 || file_path(out, size, dir, name) != 0)
		return err_set(e, "%s: too long a path", a->data);
	return file_mkdirs(dir, 0700, e);
}

int
opt_deliver(const struct args *a, const char *staged, const char *path, struct err *e)
{
	int rc;

	if (a->io->deliver == NULL)
		return 0;
	rc = a->io->deliver(a->io->caller, staged, path, e);
	opt_unstage(a, staged);
	return rc;
}

void
opt_unstage(const struct args *a, const char *staged)
{
	if (a->io->deliver != NULL)
		(void)tree_remove(staged, NULL);
}
