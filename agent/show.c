#include "agent/show.h"

#include <stdlib.h>
#include <string.h>

#include "agent/record/recorder.h"
#include "base/clock.h"
#include "base/enc.h"

const char *
show_state(struct agent *ag, const struct journal_entry *x)
{
	static const char *const told[] = { "set-aside", "returned", "accepted", "erased", "disputed" };
	uint8_t by[HASH_LEN];
	size_t i;
	int withdrawn = 0;

	if (journal_superseded_by(ag->j, x->hash, by, &withdrawn) == 1)
		return withdrawn ? "withdrawn" : "superseded";
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(x->state, told[i]) == 0)
			return told[i];
	return x->has_receipt ? "confirmed" : "waiting";
}

void
show_when(const struct journal_entry *x, char out[32])
{
	if (x->h.clock == CLOCK_UNSET)
		(void)snprintf(out, 32, "clock not set");
	else
		clock_datetime((int64_t)x->h.wall, out);
}

int
show_find(struct agent *ag, const char *text, struct journal_entry *x, struct err *e)
{
	uint8_t hash[HASH_LEN];
	int rc = strlen(text) < 4 ? 0 : journal_by_prefix(ag->j, text, hash);

	if (rc == 1)
		rc = journal_by_hash(ag->j, hash, x);
	if (rc == 1)
		return 0;
	if (rc < 0)
		return err_set(e, "the journal cannot be read");
	(void)err_set(e, rc == 2 ? "entry %s: several begin so; give more digits" :
	    "entry %s: not in this journal (give its hash, or at least the first 4 digits)", text);
	return 1;
}

void
show_json(FILE *f, cJSON *o)
{
	char *text = o ? cJSON_PrintUnformatted(o) : NULL;

	(void)fprintf(f, "%s\n", text ? text : "{}");
	free(text);
	cJSON_Delete(o);
}

void
show_recorded(const struct args *a, const struct draft *d, const struct recorded *r, size_t n)
{
	char hex[2 * HASH_LEN + 1];
	cJSON *o;
	size_t i;

	/* the subject is said because the next stage of the same house is recorded under it */
	for (i = 0; i < n; i++) {
		enc_hex(hex, r[i].entry, HASH_LEN);
		if (a->json) {
			o = cJSON_CreateObject();
			(void)cJSON_AddStringToObject(o, "entry", hex);
			(void)cJSON_AddNumberToObject(o, "epoch", r[i].epoch);
			(void)cJSON_AddNumberToObject(o, "seq", (double)r[i].seq);
			show_json(a->io->out, o);
		} else {
			(void)fprintf(a->io->out, "%s%s (epoch %u, seq %llu%s%s)\n", r[i].existed ? "already recorded: " : "recorded: ", hex, r[i].epoch, (unsigned long long)r[i].seq,
			    d[i].subject[0] && !r[i].existed ? ", subject " : "", r[i].existed ? "" : d[i].subject);
		}
	}
}
