#include "county/report/place_map.h"

#include <stdlib.h>
#include <string.h>

#include "county/report/fold.h"

static void
take_back(struct place_maps *t, const char *old)
{
	size_t k = 0;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->map[i].old, old) != 0)
			t->map[k++] = t->map[i];
	t->n = k;
}

static int
put(struct place_maps *t, const struct place_map *m)
{
	size_t room = t->room ? 2 * t->room : 16;
	struct place_map *more;

	if (strcmp(m->old, m->new) == 0) {
		take_back(t, m->old);
		return 0;
	}
	if (t->n == t->room) {
		if ((more = reallocarray(t->map, room, sizeof(*more))) == NULL)
			return -1;
		t->map = more;
		t->room = room;
	}
	t->map[t->n++] = *m;
	return 0;
}

struct loading { struct place_maps *t; uint64_t at; };

static int
read_record(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct loading *w = ctx;
	struct place_map m = { "", "", 0, index };
	char date[16];
	struct record r;
	int rc = -1;

	if (index >= w->at)
		return 0;
	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return -1;
	if (record_text(&r, "old", m.old, sizeof(m.old)) == 0 && record_text(&r, "new", m.new, sizeof(m.new)) == 0 &&
	    record_text(&r, "from", date, sizeof(date)) == 0) {
		m.from = fold_day(date);
		/* a code of another level has no meaning for what lies inside */
		rc = strlen(m.old) == strlen(m.new) ? put(w->t, &m) : 0;
	}
	record_free(&r);
	return rc;
}

int
maps_load(struct place_maps *t, struct ledger *l, uint64_t at, int32_t to, struct err *e)
{
	struct loading w = { t, at };
	size_t k = 0;

	memset(t, 0, sizeof(*t));
	if (ledger_each_record_of(l, RECORD_PLACE_MAP, 0, read_record, &w) != 0) {
		maps_free(t);
		return err_set(e, "the ledger's maps of places cannot be read");
	}
	for (size_t i = 0; i < t->n; i++)
		if (to == 0 || t->map[i].from <= to)
			t->map[k++] = t->map[i];
	t->n = k;
	return 0;
}

void
maps_of(const struct place_maps *t, const char *place, char out[PLACE_MAX + 1])
{
	size_t n;

	(void)strcpy(out, place);
	for (size_t i = 0; i < t->n; i++)
		if (strncmp(out, t->map[i].old, n = strlen(t->map[i].old)) == 0)
			memcpy(out, t->map[i].new, n);
}

void
maps_free(struct place_maps *t)
{
	free(t->map);
	memset(t, 0, sizeof(*t));
}
