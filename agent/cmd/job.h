#ifndef AGENT_JOB_H
#define AGENT_JOB_H

#include "agent/record/recorder.h"

/** One command's drafts while they are collected; form and drafts live as long as it does. */
struct job {
	const struct args *a;
	struct agent *ag;
	const struct form *form;
	struct draft *d;
	size_t n, room;
	struct form_findings findings;
	struct err e;
	int rc; /* 0 so far well, 1 refused (findings or e), -1 failed (e) */
};

/** job_draft(w, kind): one more draft, or NULL with w->rc set. */
struct draft *job_draft(struct job *w, const char *kind);

/** job_free(w): release drafts, form and findings. */
void job_free(struct job *w);

/** job_common(w, d, part, parts): the options --place, --as, --id onto a draft; ${part} tells entries of one command apart.  0, else w->rc is set. */
int job_common(struct job *w, struct draft *d, size_t part, size_t parts);

/** job_answer(w, answers, pair): one FIELD=VALUE.  0; -1 when it is none; what the form finds goes to w->findings. */
int job_answer(struct job *w, cJSON *answers, const char *pair);

/** job_answers(w, answers, first): the command line's fields from position ${first} on, and its photos.  As job_answer. */
int job_answers(struct job *w, cJSON *answers, size_t first);

/** job_fill(w, d, answers): turn answers into the draft (recorder_fill), unless the job has failed. */
void job_fill(struct job *w, struct draft *d, cJSON *answers);

/** job_json(w, file) / job_subjects(w, file): a draft for every line of a file ("-": standard input); findings and errors name the line. */
void job_json(struct job *w, const char *file);
void job_subjects(struct job *w, const char *file);

/** job_finish(w): append all drafts, say so; the exit status. */
int job_finish(struct job *w);

#endif
