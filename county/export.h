#ifndef COUNTY_EXPORT_H
#define COUNTY_EXPORT_H

#include <stdint.h>

#include "county/office.h"

struct export_done {
	uint64_t size, entries, attachments, forks; /* what the folder holds */
};

/**
 * audit_export(o, dir, personal, done, e):
 * Write the county's whole export (docs/format.md 13) into the new or empty
 * folder ${dir}.  An `export` record goes into the log first, so that the log
 * that leaves the house says that it did.  Only what lies below the size of
 * the checkpoint exported goes in, whatever comes meanwhile.  0 or -1.
 */
int audit_export(struct office *o, const char *dir, int personal, struct export_done *done, struct err *e);

/** audit_export_of(o, origin, dir, personal, done, e): the same of an accepted county's copy, as it was received; MANIFEST is signed by this server, whose county.keys are put in as mirror.keys (docs/format.md 13).  Nothing is recorded in any log.  0 or -1. */
int audit_export_of(const struct office *o, const char *origin, const char *dir, int personal, struct export_done *done, struct err *e);

#endif
