#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "store/journal/journal_internal.h"

/* Small facts, county records and forms: rows by name. */

#define U64_TEXT_MAX 24

/* Run one bound INSERT or UPDATE as a transaction of its own. */
static int
run_alone(struct journal *j, sqlite3_stmt *st, int bound, struct err *e)
{
	int rc;

	if (st != NULL && bound == 0) {
		rc = db_run(j->db, st, e);
		journal_wrote(j, rc == 0);
		if (rc != 0)
			journal_fail(j);
		return rc;
	}
	if (st != NULL)
		db_fail(j->db, e, "cannot bind a value");
	db_put(j->db, st);
	return -1;
}

/* 1 when ${key} has this value already: then there is nothing to write. */
static int
is_set(struct journal *j, const char *key, const void *p, size_t n)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT value FROM meta WHERE key = ?1", NULL);
	const void *got;
	size_t len;
	int rc = 0;

	if (st != NULL && db_text(st, 1, key) == 0 && db_step(j->db, st, NULL) == 1) {
		got = db_col_blob(st, 0, &len);
		rc = len == n && (n == 0 || memcmp(got, p, n) == 0);
	}
	db_put(j->db, st);
	return rc;
}

int
journal_set(struct journal *j, const char *key, const void *p, size_t n, struct err *e)
{
	static const char sql[] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
	sqlite3_stmt *st;
	int bound;

	if (journal_enter(j, e) != 0)
		return -1;
	if (is_set(j, key, p, n))
		return journal_leave(j, 0);
	st = db_get(j->db, sql, e);
	bound = st != NULL && db_text(st, 1, key) == 0 && db_blob(st, 2, n > 0 ? p : "", n) == 0 ? 0 : -1;
	return journal_leave(j, run_alone(j, st, bound, e));
}

int
journal_get(struct journal *j, const char *key, struct buf *out)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT value FROM meta WHERE key = ?1", NULL);
	if (st != NULL && db_text(st, 1, key) == 0 && (rc = db_step(j->db, st, NULL)) == 1 && db_col_buf(st, 0, out) != 0)
		rc = -1;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_set_u64(struct journal *j, const char *key, uint64_t v, struct err *e)
{
	char text[U64_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%" PRIu64, v);

	return journal_set(j, key, text, (size_t)n, e);
}

int
journal_get_u64(struct journal *j, const char *key, uint64_t *v)
{
	struct buf b;
	int rc;

	*v = 0;
	buf_init(&b, U64_TEXT_MAX);
	if ((rc = journal_get(j, key, &b)) == 1 && dec_u64(v, buf_str(&b), b.len) != 0)
		rc = -1;
	buf_free(&b);
	return rc;
}

/* 1 when a row of ${st} (bound) holds exactly these bytes in its first column, 0 when there is no row, -1 when it differs or fails. */
static int
same(struct journal *j, sqlite3_stmt *st, int bound, const void *p, size_t n, const char *what, struct err *e)
{
	const void *got;
	size_t len;
	int rc = -1;

	if (st != NULL && bound == 0 && (rc = db_step(j->db, st, e)) == 1) {
		got = db_col_blob(st, 0, &len);
		if (len != n || memcmp(got, p, n) != 0)
			rc = err_set(e, "%s: another content is here already", what);
	}
	db_put(j->db, st);
	return rc;
}

int
journal_record_add(struct journal *j, uint64_t index, const void *leaf, size_t n, struct err *e)
{
	char what[64];
	sqlite3_stmt *st;
	int rc, bound;

	if (journal_enter(j, e) != 0)
		return -1;
	(void)snprintf(what, sizeof(what), "record %" PRIu64, index);
	st = db_get(j->db, "SELECT leaf FROM record WHERE log_index = ?1", e);
	if ((rc = same(j, st, st == NULL ? -1 : db_int(st, 1, index), leaf, n, what, e)) == 0) {
		st = db_get(j->db, "INSERT INTO record (log_index, leaf) VALUES (?1, ?2)", e);
		bound = st != NULL && db_int(st, 1, index) == 0 && db_blob(st, 2, leaf, n) == 0 ? 0 : -1;
		rc = run_alone(j, st, bound, e);
	}
	return journal_leave(j, rc < 0 ? -1 : 0);
}

int
journal_each_record(struct journal *j, uint64_t from, int (*cb)(void *ctx, uint64_t index, const void *leaf, size_t n), void *ctx)
{
	sqlite3_stmt *st;
	const void *leaf;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	st = db_get(j->db, "SELECT log_index, leaf FROM record WHERE log_index >= ?1 ORDER BY log_index", NULL);
	if (st != NULL && db_int(st, 1, from) == 0) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			leaf = db_col_blob(st, 1, &n);
			if ((rc = cb(ctx, db_col_int(st, 0), leaf, n)) != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_form_add(struct journal *j, const char *id, const char *version, const uint8_t hash[HASH_LEN], uint64_t index, const void *xml, size_t n, struct err *e)
{
	static const char sql[] = "INSERT INTO form (id, version, hash, log_index, xml) VALUES (?1, ?2, ?3, ?4, ?5)"
				  " ON CONFLICT (id, version) DO UPDATE SET xml = excluded.xml";
	char what[ID_MAX + VERSION_MAX + 16];
	sqlite3_stmt *st;
	int rc, bound;

	if (journal_enter(j, e) != 0)
		return -1;
	(void)snprintf(what, sizeof(what), "form %.*s %.*s", ID_MAX, id, VERSION_MAX, version);
	st = db_get(j->db, "SELECT hash FROM form WHERE id = ?1 AND version = ?2", e);
	bound = st != NULL && db_text(st, 1, id) == 0 && db_text(st, 2, version) == 0 ? 0 : -1;
	/* also where it is there already: its bytes may be spoilt */
	if ((rc = same(j, st, bound, hash, HASH_LEN, what, e)) >= 0) {
		st = db_get(j->db, sql, e);
		bound = st != NULL && db_text(st, 1, id) == 0 && db_text(st, 2, version) == 0 && db_blob(st, 3, hash, HASH_LEN) == 0 &&
		    db_int(st, 4, index) == 0 && db_blob(st, 5, xml, n) == 0 ? 0 : -1;
		rc = run_alone(j, st, bound, e);
	}
	return journal_leave(j, rc < 0 ? -1 : 0);
}

int
journal_form(struct journal *j, const char *id, char *version, uint8_t hash[HASH_LEN], struct buf *xml)
{
	static const char sql[] = "SELECT version, hash, xml FROM form WHERE id = ?1 AND (version = ?2 OR ?2 = '') ORDER BY log_index DESC LIMIT 1";
	char found[VERSION_MAX + 1];
	uint8_t sum[HASH_LEN];
	const void *body;
	sqlite3_stmt *st;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, sql, NULL);
	if (st != NULL && db_text(st, 1, id) == 0 && db_text(st, 2, version) == 0 && (rc = db_step(j->db, st, NULL)) == 1) {
		body = db_col_blob(st, 2, &n);
		sha256(sum, body, n);
		if (db_col_text(st, 0, found, sizeof(found)) != 0 || db_col_exact(st, 1, hash, HASH_LEN) != 0)
			rc = -1;
		else if (memcmp(sum, hash, HASH_LEN) != 0)
			rc = 0; /* its bytes are spoilt: the county has it */
		else if (buf_put(xml, body, n) != 0)
			rc = -1;
	}
	db_put(j->db, st);
	if (rc == 1)
		memcpy(version, found, sizeof(found));
	return journal_leave(j, rc);
}

int
journal_form_hash(struct journal *j, const char *id, const char *version, uint8_t hash[HASH_LEN])
{
	static const char sql[] = "SELECT hash FROM form WHERE id = ?1 AND (version = ?2 OR ?2 = '') ORDER BY log_index DESC LIMIT 1";
	sqlite3_stmt *st;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, sql, NULL);
	if (st != NULL && db_text(st, 1, id) == 0 && db_text(st, 2, version) == 0 && (rc = db_step(j->db, st, NULL)) == 1 && db_col_exact(st, 0, hash, HASH_LEN) != 0)
		rc = -1;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_each_form(struct journal *j, int (*cb)(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n), void *ctx)
{
	char id[ID_MAX + 1], version[VERSION_MAX + 1];
	uint8_t hash[HASH_LEN];
	sqlite3_stmt *st;
	const void *xml;
	size_t n;
	int rc = -1;

	if (journal_enter(j, NULL) != 0)
		return -1;
	j->walks++;
	if ((st = db_get(j->db, "SELECT id, version, hash, xml FROM form ORDER BY id, log_index", NULL)) != NULL) {
		while ((rc = db_step(j->db, st, NULL)) == 1) {
			if (db_col_text(st, 0, id, sizeof(id)) != 0 || db_col_text(st, 1, version, sizeof(version)) != 0 ||
			    db_col_exact(st, 2, hash, HASH_LEN) != 0)
				continue;
			xml = db_col_blob(st, 3, &n);
			if ((rc = cb(ctx, id, version, hash, xml, n)) != 0)
				break;
		}
	}
	j->walks--;
	db_put(j->db, st);
	return journal_leave(j, rc);
}
