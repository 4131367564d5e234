#ifndef SYNC_DEVICE_H
#define SYNC_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/enrol.h"
#include "store/journal.h"

/**
 * The device's side of sync, without a transport: make a request from the
 * journal, judge an answer into it.  Nothing is believed that is not signed,
 * included and consistent with what was verified before (docs/format.md 10.3).
 */

#define DEVICE_FORM_MAX (16U << 20) /* bytes of a form: what forms/form.h reads */

/** device_keys(j, k, e): the county.keys this device holds.  0, or -1 (also: not enrolled). */
int device_keys(struct journal *j, struct county_keys *k, struct err *e);

/**
 * device_take_keys(j, p, n, e):
 * A county.keys that came by any way: kept when the root key that this device
 * pinned signed it, it is of the same log, and its version is higher, however
 * many were missed.  1 kept (durable); 0 the version held; 2 newer, but of
 * another log, and so not kept: device_succeed(); -1 refused (another root, an
 * old file replayed), or the journal failed.
 */
int device_take_keys(struct journal *j, const void *p, size_t n, struct err *e);

/**
 * device_succeed(j, keys, len, p, n, e):
 * The county lost the end of its log and began another: ${p} is what it shows
 * (GET /v1/succession).  When the pinned root key signed every step from our
 * log to that of ${keys}, they are in force; what the old log signed is kept as
 * evidence, the new one gives receipts of its own for what it holds, and what
 * it misses is sent again.  Durable on 0; -1.
 */
int device_succeed(struct journal *j, const void *keys, size_t len, const void *p, size_t n, struct err *e);

/** device_size(j, size): leaves of the checkpoint that the next answer has to extend; 0 when there is none.  0 or -1. */
int device_size(struct journal *j, uint64_t *size);

struct device_request {
	struct buf bytes;          /* head and frames */
	uint8_t nonce[16];
	uint64_t counter;
	uint64_t size;             /* the checkpoint the answer must extend */
	uint64_t entries;          /* put into frames */
	int unsent_left;           /* more wait than fitted */
	int plain;                 /* for a county that knows no packed requests: goes as it is */
};

/**
 * device_request(r, j, s, max_bytes, e):
 * Make the next request: the counter is raised and on disk before this
 * returns; frames hold the entries after the county's last known frontier, in
 * order, until about ${max_bytes}; entries marked set-aside go last, each
 * alone and with nothing left out.  ${max_bytes} 0 sends no entries.
 * 0 (release r->bytes) or -1 (also: not enrolled).
 */
int device_request(struct device_request *r, struct journal *j, const struct signer *s, size_t max_bytes, struct err *e);

enum device_verdict {
	DEVICE_OK,            /* believed and applied */
	DEVICE_NOT_COUNTY,    /* not an answer of our county to this request: nothing changed (portal, proxy, another county, replayed, cut) */
	DEVICE_ROLLED_BACK,   /* the county has seen a higher counter signed by us: we were restored; a new epoch is due */
	DEVICE_AHEAD,         /* the county names an entry of our newest epoch that this journal has not: o->stranger; nothing changed.  device_owns() tells whether it is true */
	DEVICE_REVOKED,
	DEVICE_REFUSED,       /* signed refusal: unknown-device, wrong-log, malformed, stopped; ${e} says which */
	DEVICE_ALARM,         /* correctly signed but false: inconsistent log, a receipt that does not verify; ${e} says; kept as evidence in DIR/alarms/ */
	DEVICE_FAILED         /* our own journal failed */
};

struct device_outcome {
	uint8_t stranger[HASH_LEN]; /* with DEVICE_AHEAD */
	int replayed;              /* with DEVICE_NOT_COUNTY: the county's own answer, but to another request */
	int doubled;               /* with DEVICE_NOT_COUNTY: the county's own answer that this request came twice */
	uint64_t confirmed;        /* entries newly confirmed */
	uint64_t time;             /* MS: the county's clock as its signed answer to this request says; 0 when there was none */
	uint64_t records;          /* county records newly kept */
	int more;                  /* ask again at once */
	int anew;                  /* this device was given a place: all records are asked for once more, for what concerns that place */
	size_t nwants;
	uint8_t want[256][HASH_LEN]; /* attachments the county wants */
	size_t nforms;
	size_t passed;             /* receipts passed over: they name entries that are lost here and whose headers are not known (journal_lost_next) */
	uint64_t refused;          /* entries newly set aside: the county refused them */
	int undone;                /* the county does not know the dictionary of the request: it is not used any more, and nothing is set aside for it */
	struct device_form { char id[ID_MAX + 1], version[VERSION_MAX + 1]; uint8_t hash[HASH_LEN]; uint64_t index; } form[64]; /* published, bodies not held yet */
};

/** device_answer(o, j, r, p, n, e): judge an answer to ${r} and apply it to the journal (receipts, notes, records, states; what the county refused is set aside), durable when DEVICE_OK. */
enum device_verdict device_answer(struct device_outcome *o, struct journal *j, const struct device_request *r, const void *p, size_t n, struct err *e);

/** device_next_epoch(j): the number for a new epoch: one that neither the journal, its guard nor the county has seen. */
uint32_t device_next_epoch(struct journal *j);

/**
 * device_owns(j, s, hash, p, n, e):
 * Is ${p} (GET /v1/entry/HASH: header, empty line, signature line) the header
 * of ${hash}, of our newest epoch and signed with its key ${s}?  Then this
 * journal once went further than it knows: 1, and a new epoch is due.  0: it is
 * an entry of that hash, but not ours, and the county's claim is an alarm.  -1:
 * it is not what was asked for, whoever answered.
 */
int device_owns(struct journal *j, const struct signer *s, const uint8_t hash[HASH_LEN], const void *p, size_t n, struct err *e);

struct dict;

/** A dictionary whose record is kept and whose bytes are not. */
struct device_dict { int due; uint8_t hash[HASH_LEN]; };

/** device_dict_due(d, j): is the newest dictionary that the county published missing here?  0 or -1. */
int device_dict_due(struct device_dict *d, struct journal *j);

/** device_dict_take(j, d, p, n, e): keep its bytes, when they are what the record names and zstd can use them; the next request is compressed with it.  Durable on 0; -1. */
int device_dict_take(struct journal *j, const struct device_dict *d, const void *p, size_t n, struct err *e);

/** device_dict(j, d): the dictionary that requests use now (of the process; not released), or NULL.  0 or -1. */
int device_dict(struct journal *j, struct dict **d);

/** device_plain(j, e): the county understands only plain requests (version 1): so the next ones are.  0 or -1. */
int device_plain(struct journal *j, struct err *e);

/** device_form_retired(j, id, version): has the county said that this version is offered no more?  1, 0 or -1. */
int device_form_retired(struct journal *j, const char *id, const char *version);

/** device_forms_due(o, j): into o->form, in place of what is there: the forms whose record is kept and whose body is not (it was lost on its way, or the power went before it came).  0 or -1. */
int device_forms_due(struct device_outcome *o, struct journal *j);

/** device_enrolled(j, a, url, e): keep what a verified enrolment answer says (county.keys, log, note, record).  Durable on 0. */
int device_enrolled(struct journal *j, const struct enrolled *a, const char *url, struct err *e);

/** device_stored(j, hash, len, p, n, e): judge the answer to an attachment; marks it delivered.  0; -1 when it is not our county's word. */
int device_stored(struct journal *j, const uint8_t hash[HASH_LEN], uint64_t len, const void *p, size_t n, struct err *e);

#endif
