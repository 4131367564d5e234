#include <inttypes.h>
#include <string.h>

#include "base/lapse.h"
#include "store/journal/journal_internal.h"

int
journal_begin(struct journal *j, struct err *e)
{
	if (db_begin(j->db, e) == 0)
		return 0;
	journal_wrote(j, 0);
	db_rollback(j->db);
	journal_fail(j);
	return -1;
}

int
journal_end(struct journal *j, int rc, struct err *e)
{
	if (rc == 0 && db_commit(j->db, e) == 0) {
		journal_wrote(j, 1);
		return 0;
	}
	if (rc <= 0)
		journal_wrote(j, 0);
	db_rollback(j->db);
	if (rc <= 0) {
		/* a failed sync may have left the transaction on disk, or not: what is there is read again */
		journal_fail(j);
		rc = -1;
	}
	return rc;
}

/* Where the chain would stand after the entries of a batch judged so far. */
struct place {
	int has;
	const struct entry *h;
	const uint8_t *hash;
	struct epoch_key key;
};

/* Never an append to a chain this device is not sure of: it opens an epoch that nothing here has seen. */
static int
check_standing(struct journal *j, const struct entry *first, struct err *e)
{
	if (first->seq == 0 && first->epoch <= j->seen_epoch)
		return err_set(e, "epoch %" PRIu32 " was seen here already", first->epoch);
	if (j->standing == JOURNAL_NORMAL || first->seq == 0)
		return 0;
	return err_set(e, "this journal was restored, copied, moved or damaged, or its guard is gone: a new epoch must be opened first");
}

/* Everything that one entry must be by itself and behind ${p}; then ${p} stands on it. */
static const char *
judge(struct journal *j, const struct journal_entry *x, struct place *p, struct entry *h, uint8_t hash[HASH_LEN], struct err *e)
{
	struct epoch_key former = p->key;
	int has_former = p->has;
	const char *code;

	if (x->header.len == 0 || entry_parse(h, x->header.data, x->header.len, e) != 0)
		return "bad-chain";
	entry_hash(hash, x->header.data, x->header.len);
	if (h->epoch > JOURNAL_EPOCH_MAX || h->seq > JOURNAL_SEQ_MAX) {
		err_set(e, "epoch or seq is beyond what a journal holds");
		return "bad-chain";
	}
	if ((code = journal_judge_chain(h, p->has ? p->h : NULL, p->hash, e)) != NULL)
		return code;
	if (h->seq == 0 && has_former && former.epoch != p->h->epoch && journal_epoch_key(j, p->h->epoch, &former, e) != 0)
		has_former = 0;
	if (h->seq == 0 && (code = journal_judge_open(x, &p->key, has_former ? &former : NULL, e)) != NULL)
		return code;
	if (p->key.epoch != h->epoch && journal_epoch_key(j, h->epoch, &p->key, e) != 0)
		return "bad-chain";
	if ((code = journal_judge_sig(x, &p->key, e)) != NULL)
		return code;
	p->has = 1;
	p->h = h;
	p->hash = hash;
	return journal_judge_body(x, 0, e);
}

static int
refuse(size_t i, const struct entry *h, const char *code, struct err *e)
{
	err_add(e, "entry %zu (epoch %" PRIu32 " seq %" PRIu64 ") refused: %s", i + 1, h->epoch, h->seq, code);
	return 1;
}

/* The id is what a retry is recognised by: never twice.  0, 1 with the words, or -1. */
static int
check_id(struct journal *j, const struct journal_entry *x, struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (x->id[0] == '\0')
		return 0;
	if ((st = db_get(j->db, "SELECT 1 FROM entry WHERE id = ?1", e)) == NULL)
		return -1;
	if (db_text(st, 1, x->id) == 0 && (rc = db_step(j->db, st, e)) == 1)
		err_set(e, "the id %s is in the journal already", x->id);
	db_put(j->db, st);
	return rc;
}

int
journal_insert_attachments(struct journal *j, const struct entry *h, struct err *e)
{
	static const char sql[] =
	    "INSERT INTO att (n, i, hash, len, mediatype, personal) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hash) DO NOTHING";
	const struct attachment *a;
	sqlite3_stmt *st;
	size_t i;

	for (i = 0; i < h->natt; i++) {
		a = &h->att[i];
		if ((st = db_get(j->db, sql, e)) == NULL)
			return -1;
		if (db_int(st, 1, journal_row(h->epoch, h->seq)) != 0 || db_int(st, 2, i) != 0 || db_blob(st, 3, a->hash, HASH_LEN) != 0 ||
		    db_int(st, 4, a->len) != 0 || db_text(st, 5, a->mediatype) != 0 || db_int(st, 6, a->personal ? 1 : 0) != 0) {
			db_put(j->db, st);
			return db_fail(j->db, e, "cannot bind a value");
		}
		if (db_run(j->db, st, e) != 0)
			return -1;
	}
	return 0;
}

static int
insert(struct journal *j, const struct journal_entry *x, const struct entry *h, const uint8_t hash[HASH_LEN], struct err *e)
{
	static const char sql[] = "INSERT INTO entry (n, hash, header, sig, payload, salt, personal, id, subject, supersedes, form)"
				  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
	uint8_t sig[2 * JOURNAL_SIG_LEN];
	struct buf part;
	sqlite3_stmt *st = NULL;
	size_t i;
	int rc = -1;

	for (i = 0; i < x->nsigs; i++) {
		memcpy(sig + i * JOURNAL_SIG_LEN, x->sig[i].keyhash, HASH_LEN);
		memcpy(sig + i * JOURNAL_SIG_LEN + HASH_LEN, x->sig[i].sig, SIG_LEN);
	}
	buf_init(&part, ENTRY_SALT_LEN + ENTRY_PERSONAL_MAX + VAULT_OVERHEAD);
	if ((x->has_personal && journal_seal_part(j, VAULT_REST, x->salt, x->personal.data, x->personal.len, &part, e) != 0) ||
	    (st = db_get(j->db, sql, e)) == NULL)
		goto out;
	if (db_int(st, 1, journal_row(h->epoch, h->seq)) != 0 || db_blob(st, 2, hash, HASH_LEN) != 0 ||
	    db_blob(st, 3, x->header.data, x->header.len) != 0 || db_blob(st, 4, sig, x->nsigs * JOURNAL_SIG_LEN) != 0 ||
	    db_blob(st, 5, x->payload.data, x->payload.len) != 0 || db_blob(st, 6, NULL, 0) != 0 || db_blob(st, 7, part.data, part.len) != 0 ||
	    db_text(st, 8, x->id[0] != '\0' ? x->id : NULL) != 0 || db_text(st, 9, x->subject[0] != '\0' ? x->subject : NULL) != 0 ||
	    db_blob(st, 10, h->has_supersedes ? h->supersedes : NULL, h->has_supersedes ? HASH_LEN : 0) != 0 ||
	    db_text(st, 11, h->has_form && x->subject[0] != '\0' ? h->form : NULL) != 0) {
		db_put(j->db, st);
		(void)db_fail(j->db, e, "cannot bind a value");
	} else if (db_run(j->db, st, e) == 0) {
		rc = journal_insert_attachments(j, h, e);
	}
out:
	buf_free(&part);
	return rc;
}

/*
 * Judge and insert one by one inside the transaction; two headers in turn, as
 * each is judged against the one before.  0 and the new head in h[*last], or
 * 1, or -1.
 */
static int
append_all(struct journal *j, const struct journal_entry *x, size_t n, struct entry h[2], uint8_t hash[2][HASH_LEN], struct err *e)
{
	struct place p = {j->has_head, &j->head, j->head_hash, {0, {0}, {0}}};
	unsigned long lapses = lapse_count();
	const char *code;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		memset(&h[i % 2], 0, sizeof(h[0]));
		if ((code = judge(j, &x[i], &p, &h[i % 2], hash[i % 2], e)) != NULL)
			return lapse_count() != lapses ? -1 : refuse(i, &h[i % 2], code, e);
		if (i == 0 && check_standing(j, &h[0], e) != 0)
			return refuse(i, &h[0], "bad-chain", e);
		if ((rc = check_id(j, &x[i], e)) != 0)
			return rc < 0 ? -1 : refuse(i, &h[i % 2], "same id", e);
		if (insert(j, &x[i], &h[i % 2], hash[i % 2], e) != 0)
			return -1;
	}
	return 0;
}

int
journal_append(struct journal *j, const struct journal_entry *x, size_t n, struct err *e)
{
	struct entry h[2];
	uint8_t hash[2][HASH_LEN];
	size_t last = (n + 1) % 2;
	int rc;

	if (n == 0)
		return 0;
	if (journal_enter(j, e) != 0)
		return -1;
	if (journal_begin(j, e) != 0)
		return journal_leave(j, -1);
	if ((rc = journal_end(j, append_all(j, x, n, h, hash, e), e)) != 0)
		return journal_leave(j, rc);
	j->has_head = 1;
	j->head = h[last];
	j->seen_epoch = h[last].epoch;
	memcpy(j->head_hash, hash[last], HASH_LEN);
	if (journal_advance(j, e) != 0) {
		journal_wrote(j, 0);
		/* on disk, but the guard does not know: reopening advances it, or says that it cannot */
		journal_fail(j);
		rc = -1;
	}
	return journal_leave(j, rc);
}

int
journal_head(struct journal *j, uint32_t *epoch, uint64_t *seq, uint8_t hash[HASH_LEN])
{
	int rc;

	if (journal_enter(j, NULL) != 0)
		return -1;
	if ((rc = j->has_head) != 0) {
		*epoch = j->head.epoch;
		*seq = j->head.seq;
		memcpy(hash, j->head_hash, HASH_LEN);
	}
	return journal_leave(j, rc);
}

uint32_t
journal_next_epoch(struct journal *j)
{
	uint32_t epoch;

	(void)pthread_mutex_lock(&j->mutex);
	epoch = j->seen_epoch;
	(void)journal_leave(j, 0);
	return epoch + 1;
}

int
journal_set_state(struct journal *j, const uint8_t hash[HASH_LEN], const char *state, struct err *e)
{
	static const char *const states[] = {"", "returned", "accepted", "set-aside", "erased"};
	sqlite3_stmt *st;
	size_t i;
	int rc = -1;

	for (i = 0; i < sizeof(states) / sizeof(states[0]) && strcmp(state, states[i]) != 0; i++)
		continue;
	if (i == sizeof(states) / sizeof(states[0]))
		return err_set(e, "%s: no state of an entry", state);
	if (journal_enter(j, e) != 0)
		return -1;
	if (journal_begin(j, e) != 0)
		return journal_leave(j, -1);
	if ((st = db_get(j->db, "UPDATE entry SET state = ?2 WHERE hash = ?1", e)) != NULL && db_blob(st, 1, hash, HASH_LEN) == 0 &&
	    db_text(st, 2, state) == 0 && (rc = db_step(j->db, st, e)) == 0 && db_changes(j->db) == 0) {
		err_set(e, "the entry is not in this journal");
		rc = 1;
	}
	db_put(j->db, st);
	rc = journal_end(j, rc, e);
	return journal_leave(j, rc == 0 ? 0 : -1);
}
