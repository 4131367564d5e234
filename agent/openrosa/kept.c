#include "agent/openrosa/kept.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/photo.h"
#include "base/enc.h"
#include "base/log.h"
#include "store/journal_draft.h"

#define KEPT_MAX 65536 /* bytes of what is kept of one submission */

/* A JSON value of the journal; NULL with nothing in ${e} when there is none. */
static cJSON *
load(struct journal *j, const char *key, unsigned kind, int *rc, struct err *e)
{
	cJSON *o = NULL;
	struct buf b;

	buf_init(&b, KEPT_MAX);
	if ((*rc = journal_get(j, key, &b)) == 1)
		o = json_parse(b.data, b.len, kind, e);
	buf_free(&b);
	if (*rc < 0)
		(void)err_set(e, "the journal cannot be read");
	return o;
}

static int
store(struct journal *j, const char *key, const cJSON *o, struct err *e)
{
	char *text = cJSON_PrintUnformatted(o);
	int rc = text == NULL ? err_set(e, "out of memory") : strlen(text) > KEPT_MAX ? err_set(e, "too many files") : journal_set(j, key, text, strlen(text), e);

	cJSON_free(text);
	return rc;
}

static int
begin(struct kept *k, struct err *e)
{
	cJSON_Delete(k->o);
	if ((k->o = cJSON_CreateObject()) == NULL || cJSON_AddStringToObject(k->o, "xml", k->xml) == NULL || cJSON_AddObjectToObject(k->o, "files") == NULL)
		return err_set(e, "out of memory");
	return 0;
}

static int
open_key(struct kept *k, struct agent *ag, const char *id, struct err *e)
{
	const char *was;
	int rc;

	memset(k, 0, sizeof(*k));
	k->ag = ag;
	(void)snprintf(k->id, sizeof(k->id), "%s", id);
	(void)snprintf(k->key, sizeof(k->key), "openrosa:%s", k->id);
	k->o = load(ag->j, k->key, JSON_OBJECT, &rc, e);
	if (k->o != NULL && (was = json_string(k->o, "xml")) != NULL && strlen(was) < sizeof(k->was))
		(void)strcpy(k->was, was);
	return rc < 0 ? -1 : 0;
}

int
kept_load(struct kept *k, struct agent *ag, const char *id, const void *xml, size_t n, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (open_key(k, ag, id, e) != 0)
		return -1;
	sha256(hash, xml, n);
	enc_hex(k->xml, hash, HASH_LEN);
	if (k->o != NULL && k->was[0] != '\0')
		return strcmp(k->was, k->xml) == 0;
	return begin(k, e);
}

void
kept_free(struct kept *k)
{
	cJSON_Delete(k->o);
	k->o = NULL;
}

static cJSON *
files(const struct kept *k)
{
	return cJSON_GetObjectItemCaseSensitive(k->o, "files");
}

/* Photos that no entry names. */
static void
forget(struct kept *k)
{
	uint8_t hash[HASH_LEN];
	const char *hex;
	cJSON *pair;

	cJSON_ArrayForEach(pair, files(k)) {
		hex = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
		if (hex != NULL && dec_hex(hash, HASH_LEN, hex, strlen(hex)) == 0)
			(void)journal_attachment_forget(k->ag->j, hash, NULL);
	}
}

int
kept_anew(struct kept *k, struct err *e)
{
	forget(k);
	return begin(k, e);
}

static const char *
of_pair(const struct kept *k, const char *name, int i)
{
	return cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(files(k), name), i));
}

const char *
kept_raw(const struct kept *k, const char *name)
{
	return of_pair(k, name, 0);
}

const char *
kept_stored(const struct kept *k, const char *name)
{
	return of_pair(k, name, 1);
}

int
kept_here(const struct kept *k, const char *name)
{
	const char *hex = kept_stored(k, name);
	uint8_t hash[HASH_LEN];
	struct buf bytes;
	int here;

	buf_init(&bytes, PHOTO_MAX);
	here = hex != NULL && dec_hex(hash, HASH_LEN, hex, strlen(hex)) == 0 && journal_attachment_get(k->ag->j, hash, &bytes, NULL) == 0;
	buf_free(&bytes);
	return here;
}

int
kept_file(struct kept *k, const char *name, const uint8_t raw[HASH_LEN], const uint8_t stored[HASH_LEN], struct err *e)
{
	char came[2 * HASH_LEN + 1], hex[2 * HASH_LEN + 1];
	const char *texts[2] = { came, hex };
	cJSON *pair;

	enc_hex(came, raw, HASH_LEN);
	enc_hex(hex, stored, HASH_LEN);
	cJSON_DeleteItemFromObjectCaseSensitive(files(k), name);
	if ((pair = cJSON_CreateStringArray(texts, 2)) != NULL && cJSON_AddItemToObject(files(k), name, pair))
		return 0;
	cJSON_Delete(pair);
	return err_set(e, "out of memory");
}

int
kept_save(struct kept *k, struct err *e)
{
	return store(k->ag->j, k->key, k->o, e);
}

int
kept_drop(struct kept *k, struct err *e)
{
	cJSON *pair;
	int had = files(k) != NULL && files(k)->child != NULL;

	if (!had)
		return 0;
	forget(k);
	while ((pair = files(k)->child) != NULL)
		cJSON_Delete(cJSON_DetachItemViaPointer(files(k), pair));
	return kept_save(k, e) == 0 ? kept_done(k->ag, k->id, e) : -1;
}
