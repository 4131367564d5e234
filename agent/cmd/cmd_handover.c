#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/people/handover.h"
#include "agent/show.h"
#include "agent/people/users.h"
#include "agent/words.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/line.h"

/* handover: a signed entry that names both cadres and counts what waits. */

struct waiting {
	const struct args *a;
	struct words *words;
	uint64_t n;
};

/* What the next cadre takes over: told on stderr, for both to look at. */
static int
tell_one(void *ctx, const struct journal_entry *x)
{
	struct waiting *w = ctx;
	char hex[2 * HASH_LEN + 1], when[32];

	w->n++;
	if (w->a->json)
		return 0;
	enc_hex(hex, x->hash, HASH_LEN);
	clock_datetime((int64_t)x->h.wall, when);
	(void)fprintf(w->a->io->out, "%.12s  %s  %s  %s\n", hex, when, words_what(w->words, x, FORM_ZH), x->subject[0] ? x->subject : "-");
	return 0;
}

struct other { const char *not; char id[ID_MAX + 1]; unsigned n; };

static int
find_other(void *ctx, const struct user *x)
{
	struct other *o = ctx;

	if (!x->disabled && strcmp(x->id, o->not) != 0) {
		o->n++;
		(void)strcpy(o->id, x->id);
	}
	return 0;
}

/* Who hands over: as said, or the only other cadre.  0 or -1. */
static int
find_from(const struct args *a, struct agent *ag, const char *to, char from[ID_MAX + 1], struct err *e)
{
	const char *as = opt_get(a, "as");
	struct other o = { .not = to };
	struct user x;

	if (!field_id((struct field){ to, strlen(to) }, ID_MAX))
		return err_set(e, "--to %.64s: not an id of a cadre", to);
	if (!users_first(ag) && (!users_get(ag, to, &x) || x.disabled))
		return err_set(e, "--to %s: no cadre of this device (tally-agent user add makes one)", to);
	(void)users_each(ag, find_other, &o);
	if (as == NULL && o.n != 1)
		return err_set(e, "handover: say --as ID, who hands over");
	if (as != NULL && (!field_id((struct field){ as, strlen(as) }, ID_MAX) || strcmp(as, to) == 0))
		return err_set(e, "--as %.64s: not the id of another cadre", as);
	(void)snprintf(from, ID_MAX + 1, "%s", as != NULL ? as : o.id);
	return 0;
}

static int
handover(const struct args *a, struct agent *ag)
{
	const char *to = opt_get(a, "to");
	struct waiting w = { .a = a };
	struct err e = { "" };
	char from[ID_MAX + 1];
	struct recorded rec;
	struct draft d;
	int rc = -1;

	draft_init(&d, "handover", ag);
	if (to == NULL)
		(void)err_set(&e, "handover: say --to ID");
	else if (find_from(a, ag, to, from, &e) == 0 && (w.words = words_open(ag)) != NULL && journal_each_unconfirmed(ag->j, tell_one, &w) == 0 &&
	    handover_fill(&d, from, to, w.n) == 0)
		rc = recorder_append(ag, &d, 1, &rec, &e);
	words_close(w.words);
	if (rc == 0 && !a->json)
		(void)fprintf(a->io->out, "%" PRIu64 " entries wait for the county; handed over from %s to %s\n", w.n, d.actor, to);
	if (rc == 0)
		show_recorded(a, &d, &rec, 1);
	draft_free(&d);
	return rc == 0 ? EXIT_YES : rc == 1 ? opt_refuse(&e) : opt_fail(&e);
}

int
cmd_handover(const struct args *a)
{
	return agent_with(a, handover);
}
