#ifndef TESTS_LIB_VILLAGE_H
#define TESTS_LIB_VILLAGE_H

#include "sync/county.h"
#include "sync/device.h"
#include "tests/lib/ledgerkit.h"

/* Whole exchanges in one process: a county that answers, and devices with journals.  Every helper fails the test when it cannot do its work. */

struct hall {
	struct kit k;              /* the ledger and its keys */
	struct county c;
	uint8_t secrets;           /* tokens made */
	struct county_stats stats; /* of the last request */
};

/** hall_open(h): a county with a published form "roof" 1, as tests/lib/maker.h names it.  hall_close(h): close and remove. */
void hall_open(struct hall *h);
void hall_close(struct hall *h);

/** hall_invite(h, place, device, expires, secret): a token for the place, for a lost key of ${device} unless NULL. */
void hall_invite(struct hall *h, const char *place, const uint8_t *device, uint64_t expires, uint8_t secret[TOKEN_SECRET_LEN]);

/** hall_person(h, s, state): a record that makes ${s} the key of cadre-1. */
void hall_person(struct hall *h, const struct signer *s, const char *state);

/** hall_sound(h): the ledger's own check finds nothing. */
void hall_sound(struct hall *h);

struct village {
	char top[256], dir[280];
	struct maker m;
	struct journal *j;
	struct err e;              /* of the last call */
};

/** village_init(v, seed, place): a journal with its genesis, not enrolled.  village_close(v): close and remove. */
void village_init(struct village *v, uint8_t seed, const char *place);
void village_close(struct village *v);

/** village_ask(v, h, secret, nonce, out): the bytes of an enrolment request. */
void village_ask(const struct village *v, const struct hall *h, const uint8_t secret[TOKEN_SECRET_LEN], const uint8_t nonce[16], struct buf *out);

/** village_enrol(v, h): with a fresh token of its place. */
void village_enrol(struct village *v, struct hall *h);

/** village_open(v, h, seed, place): init and enrol. */
void village_open(struct village *v, struct hall *h, uint8_t seed, const char *place);

/** village_header(v, h, kind): the next header as an agent makes it, with log and anchor. */
void village_header(struct village *v, struct entry *h, const char *kind);

/** village_put(v, h, payload, personal): sign and append it; its hash is v->m.last_hash. */
void village_put(struct village *v, const struct entry *h, const char *payload, const char *personal);

/** village_add(v, n): append ${n} records, every third with a personal part. */
void village_add(struct village *v, size_t n);

/** village_epoch(v, reason): open the next epoch, endorsed. */
void village_epoch(struct village *v, const char *reason);

/** village_request / hall_answer: one request's bytes; the county's answer to bytes (as county_sync(), which must not fail). */
void village_request(struct village *v, size_t max, struct device_request *r);
int hall_answer(struct hall *h, const void *p, size_t n, struct buf *out);

/** village_sync(v, h, max, o): one whole exchange. */
enum device_verdict village_sync(struct village *v, struct hall *h, size_t max, struct device_outcome *o);

/** village_settle(v, h): exchanges until nothing waits and no more is told; everything must be confirmed and sound. */
void village_settle(struct village *v, struct hall *h);

/** village_counts(v): of the journal. */
struct journal_counts village_counts(const struct village *v);

/** village_sound(v): the journal's own check finds nothing. */
void village_sound(struct village *v);

/** hall_entries(h, v): how many entries of it the ledger counts. */
uint64_t hall_entries(struct hall *h, const struct village *v);

#endif
