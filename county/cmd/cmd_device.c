#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "evidence/enrol.h"
#include "web/qr.h"

#define HOUR_MS UINT64_C(3600000)
#define EXPIRES_DEFAULT 168
#define EXPIRES_MAX 8784 /* hours: a year */
#define URL_DEFAULT "http://127.0.0.1:8480"

static int
nothing(void *ctx, const struct ledger_place *p)
{
	(void)ctx;
	(void)p;
	return 1;
}

/* The place must be one of those imported, where any were: a wrong digit would enrol a place that is not. */
static int
check_place(struct office *o, const struct args *a, const char *code, struct err *e)
{
	struct field f = { code, strlen(code) };
	char name[128];
	int known;

	if (!field_place(f))
		return err_set(e, "--place %.64s: is not a place code (2, 4, 6, 9 or 12 digits)", code);
	if (opt_get(a, "unlisted") != NULL || (known = ledger_place(o->c.l, code, name, sizeof(name))) == 1)
		return 0;
	if (known < 0)
		return err_set(e, "the ledger cannot be read");
	if (ledger_each_place(o->c.l, "", nothing, NULL) == 0)
		return 0;
	return err_set(e, "--place %s: is not among the places imported (--unlisted invites all the same)", code);
}

static int
read_options(struct office *o, const struct args *a, struct ledger_invitation *i, struct err *e)
{
	const char *place = opt_get(a, "place"), *device = opt_get(a, "for"), *hours = opt_get(a, "expires");
	struct ledger_device d;
	uint64_t h = EXPIRES_DEFAULT;

	if (place == NULL)
		return err_set(e, "device invite: --place CODE is needed");
	if (check_place(o, a, place, e) != 0)
		return -1;
	if (hours != NULL && (dec_u64(&h, hours, strlen(hours)) != 0 || h < 1 || h > EXPIRES_MAX))
		return err_set(e, "--expires %.32s: is not a number of hours from 1 to %d", hours, EXPIRES_MAX);
	if (device != NULL) {
		if (office_device(o, device, &d, e) != 0)
			return err_add(e, "--for");
		if (d.revoked)
			return err_set(e, "--for %.16s: was revoked, and that is for ever", device);
		i->has_for = 1;
		memcpy(i->for_device, d.device, HASH_LEN);
	}
	(void)strcpy(i->place, place);
	i->expires = (uint64_t)clock_wall() + h * HOUR_MS;
	return 0;
}

/* Sign and keep the invitation; ${text} is the token. */
static int
invite(struct office *o, const struct args *a, struct ledger_invitation *i, char text[TOKEN_TEXT_MAX], struct err *e)
{
	struct invitation inv = { .has_for = i->has_for, .expires = i->expires };
	struct signer *officer = office_officer(o, opt_get(a, "as"), e);
	struct token t;
	struct buf b;
	int rc = -1;

	if (officer == NULL)
		return -1;
	buf_init(&b, 4096);
	random_bytes(i->secret, sizeof(i->secret));
	token_secret_hash(i->secret_hash, i->secret);
	memcpy(i->officer, signer_keyhash(officer), HASH_LEN);
	memcpy(inv.log, o->c.keys.log_id, HASH_LEN);
	(void)strcpy(inv.place, i->place);
	memcpy(inv.for_device, i->for_device, HASH_LEN);
	memcpy(inv.secret, i->secret_hash, HASH_LEN);
	if (invitation_print(&b, &inv) != 0 || dsse_sign(i->sig, officer, DSSE_ENROL, b.data, b.len) != 0)
		(void)err_set(e, "out of memory");
	else
		rc = ledger_invite(o->c.l, i, e);
	keys_root_hash(&o->c.keys, t.root);
	memcpy(t.secret, i->secret, sizeof(t.secret));
	token_print(text, &t);
	wipe(&t, sizeof(t));
	signer_free(officer);
	buf_free(&b);
	return rc;
}

int
cmd_device_invite(const struct args *a)
{
	const char *url = opt_get(a, "url") ? opt_get(a, "url") : URL_DEFAULT;
	struct ledger_invitation i = { .has_for = 0 };
	char text[TOKEN_TEXT_MAX], until[32];
	struct office o;
	struct buf b;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (read_options(&o, a, &i, &e) != 0 || invite(&o, a, &i, text, &e) != 0) {
		rc = opt_fail(&e);
	} else {
		buf_init(&b, OUT_MAX);
		if (a->json) {
			json_begin(&b);
			json_put_str(&b, "token", text);
			json_put_str(&b, "url", url);
			json_put_str(&b, "place", i.place);
			json_put_u64(&b, "expires", i.expires);
			json_end(&b);
		} else {
			(void)buf_printf(&b, "%s\n", text);
			if (isatty(fileno(a->io->out)))
				(void)qr_terminal(&b, text);
			clock_datetime((int64_t)i.expires, until);
			out_say(a, "Good once, until %s, for place %s. On the device:\n  tally-agent enrol %s --token %s", until, i.place, url, text);
		}
		rc = out_put(a, &b);
	}
	wipe(&i, sizeof(i));
	office_close(&o);
	return rc;
}

struct listing {
	const struct args *a;
	struct office *o;
	struct table t;
	struct buf b;
};

static int
list_json(struct listing *l, const struct ledger_device *d, const char *name)
{
	json_begin(&l->b);
	json_put_hex(&l->b, "device", d->device, HASH_LEN);
	json_put_str(&l->b, "place", d->place);
	json_put_str(&l->b, "name", name);
	json_put_u64(&l->b, "epoch", d->epoch);
	json_put_u64(&l->b, "entries", d->entries);
	if (d->last_seen > 0)
		json_put_u64(&l->b, "last_seen", d->last_seen);
	else
		json_put_null(&l->b, "last_seen");
	json_put_bool(&l->b, "revoked", d->revoked);
	json_put_bool(&l->b, "forked", d->forked);
	json_end(&l->b);
	return 0;
}

static int
list_device(void *ctx, const struct ledger_device *d)
{
	struct listing *l = ctx;
	char hex[2 * HASH_LEN + 1], name[128] = "", when[32] = "-";

	if (ledger_place(l->o->c.l, d->place, name, sizeof(name)) < 0)
		return -1;
	if (l->a->json)
		return list_json(l, d, name);
	enc_hex(hex, d->device, HASH_LEN);
	hex[16] = '\0';
	if (d->last_seen > 0)
		clock_datetime((int64_t)d->last_seen, when);
	table_add(&l->t, hex);
	table_add(&l->t, d->place);
	table_add(&l->t, name);
	table_add_u64(&l->t, d->epoch);
	table_add_u64(&l->t, d->entries);
	table_add(&l->t, when);
	table_add(&l->t, d->revoked ? "revoked" : d->forked ? "forked" : "active");
	return 0;
}

int
cmd_device_list(const struct args *a)
{
	static const char *const head[] = { "device", "place", "name", "epoch", "entries", "last heard of", "state" };
	struct listing l = { .a = a };
	struct office o;
	struct err e = { "" };
	size_t i;
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	l.o = &o;
	buf_init(&l.b, OUT_MAX);
	table_init(&l.t, 7, 1U << 3 | 1U << 4);
	for (i = 0; i < 7; i++)
		table_add(&l.t, head[i]);
	if (ledger_each_device(o.c.l, list_device, &l) != 0 || (!a->json && table_print(&l.t, &l.b) != 0)) {
		(void)err_set(&e, "the ledger cannot be read");
		buf_free(&l.b);
		rc = opt_fail(&e);
	} else {
		rc = out_put(a, &l.b);
	}
	table_free(&l.t);
	office_close(&o);
	return rc;
}
