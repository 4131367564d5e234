#ifndef AUDIT_LAYOUT_H
#define AUDIT_LAYOUT_H

#include "audit/half.h"

/* The paths of an export (docs/format.md 13). */

/** layout_role(f): fill in the file's role and what its path says; ROLE_NONE if no export has such a path. */
void layout_role(struct file *f);

/** layout_fits(f, village, mirror): 1 when an export of that kind may hold the file. */
int layout_fits(const struct file *f, int village, int mirror);

#endif
