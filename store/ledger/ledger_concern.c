#include <stdlib.h>

#include "evidence/leaf.h"
#include "store/ledger/ledger_impl.h"

/* Whom a record concerns, where a place says it: plans and messages go to the devices of their place, also to those that come later. */

#define DEVICES_MAX 65536U

int
ledger_concern(struct ledger *l, uint64_t idx, uint64_t dev, struct err *e)
{
	return ledger_run(l, e, LQ_CONCERN_PUT, CELLS(cell_int(dev), cell_int(idx))) < 0 ? -1 : 0;
}

/* A plan is for who records in all of it; a message to a place also for who records in a part of it, or in what it is a part of. */
static int
reaches(enum record_kind kind, const char *place, const char *assigned)
{
	return place_inside(place, assigned) || (kind == RECORD_MESSAGE && place_inside(assigned, place));
}

static int
add_number(uint64_t **dev, size_t *n, uint64_t v)
{
	uint64_t *more = *n % 64 == 0 ? reallocarray(*dev, *n + 64, sizeof(**dev)) : *dev;

	if (more == NULL || *n == DEVICES_MAX)
		return -1;
	*dev = more;
	more[(*n)++] = v;
	return 0;
}

static int
concern_place(struct ledger *l, uint64_t idx, enum record_kind kind, const char *place, struct err *e)
{
	char assigned[PLACE_MAX + 1];
	uint64_t *dev = NULL;
	size_t n = 0, i;
	struct rows r;
	int rc = rows_open(&r, l, LQ_ASSIGNED_DEVS, CELLS(cell_int(idx))) == 0 ? 1 : -1;

	while (rc == 1 && (rc = rows_next(&r)) == 1)
		if (rows_text(&r, 1, assigned, sizeof(assigned)) != 0 || (reaches(kind, place, assigned) && add_number(&dev, &n, rows_u64(&r, 0)) != 0))
			rc = -1;
	rows_close(&r);
	for (i = 0; rc == 0 && i < n; i++)
		rc = ledger_concern(l, idx, dev[i], e);
	free(dev);
	return rc == 0 ? 0 : err_set(e, "%s: the devices of a place cannot be read", l->url);
}

int
ledger_apply_plan(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	char place[PLACE_MAX + 1];

	if (record_text(r, "place", place, sizeof(place)) != 0)
		return err_set(e, "plan: its lines cannot be read");
	return concern_place(l, idx, RECORD_PLAN, place, e);
}

int
ledger_apply_message(struct ledger *l, uint64_t idx, const struct record *r, struct err *e)
{
	char place[PLACE_MAX + 1];
	uint8_t device[HASH_LEN];
	uint64_t dev;
	int to_device = record_hash(r, "device", device) == 0, to_place = !record_is(r, "place", "-");

	if (to_device == to_place)
		return err_set(e, "message: it is for a device or for a place, for one of the two");
	if (to_place)
		return record_text(r, "place", place, sizeof(place)) == 0 ? concern_place(l, idx, RECORD_MESSAGE, place, e) : err_set(e, "message: its lines cannot be read");
	return ledger_dev_find(l, device, &dev) == 1 ? ledger_concern(l, idx, dev, e) : err_set(e, "message: its device is not enrolled");
}

struct older { uint64_t *index; size_t n; const char *assigned; };

static int
find_older(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct older *o = ctx;
	char place[PLACE_MAX + 1];
	struct record r;
	int rc = 0;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if (record_text(&r, "place", place, sizeof(place)) == 0 && place[0] != '-' && reaches(r.kind, place, o->assigned))
		rc = add_number(&o->index, &o->n, index);
	record_free(&r);
	return rc;
}

int
ledger_concern_place(struct ledger *l, uint64_t dev, const char *assigned, struct err *e)
{
	static const enum record_kind kinds[] = { RECORD_PLAN, RECORD_MESSAGE };
	struct older o = { .assigned = assigned };
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		rc = ledger_each_record_of(l, kinds[i], 0, find_older, &o);
	for (i = 0; rc == 0 && i < o.n; i++)
		rc = ledger_concern(l, o.index[i], dev, e);
	free(o.index);
	return rc == 0 ? 0 : err_set(e, "%s: what was planned for a place cannot be read", l->url);
}

int
ledger_concerns(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t index)
{
	uint64_t dev, found;
	int rc = ledger_dev_find(l, device, &dev);

	return rc == 1 ? ledger_number(l, LQ_CONCERN_HAS, CELLS(cell_int(dev), cell_int(index)), &found) : rc;
}
