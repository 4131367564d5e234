#include "agent/cmd/job.h"
#include "sync/device.h"

/* record FORM FIELD=VALUE... */
static void
from_fields(struct job *w)
{
	cJSON *answers = cJSON_CreateObject();
	struct draft *d = job_draft(w, "record");

	if (d != NULL && answers != NULL && job_common(w, d, 0, 1) == 0 && job_answers(w, answers, 1) == 0 && w->rc == 0)
		job_fill(w, d, answers);
	cJSON_Delete(answers);
}

static int
record(const struct args *a, struct agent *ag)
{
	struct job w = { .a = a, .ag = ag };
	const char *json = opt_get(a, "json"), *subjects = opt_get(a, "subjects");
	int status;

	if ((w.form = recorder_form(ag, a->pos[0], "", &w.e)) == NULL)
		w.rc = 1;
	else if (device_form_retired(ag->j, w.form->id, w.form->version) == 1)
		w.rc = err_set(&w.e, "form %s version %s: the county has retired it; nothing new is recorded with it", w.form->id, w.form->version) + 2;
	else if (json != NULL && (a->npos > 1 || subjects != NULL))
		w.rc = err_set(&w.e, "--json: fields come from the file alone, not from the command line too");
	else if (json != NULL)
		job_json(&w, json);
	else if (subjects != NULL)
		job_subjects(&w, subjects);
	else
		from_fields(&w);
	status = job_finish(&w);
	job_free(&w);
	return status;
}

int
cmd_record(const struct args *a)
{
	return agent_with(a, record);
}
