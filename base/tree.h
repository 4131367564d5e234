#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "base/err.h"

#define TREE_DEPTH_MAX 16

/**
 * tree_copy(from, to, e):
 * Copy a file, or a folder with all that is in it, to ${to}, where nothing is
 * yet (an empty folder is fine when ${from} is a folder).  Plain files and
 * folders only; modes are kept, owner is who copies.  Files and folders are
 * synced: durable on 0.  -1 leaves what was copied.
 */
int tree_copy(const char *from, const char *to, struct err *e);

/** tree_remove(path, e): remove a file, or a folder with all that is in it; what is not there is fine.  Links are removed, not followed.  0 or -1. */
int tree_remove(const char *path, struct err *e);

#endif
