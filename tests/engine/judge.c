/* Our engine for a program that is no C: a line of JSON in, the whole state of the form out (tests/engine/walk.mjs says what is asked). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "forms/engine.h"

struct desk {
	struct form *f;
	struct form_run *run;
};

static void
desk_clear(struct desk *d)
{

	form_run_free(d->run);
	form_free(d->f);
	memset(d, 0, sizeof(*d));
}

/* {"form": PATH, "now": MS}: a new entry of that form. */
static int
desk_open(struct desk *d, const cJSON *ask, struct err *e)
{
	struct form_env env;
	struct buf b;
	int64_t now;
	int rc = -1;

	desk_clear(d);
	memset(&env, 0, sizeof(env));
	buf_init(&b, FORM_BYTES_MAX);
	if (json_int(ask, "now", &now) != 0) {
		err_set(e, "form: without now");
		goto out;
	}
	env.now_ms = (uint64_t)now;
	if (file_read(json_string(ask, "form"), &b, e) != 0 || (d->f = form_parse(b.data, b.len, e)) == NULL ||
	    (d->run = form_run_open(d->f, &env, NULL, e)) == NULL)
		goto out;
	rc = 0;
out:
	buf_free(&b);
	return (rc);
}

static void
put_leaf(struct form_run *r, const struct form_field *f, const char *path, cJSON *to)
{
	const struct choice *list;
	cJSON *offered;
	long n, i;

	cJSON_AddBoolToObject(to, "required", form_run_required(r, path) > 0);
	cJSON_AddBoolToObject(to, "valid", form_run_valid(r, path) > 0);
	cJSON_AddStringToObject(to, "value", form_run_value(r, path));
	if ((f->type != FIELD_SELECT1 && f->type != FIELD_SELECT) || (n = form_run_choices(r, path, &list)) < 0)
		return;
	offered = cJSON_AddArrayToObject(to, "offered");
	for (i = 0; i < n; i++)
		if (form_run_offered(r, path, (size_t)i) > 0)
			cJSON_AddItemToArray(offered, cJSON_CreateString(list[i].value));
}

static void put_below(struct form_run *r, const struct form_field *f, const char *path, cJSON *nodes);

static void
put_node(struct form_run *r, const struct form_field *f, const char *path, cJSON *nodes)
{
	cJSON *to = cJSON_AddObjectToObject(nodes, path);
	char instance[512];
	int i, n;

	cJSON_AddBoolToObject(to, "relevant", form_run_relevant(r, path) > 0);
	cJSON_AddBoolToObject(to, "readonly", form_run_readonly(r, path) > 0);
	if (f->type == FIELD_REPEAT) {
		n = form_run_count(r, path);
		cJSON_AddNumberToObject(to, "count", n);
		for (i = 0; i < n; i++) {
			(void)snprintf(instance, sizeof(instance), "%.480s[%d]", path, i);
			put_below(r, f, instance, nodes);
		}
	} else if (f->type == FIELD_GROUP)
		put_below(r, f, path, nodes);
	else
		put_leaf(r, f, path, to);
}

static void
put_below(struct form_run *r, const struct form_field *f, const char *path, cJSON *nodes)
{
	char below[512];
	size_t i;

	for (i = 0; i < f->nchild; i++) {
		(void)snprintf(below, sizeof(below), "%s%s%s", path, *path == '\0' ? "" : "/", f->child[i].name);
		put_node(r, &f->child[i], below, nodes);
	}
}

/* What the form's check says of all answers: {"path": "rule"...}. */
static void
put_findings(struct form_run *r, cJSON *answer)
{
	struct form_findings found = { 0, NULL };
	cJSON *to = cJSON_AddObjectToObject(answer, "findings");
	size_t i;

	if (form_run_check(r, &found) < 0)
		cJSON_AddStringToObject(answer, "error", "out of memory");
	for (i = 0; i < found.n; i++)
		cJSON_AddStringToObject(to, found.f[i].path, found.f[i].rule);
	form_findings_free(&found);
}

/* {"set": PATH, "text": TEXT}, {"add": PATH}, {"remove": PATH}, {}. */
static void
serve(struct desk *d, const cJSON *ask, cJSON *answer)
{
	struct form_findings refused = { 0, NULL };
	const char *path;
	struct err e = { "" };

	if (json_string(ask, "form") != NULL && desk_open(d, ask, &e) != 0)
		cJSON_AddStringToObject(answer, "error", e.text);
	if (d->run == NULL)
		return;
	if ((path = json_string(ask, "set")) != NULL && form_run_set(d->run, path, json_string(ask, "text"), &refused) != 0)
		cJSON_AddStringToObject(answer, "refused", refused.n > 0 ? refused.f[0].text : "for no reason");
	if ((path = json_string(ask, "add")) != NULL && form_run_add(d->run, path) != 0)
		cJSON_AddStringToObject(answer, "refused", "no such repeat");
	if ((path = json_string(ask, "remove")) != NULL && form_run_remove(d->run, path) != 0)
		cJSON_AddStringToObject(answer, "refused", "no such instance");
	if (form_run_settle(d->run, &e) != 0)
		cJSON_AddStringToObject(answer, "error", e.text);
	put_below(d->run, &d->f->root, "", cJSON_AddObjectToObject(answer, "nodes"));
	put_findings(d->run, answer);
	form_findings_free(&refused);
}

int
main(void)
{
	struct desk d = { NULL, NULL };
	struct err e = { "" };
	char *line = NULL, *text;
	cJSON *ask, *answer;
	size_t room = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &room, stdin)) > 0) {
		answer = cJSON_CreateObject();
		if ((ask = json_parse(line, (size_t)n, JSON_OBJECT, &e)) == NULL)
			cJSON_AddStringToObject(answer, "error", e.text);
		else
			serve(&d, ask, answer);
		text = cJSON_PrintUnformatted(answer);
		rc = text == NULL || puts(text) == EOF || fflush(stdout) != 0;
		cJSON_free(text);
		cJSON_Delete(answer);
		cJSON_Delete(ask);
	}
	free(line);
	desk_clear(&d);
	return (rc);
}
