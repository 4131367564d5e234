#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms/value.h"

#define SHOWN_MAX 128 /* bytes of a path in a finding */

struct check {
	const struct form *f;
	struct form_findings *out;
	int bad; /* something was found */
	int oom;
};

static void
found(struct check *c, const char *path, const char *rule, const char *why)
{

	c->bad = 1;
	if (value_finding(c->out, path, rule, "%s: %s", path, why) < 0)
		c->oom = 1;
}

static void
join_path(char out[SHOWN_MAX], const char *path, const char *name)
{

	(void)snprintf(out, SHOWN_MAX, "%s%s%s", path, *path == '\0' ? "" : "/", name);
}

static void check_object(struct check *, const struct form_field *, const cJSON *, const char *, int);

static void
check_repeat(struct check *c, const struct form_field *f, const cJSON *v, const char *path, int lenient)
{
	char at[SHOWN_MAX];
	const cJSON *x;
	unsigned i = 0;

	if (!cJSON_IsArray(v)) {
		found(c, path, "type", "is not a list");
		return;
	}
	cJSON_ArrayForEach(x, v) {
		(void)snprintf(at, sizeof(at), "%.100s[%u]", path, i);
		if (i++ >= FORM_REPEAT_MAX) {
			found(c, path, "range", "has more than 1000 instances");
			return;
		}
		if (cJSON_IsObject(x))
			check_object(c, f, x, at, lenient);
		else
			found(c, at, "type", "is not an object");
	}
}

static void
check_leaf(struct check *c, const struct form_field *f, const cJSON *v, const char *path)
{
	struct value_fault fault = { NULL, NULL };
	char why[200], choices[120];

	if (value_judge(f, v, &fault) != 0) {
		value_choices(f, fault.rule, choices, sizeof(choices));
		(void)snprintf(why, sizeof(why), "%s%s", fault.why, choices);
		found(c, path, fault.rule, why);
	} else if (c->f->subject != NULL && strcmp(c->f->subject, f->path) == 0 && !value_subject(v->valuestring))
		found(c, path, "subject", "must be 1 to 64 characters of A-Z a-z 0-9 . _ - and no identity number");
}

/* ${lenient}: an expression we do not judge yet may make this irrelevant. */
static void
check_field(struct check *c, const struct form_field *f, const cJSON *v, const char *path, int lenient)
{

	lenient = lenient || f->relevant != NULL;
	if (f->type == FIELD_REPEAT) {
		if (!value_empty(v))
			check_repeat(c, f, v, path, lenient);
	} else if (f->nchild > 0) {
		if (value_empty(v) || cJSON_IsObject(v))
			check_object(c, f, cJSON_IsObject(v) ? v : NULL, path, lenient);
		else
			found(c, path, "type", "is not an object");
	} else if (!value_empty(v))
		check_leaf(c, f, v, path);
	else if (f->required && !lenient)
		found(c, path, "required", "is required");
}

static void
check_object(struct check *c, const struct form_field *f, const cJSON *obj, const char *path, int lenient)
{
	char at[SHOWN_MAX];
	const cJSON *v;
	size_t i;

	cJSON_ArrayForEach(v, obj) {
		for (i = 0; i < f->nchild && strcmp(f->child[i].name, v->string) != 0; i++)
			continue;
		if (i == f->nchild) {
			join_path(at, path, v->string);
			found(c, at, "unknown-field", "the form has no such field");
		}
	}
	for (i = 0; i < f->nchild && !c->oom; i++) {
		join_path(at, path, f->child[i].name);
		check_field(c, &f->child[i], cJSON_GetObjectItemCaseSensitive(obj, f->child[i].name), at, lenient);
	}
}

int
form_check(const struct form *f, const cJSON *answers, struct form_findings *out)
{
	struct check c = { f, out, 0, 0 };

	if (cJSON_IsObject(answers))
		check_object(&c, &f->root, answers, "", 0);
	else
		found(&c, "", "type", "the answers are not an object");
	return (c.oom ? -1 : c.bad);
}
