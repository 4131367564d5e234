#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define NAMES_MAX 1000000
#define CHUNK 65536

static int
fail(struct err *e, const char *path, const char *what)
{
	return err_set(e, "%s: %s: %s", path, what, strerror(errno));
}

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			k = 0;
		else if (k <= 0)
			return -1;
	}
	return 0;
}

static int
copy_file(int in, const char *to, mode_t mode, struct err *e)
{
	uint8_t chunk[CHUNK];
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), rc = -1;
	ssize_t n = 0;

	if (out < 0)
		return fail(e, to, "cannot be made");
	while ((n = read(in, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(out, chunk, (size_t)n) != 0)
			break;
	}
	if (n == 0 && fchmod(out, mode & 0777) == 0 && fsync(out) == 0)
		rc = 0;
	else
		(void)fail(e, to, "cannot be written");
	(void)close(out);
	return rc;
}

static int copy(const char *from, const char *to, int depth, struct err *e);

static int
copy_folder(const char *from, const char *to, mode_t mode, int depth, struct err *e)
{
	char **names = NULL, a[4096], b[4096];
	size_t n = 0, i;
	int rc = -1, fd = -1;

	if (mkdir(to, 0700) != 0 && (errno != EEXIST || rmdir(to) != 0 || mkdir(to, 0700) != 0))
		return fail(e, to, "is there already, or cannot be made");
	if (file_names(from, &names, &n, NAMES_MAX, e) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (file_path(a, sizeof(a), from, names[i]) != 0 || file_path(b, sizeof(b), to, names[i]) != 0) {
			(void)err_set(e, "%s/%s: too long a path", to, names[i]);
			goto out;
		} else if (copy(a, b, depth + 1, e) != 0)
			goto out;
	if ((fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fchmod(fd, mode & 0777) != 0 || fsync(fd) != 0)
		(void)fail(e, to, "cannot be synced");
	else
		rc = 0;
out:
	if (fd >= 0)
		(void)close(fd);
	file_names_free(names, n);
	return rc;
}

static int
copy(const char *from, const char *to, int depth, struct err *e)
{
	struct stat st;
	int fd, rc = -1;

	if (depth > TREE_DEPTH_MAX)
		return err_set(e, "%s: deeper than %d folders", from, TREE_DEPTH_MAX);
	if ((fd = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) < 0)
		return fail(e, from, "cannot be opened");
	if (fstat(fd, &st) != 0)
		(void)fail(e, from, "cannot be looked at");
	else if (S_ISDIR(st.st_mode))
		rc = copy_folder(from, to, st.st_mode, depth, e);
	else if (S_ISREG(st.st_mode))
		rc = copy_file(fd, to, st.st_mode, e);
	else
		(void)err_set(e, "%s: neither a plain file nor a folder", from);
	(void)close(fd);
	return rc;
}

int
tree_copy(const char *from, const char *to, struct err *e)
{
	char parent[4096];
	const char *slash = strrchr(to, '/');
	int fd;

	if (copy(from, to, 0, e) != 0)
		return -1;
	(void)snprintf(parent, sizeof(parent), "%.*s", slash == NULL ? 1 : slash == to ? 1 : (int)(slash - to), slash == NULL ? "." : to);
	if ((fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fsync(fd) != 0) {
		(void)fail(e, parent, "cannot be synced");
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	(void)close(fd);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *w)
{
	(void)st;
	(void)flag;
	(void)w;
	return remove(path) != 0 && errno != ENOENT ? -1 : 0;
}

int
tree_remove(const char *path, struct err *e)
{
	if (!file_exists(path) || nftw(path, remove_one, TREE_DEPTH_MAX, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	return fail(e, path, "cannot be removed");
}
