#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record/places.h"
#include "agent/sync/plan_internal.h"
#include "agent/record/recorder.h"
#include "agent/record/subject.h"
#include "agent/texts.h"
#include "base/clock.h"
#include "base/lapse.h"
#include "evidence/record.h"
#include "store/journal_subject.h"

/* Plans that came down, one line for each (form, place, subject), beside what this device's entries say of them. */

struct loading { struct agent *ag; struct plan *p; const char *form; };

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct loading *w = ctx;
	unsigned long lapses = lapse_count();
	char form[ID_MAX + 1];
	struct record rec;
	struct buf text;
	int rc;

	if (memmem(leaf, n, "\nkind plan\n", 11) == NULL)
		return 0;
	if (record_parse(&rec, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return lapse_count() != lapses ? -1 : 0;
	rc = rec.kind == RECORD_PLAN && record_text(&rec, "form", form, sizeof(form)) == 0 && (w->form == NULL || strcmp(w->form, form) == 0);
	record_free(&rec);
	if (rc == 0)
		return 0;
	buf_init(&text, TEXT_MAX);
	if ((rc = texts_get(w->ag, index, &text)) == 2 || (rc == 0 && text.len == 0)) {
		w->p->locked |= rc == 2;
		rc = texts_open(w->ag, index, &text);
	}
	if (rc == 1)
		rc = plan_read_text(w->p, form, buf_str(&text), text.len);
	buf_free(&text);
	return rc < 0 ? -1 : 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct planned *x = a, *y = b;
	int c;

	if ((c = strcmp(x->form, y->form)) != 0 || (c = strcmp(x->place, y->place)) != 0 || (c = strcmp(x->subject, y->subject)) != 0)
		return c;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int
by_day(const void *a, const void *b)
{
	const struct planned *x = a, *y = b;
	int c = strcmp(x->form, y->form);

	if (c != 0)
		return c;
	if ((x->due[0] == '\0') != (y->due[0] == '\0'))
		return x->due[0] == '\0' ? 1 : -1;
	if ((c = strcmp(x->due, y->due)) != 0 || (c = strcmp(x->place, y->place)) != 0)
		return c;
	return strcmp(x->subject, y->subject);
}

/* Of each key the newest line counts; those dropped, and of places that are not this device's (any more), go. */
static void
settle(struct plan *p, const struct places *mine)
{
	size_t i, n = 0;

	if (p->n > 0)
		qsort(p->line, p->n, sizeof(*p->line), by_key);
	for (i = 0; i < p->n; i++) {
		struct planned *x = &p->line[i], *y = i + 1 < p->n ? x + 1 : NULL;
		int newest = y == NULL || strcmp(x->form, y->form) != 0 || strcmp(x->place, y->place) != 0 || strcmp(x->subject, y->subject) != 0;

		if (newest && !x->dropped && places_inside(mine, x->place))
			p->line[n++] = *x;
		else
			planned_free(x);
	}
	p->n = n;
	if (n > 0)
		qsort(p->line, n, sizeof(*p->line), by_day);
}

struct counting { struct agent *ag; const struct form *f; const char *place; uint64_t n; };

static int
count_done(void *ctx, const char *id)
{
	struct counting *c = ctx;
	struct subject s;
	int rc = subject_load(c->ag, c->f, id, &s);

	c->n += rc == 1 && s.has && s.done && place_inside(s.now.h.place, c->place);
	subject_free(&s);
	return rc < 0 ? -1 : 0;
}

static int
judge(struct agent *ag, const struct form *f, struct planned *x, const char *today)
{
	struct counting c = { .ag = ag, .f = f, .place = x->place };
	struct subject s;
	int rc = 0;

	if (f != NULL && x->subject[0] != '\0') {
		rc = subject_load(ag, f, x->subject, &s);
		x->reached = rc == 1 && s.has && s.done;
		subject_free(&s);
	} else if (f != NULL && f->subject != NULL) {
		rc = journal_subjects(ag->j, x->form, "", "", PLAN_LINES_MAX, count_done, &c);
		x->reached = c.n;
	}
	x->done = x->reached >= x->count;
	x->late = !x->done && x->due[0] != '\0' && *today != '\0' && strcmp(x->due, today) < 0;
	return rc < 0 ? -1 : 0;
}

static int
judge_all(struct agent *ag, struct plan *p)
{
	const struct form *f = NULL;
	char today[32] = "";
	int64_t now = clock_wall();
	size_t i;
	int rc = 0;

	if (floor_clock(ag, now) != CLOCK_UNSET) {
		clock_datetime(now, today);
		today[10] = '\0';
	}
	for (i = 0; rc == 0 && i < p->n; i++) {
		if (i == 0 || strcmp(p->line[i].form, p->line[i - 1].form) != 0) {
			formcache_drop(f);
			f = recorder_form(ag, p->line[i].form, "", NULL);
		}
		rc = judge(ag, f, &p->line[i], today);
		p->open += !p->line[i].done;
		p->late += p->line[i].late != 0;
	}
	formcache_drop(f);
	return rc;
}

static int
load(struct agent *ag, const char *form, struct plan *p)
{
	struct loading w = { ag, p, form };
	const struct places *mine = places_of(ag);

	memset(p, 0, sizeof(*p));
	if (mine == NULL || journal_each_record(ag->j, 0, read_record, &w) < 0)
		return -1;
	settle(p, mine);
	return 0;
}

int
plan_load(struct agent *ag, const char *form, struct plan *p)
{
	if (load(ag, form, p) == 0 && judge_all(ag, p) == 0)
		return 0;
	plan_free(p);
	return -1;
}

const struct planned *
plan_find(const struct plan *p, const char *form, const char *subject)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->line[i].subject, subject) == 0 && strcmp(p->line[i].form, form) == 0)
			return &p->line[i];
	return NULL;
}

int
plan_place_of(struct agent *ag, const char *form, const char *subject, char place[PLACE_MAX + 1])
{
	const struct planned *x = NULL;
	struct plan p;

	place[0] = '\0';
	if (*subject == '\0')
		return 0;
	if (load(ag, form, &p) != 0) {
		plan_free(&p);
		return -1;
	}
	if ((x = plan_find(&p, form, subject)) != NULL)
		(void)snprintf(place, PLACE_MAX + 1, "%s", x->place);
	plan_free(&p);
	return x != NULL;
}

void
plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		planned_free(&p->line[i]);
	free(p->line);
	memset(p, 0, sizeof(*p));
}
