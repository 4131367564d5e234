#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/journal/journal_internal.h"

/* Attachments, what destroys personal parts, and the backup. */

#define PATH_LEN 4096
#define ATTACHMENT_MAX (256U << 20) /* bytes of one that is sealed anew */

int
journal_attachment_path(const struct journal *j, const uint8_t hash[HASH_LEN], char *out, size_t size)
{
	char hex[2 * HASH_LEN + 1];
	int n;

	enc_hex(hex, hash, HASH_LEN);
	n = snprintf(out, size, "%s/attachments/%s", j->dir, hex);
	return n > 0 && (size_t)n < size ? 0 : -1;
}

/* The file of an attachment: its bytes as a sealed blob. */
static int
write_sealed(struct journal *j, const char *path, enum vault_box box, const void *p, size_t n, struct err *e)
{
	struct buf blob;
	int rc;

	if (n > SIZE_MAX - VAULT_OVERHEAD)
		return err_set(e, "%s: too long", path);
	buf_init(&blob, n + VAULT_OVERHEAD);
	if ((rc = vault_put(j->v, box, p, n, &blob, e)) == 0)
		rc = file_write(path, blob.data, blob.len, 0600, e);
	buf_free(&blob);
	return rc;
}

int
journal_attachment_put(struct journal *j, const void *p, size_t n, uint8_t hash[HASH_LEN], struct err *e)
{
	char path[PATH_LEN];

	sha256(hash, p, n);
	if (journal_attachment_path(j, hash, path, sizeof(path)) != 0)
		return err_set(e, "%s: the path is too long", j->dir);
	/* also when it is there: an earlier try may have failed before it was on disk */
	return write_sealed(j, path, VAULT_REST, p, n, e);
}

static int
is_named(const uint8_t hash[HASH_LEN], const struct buf *b, size_t from)
{
	uint8_t got[HASH_LEN];

	sha256(got, b->len > from ? b->data + from : (const uint8_t *)"", b->len - from);
	return memcmp(got, hash, HASH_LEN) == 0;
}

/* As journal_attachment_get(), the file as it lies there in ${blob}; from before there was a vault it lies there in the clear. */
static int
read_sealed(struct journal *j, const char *path, const uint8_t hash[HASH_LEN], struct buf *blob, struct buf *out, struct err *e)
{
	size_t before = out->len;
	enum vault_answer a;

	if (file_read(path, blob, e) != 0)
		return -1;
	a = vault_get(j->v, blob->data, blob->len, out);
	if (a == VAULT_OPEN ? is_named(hash, out, before) : is_named(hash, blob, 0))
		return a == VAULT_OPEN || buf_put(out, blob->data, blob->len) == 0 ? 0 : err_set(e, "%s: longer than it should be", path);
	if (a == VAULT_LOCKED || a == VAULT_LOST) {
		err_set(e, a == VAULT_LOCKED ? "%s: locked: nobody is signed in" : "%s: cannot be opened any more: its key (rest.key) is lost", path);
		return a == VAULT_LOCKED ? 1 : 2;
	}
	return err_set(e, "%s: its bytes are not those it is named by", path);
}

int
journal_attachment_get(struct journal *j, const uint8_t hash[HASH_LEN], struct buf *out, struct err *e)
{
	char path[PATH_LEN];
	struct buf blob;
	int rc;

	if (journal_attachment_path(j, hash, path, sizeof(path)) != 0)
		return err_set(e, "%s: the path is too long", j->dir);
	buf_init(&blob, out->max < SIZE_MAX - VAULT_OVERHEAD ? out->max + VAULT_OVERHEAD : SIZE_MAX);
	rc = read_sealed(j, path, hash, &blob, out, e);
	buf_free(&blob);
	return rc;
}

int
journal_attachment_seal(struct journal *j, const uint8_t hash[HASH_LEN], enum vault_box box, struct err *e)
{
	char path[PATH_LEN];
	struct buf blob, plain;
	int rc = 0;

	if (journal_attachment_path(j, hash, path, sizeof(path)) != 0)
		return err_set(e, "%s: the path is too long", j->dir);
	if (!file_exists(path))
		return 0;
	buf_init(&blob, ATTACHMENT_MAX + VAULT_OVERHEAD);
	buf_init(&plain, ATTACHMENT_MAX);
	/* what cannot be opened stays as it is: journal_verify() tells */
	if (read_sealed(j, path, hash, &blob, &plain, NULL) == 0 && vault_box_of(blob.data, blob.len) != (int)box)
		rc = write_sealed(j, path, box, plain.data, plain.len, e);
	if (plain.data != NULL)
		wipe(plain.data, plain.cap);
	buf_free(&plain);
	buf_free(&blob);
	return rc;
}

int
journal_attachment_delivered(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, e) != 0)
		return -1;
	if (journal_begin(j, e) != 0)
		return journal_leave(j, -1);
	j->photos_due = 1;
	st = db_get(j->db, "UPDATE att SET delivered = 1 WHERE hash = ?1 AND delivered = 0", e);
	if (st != NULL && db_blob(st, 1, hash, HASH_LEN) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return journal_leave(j, journal_end(j, rc, e));
}

int
journal_each_attachment(struct journal *j, int waiting, int (*cb)(void *ctx, const struct attachment *a), void *ctx)
{
	static const char sql[] = "SELECT hash, len, mediatype, personal FROM att WHERE delivered = 0 OR ?1 = 0 ORDER BY n, i";
	struct attachment a;
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, sql, NULL)) != NULL && db_int(st, 1, waiting ? 1 : 0) == 0) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			memset(&a, 0, sizeof(a));
			if (db_col_exact(st, 0, a.hash, HASH_LEN) != 0 || db_col_text(st, 2, a.mediatype, sizeof(a.mediatype)) != 0)
				continue;
			a.len = db_col_int(st, 1);
			a.personal = db_col_int(st, 3) != 0;
			if ((rc = cb(ctx, &a)) != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

/* Does another entry, not dropped, name this attachment?  1, 0 or -1. */
static int
still_named(struct journal *j, const uint8_t entry[HASH_LEN], const uint8_t att[HASH_LEN], struct err *e)
{
	static const char sql[] = "SELECT 1 FROM entry WHERE dropped = 0 AND hash <> ?1 AND instr(header, ?2) > 0 LIMIT 1";
	char hex[2 * HASH_LEN + 1];
	sqlite3_stmt *st = db_get(j->db, sql, e);
	int rc = -1;

	enc_hex(hex, att, HASH_LEN);
	if (st != NULL && db_blob(st, 1, entry, HASH_LEN) == 0 && db_blob(st, 2, hex, 2 * HASH_LEN) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return rc;
}

/* The copy that was sealed for the county, if it was on its way (agent/sync/outgoing.h). */
static int
drop_outgoing(const struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	char hex[2 * HASH_LEN + 1], path[PATH_LEN];
	int n;

	enc_hex(hex, hash, HASH_LEN);
	n = snprintf(path, sizeof(path), "%s/outgoing/%s", j->dir, hex);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, "%s: the path is too long", j->dir);
	return file_remove(path, e);
}

static int
drop_files(struct journal *j, const struct journal_entry *x, struct err *e)
{
	char path[PATH_LEN];
	size_t i;
	int rc;

	for (i = 0; i < x->h.natt; i++) {
		if (!x->h.att[i].personal)
			continue;
		if ((rc = still_named(j, x->hash, x->h.att[i].hash, e)) != 0) {
			if (rc < 0)
				return -1;
			continue;
		}
		if (journal_attachment_path(j, x->h.att[i].hash, path, sizeof(path)) != 0)
			return err_set(e, "%s: the path is too long", j->dir);
		if (file_remove(path, e) != 0)
			return -1;
		if (drop_outgoing(j, x->h.att[i].hash, e) != 0)
			return -1;
	}
	return 0;
}

static int
drop_row(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_begin(j, e) != 0)
		return -1;
	st = db_get(j->db, "UPDATE entry SET salt = NULL, personal = NULL, dropped = 1 WHERE hash = ?1", e);
	if (st != NULL && db_blob(st, 1, hash, HASH_LEN) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return journal_end(j, rc, e);
}

int
journal_drop_personal(struct journal *j, const uint8_t hash[HASH_LEN], struct err *e)
{
	struct journal_entry x;
	int rc;

	if (journal_enter(j, e) != 0)
		return -1;
	journal_entry_init(&x);
	if ((rc = journal_by_hash(j, hash, &x)) != 1) {
		rc = err_set(e, "the entry is not in this journal, or its row is damaged");
		goto out;
	}
	if ((rc = drop_row(j, hash, e)) == 0 && (rc = journal_flush(j, e)) == 0)
		rc = drop_files(j, &x, e);
out:
	journal_entry_free(&x);
	return journal_leave(j, rc);
}

int
journal_backup(struct journal *j, const char *path, struct err *e)
{
	sqlite3_stmt *st;
	int fd = -1, rc = -1;

	if (file_exists(path))
		return err_set(e, "%s: there is something already", path);
	if (journal_enter(j, e) != 0)
		return -1;
	/* VACUUM INTO takes an empty file, which is then ours alone */
	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0) {
		err_set(e, "%s: cannot be made: %s", path, strerror(errno));
		return journal_leave(j, -1);
	}
	if ((st = db_get(j->db, "VACUUM INTO ?1", e)) != NULL && db_text(st, 1, path) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	if (rc == 0 && fsync(fd) != 0)
		rc = err_set(e, "%s: cannot be synced: %s", path, strerror(errno));
	(void)close(fd);
	if (rc != 0)
		(void)unlink(path);
	return journal_leave(j, rc);
}
