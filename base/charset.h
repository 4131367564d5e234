#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include "base/buf.h"
#include "base/err.h"

/**
 * charset_utf8(text, e):
 * Make UTF-8 without a byte-order mark of what people's spreadsheets write:
 * UTF-8 with or without one, UTF-16 with one, else GB 18030 (iconv).  What
 * lay in ${text} before is wiped.  0; -1 when it is none of these, or does not
 * fit the buffer's maximum: then ${text} is empty.
 */
int charset_utf8(struct buf *text, struct err *e);

#endif
