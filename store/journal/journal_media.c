#include "store/journal_media.h"

#include <string.h>

#include "store/journal/journal_internal.h"

/* Files beside forms, by their SHA-256. */

int
journal_media_put(struct journal *j, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e)
{
	static const char sql[] = "INSERT INTO media (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes";
	uint8_t sum[HASH_LEN];
	sqlite3_stmt *st;
	int rc = -1;

	sha256(sum, p, n);
	if (memcmp(sum, hash, HASH_LEN) != 0)
		return err_set(e, "a file beside a form: its bytes do not give its hash");
	if (journal_enter(j, e) != 0)
		return -1;
	if ((st = db_get(j->db, sql, e)) != NULL && db_blob(st, 1, hash, HASH_LEN) == 0 && db_blob(st, 2, n > 0 ? p : "", n) == 0) {
		rc = db_run(j->db, st, e);
		journal_wrote(j, rc == 0);
		if (rc != 0)
			journal_fail(j);
	} else {
		db_put(j->db, st);
	}
	return journal_leave(j, rc);
}

static int
find(struct journal *j, const uint8_t hash[HASH_LEN], struct buf *out)
{
	uint8_t sum[HASH_LEN];
	sqlite3_stmt *st;
	const void *p;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT bytes FROM media WHERE hash = ?1", NULL);
	if (st != NULL && db_blob(st, 1, hash, HASH_LEN) == 0 && (rc = db_step(j->db, st, NULL)) == 1) {
		p = db_col_blob(st, 0, &n);
		sha256(sum, p, n);
		if (memcmp(sum, hash, HASH_LEN) != 0)
			rc = 0;
		else if (out != NULL && buf_put(out, p, n) != 0)
			rc = -1;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_media_get(struct journal *j, const uint8_t hash[HASH_LEN], struct buf *out)
{
	return find(j, hash, out);
}

int
journal_media_has(struct journal *j, const uint8_t hash[HASH_LEN])
{
	return find(j, hash, NULL);
}
