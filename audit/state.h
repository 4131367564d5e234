#ifndef AUDIT_STATE_H
#define AUDIT_STATE_H

#include "audit/work.h"

/* What follows from the log's records, folded in their order (docs/format.md 6). */

/** state_apply(w, index, text, n, at): the record of leaf ${index}; a broken rule is found.  *${at} is its time, 0 if it cannot be read. */
void state_apply(struct work *w, uint64_t index, const void *text, size_t n, uint64_t *at);

/** state_newest(w): county.keys and policy.txt are those of the newest records. */
void state_newest(struct work *w);

/** state_kind(w, index, r, fresh, bytes): what the record changes; ${fresh} and ${bytes} are the county.keys that it holds, or NULL and space (for state.c). */
void state_kind(struct work *w, uint64_t index, const struct record *r, const struct county_keys *fresh, struct buf *bytes);

/** state_enrol(w, index, r): an enrol record (for state.c). */
void state_enrol(struct work *w, uint64_t index, const struct record *r);

/** state_person(w, keyhash): the person of that key, also a disabled one, or NULL. */
const struct person *state_person(const struct work *w, const uint8_t keyhash[32]);

/** state_bad(w, index, rule): a finding that the record breaks ${rule}. */
void state_bad(struct work *w, uint64_t index, const char *rule);

/** state_form(w, h): the index below which no entry could use the header's form; NEVER if it was never published. */
uint64_t state_form(struct work *w, const struct entry *h);

/** state_forks(w): the fork records hold what they claim; called when the epochs' keys are known. */
void state_forks(struct work *w);

/** state_enrolled(d, index): 1 when an enrolment of the device stands below ${index} (NEVER: anywhere). */
int state_enrolled(const struct device *d, uint64_t index);

/** state_assigned(d, place, index): 1 when the device was assigned to ${place} at ${index}. */
int state_assigned(const struct device *d, const char *place, uint64_t index);

#endif
