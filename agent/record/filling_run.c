#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/filling.h"
#include "agent/host/moment.h"
#include "agent/record/typed.h"
#include "base/clock.h"
#include "base/enc.h"

/* What was typed, judged by its form. */

/* Whom it is about: as it was begun, or as it is typed in the form. */
static const char *
about(const struct filling *fl)
{
	const char *id = filling_fact(fl, "subject");

	return *id != '\0' || fl->form->subject == NULL ? id : filling_get(fl, fl->form->subject);
}

void
filling_env(struct agent *ag, const struct filling *fl, struct form_env *env)
{
	int64_t now = clock_wall();

	*fl->lists = (struct instances){ ag, fl->form, fl->content != NULL ? about(fl) : "", fl->content != NULL ? filling_fact(fl, "supersedes") : "" };

	memset(env, 0, sizeof(*env));
	env->now_ms = floor_clock(ag, now) != CLOCK_UNSET && filling_fact(fl, "late")[0] == '\0' ? (uint64_t)now : 0;
	env->place = fl->content != NULL ? filling_fact(fl, "place") : ag->place;
	env->actor = fl->row.actor;
	env->rows = instances_rows;
	env->ctx = fl->lists;
}

const struct form_field *
filling_field(const struct filling *fl, const char *path)
{
	char bare[2 * FORM_PATH_MAX];
	size_t n = 0;

	for (; *path != '\0' && n + 1 < sizeof(bare); path++) {
		if (*path == '[')
			path += strcspn(path, "]");
		else
			bare[n++] = *path;
		if (*path == '\0')
			break;
	}
	bare[n] = '\0';
	return form_field(fl->form, bare);
}

static int
depth(const char *path)
{
	int n = 0;

	for (; *path != '\0'; path++)
		n += *path == '[';
	return n;
}

/* Instances of repeats, outer ones first. */
static void
add_instances(struct form_run *run, const cJSON *counts)
{
	const cJSON *v;
	int level, most = 0, have;

	for (level = 0; level <= most; level++) {
		cJSON_ArrayForEach(v, counts) {
			most = depth(v->string) > most ? depth(v->string) : most;
			if (depth(v->string) != level || !cJSON_IsNumber(v))
				continue;
			for (have = form_run_count(run, v->string); have >= 0 && have < (int)v->valuedouble; have++)
				if (form_run_add(run, v->string) != 0)
					break;
		}
	}
}

static void
set_all(struct form_run *run, const struct filling *fl, const cJSON *typed, const cJSON *over, struct form_findings *out)
{
	const struct form_field *field;
	char text[TYPED_MAX + 1];
	const cJSON *v;

	cJSON_ArrayForEach(v, typed) {
		if ((field = filling_field(fl, v->string)) == NULL || field->nchild > 0 || !cJSON_IsString(v) || (over != NULL && json_string(over, v->string) != NULL))
			continue;
		typed_settle(field, v->valuestring, text);
		(void)form_run_set(run, v->string, text, out);
	}
}

struct form_run *
filling_run(const struct filling *fl, const struct form_env *env, const cJSON *more, struct form_findings *out, struct err *e)
{
	const cJSON *typed = cJSON_GetObjectItemCaseSensitive(fl->content, "typed");
	cJSON *empty = cJSON_CreateObject();
	struct form_run *run = empty != NULL ? form_run_open(fl->form, env, empty, e) : NULL;

	cJSON_Delete(empty);
	if (run == NULL)
		return NULL;
	add_instances(run, cJSON_GetObjectItemCaseSensitive(fl->content, "count"));
	if (fl->form->subject != NULL && filling_fact(fl, "subject")[0] != '\0')
		(void)form_run_set(run, fl->form->subject, filling_fact(fl, "subject"), out);
	set_all(run, fl, typed, more, out);
	set_all(run, fl, more, NULL, out);
	return run;
}

/* What the entry says beside its answers. */
static int
set_draft(struct draft *d, const struct filling *fl, const char *part, const char *actor, struct err *e)
{
	const char *event = filling_fact(fl, "event"), *over = filling_fact(fl, "supersedes");

	(void)snprintf(d->place, sizeof(d->place), "%s", filling_fact(fl, "place"));
	(void)snprintf(d->actor, sizeof(d->actor), "%s", actor);
	(void)snprintf(d->id, sizeof(d->id), "%s%s", fl->row.id, part);
	d->shown = 1;
	d->late = filling_fact(fl, "late")[0] != '\0';
	d->has_event = event[0] != '\0';
	d->has_supersedes = over[0] != '\0';
	if ((d->has_event && dec_hex(d->event, sizeof(d->event), event, strlen(event)) != 0) ||
	    (d->has_supersedes && dec_hex(d->supersedes, HASH_LEN, over, strlen(over)) != 0))
		return err_set(e, "draft %s: damaged", fl->row.id);
	return 0;
}

int
filling_draft(struct agent *ag, const struct filling *fl, const cJSON *more, const char *part, const char *actor, struct draft *d, struct form_findings *out, struct err *e)
{
	struct form_run *run;
	struct form_env env;
	cJSON *answers = NULL;
	size_t before = out->n;
	int rc = -1;

	filling_env(ag, fl, &env);
	if ((run = filling_run(fl, &env, more, out, e)) == NULL)
		return -1;
	if (set_draft(d, fl, part, actor, e) != 0)
		goto out;
	if ((answers = form_run_answers(run)) == NULL) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	/* what did not fit is not among the answers; its own finding comes first and is the one that is shown */
	if (form_check_in(fl->form, &env, answers, out) < 0)
		(void)err_set(e, "out of memory");
	else
		rc = out->n > before ? 1 : recorder_fill(ag, d, fl->form, answers, out, e);
out:
	cJSON_Delete(answers);
	form_run_free(run);
	return rc;
}
