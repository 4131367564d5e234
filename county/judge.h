#ifndef COUNTY_JUDGE_H
#define COUNTY_JUDGE_H

#include <stdint.h>

#include "base/err.h"
#include "sync/county.h"

/**
 * judge_new(c, now, e):
 * Judge the entries that came into the log since the last call (the ledger's
 * fact "judge-cursor") by their forms: an entry whose answers break its form,
 * and a correction or withdrawal of another form, subject or place than the
 * entry it names, gets a `late` record `why invalid` and is parked.  Entries
 * parked already, erased ones, and ones whose form's bytes are not held are
 * passed over; nothing is judged twice.  Needs the county's service and log
 * keys.  0, also when nothing was new; -1 when the ledger failed (the next
 * call goes on where this one stopped).  One caller at a time.
 */
int judge_new(struct county *c, uint64_t now, struct err *e);

#endif
