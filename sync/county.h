#ifndef SYNC_COUNTY_H
#define SYNC_COUNTY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "evidence/keys.h"
#include "store/ledger.h"
#include "sync/answer.h"
#include "sync/bundle.h"

/**
 * The county's side of sync, without a transport: verify, append, integrate,
 * sign, answer, in that order.  Used by the server, by bundles, and by the
 * simulation.
 */
struct county {
	struct ledger *l;
	struct county_keys keys;
	struct buf keys_text;              /* county.keys as it is */
	struct signer *log, *service;
	struct sealer *sealing;
	struct county_group *group;        /* appends of several requests in one go (sync/county_group.h), or NULL */
};

/** county_sign_head(ctx, size, root, note): the ledger_signer of a struct county. */
int county_sign_head(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note);

/** county_knows_log(c, log): 1 when ${log} is this county's log, or one that it continues; else 0. */
int county_knows_log(const struct county *c, const uint8_t log[HASH_LEN]);

/** county_successions(l, out): append a line "record INDEX B64" for each succession record, in order (GET /v1/succession).  0 or -1. */
int county_successions(struct ledger *l, struct buf *out);

/** county_bundle_succession(c, device, out, e): a bundle down of county.keys and the successions alone, for a device that knows only a log which ours continues; the answer follows when it has asked for ours.  0; 1 this log continues none; -1. */
int county_bundle_succession(struct county *c, const uint8_t device[HASH_LEN], struct buf *out, struct err *e);

struct county_stats { uint64_t entries, frames, refused; enum answer_status status; };

/**
 * county_sync(c, p, n, now, out, stats, e):
 * Answer one request (head and frames; a cut body counts as far as its frames
 * are whole).  Appends a signed answer to ${out}; when it returns 0 all that
 * the answer confirms is durable.  -1 when no answer can be given (the ledger
 * failed; HTTP 503).  1 when the bytes are no request at all (HTTP 400) or
 * its head's signature does not verify under the key of a known device
 * (HTTP 403: ${e} says which).
 */
int county_sync(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct county_stats *stats, struct err *e);

/** county_answer_carried(c, p, n, now, out, stats, e): as county_sync, to a request that came on a stick: its counter is not looked at, for sticks come in any order. */
int county_answer_carried(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct county_stats *stats, struct err *e);

/** What county_bundle() took in. */
struct county_carried {
	struct bundle head;
	struct bundle_found found;    /* parts */
	struct county_stats stats;    /* entries new in the log, frames, frames refused */
	uint64_t attachments, unwanted; /* kept or held already; refused */
	struct buf request;           /* the request's head, for the answer to be carried back; empty when it was lost */
};

/**
 * county_bundle(c, p, n, now, got, e):
 * Take in a bundle up: every whole part counts by itself (entries by their own
 * signatures, attachments by their hash), in any order and as often as it
 * comes.  Durable on 0.  1: no bundle of a device of this log (${e} says
 * why); -1: the ledger failed.  Release got->request in every case.
 */
int county_bundle(struct county *c, const void *p, size_t n, uint64_t now, struct county_carried *got, struct err *e);

/**
 * county_bundle_down(c, request, n, now, out, e):
 * The bundle that answers a request which came on a stick: answer, bodies of
 * forms and notes of reviews that it brings, sealed to the device.  0; 1
 * refused (no request, unknown device); -1.
 */
int county_bundle_down(struct county *c, const void *request, size_t n, uint64_t now, struct buf *out, struct err *e);

/** county_note(l, index, salted, device, e): append salt16 || text of the review note at ${index}; ${device} whose entry it is about.  1, 0 when there is none, -1. */
int county_note(struct ledger *l, uint64_t index, struct buf *salted, struct ledger_device *device);

/** county_dict_body(c, hash, out): append the bytes of a dictionary that a record of the log names.  1, 0 when none does, -1. */
int county_dict_body(struct county *c, const uint8_t hash[HASH_LEN], struct buf *out);

/** county_text(l, index, device, salted): append salt16 || text of the plan or message at ${index}, if it is for ${device}.  1, 0 when it is not or there is none, -1. */
int county_text(struct ledger *l, uint64_t index, const uint8_t device[HASH_LEN], struct buf *salted);

/**
 * county_enrol(c, p, n, now, out, e):
 * Judge an enrolment request; on success the enrol record is in the log and
 * the answer (9.4) in ${out}.  The same request again, with the same device
 * and secret, gets the same record's answer.  0; 1 refused (${e} says why:
 * unknown, expired or used token, wrong place or log, mac); -1 failure.
 */
int county_enrol(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, struct err *e);

/**
 * county_enrol_carried(c, p, n, now, out, device, e):
 * As county_enrol, of a request that came on a stick: behind its answer stands
 * a bundle down, as if a request with counter 0, the same nonce and the
 * answer's checkpoint had come, so that forms and plans need no second journey.
 */
int county_enrol_carried(struct county *c, const void *p, size_t n, uint64_t now, struct buf *out, uint8_t device[HASH_LEN], struct err *e);

/** county_attachment(c, hash, p, n, sealed, now, out, e): keep one attachment that a logged entry names (opened when ${sealed}).  0 and the signed answer; 1 refused; -1 failure. */
int county_attachment(struct county *c, const uint8_t hash[HASH_LEN], const void *p, size_t n, int sealed, uint64_t now, struct buf *out, struct err *e);

/** county_record(c, body, officer, now, index, e): seal a record (evidence/record.h) with the service key and ${officer} (or NULL) and append it.  0 and its index, or -1. */
int county_record(struct county *c, const struct buf *body, const struct signer *officer, uint64_t now, uint64_t *index, struct err *e);

#endif
