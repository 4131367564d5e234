#include "county/lists.h"

#include <string.h>

#include "base/lapse.h"
#include "forms/media.h"
#include "sync/county_files.h"

struct codes { struct lists *k; cJSON *rows; int rc; };

static int
put_row(cJSON *rows, const char *code, const char *name)
{
	cJSON *r = cJSON_CreateObject();

	if (r == NULL || !cJSON_AddItemToArray(rows, r)) {
		cJSON_Delete(r);
		return -1;
	}
	return cJSON_AddStringToObject(r, "name", code) != NULL && cJSON_AddStringToObject(r, "label", name) != NULL ? 0 : -1;
}

static int
put_place(void *ctx, const struct ledger_place *p)
{
	return put_row(ctx, p->code, p->name);
}

/* A device may name a place that was never imported, as long as it may record there. */
static int
put_answers(struct lists *k, const cJSON *v, cJSON *rows)
{
	const cJSON *c;
	int rc = 0;

	if (cJSON_IsString(v) && strlen(v->valuestring) <= PLACE_MAX && field_place((struct field){ v->valuestring, strlen(v->valuestring) })) {
		if ((rc = ledger_device_may(k->l, k->x->h.device, v->valuestring)) == 1)
			rc = put_row(rows, v->valuestring, v->valuestring);
	}
	cJSON_ArrayForEach(c, v)
		if (rc == 0)
			rc = put_answers(k, c, rows);
	return rc;
}

static cJSON *
places_rows(struct lists *k)
{
	cJSON *rows = cJSON_CreateArray();
	int rc = rows == NULL ? -1 : ledger_each_place(k->l, "", put_place, rows);

	if (rc == 0)
		rc = put_row(rows, k->x->h.place, k->x->h.place);
	if (rc == 0)
		rc = put_answers(k, k->payload, rows);
	if (rc == 0)
		return rows;
	lapse();
	cJSON_Delete(rows);
	return NULL;
}

cJSON *
lists_rows(void *ctx, const char *id, const char *src)
{
	struct lists *k = ctx;
	const struct form_media *m = media_find(k->f, src);
	char name[FORM_MEDIA_NAME_MAX + 1];
	struct err e = { "" };
	cJSON *rows = NULL;
	struct buf b;

	(void)id;
	if (m == NULL)
		return media_source(src, name) == 0 && media_own(name) && name[0] == 'p' ? places_rows(k) : NULL;
	buf_init(&b, FORM_MEDIA_BYTES_MAX);
	if (ledger_form_body(k->l, m->hash, &b) == 1)
		rows = media_rows(m->name, b.data, b.len, &e);
	buf_free(&b);
	return rows;
}

int
lists_keep(struct ledger *l, const struct form_media *m, const void *p, size_t len, struct err *e)
{
	uint8_t hash[HASH_LEN];
	cJSON *rows;

	sha256(hash, p, len);
	if (memcmp(hash, m->hash, HASH_LEN) != 0) {
		(void)err_set(e, "%s: its SHA-256 is not the one that the form names; compile the form again with this file", m->name);
		return 1;
	}
	if ((rows = media_rows(m->name, p, len, e)) == NULL)
		return 1;
	cJSON_Delete(rows);
	return ledger_form_add(l, hash, p, len, e);
}

int
lists_note(struct ledger *l, const struct form *f, struct err *e)
{
	char key[COUNTY_FILES_KEY];
	struct buf b;
	size_t i;
	int rc;

	if (f->nmedia == 0)
		return 0;
	buf_init(&b, FORM_MEDIA_MAX * HASH_LEN);
	for (i = 0; i < f->nmedia; i++)
		(void)buf_put(&b, f->media[i].hash, HASH_LEN);
	county_files_key(f->hash, key);
	rc = buf_ok(&b) ? ledger_set(l, key, b.data, b.len, e) : err_set(e, "out of memory");
	buf_free(&b);
	return rc;
}
