#ifndef STORE_LEDGER_PART_H
#define STORE_LEDGER_PART_H

#include <stddef.h>
#include <stdint.h>

#include "store/ledger.h"

/**
 * What has come of attachments under way, in PARTIAL/HASH-ID-TOTAL beside the
 * database: bytes as they were sent, believed of nobody until they are whole
 * and give the name that an entry signed.  ID is the sender's own, so that
 * nobody else adds to them.  Bounded: so many, so many bytes promised by their
 * totals, so many of one device's, so that none takes the room of all; and what
 * nobody added to for PART_AGE_S goes.
 */

#define PART_ID_LEN 16
#define PARTS_MAX 1024                   /* under way at once */
#define PARTS_OF_ONE 4                   /* of one attachment, from several devices or sealings */
#define PARTS_OF_DEVICE 16               /* of attachments that one device's entries name: more push out its own */
#define PARTS_BYTES_MAX (UINT64_C(4) << 30)
#define PART_AGE_S INT64_C(1209600)      /* 14 days */
#define PART_IDLE_S INT64_C(3600)        /* when there is no room, those idle for so long go first */

struct part {
	uint8_t hash[HASH_LEN];
	uint8_t id[PART_ID_LEN];
	uint64_t total;            /* bytes in all, as the sender says */
};

/** part_size(l, p, size): how much of it is here; 0 where there is nothing.  0 or -1. */
int part_size(struct ledger *l, const struct part *p, uint64_t *size);

/**
 * part_append(l, p, offset, bytes, n, now, size, e):
 * Add ${n} bytes that begin at ${offset}; what of them is here already is
 * passed over, what is beyond the total too.  ${now}: seconds, for ages.
 * 0: *${size} is here now, on disk; 1: they begin behind what is here
 * (*${size}); 2: no room for another one now; -1.
 */
int part_append(struct ledger *l, const struct part *p, uint64_t offset, const void *bytes, size_t n, int64_t now, uint64_t *size, struct err *e);

/** part_read(l, p, out, e): append what is here.  0 or -1. */
int part_read(struct ledger *l, const struct part *p, struct buf *out, struct err *e);

/** part_drop(l, p): it is not needed, or it is wrong.  0 or -1. */
int part_drop(struct ledger *l, const struct part *p);

/** parts_drop_all(l, hash): all that came of one attachment.  0, or -1 when some of it cannot be removed. */
int parts_drop_all(struct ledger *l, const uint8_t hash[HASH_LEN]);

#endif
