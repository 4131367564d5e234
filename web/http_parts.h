#ifndef WEB_HTTP_PARTS_H
#define WEB_HTTP_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "web/http.h"

/* What serving needs that does not touch libmicrohttpd; for web/http.c. */

#define HTTP_TYPE_MAX 128
#define HTTP_HEADERS_MAX 16384

/** parts_response_init / parts_response_free(res): an empty response; release what it owns. */
void parts_response_init(struct http_response *res);
void parts_response_free(struct http_response *res);

/** parts_next_header(at, name, value): take the next header off the text of http_add_header() (which is cut up).  1, or 0 at the end. */
int parts_next_header(char **at, char **name, char **value);

/**
 * parts_route(routes, method, path, allow):
 * The route for the request; HEAD takes that of GET.  NULL when there is none:
 * then ${allow} lists the methods the path knows ("" for an unknown path).
 */
const struct http_route *parts_route(const struct http_route *routes, const char *method, const char *path, struct buf *allow);

/** parts_path_ok(path): 1 for an absolute path of clean UTF-8 without ".." segments and control characters, else 0. */
int parts_path_ok(const char *path);

/** parts_type(value, out): the content type without parameters, lower case; "" when absent or too long. */
void parts_type(const char *value, char out[HTTP_TYPE_MAX]);

/** parts_lang(query, cookie, accept): "zh" or "en" from the three, each NULL or text. */
const char *parts_lang(const char *query, const char *cookie, const char *accept);

/** parts_clock(): milliseconds of CLOCK_MONOTONIC, for waiting. */
int64_t parts_clock(void);

#endif
