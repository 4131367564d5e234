#include <stdlib.h>
#include <string.h>

#include "agent/cmd/job.h"
#include "agent/show.h"
#include "base/enc.h"
#include "forms/engine.h"

/* What was replaced or withdrawn here is not replaced again: two ends of one chain would be in dispute.  A repeat of an --id passes. */
static int
still_stands(struct job *w, const struct journal_entry *x)
{
	char hex[2 * HASH_LEN + 1];
	uint8_t by[HASH_LEN];
	int withdrawn = 0, rc;

	if (opt_get(w->a, "id") != NULL)
		return 0;
	if ((rc = journal_superseded_by(w->ag->j, x->hash, by, &withdrawn)) < 0)
		return err_set(&w->e, "the journal cannot be read");
	if (rc == 0)
		return 0;
	enc_hex(hex, by, HASH_LEN);
	(void)err_set(&w->e, withdrawn ? "entry %s: was withdrawn already, by %s; record it anew" : "entry %s: was corrected already, by %s; correct or withdraw that one", w->a->pos[0], hex);
	return 1;
}

/* The form under which an entry was recorded, and what it answered. */
static void
correct_into(struct job *w, const struct journal_entry *x)
{
	struct draft *d = job_draft(w, "correction");
	cJSON *answers = recorder_answers(x, &w->e), *before = NULL;

	if (d == NULL || answers == NULL) {
		w->rc = -1;
	} else if ((w->form = recorder_form(w->ag, x->h.form, x->h.form_version, &w->e)) == NULL) {
		w->rc = 1;
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(answers, "meta");
		before = cJSON_Duplicate(answers, 1);
		(void)strcpy(d->place, x->h.place);
		d->has_supersedes = 1;
		memcpy(d->supersedes, x->hash, HASH_LEN);
		/* what was answered then and is not asked any more falls away; what is typed now must be asked */
		if (job_common(w, d, 0, 1) == 0 && job_answers(w, answers, 1) == 0 && w->rc == 0) {
			if (before == NULL || form_prune(w->form, answers, before) != 0)
				w->rc = err_set(&w->e, "out of memory");
			else
				job_fill(w, d, answers);
		}
	}
	cJSON_Delete(before);
	cJSON_Delete(answers);
}

static int
correct(const struct args *a, struct agent *ag)
{
	struct job w = { .a = a, .ag = ag };
	struct journal_entry x;
	int status;

	journal_entry_init(&x);
	if ((w.rc = show_find(ag, a->pos[0], &x, &w.e)) == 0) {
		if (!x.h.has_form)
			w.rc = 1, (void)err_set(&w.e, "entry %s: a %s has no form to correct; withdraw it", a->pos[0], x.h.kind);
		else if (a->npos < 2 && opt_count(a, "photo") == 0)
			w.rc = err_set(&w.e, "correct %s: say at least one FIELD=VALUE", a->pos[0]);
		else if ((w.rc = still_stands(&w, &x)) == 0)
			correct_into(&w, &x);
	}
	journal_entry_free(&x);
	status = job_finish(&w);
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
	else if ((w.rc = show_find(ag, a->pos[0], &x, &w.e)) == 0 && (w.rc = still_stands(&w, &x)) == 0 && (d = job_draft(&w, "withdrawal")) != NULL) {
		(void)strcpy(d->place, x.h.place);
		(void)strcpy(d->subject, x.subject);
		d->has_supersedes = 1;
		memcpy(d->supersedes, x.hash, HASH_LEN);
		if (job_common(&w, d, 0, 1) == 0 &&
		    (cJSON_AddStringToObject(reason, "reason", opt_get(a, "reason")) == NULL || (text = cJSON_PrintUnformatted(reason)) == NULL ||
		    buf_puts(&d->payload, "{}") != 0 || buf_puts(&d->personal, text) != 0))
			w.rc = err_set(&w.e, "--reason: too long");
	}
	status = job_finish(&w);
	free(text);
	cJSON_Delete(reason);
	journal_entry_free(&x);
	job_free(&w);
	return status;
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
