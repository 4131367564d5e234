#include "agent/record/state_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/record/instances.h"
#include "agent/record/subject.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "forms/engine.h"
#include "store/journal_subject.h"

#define COLUMN_MAX 120

struct state {
	struct agent *ag;
	const struct form *f;
	cJSON *rows;
	const char *except;
	unsigned n;
	/* of the subject being folded */
	cJSON *row, *days;
};

static int
text_of(const cJSON *v, char *out, size_t size)
{
	const cJSON *x;
	size_t n = 0;

	if (cJSON_IsString(v))
		return snprintf(out, size, "%s", v->valuestring) < (int)size ? 0 : 1;
	if (cJSON_IsNumber(v))
		return snprintf(out, size, "%.0f", v->valuedouble) < (int)size ? 0 : 1;
	out[0] = '\0';
	cJSON_ArrayForEach(x, v) {
		if (!cJSON_IsString(x) || n + strlen(x->valuestring) + 2 > size)
			return 1;
		n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? " " : "", x->valuestring);
	}
	return n > 0 ? 0 : 1;
}

/* The newest value of each column holds. */
static int
put_value(struct state *s, const char *column, const char *text, const char *day)
{
	const char *was = json_string(s->days, column);

	if (was != NULL && strcmp(was, day) > 0)
		return 0;
	cJSON_DeleteItemFromObjectCaseSensitive(s->days, column);
	cJSON_DeleteItemFromObjectCaseSensitive(s->row, column);
	return cJSON_AddStringToObject(s->days, column, day) != NULL && cJSON_AddStringToObject(s->row, column, text) != NULL ? 0 : -1;
}

static int
fold_object(struct state *s, const struct form_field *g, const cJSON *obj, const char *prefix, const char *day)
{
	char column[COLUMN_MAX], text[FORM_TEXT_MAX + 1];
	const struct form_field *f;
	const cJSON *v;
	size_t i;
	int rc = 0;

	for (i = 0; i < g->nchild && rc == 0; i++) {
		f = &g->child[i];
		if (f->type == FIELD_META || f->type == FIELD_REPEAT || f->type == FIELD_BINARY || strcmp(f->name, "meta") == 0 ||
		    (v = cJSON_GetObjectItemCaseSensitive(obj, f->name)) == NULL || snprintf(column, sizeof(column), "%s%s", prefix, f->name) + 2 > (int)sizeof(column))
			continue;
		if (f->type == FIELD_GROUP) {
			(void)strcat(column, ".");
			rc = fold_object(s, f, v, column, day);
		} else if (strcmp(column, "name") != 0 && strcmp(column, "label") != 0 && text_of(v, text, sizeof(text)) == 0) {
			rc = put_value(s, column, text, day);
		}
	}
	return rc;
}

static int
fold_entry(void *ctx, const struct journal_entry *x)
{
	struct state *s = ctx;
	char day[16], hex[2 * HASH_LEN + 1];
	uint8_t by[HASH_LEN];
	int withdrawn, rc;
	cJSON *p;

	enc_hex(hex, x->hash, HASH_LEN);
	if (s->except != NULL && strcmp(s->except, hex) == 0)
		return 0;
	if ((rc = journal_superseded_by(s->ag->j, x->hash, by, &withdrawn)) != 0)
		return rc < 0 ? -1 : 0;
	if ((p = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL)) == NULL)
		return 0;
	subject_day(s->f, x, day);
	rc = fold_object(s, &s->f->root, p, "", day);
	if (rc == 0)
		rc = put_value(s, "date", day, day);
	cJSON_Delete(p);
	return rc;
}

static int
fold_subject(void *ctx, const char *id)
{
	struct state *s = ctx;
	int rc = -1;

	if (s->n++ == INSTANCES_SUBJECTS_MAX)
		return 1;
	s->row = cJSON_CreateObject();
	s->days = cJSON_CreateObject();
	if (s->row != NULL && s->days != NULL && cJSON_AddStringToObject(s->row, "name", id) != NULL && cJSON_AddStringToObject(s->row, "label", id) != NULL)
		rc = journal_subject_each(s->ag->j, s->f->id, id, fold_entry, s);
	if (rc == 0 && s->days->child != NULL) {
		if (cJSON_AddItemToArray(s->rows, s->row))
			s->row = NULL;
		else
			rc = -1;
	}
	cJSON_Delete(s->row);
	cJSON_Delete(s->days);
	return rc;
}

static cJSON *
ended(struct state *s, int rc)
{
	if (rc == 0 && s->rows != NULL)
		return s->rows;
	if (rc < 0)
		lapse();
	cJSON_Delete(s->rows);
	return NULL;
}

cJSON *
state_last(struct agent *ag, const struct form *f, const char *subject, const char *except)
{
	struct state s = { .ag = ag, .f = f, .except = except, .rows = cJSON_CreateArray() };
	int rc = s.rows == NULL || f->subject == NULL ? 1 : 0;

	if (rc == 0)
		rc = *subject != '\0' ? fold_subject(&s, subject) : journal_subjects(ag->j, f->id, "", "", INSTANCES_SUBJECTS_MAX + 1, fold_subject, &s);
	return ended(&s, rc);
}

static int
list_subject(void *ctx, const char *id)
{
	struct state *s = ctx;
	char label[ID_MAX + 200];
	struct subject x;
	cJSON *r = NULL;
	int rc;

	if (s->n++ == INSTANCES_SUBJECTS_MAX)
		return 1;
	if ((rc = subject_load(s->ag, s->f, id, &x)) == 1 && x.has) {
		/* what was withdrawn altogether is none any more */
		(void)snprintf(label, sizeof(label), "%s%s%.120s", id, x.stage != NULL ? " " : "", x.stage != NULL ? x.stage->label[FORM_ZH] : "");
		rc = (r = cJSON_CreateObject()) != NULL && cJSON_AddItemToArray(s->rows, r) && cJSON_AddStringToObject(r, "name", id) != NULL &&
		    cJSON_AddStringToObject(r, "label", label) != NULL && cJSON_AddStringToObject(r, "stage", x.stage != NULL ? x.stage->value : "") != NULL &&
		    cJSON_AddStringToObject(r, "date", x.day) != NULL && cJSON_AddStringToObject(r, "place", x.now.h.place) != NULL ? 0 : -1;
	}
	subject_free(&x);
	return rc < 0 ? -1 : 0;
}

cJSON *
state_subjects(struct agent *ag, const struct form *f)
{
	struct state s = { .ag = ag, .f = f, .rows = cJSON_CreateArray() };
	int rc = s.rows == NULL || f->subject == NULL ? 1 : 0;

	if (rc == 0)
		rc = journal_subjects(ag->j, f->id, "", "", INSTANCES_SUBJECTS_MAX + 1, list_subject, &s);
	return ended(&s, rc);
}
