#ifndef SYNC_DEVICE_INTERNAL_H
#define SYNC_DEVICE_INTERNAL_H

#include "evidence/keys.h"
#include "sync/answer.h"
#include "sync/device.h"

/* Between the files of the device's side; nobody else includes this. */

/**
 * device_record(o, j, k, x, e):
 * Keep one county record of an answer and do what it says: forms to fetch,
 * newer county.keys (also put into ${k}), states of entries, erasures.  One
 * that does not hold up, or speaks of what is not here, is passed over.  0, or
 * -1 when the journal failed.
 */
int device_record(struct device_outcome *o, struct journal *j, struct county_keys *k, const struct answer_record *x, struct err *e);

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
