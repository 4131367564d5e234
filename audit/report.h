#ifndef AUDIT_REPORT_H
#define AUDIT_REPORT_H

#include <stdio.h>

#include "audit/audit.h"

/* What "verify" says. */

/** report_json(f, a): one JSON object and LF. */
void report_json(FILE *f, const struct audit *a);

/** report_text(f, a): for people. */
void report_text(FILE *f, const struct audit *a);

/** report_where(f, x): "device 9a19185a 1/2 at 510182101201" of a finding; nothing if it is about no device. */
void report_where(FILE *f, const struct finding *x);

#endif
