#ifndef TESTS_LIB_MAKER_H
#define TESTS_LIB_MAKER_H

#include "crypto/sign.h"
#include "evidence/receipt.h"
#include "store/journal.h"
#include "tests/lib/county.h"

/* Devices that sign entries, and a log in memory that answers with receipts; the same bytes at every run. */

struct maker {
	uint8_t seed;
	struct signer *signer;       /* the epoch's */
	struct signer *person;       /* signs too when not NULL (owned) */
	uint8_t device[HASH_LEN];
	char place[PLACE_MAX + 1];
	uint32_t epoch;
	int has_last;
	struct entry last;           /* the entry made last, and its hash */
	uint8_t last_hash[HASH_LEN];
	unsigned made;
};

/** maker_init(m, seed, place): a device whose keys follow from ${seed}.  0 or -1. */
int maker_init(struct maker *m, uint8_t seed, const char *place);

/** maker_free(m): release the keys. */
void maker_free(struct maker *m);

/** maker_header(m, h, kind): the next header in the chain, to be changed as wanted (kinds with a form get one). */
void maker_header(const struct maker *m, struct entry *h, const char *kind);

/**
 * maker_sign(m, x, h, payload, personal):
 * Make the entry of ${h} with these JSON texts (personal may be NULL): fill in
 * lengths and hashes, print, hash, sign; ${x} is initialised here and to be
 * freed by the caller.  The chain goes on from it.  Rules are not checked: wrong
 * entries can be made.  0 or -1.
 */
int maker_sign(struct maker *m, struct journal_entry *x, const struct entry *h, const char *payload, const char *personal);

/** maker_genesis(m, x): epoch 1, seq 0.  maker_epoch(m, x, epoch, reason): seq 0 of a later epoch with a new key that the former endorses.  0 or -1. */
int maker_genesis(struct maker *m, struct journal_entry *x);
int maker_epoch(struct maker *m, struct journal_entry *x, uint32_t epoch, const char *reason);

/** maker_record(m, x): the next entry of kind record, numbered payload, no personal part.  maker_personal(m, x): the same with one.  0 or -1. */
int maker_record(struct maker *m, struct journal_entry *x);
int maker_personal(struct maker *m, struct journal_entry *x);

#define MAKER_LOG_MAX 1024

/** A log in memory. */
struct maker_log {
	struct test_county county;
	uint64_t size;
	uint8_t leaf[MAKER_LOG_MAX * HASH_LEN];
};

/** maker_log_init(l): an empty log; release with maker_log_free(). */
int maker_log_init(struct maker_log *l);
void maker_log_free(struct maker_log *l);

/** maker_log_other(l, n): ${n} leaves of somebody else. */
void maker_log_other(struct maker_log *l, unsigned n);

/** maker_log_entry(l, x, received): the leaf of an entry. */
void maker_log_entry(struct maker_log *l, const struct journal_entry *x, uint64_t received);

/** maker_log_note(l, note): append the checkpoint note of the present size.  0 or -1. */
int maker_log_note(const struct maker_log *l, struct buf *note);

/** maker_log_range(l, r, first, epoch, seq, count, received): the receipt of one run of leaves side by side, in the tree as it is.  0 or -1. */
int maker_log_range(const struct maker_log *l, struct range *r, uint64_t first, uint32_t epoch, uint64_t seq, uint64_t count, uint64_t received);

/** maker_keys(l, out): append the county.keys file.  0 or -1. */
int maker_keys(const struct maker_log *l, struct buf *out);

/** maker_tmp(out, size): a new folder under TMPDIR or /tmp.  0 or -1.  maker_rm(dir): remove it and all in it. */
int maker_tmp(char *out, size_t size);
void maker_rm(const char *dir);

/** maker_sql(dir, sql): what a stranger with a database tool does to DIR/journal.db.  0 or -1. */
int maker_sql(const char *dir, const char *sql);

#endif
