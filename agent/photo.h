#ifndef AGENT_PHOTO_H
#define AGENT_PHOTO_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define PHOTO_MAX (32U << 20)

/**
 * photo_clean(out, p, n, e):
 * Append the JPEG with everything but the picture removed (EXIF, position,
 * thumbnails, comments, colour profiles), without compressing it again.
 * 0, or -1 when the bytes are no whole JPEG.
 */
int photo_clean(struct buf *out, const void *p, size_t n, struct err *e);

#endif
