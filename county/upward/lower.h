#ifndef COUNTY_LOWER_H
#define COUNTY_LOWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "county/office.h"
#include "sync/upper.h"

/**
 * The counties that an upper server has accepted, each in counties/LOG of the
 * data directory: `accepted` (what was pinned), `ledger.db`, `guard` and
 * `attachments` (the copy), `evidence` (signed requests that did not fit).
 * The server's own log is never touched by any of them.
 */
#define LOWER_MAX 4096
#define LOWER_SILENT_MS UINT64_C(604800000) /* a county that sent nothing for seven days has not reported */
#define LOWER_EVIDENCE_MAX 32               /* pieces kept of one county */
#define LOWER_STRANGE_MAX 4                 /* and of those whose signer nobody vouches for */
#define LOWER_PIECE_MAX (8U << 20)          /* bytes of one; of a longer one its head is kept */

struct lower {
	struct upper u;            /* u.log.name is the origin */
	char dir[OFFICE_PATH_MAX];
	char name[KEYS_NAME_MAX];
	char place[PLACE_MAX + 1]; /* "" unknown */
	struct buf keys_text;      /* county.keys as accepted */
	uint64_t accepted;         /* MS */
	/* what was last heard */
	uint64_t received;         /* MS of the last request that was in order; 0 never */
	uint64_t tried;            /* MS of the last one at all */
	uint64_t head_time;        /* of the newest head judged */
	enum upward_status status; /* of the last one */
	char why[UPWARD_WHY_MAX];
	uint64_t size;
	uint8_t root[HASH_LEN];
	size_t evidence;           /* pieces kept */
};

/** lower_accept(o, keys, n, place, personal, x, e): pin the county that the county.keys in ${keys} are of, and begin its copy; ${place} may be "".  Durable on 0 (release with lower_close); -1, also when it was accepted before under other keys. */
int lower_accept(const struct office *o, const void *keys, size_t n, const char *place, int personal, struct lower *x, struct err *e);

/** lower_open(x, data, log, e): the accepted county whose LOG is ${log} (hex).  1 (release with lower_close), 0 none, -1. */
int lower_open(struct lower *x, const char *data, const char *log, struct err *e);

/** lower_close(x): release; harmless on a zeroed one. */
void lower_close(struct lower *x);

/** lower_each(data, cb, ctx, e): every accepted county, by its log; ${cb} 0 goes on.  0, its value, or -1. */
int lower_each(const char *data, int (*cb)(void *ctx, struct lower *x), void *ctx, struct err *e);

/** lower_find(x, data, origin, e): by origin.  0 (release with lower_close), or -1. */
int lower_find(struct lower *x, const char *data, const char *origin, struct err *e);

/** lower_any(data): 1 when any county was accepted, else 0. */
int lower_any(const char *data);

/** lower_silent(x, now): 1 when it has not reported: never, or not for LOWER_SILENT_MS. */
int lower_silent(const struct lower *x, uint64_t now);

/** lower_heard(x, a, head_time, now, e): remember the answer to a request.  Durable on 0; -1. */
int lower_heard(struct lower *x, const struct upward_answer *a, uint64_t head_time, uint64_t now, struct err *e);

/** lower_evidence(x, word, body, used, n, e): keep a request (its head alone, of ${used} bytes, when it is long), named by ${word} and its hash, once.  0 (also when there is no more room), or -1. */
int lower_evidence(const struct lower *x, const char *word, const uint8_t *body, size_t used, size_t n, struct err *e);

/** lower_answer(o, body, n, now, out, status, e): judge a mirror request (docs/protocol.md); append the signed answer to ${out} and set the HTTP status.  0; -1 with *${status} 400, 403 or 503 when there is none. */
int lower_answer(const struct office *o, const uint8_t *body, size_t n, uint64_t now, struct buf *out, unsigned *status, struct err *e);

#endif
