#ifndef TESTS_LIB_MUTATE_H
#define TESTS_LIB_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Wrong inputs made on purpose: edits of single lines, and random but repeatable mutations. */

/** rnd_next(state): the next of a fixed sequence (splitmix64). */
uint64_t rnd_next(uint64_t *state);

/** mutate(p, n, max, state): change 1 to 4 things in the ${n} bytes at ${p}, which has room for ${max}; the new length. */
size_t mutate(uint8_t *p, size_t n, size_t max, uint64_t *state);

enum edit {
	EDIT_DROP,   /* the line is missing */
	EDIT_DOUBLE, /* it stands twice */
	EDIT_SWAP    /* it and the next change places */
};

/** text_lines(text, n): how many lines. */
size_t text_lines(const char *text, size_t n);

/** text_edit(out, text, n, line, how): ${out} becomes the text with line ${line} (from 0) edited. */
void text_edit(struct buf *out, const char *text, size_t n, size_t line, enum edit how);

/** text_value(out, text, n, line, value): ${out} becomes the text with all behind the name of line ${line} replaced. */
void text_value(struct buf *out, const char *text, size_t n, size_t line, const char *value);

#endif
