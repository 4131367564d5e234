#ifndef COUNTY_UPWARD_PRINT_H
#define COUNTY_UPWARD_PRINT_H

#include "base/buf.h"
#include "base/err.h"
#include "county/upward/lower.h"
#include "county/upward/mirror.h"

/* What is said of counties below and servers above: in commands, JSON and pages. */

/** lower_json(b, x, now): one county as an object.  0 or -1. */
int lower_json(struct buf *b, struct lower *x, uint64_t now);

/** lowers_json(b, data, now, e): all of them as an array.  lowers_text(b, data, now, e): as a table for people.  lowers_html(b, data, now, lang, e): for the page; nothing where none was accepted.  0 or -1. */
int lowers_json(struct buf *b, const char *data, uint64_t now, struct err *e);
int lowers_text(struct buf *b, const char *data, uint64_t now, struct err *e);
int lowers_html(struct buf *b, const char *data, uint64_t now, const char *lang, struct err *e);

/** mirrors_json(b, m): servers above, as an array.  mirrors_text(b, m): a line each. */
void mirrors_json(struct buf *b, const struct mirrors *m);
void mirrors_text(struct buf *b, const struct mirrors *m);

/** upward_status_put(b, o, now, e): members "counties" and "mirrors" of status --json, where there are any.  upward_status_text(b, o, now, e): lines of status.  0 or -1. */
int upward_status_put(struct buf *b, const struct office *o, uint64_t now, struct err *e);
int upward_status_text(struct buf *b, const struct office *o, uint64_t now, struct err *e);

/** upward_when(ms, never, out): date and time for people, or ${never} for 0. */
void upward_when(uint64_t ms, const char *never, char out[32]);

/** unreported(data, of, format, lang, now, b, a, e): behind a report over counties (${of}: of one of them): who has not reported, and when it was last received: JSON lines, lines of a table, a paragraph of a page; for other formats told on the command's err.  0 or -1. */
int unreported(const char *data, const char *of, const char *format, const char *lang, uint64_t now, struct buf *b, const struct args *a, struct err *e);

#endif
