#include <stdio.h>

#include "store/ledger/ledger_impl.h"

/* Devices: their keys, places, fronts, and what they were last heard of. */

int
ledger_dev_find(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t *dev)
{
	return ledger_number(l, LQ_DEVICE_SEEK, CELLS(cell_hash(device)), dev);
}

int
ledger_dev(struct ledger *l, const uint8_t device[HASH_LEN], uint64_t *dev, struct err *e)
{
	int rc = ledger_dev_find(l, device, dev);

	if (rc == 0) {
		if (ledger_run(l, e, LQ_DEVICE_ADD, CELLS(cell_hash(device))) < 0)
			return -1;
		rc = ledger_dev_find(l, device, dev);
	}
	return rc == 1 ? 0 : err_set(e, "%s: devices cannot be read", l->url);
}

static int
device_row(struct rows *r, struct ledger_device *d)
{
	memset(d, 0, sizeof(*d));
	d->epoch = (uint32_t)rows_u64(r, 1);
	d->enrolled_index = rows_u64(r, 4);
	d->revoked = !rows_null(r, 5);
	d->revoked_index = rows_u64(r, 5);
	d->counter = rows_u64(r, 6);
	d->last_seen = rows_u64(r, 7);
	d->entries = rows_u64(r, 8);
	d->forked = rows_u64(r, 9) != 0;
	if (rows_bytes(r, 0, d->device, HASH_LEN) || rows_bytes(r, 2, d->key, KEY_LEN))
		return -1;
	return rows_text(r, 3, d->place, sizeof(d->place));
}

int
ledger_device(struct ledger *l, const uint8_t device[HASH_LEN], struct ledger_device *d)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_DEVICE, CELLS(cell_hash(device)));

	if (rc == 1 && device_row(&r, d))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_each_device(struct ledger *l, int (*cb)(void *ctx, const struct ledger_device *d), void *ctx)
{
	struct ledger_device d;
	struct rows r;
	int rc = -1;

	if (rows_open(&r, l, LQ_DEVICE_EACH, NO_CELLS))
		return -1;
	while ((rc = rows_next(&r)) == 1)
		if ((rc = device_row(&r, &d)) != 0 || (rc = cb(ctx, &d)) != 0)
			break;
	rows_close(&r);
	return rc;
}

int
ledger_device_key(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint8_t key[KEY_LEN])
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_KEY, CELLS(cell_hash(device), cell_int(epoch)));

	if (rc == 1 && rows_bytes(&r, 0, key, KEY_LEN))
		rc = -1;
	rows_close(&r);
	return rc;
}

int
ledger_device_may(struct ledger *l, const uint8_t device[HASH_LEN], const char *place)
{
	char assigned[PLACE_MAX + 1];
	struct ledger_head h;
	struct rows r;
	int rc;

	/* Now is the index that the next leaf gets. */
	if (ledger_head_read(l, &h) || rows_open(&r, l, LQ_ASSIGNED, CELLS(cell_hash(device), cell_int(h.size))))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		if (rows_text(&r, 0, assigned, sizeof(assigned)))
			rc = -1;
		if (rc < 0 || place_inside(place, assigned))
			break;
	}
	rows_close(&r);
	return rc;
}

/* One request's counter, inside the transaction. */
static int
count_one(struct ledger *l, struct ledger_seen *s, struct err *e)
{
	uint64_t dev;
	int rc;

	s->last = 0;
	if (ledger_dev_find(l, s->device, &dev) != 1)
		return err_set(e, "%s: the device is not known", l->url);
	if (ledger_number(l, LQ_HEARD, CELLS(cell_int(dev), cell_int(s->epoch)), &s->last) < 0)
		return err_set(e, "%s: a device's requests cannot be counted", l->url);
	if ((rc = ledger_run(l, e, LQ_HEARD_PUT, CELLS(cell_int(dev), cell_int(s->epoch), cell_int(s->counter)))) == 0)
		s->late = 1;
	return rc < 0 || (rc == 1 && ledger_run(l, e, LQ_DEVICE_SEEN, CELLS(cell_int(s->counter), cell_int(s->when), cell_int(dev))) != 1) ? -1 : 0;
}

int
ledger_devices_seen(struct ledger *l, struct ledger_seen *s, size_t n, struct err *e)
{
	size_t i, late = 0;

	if (ledger_begin(l, e))
		return -1;
	for (i = 0; i < n; i++) {
		s[i].late = 0;
		if (count_one(l, &s[i], e)) {
			ledger_rollback(l);
			return -1;
		}
		late += s[i].late != 0;
	}
	if (late < n)
		return ledger_commit(l, e);
	ledger_rollback(l);
	return 0;
}

int
ledger_device_seen(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t counter, uint64_t when, uint64_t *last, struct err *e)
{
	struct ledger_seen s = { .epoch = epoch, .counter = counter, .when = when };
	int rc;

	memcpy(s.device, device, HASH_LEN);
	rc = ledger_devices_seen(l, &s, 1, e);
	*last = s.last;
	return rc == 0 ? s.late : -1;
}

int
ledger_device_heard(struct ledger *l, const uint8_t device[HASH_LEN], uint32_t epoch, uint64_t *last)
{
	uint64_t dev;

	*last = 0;
	return ledger_dev_find(l, device, &dev) == 1 ? ledger_number(l, LQ_HEARD, CELLS(cell_int(dev), cell_int(epoch)), last) : -1;
}

int
ledger_fronts(struct ledger *l, const uint8_t device[HASH_LEN],
    int (*cb)(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN]), void *ctx)
{
	uint8_t hash[HASH_LEN];
	struct rows r;
	int rc;

	if (rows_open(&r, l, LQ_FRONTS, CELLS(cell_hash(device))))
		return -1;
	while ((rc = rows_next(&r)) == 1) {
		if (rows_bytes(&r, 3, hash, HASH_LEN))
			rc = -1;
		else
			rc = cb(ctx, (uint32_t)rows_u64(&r, 0), (uint32_t)rows_u64(&r, 1), rows_u64(&r, 2), hash);
		if (rc != 0)
			break;
	}
	rows_close(&r);
	return rc;
}

int
ledger_count(struct ledger *l, uint64_t silent_before, struct ledger_counts *c)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_COUNT, CELLS(cell_int(silent_before)));

	memset(c, 0, sizeof(*c));
	if (rc == 1) {
		c->size = rows_u64(&r, 0);
		c->devices = rows_u64(&r, 1);
		c->silent = rows_u64(&r, 2);
		c->entries = rows_u64(&r, 3);
		c->parked = rows_u64(&r, 4);
		c->forked = rows_u64(&r, 5);
		c->erased = rows_u64(&r, 6);
	}
	rows_close(&r);
	return rc == 1 ? 0 : -1;
}

/* Invitations */

int
ledger_invite(struct ledger *l, const struct ledger_invitation *i, struct err *e)
{
	int rc = ledger_run(l, e, LQ_INVITE_PUT, CELLS(cell_hash(i->secret_hash), cell_blob(i->secret, sizeof(i->secret)), cell_text(i->place),
	    cell_hash(i->has_for ? i->for_device : NULL), cell_int(i->expires), cell_hash(i->officer), cell_blob(i->sig, SIG_LEN)));

	return rc == 1 ? 0 : -1;
}

int
ledger_invitation(struct ledger *l, const uint8_t secret_hash[HASH_LEN], struct ledger_invitation *i)
{
	struct rows r;
	int rc = rows_first(&r, l, LQ_INVITE, CELLS(cell_hash(secret_hash)));

	memset(i, 0, sizeof(*i));
	if (rc == 1) {
		memcpy(i->secret_hash, secret_hash, HASH_LEN);
		i->has_for = !rows_null(&r, 2);
		i->expires = rows_u64(&r, 3);
		i->used = !rows_null(&r, 6);
		if (rows_bytes(&r, 0, i->secret, sizeof(i->secret)) || rows_text(&r, 1, i->place, sizeof(i->place)) ||
		    (i->has_for && rows_bytes(&r, 2, i->for_device, HASH_LEN)) || rows_bytes(&r, 4, i->officer, HASH_LEN) ||
		    rows_bytes(&r, 5, i->sig, SIG_LEN))
			rc = -1;
	}
	rows_close(&r);
	return rc;
}
