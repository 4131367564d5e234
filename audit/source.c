#include "audit/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
source_folder(struct source *s, const char *path, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dirfd >= 0 ? 0 : err_set(e, "%s: %s", path, strerror(errno));
}

void
source_memory(struct source *s, const struct source_item *item, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->dirfd = -1;
	s->item = item;
	s->nitems = n;
}

void
source_end(struct source *s)
{
	if (s->dirfd >= 0)
		(void)close(s->dirfd);
	s->dirfd = -1;
}

/* A walk through a folder; ${path} is where it stands. */
struct walk {
	int (*each)(void *arg, const char *path, int plain);
	void *arg;
	size_t seen;
	int stopped;
	char path[SOURCE_PATH_MAX + 256 + 2]; /* one name beyond the limit still fits */
};

static int walk_folder(struct walk *w, int fd, size_t at, unsigned depth, struct err *e);

/* One name in the folder ${dir} whose path ends at ${at}. */
static int
walk_name(struct walk *w, int dir, const char *name, size_t at, unsigned depth, struct err *e)
{
	size_t n = strlen(name);
	struct stat st;
	int fd;

	memcpy(w->path + at, name, n + 1);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_set(e, "%s: %s", w->path, strerror(errno));
	if (S_ISDIR(st.st_mode) && depth < SOURCE_DEPTH_MAX && at + n + 1 < SOURCE_PATH_MAX) {
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return err_set(e, "%s: %s", w->path, strerror(errno));
		memcpy(w->path + at + n, "/", 2);
		return walk_folder(w, fd, at + n + 1, depth + 1, e);
	}
	if (++w->seen > SOURCE_FILES_MAX)
		return err_set(e, "more than %u files", SOURCE_FILES_MAX);
	w->stopped = w->each(w->arg, w->path, S_ISREG(st.st_mode) && at + n < SOURCE_PATH_MAX) != 0;
	return 0;
}

/* Takes ${fd}. */
static int
walk_folder(struct walk *w, int fd, size_t at, unsigned depth, struct err *e)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;
	int ret = 0;

	if (d == NULL) {
		(void)close(fd);
		return err_set(e, "cannot be listed: %s", strerror(errno));
	}
	while (ret == 0 && !w->stopped && (errno = 0, de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			ret = walk_name(w, dirfd(d), de->d_name, at, depth, e);
	if (ret == 0 && !w->stopped && errno != 0)
		ret = err_set(e, "cannot be listed: %s", strerror(errno));
	(void)closedir(d);
	return ret;
}

int
source_list(const struct source *s, int (*each)(void *arg, const char *path, int plain), void *arg, struct err *e)
{
	struct walk w = { .each = each, .arg = arg };
	int fd;

	for (size_t i = 0; i < s->nitems; i++)
		if (each(arg, s->item[i].path, 1) != 0)
			return 0;
	if (s->dirfd < 0)
		return 0;
	/* a descriptor of its own, so that the place in the folder is not shared */
	if ((fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, "cannot be listed: %s", strerror(errno));
	return walk_folder(&w, fd, 0, 0, e);
}

/* Walk down to the file part by part, so that no link is followed anywhere on the way. */
static int
open_below(int dir, const char *path)
{
	char part[SOURCE_PATH_MAX];
	int fd = -1, up = dir;

	for (;;) {
		const char *slash = strchr(path, '/');
		size_t n = slash ? (size_t)(slash - path) : strlen(path);

		if (n == 0 || n >= sizeof(part) || (n <= 2 && strspn(path, ".") >= n)) {
			errno = EINVAL;
			fd = -1;
			break;
		}
		memcpy(part, path, n);
		part[n] = '\0';
		/* not blocking: a pipe must not hold us up */
		fd = openat(up, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (slash ? O_DIRECTORY : 0));
		if (up != dir)
			(void)close(up);
		if (fd < 0 || slash == NULL)
			return fd;
		up = fd;
		path = slash + 1;
	}
	if (up != dir)
		(void)close(up);
	return fd;
}

static int
by_path(const void *key, const void *item)
{
	return strcmp(key, ((const struct source_item *)item)->path);
}

static int
open_memory(const struct source *s, const char *path, struct source_file *f, struct err *e)
{
	const struct source_item *it = s->nitems ? bsearch(path, s->item, s->nitems, sizeof(*s->item), by_path) : NULL;

	if (it == NULL)
		return err_set(e, "%s: %s", path, strerror(ENOENT));
	f->mem = it->p;
	f->size = it->n;
	return 0;
}

int
source_open(const struct source *s, const char *path, struct source_file *f, struct err *e)
{
	struct stat st;

	memset(f, 0, sizeof(*f));
	f->fd = -1;
	if (s->dirfd < 0)
		return open_memory(s, path, f, e);
	if ((f->fd = open_below(s->dirfd, path)) < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		source_close(f);
		return err_set(e, "%s: not a plain file", path);
	}
	f->size = (uint64_t)st.st_size;
	return 0;
}

ssize_t
source_read(struct source_file *f, void *p, size_t n)
{
	ssize_t got;

	if (f->fd >= 0) {
		do
			got = read(f->fd, p, n);
		while (got < 0 && errno == EINTR);
		return got;
	}
	if (n > f->size - f->at)
		n = (size_t)(f->size - f->at);
	if (n > 0)
		memcpy(p, f->mem + f->at, n);
	f->at += n;
	return (ssize_t)n;
}

void
source_close(struct source_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
	f->mem = NULL;
}
