#ifndef AGENT_PHOTO_H
#define AGENT_PHOTO_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define PHOTO_MAX (32U << 20)           /* bytes of a photo as it comes */
#define PHOTO_PIXELS_MAX 50000000U      /* width times height */
#define PHOTO_MEMORY_MAX (96L << 20)    /* bytes the decoder may take; what needs more (progressive, beyond 16 Mpx) is refused */
#define PHOTO_SCANS_MAX 64              /* of a progressive JPEG */
#define PHOTO_SIDE 1600                 /* pixels of the longer side as stored */
#define PHOTO_THUMB 240                 /* and as the page shows one in a list that has no thumbnail of its own */
#define PHOTO_THUMB_SIDE 160            /* and of a thumbnail that an entry names */
#define PHOTO_THUMB_BYTES 4096          /* bytes of such a one at most */

/* What bytes are by how they begin. */
enum photo_kind { PHOTO_JPEG, PHOTO_PNG, PHOTO_HEIC, PHOTO_OTHER };

/** photo_kind(p, n): what a cadre is told when it is no JPEG depends on it. */
enum photo_kind photo_kind(const void *p, size_t n);

/**
 * photo_reduce(out, p, n, side, e):
 * Append the JPEG as a JPEG whose longer side has at most ${side} pixels, the
 * right way up as its EXIF says, with nothing but the picture in it (no EXIF,
 * position, thumbnails, comments, colour profiles).  One that is small and
 * upright already is not compressed again.  Memory is bounded whatever the
 * header claims: the limits above, and decoding at a fraction of the size.
 * 0, or -1 when the bytes are no whole JPEG in grey or colours, or beyond a limit.
 */
int photo_reduce(struct buf *out, const void *p, size_t n, unsigned side, struct err *e);

/**
 * photo_clean(out, p, n, e):
 * Append the JPEG with everything but the picture removed, at its size and
 * without compressing it again; its EXIF's orientation is lost with the rest.
 * 0, or -1 as above.
 */
int photo_clean(struct buf *out, const void *p, size_t n, struct err *e);

/**
 * photo_thumb(out, p, n, e):
 * Append a thumbnail of the JPEG: its longer side PHOTO_THUMB_SIDE pixels, the
 * right way up, nothing but the picture in it, as good as PHOTO_THUMB_BYTES
 * allow.  The same bytes of the same photo on the same library.  0; 1 when the
 * photo is no larger than a thumbnail, or none fits; -1 as photo_reduce().
 */
int photo_thumb(struct buf *out, const void *p, size_t n, struct err *e);

#endif
