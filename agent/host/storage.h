#ifndef AGENT_HOST_STORAGE_H
#define AGENT_HOST_STORAGE_H

#include "base/err.h"

/** What lies under the data folder, and whether it keeps what it was told to keep when the power goes. */
struct storage {
	char name[32];      /* "ext4", "overlay"; the kernel's word where we know no better, "unknown" at the least */
	char trouble[128];  /* why it keeps no promise: "tmpfs: gone at every power cut"; "" if none is known */
};

/** storage_look(dir, s): file system by statfs(2), mount options by /proc/self/mountinfo (volatile, nobarrier, barrier=0, async of a network's).  Always fills ${s}. */
void storage_look(const char *dir, struct storage *s);

/** storage_options(name, options, s): the judgement alone, of a file system's name and its mount's options ("rw,nobarrier"). */
void storage_options(const char *name, const char *options, struct storage *s);

/**
 * storage_refuse(dir, allowed, e):
 * 0 when the storage under ${dir} keeps promises, or its name is in ${allowed}
 * (names separated by commas; NULL: none).  -1 with the reason, and how to take
 * it all the same.
 */
int storage_refuse(const char *dir, const char *allowed, struct err *e);

#endif
