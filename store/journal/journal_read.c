#include <inttypes.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "store/journal/journal_internal.h"

void
journal_entry_init(struct journal_entry *x)
{
	memset(x, 0, sizeof(*x));
	buf_init(&x->header, ENTRY_HEADER_MAX);
	buf_init(&x->payload, ENTRY_PAYLOAD_MAX);
	buf_init(&x->personal, ENTRY_PERSONAL_MAX);
}

void
journal_entry_free(struct journal_entry *x)
{
	if (x == NULL)
		return;
	buf_free(&x->header);
	buf_free(&x->payload);
	if (x->personal.data != NULL)
		wipe(x->personal.data, x->personal.cap);
	buf_free(&x->personal);
}

/* Signature lines as stored; what has another length has none. */
static void
load_sigs(sqlite3_stmt *st, int i, struct journal_entry *x)
{
	size_t n, k;
	const uint8_t *p = db_col_blob(st, i, &n);

	x->nsigs = n == JOURNAL_SIG_LEN || n == sizeof(x->sig) / sizeof(x->sig[0]) * JOURNAL_SIG_LEN ? n / JOURNAL_SIG_LEN : 0;
	for (k = 0; k < x->nsigs; k++) {
		memcpy(x->sig[k].keyhash, p + k * JOURNAL_SIG_LEN, HASH_LEN);
		memcpy(x->sig[k].sig, p + k * JOURNAL_SIG_LEN + HASH_LEN, SIG_LEN);
	}
}

/* A personal part lies sealed; in the clear (its salt beside it) only until the migration has come by. */
static int
load_personal(struct journal *j, sqlite3_stmt *st, struct journal_entry *x)
{
	const void *blob;
	struct buf part;
	size_t n;
	int rc = 0;

	x->has_personal = 0;
	x->personal_locked = 0;
	memset(x->salt, 0, sizeof(x->salt));
	if (!db_col_null(st, 5)) {
		x->has_personal = 1;
		(void)db_col_exact(st, 5, x->salt, ENTRY_SALT_LEN);
		return db_col_buf(st, 6, &x->personal);
	}
	if (db_col_null(st, 6))
		return 0;
	blob = db_col_blob(st, 6, &n);
	buf_init(&part, ENTRY_SALT_LEN + ENTRY_PERSONAL_MAX);
	switch (vault_get(j->v, blob, n, &part)) {
	case VAULT_OPEN:
		if ((x->has_personal = part.len >= ENTRY_SALT_LEN) == 0) {
			x->personal_locked = JOURNAL_ALTERED;
			break;
		}
		memcpy(x->salt, part.data, ENTRY_SALT_LEN);
		rc = buf_put(&x->personal, part.data + ENTRY_SALT_LEN, part.len - ENTRY_SALT_LEN);
		break;
	case VAULT_LOCKED:
		x->personal_locked = JOURNAL_LOCKED;
		break;
	case VAULT_LOST:
		x->personal_locked = JOURNAL_LOST;
		break;
	default:
		x->personal_locked = JOURNAL_ALTERED;
	}
	if (part.data != NULL)
		wipe(part.data, part.cap);
	buf_free(&part);
	return rc;
}

int
journal_load_raw(struct journal *j, sqlite3_stmt *st, struct journal_entry *x)
{
	unsigned long lapses = lapse_count();
	uint64_t n = db_col_int(st, 0);
	int rc = 0;

	memset(&x->h, 0, sizeof(x->h));
	x->h.epoch = (uint32_t)(n >> JOURNAL_SEQ_BITS);
	x->h.seq = n & JOURNAL_SEQ_MAX;
	buf_reset(&x->header);
	buf_reset(&x->payload);
	buf_reset(&x->personal);
	(void)db_col_exact(st, 1, x->hash, HASH_LEN);
	rc |= db_col_buf(st, 2, &x->header);
	load_sigs(st, 3, x);
	rc |= db_col_buf(st, 4, &x->payload);
	rc |= load_personal(j, st, x);
	(void)db_col_text(st, 7, x->id, sizeof(x->id));
	(void)db_col_text(st, 8, x->subject, sizeof(x->subject));
	x->has_receipt = !db_col_null(st, 9);
	x->index = db_col_int(st, 9);
	x->received = db_col_int(st, 10);
	(void)db_col_text(st, 11, x->state, sizeof(x->state));
	/* a part that could not be opened for want of memory is not altered */
	return lapse_count() != lapses ? -1 : rc;
}

int
journal_load(struct journal *j, sqlite3_stmt *st, struct journal_entry *x)
{
	struct entry h;

	if (journal_load_raw(j, st, x) != 0 || entry_parse(&h, x->header.data, x->header.len, NULL) != 0 || h.epoch != x->h.epoch || h.seq != x->h.seq)
		return -1;
	x->h = h;
	return 0;
}

int
journal_load_next(struct journal *j, sqlite3_stmt *st, struct journal_entry *x)
{
	unsigned long lapses = lapse_count();

	if (journal_load(j, st, x) == 0)
		return 1;
	if (lapse_count() != lapses)
		return -1;
	log_msg(LOG_WARN, "%s: epoch %" PRIu32 " seq %" PRIu64 ": the row is damaged, passed over", j->db_path, x->h.epoch, x->h.seq);
	return 0;
}

/* Run ${st}, already bound, for one entry.  1, 0 or -1. */
static int
load_one(struct journal *j, sqlite3_stmt *st, int bound, struct journal_entry *x)
{
	int rc = -1;

	if (st != NULL && bound == 0 && (rc = db_step(j->db, st, NULL)) == 1 && journal_load(j, st, x) != 0)
		rc = -1;
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_by_hash(struct journal *j, const uint8_t hash[HASH_LEN], struct journal_entry *x)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE hash = ?1", NULL);
	return load_one(j, st, st == NULL ? -1 : db_blob(st, 1, hash, HASH_LEN), x);
}

int
journal_by_seq(struct journal *j, uint32_t epoch, uint64_t seq, struct journal_entry *x)
{
	sqlite3_stmt *st;

	if (epoch > JOURNAL_EPOCH_MAX || seq > JOURNAL_SEQ_MAX)
		return 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE n = ?1", NULL);
	return load_one(j, st, st == NULL ? -1 : db_int(st, 1, journal_row(epoch, seq)), x);
}

int
journal_by_id(struct journal *j, const char *id, struct journal_entry *x)
{
	sqlite3_stmt *st;

	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE id = ?1", NULL);
	return load_one(j, st, st == NULL ? -1 : db_text(st, 1, id), x);
}

/* The lowest and highest hash that begin with ${hex}.  0 or -1. */
static int
prefix_bounds(const char *hex, uint8_t lo[HASH_LEN], uint8_t hi[HASH_LEN])
{
	char a[2 * HASH_LEN + 1], b[2 * HASH_LEN + 1];
	size_t n = strlen(hex);

	if (n < 4 || n > 2 * HASH_LEN)
		return -1;
	memset(a, '0', sizeof(a));
	memset(b, 'f', sizeof(b));
	memcpy(a, hex, n);
	memcpy(b, hex, n);
	return dec_hex(lo, HASH_LEN, a, 2 * HASH_LEN) == 0 && dec_hex(hi, HASH_LEN, b, 2 * HASH_LEN) == 0 ? 0 : -1;
}

int
journal_by_prefix(struct journal *j, const char *hex, uint8_t hash[HASH_LEN])
{
	uint8_t lo[HASH_LEN], hi[HASH_LEN];
	sqlite3_stmt *st;
	int rc = -1;

	if (prefix_bounds(hex, lo, hi) != 0)
		return 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	st = db_get(j->db, "SELECT hash FROM entry WHERE hash >= ?1 AND hash <= ?2 LIMIT 2", NULL);
	if (st != NULL && db_blob(st, 1, lo, HASH_LEN) == 0 && db_blob(st, 2, hi, HASH_LEN) == 0 && (rc = db_step(j->db, st, NULL)) == 1) {
		if (db_col_exact(st, 0, hash, HASH_LEN) != 0)
			rc = -1;
		else if ((rc = db_step(j->db, st, NULL)) >= 0)
			rc++;
	}
	db_put(j->db, st);
	return journal_leave(j, rc);
}

int
journal_walk(struct journal *j, sqlite3_stmt *st, int bound, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	struct journal_entry x;
	int rc = -1, loaded;

	journal_entry_init(&x);
	j->walks++;
	while (st != NULL && bound == 0 && (rc = db_step(j->db, st, NULL)) == 1) {
		if ((loaded = journal_load_next(j, st, &x)) < 0)
			rc = -1;
		if (loaded < 0 || (loaded > 0 && (rc = cb(ctx, &x)) != 0))
			break;
	}
	j->walks--;
	db_put(j->db, st);
	journal_entry_free(&x);
	return journal_leave(j, rc);
}

static int
walk(struct journal *j, const char *sql, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	return journal_enter(j, NULL) != 0 ? -1 : journal_walk(j, db_get(j->db, sql, NULL), 0, cb, ctx);
}

int
journal_each(struct journal *j, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	return walk(j, "SELECT " JOURNAL_COLUMNS " FROM entry ORDER BY n", cb, ctx);
}

int
journal_each_unconfirmed(struct journal *j, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx)
{
	return walk(j, "SELECT " JOURNAL_COLUMNS " FROM entry WHERE log_index IS NULL ORDER BY n", cb, ctx);
}

int
journal_superseded_by(struct journal *j, const uint8_t hash[HASH_LEN], uint8_t by[HASH_LEN], int *withdrawn)
{
	static const char sql[] = "SELECT " JOURNAL_COLUMNS " FROM entry WHERE supersedes = ?1 ORDER BY n DESC LIMIT 1";
	struct journal_entry x;
	sqlite3_stmt *st;
	int rc;

	if (journal_enter(j, NULL) != 0)
		return -1;
	journal_entry_init(&x);
	st = db_get(j->db, sql, NULL);
	rc = load_one(j, st, st == NULL ? -1 : db_blob(st, 1, hash, HASH_LEN), &x);
	(void)pthread_mutex_lock(&j->mutex);
	if (rc == 1) {
		memcpy(by, x.hash, HASH_LEN);
		*withdrawn = strcmp(x.h.kind, "withdrawal") == 0;
	}
	journal_entry_free(&x);
	return journal_leave(j, rc);
}

int
journal_last_confirmed(struct journal *j, uint32_t epoch, uint64_t *seq)
{
	/* one may be lost: the last that is here */
	static const char first_waiting[] = "SELECT coalesce((SELECT max(n) + 1 FROM entry WHERE n BETWEEN ?1 AND w - 1), w)"
					    " FROM (SELECT min(n) AS w FROM entry WHERE log_index IS NULL AND n BETWEEN ?1 AND ?2) WHERE w IS NOT NULL";
	static const char last[] = "SELECT max(n) + 1 FROM entry WHERE n BETWEEN ?1 AND ?2";
	const char *sql[] = { first_waiting, last };
	sqlite3_stmt *st;
	uint64_t n = 0;
	size_t i;
	int rc = 0;

	if (journal_enter(j, NULL) != 0)
		return -1;
	for (i = 0; i < 2 && rc == 0 && n == 0; i++) {
		st = db_get(j->db, sql[i], NULL);
		if (st == NULL || db_int(st, 1, journal_row(epoch, 0)) != 0 || db_int(st, 2, journal_row(epoch, JOURNAL_SEQ_MAX)) != 0 ||
		    (rc = db_step(j->db, st, NULL)) < 0)
			rc = -1;
		else
			rc = 0, n = db_col_int(st, 0);
		db_put(j->db, st);
	}
	if (rc == 0 && n > journal_row(epoch, 0)) {
		*seq = (n & JOURNAL_SEQ_MAX) - 1;
		rc = 1;
	}
	return journal_leave(j, rc);
}

int
journal_count(struct journal *j, struct journal_counts *c)
{
	static const char last[] = "SELECT received FROM entry WHERE log_index IS NOT NULL ORDER BY log_index DESC LIMIT 1";
	struct db *d;
	int64_t changes;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	if (journal_enter(j, NULL) != 0)
		return -1;
	d = j->db;
	/* nobody else writes: as long as this connection changed nothing, nothing changed */
	changes = sqlite3_total_changes64(db_handle(d));
	if (j->has_counts && j->counts_at == changes) {
		*c = j->counts;
		return journal_leave(j, 0);
	}
	if (db_scalar(d, "SELECT count(*) FROM entry", &c->entries, NULL) == 0 &&
	    db_scalar(d, "SELECT count(*) FROM entry WHERE log_index IS NULL", &c->waiting, NULL) == 0 &&
	    db_scalar(d, "SELECT count(*) FROM entry WHERE state = 'set-aside' AND state <> ''", &c->set_aside, NULL) == 0 &&
	    db_scalar(d, "SELECT count(*) FROM att WHERE delivered = 0", &c->attachments_waiting, NULL) == 0 &&
	    db_scalar(d, "SELECT count(*) FROM att WHERE delivered = 0 AND mediatype <> '" ENTRY_THUMB_TYPE "'", &c->photos_waiting, NULL) == 0 &&
	    db_scalar(d, last, &c->last_confirmed, NULL) == 0) {
		c->confirmed = c->entries - c->waiting;
		c->has_last = c->confirmed > 0;
		j->counts = *c;
		j->counts_at = changes;
		j->has_counts = 1;
		rc = 0;
	}
	return journal_leave(j, rc);
}
