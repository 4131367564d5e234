#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "evidence/entry.h"
#include "store/journal.h"
#include "sync/answer.h"
#include "sync/county.h"
#include "sync/device.h"
#include "tests/lib/county.h"

/* A county and villages of the seeded corpus, in process; every helper ends the program with the words when it fails. */

#define BENCH_REQUEST_ENTRIES 200
#define BENCH_FORMS 3

struct bench_row {
	char place[PLACE_MAX + 1], form[ID_MAX + 1], subject[ID_MAX + 1];
	const char *payload, *personal;
	size_t payload_len, personal_len; /* personal_len 0: none */
};

struct corpus {
	char *text;
	struct bench_row *row;
	size_t n;
};

/** die(fmt, ...): say it on stderr and exit 1. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** corpus_load(c, path): what bench/corpus printed. */
void corpus_load(struct corpus *c, const char *path);
void corpus_free(struct corpus *c);

/** corpus_village(c, from): the index after the last row with the place of row ${from}. */
size_t corpus_village(const struct corpus *c, size_t from);

struct world {
	char dir[400], url[800], guard[500];
	struct test_county keys;
	struct county c;
	struct buf policy;
	uint64_t now;              /* the county's clock, MS */
	struct bench_form { char id[ID_MAX + 1], version[VERSION_MAX + 1]; uint8_t hash[HASH_LEN]; struct buf xml; uint64_t index; } form[BENCH_FORMS];
	unsigned villages;
};

/** world_open(w, dir): a new county in DIR/county with its keys, policy, officer and the catalogue's forms in the log. */
void world_open(struct world *w, const char *dir);
void world_close(struct world *w);

struct village {
	char dir[500];
	struct journal *j;
	struct signer *s;
	uint8_t device[HASH_LEN];
	char place[PLACE_MAX + 1];
	const struct world *w;
	struct entry last;         /* the entry composed last, and its hash */
	uint8_t last_hash[HASH_LEN];
	uint64_t wall, mono, step;
};

/** village_open(v, w, place): a new device, enrolled, synced once so that it knows the records and has an anchor. */
void village_open(struct village *v, struct world *w, const char *place);
void village_close(struct village *v);

/** village_sign(v, x, kind): fill in and sign the header of ${x}, whose payload, personal part, form and anchor are there. */
void village_sign(struct village *v, struct journal_entry *x, const char *kind);

/** village_compose(v, r, x): make and sign the next entry from a row; ${x} is initialised here (release with journal_entry_free). */
void village_compose(struct village *v, const struct bench_row *r, struct journal_entry *x);

/** village_record(v, r, n): compose and append ${n} rows in one transaction. */
void village_record(struct village *v, const struct bench_row *r, size_t n);

/** village_sync(v, w, max): one request of about ${max} bytes of frames, its answer judged.  *up and *down (may be NULL) get the bytes.  The entries confirmed. */
uint64_t village_sync(struct village *v, struct world *w, size_t max, size_t *up, size_t *down);

/** now_ns(): CLOCK_MONOTONIC.  cpu_ns(): CPU time of this process, kernel time included. */
uint64_t now_ns(void);
uint64_t cpu_ns(void);

/** median(v, n): sorts ${v}. */
double median(double *v, size_t n);

/** floor_entry(key, sig, signed_bytes, n, payload, pn, personal, qn): what cannot be left out: libsodium's verification of the entry's signature, and SHA-256 of its bytes. */
void floor_entry(const uint8_t key[KEY_LEN], const uint8_t sig[SIG_LEN], const void *signed_bytes, size_t n, const void *payload, size_t pn,
    const void *personal, size_t qn);

#endif
