#include "store/ledger_part.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/ledger/ledger_impl.h"

#define PATH_LEN 4096
#define HASH_AT (2 * (size_t)HASH_LEN)
#define ID_AT (HASH_AT + 1 + 2 * (size_t)PART_ID_LEN)
#define LISTED_MAX (4 * (size_t)PARTS_MAX)

/* Making room and making a file are one step among the threads of this process. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static int
folder_of(struct ledger *l, char out[PATH_LEN])
{
	return ledger_beside(l, "partial", out, PATH_LEN);
}

static int
path_of(struct ledger *l, const struct part *p, char out[PATH_LEN])
{
	char folder[PATH_LEN], hash[2 * HASH_LEN + 1], id[2 * PART_ID_LEN + 1];
	int n;

	enc_hex(hash, p->hash, HASH_LEN);
	enc_hex(id, p->id, PART_ID_LEN);
	if (folder_of(l, folder) != 0)
		return -1;
	n = snprintf(out, PATH_LEN, "%s/%s-%s-%llu", folder, hash, id, (unsigned long long)p->total);
	return n > 0 && n < PATH_LEN ? 0 : -1;
}

/* A file of this folder by its name.  0 or -1. */
static int
name_parse(const char *name, struct part *p)
{
	size_t n = strlen(name);

	return n > ID_AT + 1 && name[HASH_AT] == '-' && name[ID_AT] == '-' && dec_hex(p->hash, HASH_LEN, name, HASH_AT) == 0 &&
	    dec_hex(p->id, PART_ID_LEN, name + HASH_AT + 1, 2 * (size_t)PART_ID_LEN) == 0 && dec_u64(&p->total, name + ID_AT + 1, n - ID_AT - 1) == 0 ? 0 : -1;
}

/* What all that is under way comes to, and what of it was idle longest. */
struct tally {
	const struct part *fresh;
	int64_t now;
	size_t n, of_one, of_device;
	uint64_t bytes;
	uint64_t device;           /* whose entry names the fresh one; 0 nobody's */
	struct oldest { char path[PATH_LEN]; int64_t since; } any, same, own; /* of all, of this attachment, of this device */
};

static void
oldest_add(struct oldest *o, const char *path, int64_t since)
{
	if (since < o->since) {
		o->since = since;
		(void)strcpy(o->path, path);
	}
}

/* Whose entry names it first; 0 nobody's (or that cannot be read: then the other bounds hold). */
static uint64_t
device_of(struct ledger *l, const uint8_t hash[HASH_LEN])
{
	uint64_t dev = 0;

	return ledger_number(l, LQ_ATT_OF, CELLS(cell_hash(hash)), &dev) == 1 ? dev : 0;
}

static void
count_one(struct ledger *l, struct tally *t, const char *folder, const char *name)
{
	char path[PATH_LEN];
	struct part p;
	struct stat st;
	int old;

	if (file_path(path, sizeof(path), folder, name) != 0 || stat(path, &st) != 0)
		return;
	old = t->now - st.st_mtime > PART_AGE_S;
	if (name_parse(name, &p) != 0 || old) {
		(void)unlink(path);
		return;
	}
	t->n++;
	t->bytes += p.total;
	oldest_add(&t->any, path, st.st_mtime);
	if (memcmp(p.hash, t->fresh->hash, HASH_LEN) == 0) {
		t->of_one++;
		oldest_add(&t->same, path, st.st_mtime);
	}
	if (t->device != 0 && device_of(l, p.hash) == t->device) {
		t->of_device++;
		oldest_add(&t->own, path, st.st_mtime);
	}
}

static int
tally_up(struct ledger *l, struct tally *t, const char *folder, struct err *e)
{
	char **names;
	size_t n, i;

	t->n = t->of_one = t->of_device = 0;
	t->bytes = 0;
	t->any.since = t->same.since = t->own.since = INT64_MAX;
	if (file_names(folder, &names, &n, LISTED_MAX, e) != 0)
		return -1;
	for (i = 0; i < n; i++)
		count_one(l, t, folder, names[i]);
	file_names_free(names, n);
	return 0;
}

/* Room for one more?  Who asks for too much loses of his own; of others only what is idle goes.  0; 2 when not; -1. */
static int
make_room(struct ledger *l, const struct part *p, int64_t now, struct err *e)
{
	struct tally t = { .fresh = p, .now = now, .device = device_of(l, p->hash) };
	const struct oldest *o;
	char folder[PATH_LEN];

	if (folder_of(l, folder) != 0 || file_mkdirs(folder, 0700, e) != 0)
		return -1;
	for (;;) {
		if (tally_up(l, &t, folder, e) != 0)
			return -1;
		if (t.of_one >= PARTS_OF_ONE)
			o = now - t.same.since < PART_IDLE_S ? NULL : &t.same;
		else if (t.of_device >= PARTS_OF_DEVICE)
			o = &t.own;
		else if (t.n >= PARTS_MAX || t.bytes + p->total > PARTS_BYTES_MAX)
			o = t.n == 0 || now - t.any.since < PART_IDLE_S ? NULL : &t.any;
		else
			return 0;
		if (o == NULL || unlink(o->path) != 0)
			return 2;
	}
}

/* Open, made where there is room.  The descriptor, -2 for no room, -1. */
static int
open_part(struct ledger *l, const struct part *p, const char *path, int64_t now, struct err *e)
{
	int fd, rc = 0;

	(void)pthread_mutex_lock(&making);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT && (rc = make_room(l, p, now, e)) == 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	(void)pthread_mutex_unlock(&making);
	if (fd >= 0 || rc == 2)
		return fd >= 0 ? fd : -2;
	return rc == 0 ? err_set(e, "%s: cannot be made: %s", path, strerror(errno)) : -1;
}

static int
write_at(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k, at += (uint64_t)k)
		if ((k = pwrite(fd, p, n, (off_t)at)) <= 0) {
			if (k == 0 || errno != EINTR)
				return -1;
			k = 0;
		}
	return 0;
}

/* With the file locked. */
static int
add(int fd, const struct part *p, uint64_t offset, const uint8_t *bytes, size_t n, uint64_t *size)
{
	struct stat st;
	uint64_t skip, room;

	if (fstat(fd, &st) != 0)
		return -1;
	*size = (uint64_t)st.st_size;
	if (offset > *size)
		return 1;
	skip = *size - offset;
	if (skip >= n)
		return 0;
	room = p->total > *size ? p->total - *size : 0;
	n = n - skip < room ? n - (size_t)skip : (size_t)room;
	if (write_at(fd, bytes + skip, n, *size) != 0 || fdatasync(fd) != 0)
		return -1;
	*size += n;
	return 0;
}

int
part_size(struct ledger *l, const struct part *p, uint64_t *size)
{
	char path[PATH_LEN];
	struct stat st;

	*size = 0;
	if (path_of(l, p, path) != 0)
		return -1;
	if (stat(path, &st) != 0)
		return errno == ENOENT ? 0 : -1;
	*size = (uint64_t)st.st_size;
	return 0;
}

int
part_append(struct ledger *l, const struct part *p, uint64_t offset, const void *bytes, size_t n, int64_t now, uint64_t *size, struct err *e)
{
	char path[PATH_LEN];
	int fd, rc;

	*size = 0;
	if (path_of(l, p, path) != 0)
		return err_set(e, "%s: path too long", l->url);
	if ((fd = open_part(l, p, path, now, e)) < 0)
		return fd == -2 ? 2 : -1;
	if (flock(fd, LOCK_EX) != 0 || (rc = add(fd, p, offset, bytes, n, size)) < 0)
		rc = err_set(e, "%s: cannot be written: %s", path, strerror(errno));
	(void)close(fd);
	return rc;
}

int
part_read(struct ledger *l, const struct part *p, struct buf *out, struct err *e)
{
	char path[PATH_LEN];

	return path_of(l, p, path) == 0 ? file_read(path, out, e) : err_set(e, "%s: path too long", l->url);
}

int
part_drop(struct ledger *l, const struct part *p)
{
	char path[PATH_LEN];

	return path_of(l, p, path) == 0 && (unlink(path) == 0 || errno == ENOENT) ? 0 : -1;
}

int
parts_drop_all(struct ledger *l, const uint8_t hash[HASH_LEN])
{
	char folder[PATH_LEN], path[PATH_LEN], **names;
	struct part p;
	size_t n, i;
	int rc = 0;

	if (folder_of(l, folder) != 0)
		return -1;
	if (!file_exists(folder))
		return 0;
	if (file_names(folder, &names, &n, LISTED_MAX, NULL) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (name_parse(names[i], &p) == 0 && memcmp(p.hash, hash, HASH_LEN) == 0 &&
		    (file_path(path, sizeof(path), folder, names[i]) != 0 || (unlink(path) != 0 && errno != ENOENT)))
			rc = -1;
	file_names_free(names, n);
	return rc;
}
