#ifndef SYNC_ANSWER_H
#define SYNC_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/entry.h"
#include "evidence/proof.h"
#include "evidence/receipt.h"

/* The county's signed answers (docs/format.md 10.3, 10.4). */

#define ANSWER_MAX (4U << 20)
#define ANSWER_FRONTS_MAX 64
#define ANSWER_HELDS_MAX 64
#define ANSWER_REFUSALS_MAX 256
#define ANSWER_RANGES_MAX 256
#define ANSWER_WANTS_MAX 256
#define ANSWER_RECORDS_MAX 64

enum answer_status { ANSWER_OK, ANSWER_ROLLED_BACK, ANSWER_REVOKED, ANSWER_UNKNOWN_DEVICE, ANSWER_WRONG_LOG, ANSWER_MALFORMED, ANSWER_STOPPED };

struct answer {
	uint8_t log[HASH_LEN];
	uint8_t device[HASH_LEN];
	uint64_t counter;
	uint8_t nonce[16];
	uint64_t time;             /* MS */
	enum answer_status status;
	uint64_t last;
	size_t nfronts;
	struct answer_front { uint32_t epoch, branch; uint64_t seq; uint8_t entry[HASH_LEN]; } front[ANSWER_FRONTS_MAX];
	size_t nhelds;
	struct answer_held { uint32_t epoch, branch; uint64_t from, to; } held[ANSWER_HELDS_MAX];
	size_t nrefusals;
	struct answer_refusal { uint32_t epoch; uint64_t seq; char code[32]; } refusal[ANSWER_REFUSALS_MAX];
	size_t nranges;
	struct range *range;       /* allocated, ANSWER_RANGES_MAX at most */
	struct proof consistency;
	size_t nwants;
	uint8_t want[ANSWER_WANTS_MAX][HASH_LEN];
	size_t nrecords;
	struct answer_record { uint64_t index; struct buf leaf; } record[ANSWER_RECORDS_MAX];
	uint64_t next;
	int more;
	struct buf note;           /* empty: none */
};

/** answer_init(a) / answer_free(a): an empty answer; release all it owns. */
void answer_init(struct answer *a);
void answer_free(struct answer *a);

/** answer_range(a): room for one more range, zeroed and counted; NULL when full or out of memory. */
struct range *answer_range(struct answer *a);

/** answer_status_name(s): the word of docs/format.md; static. */
const char *answer_status_name(enum answer_status s);

/** answer_print(out, a, service): append the answer, signed.  0 or -1. */
int answer_print(struct buf *out, const struct answer *a, const struct signer *service);

/** answer_parse(a, p, n, service, e): strict, and signed by ${service}; whether it answers our request is the caller's to check (nonce, counter).  0 or -1. */
int answer_parse(struct answer *a, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e);

/** What bytes are that no answer of ours could be read from. */
enum answer_fault {
	ANSWER_NONE,       /* nothing of the kind */
	ANSWER_CUT,        /* begins as one and breaks off */
	ANSWER_OTHER_LOG,  /* one of another county's log */
	ANSWER_ALTERED     /* says to be of this log, and its signature does not hold */
};

/** answer_fault(p, n, log): of an answer that answer_parse() or stored_parse() refused; nothing of it is believed. */
enum answer_fault answer_fault(const void *p, size_t n, const uint8_t log[HASH_LEN]);

/** stored_print / stored_parse: the answer to one attachment (10.4).  0 or -1. */
int stored_print(struct buf *out, const uint8_t log[HASH_LEN], const uint8_t hash[HASH_LEN], uint64_t len, uint64_t time, const struct signer *service);
int stored_parse(uint8_t log[HASH_LEN], uint8_t hash[HASH_LEN], uint64_t *len, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e);

#endif
