#ifndef AGENT_THUMB_H
#define AGENT_THUMB_H

#include "agent/agent.h"

/**
 * Thumbnails: attachments like any other, signed, sealed, sent and erased with
 * their photo; the line of a photo is followed by that of its thumbnail
 * (docs/format.md 4.1).  They go before all photos, so that the county sees
 * what was built long before the large pictures are there.
 */

/* The photo that was looked at last and its thumbnail: forty entries of one event often name one photo.  Starts zeroed. */
struct thumb_memo {
	int has;                 /* 1: ->made is the thumbnail of ->photo; 2: it has none */
	uint8_t photo[HASH_LEN];
	struct attachment made;
};

/**
 * thumb_list(ag, m, photo, n, h, e):
 * The attachments of the entry ${h}: the ${n} photos, in their order, each
 * with its thumbnail behind it as far as ENTRY_ATTS_MAX leaves room for all
 * photos.  Thumbnails are made from the photos in the journal and put there; a
 * photo of PHOTO_THUMB_BYTES or less needs none, and one that cannot be read
 * as a picture goes without.  0; -1 when the disk or memory fails.
 */
int thumb_list(struct agent *ag, struct thumb_memo *m, const struct attachment *photo, size_t n, struct entry *h, struct err *e);

/** thumb_is(a): 1 when its media type says thumbnail, else 0. */
int thumb_is(const struct attachment *a);

/** thumb_of(h, i): the thumbnail of the attachment ${i} of ${h}, or NULL. */
const struct attachment *thumb_of(const struct entry *h, size_t i);

#endif
