#include <inttypes.h>
#include <string.h>

#include "base/lapse.h"
#include "base/log.h"
#include "store/journal/journal_internal.h"

/* Which entry the journal ends with, and whether the guard agrees. */

/* Judge one stored entry as it was judged when it was appended, but for the chain. */
static const char *
judge_row(struct journal *j, sqlite3_stmt *st, struct journal_entry *x, struct err *e)
{
	struct epoch_key key;
	uint8_t hash[HASH_LEN];
	const char *code;

	if (journal_load(j, st, x) != 0) {
		err_set(e, "the row cannot be read");
		return "bad-chain";
	}
	entry_hash(hash, x->header.data, x->header.len);
	if (memcmp(hash, x->hash, HASH_LEN) != 0) {
		err_set(e, "the header is not the row's");
		return "bad-chain";
	}
	if (journal_epoch_key(j, x->h.epoch, &key, e) != 0)
		return "bad-chain";
	code = journal_judge_sig(x, &key, e);
	return code != NULL ? code : journal_judge_body(x, 1, e);
}

static void
take_head(struct journal *j, const struct journal_entry *x)
{
	j->has_head = 1;
	j->head = x->h;
	memcpy(j->head_hash, x->hash, HASH_LEN);
}

/* The newest entry and every one beyond the guard's must hold, and be a chain.  0; 1 with the words when one does not; -1. */
static int
judge_newest(struct journal *j, uint64_t from, struct journal_entry *x, struct err *e)
{
	static const char sql[] = "SELECT " JOURNAL_COLUMNS " FROM entry WHERE n >= min(?1, ifnull((SELECT max(n) FROM entry), 0)) ORDER BY n";
	sqlite3_stmt *st = db_get(j->db, sql, e);
	unsigned long lapses = lapse_count();
	const char *code = NULL;
	int rc = -1;

	if (st == NULL || db_int(st, 1, from) != 0)
		goto out;
	while (code == NULL && (rc = db_step(j->db, st, e)) == 1) {
		code = judge_row(j, st, x, e);
		if (code == NULL && j->has_head)
			code = journal_judge_chain(&x->h, &j->head, j->head_hash, e);
		take_head(j, x);
	}
	if (code != NULL && lapse_count() != lapses)
		rc = -1; /* for want of memory: that is no damage */
	else if (code != NULL)
		err_add(e, "%s: epoch %" PRIu32 " seq %" PRIu64 ": %s", j->db_path, x->h.epoch, x->h.seq, code);
out:
	db_put(j->db, st);
	return rc;
}

/* In a damaged journal: the newest entry whose header is whole, to open a new epoch on.  0 or -1. */
static int
pick_head(struct journal *j, struct journal_entry *x, struct err *e)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry ORDER BY n DESC", e);
	unsigned long lapses = lapse_count();
	uint8_t hash[HASH_LEN];
	int rc = -1;

	j->has_head = 0;
	while (st != NULL && !j->has_head && (rc = db_step(j->db, st, e)) == 1) {
		if (journal_load(j, st, x) != 0)
			continue;
		entry_hash(hash, x->header.data, x->header.len);
		if (memcmp(hash, x->hash, HASH_LEN) == 0)
			take_head(j, x);
	}
	db_put(j->db, st);
	return rc < 0 || lapse_count() != lapses ? -1 : 0;
}

/* 0; 1 when the journal is damaged, with the words logged; -1. */
static int
load_head(struct journal *j, uint64_t from, struct err *e)
{
	struct journal_entry x;
	struct err why;
	uint64_t n;
	int rc;

	memset(&why, 0, sizeof(why));
	j->has_head = 0;
	if (db_scalar(j->db, "SELECT max(n) FROM entry", &n, e) != 0)
		return -1;
	j->seen_epoch = (uint32_t)(n >> JOURNAL_SEQ_BITS);
	journal_entry_init(&x);
	if ((rc = judge_newest(j, from, &x, &why)) < 0)
		err_set(e, "%s", why.text);
	else if (rc == 1) {
		log_msg(LOG_ERROR, "%s", why.text);
		if (pick_head(j, &x, e) != 0)
			rc = -1;
	}
	journal_entry_free(&x);
	return rc;
}

/* 1 when the guard's head is an entry of the database, or the guard never saw one. */
static int
guard_on_chain(struct journal *j, struct err *e)
{
	sqlite3_stmt *st;
	uint8_t hash[HASH_LEN];
	int rc = -1;

	if (!j->has_at || j->at.epoch == 0)
		return 1;
	if (j->at.epoch > JOURNAL_EPOCH_MAX || j->at.seq > JOURNAL_SEQ_MAX)
		return 0;
	if ((st = db_get(j->db, "SELECT hash FROM entry WHERE n = ?1", e)) == NULL)
		return -1;
	if (db_int(st, 1, journal_row(j->at.epoch, j->at.seq)) == 0 && (rc = db_step(j->db, st, e)) == 1)
		rc = db_col_exact(st, 0, hash, sizeof(hash)) == 0 && memcmp(hash, j->at.head, HASH_LEN) == 0;
	db_put(j->db, st);
	return rc;
}

/* 1, 0 when it is gone or its bytes are spoilt, -1 when it could not be looked at: that says nothing. */
static int
read_guard(struct journal *j, struct err *e)
{
	unsigned long lapses = lapse_count();

	if (j->guard == NULL)
		j->guard = guard_open(j->guard_path, e);
	if (j->guard == NULL && lapse_count() != lapses)
		return -1;
	j->has_at = j->guard != NULL && guard_read(j->guard, &j->at) == 0;
	return j->has_at;
}

int
journal_settle(struct journal *j, struct err *e)
{
	uint64_t from = UINT64_C(1) << 62;
	int damaged, on, guarded = read_guard(j, e);

	if (guarded < 0)
		return -1;
	if (guarded && j->at.epoch <= JOURNAL_EPOCH_MAX && j->at.seq <= JOURNAL_SEQ_MAX)
		from = journal_row(j->at.epoch, j->at.seq);
	if ((damaged = load_head(j, from, e)) < 0 || (on = guard_on_chain(j, e)) < 0)
		return -1;
	if (j->has_at && j->at.epoch > j->seen_epoch)
		j->seen_epoch = j->at.epoch;
	if (damaged)
		j->standing = JOURNAL_DAMAGED;
	else if (!j->has_at)
		j->standing = JOURNAL_NO_GUARD;
	else if (!on)
		j->standing = JOURNAL_BEHIND;
	else if (memcmp(j->at.host, j->host, HASH_LEN) != 0)
		j->standing = JOURNAL_OTHER_HOST;
	else if (!j->has_head || (j->at.epoch == j->head.epoch && j->at.seq == j->head.seq))
		j->standing = JOURNAL_NORMAL;
	else
		return journal_advance(j, e) == 0 ? 1 : -1;
	return 0;
}

int
journal_advance(struct journal *j, struct err *e)
{
	struct guard_state s;

	if (j->guard == NULL && (j->guard = guard_create(j->guard_path, e)) == NULL)
		return -1;
	memset(&s, 0, sizeof(s));
	if (j->has_head) {
		s.epoch = j->head.epoch;
		s.seq = j->head.seq;
		memcpy(s.head, j->head_hash, HASH_LEN);
	}
	memcpy(s.host, j->host, HASH_LEN);
	if (guard_write(j->guard, &s, e) != 0)
		return -1;
	j->at = s;
	j->has_at = 1;
	j->standing = JOURNAL_NORMAL;
	return 0;
}
