#ifndef WEB_FORMDATA_H
#define WEB_FORMDATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * What a form posted, whichever way it was encoded: a list of names with a
 * text or a file each, in the order sent; a name may come several times
 * (ticked boxes).  Filled by formdata_urlencoded(), or from the parts that
 * multipart_parse() (web/multipart.h) found.
 */
#define FORMDATA_FIELDS_MAX 8192
#define FORMDATA_NAME_MAX 512       /* bytes of a name, of a file's name, of a content type */
#define FORMDATA_TEXT_MAX (64U << 10) /* bytes of one text */

struct formfield {
	const char *name;          /* UTF-8, NUL-terminated */
	const char *value;         /* text: UTF-8 without NUL and CR (line ends are LF), NUL-terminated; file: its bytes, which lie in the request's body */
	size_t len;                /* bytes of value */
	int is_file;
	const char *filename;      /* as the browser says it: shown at most, never a path of ours; "" */
	const char *type;          /* content type of a file as the browser says it, without parameters, lower case; "" */
	void *own;                 /* what the texts above lie in */
};

struct formdata {
	struct formfield *field;
	size_t n, room;
};

/** formdata_init(fd): an empty list; allocates nothing. */
void formdata_init(struct formdata *fd);

/** formdata_free(fd): wipe and release all but the bytes of files, which belong to the body; NULL is allowed. */
void formdata_free(struct formdata *fd);

/**
 * formdata_add_text(fd, name, namelen, value, len, e):
 * Append one text, copied; CR LF and CR become LF.  0, or -1 when name or
 * value is too long, has a NUL or is no UTF-8, when there are too many fields
 * or no memory.
 */
int formdata_add_text(struct formdata *fd, const char *name, size_t namelen, const char *value, size_t len, struct err *e);

/**
 * formdata_add_file(fd, name, namelen, filename, filenamelen, type, value, len, e):
 * Append one file; ${value} is kept as it stands and must live as long as the
 * list, the rest is copied.  A browser sends a file control left empty as an
 * empty file with an empty file name: that is kept too.  0 or -1 as above.
 */
int formdata_add_file(struct formdata *fd, const char *name, size_t namelen, const char *filename, size_t filenamelen, const char *type, const void *value, size_t len,
    struct err *e);

/** formdata_urlencoded(fd, p, n, e): append the fields of an application/x-www-form-urlencoded body (WHATWG URL 5.1), strictly: a broken %XX is an error.  0 or -1. */
int formdata_urlencoded(struct formdata *fd, const void *p, size_t n, struct err *e);

/** formdata_get(fd, name): the first text of that name, or NULL. */
const char *formdata_get(const struct formdata *fd, const char *name);

/** formdata_next(fd, name, at): the next field of that name (text or file) from position *${at} on, which moves behind it; NULL at the end.  Begin with *at = 0. */
const struct formfield *formdata_next(const struct formdata *fd, const char *name, size_t *at);

/** formdata_file(fd, name): the first file of that name that is not empty, or NULL. */
const struct formfield *formdata_file(const struct formdata *fd, const char *name);

#endif
