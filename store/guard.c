#include "store/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"

#define SLOT_LEN 512
#define SLOT_SUMMED (SLOT_LEN - HASH_LEN)
#define GUARD_VERSION 1
#define MACHINE_ID_MAX 4096
#define READ_TRIES 3

static const char magic[8] = {'T', 'A', 'L', 'L', 'Y', 'G', 'R', 'D'};

struct guard {
	int fd;
	char *path;
};

static void
slot_print(uint8_t slot[SLOT_LEN], const struct guard_state *s)
{
	struct buf b;

	memset(slot, 0, SLOT_LEN);
	buf_init(&b, SLOT_LEN);
	buf_put(&b, magic, sizeof(magic));
	buf_be(&b, GUARD_VERSION, 4);
	buf_be(&b, s->epoch, 4);
	buf_be(&b, s->counter, 8);
	buf_be(&b, s->seq, 8);
	buf_put(&b, s->head, HASH_LEN);
	buf_put(&b, s->host, HASH_LEN);
	if (buf_ok(&b)) {
		memcpy(slot, b.data, b.len);
		sha256(slot + SLOT_SUMMED, slot, SLOT_SUMMED);
	}
	buf_free(&b);
}

/* 1 when the slot is whole. */
static int
slot_parse(const uint8_t slot[SLOT_LEN], struct guard_state *s)
{
	uint8_t sum[HASH_LEN];

	sha256(sum, slot, SLOT_SUMMED);
	if (memcmp(sum, slot + SLOT_SUMMED, HASH_LEN) != 0 || memcmp(slot, magic, sizeof(magic)) != 0 ||
	    dec_be(slot + 8, 4) != GUARD_VERSION)
		return 0;
	s->epoch = (uint32_t)dec_be(slot + 12, 4);
	s->counter = dec_be(slot + 16, 8);
	s->seq = dec_be(slot + 24, 8);
	memcpy(s->head, slot + 32, HASH_LEN);
	memcpy(s->host, slot + 64, HASH_LEN);
	return 1;
}

static int
pread_slot(int fd, unsigned i, uint8_t slot[SLOT_LEN])
{
	int tries = READ_TRIES;
	ssize_t n;

	/* what cannot be read once may be read the next time; a sector that is gone stays so */
	do
		n = pread(fd, slot, SLOT_LEN, (off_t)i * SLOT_LEN);
	while (n < 0 && (errno == EINTR || --tries > 0));
	return n == SLOT_LEN ? 0 : -1;
}

static int
pwrite_slot(int fd, unsigned i, const uint8_t slot[SLOT_LEN])
{
	ssize_t n;

	do
		n = pwrite(fd, slot, SLOT_LEN, (off_t)i * SLOT_LEN);
	while (n < 0 && errno == EINTR);
	return n == SLOT_LEN ? 0 : -1;
}

/* The number of the slot that counts, its content in ${s}; -1 when neither is whole. */
static int
newest(int fd, struct guard_state *s)
{
	struct guard_state got;
	uint8_t slot[SLOT_LEN];
	unsigned i;
	int which = -1;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < 2; i++) {
		if (pread_slot(fd, i, slot) != 0 || !slot_parse(slot, &got))
			continue;
		if (which < 0 || got.counter > s->counter) {
			*s = got;
			which = (int)i;
		}
	}
	return which;
}

static struct guard *
guard_new(int fd, const char *path, struct err *e)
{
	struct guard *g = lapsed(calloc(1, sizeof(*g)));

	if (g == NULL || (g->path = lapsed(strdup(path))) == NULL) {
		free(g);
		(void)close(fd);
		err_set(e, "%s: out of memory", path);
		return NULL;
	}
	g->fd = fd;
	return g;
}

struct guard *
guard_create(const char *path, struct err *e)
{
	uint8_t slots[2 * SLOT_LEN];
	struct guard_state s;

	/* All blocks are written now, so that a later fdatasync has only data to flush. */
	memset(&s, 0, sizeof(s));
	memset(slots, 0, sizeof(slots));
	slot_print(slots, &s);
	if (file_create(path, slots, sizeof(slots), 0600, e) != 0)
		return NULL;
	return guard_open(path, e);
}

struct guard *
guard_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0) {
		if (errno != ENOENT && errno != ELOOP)
			lapse(); /* there may be one */
		err_set(e, "%s: the guard cannot be opened: %s", path, strerror(errno));
		return NULL;
	}
	return guard_new(fd, path, e);
}

int
guard_read(struct guard *g, struct guard_state *s)
{
	return newest(g->fd, s) < 0 ? -1 : 0;
}

static int
lock(int fd, int how)
{
	int rc;

	do
		rc = flock(fd, how);
	while (rc != 0 && errno == EINTR);
	return rc;
}

int
guard_write(struct guard *g, struct guard_state *s, struct err *e)
{
	struct guard_state old;
	uint8_t slot[SLOT_LEN];
	int which, rc = -1;

	/* The county's processes share one guard: read, choose and write under a lock. */
	if (lock(g->fd, LOCK_EX) != 0)
		return err_set(e, "%s: the guard cannot be locked: %s", g->path, strerror(errno));
	which = newest(g->fd, &old);
	s->counter = which < 0 ? 1 : old.counter + 1;
	slot_print(slot, s);
	if (pwrite_slot(g->fd, which == 0 ? 1 : 0, slot) != 0)
		err_set(e, "%s: the guard cannot be written: %s", g->path, strerror(errno));
	else if (fdatasync(g->fd) != 0)
		err_set(e, "%s: the guard cannot be synced: %s", g->path, strerror(errno));
	else
		rc = 0;
	(void)lock(g->fd, LOCK_UN);
	return rc;
}

void
guard_close(struct guard *g)
{
	if (g == NULL)
		return;
	(void)close(g->fd);
	free(g->path);
	free(g);
}

/* The first of these that this machine has; a small board or router may have no machine id. */
static int
machine_id(struct buf *b)
{
	static const char *const paths[] = {
	    "/etc/machine-id", "/var/lib/dbus/machine-id", "/sys/firmware/devicetree/base/serial-number"};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		buf_reset(b);
		if (file_read(paths[i], b, NULL) == 0) {
			if (b->len > 0)
				return 0;
		} else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != EPERM) {
			return -1; /* it is there: another machine's name must not come of a failure */
		}
	}
	buf_reset(b);
	return 0;
}

/* What XFS tells of itself since its first kernel (XFS_IOC_FSGEOMETRY_V1); only its UUID is used. */
struct xfs_geometry {
	uint32_t before[8];
	uint64_t sizes[4];
	uint8_t uuid[16];
	uint32_t behind[7];
};
#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)
#define XFS_MAGIC 0x58465342

/*
 * The file system's id, which statfs() has from its UUID; but XFS and F2FS give
 * their device's number there, which may be another after each start: it is the
 * one that leaves the upper half empty.
 */
static int
file_system_id(struct buf *b, const char *dir)
{
	struct xfs_geometry x;
	struct statfs fs;
	uint32_t id[2];
	int fd;

	memset(&x, 0, sizeof(x));
	if (statfs(dir, &fs) != 0)
		return -1;
	memcpy(id, &fs.f_fsid, sizeof(id));
	if (id[1] != 0) {
		buf_put(b, id, sizeof(id));
	} else if ((unsigned long)fs.f_type == XFS_MAGIC) {
		if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			return -1;
		if (ioctl(fd, XFS_GEOMETRY, &x) == 0)
			buf_put(b, x.uuid, sizeof(x.uuid));
		(void)close(fd);
	}
	return 0;
}

int
host_fingerprint(uint8_t out[HASH_LEN], const char *dir)
{
	struct buf b;
	struct stat st;
	int rc;

	buf_init(&b, MACHINE_ID_MAX);
	rc = machine_id(&b);
	buf_putc(&b, 0);
	if (rc == 0)
		rc = file_system_id(&b, dir);
	if (rc == 0)
		rc = stat(dir, &st);
	if (rc == 0) {
		buf_be(&b, st.st_ino, 8);
		sha256(out, b.data, b.len);
		rc = buf_ok(&b) ? 0 : -1;
	}
	buf_free(&b);
	return rc == 0 ? 0 : -1;
}
