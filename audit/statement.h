#ifndef AUDIT_STATEMENT_H
#define AUDIT_STATEMENT_H

#include <stdio.h>

#include "audit/audit.h"

/** statement_print(f, a): one page about the entry that was watched, without cryptographic words: proven, on whose word, not proven; Chinese, then English. */
void statement_print(FILE *f, const struct audit *a);

#endif
