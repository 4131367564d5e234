#ifndef AUDIT_SHAPE_H
#define AUDIT_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "evidence/entry.h"

/* The payloads of the kinds without a form (docs/format.md 4.2). */

/** shape_check(h, p, n, e): has the payload the members that its kind needs, and no others?  Kinds with a form and unknown kinds pass; epoch-open is epoch_open_parse()'s.  0 or -1. */
int shape_check(const struct entry *h, const void *p, size_t n, struct err *e);

/** shape_loss(p, n, epoch, from, to): what a loss entry's payload says.  0 or -1. */
int shape_loss(const void *p, size_t n, uint32_t *epoch, uint64_t *from, uint64_t *to);

#endif
