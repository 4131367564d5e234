#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

/* message: a text for one device, or for all that record in a place or around it; sealed to each, its salted hash in the log. */

#define MESSAGE_MAX 4096

struct counting { struct ledger *l; uint64_t index, n; };

static int
count_device(void *ctx, const struct ledger_device *d)
{
	struct counting *c = ctx;
	int rc = d->revoked ? 0 : ledger_concerns(c->l, d->device, c->index);

	c->n += rc == 1;
	return rc < 0 ? -1 : 0;
}

static int
records_there(void *ctx, const struct ledger_device *d)
{
	const char *place = ctx;

	return place_inside(d->place, place) || place_inside(place, d->place);
}

/* Digits that can be a place and begin a device's name too: a place when somebody records there, as far as enrolments say. */
static int
is_place(struct office *o, const char *to)
{
	struct ledger_device d;

	if (!field_place((struct field){ to, strlen(to) }))
		return 0;
	return ledger_each_device(o->c.l, records_there, (void *)(uintptr_t)to) != 0 || office_device(o, to, &d, NULL) != 0;
}

/* To whom.  0 or -1. */
static int
put_to(struct office *o, const char *to, struct buf *b, struct err *e)
{
	struct ledger_device d;

	if (is_place(o, to)) {
		(void)buf_printf(b, "device -\nplace %s\n", to);
		return 0;
	}
	if (office_device(o, to, &d, e) != 0)
		return -1;
	if (d.revoked)
		return err_set(e, "device %s: was revoked", to);
	(void)buf_puts(b, "device ");
	(void)buf_hex(b, d.device, HASH_LEN);
	(void)buf_puts(b, "\nplace -\n");
	return 0;
}

static int
told(const struct args *a, const struct counting *c)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_u64(&b, "index", c->index);
		json_put_u64(&b, "devices", c->n);
		json_end(&b);
	} else {
		(void)buf_printf(&b, "record %llu: for %llu devices, with their next contact\n", (unsigned long long)c->index, (unsigned long long)c->n);
	}
	return out_put(a, &b);
}

static int
send(struct office *o, const char *to, const char *text, const struct signer *officer, struct counting *c, struct err *e)
{
	uint8_t hash[HASH_LEN];
	struct buf b;

	office_begin(o, &b, RECORD_MESSAGE);
	if (put_to(o, to, &b, e) != 0 || office_salted(o, text, hash, e) != 0) {
		buf_free(&b);
		return -1;
	}
	(void)buf_puts(&b, "text ");
	(void)buf_hex(&b, hash, HASH_LEN);
	(void)buf_putc(&b, '\n');
	if (office_append(o, &b, officer, &c->index, e) != 0)
		return -1;
	c->l = o->c.l;
	return ledger_each_device(o->c.l, count_device, c) < 0 ? err_set(e, "the ledger cannot be read") : 0;
}

int
cmd_message(const struct args *a)
{
	const char *text = opt_get(a, "text");
	struct counting c = { .n = 0 };
	struct signer *officer = NULL;
	struct err e = { "" };
	struct office o;
	int rc;

	if (text == NULL || *text == '\0' || strlen(text) > MESSAGE_MAX || !utf8_ok(text, strlen(text))) {
		(void)err_set(&e, "message: --text T is needed, 1 to %d bytes of UTF-8", MESSAGE_MAX);
		return opt_fail(&e);
	}
	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	if ((officer = office_officer(&o, opt_get(a, "as"), &e)) != NULL && send(&o, a->pos[0], text, officer, &c, &e) == 0)
		rc = told(a, &c);
	else
		rc = opt_fail(&e);
	signer_free(officer);
	office_close(&o);
	return rc;
}
