#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/sync/messages.h"
#include "agent/show.h"
#include "base/clock.h"

/* messages: what the county says to this device, to be read once. */

#define MARK_MAX 256 /* marked as read at once */

struct telling { const struct args *a; uint64_t index[MARK_MAX]; size_t n; };

static int
tell(void *ctx, const struct message *m)
{
	struct telling *t = ctx;
	char when[32];
	cJSON *o;

	if (!m->read && !m->locked && !m->lost && t->n < MARK_MAX)
		t->index[t->n++] = m->index;
	clock_datetime((int64_t)m->at, when);
	if (!t->a->json) {
		(void)fprintf(t->a->io->out, "%s%s  %s\n", when, m->read ? "" : " *", m->locked ? "(locked: a cadre signs in on the local page to read it)" :
		    m->lost ? "(its text has not come yet)" : buf_str(&m->text));
		return 0;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddNumberToObject(o, "index", (double)m->index);
	(void)cJSON_AddNumberToObject(o, "at", (double)m->at);
	(void)cJSON_AddBoolToObject(o, "read", m->read);
	if (m->locked || m->lost)
		(void)cJSON_AddStringToObject(o, "state", m->locked ? "locked" : "missing");
	else
		(void)cJSON_AddStringToObject(o, "text", buf_str(&m->text));
	show_json(t->a->io->out, o);
	return 0;
}

static int
messages(const struct args *a, struct agent *ag)
{
	struct telling t = { .a = a };
	struct err e = { "" };
	size_t i;

	if (messages_each(ag, tell, &t) < 0) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	for (i = 0; opt_get(a, "read") != NULL && i < t.n; i++)
		if (messages_read(ag, t.index[i], &e) < 0)
			return opt_fail(&e);
	return EXIT_YES;
}

int
cmd_messages(const struct args *a)
{
	return agent_with(a, messages);
}
