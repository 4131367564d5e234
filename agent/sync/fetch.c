#include "agent/sync/fetch.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/instances.h"
#include "agent/sync/note.h"
#include "base/enc.h"
#include "base/log.h"
#include "forms/form.h"
#include "sync/dict.h"

/* A form's bytes; when they do not come, its record is asked for again. */
int
fetch_form(struct agent *ag, const struct device_form *f, fetch_get get, void *ctx, struct err *e)
{
	long status = 0;
	struct buf xml;
	uint8_t hash[HASH_LEN];
	char path[128] = "/v1/form/";
	uint64_t next;
	int rc;

	enc_hex(path + strlen(path), f->hash, HASH_LEN);
	buf_init(&xml, FORM_BYTES_MAX);
	rc = get(ctx, path, &xml, &status, e);
	sha256(hash, xml.data, xml.len);
	if (rc == 0 && (status != 200 || memcmp(hash, f->hash, HASH_LEN) != 0))
		rc = err_set(e, "form %s %s: what came is not the form that the log names (HTTP %ld)", f->id, f->version, status);
	if (rc == 0)
		rc = journal_form_add(ag->j, f->id, f->version, f->hash, f->index, xml.data, xml.len, e);
	if (rc != 0 && journal_get_u64(ag->j, "records-next", &next) >= 0 && next > f->index)
		(void)journal_set_u64(ag->j, "records-next", f->index, NULL);
	buf_free(&xml);
	return rc;
}

struct files { uint8_t hash[FORM_MEDIA_MAX][HASH_LEN]; char name[FORM_MEDIA_MAX][FORM_MEDIA_NAME_MAX + 1]; size_t n; };

static int
add_file(void *ctx, const char *name, const uint8_t hash[HASH_LEN])
{
	struct files *d = ctx;

	memcpy(d->hash[d->n], hash, HASH_LEN);
	(void)strcpy(d->name[d->n++], name);
	return d->n == FORM_MEDIA_MAX;
}

/* Files beside forms, by the hashes that stand in the forms.  One that does not come does not hold up the rest, and is asked for again. */
void
fetch_files(struct agent *ag, fetch_get get, void *ctx)
{
	long status = 0;
	struct files due = { .n = 0 };
	struct err e = { "" };
	struct buf out;
	char path[128];
	size_t i;
	int rc;

	if (instances_due(ag, add_file, &due) < 0)
		return;
	for (i = 0; i < due.n; i++) {
		(void)strcpy(path, "/v1/form/");
		enc_hex(path + strlen(path), due.hash[i], HASH_LEN);
		buf_init(&out, FORM_MEDIA_BYTES_MAX);
		rc = get(ctx, path, &out, &status, &e);
		if (rc == 0)
			rc = status == 200 && instances_take(ag, out.data, out.len, &e) == 1 ? 0 : err_set(&e, "what came is not the file that the form names (HTTP %ld)", status);
		buf_free(&out);
		if (rc != 0)
			log_msg(LOG_WARN, "%s, a file beside a form, does not come: %s", due.name[i], e.text);
	}
}

/* The newest dictionary of the county's log: without it everything goes as before, only longer. */
void
fetch_dict(struct agent *ag, fetch_get get, void *ctx)
{
	long status = 0;
	struct device_dict d;
	struct err e = { "" };
	struct buf out;
	char path[128] = "/v1/dict/";
	int rc = device_dict_due(&d, ag->j);

	if (rc != 0 || !d.due)
		return;
	enc_hex(path + strlen(path), d.hash, HASH_LEN);
	buf_init(&out, DICT_MAX);
	rc = get(ctx, path, &out, &status, &e);
	if (rc == 0)
		rc = status == 200 ? device_dict_take(ag->j, &d, out.data, out.len, &e) : err_set(&e, "HTTP %ld", status);
	buf_free(&out);
	if (rc != 0)
		log_msg(LOG_WARN, "the county's dictionary does not come, or is of no use: %s", e.text);
}

struct notes { uint64_t index[16]; size_t n; };

static int
add_note(void *ctx, uint64_t index)
{
	struct notes *d = ctx;

	d->index[d->n++] = index;
	return d->n == sizeof(d->index) / sizeof(d->index[0]);
}

/* What reviewers wrote to our entries.  One that does not come is asked for again after the next start. */
void
fetch_notes(struct agent *ag, fetch_get get, void *ctx)
{
	long status = 0;
	struct notes due = { .n = 0 };
	struct err e = { "" };
	struct buf out;
	char path[64];
	size_t i;
	int rc;

	if (note_due(ag, add_note, &due) < 0)
		return;
	for (i = 0; i < due.n; i++) {
		(void)snprintf(path, sizeof(path), "/v1/note/%llu", (unsigned long long)due.index[i]);
		buf_init(&out, NOTE_TEXT_MAX + 1024);
		rc = get(ctx, path, &out, &status, &e);
		if (rc == 0)
			rc = status == 200 ? note_take(ag, due.index[i], out.data, out.len, &e) : err_set(&e, "HTTP %ld", status);
		buf_free(&out);
		if (rc != 0)
			log_msg(LOG_WARN, "what the county wrote to an entry does not come: %s", e.text);
	}
}
