#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>

#include "base/err.h"

#define CSV_COLS_MAX 64

/** A CSV text (RFC 4180) read row by row; the text is cut up in place. */
struct csv {
	char *p, *end;
	unsigned row;                  /* of the row last read, from 1: the head */
	size_t n;
	const char *cell[CSV_COLS_MAX]; /* NUL-terminated, inside the text */
};

/** csv_init(c, text, n, e): UTF-8, a byte-order mark allowed; text[n] must be NUL.  0 or -1. */
int csv_init(struct csv *c, char *text, size_t n, struct err *e);

/** csv_row(c, e): the next row that is not empty.  1, 0 at the end, -1 with row and rule. */
int csv_row(struct csv *c, struct err *e);

/** csv_column(c, name): the place of a column in the row last read (the head), or -1. */
int csv_column(const struct csv *c, const char *name);

#endif
