#ifndef SYNC_DEVICE_INTERNAL_H
#define SYNC_DEVICE_INTERNAL_H

#include "evidence/checkpoint.h"
#include "evidence/keys.h"
#include "sync/answer.h"
#include "sync/device.h"
#include "sync/dict_shelf.h"

/* Between the files of the device's side; nobody else includes this. */

/* An answer on its way into the journal. */
struct judging {
	struct journal *j;
	int read;                  /* the losses are */
	struct journal_hole lost[JOURNAL_LOSSES_MAX];
	size_t nlost;
	uint8_t passed[ANSWER_RANGES_MAX]; /* ranges that cannot be judged yet */
};

/**
 * device_ranges(o, g, a, cp, e):
 * Does every range of the answer hold, over leaves rebuilt from our own
 * entries?  Of one that is lost here, the header the county showed serves; a
 * range with one whose header is not known is passed over: g->passed,
 * o->passed.  0; -1 when one is false, or names what was never made; -2 when
 * the journal cannot be read.
 */
int device_ranges(struct device_outcome *o, struct judging *g, const struct answer *a, const struct checkpoint *cp, struct err *e);

/**
 * device_record(o, j, k, x, e):
 * Keep one county record of an answer and do what it says: forms to fetch,
 * newer county.keys (also put into ${k}), states of entries, erasures.  One
 * that does not hold up, or speaks of what is not here, is passed over.  0, or
 * -1 when the journal failed.
 */
int device_record(struct device_outcome *o, struct journal *j, struct county_keys *k, const struct answer_record *x, struct err *e);

/** device_base_keep(j, log, most, e): before the heads of the log ${log} are set aside: remember the newest of at most ${most} leaves, with which the log that continues it has to begin.  Durable on 0; -1. */
int device_base_keep(struct journal *j, const struct vkey *log, uint64_t most, struct err *e);

/** device_base(j, log, size, root, e): what the next answer has to extend.  1 the newest head of the log ${log} (NULL: not verified again, no ${root}); 2 what device_base_keep() remembers, as there is no head yet; 0 nothing (*${size} is 0); -1 the journal cannot be read; -2 the head is not that log's. */
int device_base(struct journal *j, const struct vkey *log, uint64_t *size, uint8_t root[HASH_LEN], struct err *e);

/** device_wire(j, version, d): the frame version of the next request, and its dictionary (the shelf's) or NULL.  0 or -1. */
int device_wire(struct journal *j, int *version, struct dict **d);

/** device_dict_unknown(j, e): the county does not know the dictionary used now.  1 when there was one; 0; -1. */
int device_dict_unknown(struct journal *j, struct err *e);

/** device_set_aside(o, j, a, e): what the answer refuses is set aside, and what was set aside and has a receipt now is not any more.  0 or -1. */
int device_set_aside(struct device_outcome *o, struct journal *j, const struct answer *a, struct err *e);

/**
 * device_held(j, a, now, e):
 * When all entries are held, an attachment that the county does not want is
 * held too (the answer to it was lost, or another device brought the same
 * bytes): it counts as delivered.  0 or -1.
 */
int device_held(struct journal *j, const struct answer *a, const struct journal_counts *now, struct err *e);

#endif
