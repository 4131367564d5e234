#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/lapse.h"

#define FILE_CHUNK 16384
#define FILE_PATH_MAX 4096

static int
fail(struct err *e, const char *path, const char *what)
{
	return err_set(e, "%s: %s: %s", path, what, strerror(errno));
}

int
file_read_fd(int fd, const char *name, struct buf *out, struct err *e)
{
	uint8_t chunk[FILE_CHUNK];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (buf_put(out, chunk, (size_t)n) != 0)
			return err_set(e, "%s: larger than %zu bytes, or out of memory", name, out->max);
	}
	return n < 0 ? fail(e, name, "cannot be read") : 0;
}

int
file_read(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(e, path, "cannot be opened");
	rc = file_read_fd(fd, path, out, e);
	(void)close(fd);
	return rc;
}

int
file_sync_parent(const char *path)
{
	char dir[FILE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, rc;

	if (slash == NULL)
		(void)snprintf(dir, sizeof(dir), ".");
	else
		(void)snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = write(fd, p, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

/* A durable temporary file beside ${path}, its name in ${tmp}.  On failure nothing is left. */
static int
write_temp(char tmp[FILE_PATH_MAX], const char *path, const void *p, size_t n, unsigned mode, struct err *e)
{
	int fd, len, bad;

	len = snprintf(tmp, FILE_PATH_MAX, "%s.XXXXXX", path);
	if (len < 0 || len >= FILE_PATH_MAX)
		return err_set(e, "%.64s...: path too long", path);
	if ((fd = mkostemp(tmp, O_CLOEXEC)) < 0)
		return fail(e, path, "cannot be created");
	bad = write_all(fd, p, n) != 0 || fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0;
	if (bad)
		fail(e, path, "cannot be written");
	if (close(fd) != 0 && !bad)
		bad = fail(e, path, "cannot be written");
	if (bad)
		(void)unlink(tmp);
	return bad ? -1 : 0;
}

int
file_write(const char *path, const void *p, size_t n, unsigned mode, struct err *e)
{
	char tmp[FILE_PATH_MAX];

	if (write_temp(tmp, path, p, n, mode, e) != 0)
		return -1;
	if (rename(tmp, path) != 0) {
		fail(e, path, "cannot be replaced");
		(void)unlink(tmp);
		return -1;
	}
	return file_sync_parent(path) == 0 ? 0 : fail(e, path, "its folder cannot be synced");
}

int
file_create(const char *path, const void *p, size_t n, unsigned mode, struct err *e)
{
	char tmp[FILE_PATH_MAX];
	int rc;

	if (write_temp(tmp, path, p, n, mode, e) != 0)
		return -1;
	/* unlike rename(), link() never replaces what is there */
	if ((rc = link(tmp, path)) != 0)
		fail(e, path, "cannot be created");
	(void)unlink(tmp);
	if (rc == 0 && file_sync_parent(path) != 0)
		rc = fail(e, path, "its folder cannot be synced");
	return rc;
}

int
file_remove(const char *path, struct err *e)
{
	if (unlink(path) != 0)
		return errno == ENOENT ? 0 : fail(e, path, "cannot be removed");
	return file_sync_parent(path) == 0 ? 0 : fail(e, path, "its folder cannot be synced");
}

/* "NAME.??????" */
static int
is_temp(const char *name)
{
	size_t n = strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz-");

	return n > 0 && name[n] == '.' && strlen(name + n) == 7;
}

size_t
file_sweep(const char *dir, long age_s)
{
	DIR *d = opendir(dir);
	const struct dirent *x;
	time_t now = time(NULL);
	struct stat st;
	size_t n = 0;

	while (d != NULL && (x = readdir(d)) != NULL)
		if (is_temp(x->d_name) && fstatat(dirfd(d), x->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    (age_s == 0 || now - st.st_mtime > age_s) && unlinkat(dirfd(d), x->d_name, 0) == 0)
			n++;
	if (d != NULL && n > 0)
		(void)fsync(dirfd(d));
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/* One folder: 0 also if it is there already. */
static int
make_one(const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	int why;

	if (mkdir(path, mode) == 0)
		return file_sync_parent(path) == 0 ? 0 : fail(e, path, "its folder cannot be synced");
	why = errno;
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : err_set(e, "%s: is there, but is not a folder", path);
	errno = why;
	return fail(e, path, "cannot be made");
}

int
file_mkdirs(const char *path, unsigned mode, struct err *e)
{
	char part[FILE_PATH_MAX];
	size_t i, n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0 || n >= sizeof(part))
		return err_set(e, "%.64s: not a path that can be made", path);
	memcpy(part, path, n);
	part[n] = '\0';
	for (i = 1; i < n; i++) {
		if (part[i] != '/' || part[i - 1] == '/')
			continue;
		part[i] = '\0';
		if (make_one(part, (mode_t)mode, e) != 0)
			return -1;
		part[i] = '/';
	}
	return make_one(part, (mode_t)mode, e);
}

int
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int
file_path(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add_name(char ***list, size_t *n, size_t *cap, const char *name)
{
	size_t want = *cap ? *cap * 2 : 64;
	char **grown;

	if (*n == *cap) {
		if ((grown = lapsed(realloc(*list, want * sizeof(*grown)))) == NULL)
			return -1;
		*list = grown;
		*cap = want;
	}
	if (((*list)[*n] = lapsed(strdup(name))) == NULL)
		return -1;
	(*n)++;
	return 0;
}

int
file_names(const char *dir, char ***names, size_t *n, size_t max, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *ent;
	char **list = NULL;
	size_t count = 0, cap = 0;

	if (d == NULL)
		return fail(e, dir, "cannot be opened");
	while ((errno = 0, ent = readdir(d)) != NULL) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		if (count == max) {
			err_set(e, "%s: more than %zu names", dir, max);
			goto bad;
		}
		if (add_name(&list, &count, &cap, ent->d_name) != 0) {
			fail(e, dir, "cannot be listed");
			goto bad;
		}
	}
	if (errno != 0) {
		fail(e, dir, "cannot be listed");
		goto bad;
	}
	(void)closedir(d);
	if (count > 0)
		qsort(list, count, sizeof(*list), by_name);
	*names = list;
	*n = count;
	return 0;
bad:
	(void)closedir(d);
	file_names_free(list, count);
	return -1;
}

void
file_names_free(char **names, size_t n)
{
	size_t i;

	for (i = 0; names != NULL && i < n; i++)
		free(names[i]);
	free(names);
}
