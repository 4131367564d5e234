#ifndef COUNTY_PLACE_MAP_H
#define COUNTY_PLACE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "evidence/entry.h"
#include "store/ledger.h"

/**
 * Places that got another code, from the place-map records of the log, in its
 * order.  A report that does not end before a map's day shows what lay in the
 * old code (or inside it) in the new one.  A map of a code onto itself takes
 * its earlier ones back.
 */
struct place_maps {
	struct place_map { char old[PLACE_MAX + 1], new[PLACE_MAX + 1]; int32_t from; uint64_t index; } *map;
	size_t n, room;
};

/** maps_load(t, l, at, to, e): the maps recorded below ${at} whose day is not after ${to} (0: all).  0 (release with maps_free) or -1 (released). */
int maps_load(struct place_maps *t, struct ledger *l, uint64_t at, int32_t to, struct err *e);

/** maps_of(t, place, out): the place's code now. */
void maps_of(const struct place_maps *t, const char *place, char out[PLACE_MAX + 1]);

/** maps_free(t): release; harmless on a zeroed one. */
void maps_free(struct place_maps *t);

#endif
