#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/photo.h"
#include "agent/recorder.h"
#include "agent/show.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/line.h"

#define RECORD_LINES_MAX 10000
#define INPUT_MAX (64U << 20)

/* A command's drafts while they are collected; form and drafts live as long as it does. */
struct job {
	const struct args *a;
	struct agent *ag;
	struct form *form;
	struct draft *d;
	size_t n, room;
	struct form_findings findings;
	struct err e;
	int rc; /* 0, 1 refused, -1 failed */
};

static struct draft *
job_draft(struct job *w, const char *kind)
{
	struct draft *p;
	size_t room;

	if (w->n == w->room) {
		room = w->room ? 2 * w->room : 64;
		if (w->n >= RECORD_LINES_MAX || (p = realloc(w->d, room * sizeof(*p))) == NULL) {
			w->rc = err_set(&w->e, "more than %d entries at once", RECORD_LINES_MAX);
			return NULL;
		}
		w->d = p;
		w->room = room;
	}
	p = &w->d[w->n++];
	draft_init(p, kind, w->ag);
	return p;
}

static void
job_free(struct job *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		draft_free(&w->d[i]);
	free(w->d);
	form_free(w->form);
	form_findings_free(&w->findings);
}

/* Options that say who, where and under which id; ${part} tells entries of one command apart. */
static int
set_common(struct job *w, struct draft *d, size_t part, size_t parts)
{
	const char *place = opt_get(w->a, "place"), *as = opt_get(w->a, "as"), *id = opt_get(w->a, "id");
	int n;

	if (place != NULL && !field_place((struct field){ place, strlen(place) }))
		return w->rc = err_set(&w->e, "place %s: not 2, 4, 6, 9 or 12 digits", place);
	if (as != NULL && !field_id((struct field){ as, strlen(as) }, ID_MAX))
		return w->rc = err_set(&w->e, "actor %s: an id is 1 to %d letters, digits, '.', '_' or '-'", as, ID_MAX);
	if (place != NULL)
		(void)strcpy(d->place, place);
	if (as != NULL)
		(void)strcpy(d->actor, as);
	if (id == NULL)
		return 0;
	if (!field_id((struct field){ id, strlen(id) }, 48))
		return w->rc = err_set(&w->e, "id %s: 1 to 48 letters, digits, '.', '_' or '-'", id);
	n = parts > 1 ? snprintf(d->id, sizeof(d->id), "%s.%zu", id, part) : snprintf(d->id, sizeof(d->id), "%s", id);
	return n > 0 ? 0 : -1;
}

static int
set_answer(struct job *w, cJSON *answers, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char path[128];

	if (eq == NULL || eq == pair || (size_t)(eq - pair) >= sizeof(path))
		return w->rc = err_set(&w->e, "%s: not FIELD=VALUE", pair);
	(void)snprintf(path, sizeof(path), "%.*s", (int)(eq - pair), pair);
	if (form_set(w->form, answers, path, eq + 1, &w->findings) != 0)
		w->rc = 1;
	return 0;
}

/* --photo FIELD=FILE: clean it, keep it, answer the field with its hash. */
static int
set_photo(struct job *w, cJSON *answers, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char field[128], path[4096], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	struct buf raw, clean;
	int rc = -1;

	buf_init(&raw, PHOTO_MAX);
	buf_init(&clean, PHOTO_MAX);
	if (eq == NULL || (size_t)(eq - pair) >= sizeof(field) || opt_path(w->a, eq + 1, path, sizeof(path)) != 0) {
		(void)err_set(&w->e, "--photo %s: not FIELD=FILE", pair);
	} else if (file_read(path, &raw, &w->e) == 0 && photo_clean(&clean, raw.data, raw.len, &w->e) == 0 &&
	    journal_attachment_put(w->ag->j, clean.data, clean.len, hash, &w->e) == 0) {
		(void)snprintf(field, sizeof(field), "%.*s", (int)(eq - pair), pair);
		enc_hex(hex, hash, HASH_LEN);
		rc = 0;
		if (form_set(w->form, answers, field, hex, &w->findings) != 0)
			w->rc = 1;
	}
	buf_free(&raw);
	buf_free(&clean);
	return rc == 0 ? 0 : (w->rc = -1);
}

/* Fields and photos of the command line, onto ${answers}. */
static int
set_all(struct job *w, cJSON *answers, size_t first)
{
	size_t i;

	for (i = first; i < w->a->npos; i++)
		if (set_answer(w, answers, w->a->pos[i]) != 0)
			return -1;
	for (i = 0; i < opt_count(w->a, "photo"); i++)
		if (set_photo(w, answers, opt_nth(w->a, "photo", i)) != 0)
			return -1;
	return 0;
}

static void
fill_draft(struct job *w, struct draft *d, cJSON *answers)
{
	int rc;

	if (w->rc < 0)
		return;
	if ((rc = recorder_fill(w->ag, d, w->form, answers, &w->findings, &w->e)) != 0)
		w->rc = rc;
}

/* record FORM FIELD=VALUE... */
static void
from_fields(struct job *w)
{
	cJSON *answers = cJSON_CreateObject();
	struct draft *d = job_draft(w, "record");

	if (d != NULL && answers != NULL && set_common(w, d, 0, 1) == 0 && set_all(w, answers, 1) == 0 && w->rc == 0)
		fill_draft(w, d, answers);
	cJSON_Delete(answers);
}

static int
read_input(struct job *w, const char *name, struct buf *out)
{
	char path[4096], block[65536];
	size_t n;

	if (strcmp(name, "-") != 0) {
		if (opt_path(w->a, name, path, sizeof(path)) != 0)
			return err_set(&w->e, "%s: too long a path", name);
		return file_read(path, out, &w->e);
	}
	while ((n = fread(block, 1, sizeof(block), w->a->io->in)) > 0)
		if (buf_put(out, block, n) != 0)
			return err_set(&w->e, "standard input: more than %u bytes", INPUT_MAX);
	return 0;
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
	else if ((d = job_draft(w, "record")) != NULL && set_common(w, d, part, parts) == 0)
		fill_draft(w, d, answers);
	cJSON_Delete(answers);
}

/* record FORM ... --subjects: SUBJECT[,FIELD=VALUE]... */
static void
subject_line(struct job *w, const char *line, size_t n, size_t part, size_t parts)
{
	cJSON *answers = cJSON_CreateObject();
	char *copy = strndup(line, n), *cell, *rest = copy;
	struct draft *d = job_draft(w, "record");

	if (copy != NULL && n > 0 && copy[n - 1] == '\r')
		copy[n - 1] = '\0';
	if (copy == NULL || answers == NULL || d == NULL || set_common(w, d, part, parts) != 0 || set_all(w, answers, 1) != 0)
		goto out;
	cell = strsep(&rest, ",");
	if (w->form->subject == NULL)
		w->rc = err_set(&w->e, "form %s has no subject field", w->form->id);
	else if (form_set(w->form, answers, w->form->subject, cell, &w->findings) != 0)
		w->rc = 1;
	while (w->rc == 0 && (cell = strsep(&rest, ",")) != NULL)
		(void)set_answer(w, answers, cell);
	if (w->rc == 0)
		fill_draft(w, d, answers);
out:
	cJSON_Delete(answers);
	free(copy);
}

static void
from_subjects(struct job *w, const char *name)
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

static int
show_findings(const struct job *w)
{
	size_t i;

	for (i = 0; i < w->findings.n; i++)
		(void)fprintf(w->a->io->err, "tally-agent: %s\n", w->findings.f[i].text);
	(void)fprintf(w->a->io->err, "tally-agent: nothing was recorded\n");
	return EXIT_NO;
}

/* Append what was collected, and say so. */
static int
finish(struct job *w)
{
	struct recorded *out = calloc(w->n ? w->n : 1, sizeof(*out));

	if (w->rc == 0 && out != NULL && (w->rc = recorder_append(w->ag, w->d, w->n, out, &w->e)) == 0)
		print_recorded(w->a, out, w->n);
	free(out);
	if (w->rc == 1 && w->findings.n > 0)
		return show_findings(w);
	return w->rc == 0 ? EXIT_YES : w->rc == 1 ? opt_refuse(&w->e) : opt_fail(&w->e);
}

static int
record(const struct args *a, struct agent *ag)
{
	struct job w = { .a = a, .ag = ag };
	const char *json = opt_get(a, "json"), *subjects = opt_get(a, "subjects");
	int status;

	if ((w.form = recorder_form(ag, a->pos[0], "", &w.e)) == NULL)
		w.rc = 1;
	else if (json != NULL && (a->npos > 1 || subjects != NULL))
		w.rc = err_set(&w.e, "--json: fields come from the file alone, not from the command line too");
	else if (json != NULL)
		(void)each_line(&w, json, json_line);
	else if (subjects != NULL)
		from_subjects(&w, subjects);
	else
		from_fields(&w);
	status = finish(&w);
	job_free(&w);
	return status;
}

/* The form under which an entry was recorded, and what it answered. */
static void
correct_into(struct job *w, const struct journal_entry *x)
{
	struct draft *d = job_draft(w, "correction");
	cJSON *answers = recorder_answers(x, &w->e);

	if (d == NULL || answers == NULL) {
		w->rc = -1;
	} else if ((w->form = recorder_form(w->ag, x->h.form, x->h.form_version, &w->e)) == NULL) {
		w->rc = 1;
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(answers, "meta");
		(void)strcpy(d->place, x->h.place);
		d->has_supersedes = 1;
		memcpy(d->supersedes, x->hash, HASH_LEN);
		if (set_common(w, d, 0, 1) == 0 && set_all(w, answers, 1) == 0 && w->rc == 0)
			fill_draft(w, d, answers);
	}
	cJSON_Delete(answers);
}

static int
correct(const struct args *a, struct agent *ag)
{
	struct job w = { .a = a, .ag = ag };
	struct journal_entry x;
	int status;

	journal_entry_init(&x);
	if ((w.rc = find_entry(ag, a->pos[0], &x, &w.e)) == 0) {
		if (!x.h.has_form)
			w.rc = 1, (void)err_set(&w.e, "entry %s: a %s has no form to correct; withdraw it", a->pos[0], x.h.kind);
		else if (a->npos < 2 && opt_count(a, "photo") == 0)
			w.rc = err_set(&w.e, "correct %s: say at least one FIELD=VALUE", a->pos[0]);
		else
			correct_into(&w, &x);
	}
	journal_entry_free(&x);
	status = finish(&w);
	job_free(&w);
	return status;
}

static int
withdraw(const struct args *a, struct agent *ag)
{
	struct job w = { .a = a, .ag = ag };
	struct journal_entry x;
	struct draft *d;
	cJSON *reason = cJSON_CreateObject();
	char *text = NULL;
	int status;

	journal_entry_init(&x);
	if (opt_get(a, "reason") == NULL || *opt_get(a, "reason") == '\0')
		w.rc = err_set(&w.e, "withdraw: say --reason TEXT");
	else if ((w.rc = find_entry(ag, a->pos[0], &x, &w.e)) == 0 && (d = job_draft(&w, "withdrawal")) != NULL) {
		(void)strcpy(d->place, x.h.place);
		(void)strcpy(d->subject, x.subject);
		d->has_supersedes = 1;
		memcpy(d->supersedes, x.hash, HASH_LEN);
		if (set_common(&w, d, 0, 1) == 0 &&
		    (cJSON_AddStringToObject(reason, "reason", opt_get(a, "reason")) == NULL || (text = cJSON_PrintUnformatted(reason)) == NULL ||
		    buf_puts(&d->payload, "{}") != 0 || buf_puts(&d->personal, text) != 0))
			w.rc = err_set(&w.e, "--reason: too long");
	}
	status = finish(&w);
	free(text);
	cJSON_Delete(reason);
	journal_entry_free(&x);
	job_free(&w);
	return status;
}

int
cmd_record(const struct args *a)
{
	return agent_with(a, record);
}

int
cmd_correct(const struct args *a)
{
	return agent_with(a, correct);
}

int
cmd_withdraw(const struct args *a)
{
	return agent_with(a, withdraw);
}
