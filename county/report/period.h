#ifndef COUNTY_PERIOD_H
#define COUNTY_PERIOD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/ledger.h"

/**
 * Months that were closed, from the period records of the log.  An entry about
 * a day of such a month that came into the log at or behind the size at which
 * the month was closed is late: it counts, and is counted as late.
 */
struct periods {
	struct period { char month[8]; int32_t first, last; uint64_t size, index; uint8_t report[HASH_LEN]; } *p; /* days as of fold_day() */
	size_t n, room;
};

/** periods_load(t, l, at, e): from the records below ${at}.  0 (release with periods_free) or -1 (released). */
int periods_load(struct periods *t, struct ledger *l, uint64_t at, struct err *e);

/** periods_late(t, day, index): is the entry with that leaf late for its day?  1 or 0. */
int periods_late(const struct periods *t, int32_t day, uint64_t index);

/** periods_find(t, month): the closed month "YYYY-MM", or NULL. */
const struct period *periods_find(const struct periods *t, const char *month);

/** period_days(month, first, last): the days of a month "YYYY-MM".  0, or -1 when it is none. */
int period_days(const char *month, int32_t *first, int32_t *last);

/** periods_free(t): release; harmless on a zeroed one. */
void periods_free(struct periods *t);

#endif
