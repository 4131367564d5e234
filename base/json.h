#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Limits of a payload (docs/format.md, "Payload"). */
#define JSON_DEPTH_MAX 16
#define JSON_INT_MAX INT64_C(9007199254740991) /* 2^53-1 */

/* What json_scan() asks for beyond RFC 8259. */
#define JSON_COMPACT 1U   /* no white space between tokens */
#define JSON_NO_FLOAT 2U  /* no fraction, no exponent, no "-0" */
#define JSON_OBJECT 4U    /* the top-level value is an object */

/**
 * json_scan(p, n, depth, flags, e):
 * Judge the bytes strictly before any library sees them: RFC 8259 grammar,
 * well-formed UTF-8, no byte-order mark, escaped surrogates paired, no escaped
 * or raw NUL, no duplicate keys in an object (compared after unescaping),
 * integers (numbers without fraction and exponent) within +-(2^53-1), nesting
 * of arrays and objects at most ${depth}, and the ${flags}.  Allocation is
 * bounded by ${n}.
 * 0, or -1 with the byte offset and the rule in ${e}.
 */
int json_scan(const void *p, size_t n, unsigned depth, unsigned flags, struct err *e);

/**
 * json_parse(p, n, flags, e):
 * json_scan() with JSON_DEPTH_MAX, then cJSON.  The tree (release with
 * cJSON_Delete), or NULL.
 */
cJSON *json_parse(const void *p, size_t n, unsigned flags, struct err *e);

/** json_string(obj, key): the string member ${key} (case-sensitive) owned by ${obj}, or NULL. */
const char *json_string(const cJSON *obj, const char *key);

/** json_int(obj, key, v): the integer member ${key}.  0, or -1 if absent, not an integer or beyond +-(2^53-1). */
int json_int(const cJSON *obj, const char *key, int64_t *v);

#endif
