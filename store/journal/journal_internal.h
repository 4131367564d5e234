#ifndef STORE_JOURNAL_INTERNAL_H
#define STORE_JOURNAL_INTERNAL_H

#include <pthread.h>

#include "crypto/sign.h"
#include "store/db.h"
#include "store/guard.h"
#include "store/journal.h"

/* What the files of the journal share; for store/journal*.c only. */

#define SUSPECT_NAME "journal.db.suspect" /* there: the database was found damaged and is to be salvaged */
#define JOURNAL_KEYS 4        /* epochs whose key is kept at hand */
#define JOURNAL_SEQ_BITS 40   /* a row's number is epoch << 40 | seq: rows lie in chain order */
#define JOURNAL_EPOCH_MAX ((UINT32_C(1) << 23) - 1)
#define JOURNAL_SEQ_MAX ((UINT64_C(1) << JOURNAL_SEQ_BITS) - 1)
#define JOURNAL_SIG_LEN (HASH_LEN + SIG_LEN) /* a signature line as stored: key hash, signature */

struct epoch_key {
	uint32_t epoch;            /* 0: empty */
	uint8_t key[KEY_LEN];
	uint8_t keyhash[HASH_LEN];
};

struct journal {
	char *dir, *db_path, *guard_path;
	int dirfd;                 /* locked: one process, one handle */
	struct db *db;             /* NULL: closed after a failure */
	int failed;                /* to be closed and reopened before anything else is said */
	unsigned walks;            /* callbacks in progress: no reopening below them */
	struct vault *v;           /* keys of personal data at rest */
	int photos_due;            /* some may be waiting for the cabinet */
	struct guard *guard;       /* NULL: missing */
	struct guard_state at;     /* what the guard says, when it says anything */
	int has_at;
	uint8_t host[HASH_LEN];
	enum journal_standing standing;
	uint32_t seen_epoch;       /* the highest the journal or the guard knows of */
	int has_head;
	struct entry head;
	uint8_t head_hash[HASH_LEN];
	struct epoch_key keys[JOURNAL_KEYS];
	unsigned next_key;
	enum journal_writing writing;
	int has_counts;            /* counts stood so when the connection had made so many changes */
	int64_t counts_at;
	struct journal_counts counts;
	pthread_mutex_t mutex;     /* recursive: callbacks may call back in */
};

extern const struct db_schema journal_schema;

/** journal_new(dir, e): a handle with the folder locked and no database open.  NULL on failure; release with journal_close(). */
struct journal *journal_new(const char *dir, struct err *e);

/** journal_row(epoch, seq): the row's number; both are within their maxima. */
uint64_t journal_row(uint32_t epoch, uint64_t seq);

/** journal_enter(j, e): lock, and reopen what a failure closed.  0 (then journal_leave), or -1 (not locked). */
int journal_enter(struct journal *j, struct err *e);

/** journal_leave(j, rc): unlock; returns ${rc}. */
int journal_leave(struct journal *j, int rc);

/** journal_begin(j, e): start a transaction.  0, or -1 with the journal failed. */
int journal_begin(struct journal *j, struct err *e);

/**
 * journal_end(j, rc, e):
 * COMMIT when ${rc} is 0, ROLLBACK else.  Returns ${rc}, or -1 when the commit
 * failed; on -1 the database has been closed and reopened from disk.
 */
int journal_end(struct journal *j, int rc, struct err *e);

/** journal_wrote(j, ok): remember what became of a write; before anything else is asked of SQLite. */
void journal_wrote(struct journal *j, int ok);

/** journal_fail(j): a write failed: close the database and reopen it from disk, now, or once the callbacks in progress have returned. */
void journal_fail(struct journal *j);

/**
 * journal_settle(j, e):
 * After opening: load the head and lay it beside the guard (docs/format.md
 * 15); an older guard on the same chain is advanced.  0, or 1 when it was; the
 * standing is set.  -1 when the database or the guard fails.
 */
int journal_settle(struct journal *j, struct err *e);

/** journal_advance(j, e): write the head into the guard (made when missing).  0, then the standing is JOURNAL_NORMAL; or -1. */
int journal_advance(struct journal *j, struct err *e);

/* Rows */

#define JOURNAL_COLUMNS "n, hash, header, sig, payload, salt, personal, id, subject, log_index, received, state"

/** journal_load(j, st, x): the current row of a query of JOURNAL_COLUMNS, header parsed.  0, or -1 when the row is damaged or out of memory. */
int journal_load(struct journal *j, sqlite3_stmt *st, struct journal_entry *x);

/** journal_load_next(j, st, x): journal_load() on a walk: 1 loaded; 0 damaged, which is logged, pass over it; -1 not known, memory ran out (base/lapse.h). */
int journal_load_next(struct journal *j, sqlite3_stmt *st, struct journal_entry *x);

/** journal_walk(j, st, bound, cb, ctx): every entry that ${st} (NULL: none) finds, when ${bound} is 0; between journal_enter() and this nothing else.  Puts the statement back and leaves the journal.  What cb returned, 0, or -1. */
int journal_walk(struct journal *j, sqlite3_stmt *st, int bound, int (*cb)(void *ctx, const struct journal_entry *x), void *ctx);

/** journal_load_raw(j, st, x): the same without parsing the header: x->h has only epoch and seq, from the row's number. */
int journal_load_raw(struct journal *j, sqlite3_stmt *st, struct journal_entry *x);

/* Judging one entry by its bytes.  Each gives NULL when it holds, else the code of docs/format.md 14 with the rule in ${e}. */

/** journal_judge_sig(x, key, e): as many signatures as the header wants, by the right keys, the epoch key's verifies. */
const char *journal_judge_sig(const struct journal_entry *x, const struct epoch_key *key, struct err *e);

/** journal_judge_body(x, missing_ok, e): payload and personal part against their commitments; ${missing_ok}: the personal part may be gone.  A locked one cannot be judged and holds. */
const char *journal_judge_body(const struct journal_entry *x, int missing_ok, struct err *e);

/** journal_judge_open(x, key, former, e): the facts of an entry seq 0; ${key} is filled in.  ${former}: the key of the epoch before, or NULL when unknown. */
const char *journal_judge_open(const struct journal_entry *x, struct epoch_key *key, const struct epoch_key *former, struct err *e);

/** journal_judge_chain(h, prev, prev_hash, e): does ${h} go on where ${prev} (NULL: the chain begins) stands, also into a later epoch? */
const char *journal_judge_chain(const struct entry *h, const struct entry *prev, const uint8_t prev_hash[HASH_LEN], struct err *e);

/** journal_epoch_key(j, epoch, key, e): from the epoch's first entry in the journal.  0 or -1. */
int journal_epoch_key(struct journal *j, uint32_t epoch, struct epoch_key *key, struct err *e);

/** journal_keep_key(j, key): put it at hand. */
void journal_keep_key(struct journal *j, const struct epoch_key *key);

/** journal_remark(j, e): in a transaction: entries that a kept receipt names and whose rows do not say so are marked.  0 or -1. */
int journal_remark(struct journal *j, struct err *e);

/** journal_holds(j, x): is a stored entry its row's, signed by its epoch's key, with its payload?  1 or 0 (also when memory ran out: base/lapse.h). */
int journal_holds(struct journal *j, const struct journal_entry *x);

/** journal_insert_attachments(j, h, e): rows for what the header names, as not delivered; those there already stay.  In a transaction.  0 or -1. */
int journal_insert_attachments(struct journal *j, const struct entry *h, struct err *e);

/**
 * journal_carve(j, path, found, e):
 * In the caller's transaction: put into j->db every entry that can be found by
 * its own bytes in the database ${path} or in its log, is not there yet, and
 * holds; *${found} of them.  Reads ${path} past SQLite.  0 or -1.
 */
int journal_carve(struct journal *j, const char *path, uint64_t *found, struct err *e);

/** journal_attachment_path(j, hash, out, size): DIR/attachments/HASH.  0 or -1. */
int journal_attachment_path(const struct journal *j, const uint8_t hash[HASH_LEN], char *out, size_t size);

/* Personal data at rest */

/** journal_rest_settle(j, e): after opening: the rest key is made, or its loss said aloud; personal parts that lie there in the clear are sealed.  0, or -1 (said; the journal can be used). */
int journal_rest_settle(struct journal *j, struct err *e);

/** journal_seal_part(j, box, salt, p, n, out, e): append a personal part and its salt as a sealed blob.  0 or -1. */
int journal_seal_part(struct journal *j, enum vault_box box, const uint8_t *salt, const void *p, size_t n, struct buf *out, struct err *e);

/** journal_attachment_seal(j, hash, box, e): an attachment's file into that box, durable; nothing when it is not there, in it already, or cannot be opened.  0 or -1. */
int journal_attachment_seal(struct journal *j, const uint8_t hash[HASH_LEN], enum vault_box box, struct err *e);

/** journal_flush(j, e): empty the write-ahead log, so that no older page is left in it.  0 or -1. */
int journal_flush(struct journal *j, struct err *e);

/** A finding on its way to journal_verify()'s callback. */
struct journal_findings {
	void (*cb)(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail);
	void *ctx;
	int n;
	unsigned long lapses;      /* when it began: after one more, findings are none */
};

/** journal_find(f, code, epoch, seq, fmt, ...): tell and count one finding. */
void journal_find(struct journal_findings *f, const char *code, uint32_t epoch, uint64_t seq, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** journal_verify_receipts(j, f): receipts, notes and anchors, for journal_verify().  0 or -1. */
int journal_verify_receipts(struct journal *j, struct journal_findings *f);

#endif
