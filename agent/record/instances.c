#include "agent/record/instances.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/places.h"
#include "agent/record/recorder.h"
#include "agent/people/roster.h"
#include "agent/record/state_rows.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/log.h"
#include "forms/media.h"
#include "store/journal_media.h"
#include "store/journal_subject.h"

/* Places, the roster, and files of the office; subjects and their state are in state_rows.c. */

#define AT_ONCE 200

static cJSON *
row(cJSON *rows, const char *name, const char *label)
{
	cJSON *r = cJSON_CreateObject();

	if (r == NULL || !cJSON_AddItemToArray(rows, r)) {
		cJSON_Delete(r);
		return NULL;
	}
	return cJSON_AddStringToObject(r, "name", name) != NULL && cJSON_AddStringToObject(r, "label", label) != NULL ? r : NULL;
}

static cJSON *
ended(cJSON *rows, int rc)
{
	if (rc == 0)
		return rows;
	if (rc < 0)
		lapse();
	cJSON_Delete(rows);
	return NULL;
}

/* Places: what the county lets this device record for, and codes inside one of them by which subjects begin. */

struct codes { const struct places *p; cJSON *seen; };

static int
see_code(void *ctx, const char *subject)
{
	struct codes *k = ctx;
	char code[PLACE_MAX + 1];
	size_t n = strcspn(subject, "-"), i;

	if (n > PLACE_MAX || subject[n] != '-' || !field_place((struct field){ subject, n }))
		return 0;
	memcpy(code, subject, n);
	code[n] = '\0';
	for (i = 0; i < k->p->n && !place_inside(code, k->p->code[i]); i++)
		continue;
	if (i == k->p->n || cJSON_GetObjectItemCaseSensitive(k->seen, code) != NULL)
		return 0;
	return cJSON_AddTrueToObject(k->seen, code) != NULL ? 0 : -1;
}

struct form_ids { cJSON *ids; };

static int
see_form(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	struct form_ids *k = ctx;

	(void)version;
	(void)hash;
	(void)xml;
	(void)n;
	return cJSON_GetObjectItemCaseSensitive(k->ids, id) != NULL || cJSON_AddTrueToObject(k->ids, id) != NULL ? 0 : -1;
}

static int
by_code(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static int
put_codes(cJSON *rows, const cJSON *seen)
{
	const cJSON *all[2048], *c;
	size_t n = 0, i;
	cJSON *r;

	cJSON_ArrayForEach(c, seen)
		if (n < sizeof(all) / sizeof(all[0]))
			all[n++] = c;
	qsort(all, n, sizeof(all[0]), by_code);
	for (i = 0; i < n; i++)
		if ((r = row(rows, all[i]->string, all[i]->string)) == NULL || cJSON_AddStringToObject(r, "digits", strlen(all[i]->string) == 12 ? "12" : strlen(all[i]->string) == 9 ? "9" :
		    strlen(all[i]->string) == 6 ? "6" : strlen(all[i]->string) == 4 ? "4" : "2") == NULL)
			return -1;
	return 0;
}

static cJSON *
places_rows(struct agent *ag)
{
	struct codes k = { places_of(ag), cJSON_CreateObject() };
	struct form_ids f = { cJSON_CreateObject() };
	cJSON *rows = cJSON_CreateArray(), *id;
	int rc = k.p != NULL && k.seen != NULL && f.ids != NULL && rows != NULL ? 0 : -1;
	size_t i;

	for (i = 0; rc == 0 && i < k.p->n; i++)
		rc = cJSON_GetObjectItemCaseSensitive(k.seen, k.p->code[i]) != NULL || cJSON_AddTrueToObject(k.seen, k.p->code[i]) != NULL ? 0 : -1;
	if (rc == 0)
		rc = journal_each_form(ag->j, see_form, &f);
	cJSON_ArrayForEach(id, f.ids)
		if (rc == 0)
			rc = journal_subjects(ag->j, id->string, "", "", INSTANCES_SUBJECTS_MAX, see_code, &k);
	if (rc == 0)
		rc = put_codes(rows, k.seen);
	cJSON_Delete(f.ids);
	cJSON_Delete(k.seen);
	return ended(rows, rc);
}

/* The roster: ids that say nothing, and names for the page. */

static int
put_person(cJSON *rows, const struct search_hit *h)
{
	cJSON *r = row(rows, h->member, *h->name != '\0' ? h->name : h->member);

	return r != NULL && cJSON_AddStringToObject(r, "household", h->household) != NULL && cJSON_AddStringToObject(r, "group", h->group) != NULL &&
	    cJSON_AddStringToObject(r, "relation", h->relation) != NULL ? 0 : -1;
}

static cJSON *
roster_rows(struct agent *ag)
{
	struct search_hit hit[AT_ONCE];
	cJSON *rows = cJSON_CreateArray();
	struct err e = { "" };
	size_t from = 0, total = 0;
	int n, i, rc = rows != NULL ? 0 : -1;

	do {
		if (rc != 0 || (n = roster_find(ag, "", NULL, from, AT_ONCE, hit, &total, &e)) < 0)
			return ended(rows, rc != 0 ? -1 : 1); /* nobody is signed in: not served */
		for (i = 0; i < n && rc == 0; i++)
			rc = put_person(rows, &hit[i]);
		from += (size_t)n;
	} while (n == AT_ONCE);
	return ended(rows, rc);
}

/* Files of the office */

static cJSON *
file_rows(struct agent *ag, const struct form_media *m)
{
	struct err e = { "" };
	cJSON *rows = NULL;
	struct buf b;
	int rc;

	buf_init(&b, FORM_MEDIA_BYTES_MAX);
	if ((rc = journal_media_get(ag->j, m->hash, &b)) == 1 && (rows = media_rows(m->name, b.data, b.len, &e)) == NULL)
		log_msg(LOG_WARN, "a file beside a form cannot be read: %s", e.text);
	else if (rc != 1)
		log_msg(LOG_WARN, "%s, a file beside a form, is not here: it comes with a sync", m->name);
	buf_free(&b);
	return rows;
}

int
instances_personal(const struct form *f, const char *src)
{
	char name[FORM_MEDIA_NAME_MAX + 1];

	return media_find(f, src) == NULL && media_source(src, name) == 0 && media_own(name) && strncmp(name, MEDIA_ROSTER, strlen(MEDIA_ROSTER)) == 0;
}

/* "subjects-water-works.csv" after "subjects": the form it names, else ${f} itself; *${own} is to be freed. */
static const struct form *
form_meant(const struct instances *in, const char *name, size_t n, const struct form **own)
{
	char id[FORM_MEDIA_NAME_MAX + 1];
	struct err e = { "" };
	size_t k;

	*own = NULL;
	(void)snprintf(id, sizeof(id), "%s", name[n] == '-' ? name + n + 1 : "");
	if ((k = strlen(id)) > 4 && (strcmp(id + k - 4, ".csv") == 0 || strcmp(id + k - 4, ".xml") == 0))
		id[k - 4] = '\0';
	if (id[0] == '\0' || strcmp(id, in->form->id) == 0)
		return in->form;
	if (strlen(id) > ID_MAX || (*own = recorder_form(in->ag, id, "", &e)) == NULL)
		return NULL;
	return *own;
}

cJSON *
instances_rows(void *ctx, const char *id, const char *src)
{
	const struct instances *in = ctx;
	const struct form_media *m = media_find(in->form, src);
	char name[FORM_MEDIA_NAME_MAX + 1];
	const struct form *f;
	const struct form *own = NULL;
	cJSON *rows = NULL;

	(void)id;
	if (m != NULL)
		return file_rows(in->ag, m);
	if (media_source(src, name) != 0 || !media_own(name))
		return NULL;
	if (name[0] == 'p')
		return places_rows(in->ag);
	if (name[0] == 'r')
		return roster_rows(in->ag);
	if ((f = form_meant(in, name, name[0] == 's' ? 8 : 4, &own)) != NULL)
		rows = name[0] == 's' ? state_subjects(in->ag, f) : state_last(in->ag, f, f == in->form && in->subject != NULL ? in->subject : "", in->except);
	formcache_drop(own);
	return rows;
}

/* What is to come */

struct due {
	struct agent *ag;
	int (*cb)(void *ctx, const char *name, const uint8_t hash[HASH_LEN]);
	void *ctx;
	const uint8_t *only;       /* or NULL: whatever is not here */
	cJSON *seen;
};

static int
look_at_form(void *ctx, const char *id, const char *version, const uint8_t hash[HASH_LEN], const void *xml, size_t n)
{
	struct due *d = ctx;
	const struct form *f;
	size_t i;
	int rc = 0;

	(void)id;
	(void)version;
	/* most forms have none: no need to read them */
	if (memmem(xml, n, "media", 5) == NULL || (f = formcache_form(hash, xml, n, NULL)) == NULL)
		return 0;
	for (i = 0; i < f->nmedia && rc == 0; i++) {
		char hex[2 * HASH_LEN + 1];

		enc_hex(hex, f->media[i].hash, HASH_LEN);
		if (d->only != NULL ? memcmp(d->only, f->media[i].hash, HASH_LEN) != 0 : cJSON_GetObjectItemCaseSensitive(d->seen, hex) != NULL)
			continue;
		if (cJSON_AddTrueToObject(d->seen, hex) == NULL)
			rc = -1;
		else if (d->only != NULL)
			rc = 1;
		else if ((rc = journal_media_has(d->ag->j, f->media[i].hash)) >= 0)
			rc = rc == 0 ? d->cb(d->ctx, f->media[i].name, f->media[i].hash) : 0;
	}
	formcache_drop(f);
	return rc;
}

int
instances_due(struct agent *ag, int (*cb)(void *ctx, const char *name, const uint8_t hash[HASH_LEN]), void *ctx)
{
	struct due d = { ag, cb, ctx, NULL, cJSON_CreateObject() };
	int rc = d.seen == NULL ? -1 : journal_each_form(ag->j, look_at_form, &d);

	cJSON_Delete(d.seen);
	return rc;
}

int
instances_take(struct agent *ag, const void *p, size_t n, struct err *e)
{
	struct due d = { ag, NULL, NULL, NULL, cJSON_CreateObject() };
	uint8_t hash[HASH_LEN];
	int rc;

	sha256(hash, p, n);
	d.only = hash;
	rc = d.seen == NULL || n > FORM_MEDIA_BYTES_MAX ? 0 : journal_each_form(ag->j, look_at_form, &d);
	cJSON_Delete(d.seen);
	if (rc < 0)
		return err_set(e, "the journal cannot be read");
	return rc == 0 ? 0 : journal_media_put(ag->j, hash, p, n, e) == 0 ? 1 : -1;
}
