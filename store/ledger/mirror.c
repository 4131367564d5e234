#include "store/ledger/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "base/log.h"

#define PATH_LEN 4096
#define HEAD_LEN 64
#define SUM_AT (HEAD_LEN - HASH_LEN)         /* the first batch is summed over these bytes of the head */
#define BATCH_HEAD 12                        /* "TMB1", length of the items */
#define TRAILER_LEN (8 + HASH_LEN + 8 + 8 + HASH_LEN)
#define BOX_HEAD 16                          /* "TMP1", index, length */

static const char magic[8] = { 'T', 'A', 'L', 'L', 'Y', 'M', 'I', 'R' };

struct mirror {
	char dir[PATH_LEN];
	int log, personal;
	uint8_t key[32];
};

static int
io_fail(const struct mirror *m, const char *what, struct err *e)
{
	return err_set(e, "log mirror %.900s: %s: %s", m->dir, what, strerror(errno));
}

/* Exactly n bytes: 0; 1 when the file ends before; -1. */
static int
read_at(int fd, void *p, size_t n, uint64_t at)
{
	size_t got = 0;
	ssize_t k;

	while (got < n) {
		k = pread(fd, (uint8_t *)p + got, n - got, (off_t)(at + got));
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return lapse(), -1;
		if (k == 0)
			return 1;
		got += (size_t)k;
	}
	return 0;
}

static int
write_at(int fd, const void *p, size_t n, uint64_t at)
{
	size_t put = 0;
	ssize_t k;

	while (put < n) {
		k = pwrite(fd, (const uint8_t *)p + put, n - put, (off_t)(at + put));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		put += (size_t)k;
	}
	return 0;
}

static int
part(char *out, const char *dir, const char *name, struct err *e)
{
	return file_path(out, PATH_LEN, dir, name) == 0 ? 0 : err_set(e, "%.64s...: path too long", dir);
}

int
mirror_there(const char *dir)
{
	char path[PATH_LEN];

	return file_path(path, sizeof(path), dir, "log") == 0 && file_exists(path);
}

int
mirror_create(const char *dir, const uint8_t key[32], struct err *e)
{
	uint8_t head[HEAD_LEN] = { 0 };
	char log[PATH_LEN], personal[PATH_LEN];

	memcpy(head, magic, sizeof(magic));
	head[11] = 1;
	memcpy(head + SUM_AT, key, 32);
	if (part(log, dir, "log", e) != 0 || part(personal, dir, "personal", e) != 0 || file_mkdirs(dir, 0700, e) != 0)
		return -1;
	if (mirror_there(dir))
		return err_set(e, "log mirror %s: one is here already", dir);
	/* a cut between the two leaves boxes without a log: nothing */
	if (!file_exists(personal) && file_create(personal, "", 0, 0600, e) != 0)
		return -1;
	return file_create(log, head, sizeof(head), 0600, e);
}

struct mirror *
mirror_open(const char *dir, int write, struct err *e)
{
	struct mirror *m = lapsed(calloc(1, sizeof(*m)));
	int how = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW;
	char log[PATH_LEN], personal[PATH_LEN];
	uint8_t head[HEAD_LEN];

	if (m == NULL || strlen(dir) >= sizeof(m->dir) || part(log, dir, "log", e) != 0 || part(personal, dir, "personal", e) != 0) {
		(void)err_set(e, "log mirror %.64s...: out of memory, or path too long", dir);
		free(m);
		return NULL;
	}
	(void)strcpy(m->dir, dir);
	m->personal = -1;
	if ((m->log = open(log, how)) < 0 || (m->personal = open(personal, how)) < 0)
		(void)io_fail(m, "cannot be opened", e);
	else if (read_at(m->log, head, sizeof(head), 0) != 0 || memcmp(head, magic, sizeof(magic)) != 0 || dec_be(head + 8, 4) != 1)
		(void)err_set(e, "log mirror %s: is not one (or of a later version)", dir);
	else {
		memcpy(m->key, head + SUM_AT, 32);
		return m;
	}
	mirror_close(m);
	return NULL;
}

void
mirror_close(struct mirror *m)
{
	if (m == NULL)
		return;
	if (m->log >= 0)
		(void)close(m->log);
	if (m->personal >= 0)
		(void)close(m->personal);
	free(m);
}

const uint8_t *
mirror_key(const struct mirror *m)
{
	return m->key;
}

int
mirror_lock(struct mirror *m, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int rc;

	while ((rc = fcntl(m->log, F_OFD_SETLKW, &whole)) != 0 && errno == EINTR)
		continue;
	return rc == 0 ? 0 : io_fail(m, "cannot be locked", e);
}

void
mirror_unlock(struct mirror *m)
{
	struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	(void)fcntl(m->log, F_OFD_SETLK, &whole);
}

/* --- batches */

/* The batch at ${at}, of ${n} bytes of items when ${n} is given: 1 and h moved behind it (its items in ${items} unless NULL), 0 when it is not whole, -1. */
static int
batch_read(const struct mirror *m, uint64_t at, uint64_t end, struct mirror_head *h, struct buf *items, struct err *e)
{
	uint8_t head[HASH_LEN + BATCH_HEAD], sum[HASH_LEN], *p;
	const uint8_t *t;
	uint64_t n;
	int rc;

	if (at + BATCH_HEAD + TRAILER_LEN > end)
		return 0;
	if ((rc = read_at(m->log, head, sizeof(head), at - HASH_LEN)) != 0)
		return rc < 0 ? io_fail(m, "cannot be read", e) : 0;
	n = dec_be(head + HASH_LEN + 4, 8);
	if (memcmp(head + HASH_LEN, "TMB1", 4) != 0 || n > MIRROR_BATCH_MAX || n > end - at - BATCH_HEAD - TRAILER_LEN)
		return 0;
	if ((p = lapsed(malloc(HASH_LEN + BATCH_HEAD + (size_t)n + TRAILER_LEN))) == NULL)
		return err_set(e, "log mirror %s: out of memory", m->dir);
	rc = read_at(m->log, p, HASH_LEN + BATCH_HEAD + (size_t)n + TRAILER_LEN, at - HASH_LEN);
	t = p + HASH_LEN + BATCH_HEAD + n;
	sha256(sum, p, HASH_LEN + BATCH_HEAD + (size_t)n + TRAILER_LEN - HASH_LEN);
	if (rc != 0) {
		rc = rc < 0 ? io_fail(m, "cannot be read", e) : 0;
	} else if (memcmp(sum, t + TRAILER_LEN - HASH_LEN, HASH_LEN) == 0 && dec_be(t + 8 + HASH_LEN + 8, 8) == at) {
		h->size = dec_be(t, 8);
		memcpy(h->root, t + 8, HASH_LEN);
		h->personal = dec_be(t + 8 + HASH_LEN, 8);
		h->at = at + BATCH_HEAD + n + TRAILER_LEN;
		rc = items == NULL || buf_put(items, p + HASH_LEN + BATCH_HEAD, (size_t)n) == 0 ? 1 : err_set(e, "log mirror %s: out of memory", m->dir);
	}
	free(p);
	return rc;
}

static int
length(const struct mirror *m, int fd, uint64_t *n, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return io_fail(m, "cannot be read", e);
	*n = (uint64_t)st.st_size;
	return 0;
}

static void
nothing(struct mirror_head *h)
{
	memset(h, 0, sizeof(*h));
	h->at = HEAD_LEN;
	sha256(h->root, "", 0);
}

/* Is there a whole batch anywhere behind ${at}?  Then what lies there was not torn off by a cut. */
static int
whole_behind(const struct mirror *m, uint64_t at, uint64_t end, struct err *e)
{
	uint8_t b[4096];
	struct mirror_head h;
	size_t n;
	int rc;

	for (; at + BATCH_HEAD + TRAILER_LEN <= end; at += n - 3) {
		n = end - at < sizeof(b) ? (size_t)(end - at) : sizeof(b);
		if (read_at(m->log, b, n, at) != 0)
			return io_fail(m, "cannot be read", e);
		for (size_t i = 0; i + 4 <= n; i++)
			if (memcmp(b + i, "TMB1", 4) == 0 && (rc = batch_read(m, at + i, end, &h, NULL, e)) != 0)
				return rc;
		if (n < 4)
			break;
	}
	return 0;
}

/* From the beginning, batch by batch. */
static int
walk(struct mirror *m, struct mirror_head *h, int (*cb)(void *ctx, const uint8_t *items, size_t n, struct err *e), void *ctx, struct err *e)
{
	struct buf items;
	uint64_t end;
	int rc;

	nothing(h);
	if (length(m, m->log, &end, e) != 0)
		return -1;
	buf_init(&items, MIRROR_BATCH_MAX);
	while ((rc = batch_read(m, h->at, end, h, cb != NULL ? &items : NULL, e)) == 1) {
		if (cb != NULL && (rc = cb(ctx, items.data, items.len, e)) != 0)
			break;
		buf_reset(&items);
	}
	buf_free(&items);
	if (rc == 0 && h->at < end && (rc = whole_behind(m, h->at + 1, end, e)) == 1)
		return err_set(e, "log mirror %s: is damaged at byte %llu, before its end", m->dir, (unsigned long long)h->at);
	return rc;
}

int
mirror_end(struct mirror *m, struct mirror_head *h, struct err *e)
{
	uint8_t t[TRAILER_LEN];
	uint64_t end, at;
	int rc;

	nothing(h);
	if (length(m, m->log, &end, e) != 0)
		return -1;
	if (end == HEAD_LEN)
		return 0;
	if (end >= HEAD_LEN + BATCH_HEAD + TRAILER_LEN && read_at(m->log, t, sizeof(t), end - sizeof(t)) == 0 &&
	    (at = dec_be(t + 8 + HASH_LEN + 8, 8)) >= HEAD_LEN && at < end) {
		if ((rc = batch_read(m, at, end, h, NULL, e)) < 0)
			return -1;
		if (rc == 1 && h->at == end)
			return 0;
	}
	return walk(m, h, NULL, NULL, e) < 0 ? -1 : 0;
}

int
mirror_each(struct mirror *m, int (*cb)(void *ctx, const uint8_t *items, size_t n, struct err *e), void *ctx, struct err *e)
{
	struct mirror_head h;

	return walk(m, &h, cb, ctx, e);
}

/* What a cut left goes; then the new bytes, synced. */
static int
put(const struct mirror *m, int fd, uint64_t at, const struct buf *b, struct err *e)
{
	uint64_t end;

	if (length(m, fd, &end, e) != 0)
		return -1;
	if (end < at)
		return err_set(e, "log mirror %s: one of its files is shorter than its log says: it was cut off or replaced", m->dir);
	if (end > at && ftruncate(fd, (off_t)at) != 0)
		return io_fail(m, "its torn end cannot be cut away", e);
	if (write_at(fd, b->data, b->len, at) != 0 || fdatasync(fd) != 0)
		return io_fail(m, "cannot be written", e);
	return 0;
}

int
mirror_append(struct mirror *m, struct mirror_head *h, const struct buf *items, const struct buf *boxes, uint64_t size, const uint8_t root[HASH_LEN], struct err *e)
{
	uint8_t before[HASH_LEN], sum[HASH_LEN];
	struct buf b;
	int rc = -1;

	buf_init(&b, HASH_LEN + BATCH_HEAD + MIRROR_BATCH_MAX + TRAILER_LEN);
	if (read_at(m->log, before, sizeof(before), h->at - HASH_LEN) != 0) {
		(void)io_fail(m, "cannot be read", e);
		goto out;
	}
	(void)buf_put(&b, before, sizeof(before));
	(void)buf_puts(&b, "TMB1");
	(void)buf_be(&b, items->len, 8);
	(void)buf_put(&b, items->data, items->len);
	(void)buf_be(&b, size, 8);
	(void)buf_put(&b, root, HASH_LEN);
	(void)buf_be(&b, h->personal + boxes->len, 8);
	(void)buf_be(&b, h->at, 8);
	if (!buf_ok(&b) || !buf_ok(items) || !buf_ok(boxes)) {
		(void)err_set(e, "log mirror %s: out of memory, or a batch that is too long", m->dir);
		goto out;
	}
	sha256(sum, b.data, b.len);
	(void)buf_put(&b, sum, sizeof(sum));
	/* the sum before is there already */
	memmove(b.data, b.data + HASH_LEN, b.len - HASH_LEN);
	b.len -= HASH_LEN;
	if (!buf_ok(&b) || (boxes->len > 0 && put(m, m->personal, h->personal, boxes, e) != 0) || put(m, m->log, h->at, &b, e) != 0)
		goto out;
	h->personal += boxes->len;
	h->at += b.len;
	h->size = size;
	memcpy(h->root, root, HASH_LEN);
	rc = 0;
out:
	buf_free(&b);
	return rc;
}

/* --- boxes */

int
mirror_box(struct buf *b, uint64_t index, const void *box, size_t n)
{
	(void)buf_puts(b, "TMP1");
	(void)buf_be(b, index, 8);
	(void)buf_be(b, n, 4);
	return buf_put(b, box, n);
}

/* The head of the box at ${at}: 1, 0 at the end, -1. */
static int
box_head(const struct mirror *m, uint64_t at, uint64_t *index, size_t *n, struct err *e)
{
	uint8_t head[BOX_HEAD];
	int rc = read_at(m->personal, head, sizeof(head), at);

	if (rc != 0)
		return rc < 0 ? io_fail(m, "cannot be read", e) : 0;
	*index = dec_be(head + 4, 8);
	*n = (size_t)dec_be(head + 12, 4);
	/* nothing behind a torn one is known to belong to anything */
	return memcmp(head, "TMP1", 4) == 0 && *n <= MIRROR_BOX_MAX;
}

/* Where the next box may begin, behind a damaged one; ${end} when there is none. */
static uint64_t
next_box(const struct mirror *m, uint64_t at, uint64_t end)
{
	uint8_t b[4096];
	size_t n, i;

	for (; at + BOX_HEAD <= end; at += n - 3) {
		n = end - at < sizeof(b) ? (size_t)(end - at) : sizeof(b);
		if (read_at(m->personal, b, n, at) != 0)
			break;
		for (i = 0; i + 4 <= n; i++)
			if (memcmp(b + i, "TMP1", 4) == 0)
				return at + i;
	}
	return end;
}

static int
overwrite(const struct mirror *m, uint64_t at, size_t n)
{
	static const uint8_t zero[4096];
	size_t k;

	for (k = 0; k < n; k += sizeof(zero))
		if (write_at(m->personal, zero, n - k < sizeof(zero) ? n - k : sizeof(zero), at + k) != 0)
			return -1;
	return 0;
}

int
mirror_erase(struct mirror *m, uint64_t index, struct err *e)
{
	struct mirror_head h;
	uint64_t at = 0, is;
	size_t n;
	int rc, any = 0, damaged = 0;

	if (mirror_end(m, &h, e) != 0)
		return -1;
	while (at < h.personal) {
		if ((rc = box_head(m, at, &is, &n, e)) < 0)
			return -1;
		if (rc == 0 || n > h.personal - at - BOX_HEAD) { /* what lies behind it is looked for all the same */
			damaged = 1;
			at = next_box(m, at + 1, h.personal);
			continue;
		}
		if (is == index && overwrite(m, at + BOX_HEAD, n) != 0)
			return io_fail(m, "what was erased cannot be overwritten", e);
		any |= is == index;
		at += BOX_HEAD + n;
	}
	if (damaged)
		log_msg(LOG_ERROR, "log mirror %s: its file personal is damaged%s; set up another mirror and destroy this one", m->dir, any ? "" : ": what is to be erased may still be in it, sealed");
	return !any || fdatasync(m->personal) == 0 ? 0 : io_fail(m, "what was erased cannot be overwritten", e);
}

int
mirror_find(struct mirror *m, uint64_t *from, uint64_t index, struct buf *box, struct err *e)
{
	uint64_t at = *from, is;
	uint8_t *p;
	size_t n;
	int rc;

	while ((rc = box_head(m, at, &is, &n, e)) == 1 && is < index)
		at += BOX_HEAD + n;
	if (rc != 1 || is != index)
		return rc < 0 ? -1 : 0;
	if ((p = lapsed(malloc(n + 1))) == NULL)
		return err_set(e, "log mirror %s: out of memory", m->dir);
	rc = read_at(m->personal, p, n, at + BOX_HEAD) == 0 && buf_put(box, p, n) == 0 ? 1 : io_fail(m, "cannot be read", e);
	free(p);
	*from = at + BOX_HEAD + n;
	return rc;
}
