#ifndef SYNC_UPPER_H
#define SYNC_UPPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/seal.h"
#include "evidence/keys.h"
#include "store/ledger.h"
#include "sync/upward.h"

/**
 * One county as the server above it knows it: what was pinned when it was
 * accepted, and the copy of its log, a ledger of its own that nothing else is
 * ever written to.  Nothing in it rests on the county's word but plans whose
 * names were left out.
 */
struct upper {
	struct ledger *l;
	struct vkey log;           /* pinned */
	uint8_t log_id[HASH_LEN];
	uint8_t root[KEY_LEN];     /* pinned */
	int personal;              /* personal parts were ordered */
	const struct sealer *sealing; /* opens them; or NULL */
	int has_keys;
	struct county_keys keys;   /* the newest that the copy holds a record of */
	uint64_t records;          /* records in the copy: 0, 1, or 2 for two and more */
};

#define UPPER_PLAN "plan/"     /* fact of a copy, with the plan's hash in hex: its text without names */
#define UPPER_COPY "copy-of"   /* fact of every copy: the origin */

/** upper_load(u, e): with l, log, log_id and root filled in, read what the copy says of the county's keys.  0 or -1. */
int upper_load(struct upper *u, struct err *e);

/**
 * upper_take(u, h, p, n, a, e):
 * Judge a request whose head ${h} was verified under keys of the pinned root,
 * and take in its items ${p}: group by group, each verified from the bytes up
 * (signatures, records' rules, commitments, the root under the signed note)
 * before it is appended, durably.  Fills in status, size, root, why and
 * settled of ${a}.  0; -1 when the copy failed (what was taken before stays).
 */
int upper_take(struct upper *u, const struct upward_head *h, const uint8_t *p, size_t n, struct upward_answer *a, struct err *e);

/** upper_wants(u, a): fill in the attachments that its entries name, may be had, and are not held.  0 or -1. */
int upper_wants(struct upper *u, struct upward_answer *a);

#endif
