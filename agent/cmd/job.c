#include "agent/cmd/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/admit.h"
#include "agent/record/photo.h"
#include "agent/show.h"
#include "base/enc.h"
#include "base/lapse.h"
#include "base/line.h"

#define JOB_DRAFTS_MAX 10000

struct draft *
job_draft(struct job *w, const char *kind)
{
	struct draft *p;
	size_t room;

	if (w->n == w->room) {
		room = w->room ? 2 * w->room : 64;
		if (w->n >= JOB_DRAFTS_MAX || (p = lapsed(realloc(w->d, room * sizeof(*p)))) == NULL) {
			w->rc = err_set(&w->e, "more than %d entries at once", JOB_DRAFTS_MAX);
			return NULL;
		}
		w->d = p;
		w->room = room;
	}
	p = &w->d[w->n++];
	draft_init(p, kind, w->ag);
	return p;
}

void
job_free(struct job *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		draft_free(&w->d[i]);
	free(w->d);
	formcache_drop(w->form);
	form_findings_free(&w->findings);
}

/* Options that say who, where and under which id; ${part} tells entries of one command apart. */
int
job_common(struct job *w, struct draft *d, size_t part, size_t parts)
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

int
job_answer(struct job *w, cJSON *answers, const char *pair)
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
	char field[128], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	struct buf raw, clean;
	int rc = -1;

	buf_init(&raw, PHOTO_MAX);
	buf_init(&clean, PHOTO_MAX);
	if (eq == NULL || (size_t)(eq - pair) >= sizeof(field)) {
		(void)err_set(&w->e, "--photo %s: not FIELD=FILE", pair);
	} else if (admit_photo(w->ag, &w->e) == 0 && opt_read(w->a, eq + 1, &raw, &w->e) == 0 && photo_reduce(&clean, raw.data, raw.len, PHOTO_SIDE, &w->e) == 0 &&
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
int
job_answers(struct job *w, cJSON *answers, size_t first)
{
	size_t i, k, n;

	for (i = first; i < w->a->npos; i++) {
		/* of two answers to one field neither is known to be meant */
		n = strcspn(w->a->pos[i], "=") + 1;
		for (k = first; k < i; k++)
			if (strncmp(w->a->pos[k], w->a->pos[i], n) == 0)
				return w->rc = err_set(&w->e, "%.*s: given twice", (int)n - 1, w->a->pos[i]);
		if (job_answer(w, answers, w->a->pos[i]) != 0)
			return -1;
	}
	for (i = 0; i < opt_count(w->a, "photo"); i++)
		if (set_photo(w, answers, opt_nth(w->a, "photo", i)) != 0)
			return -1;
	return 0;
}

void
job_fill(struct job *w, struct draft *d, cJSON *answers)
{
	int rc;

	if (w->rc < 0)
		return;
	if ((rc = recorder_fill(w->ag, d, w->form, answers, &w->findings, &w->e)) != 0)
		w->rc = rc;
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
int
job_finish(struct job *w)
{
	struct recorded *out = lapsed(calloc(w->n ? w->n : 1, sizeof(*out)));

	if (w->rc == 0 && out != NULL && (w->rc = recorder_append(w->ag, w->d, w->n, out, &w->e)) == 0)
		show_recorded(w->a, w->d, out, w->n);
	free(out);
	if (w->rc == 1 && w->findings.n > 0)
		return show_findings(w);
	return w->rc == 0 ? EXIT_YES : w->rc == 1 ? opt_refuse(&w->e) : opt_fail(&w->e);
}
