#ifndef STORE_LEDGER_IMPL_H
#define STORE_LEDGER_IMPL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/guard.h"
#include "store/ledger.h"
#include "store/ledger/ledger_backend.h"
#include "store/ledger/mirror.h"

/* For store/ledger*.c only. */

struct ledger {
	const struct ledger_driver *driver;
	void *db;                  /* NULL after a failure, until it is opened again */
	char *url;
	const char *where;         /* in url, behind the scheme */
	char *guard_path;          /* NULL: opened without one */
	struct guard *guard;       /* NULL: missing */
	int lock;                  /* descriptor of GUARD.lock, or -1 */
	int may_sign;
	char why[1024];            /* when it may not */
	char *mirror_dir;          /* the log's second place, or NULL */
	struct mirror *mirror;     /* opened, or NULL */
	int replaying;             /* from the mirror: neither it nor the guard is looked at */
	struct tree_reader reader;
};

struct ledger_head {
	uint64_t size;
	uint8_t root[HASH_LEN];
	uint64_t received;         /* of the last leaf */
};

/* Cells and queries */

static inline struct cell
cell_null(void)
{
	return (struct cell){ .type = CELL_NULL };
}

/** An integer; what no database can hold counts as the largest it can. */
static inline struct cell
cell_int(uint64_t v)
{
	return (struct cell){ .type = CELL_INT, .i = v > INT64_MAX ? INT64_MAX : (int64_t)v };
}

static inline struct cell
cell_blob(const void *p, size_t n)
{
	return (struct cell){ .type = p ? CELL_BLOB : CELL_NULL, .p = p, .n = n };
}

static inline struct cell
cell_hash(const uint8_t *h)
{
	return cell_blob(h, HASH_LEN);
}

/** A text, or NULL when it is empty. */
static inline struct cell
cell_text(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return (struct cell){ .type = n ? CELL_TEXT : CELL_NULL, .p = s, .n = n };
}

/** The arguments of a query: CELLS(cell_int(1), cell_hash(h)). */
#define CELLS(...) \
	(const struct cell[]){ __VA_ARGS__ }, (unsigned)(sizeof((const struct cell[]){ __VA_ARGS__ }) / sizeof(struct cell))
#define NO_CELLS NULL, 0

/** ledger_run(l, e, q, CELLS(...)): a query without rows.  Rows changed, or -1. */
int ledger_run(struct ledger *l, struct err *e, enum ledger_query q, const struct cell *arg, unsigned n);

/** Rows being read; close them on every path. */
struct rows {
	struct ledger *l;
	enum ledger_query q;
	void *at;
};

/** rows_open(r, l, q, CELLS(...)): 0 or -1 (then closing is harmless). */
int rows_open(struct rows *r, struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n);
/** rows_next(r): 1, 0 at the end, -1. */
int rows_next(struct rows *r);
/** rows_first(r, l, q, CELLS(...)): open and take the first row: 1, 0 or -1. */
int rows_first(struct rows *r, struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n);
void rows_close(struct rows *r);

/* Columns of the present row.  Of another type or size than asked for: rows_u64 0, the others -1. */
struct cell rows_cell(struct rows *r, unsigned i);
uint64_t rows_u64(struct rows *r, unsigned i);
int rows_null(struct rows *r, unsigned i);
int rows_bytes(struct rows *r, unsigned i, void *out, size_t n); /* exactly n bytes */
int rows_buf(struct rows *r, unsigned i, struct buf *out);       /* append; nothing for NULL */
int rows_text(struct rows *r, unsigned i, char *out, size_t size); /* "" for NULL */

/** ledger_number(l, q, CELLS(...), v): the integer in the only column of the first row.  1, 0 (no row) or -1. */
int ledger_number(struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n, uint64_t *v);

/* Transactions: ledger.c */

/** ledger_lock / ledger_unlock(l): one appender at a time, from before BEGIN until its guard is written.  0 or -1. */
int ledger_lock(struct ledger *l, struct err *e);
void ledger_unlock(struct ledger *l);

/** ledger_begin / ledger_commit / ledger_rollback(l): a writing transaction; begin opens again what a failure closed.  After a failed commit the ledger has been opened anew from disk, or stays closed. */
int ledger_begin(struct ledger *l, struct err *e);
int ledger_commit(struct ledger *l, struct err *e);
void ledger_rollback(struct ledger *l);

/** ledger_reopen(l, e): throw the connection away and open from disk, settled.  0, or -1 (db is NULL). */
int ledger_reopen(struct ledger *l, struct err *e);

/** ledger_lock_open(l, e): open GUARD.lock if it is not yet; also where there is no guard.  0 or -1. */
int ledger_lock_open(struct ledger *l, struct err *e);

/* The second place: ledger_mirror.c */

/** ledger_mirror_open(l, e): read whether there is one; its files are opened when they are needed.  0 or -1. */
int ledger_mirror_open(struct ledger *l, struct err *e);

/** ledger_mirror_close(l): close and forget. */
void ledger_mirror_close(struct ledger *l);

/** ledger_mirror_reach(l, h, e): have it hold all leaves and heads up to ${h}; durable on 0 (also without a mirror).  -1: it cannot be written, is ahead, or is another log's. */
int ledger_mirror_reach(struct ledger *l, const struct ledger_head *h, struct err *e);

/* The log as stored: ledger_log.c, ledger_note.c */

void ledger_reader_init(struct ledger *l);

/** ledger_head_read(l, h): the head row.  0 or -1. */
int ledger_head_read(struct ledger *l, struct ledger_head *h);

/** ledger_root_at / ledger_edge_at(l, size, ...): root or right edge of the first ${size} leaves, from the stored nodes.  0 or -1. */
int ledger_root_at(struct ledger *l, uint64_t size, uint8_t root[HASH_LEN]);
int ledger_edge_at(struct ledger *l, uint64_t size, struct tree_edge *t);

/** ledger_stand(l, h): judge head, right edge, newest note and guard; sets may_sign and why, and has the guard reach the head. */
void ledger_stand(struct ledger *l, const struct ledger_head *h);

/** ledger_guard_reach(l, h, e): have the guard say ${h} if it does not yet; durable on 0. */
int ledger_guard_reach(struct ledger *l, const struct ledger_head *h, struct err *e);

/** ledger_note_says(note, n, size, root): 1 when the note's text is a checkpoint of that size and root, else 0; no signature is judged. */
int ledger_note_says(const void *note, size_t n, uint64_t size, const uint8_t root[HASH_LEN]);

/** ledger_note_put(l, size, note, n, e): one more note of that size, within the caller's transaction.  0 or -1. */
int ledger_note_put(struct ledger *l, uint64_t size, const void *note, size_t n, struct err *e);

/** ledger_nodes(t, hash, out): add a leaf's hash to the edge; ${out} gets the roots of all subtrees it completes, from its own up.  Their number. */
unsigned ledger_nodes(struct tree_edge *t, const uint8_t hash[HASH_LEN], uint8_t out[TREE_HEIGHT_MAX + 1][HASH_LEN]);

/* Devices: ledger_device.c */

/** ledger_dev(l, device, dev, e): our number of a device, made when it is new.  0 or -1. */
int ledger_dev(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t *dev, struct err *e);

/** ledger_dev_find(l, device, dev): 1, 0 or -1. */
int ledger_dev_find(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t *dev);

/* Records: ledger_apply.c */

/** ledger_apply(l, index, leaf, n, e): what a record changes in the state tables.  0, or -1 with the rule it breaks. */
int ledger_apply(struct ledger *l, uint64_t index, const void *leaf, size_t n, struct err *e);

/* Whom a record concerns: ledger_concern.c */

/** ledger_concern(l, idx, dev, e): the record at ${idx} goes down to our device ${dev} (0: to every one).  0 or -1. */
int ledger_concern(struct ledger *l, uint64_t idx, uint64_t dev, struct err *e);

/** ledger_concern_place(l, dev, assigned, e): what was planned for, or said to, a place goes to a device that was given it.  0 or -1. */
int ledger_concern_place(struct ledger *l, uint64_t dev, const char *assigned, struct err *e);

/** ledger_apply_plan / ledger_apply_message(l, idx, r, e): as ledger_apply(), of one kind. */
int ledger_apply_plan(struct ledger *l, uint64_t idx, const struct record *r, struct err *e);
int ledger_apply_message(struct ledger *l, uint64_t idx, const struct record *r, struct err *e);

/* Chains of a batch: ledger_chain.c */

/** The chains that a batch adds to: read once, written once at its end. */
struct chains {
	struct chain *at;
	size_t n, cap;
	size_t last;
};

/** chains_dev(c, l, h, dev, e): our number of the entry's device.  0 or -1. */
int chains_dev(struct chains *c, struct ledger *l, const struct entry *h, uint64_t *dev, struct err *e);
/** chains_add(c, l, h, hash, e): the entry, whose row is stored, joins its chain (chains_dev() came just before).  0 or -1. */
int chains_add(struct chains *c, struct ledger *l, const struct entry *h, const uint8_t hash[HASH_LEN], struct err *e);
/** chains_save(c, l, e): write what changed.  0 or -1. */
int chains_save(struct chains *c, struct ledger *l, struct err *e);
void chains_free(struct chains *c);

/* Attachments and erasure: ledger_file.c, ledger_erase.c */

/** ledger_att_path(l, out, size, hash): the folder of attachments/HASH.  0 or -1. */
int ledger_att_path(struct ledger *l, char *out, size_t size, const uint8_t hash[HASH_LEN]);

/** ledger_beside(l, name, out, size): the path of ${name} in the folder of the database.  0 or -1. */
int ledger_beside(struct ledger *l, const char *name, char *out, size_t size);

/** ledger_att_add(l, index, dev, h, e): rows for the attachments an entry names.  0 or -1. */
int ledger_att_add(struct ledger *l, uint64_t index, uint64_t dev, const struct entry *h, struct err *e);

/** ledger_erase_entry(l, hash, dev, e): destroy an entry's personal part; its files go with ledger_erase_files().  1 (sets *${dev}), 0 when it is not held, -1. */
int ledger_erase_entry(struct ledger *l, const uint8_t hash[HASH_LEN], uint64_t *dev, struct err *e);

/** ledger_remove_file(l, hash): an attachment and all that came of it go for good; what cannot go is said in the log. */
void ledger_remove_file(struct ledger *l, const uint8_t hash[HASH_LEN]);

/** ledger_erase_files(l, leaf, n): after COMMIT; of an erase record: remove attachments that no other entry holds, and copies in side files. */
void ledger_erase_files(struct ledger *l, const void *leaf, size_t n);

/** ledger_each_bytes(l, q, CELLS(...), cb, ctx): rows of (index, bytes) told to ${cb}; its value ends the walk. */
int ledger_each_bytes(struct ledger *l, enum ledger_query q, const struct cell *arg, unsigned n,
    int (*cb)(void *ctx, uint64_t index, const void *p, size_t n), void *ctx);

#endif
