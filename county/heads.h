#ifndef COUNTY_HEADS_H
#define COUNTY_HEADS_H

#include "county/office.h"

/**
 * Heads that villages carry on sticks (docs/protocol.md, Over a stick): what
 * the log's key signed and this log does not continue is kept in
 * evidence/heads: somebody else has the key, or leaves were lost here.
 */

struct heads_found { unsigned seen, ahead, contrary; };

/** heads_take(o, p, n, got, e): look at the heads in a bundle.  0 or -1. */
int heads_take(struct office *o, const void *p, size_t n, struct heads_found *got, struct err *e);

/** heads_kept(o): how many contradict this log or lie ahead of it. */
unsigned heads_kept(const struct office *o);

#endif
