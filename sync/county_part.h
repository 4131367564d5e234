#ifndef SYNC_COUNTY_PART_H
#define SYNC_COUNTY_PART_H

#include "store/ledger_part.h"
#include "sync/county.h"

/* An attachment that comes in parts (docs/protocol.md). */

#define COUNTY_PART_MAX (64U << 20) /* bytes of one, sealed or not */

enum part_verdict {
	PART_STORED,     /* whole, verified, kept (or held before): the signed answer is in out */
	PART_MORE,       /* so far so good: *size bytes are here, on disk */
	PART_GAP,        /* begins behind what is here (*size) */
	PART_UNKNOWN,    /* no logged entry names it */
	PART_REFUSED,    /* not as its entry says: ${e} tells; nothing is kept */
	PART_WRONG,      /* whole, but not the bytes that its entry signed: all of it was dropped, to be sent anew */
	PART_FULL,       /* too much is under way: later */
	PART_FAILED
};

/** county_part_here(c, p, size): how much of it is here.  PART_MORE, PART_STORED (held, *size its total), PART_UNKNOWN, PART_REFUSED, PART_FAILED; nothing is signed. */
enum part_verdict county_part_here(struct county *c, const struct part *p, uint64_t *size, struct err *e);

/** county_part(c, p, offset, bytes, n, now, out, size, e): take ${n} bytes of it from ${offset} on.  ${now} MS. */
enum part_verdict county_part(struct county *c, const struct part *p, uint64_t offset, const void *bytes, size_t n, uint64_t now, struct buf *out,
    uint64_t *size, struct err *e);

#endif
