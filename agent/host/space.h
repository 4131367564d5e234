#ifndef AGENT_HOST_SPACE_H
#define AGENT_HOST_SPACE_H

#include <stdint.h>

#include "base/err.h"

/**
 * Room on the device.  When it gets short, photos stop first, then entries;
 * sync and receipts go on, for which a reserve file (DIR/reserve) is kept that
 * is given up when they cannot be written, and made again when there is room.
 * Everything starts again by itself.
 */
enum space { SPACE_OK, SPACE_NO_PHOTOS, SPACE_NO_ENTRIES };

struct space_figures {
	uint64_t total, free;        /* bytes, as an unprivileged user has them, the reserve not counted as free */
	uint64_t files;              /* that can still be made; UINT64_MAX where the file system sets no limit */
	uint64_t photos_from;        /* free bytes below which photos stop */
	uint64_t entries_from;       /* and entries */
};

/** space_judge(f): the judgement alone: fills the two limits from total (64 MiB and 8 MiB, or 10 % and 5 % of a small one) and says what may still be recorded.  Fewer than 64 more files: no entries; than 256: no photos. */
enum space space_judge(struct space_figures *f);

/** space_look(dir, f): the figures of the file system under ${dir}, judged.  What cannot be looked at counts as room. */
enum space space_look(const char *dir, struct space_figures *f);

/** space_refuse(dir, photo, e): 0 when an entry (with ${photo}: a photo) may be recorded; -1 with what is short and what to do. */
int space_refuse(const char *dir, int photo, struct err *e);

/** space_reserve(dir, e): make the reserve file where it is missing and there is room for it (4 MiB, or 3 % of a small file system); its blocks are really taken.  1 when it is there, 0 when there is no room for it now, -1. */
int space_reserve(const char *dir, struct err *e);

/** space_give_up(dir): give the reserve up for what must be written now.  1 when there was one, 0 when not. */
int space_give_up(const char *dir);

#endif
