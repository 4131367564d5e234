#ifndef SYNC_COLUMNS_TABLE_H
#define SYNC_COLUMNS_TABLE_H

#include <stddef.h>

#include "sync/columns.h"

/* What writer (columns_put.c) and reader (columns_get.c) of a section share; nobody else includes this. */

enum { BIT_PREV = 1, BIT_COMMITMENTS = 2, BITS_ALL = 3, BIT_BEFORE = 4, BITS_COMPACT = 7 };
enum { REF_NONE = 0, REF_WHOLE = 1, REF_KNOWN = 2 };

/* The columns of values that are sent only where they change, in their order: each the part of struct entry from its first field up to the one after it. */
#define COLUMNS(X) \
	X(log, has_log, place) \
	X(place, place, wall) \
	X(clock, clock, boot) \
	X(boot, boot, mono) \
	X(anchor, anchor_size, actor) \
	X(actor, actor, has_form) \
	X(form, has_form, kind) \
	X(kind, kind, has_supersedes) \
	X(event, has_event, payload_len)
enum { COL_LOG, COL_PLACE, COL_CLOCK, COL_BOOT, COL_ANCHOR, COL_ACTOR, COL_FORM, COL_KIND, COL_EVENT };
/* Bits of a compact section's map of columns; below them stand the columns themselves. */
enum { COL_SUPERSEDES = COL_EVENT + 1, COL_ATT, COL_COUNT };

/** columns_start(h, log): the values before the first entry. */
void columns_start(struct entry *h, const uint8_t log[HASH_LEN]);

#endif
