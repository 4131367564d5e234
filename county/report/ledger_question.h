#ifndef COUNTY_LEDGER_QUESTION_H
#define COUNTY_LEDGER_QUESTION_H

#include "base/buf.h"
#include "base/err.h"
#include "county/report/fold.h"
#include "store/ledger.h"

/**
 * Accounts that do not balance, or went below nought, are questions, each with
 * the entries that state its numbers.  Which numbers make an account is said
 * by the form (an indicator of kind ledger), not here.
 */

/** questions_json(f, b): an object a question, by form, place, subject.  questions_table(f, l, b): for people.  How many there are, or -1 if out of memory. */
int64_t questions_json(const struct fold *f, struct buf *b);
int64_t questions_table(const struct fold *f, struct ledger *l, struct buf *b);

/** questions_html(f, lang, b): the same as a list for a page.  As above. */
int64_t questions_html(const struct fold *f, const char *lang, struct buf *b);

#endif
