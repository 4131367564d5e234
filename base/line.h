#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stddef.h>
#include <stdint.h>

/**
 * The grammar of every Tallystick text: UTF-8, LF after every line, one space
 * between fields (docs/format.md, "Grammar").  A cursor walks the lines of a
 * text that stays where it is; fields point into it and are not
 * NUL-terminated.
 */
struct cursor {
	const char *p;
	const char *end;
	unsigned lineno; /* of the line last read, from 1 */
};

struct field {
	const char *p;
	size_t len;
};

/** cursor_init(c, text, len): start at the first line. */
void cursor_init(struct cursor *c, const void *text, size_t len);

/** cursor_line(c, f): the next line without its LF.  1; 0 at the end; -1 if the last line lacks its LF, or holds NUL, CR or bad UTF-8. */
int cursor_line(struct cursor *c, struct field *f);

/**
 * cursor_fields(c, name, f, n):
 * Read a line that must be ${name}, then exactly ${n} fields, each preceded by
 * one space and not empty.  0 and the fields in ${f}[0..n-1], or -1.
 */
int cursor_fields(struct cursor *c, const char *name, struct field *f, size_t n);

/** cursor_peek(c, name): 1 when the next line starts with ${name} followed by a space or LF, else 0; does not move. */
int cursor_peek(const struct cursor *c, const char *name);

/** cursor_end(c): 1 when nothing is left, else 0. */
int cursor_end(const struct cursor *c);

/** field_is(f, s): 1 when the field equals the string ${s}, else 0. */
int field_is(struct field f, const char *s);

/** field_split(line, f, max): split a line at single spaces into at most ${max} fields; the count, or -1 on empty fields or too many. */
int field_split(struct field line, struct field *f, size_t max);

/** field_u64 / field_i64(f, v): a decimal integer as dec_u64 / dec_i64.  0 or -1. */
int field_u64(struct field f, uint64_t *v);
int field_i64(struct field f, int64_t *v);

/** field_u32(f, v): a decimal integer below 2^32.  0 or -1. */
int field_u32(struct field f, uint32_t *v);

/** field_hex(f, out, n): exactly n bytes in lower-case hex.  0 or -1. */
int field_hex(struct field f, uint8_t *out, size_t n);

/** field_hex_opt(f, out, n, has): as field_hex, or "-" which sets *${has}=0 and zeroes ${out}.  0 or -1. */
int field_hex_opt(struct field f, uint8_t *out, size_t n, int *has);

/** field_b64(f, out, n): exactly n bytes in strict base64.  0 or -1. */
int field_b64(struct field f, uint8_t *out, size_t n);

/** field_copy(f, out, size): copy as a C string.  0, or -1 if it does not fit with its NUL. */
int field_copy(struct field f, char *out, size_t size);

/**
 * field_id(f, max): 1 when the field is an identifier of 1 to ${max}
 * characters from A-Z a-z 0-9 . _ - that does not start with '-', else 0.
 */
int field_id(struct field f, size_t max);

/** field_place(f): 1 when the field is a place code: 2, 4, 6, 9 or 12 digits, else 0. */
int field_place(struct field f);

#endif
