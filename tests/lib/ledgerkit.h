#ifndef TESTS_LIB_LEDGERKIT_H
#define TESTS_LIB_LEDGERKIT_H

#include "store/ledger.h"
#include "tests/lib/county.h"
#include "tests/lib/maker.h"

/* A ledger in a folder of its own, with the county that signs it and devices that fill it.  Every helper fails the test when it cannot do its work. */

struct kit {
	char dir[256], url[300], db[280], guard[280];
	struct test_county county;
	struct ledger *l;
	uint64_t now;              /* MS, of the next append */
	int refuse;                /* the signer gives up */
	const char *late;          /* of entries that kit_append() appends, or NULL */
	uint8_t seed;              /* of the next village */
	struct err e;              /* of the last append */
};

/** kit_open(k): a new ledger whose first record is the county's keys. */
void kit_open(struct kit *k);

/** kit_shut(k): close the ledger; the county stays. */
void kit_shut(struct kit *k);

/** kit_reopen(k): close, and open from disk. */
void kit_reopen(struct kit *k);

/** kit_close(k): close and remove the folder. */
void kit_close(struct kit *k);

/** kit_sign: the county's log key, for ledger_append; ctx is the kit. */
int kit_sign(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note);

/** kit_sql(k, sql): do to the database what an outsider could, behind a closed ledger (which is opened again).  Rows changed. */
int kit_sql(struct kit *k, const char *sql);

/** kit_record(k, leaf, kind, fmt, ...): make a record's leaf in the empty ${leaf} (release with buf_free); the format gives the lines after the head. */
void kit_record(struct kit *k, struct buf *leaf, enum record_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** kit_put(k, kind, fmt, ...): make one and append it: its index, or -1 when the ledger refused it (k->e). */
int64_t kit_put(struct kit *k, enum record_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** kit_enrol(k, m, place, secret): log the device's enrol record for its present key; ${secret} fills the invitation's hash.  As kit_put(). */
int64_t kit_enrol(struct kit *k, const struct maker *m, const char *place, uint8_t secret);

/** kit_append(k, x, n, count): append entries, as late for the reason k->late; 0 or -1 (k->e).  *${count} new leaves unless NULL. */
int kit_append(struct kit *k, const struct journal_entry *x, size_t n, uint64_t *count);

/** kit_village(k, m, x, n): enrol a device of seed k->seed++, and append its genesis and n-1 records, all kept in ${x}. */
void kit_village(struct kit *k, struct maker *m, struct journal_entry *x, size_t n);

/** kit_entries_free(x, n): release. */
void kit_entries_free(struct journal_entry *x, size_t n);

#endif
