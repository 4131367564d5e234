#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/record/recorder.h"
#include "bench/world.h"

/*
 * Years of a village at once: entries of the corpus into an agent's folder, a
 * thousand a transaction.
 *
 *     fill AGENT CORPUS COUNT
 */

#define AT_ONCE 1000

static void
draft(struct draft *d, struct agent *ag, const struct bench_row *r, const struct form *f)
{
	draft_init(d, "record", ag);
	d->form = f;
	(void)buf_put(&d->payload, r->payload, r->payload_len);
	(void)buf_put(&d->personal, r->personal, r->personal_len);
	(void)snprintf(d->subject, sizeof(d->subject), "%s", r->subject);
}

static void
fill(struct agent *ag, const struct corpus *c, size_t from, size_t n, const struct form *f)
{
	struct draft *d = calloc(n, sizeof(*d));
	struct recorded *out = calloc(n, sizeof(*out));
	struct err e = {""};
	size_t i;

	if (d == NULL || out == NULL)
		die("out of memory");
	for (i = 0; i < n; i++)
		draft(&d[i], ag, &c->row[(from + i) % c->n], f);
	if (recorder_append(ag, d, n, out, &e) != 0)
		die("%s", e.text);
	for (i = 0; i < n; i++)
		draft_free(&d[i]);
	free(d);
	free(out);
}

int
main(int argc, char **argv)
{
	char id[] = "housing-rebuild";
	struct err e = {""};
	struct corpus c;
	struct agent *ag;
	const struct form *f;
	size_t count, i, n;

	if (argc < 4 || (count = strtoul(argv[3], NULL, 10)) == 0)
		die("usage: fill AGENT CORPUS COUNT");
	corpus_load(&c, argv[2]);
	for (i = n = 0; i < c.n; i++)
		if (strcmp(c.row[i].form, id) == 0)
			c.row[n++] = c.row[i];
	if ((c.n = n) == 0)
		die("%s: no entry of %s", argv[2], id);
	if (crypto_init(&e) != 0 || (ag = agent_open(argv[1], &e)) == NULL || (f = recorder_form(ag, id, "", &e)) == NULL)
		die("%s", e.text);
	for (i = 0; i < count; i += n) {
		n = count - i < AT_ONCE ? count - i : AT_ONCE;
		fill(ag, &c, i, n, f);
	}
	formcache_drop(f);
	agent_close(ag);
	corpus_free(&c);
	return 0;
}
