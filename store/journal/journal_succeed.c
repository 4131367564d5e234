#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "store/journal/journal_internal.h"

/*
 * The county lost the end of its log and goes on under another name.  What it
 * signed under the old one is evidence: it stays in the table "was" and in a
 * file under alarms/, and is no receipt any more; the new log has to give its
 * own, also for what it still holds.
 */

#define EVIDENCE_MAX ((size_t)256 << 20)

static int
run(struct journal *j, const char *sql, uint64_t size, const uint8_t *log, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, sql, e);
	int rc = st != NULL && db_int(st, 1, size) == 0 && (log == NULL || db_blob(st, 2, log, HASH_LEN) == 0) ? db_step(j->db, st, e) : -1;

	db_put(j->db, st);
	return rc < 0 ? -1 : 0;
}

/* Receipts and notes one behind the other, for people. */
static int
put_evidence(struct journal *j, const uint8_t log[HASH_LEN], struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT text FROM receipt WHERE ?1 >= 0 UNION ALL SELECT note FROM note", e);
	char dir[4096], path[4300], name[80] = "succession-";
	struct buf b;
	int rc = st != NULL ? db_int(st, 1, 0) : -1;

	buf_init(&b, EVIDENCE_MAX);
	while (rc == 0 && (rc = db_step(j->db, st, e)) == 1)
		rc = db_col_buf(st, 0, &b) == 0 && buf_putc(&b, '\n') == 0 ? 0 : err_set(e, "the old log's receipts cannot be read");
	db_put(j->db, st);
	enc_hex(name + strlen(name), log, 8);
	if (rc == 0 && b.len > 0)
		rc = file_path(dir, sizeof(dir), journal_dir(j), "alarms") == 0 && file_mkdirs(dir, 0700, e) == 0 && file_path(path, sizeof(path), dir, name) == 0 ?
		    file_write(path, b.data, b.len, 0600, e) : -1;
	buf_free(&b);
	return rc;
}

static int
change(struct journal *j, uint64_t size, const uint8_t log[HASH_LEN], struct err *e)
{
	static const char *const steps[] = {
		"INSERT INTO was (log, size, hash, text) SELECT ?2, size, hash, note FROM note WHERE ?1 >= 0",
		"INSERT INTO was (log, size, hash, text) SELECT ?2, size, NULL, text FROM receipt WHERE ?1 >= 0",
		"INSERT INTO was (log, size, hash, text) SELECT ?2, log_index, NULL, leaf FROM record WHERE log_index >= ?1",
	};
	static const char *const gone[] = {
		"DELETE FROM note WHERE ?1 >= 0", "DELETE FROM receipt WHERE ?1 >= 0", "DELETE FROM record WHERE log_index >= ?1",
		"UPDATE entry SET log_index = NULL, received = NULL WHERE log_index IS NOT NULL AND ?1 >= 0",
		"DELETE FROM meta WHERE key = 'cabinet-next' AND ?1 >= 0",
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (run(j, steps[i], size, log, e) != 0)
			return -1;
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (run(j, gone[i], size, NULL, e) != 0)
			return -1;
	return 0;
}

int
journal_succeed(struct journal *j, uint64_t size, const uint8_t log[HASH_LEN], struct err *e)
{
	int rc;

	if (journal_enter(j, e) != 0)
		return -1;
	if ((rc = put_evidence(j, log, e)) == 0 && (rc = journal_begin(j, e)) == 0)
		rc = journal_end(j, change(j, size, log, e), e);
	return journal_leave(j, rc == 0 ? 0 : -1);
}
