#ifndef AGENT_OPENROSA_RECEIVE_H
#define AGENT_OPENROSA_RECEIVE_H

#include "agent/record/recorder.h"
#include "web/multipart.h"

/**
 * A submission as it was posted, on its way to being an entry.  Its XML comes
 * with every post of it, its photos in one or several.  What came is kept in
 * the journal under the instanceID: which bytes the XML and each photo were,
 * so that the same again is told from something else.
 */

#define RECEIVE_FILES_MAX 64

enum receive_answer {
	RECEIVE_RECORDED = 201,   /* durable; also when it was before */
	RECEIVE_WAITING = 202,    /* durable so far; the sender said that more comes */
	RECEIVE_BAD = 400,        /* cannot be read, or a photo that it names did not come */
	RECEIVE_DENIED = 403,     /* not a place of this phone's */
	RECEIVE_NO_FORM = 404,    /* the form, or that version of it, is not here; nor is what it corrects */
	RECEIVE_OTHER = 409,      /* other content under an instanceID that was recorded; or what it corrects does not stand, or is of another form or subject */
	RECEIVE_WRONG = 422,      /* the form does not take these answers */
	RECEIVE_FAILED = 503,     /* disk or memory */
	RECEIVE_FULL = 507        /* no room, or storage that is refused */
};

struct receive_file {
	const char *name;         /* as the XML names it */
	uint8_t raw[HASH_LEN];    /* SHA-256 as it came */
	struct buf photo;         /* reduced (agent/record/photo.h) */
};

struct receive {
	const uint8_t *xml;
	size_t xml_len;
	int more;                 /* *isIncomplete*: this is not the last post of it */
	size_t nfiles;
	struct receive_file file[RECEIVE_FILES_MAX];
};

/** receive_open(r, m, e): find XML and photos among the parts, which must outlive ${r}, and reduce the photos.  SLOW; needs no lock.  0, or -1 with the rule; receive_free() in both cases. */
int receive_open(struct receive *r, const struct multipart *m, struct err *e);
void receive_free(struct receive *r);

/** Who sends it. */
struct receive_from {
	const char *actor;        /* of the entry */
	const char *place;        /* whose records it may send: this place and those inside it; "": any of the device's */
	enum form_lang lang;      /* of the words it gets */
};

/**
 * receive_record(ag, r, from, e):
 * Judge it and make it an entry under its instanceID (without "uuid:"), or,
 * when it names a deprecatedID, the correction of that entry.
 * RECEIVE_RECORDED and RECEIVE_WAITING are durable, and ${e} names files that
 * came and are not kept, or is ""; else it says to people why not, and nothing
 * was recorded.  With the agent locked.
 */
enum receive_answer receive_record(struct agent *ag, struct receive *r, const struct receive_from *from, struct err *e);

#endif
