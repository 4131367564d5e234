#ifndef COUNTY_PAGES_H
#define COUNTY_PAGES_H

#include "base/buf.h"
#include "county/serve/serve.h"

/** page_word(lang, zh, en): the one of ${lang}. */
const char *page_word(const char *lang, const char *zh, const char *en);

/** page_top(b, s, lang, here, title): head, links and heading of a page at the path ${here}. */
void page_top(struct buf *b, const struct serve *s, const char *lang, const char *here, const char *title);

#endif
