#ifndef COUNTY_PLAN_READ_H
#define COUNTY_PLAN_READ_H

#include "base/buf.h"
#include "base/err.h"
#include "county/report/plan.h"
#include "forms/xlsform.h"

#define PLAN_FILE_MAX (32U << 20)

struct plan_reading {
	struct ledger *l;
	int unlisted;              /* places need not be among those imported */
	struct plan plan;          /* the lines that are right */
	unsigned rows;
	struct xls_faults faults;  /* by cell */
	char sheet[64], other[64]; /* of a workbook: the sheet that was read, the first that was not; else "" */
};

/**
 * plan_read(r, p, n, e):
 * Read a plan's sheet: .xlsx by its first bytes, else CSV in UTF-8, UTF-16 or
 * GB 18030.  Faults are data.  0 also when there are some; -1 when out of
 * memory or the ledger cannot be read.  Release with plan_read_free() in both cases.
 */
int plan_read(struct plan_reading *r, const void *p, size_t n, struct err *e);
void plan_read_free(struct plan_reading *r);

#endif
