#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "base/lapse.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

#define PATH_LEN 4096
#define SUM_HEAD "sha256 "
#define SUM_LEN (sizeof(SUM_HEAD) - 1 + 2 * HASH_LEN + 1) /* the last line */

static int
beside(char out[PATH_LEN], const char *path, const char *end, struct err *e)
{
	int n = snprintf(out, PATH_LEN, "%s%s", path, end);

	return n > 0 && n < PATH_LEN ? 0 : err_set(e, "%.200s: the path is too long", path);
}

static void
put_sum(struct buf *b)
{
	uint8_t sum[HASH_LEN];

	sha256(sum, b->data, b->len);
	(void)buf_puts(b, SUM_HEAD);
	(void)buf_hex(b, sum, HASH_LEN);
	(void)buf_putc(b, '\n');
}

/* Moved by two renames: at every moment in between the new content, whole, is under one of the names that are read. */
static int
put_in_place(const char *path, const char *fresh, const char *previous, struct err *e)
{
	if ((rename(path, previous) != 0 && errno != ENOENT) || rename(fresh, path) != 0)
		return err_set(e, "%s: cannot be replaced: %s", path, strerror(errno));
	return file_sync_parent(path) == 0 ? 0 : err_set(e, "%s: its folder cannot be synced: %s", path, strerror(errno));
}

int
state_save(const char *path, const void *p, size_t n, struct err *e)
{
	char fresh[PATH_LEN], previous[PATH_LEN];
	struct buf b;
	int rc = -1;

	if (n == 0 || n > STATE_MAX || ((const char *)p)[n - 1] != '\n')
		return err_set(e, "%s: not whole lines, or more than %u bytes", path, STATE_MAX);
	if (beside(fresh, path, ".new", e) != 0 || beside(previous, path, ".previous", e) != 0)
		return -1;
	buf_init(&b, STATE_MAX + SUM_LEN);
	if (buf_put(&b, p, n) != 0)
		err_set(e, "%s: out of memory", path);
	else {
		put_sum(&b);
		if (!buf_ok(&b))
			err_set(e, "%s: out of memory", path);
		else if (file_write(fresh, b.data, b.len, 0600, e) == 0)
			rc = put_in_place(path, fresh, previous, e);
	}
	if (b.data != NULL)
		wipe(b.data, b.cap);
	buf_free(&b);
	return rc;
}

int
state_save_twice(const char *path, const void *p, size_t n, struct err *e)
{
	return state_save(path, p, n, e) == 0 ? state_save(path, p, n, e) : -1;
}

/* One reason more, the newest first.  Always -1. */
static int
add_why(struct err *why, const char *text)
{
	return why->text[0] == '\0' ? err_set(why, "%s", text) : err_add(why, "%s", text);
}

/* 1 whole, 0 not there, -1 with the reason added to ${why}. */
static int
load_one(const char *path, struct buf *b, struct err *why)
{
	uint8_t sum[HASH_LEN];
	struct err e;
	char text[2 * HASH_LEN + 1];
	size_t n;

	buf_reset(b);
	if (!file_exists(path))
		return 0;
	if (file_read(path, b, &e) != 0) {
		if (errno != EIO) /* a bad sector is damage; want of memory, of descriptors, of rights says nothing of the file */
			lapse();
		return add_why(why, e.text);
	}
	n = b->len < SUM_LEN ? 0 : b->len - SUM_LEN;
	if (n > 0 && b->data[n - 1] == '\n') {
		sha256(sum, b->data, n);
		enc_hex(text, sum, HASH_LEN);
		if (memcmp(b->data + n, SUM_HEAD, sizeof(SUM_HEAD) - 1) == 0 && b->data[b->len - 1] == '\n' &&
		    memcmp(b->data + n + sizeof(SUM_HEAD) - 1, text, 2 * HASH_LEN) == 0) {
			b->len = n;
			return 1;
		}
	}
	(void)err_set(&e, "%s: damaged (its sum is not that of its content)", path);
	return add_why(why, e.text);
}

int
state_load(const char *path, struct buf *out, struct err *e)
{
	static const char *const ends[] = { "", ".new", ".previous" };
	struct err why = { "" };
	char name[PATH_LEN];
	struct buf b;
	size_t i;
	int got = 0, bad = 0;

	buf_init(&b, STATE_MAX + SUM_LEN);
	for (i = 0; got != 1 && i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (beside(name, path, ends[i], e) != 0) {
			buf_free(&b);
			return -1;
		}
		got = load_one(name, &b, &why);
		bad |= got < 0;
	}
	if (got == 1 && buf_put(out, b.data, b.len) != 0)
		got = err_set(&why, "%s: larger than its reader allows", path);
	if (b.data != NULL)
		wipe(b.data, b.cap);
	buf_free(&b);
	if (got == 1 && i == 1)
		return 1;
	if (got == 1) {
		if (bad)
			(void)err_set(e, "%s", why.text);
		else
			(void)err_set(e, "%s: was not there, a copy beside it was", path);
		return 2;
	}
	return got < 0 || bad ? err_set(e, "%s", why.text) : 0;
}

int
state_remove(const char *path)
{
	static const char *const ends[] = { ".previous", ".new", "" };
	char name[PATH_LEN];
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (beside(name, path, ends[i], NULL) != 0 || (unlink(name) != 0 && errno != ENOENT))
			rc = -1;
	return rc == 0 ? file_sync_parent(path) : -1;
}
