#ifndef AGENT_PAGE_PHOTOS_H
#define AGENT_PAGE_PHOTOS_H

#include "agent/record/filling.h"
#include "agent/page/page.h"
#include "agent/record/photo.h"

/* Photos that come with a form, and photos that are shown. */

#define PHOTOS_MAX 8 /* of one post */

struct photos {
	size_t n;
	struct {
		char path[128];        /* of the field */
		struct buf bytes;      /* reduced */
		const char *rule;      /* what is wrong with it, as a finding's rule; NULL: good */
	} photo[PHOTOS_MAX];
};

/** photos_take(c, ph): reduce the photos that were posted.  Slow; needs no lock of the agent.  photos_free(ph) releases. */
void photos_take(const struct page_call *c, struct photos *ph);
void photos_free(struct photos *ph);

/** photos_keep(c, ph, fl, e): store the good ones and answer their fields with them.  0, or -1 when the disk does not take them. */
int photos_keep(struct page_call *c, struct photos *ph, struct filling *fl, struct err *e);

/** photos_words(c, rule): what is wrong with a photo, in the page's language; NULL for rules of others. */
const char *photos_words(const struct page_call *c, const char *rule);

/** photos_send(c, hex, side): answer with the photo of that hash, its longer side at most ${side} pixels (0: as it is stored). */
void photos_send(struct page_call *c, const char *hex, unsigned side);

#endif
