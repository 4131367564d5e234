#ifndef SYNC_COUNTY_INTERNAL_H
#define SYNC_COUNTY_INTERNAL_H

#include "sync/answer.h"
#include "sync/county.h"
#include "sync/dict.h"
#include "sync/request.h"

/* Between the files of the county's side; nobody else includes this. */

#define INGEST_EPOCHS_MAX 16 /* new epochs that one request may bring */
#define INGEST_BYTES_MAX (32U << 20) /* of one request's frames when opened; those behind come with the next request */

/** Entries of one request that were verified and are ready to be appended. */
struct ingest {
	struct county *c;
	const struct request *r;
	struct ledger_device dev;
	struct frame **frames;      /* own the bytes that items point to */
	size_t nframes;
	size_t bytes;               /* of frames */
	struct ledger_item *items;
	size_t nitems, room;
	struct buf *forks;          /* leaves of the fork records among the items */
	size_t nforks;
	struct answer *a;           /* refusals go here */
	struct county_stats *stats;
	/* the key of the epoch last looked up, point-checked at its enrolment or in its epoch-open */
	uint32_t key_epoch;
	uint8_t key[KEY_LEN];
	/* keys that epoch-open entries of this request bring, each endorsed by the epoch's before */
	struct { uint32_t epoch; uint8_t key[KEY_LEN]; } fresh[INGEST_EPOCHS_MAX];
	size_t nfresh;
	/* the entry that the next frame should continue */
	struct entry last;
	uint8_t last_hash[HASH_LEN];
	int has_last;
};

/** ingest_frames(in, p, n): decode and verify the whole frames at the head of ${p}; what is wrong becomes a refusal.  0, or -1 when the ledger failed. */
int ingest_frames(struct ingest *in, const uint8_t *p, size_t n, struct err *e);

struct frame_entry;

/** ingest_entries(in, x, n, e): verify ${n} consecutive entries of one epoch, whose payloads and commitments were checked, and make items of them: all, or none and a refusal.  They must outlive the items.  0, or -1 when the ledger failed. */
int ingest_entries(struct ingest *in, const struct frame_entry *x, size_t n, struct err *e);

/** ingest_key(in, epoch, key): the key of an epoch of this device, logged or brought by this request.  1, 0 or -1. */
int ingest_key(struct ingest *in, uint32_t epoch, uint8_t key[KEY_LEN]);

/** ingest_new_epoch(in, p, n, key): the key of the request's epoch, from an epoch-open entry in the frames that the former key endorsed.  1, or 0 when there is none. */
int ingest_new_epoch(struct ingest *in, const uint8_t *p, size_t n, uint8_t key[KEY_LEN]);

/** ingest_forks(in, now, e): put a fork record behind the items for each new entry that begins another branch (docs/format.md 6), to be appended with them.  0 or -1. */
int ingest_forks(struct ingest *in, uint64_t now, struct err *e);

enum commit {
	COMMIT_FAILED = -1,   /* nothing of it is confirmed */
	COMMIT_DONE,
	COMMIT_ROLLED_BACK,   /* the request's counter is not above the highest seen, a->last: nothing was appended */
	COMMIT_STOPPED        /* this ledger may not sign */
};

/** county_commit(in, counted, now, e): count the request (when ${counted}), judge its forks, append its items; together with others that wait, where the county has a group. */
enum commit county_commit(struct ingest *in, int counted, uint64_t now, struct err *e);

/** ingest_add(in, item, e): one more item.  0 or -1. */
int ingest_add(struct ingest *in, const struct ledger_item *item, struct err *e);

/** ingest_free(in): release frames and items. */
void ingest_free(struct ingest *in);

/** county_dict(c, name): the dictionary of that name, the program's or one that a record of the log names; NULL when there is none (or it cannot be read now).  Stays as long as the process. */
const struct dict *county_dict(struct county *c, const uint8_t name[DICT_NAME_LEN]);

/** county_answer_to(c, r, now, out, e): append the signed answer to a request of an enrolled device that nobody sent: ${r} has no signature, the caller knows that it is theirs.  0 or -1. */
int county_answer_to(struct county *c, const struct request *r, uint64_t now, struct buf *out, struct err *e);

/** county_parcel(c, r, text, out, e): append the bundle down with the answer ${text} to ${r} and what stands behind its records.  0 or -1. */
int county_parcel(struct county *c, const struct request *r, const struct buf *text, struct buf *out, struct err *e);

/** answer_fronts(c, r, a, e): the last entry of each branch held.  0 or -1. */
int answer_fronts(struct county *c, const struct request *r, struct answer *a, struct err *e);

/** answer_fill(c, r, in, a, e): frontier, receipts, consistency, wants and records after everything was appended.  0 or -1. */
int answer_fill(struct county *c, const struct request *r, const struct ingest *in, struct answer *a, struct err *e);

#endif
