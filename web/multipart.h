#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/**
 * multipart/form-data (RFC 7578, RFC 2046 5.1) over a body that is whole.
 * Strict: no preamble and no epilogue but a line break, every part with one
 * Content-Disposition of form-data and a name, CRLF everywhere, parameters
 * name and filename only, UTF-8 in both, no transfer encodings but 7bit, 8bit
 * and binary.  What is ambiguous is refused.
 */

#define MULTIPART_NAME_MAX 255    /* bytes of a name, of a file's name */
#define MULTIPART_TYPE_MAX 127    /* bytes of a content type without parameters */
#define MULTIPART_HEAD_MAX 2048   /* bytes of one part's header lines */

struct multipart_part {
	const char *name;      /* as sent; "%22", "%0D" and "%0A", as browsers write them, are left as they stand */
	const char *filename;  /* NULL: no file but a field; "": no file was chosen.  Never a path to be opened */
	const char *type;      /* content type in lower case without parameters; "text/plain" when none was said */
	const uint8_t *data;   /* in the body that was parsed, not NUL-terminated */
	size_t len;
};

struct multipart_limits {
	size_t parts;          /* how many; at least 1 */
	size_t field;          /* bytes of a part without a file's name */
	size_t file;           /* bytes of one with */
};

struct multipart {
	struct multipart_part *part; /* in the order they came */
	size_t n;
	struct buf text;       /* holds the names */
};

/** multipart_boundary(type, out, e): the boundary of a Content-Type header multipart/form-data; ${out} holds 71 bytes.  0, or -1 when it is another type, or says none, two or an improper one. */
int multipart_boundary(const char *type, char out[71], struct err *e);

/**
 * multipart_parse(m, boundary, body, n, limits, e):
 * Take the ${n} bytes of ${body} apart.  Parts point into ${body}, which must
 * outlive ${m}; what is allocated is bounded by limits->parts and
 * MULTIPART_HEAD_MAX for each.  0 (release with multipart_free), or -1 with
 * the number of the part and the rule in ${e}, never its content.
 */
int multipart_parse(struct multipart *m, const char *boundary, const void *body, size_t n, const struct multipart_limits *limits, struct err *e);

/** multipart_free(m): release and leave empty. */
void multipart_free(struct multipart *m);

#endif
