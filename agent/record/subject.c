#include "agent/record/subject.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/journal_subject.h"

/* The member of ${root} at a path of groups, or NULL. */
static const cJSON *
member_at(const cJSON *root, const char *path)
{
	char step[FORM_PATH_MAX + 1];
	size_t n;

	for (; root != NULL && *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n >= sizeof(step))
			return NULL;
		memcpy(step, path, n);
		step[n] = '\0';
		root = cJSON_GetObjectItemCaseSensitive(root, step);
	}
	return root;
}

static const struct choice *
stage_of(const struct form *f, const cJSON *payload)
{
	const struct form_field *field = f->stage ? form_field(f, f->stage) : NULL;
	const cJSON *v = field ? member_at(payload, field->path) : NULL;

	return cJSON_IsString(v) ? form_choice(field, v->valuestring) : NULL;
}

static void
day_of(const struct form *f, const struct journal_entry *x, const cJSON *payload, char day[16])
{
	const struct form_field *date = form_field(f, "date");
	const cJSON *v;
	size_t i;

	for (i = 0; i < f->root.nchild && (date == NULL || date->type != FIELD_DATE); i++)
		date = &f->root.child[i];
	v = date && date->type == FIELD_DATE ? member_at(payload, date->path) : NULL;
	if (cJSON_IsString(v) && strlen(v->valuestring) == 10)
		(void)snprintf(day, 16, "%.10s", v->valuestring);
	else
		clock_date((int64_t)x->h.wall, day);
}

const struct choice *
subject_stage(const struct form *f, const struct journal_entry *x)
{
	cJSON *p = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL);
	const struct choice *c = p ? stage_of(f, p) : NULL;

	cJSON_Delete(p);
	return c;
}

void
subject_day(const struct form *f, const struct journal_entry *x, char day[16])
{
	cJSON *p = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL);

	day_of(f, x, p, day);
	cJSON_Delete(p);
}

const struct choice *
subject_next(const struct form *f, const struct choice *stage)
{
	const struct form_field *field = f->stage ? form_field(f, f->stage) : NULL;
	size_t i = field && stage ? (size_t)(stage - field->choices) + 1 : 0;

	return field && i < field->nchoices ? &field->choices[i] : NULL;
}

struct look {
	struct agent *ag;
	const struct form *f;
	struct subject *s;
	uint8_t now[HASH_LEN];
	const struct choice *stage;
};

static int
look_at(void *ctx, const struct journal_entry *x)
{
	struct look *l = ctx;
	struct subject *s = l->s;
	uint8_t by[HASH_LEN];
	char day[16];
	cJSON *p;
	int withdrawn, rc;

	if (s->entries++ == 0)
		(void)snprintf(s->began, sizeof(s->began), "%s", x->h.actor);
	if ((rc = journal_superseded_by(l->ag->j, x->hash, by, &withdrawn)) != 0)
		return rc < 0 ? -1 : 0;
	s->standing++;
	p = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL);
	day_of(l->f, x, p, day);
	/* of two of one day the later one in the chain holds */
	if (!s->has || strcmp(day, s->day) >= 0) {
		s->has = 1;
		(void)strcpy(s->day, day);
		memcpy(l->now, x->hash, HASH_LEN);
		if (p != NULL && stage_of(l->f, p) != NULL)
			l->stage = stage_of(l->f, p);
	}
	cJSON_Delete(p);
	return 0;
}

int
subject_load(struct agent *ag, const struct form *f, const char *id, struct subject *s)
{
	struct look l = { .ag = ag, .f = f, .s = s };
	int rc;

	memset(s, 0, sizeof(*s));
	journal_entry_init(&s->now);
	(void)snprintf(s->id, sizeof(s->id), "%s", id);
	if (journal_subject_each(ag->j, f->id, id, look_at, &l) != 0)
		return -1;
	if (s->has && (rc = journal_by_hash(ag->j, l.now, &s->now)) != 1)
		return -1;
	s->stage = l.stage;
	s->next = subject_next(f, s->stage);
	s->done = s->stage != NULL && form_done(f, s->stage->value);
	return s->entries > 0;
}

void
subject_free(struct subject *s)
{
	journal_entry_free(&s->now);
}
