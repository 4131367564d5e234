#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/host/moment.h"
#include "agent/record/instances.h"
#include "agent/record/recorder.h"
#include "base/clock.h"
#include "base/enc.h"
#include "forms/engine.h"

/* Between a form's answers and a draft. */

const struct form *
recorder_form(struct agent *ag, const char *id, const char *version, struct err *e)
{
	char exact[VERSION_MAX + 1] = "";
	uint8_t hash[HASH_LEN];
	const struct form *f = NULL;
	struct buf xml;
	int rc;

	(void)snprintf(exact, sizeof(exact), "%s", version);
	if (journal_form_hash(ag->j, id, exact, hash) == 1 && (f = formcache_find(hash)) != NULL)
		return f;
	buf_init(&xml, FORM_BYTES_MAX);
	rc = journal_form(ag->j, id, exact, hash, &xml);
	if (rc < 0)
		(void)err_set(e, "the journal cannot be read");
	else if (rc == 0)
		(void)err_set(e, "form %s: not published by the county, or not received yet (sync first)", id);
	else
		f = formcache_form(hash, xml.data, xml.len, e);
	buf_free(&xml);
	return f;
}

/* Where a path's last step lives in the answers, made on the way when ${make}; *${name} is that step. */
static cJSON *
parent_of(cJSON *answers, const char *path, int make, char *name, size_t size)
{
	const char *slash;
	cJSON *at = answers, *next;

	while ((slash = strchr(path, '/')) != NULL) {
		(void)snprintf(name, size, "%.*s", (int)(slash - path), path);
		next = cJSON_GetObjectItemCaseSensitive(at, name);
		if (next == NULL && make)
			next = cJSON_AddObjectToObject(at, name);
		if ((at = next) == NULL)
			return NULL;
		path = slash + 1;
	}
	(void)snprintf(name, size, "%s", path);
	return at;
}

/* It says nothing about who it is. */
int
recorder_new_subject(struct agent *ag, const char *place, char out[ID_MAX + 1], struct err *e)
{
	uint64_t serial;
	char hex[5];

	if (journal_get_u64(ag->j, "subject-serial", &serial) < 0 || journal_set_u64(ag->j, "subject-serial", serial + 1, e) != 0)
		return err_set(e, "the journal cannot be written");
	enc_hex(hex, ag->device, 2);
	(void)snprintf(out, ID_MAX + 1, "%s-%s-%llu", place, hex, (unsigned long long)serial + 1);
	return 0;
}

static int
settle_subject(struct agent *ag, struct draft *d, const struct form *f, cJSON *answers, struct err *e)
{
	char name[128];
	cJSON *parent, *item;

	if (f->subject == NULL)
		return 0;
	if ((parent = parent_of(answers, f->subject, 1, name, sizeof(name))) == NULL)
		return err_set(e, "out of memory");
	item = cJSON_GetObjectItemCaseSensitive(parent, name);
	if (item == NULL || (cJSON_IsString(item) && item->valuestring[0] == '\0')) {
		if (recorder_new_subject(ag, d->place, d->subject, e) != 0)
			return -1;
		cJSON_DeleteItemFromObjectCaseSensitive(parent, name);
		return cJSON_AddStringToObject(parent, name, d->subject) ? 0 : err_set(e, "out of memory");
	}
	if (!cJSON_IsString(item) || !field_id((struct field){ item->valuestring, strlen(item->valuestring) }, ID_MAX))
		return err_set(e, "field %s: a subject id is 1 to %d letters, digits, '.', '_' or '-'", f->subject, ID_MAX);
	(void)strcpy(d->subject, item->valuestring);
	return 0;
}

/* The attachments that the answers name, one for each photo field that is filled in. */
static int
settle_photos(struct agent *ag, struct draft *d, const struct form_field *field, const cJSON *obj, struct err *e)
{
	const cJSON *item, *in;
	struct attachment *a;
	struct buf bytes;
	size_t i;
	int rc = 0;

	for (i = 0; i < field->nchild && rc == 0; i++) {
		if ((item = cJSON_GetObjectItemCaseSensitive(obj, field->child[i].name)) == NULL)
			continue;
		if (field->child[i].type == FIELD_GROUP)
			rc = settle_photos(ag, d, &field->child[i], item, e);
		if (field->child[i].type == FIELD_REPEAT)
			for (in = item->child; in != NULL && rc == 0; in = in->next)
				rc = settle_photos(ag, d, &field->child[i], in, e);
		if (field->child[i].type != FIELD_BINARY || !cJSON_IsString(item))
			continue;
		if (d->natt == ENTRY_ATTS_MAX)
			return err_set(e, "more than %d photos in one entry", ENTRY_ATTS_MAX);
		a = &d->att[d->natt];
		memset(a, 0, sizeof(*a));
		buf_init(&bytes, 64U << 20);
		if (dec_hex(a->hash, HASH_LEN, item->valuestring, strlen(item->valuestring)) != 0 ||
		    journal_attachment_get(ag->j, a->hash, &bytes, e) != 0)
			rc = err_add(e, "field %s", field->child[i].path);
		a->len = bytes.len;
		a->personal = field->child[i].personal;
		(void)strcpy(a->mediatype, "image/jpeg");
		buf_free(&bytes);
		d->natt++;
	}
	return rc;
}

/* OpenRosa's instanceID, only where the caller gave an id. */
static int
settle_id(const struct draft *d, cJSON *answers)
{
	const char *was;
	cJSON *meta;
	char text[80];

	if (d->id[0] == '\0')
		return 0;
	(void)snprintf(text, sizeof(text), "uuid:%s", d->id);
	was = json_string(cJSON_GetObjectItemCaseSensitive(answers, "meta"), "instanceID");
	if (was != NULL && strcmp(was, text) == 0)
		return 0; /* a phone's own, with what else it says there */
	cJSON_DeleteItemFromObjectCaseSensitive(answers, "meta");
	meta = cJSON_AddObjectToObject(answers, "meta");
	return meta != NULL && cJSON_AddStringToObject(meta, "instanceID", text) != NULL ? 0 : -1;
}

/* What the form's expressions may know: this place, this device, and the clock unless it was never set. */
static struct form_env
environment(struct agent *ag, const struct draft *d, char device[2 * HASH_LEN + 1])
{
	struct form_env env = { .place = d->place, .actor = d->actor, .username = d->actor, .device = device };
	int64_t now = clock_wall();

	enc_hex(device, ag->device, sizeof(ag->device));
	if (!d->late && floor_clock(ag, now) != CLOCK_UNSET)
		env.now_ms = (uint64_t)now;
	return env;
}

int
recorder_fill(struct agent *ag, struct draft *d, const struct form *f, cJSON *answers, struct form_findings *findings, struct err *e)
{
	char device[2 * HASH_LEN + 1], over[2 * HASH_LEN + 1] = "";
	struct instances lists = { ag, f, d->subject, over };
	struct form_env env;
	int rc;

	d->form = f;
	if (d->has_supersedes)
		enc_hex(over, d->supersedes, HASH_LEN);
	if (settle_id(d, answers) != 0)
		return err_set(e, "out of memory");
	if (settle_subject(ag, d, f, answers, e) != 0)
		return -1;
	env = environment(ag, d, device);
	env.rows = instances_rows;
	env.ctx = &lists;
	if (form_fill(f, &env, !d->has_supersedes && !d->shown, answers, findings) != 0)
		return 1;
	if ((rc = form_check_in(f, &env, answers, findings)) != 0)
		return rc;
	if (settle_photos(ag, d, &f->root, answers, e) != 0)
		return -1;
	if (form_split(f, answers, &d->payload, &d->personal) != 0)
		return err_set(e, "form %s: the answers are longer than %d bytes (payload) or %d bytes (personal part)", f->id, ENTRY_PAYLOAD_MAX, ENTRY_PERSONAL_MAX);
	return 0;
}

cJSON *
recorder_answers(const struct journal_entry *x, struct err *e)
{
	cJSON *payload, *personal = NULL, *joined = NULL;

	/* half of the answers must never pass for all of them */
	if (x->personal_locked) {
		(void)err_set(e, x->personal_locked == JOURNAL_LOCKED ? "its personal part is locked: sign in first (on the page)" :
		    "its personal part cannot be read any more");
		return NULL;
	}
	payload = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, e);
	if (x->personal.len > 0)
		personal = json_parse(x->personal.data, x->personal.len, JSON_OBJECT, e);
	if (payload != NULL && (x->personal.len == 0 || personal != NULL) && (joined = form_join(payload, personal)) == NULL)
		(void)err_set(e, "out of memory");
	cJSON_Delete(payload);
	cJSON_Delete(personal);
	return joined;
}
