#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cmd/job.h"
#include "base/lapse.h"

#define INPUT_MAX (64U << 20)

static int
read_input(struct job *w, const char *name, struct buf *out)
{
	char block[65536];
	size_t n;
	int rc = 0;

	if (strcmp(name, "-") != 0)
		return opt_read(w->a, name, out, &w->e);
	/* who types at the other end may take his time; sync and page go on meanwhile */
	agent_unlock();
	while (rc == 0 && (n = fread(block, 1, sizeof(block), w->a->io->in)) > 0)
		if (buf_put(out, block, n) != 0)
			rc = err_set(&w->e, "standard input: more than %u bytes", INPUT_MAX);
	agent_lock();
	return rc;
}

/* Every line of a file that is not empty; findings and errors name the line.  Count, or -1. */
static size_t
each_line(struct job *w, const char *name, void (*fn)(struct job *w, const char *line, size_t n, size_t part, size_t parts))
{
	struct buf in;
	const char *p, *end, *lf;
	size_t parts = 0, part = 0, lineno = 0, before;

	buf_init(&in, INPUT_MAX);
	if (read_input(w, name, &in) != 0) {
		w->rc = -1;
		buf_free(&in);
		return 0;
	}
	end = buf_str(&in) + in.len;
	for (p = buf_str(&in); p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf ? lf : end;
		parts += lf > p;
	}
	for (p = buf_str(&in); p < end && w->rc >= 0; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf ? lf : end;
		lineno++;
		before = w->findings.n;
		if (lf > p)
			fn(w, p, (size_t)(lf - p), part++, parts);
		if (w->rc != 0 && w->e.text[0] != '\0')
			(void)err_add(&w->e, "%s line %zu", name, lineno);
		for (; before < w->findings.n; before++) {
			char text[sizeof(w->findings.f[0].text)];

			(void)snprintf(text, sizeof(text), "line %zu: %.220s", lineno, w->findings.f[before].text);
			(void)strcpy(w->findings.f[before].text, text);
		}
	}
	buf_free(&in);
	if (parts == 0 && w->rc == 0)
		w->rc = err_set(&w->e, "%s: no line in it", name);
	return parts;
}

/* record FORM --json: a line is one object of answers. */
static void
json_line(struct job *w, const char *line, size_t n, size_t part, size_t parts)
{
	cJSON *answers = json_parse(line, n, JSON_OBJECT, &w->e);
	struct draft *d;

	if (answers == NULL)
		w->rc = 1;
	else if ((d = job_draft(w, "record")) != NULL && job_common(w, d, part, parts) == 0)
		job_fill(w, d, answers);
	cJSON_Delete(answers);
}

/* record FORM ... --subjects: SUBJECT[,FIELD=VALUE]... */
static void
subject_line(struct job *w, const char *line, size_t n, size_t part, size_t parts)
{
	cJSON *answers = cJSON_CreateObject();
	char *copy = lapsed(strndup(line, n)), *cell, *rest = copy;
	struct draft *d = job_draft(w, "record");

	if (copy != NULL && n > 0 && copy[n - 1] == '\r')
		copy[n - 1] = '\0';
	if (copy == NULL || answers == NULL || d == NULL || job_common(w, d, part, parts) != 0 || job_answers(w, answers, 1) != 0)
		goto out;
	cell = strsep(&rest, ",");
	if (w->form->subject == NULL)
		w->rc = err_set(&w->e, "form %s has no subject field", w->form->id);
	else if (form_set(w->form, answers, w->form->subject, cell, &w->findings) != 0)
		w->rc = 1;
	while (w->rc == 0 && (cell = strsep(&rest, ",")) != NULL)
		(void)job_answer(w, answers, cell);
	if (w->rc == 0)
		job_fill(w, d, answers);
out:
	cJSON_Delete(answers);
	free(copy);
}

void
job_subjects(struct job *w, const char *name)
{
	uint8_t event[16];
	size_t i;

	(void)each_line(w, name, subject_line);
	random_bytes(event, sizeof(event));
	for (i = 0; i < w->n; i++) {
		w->d[i].has_event = 1;
		memcpy(w->d[i].event, event, sizeof(event));
	}
}

void
job_json(struct job *w, const char *name)
{
	(void)each_line(w, name, json_line);
}
