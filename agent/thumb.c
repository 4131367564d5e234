#include "agent/thumb.h"

#include <string.h>

#include "agent/record/photo.h"
#include "base/lapse.h"
#include "base/log.h"

int
thumb_is(const struct attachment *a)
{
	return strcmp(a->mediatype, ENTRY_THUMB_TYPE) == 0;
}

const struct attachment *
thumb_of(const struct entry *h, size_t i)
{
	return i + 1 < h->natt && !thumb_is(&h->att[i]) && thumb_is(&h->att[i + 1]) ? &h->att[i + 1] : NULL;
}

/* Into the journal, and into ${made}.  0; 1: it has none; -1. */
static int
make(struct agent *ag, const struct attachment *photo, struct attachment *made, struct err *e)
{
	unsigned long lapses = lapse_count();
	struct err why = { "" };
	struct buf from, to;
	int rc;

	buf_init(&from, PHOTO_MAX);
	buf_init(&to, PHOTO_THUMB_BYTES);
	if ((rc = journal_attachment_get(ag->j, photo->hash, &from, &why)) == 0)
		rc = photo_thumb(&to, from.data, from.len, &why);
	if (rc < 0 && lapse_count() != lapses) {
		rc = err_set(e, "%s", why.text);
	} else if (rc != 0) {
		if (why.text[0] != '\0')
			log_msg(LOG_WARN, "a photo goes without a thumbnail: %s", why.text);
		rc = 1;
	} else {
		memset(made, 0, sizeof(*made));
		made->len = to.len;
		(void)strcpy(made->mediatype, ENTRY_THUMB_TYPE);
		rc = journal_attachment_put(ag->j, to.data, to.len, made->hash, e);
	}
	buf_free(&from);
	buf_free(&to);
	return rc;
}

/* As make(), of a photo that ${m} may know. */
static int
remembered(struct agent *ag, struct thumb_memo *m, const struct attachment *photo, struct err *e)
{
	int rc;

	if (m->has != 0 && memcmp(m->photo, photo->hash, HASH_LEN) == 0)
		return m->has - 1;
	if ((rc = make(ag, photo, &m->made, e)) < 0)
		return -1;
	m->has = rc + 1;
	memcpy(m->photo, photo->hash, HASH_LEN);
	return rc;
}

int
thumb_list(struct agent *ag, struct thumb_memo *m, const struct attachment *photo, size_t n, struct entry *h, struct err *e)
{
	size_t i, room = n < ENTRY_ATTS_MAX ? ENTRY_ATTS_MAX - n : 0;
	struct attachment *a;
	int rc;

	for (h->natt = 0, i = 0; i < n && h->natt < ENTRY_ATTS_MAX; i++) {
		h->att[h->natt++] = photo[i];
		if (room == 0 || photo[i].len <= PHOTO_THUMB_BYTES)
			continue;
		if ((rc = remembered(ag, m, &photo[i], e)) < 0)
			return -1;
		if (rc == 1)
			continue;
		a = &h->att[h->natt++];
		*a = m->made;
		a->personal = photo[i].personal;
		room--;
	}
	return 0;
}
