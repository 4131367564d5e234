#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/enc.h"
#include "store/journal/journal_internal.h"

/* What may go, because the county has had it for long. */

#define PATH_LEN 4096

static int
count_personal(struct journal *j, uint64_t before, uint64_t *n, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT count(*) FROM entry WHERE log_index IS NOT NULL AND received < ?1 AND personal IS NOT NULL", e);
	int rc = -1;

	if (st != NULL && db_int(st, 1, before) == 0 && db_step(j->db, st, e) == 1) {
		*n = db_col_int(st, 0);
		rc = 0;
	}
	db_put(j->db, st);
	return rc;
}

static int
drop_personal(struct journal *j, uint64_t before, struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_begin(j, e) != 0)
		return -1;
	st = db_get(j->db, "UPDATE entry SET salt = NULL, personal = NULL, dropped = 1 WHERE log_index IS NOT NULL AND received < ?1 AND personal IS NOT NULL", e);
	if (st != NULL && db_int(st, 1, before) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return journal_end(j, rc, e);
}

/* Does an entry that is to stay name this photo?  1, 0 or -1. */
static int
needed(struct journal *j, const uint8_t hash[HASH_LEN], uint64_t before, struct err *e)
{
	static const char sql[] = "SELECT 1 FROM entry WHERE (log_index IS NULL OR received >= ?1) AND instr(header, ?2) > 0 LIMIT 1";
	char hex[2 * HASH_LEN + 1];
	sqlite3_stmt *st = db_get(j->db, sql, e);
	int rc = -1;

	enc_hex(hex, hash, HASH_LEN);
	if (st != NULL && db_int(st, 1, before) == 0 && db_blob(st, 2, hex, 2 * HASH_LEN) == 0)
		rc = db_step(j->db, st, e);
	db_put(j->db, st);
	return rc;
}

static int
one_photo(struct journal *j, const uint8_t hash[HASH_LEN], uint64_t before, int dry, struct journal_retained *r, struct err *e)
{
	char path[PATH_LEN];
	struct stat s;
	int rc;

	if (journal_attachment_path(j, hash, path, sizeof(path)) != 0)
		return err_set(e, "%s: the path is too long", j->dir);
	if (stat(path, &s) != 0)
		return 0; /* gone already */
	if ((rc = needed(j, hash, before, e)) != 0)
		return rc < 0 ? -1 : 0;
	r->photos++;
	r->photo_bytes += (uint64_t)s.st_size;
	return dry || unlink(path) == 0 ? 0 : err_set(e, "%s: cannot be removed: %s", path, strerror(errno));
}

static int
photos(struct journal *j, uint64_t before, int dry, struct journal_retained *r, struct err *e)
{
	static const char sql[] = "SELECT a.hash FROM att a JOIN entry x ON x.n = a.n WHERE a.delivered > 0 AND x.log_index IS NOT NULL AND x.received < ?1";
	sqlite3_stmt *st = db_get(j->db, sql, e);
	uint8_t hash[HASH_LEN];
	int rc = st != NULL && db_int(st, 1, before) == 0 ? 1 : -1;

	while (rc == 1 && (rc = db_step(j->db, st, e)) == 1)
		if (db_col_exact(st, 0, hash, HASH_LEN) == 0 && one_photo(j, hash, before, dry, r, e) != 0)
			rc = -1;
	db_put(j->db, st);
	return rc;
}

int
journal_retain(struct journal *j, uint64_t before, int dry, struct journal_retained *r, struct err *e)
{
	int rc;

	memset(r, 0, sizeof(*r));
	if (journal_enter(j, e) != 0)
		return -1;
	rc = count_personal(j, before, &r->personal, e);
	if (rc == 0 && !dry && r->personal > 0 && (rc = drop_personal(j, before, e)) == 0)
		rc = journal_flush(j, e);
	if (rc == 0)
		rc = photos(j, before, dry, r, e);
	return journal_leave(j, rc);
}
