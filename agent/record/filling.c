#include "agent/record/filling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/typed.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/lapse.h"

/* What was typed, and where it lies. */

static const char *const kinds[] = { "record", "correction", "class" };

static void
make_id(char out[64])
{
	uint8_t r[16];
	char h[33];

	random_bytes(r, sizeof(r));
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	enc_hex(h, r, sizeof(r));
	(void)snprintf(out, 64, "%.8s-%.4s-%.4s-%.4s-%s", h, h + 8, h + 12, h + 16, h + 20);
}

void
filling_free(struct filling *fl)
{
	if (fl == NULL)
		return;
	formcache_drop(fl->form);
	free(fl->lists);
	cJSON_Delete(fl->content);
	free(fl);
}

/* An object under ${name} of the content, made when it is not there. */
static cJSON *
part(const struct filling *fl, const char *name)
{
	cJSON *o = cJSON_GetObjectItemCaseSensitive(fl->content, name);

	return cJSON_IsObject(o) ? o : cJSON_AddObjectToObject(fl->content, name);
}

static int
put_text(cJSON *o, const char *name, const char *text)
{
	if (o == NULL)
		return -1;
	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	return *text == '\0' || cJSON_AddStringToObject(o, name, text) != NULL ? 0 : -1;
}

const char *
filling_get(const struct filling *fl, const char *path)
{
	const char *s = json_string(cJSON_GetObjectItemCaseSensitive(fl->content, "typed"), path);

	return s ? s : "";
}

int
filling_set(struct filling *fl, const char *path, const char *text)
{
	return put_text(part(fl, "typed"), path, text);
}

const char *
filling_was(const struct filling *fl, const char *path)
{
	const char *s;

	if (fl->kind != FILLING_CORRECTION)
		return NULL;
	s = json_string(cJSON_GetObjectItemCaseSensitive(fl->content, "was"), path);
	return s ? s : "";
}

const char *
filling_fact(const struct filling *fl, const char *name)
{
	const char *s = json_string(cJSON_GetObjectItemCaseSensitive(fl->content, "facts"), name);

	return s ? s : "";
}

int
filling_set_fact(struct filling *fl, const char *name, const char *text)
{
	return put_text(part(fl, "facts"), name, text);
}

unsigned
filling_count(const struct filling *fl, const char *repeat)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(fl->content, "count"), repeat);

	return cJSON_IsNumber(v) && v->valuedouble > 0 && v->valuedouble <= FORM_REPEAT_MAX ? (unsigned)v->valuedouble : 0;
}

static int
set_count(struct filling *fl, const char *repeat, unsigned n)
{
	cJSON *o = part(fl, "count");

	if (o == NULL)
		return -1;
	cJSON_DeleteItemFromObjectCaseSensitive(o, repeat);
	return cJSON_AddNumberToObject(o, repeat, n) != NULL ? 0 : -1;
}

int
filling_add(struct filling *fl, const char *repeat)
{
	unsigned n = filling_count(fl, repeat);

	return n < FORM_REPEAT_MAX ? set_count(fl, repeat, n + 1) : -1;
}

/* Of an object whose keys are paths: "REPEAT[AT]..." goes, those of later instances move up by one.  0 or -1. */
static int
move_up(cJSON *parent, const char *name, const char *repeat, unsigned at)
{
	cJSON *old = cJSON_DetachItemFromObjectCaseSensitive(parent, name), *new = cJSON_AddObjectToObject(parent, name), *item, *next;
	size_t n = strlen(repeat);
	char path[256], *end;
	unsigned long k;
	int rc = new != NULL ? 0 : -1;

	for (item = old ? old->child : NULL; item != NULL && rc == 0; item = next) {
		next = item->next;
		(void)snprintf(path, sizeof(path), "%s", item->string);
		if (strncmp(item->string, repeat, n) == 0 && item->string[n] == '[') {
			k = strtoul(item->string + n + 1, &end, 10);
			if (k == at)
				continue;
			if (k > at)
				(void)snprintf(path, sizeof(path), "%s[%lu%s", repeat, k - 1, end);
		}
		rc = cJSON_AddItemToObject(new, path, cJSON_DetachItemViaPointer(old, item)) ? 0 : -1;
	}
	cJSON_Delete(old);
	return rc;
}

int
filling_remove(struct filling *fl, const char *instance)
{
	const char *open = strrchr(instance, '[');
	char repeat[FORM_PATH_MAX * 2];
	unsigned long at;
	unsigned n;

	if (open == NULL || (size_t)(open - instance) >= sizeof(repeat))
		return -1;
	(void)snprintf(repeat, sizeof(repeat), "%.*s", (int)(open - instance), instance);
	at = strtoul(open + 1, NULL, 10);
	if ((n = filling_count(fl, repeat)) <= at || part(fl, "typed") == NULL || part(fl, "count") == NULL)
		return -1;
	return move_up(fl->content, "typed", repeat, (unsigned)at) == 0 && move_up(fl->content, "count", repeat, (unsigned)at) == 0 ? set_count(fl, repeat, n - 1) : -1;
}

int
filling_changed(const struct filling *fl)
{
	if (fl->kind != FILLING_CORRECTION)
		return 1;
	return !cJSON_Compare(cJSON_GetObjectItemCaseSensitive(fl->content, "typed"), cJSON_GetObjectItemCaseSensitive(fl->content, "was"), 1);
}

static struct filling *
begin(struct agent *ag, enum filling_kind kind, const char *form, const char *version, const char *actor, struct err *e)
{
	struct filling *fl = lapsed(calloc(1, sizeof(*fl)));

	if (fl == NULL || (fl->content = cJSON_CreateObject()) == NULL || (fl->lists = lapsed(calloc(1, sizeof(*fl->lists)))) == NULL) {
		(void)err_set(e, "out of memory");
		goto bad;
	}
	fl->kind = kind;
	if ((fl->form = recorder_form(ag, form, version, e)) == NULL)
		goto bad;
	make_id(fl->row.id);
	(void)snprintf(fl->row.form, sizeof(fl->row.form), "%s", fl->form->id);
	(void)snprintf(fl->row.actor, sizeof(fl->row.actor), "%s", actor);
	fl->row.made = (uint64_t)clock_wall();
	if (filling_set_fact(fl, "kind", kinds[kind]) == 0 && filling_set_fact(fl, "version", fl->form->version) == 0 && filling_set_fact(fl, "place", ag->place) == 0 &&
	    part(fl, "typed") != NULL && part(fl, "count") != NULL)
		return fl;
	(void)err_set(e, "out of memory");
bad:
	filling_free(fl);
	return NULL;
}

struct filling *
filling_new(struct agent *ag, enum filling_kind kind, const char *form, const char *actor, struct err *e)
{
	struct filling *fl = begin(ag, kind, form, "", actor, e);
	struct form_run *run = NULL;
	cJSON *answers = NULL;
	struct form_env env;

	if (fl == NULL)
		return NULL;
	filling_env(ag, fl, &env);
	/* what the form puts in by itself, once: defaults and the like */
	if ((run = form_run_open(fl->form, &env, NULL, e)) == NULL || (answers = form_run_answers(run)) == NULL ||
	    typed_flatten(fl->form, answers, part(fl, "typed"), part(fl, "count")) != 0) {
		(void)err_add(e, "form %s", form);
		filling_free(fl);
		fl = NULL;
	}
	cJSON_Delete(answers);
	form_run_free(run);
	return fl;
}

struct filling *
filling_correct(struct agent *ag, const struct journal_entry *x, const char *actor, struct err *e)
{
	struct filling *fl = begin(ag, FILLING_CORRECTION, x->h.form, x->h.form_version, actor, e);
	char hex[2 * HASH_LEN + 1];
	cJSON *answers = NULL, *was;

	if (fl == NULL)
		return NULL;
	enc_hex(hex, x->hash, HASH_LEN);
	if ((answers = recorder_answers(x, e)) != NULL && typed_flatten(fl->form, answers, part(fl, "typed"), part(fl, "count")) == 0 &&
	    (was = cJSON_Duplicate(part(fl, "typed"), 1)) != NULL && cJSON_AddItemToObject(fl->content, "was", was) && filling_set_fact(fl, "place", x->h.place) == 0 &&
	    filling_set_fact(fl, "supersedes", hex) == 0 && filling_set_fact(fl, "subject", x->subject) == 0) {
		cJSON_Delete(answers);
		return fl;
	}
	(void)err_add(e, "entry %.12s", hex);
	cJSON_Delete(answers);
	filling_free(fl);
	return NULL;
}

/* The content of a stored draft.  1, or -1. */
static int
take_content(struct agent *ag, struct filling *fl, const struct buf *b, struct err *e)
{
	size_t i;

	if ((fl->content = json_parse(b->data, b->len, JSON_OBJECT, e)) == NULL)
		return -1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(filling_fact(fl, "kind"), kinds[i]) != 0; i++)
		;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return err_set(e, "draft %s: of no kind", fl->row.id);
	fl->kind = (enum filling_kind)i;
	return (fl->form = recorder_form(ag, fl->row.form, filling_fact(fl, "version"), e)) != NULL ? 1 : -1;
}

int
filling_load(struct agent *ag, const char *id, struct filling **out, struct err *e)
{
	struct filling *fl = lapsed(calloc(1, sizeof(*fl)));
	enum vault_answer answer = VAULT_DAMAGED;
	struct buf b;
	int rc;

	*out = NULL;
	if (fl == NULL || (fl->lists = lapsed(calloc(1, sizeof(*fl->lists)))) == NULL) {
		free(fl);
		return err_set(e, "out of memory");
	}
	buf_init(&b, JOURNAL_DRAFT_MAX);
	if ((rc = journal_draft_get(ag->j, id, &fl->row, &b, &answer)) == 1)
		rc = answer == VAULT_OPEN ? take_content(ag, fl, &b, e) : err_set(e, "draft %s: %s", id, answer == VAULT_LOST ? "its key is gone" : "it is damaged");
	else if (rc < 0)
		(void)err_set(e, "the journal cannot be read");
	if (b.data != NULL)
		wipe(b.data, b.cap);
	buf_free(&b);
	if (rc == 1)
		*out = fl;
	else
		filling_free(fl);
	return rc;
}

int
filling_save(struct agent *ag, struct filling *fl, struct err *e)
{
	char *text = cJSON_PrintUnformatted(fl->content);
	int rc;

	if (text == NULL)
		return err_set(e, "out of memory");
	fl->row.changed = (uint64_t)clock_wall();
	rc = journal_draft_put(ag->j, &fl->row, text, strlen(text), e);
	wipe(text, strlen(text));
	free(text);
	return rc;
}

/* An entry's photo stays: only a file that nothing names is removed. */
static void
forget(struct agent *ag, const struct filling *fl, const char *path, const char *hex)
{
	const struct form_field *f = filling_field(fl, path);
	uint8_t hash[HASH_LEN];

	if (f != NULL && f->type == FIELD_BINARY && dec_hex(hash, HASH_LEN, hex, strlen(hex)) == 0)
		(void)journal_attachment_forget(ag->j, hash, NULL);
}

void
filling_forget(struct agent *ag, struct filling *fl, const char *path)
{
	forget(ag, fl, path, filling_get(fl, path));
	(void)filling_set(fl, path, "");
}

int
filling_drop(struct agent *ag, const struct filling *fl, struct err *e)
{
	const cJSON *v, *typed = cJSON_GetObjectItemCaseSensitive(fl->content, "typed");

	if (journal_draft_drop(ag->j, fl->row.id, e) != 0)
		return -1;
	cJSON_ArrayForEach(v, typed)
		if (cJSON_IsString(v))
			forget(ag, fl, v->string, v->valuestring);
	return 0;
}
