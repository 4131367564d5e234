#ifndef COUNTY_DECISIONS_H
#define COUNTY_DECISIONS_H

#include "county/report/link.h"
#include "county/report/period.h"
#include "county/report/place_map.h"
#include "county/report/plan.h"

/** What the office decided that a fold heeds, as the log stood at a size. */
struct decisions {
	struct plan plan;
	struct links links;
	struct place_maps places;
	struct periods periods;
};

/** decisions_load(d, l, at, form, to, e): of records below ${at}; plans of ${form} alone unless NULL; maps of places from days up to ${to} (0: all).  0, or -1; decisions_free in both cases. */
int decisions_load(struct decisions *d, struct ledger *l, uint64_t at, const char *form, int32_t to, struct err *e);

/** decisions_free(d): release; harmless on a zeroed one. */
void decisions_free(struct decisions *d);

#endif
