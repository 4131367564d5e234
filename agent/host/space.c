#include "agent/host/space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"

#define MIB (UINT64_C(1) << 20)
#define RESERVE "reserve"
#define RESERVE_MAX (4 * MIB)

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

enum space
space_judge(struct space_figures *f)
{
	f->photos_from = least(64 * MIB, f->total / 10);
	f->entries_from = least(8 * MIB, f->total / 20);
	if (f->free < f->entries_from || f->files < 64)
		return SPACE_NO_ENTRIES;
	return f->free < f->photos_from || f->files < 256 ? SPACE_NO_PHOTOS : SPACE_OK;
}

enum space
space_look(const char *dir, struct space_figures *f)
{
	struct statvfs s;

	memset(f, 0, sizeof(*f));
	if (statvfs(dir, &s) != 0 || s.f_blocks == 0) {
		f->free = f->files = f->total = UINT64_MAX;
		return SPACE_OK;
	}
	f->total = (uint64_t)s.f_frsize * s.f_blocks;
	f->free = (uint64_t)s.f_frsize * s.f_bavail;
	f->files = s.f_files == 0 ? UINT64_MAX : s.f_favail; /* btrfs and its like count none */
	return space_judge(f);
}

int
space_refuse(const char *dir, int photo, struct err *e)
{
	struct space_figures f;
	enum space s = space_look(dir, &f);

	if (s == SPACE_OK || (s == SPACE_NO_PHOTOS && !photo))
		return 0;
	if (f.files < 256)
		return err_set(e, "%s: the storage holds no more files: %s", dir, photo && s == SPACE_NO_PHOTOS ? "no photo is taken; entries still are" : "nothing is recorded until some are removed; sync goes on");
	return err_set(e, "%s: %llu KiB free, %llu are needed: %s", dir, (unsigned long long)(f.free >> 10),
	    (unsigned long long)((s == SPACE_NO_ENTRIES ? f.entries_from : f.photos_from) >> 10),
	    s == SPACE_NO_ENTRIES ? "nothing is recorded until space is freed; sync goes on" : "no photo is taken; entries still are");
}

/* Blocks that are really the file's: with fallocate(2), else written. */
static int
take_blocks(int fd, uint64_t size)
{
	static const uint8_t zero[65536];
	uint64_t done;
	ssize_t n;

	if (fallocate(fd, 0, 0, (off_t)size) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	for (done = 0; done < size; done += (uint64_t)n)
		if ((n = write(fd, zero, (size_t)least(sizeof(zero), size - done))) <= 0)
			return -1;
	return 0;
}

int
space_reserve(const char *dir, struct err *e)
{
	struct space_figures f;
	char path[4200];
	struct stat st;
	uint64_t size;
	int fd, rc;

	(void)space_look(dir, &f);
	size = least(RESERVE_MAX, f.total / 100 * 3);
	if (file_path(path, sizeof(path), dir, RESERVE) != 0)
		return err_set(e, "%s: too long a path", dir);
	if (stat(path, &st) == 0 && (uint64_t)st.st_size >= size)
		return 1;
	/* never so that the reserve itself stops what it is for */
	if (f.free < size + f.entries_from || f.files < 64)
		return 0;
	if ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return err_set(e, "%s: cannot be made: %s", path, strerror(errno));
	rc = take_blocks(fd, size) == 0 && fsync(fd) == 0 ? 1 : errno == ENOSPC ? 0 : err_set(e, "%s: cannot be filled: %s", path, strerror(errno));
	(void)close(fd);
	if (rc != 1)
		(void)unlink(path);
	return rc;
}

int
space_give_up(const char *dir)
{
	char path[4200];

	return file_path(path, sizeof(path), dir, RESERVE) == 0 && unlink(path) == 0;
}
