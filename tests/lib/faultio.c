#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/lib/faultmem.h"

/* Calls on files that fail on demand (ld --wrap); what is not said here is passed through. */

static struct {
	int on, forever, why;
	unsigned long nth, seen, hits;
	const char *last;
} armed;

void
faultio_arm(unsigned long nth, int forever, int why)
{
	armed.on = 1;
	armed.forever = forever;
	armed.why = why;
	armed.nth = nth;
	armed.seen = armed.hits = 0;
	armed.last = "";
}

unsigned long
faultio_disarm(void)
{
	armed.on = 0;
	return armed.hits;
}

unsigned long
faultio_seen(void)
{
	return armed.seen;
}

const char *
faultio_last(void)
{
	return armed.last;
}

static int
strike(const char *name)
{
	if (!armed.on)
		return 0;
	armed.seen++;
	if (armed.nth == 0 || armed.seen < armed.nth || (armed.seen > armed.nth && !armed.forever))
		return 0;
	armed.hits++;
	armed.last = name;
	errno = armed.why;
	return 1;
}

#define WRAP(ret, name, decl, args)       \
	ret __real_##name decl;           \
	ret __wrap_##name decl;           \
	ret __wrap_##name decl            \
	{                                 \
		if (strike(#name))        \
			return -1;        \
		return __real_##name args; \
	}

WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, renameat, (int x, const char *a, int y, const char *b), (x, a, y, b))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, unlink, (const char *a), (a))
WRAP(int, unlinkat, (int fd, const char *a, int flags), (fd, a, flags))
WRAP(int, mkdir, (const char *a, mode_t mode), (a, mode))
WRAP(int, mkostemp, (char *a, int flags), (a, flags))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, chmod, (const char *a, mode_t mode), (a, mode))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, flock, (int fd, int how), (fd, how))


/* Half of it gets there, as when the disk is full; a caller that goes on with the rest hits the error. */
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (strike("write")) {
		(void)!__real_write(fd, p, n / 2);
		errno = armed.why;
		return -1;
	}
	return __real_write(fd, p, n);
}

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (strike("pwrite")) {
		(void)!__real_pwrite(fd, p, n / 2, at);
		errno = armed.why;
		return -1;
	}
	return __real_pwrite(fd, p, n, at);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (strike("open"))
		return -1;
	return __real_open(path, flags, mode);
}

/* A close that fails has closed all the same. */
int __real_close(int fd);
int __wrap_close(int fd);

int
__wrap_close(int fd)
{
	int rc = __real_close(fd);

	return strike("close") ? -1 : rc;
}
