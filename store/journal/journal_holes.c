#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "store/journal/journal_internal.h"

/* What is missing in the chain and no loss entry has declared. */

#define DECLARED_MAX 256

struct hole { uint32_t epoch; uint64_t from, to; };

struct holes {
	struct hole declared[DECLARED_MAX];
	size_t ndeclared;
	struct journal_hole *out;
	size_t n, max;
};

static int
note_declared(void *ctx, const struct journal_entry *x)
{
	struct holes *s = ctx;
	int64_t epoch, from, to;
	cJSON *o;

	if (strcmp(x->h.kind, "loss") != 0 || s->ndeclared == DECLARED_MAX ||
	    (o = json_parse(x->payload.data, x->payload.len, JSON_COMPACT | JSON_NO_FLOAT | JSON_OBJECT, NULL)) == NULL)
		return 0;
	if (json_int(o, "epoch", &epoch) == 0 && json_int(o, "from", &from) == 0 && json_int(o, "to", &to) == 0 && epoch > 0 && epoch <= JOURNAL_EPOCH_MAX &&
	    from >= 0 && to >= from)
		s->declared[s->ndeclared++] = (struct hole){(uint32_t)epoch, (uint64_t)from, (uint64_t)to};
	cJSON_Delete(o);
	return 0;
}

static void
add(struct holes *s, uint32_t epoch, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = 0; i < s->ndeclared; i++) {
		if (s->declared[i].epoch == epoch && s->declared[i].from <= from && s->declared[i].to >= to)
			return;
	}
	if (s->n < s->max)
		s->out[s->n++] = (struct journal_hole){epoch, from, to};
}

/* Epoch 1 begins with seq 0; of an epoch that is not here at all, nothing is known but what the guard says. */
static int
walk_rows(struct journal *j, struct holes *s, uint64_t *last)
{
	sqlite3_stmt *st = db_get(j->db, "SELECT n FROM entry ORDER BY n", NULL);
	uint64_t n, want;
	int rc = -1;

	*last = 0;
	while (st != NULL && (rc = db_step(j->db, st, NULL)) == 1) {
		n = db_col_int(st, 0);
		want = *last >> JOURNAL_SEQ_BITS == n >> JOURNAL_SEQ_BITS ? *last + 1 : n & ~JOURNAL_SEQ_MAX;
		if (n > want)
			add(s, (uint32_t)(n >> JOURNAL_SEQ_BITS), want & JOURNAL_SEQ_MAX, (n & JOURNAL_SEQ_MAX) - 1);
		*last = n;
	}
	db_put(j->db, st);
	return rc;
}

/* ${all}: the declared ones too, first. */
static int
collect(struct journal *j, int all, struct journal_hole *out, size_t max, size_t *n)
{
	struct holes s = {.out = out, .max = max};
	size_t i;
	uint64_t last, at;
	int rc;

	*n = 0;
	if (journal_enter(j, NULL) != 0)
		return -1;
	rc = journal_each(j, note_declared, &s) < 0 ? -1 : 0;
	for (i = 0; rc == 0 && all && i < s.ndeclared && s.n < max; i++)
		out[s.n++] = (struct journal_hole){s.declared[i].epoch, s.declared[i].from, s.declared[i].to};
	if (rc == 0 && walk_rows(j, &s, &last) < 0)
		rc = -1;
	if (rc == 0 && j->has_at && j->at.epoch > 0 && j->at.epoch <= JOURNAL_EPOCH_MAX && j->at.seq <= JOURNAL_SEQ_MAX &&
	    (at = journal_row(j->at.epoch, j->at.seq)) > last)
		add(&s, j->at.epoch, last >> JOURNAL_SEQ_BITS == j->at.epoch ? (last & JOURNAL_SEQ_MAX) + 1 : 0, j->at.seq);
	*n = s.n;
	return journal_leave(j, rc);
}

int
journal_holes(struct journal *j, struct journal_hole *out, size_t max, size_t *n)
{
	return collect(j, 0, out, max, n);
}

int
journal_losses(struct journal *j, struct journal_hole *out, size_t max, size_t *n)
{
	return collect(j, 1, out, max, n);
}
