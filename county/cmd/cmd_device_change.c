#include <string.h>

#include "base/enc.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

#define TRIES 8 /* an assignment begins at an index that another writer may take meanwhile */

static void
device_line(struct buf *b, const struct ledger_device *d)
{
	(void)buf_puts(b, "device ");
	(void)buf_hex(b, d->device, HASH_LEN);
	(void)buf_putc(b, '\n');
}

static int
told(const struct args *a, const struct ledger_device *d, const char *place, const char *what, uint64_t index)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_hex(&b, "device", d->device, HASH_LEN);
		if (place != NULL)
			json_put_str(&b, "place", place);
		json_put_str(&b, "state", what);
		json_put_u64(&b, "index", index);
		json_end(&b);
	} else {
		(void)buf_hex(&b, d->device, 8);
		(void)buf_printf(&b, "%s%s %s, record %llu\n", place ? " " : "", place ? place : "", what, (unsigned long long)index);
	}
	return out_put(a, &b);
}

int
cmd_device_revoke(const struct args *a)
{
	const char *reason = opt_get(a, "reason");
	struct office o;
	struct ledger_device d;
	struct buf b;
	uint8_t hash[HASH_LEN];
	uint64_t index;
	struct err e = { "" };
	int rc;

	if (reason == NULL) {
		(void)err_set(&e, "device revoke: --reason T is needed");
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if (office_device(&o, a->pos[0], &d, &e) != 0) {
		rc = opt_fail(&e);
	} else if (d.revoked) {
		(void)err_set(&e, "device %s: was revoked before, by record %llu", a->pos[0], (unsigned long long)d.revoked_index);
		rc = opt_refuse(&e);
	} else if (office_salted(&o, reason, hash, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		office_begin(&o, &b, RECORD_REVOKE);
		device_line(&b, &d);
		(void)buf_puts(&b, "order ");
		(void)buf_hex(&b, hash, HASH_LEN);
		(void)buf_putc(&b, '\n');
		rc = office_append(&o, &b, NULL, &index, &e) == 0 ? told(a, &d, NULL, "revoked", index) : opt_fail(&e);
	}
	office_close(&o);
	return rc;
}

/* The assignment of ${place} now in force: where it began. */
struct in_force {
	const uint8_t *device;
	const char *place;
	int found;
	uint64_t from;
};

static int
find_assignment(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct in_force *f = ctx;
	uint8_t device[HASH_LEN];
	uint64_t from, to;
	struct record r;

	if (record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL) != 0)
		return 0;
	if ((r.kind == RECORD_ENROL || r.kind == RECORD_ASSIGN) && record_hash(&r, "device", device) == 0 &&
	    memcmp(device, f->device, HASH_LEN) == 0 && record_is(&r, "place", f->place)) {
		from = index;
		if (r.kind == RECORD_ASSIGN)
			(void)record_u64(&r, "from", &from);
		if (r.kind == RECORD_ASSIGN && record_u64(&r, "to", &to) == 0) {
			f->found = f->found && f->from != from;
		} else {
			f->found = 1;
			f->from = from;
		}
	}
	record_free(&r);
	return 0;
}

/* Append one assign record; ${end}: of the assignment in force.  0; 1 refused; -1. */
static int
assign(struct office *o, const struct ledger_device *d, const char *place, int end, uint64_t *index, struct err *e)
{
	struct in_force f = { .device = d->device, .place = place };
	uint8_t root[HASH_LEN];
	uint64_t size;
	struct buf b;
	int i;

	if (ledger_each_record(o->c.l, 0, d->device, find_assignment, &f) < 0)
		return err_set(e, "the ledger cannot be read");
	if (f.found == !end) {
		(void)err_set(e, end ? "%s: is not assigned to that device" : "%s: is assigned to that device already", place);
		return 1;
	}
	for (i = 0; i < TRIES; i++) {
		if (ledger_head(o->c.l, &size, root) != 0)
			return err_set(e, "the ledger cannot be read");
		office_begin(o, &b, RECORD_ASSIGN);
		device_line(&b, d);
		(void)buf_printf(&b, "place %s\nfrom %llu\n", place, (unsigned long long)(end ? f.from : size));
		if (end)
			(void)buf_printf(&b, "to %llu\n", (unsigned long long)size);
		else
			(void)buf_puts(&b, "to -\n");
		if (office_append(o, &b, NULL, index, e) == 0)
			return 0;
	}
	return -1;
}

int
cmd_device_assign(const struct args *a)
{
	int end = opt_get(a, "end") != NULL, rc = EXIT_YES, one;
	struct office o;
	struct ledger_device d;
	struct field f;
	uint64_t index;
	struct err e = { "" };
	size_t i;

	for (i = 1; i < a->npos; i++) {
		f = (struct field){ a->pos[i], strlen(a->pos[i]) };
		if (!field_place(f)) {
			(void)err_set(&e, "%.64s: is not a place code (2, 4, 6, 9 or 12 digits)", a->pos[i]);
			return opt_fail(&e);
		}
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if (office_device(&o, a->pos[0], &d, &e) != 0)
		rc = opt_fail(&e);
	for (i = 1; i < a->npos && rc != EXIT_USAGE; i++) {
		one = assign(&o, &d, a->pos[i], end, &index, &e);
		if (one == 0)
			one = told(a, &d, a->pos[i], end ? "ended" : "assigned", index);
		else
			one = one > 0 ? opt_refuse(&e) : opt_fail(&e);
		rc = one > rc ? one : rc;
	}
	office_close(&o);
	return rc;
}
