#ifndef COUNTY_EXPORT_ENTRIES_H
#define COUNTY_EXPORT_ENTRIES_H

#include "county/export.h"
#include "evidence/export.h"

/**
 * export_entries(o, w, size, personal, done, e):
 * Write every entry whose leaf lies below ${size}, device by device, and the
 * attachments held.  An entry beside the main branch of its chain (the one
 * whose leaf came first) goes to forks/.  0 or -1.
 */
int export_entries(struct office *o, struct export_writer *w, uint64_t size, int personal, struct export_done *done, struct err *e);

#endif
