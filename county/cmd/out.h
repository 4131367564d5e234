#ifndef COUNTY_OUT_H
#define COUNTY_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/opt.h"

/* What commands print: JSON objects of one line, and tables that keep their columns under wide characters. */

#define OUT_MAX (64U << 20)

/** json_begin(b) / json_end(b): an object; ${b} was initialised by the caller.  Members follow each other by themselves. */
void json_begin(struct buf *b);
void json_end(struct buf *b);

/** json_text(b, s): append ${s} as a JSON string. */
void json_text(struct buf *b, const char *s);

/** json_put_*(b, key, v): a member: a string, a whole number, true or false, null, bytes as hex or base64, or JSON text as it is. */
void json_put_str(struct buf *b, const char *key, const char *v);
void json_put_u64(struct buf *b, const char *key, uint64_t v);
void json_put_i64(struct buf *b, const char *key, int64_t v);
void json_put_bool(struct buf *b, const char *key, int v);
void json_put_null(struct buf *b, const char *key);
void json_put_hex(struct buf *b, const char *key, const uint8_t *p, size_t n);
void json_put_b64(struct buf *b, const char *key, const uint8_t *p, size_t n);
void json_put_raw(struct buf *b, const char *key, const char *json);

/** out_put(a, b): write the buffer to the command's output and release it.  EXIT_YES, or EXIT_USAGE if it failed. */
int out_put(const struct args *a, struct buf *b);

/** out_say(a, fmt, ...): a line of talk on the command's err. */
void out_say(const struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** A table of texts, ${cols} a row; figures are set flush right. */
struct table {
	size_t cols, n;          /* n cells */
	char **cell;
	size_t room;
	uint64_t right;          /* bit i: column i is figures */
	int failed;
};

/** table_init(t, cols, right) / table_free(t): an empty table; release. */
void table_init(struct table *t, size_t cols, uint64_t right);
void table_free(struct table *t);

/** table_add(t, s): the next cell (copied). */
void table_add(struct table *t, const char *s);
void table_add_u64(struct table *t, uint64_t v);

/** table_print(t, b): append the table, columns aligned, first row as the head.  0 or -1. */
int table_print(const struct table *t, struct buf *b);

/** text_width(s): columns that ${s} takes on a terminal (wide CJK characters count two). */
size_t text_width(const char *s);

#endif
