#ifndef COUNTY_REPORT_OUT_H
#define COUNTY_REPORT_OUT_H

#include "base/buf.h"
#include "base/err.h"
#include "county/report/report.h"

/* A report for other programs than ours: a page that needs nothing else, a workbook. */

/** report_html_table(r, from, to, lang, b): the rows [from, to), of one form, as a table; ${lang} "zh" or "en".  0, or -1 if out of memory. */
int report_html_table(const struct report *r, size_t from, size_t to, const char *lang, struct buf *b);

/** report_html(r, f, office, lang, b): a whole page with all forms, what is linked and disputed, accounts to ask about and possible doubles.  0 or -1. */
int report_html(const struct report *r, const struct fold *f, const char *office, const char *lang, struct buf *b);

/** report_xlsx(r, f, b, e): a workbook, a sheet a form; numbers are numbers (money in yuan), texts never formulas.  It is made in a folder of its own under TMPDIR, which goes again.  0 or -1. */
int report_xlsx(const struct report *r, const struct fold *f, struct buf *b, struct err *e);

#endif
