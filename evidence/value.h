#ifndef EVIDENCE_VALUE_H
#define EVIDENCE_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/line.h"

/* Values that several texts share (docs/format.md 1), on top of base/line.h. */

#define VALUE_INT_MAX ((UINT64_C(1) << 53) - 1)

/** value_line(c, what, name, f, n, e): cursor_fields(), where a failure names the text ${what}, the line's number and the line that belongs there.  0 or -1. */
int value_line(struct cursor *c, const char *what, const char *name, struct field *f, size_t n, struct err *e);

/** value_rest(c, what, name, f, e): the same for a line whose value is all that follows "NAME ", at least one byte.  0 or -1. */
int value_rest(struct cursor *c, const char *what, const char *name, struct field *f, struct err *e);

/** value_bad(c, what, name, rule, e): the line last read breaks ${rule} ("is not a hash").  Always -1. */
int value_bad(const struct cursor *c, const char *what, const char *name, const char *rule, struct err *e);

/** value_line_hex / value_line_b64(c, what, name, out, n, e): a line whose one value is exactly ${n} bytes in hex / base64.  0 or -1. */
int value_line_hex(struct cursor *c, const char *what, const char *name, uint8_t *out, size_t n, struct err *e);
int value_line_b64(struct cursor *c, const char *what, const char *name, uint8_t *out, size_t n, struct err *e);

/** value_line_int(c, what, name, v, e): a line whose one value is an integer.  0 or -1. */
int value_line_int(struct cursor *c, const char *what, const char *name, uint64_t *v, struct err *e);

/** value_put_hex / value_put_b64(b, name, p, n): append such a line.  0 or -1. */
int value_put_hex(struct buf *b, const char *name, const void *p, size_t n);
int value_put_b64(struct buf *b, const char *name, const void *p, size_t n);

/** value_int(f, v): an integer of the format, at most VALUE_INT_MAX.  0 or -1. */
int value_int(struct field f, uint64_t *v);

/** value_epoch(f, v): an epoch number, 1 to 2^32-1.  0 or -1. */
int value_epoch(struct field f, uint32_t *v);

/** value_text(f): 1 when the field is TEXT: UTF-8, at least one character, none of them a control character (U+0000 to U+001F, U+007F), else 0. */
int value_text(struct field f);

/** value_b64(f, n): 1 when the field is strict base64 of one byte or more, else 0; *${n} (may be NULL) is how many bytes. */
int value_b64(struct field f, size_t *n);

/** value_date(f, day): 1 when the field is YYYY-MM-DD (YYYY-MM when ${day} is 0) and such a day exists, else 0. */
int value_date(struct field f, int day);

#endif
