#include <string.h>

#include "agent/openrosa/receive.h"
#include "agent/record/photo.h"

/* What was posted, before it is looked at as a record. */

static int
take_file(struct receive *r, const struct multipart_part *p, struct err *e)
{
	struct receive_file *f = &r->file[r->nfiles];
	size_t i;

	if (r->nfiles == RECEIVE_FILES_MAX)
		return err_set(e, "more than %d files", RECEIVE_FILES_MAX);
	for (i = 0; i < r->nfiles; i++)
		if (strcmp(r->file[i].name, p->name) == 0)
			return err_set(e, "the file %.80s came twice", p->name);
	f->name = p->name;
	sha256(f->raw, p->data, p->len);
	buf_init(&f->photo, PHOTO_MAX);
	r->nfiles++;
	if (photo_kind(p->data, p->len) != PHOTO_JPEG)
		return 0; /* a matter for the answer that names it, if any does */
	return photo_reduce(&f->photo, p->data, p->len, PHOTO_SIDE, e) == 0 ? 0 : err_add(e, "%.80s", p->name);
}

int
receive_open(struct receive *r, const struct multipart *m, struct err *e)
{
	const struct multipart_part *p;
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < m->n; i++) {
		p = &m->part[i];
		if (strcmp(p->name, "xml_submission_file") == 0) {
			if (r->xml != NULL)
				return err_set(e, "xml_submission_file came twice");
			if (strcmp(p->type, "text/xml") != 0 && strcmp(p->type, "application/xml") != 0)
				return err_set(e, "xml_submission_file must be text/xml");
			r->xml = p->data;
			r->xml_len = p->len;
		} else if (strcmp(p->name, "*isIncomplete*") == 0) {
			r->more = p->len == 3 && memcmp(p->data, "yes", 3) == 0;
		} else if (p->filename == NULL) {
			return err_set(e, "the part %.80s is unknown", p->name);
		} else if (take_file(r, p, e) != 0) {
			return -1;
		}
	}
	return r->xml != NULL ? 0 : err_set(e, "the part xml_submission_file is missing");
}

void
receive_free(struct receive *r)
{
	size_t i;

	for (i = 0; i < r->nfiles; i++)
		buf_free(&r->file[i].photo);
	r->nfiles = 0;
}
