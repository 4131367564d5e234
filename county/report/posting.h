#ifndef COUNTY_POSTING_H
#define COUNTY_POSTING_H

#include "base/buf.h"
#include "base/err.h"
#include "county/report/fold.h"
#include "store/ledger.h"

/**
 * posting_make(f, l, form, place, html, b, rows, e):
 * The public list of a form's subjects in a place, to be posted there: their
 * numbers, stages and amounts, as a page (${html}) or as CSV.  Nothing personal
 * is read for it.  *${rows} subjects.  0; 1 when there is none or the form is
 * not known; -1.
 */
int posting_make(const struct fold *f, struct ledger *l, const char *form, const char *place, int html, struct buf *b, size_t *rows, struct err *e);

#endif
