#ifndef SYNC_UPWARD_H
#define SYNC_UPWARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/sign.h"
#include "evidence/keys.h"
#include "evidence/note.h"
#include "store/ledger.h"

/* What a county sends to the server above it, and what that answers (docs/format.md 19). */

#define UPWARD_TYPE "application/vnd.tallystick.mirror.v1"
#define UPWARD_ITEMS_MAX ((size_t)64 << 20)
#define UPWARD_HEAD_MAX ((size_t)128 << 10)
#define UPWARD_BODY_MAX (UPWARD_ITEMS_MAX + UPWARD_HEAD_MAX)
#define UPWARD_ANSWER_MAX ((size_t)32 << 10)
#define UPWARD_WANTS_MAX 64
#define UPWARD_WHY_MAX 256

enum upward_kind {
	UPWARD_FORM = 1,           /* bytes of a form or dictionary, before the record that names them */
	UPWARD_LEAF,               /* a leaf's bytes */
	UPWARD_ENTRY,              /* behind an entry's leaf: length u32, header, payload */
	UPWARD_NOTE,               /* the checkpoint note of the leaves so far */
	UPWARD_PERSONAL,           /* behind an entry: sealed box of salt16 || JSON */
	UPWARD_TEXT,               /* behind a record's leaf: HASH32 || salt16 || text, nothing personal in it */
	UPWARD_SEALED_TEXT,        /* the same in a sealed box */
	UPWARD_PLAN,               /* behind a plan's leaf: its text without names; the county's word */
	UPWARD_ATTACHMENT,         /* HASH32 || bytes */
	UPWARD_SEALED_ATTACHMENT,  /* HASH32 || sealed box */
	UPWARD_KINDS
};

/** The signed head of a request. */
struct upward_head {
	uint8_t log[HASH_LEN];
	uint8_t nonce[16];
	uint64_t time;             /* MS */
	uint64_t from;             /* index of the first leaf among the items */
	uint64_t len;              /* bytes of the items */
	uint8_t hash[HASH_LEN];    /* of the items */
	struct buf keys;           /* county.keys as it stands */
	struct buf note;           /* the newest checkpoint note */
};

/** upward_head_init(h) / upward_head_free(h): empty buffers with their maxima; release them. */
void upward_head_init(struct upward_head *h);
void upward_head_free(struct upward_head *h);

/** upward_head_print(out, h, service): append the head, signed; the items follow.  0 or -1. */
int upward_head_print(struct buf *out, const struct upward_head *h, const struct signer *service);

/** upward_head_parse(h, used, p, n, e): the head at the start of ${p}, into an initialised ${h}; *${used} = its bytes.  Neither its signature nor the items are judged.  0 or -1. */
int upward_head_parse(struct upward_head *h, size_t *used, const void *p, size_t n, struct err *e);

/** upward_head_verify(p, used, service): 1 when those bytes carry the one signature of ${service}; else 0. */
int upward_head_verify(const void *p, size_t used, const uint8_t service[KEY_LEN]);

/** One item, pointing into the bytes it was read from. */
struct upward_item { enum upward_kind kind; const uint8_t *p; size_t n; };

/** upward_next(p, n, at, it): the item at byte *${at}, which is moved behind it.  1; 0 at the end; -1 when it is of no known kind, too long or cut. */
int upward_next(const uint8_t *p, size_t n, size_t *at, struct upward_item *it);

/** upward_put(b, kind, p, n): append an item.  0 or -1. */
int upward_put(struct buf *b, enum upward_kind kind, const void *p, size_t n);

/** upward_entry(it, header, header_len, payload, payload_len): an UPWARD_ENTRY taken apart.  0 or -1. */
int upward_entry(const struct upward_item *it, const uint8_t **header, size_t *header_len, const uint8_t **payload, size_t *payload_len);

enum upward_status { UPWARD_OK, UPWARD_UNKNOWN, UPWARD_BEHIND, UPWARD_FORK, UPWARD_REFUSED, UPWARD_STATUSES };

/** upward_status_name(s): "ok", "unknown", "behind", "fork", "refused"; static. */
const char *upward_status_name(enum upward_status s);

struct upward_answer {
	uint8_t log[HASH_LEN];
	uint8_t nonce[16];
	uint64_t time;
	enum upward_status status;
	uint64_t size;             /* of the copy held, durable */
	uint8_t root[HASH_LEN];
	char why[UPWARD_WHY_MAX];  /* "" or what is wrong */
	int settled;               /* not in the text: the copy holds the head that came, or grew towards it */
	size_t nwants;
	uint8_t want[UPWARD_WANTS_MAX][HASH_LEN]; /* attachments that are not held */
};

/** upward_answer_print(out, a, service): append the answer, signed by the upper server.  0 or -1. */
int upward_answer_print(struct buf *out, const struct upward_answer *a, const struct signer *service);

/** upward_answer_parse(a, p, n, service, e): strict, and signed by ${service}; whose log and nonce it names is the caller's to compare.  0 or -1. */
int upward_answer_parse(struct upward_answer *a, const void *p, size_t n, const uint8_t service[KEY_LEN], struct err *e);

/* The lower side. */

/** What of a county goes up. */
struct upward_give {
	struct ledger *l;
	int personal;              /* personal parts too, sealed to ${sealing} */
	const uint8_t *sealing;    /* X25519 */
};

/** upward_fill(g, from, want, items, to, e): append whole groups of leaves, as they were signed, from leaf ${from} on, about ${want} bytes, one group at least; *${to} = behind the last leaf.  0 or -1. */
int upward_fill(const struct upward_give *g, uint64_t from, size_t want, struct buf *items, uint64_t *to, struct err *e);

/** upward_attach(g, hash, items, e): append one attachment, if it is held and may go.  1, 0 when it is not sent, -1. */
int upward_attach(const struct upward_give *g, const uint8_t hash[HASH_LEN], struct buf *items, struct err *e);

#endif
