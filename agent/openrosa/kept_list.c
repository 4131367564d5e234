#include <string.h>

#include "agent/host/duty.h"
#include "agent/openrosa/kept.h"
#include "base/log.h"

/* The list of submissions that are not recorded yet: [{"id":ID,"hours":N,"bytes":N}], oldest first. */

#define LIST_KEY "openrosa-waiting"
#define LIST_MAX 16384
#define HOUR_MS INT64_C(3600000)
#define FIRST_MS INT64_C(60000)

/* NULL on failure; what cannot be read any more is begun anew. */
static cJSON *
load_list(struct agent *ag, struct err *e)
{
	cJSON *list = NULL;
	struct buf b;
	int rc;

	buf_init(&b, LIST_MAX);
	if ((rc = journal_get(ag->j, LIST_KEY, &b)) == 1)
		list = json_parse(b.data, b.len, 0, NULL);
	buf_free(&b);
	if (rc < 0)
		(void)err_set(e, "the journal cannot be read");
	if (!cJSON_IsArray(list)) {
		cJSON_Delete(list);
		list = NULL;
	}
	if (rc >= 0 && list == NULL && (list = cJSON_CreateArray()) == NULL)
		(void)err_set(e, "out of memory");
	return rc < 0 ? NULL : list;
}

static int
save_list(struct agent *ag, const cJSON *list, struct err *e)
{
	char *text = cJSON_PrintUnformatted(list);
	int rc = text == NULL ? err_set(e, "out of memory") : journal_set(ag->j, LIST_KEY, text, strlen(text), e);

	cJSON_free(text);
	return rc;
}

static uint64_t
number(const cJSON *item, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(item, name);

	return cJSON_IsNumber(v) && v->valuedouble > 0 ? (uint64_t)v->valuedouble : 0;
}

static cJSON *
find(cJSON *list, const char *id)
{
	const char *s;
	cJSON *item;

	cJSON_ArrayForEach(item, list)
		if ((s = json_string(item, "id")) != NULL && strcmp(s, id) == 0)
			return item;
	return NULL;
}

/* One that is let go of: its photos, unless it was recorded meanwhile, and its place in the list. */
static void
let_go(struct agent *ag, cJSON *list, cJSON *item)
{
	const char *id = json_string(item, "id");
	struct err e = { "" };
	struct journal_entry x;
	struct kept k;
	int recorded = -1;

	journal_entry_init(&x);
	if (id != NULL)
		recorded = journal_by_id(ag->j, id, &x);
	journal_entry_free(&x);
	if (recorded == 0) { /* else what is kept of it tells a resend from something else */
		if (kept_load(&k, ag, id, "", 0, &e) < 0 || kept_anew(&k, &e) != 0 || kept_save(&k, &e) != 0)
			log_msg(LOG_WARN, "submission: what was kept of one could not be let go: %s", e.text);
		kept_free(&k);
	}
	cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
}

/* The oldest ones go until the list is as it may be; never ${own}. */
static void
make_room(struct agent *ag, cJSON *list, const cJSON *own)
{
	uint64_t bytes = 0;
	int n = cJSON_GetArraySize(list);
	cJSON *item, *next;

	cJSON_ArrayForEach(item, list)
		bytes += number(item, "bytes");
	for (item = list->child; item != NULL && (n > KEPT_WAITING || bytes > KEPT_BYTES); item = next) {
		next = item->next;
		if (item == own)
			continue;
		bytes -= number(item, "bytes");
		n--;
		log_msg(LOG_INFO, "submission: photos of one that was never finished make room");
		let_go(ag, list, item);
	}
}

int
kept_wait(struct kept *k, uint64_t bytes, struct err *e)
{
	cJSON *list = load_list(k->ag, e), *item;
	int rc = -1;

	if (list == NULL)
		return -1;
	if ((item = find(list, k->id)) == NULL) {
		item = cJSON_CreateObject();
		if (item == NULL || cJSON_AddStringToObject(item, "id", k->id) == NULL || !cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
			(void)err_set(e, "out of memory");
			goto out;
		}
	}
	bytes += number(item, "bytes");
	cJSON_DeleteItemFromObjectCaseSensitive(item, "bytes");
	cJSON_DeleteItemFromObjectCaseSensitive(item, "hours");
	if (cJSON_AddNumberToObject(item, "bytes", (double)bytes) == NULL || cJSON_AddNumberToObject(item, "hours", 0) == NULL) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	make_room(k->ag, list, item);
	rc = save_list(k->ag, list, e);
out:
	cJSON_Delete(list);
	return rc;
}

int
kept_done(struct agent *ag, const char *id, struct err *e)
{
	cJSON *list = load_list(ag, e), *item;
	int rc = list == NULL ? -1 : 0;

	if (list != NULL && (item = find(list, id)) != NULL) {
		cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
		rc = save_list(ag, list, e);
	}
	cJSON_Delete(list);
	return rc;
}

int
kept_age(struct agent *ag, unsigned hours, struct err *e)
{
	cJSON *list = load_list(ag, e), *item, *next, *age;
	int gone = 0, rc = -1;
	uint64_t h;

	if (list == NULL)
		return -1;
	if (list->child == NULL) { /* nothing waits: nothing is written */
		cJSON_Delete(list);
		return 0;
	}
	for (item = list->child; item != NULL; item = next) {
		next = item->next;
		h = number(item, "hours") + hours;
		age = cJSON_CreateNumber((double)h);
		if (h > KEPT_HOURS) {
			let_go(ag, list, item);
			gone++;
		} else if (age != NULL && cJSON_ReplaceItemInObjectCaseSensitive(item, "hours", age)) {
			age = NULL;
		}
		cJSON_Delete(age);
	}
	rc = save_list(ag, list, e) == 0 ? gone : -1;
	cJSON_Delete(list);
	return rc;
}

static int64_t
run(void *ctx)
{
	struct err e = { "" };
	int n = kept_age(ctx, 1, &e);

	if (n < 0)
		log_msg(LOG_WARN, "submission: those that are not finished cannot be looked at: %s", e.text);
	else if (n > 0)
		log_msg(LOG_INFO, "submission: %d that were never finished are let go of", n);
	return 0;
}

int
kept_duty(struct agent *ag)
{
	struct duty d = { "submissions", HOUR_MS, FIRST_MS, 0, run, ag };

	return duty_add(&d);
}
