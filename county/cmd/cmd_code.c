#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/json.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "crypto/seal.h"

/* device reset-code: the code that a device left with its county, for a cadre who forgot the PIN (docs/agent.md). */

#define CODE_LEN 16
#define BOX_LEN (CODE_LEN + SEAL_OVERHEAD)

struct newest {
	int found;
	uint64_t received;
	int64_t number;
	uint8_t box[BOX_LEN];
};

/* The last one of the chain's order stands; a broken one is passed over. */
static int
take(void *ctx, const struct ledger_entry *x)
{
	struct newest *n = ctx;
	cJSON *payload, *personal;
	const char *code;
	int64_t number;

	if (strcmp(x->h.kind, "reset-code") != 0 || !x->has_personal || x->erased)
		return 0;
	payload = json_parse(x->payload.data, x->payload.len, JSON_OBJECT, NULL);
	personal = json_parse(x->personal.data, x->personal.len, JSON_OBJECT, NULL);
	if (payload != NULL && personal != NULL && json_int(payload, "number", &number) == 0 && (code = json_string(personal, "code")) != NULL &&
	    dec_b64_exact(n->box, BOX_LEN, code, strlen(code)) == 0) {
		n->found = 1;
		n->number = number;
		n->received = x->received;
	}
	cJSON_Delete(payload);
	cJSON_Delete(personal);
	return 0;
}

static int
find(struct office *o, const char *hex, struct ledger_device *d, struct newest *n, struct buf *code, struct err *e)
{
	if (office_device(o, hex, d, e) != 0)
		return -1;
	if (d->revoked) {
		(void)err_set(e, "device %s: revoked: its code is not given out any more", hex);
		return 1;
	}
	if (ledger_each_of_device(o->c.l, d->device, take, n) != 0)
		return err_set(e, "the ledger cannot be read");
	if (!n->found) {
		(void)err_set(e, "device %s: it has left no code here (it does so when a cadre signs in after its enrolment)", hex);
		return 1;
	}
	if (unseal(o->c.sealing, code, n->box, BOX_LEN) != 0 || code->len != CODE_LEN)
		return err_set(e, "device %s: its code was sealed for another key than this county's", hex);
	return 0;
}

static int
print(const struct args *a, const struct ledger_device *d, const struct newest *n, const char *code)
{
	char text[CODE_LEN + 4], when[32];
	struct buf b;

	(void)snprintf(text, sizeof(text), "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8, code + 12);
	buf_init(&b, OUT_MAX);
	if (a->json) {
		json_begin(&b);
		json_put_hex(&b, "device", d->device, HASH_LEN);
		json_put_u64(&b, "number", (uint64_t)n->number);
		json_put_str(&b, "code", text);
		json_put_u64(&b, "received", n->received);
		json_end(&b);
	} else {
		clock_datetime((int64_t)n->received, when);
		(void)buf_printf(&b, "%s\n", text);
		out_say(a, "Code %lld of this device, here since %s. It opens what is personal on it: only to a cadre whom you know by voice.\n"
		    "On the device: tally-agent user reset ID --code %s", (long long)n->number, when, text);
	}
	wipe(text, sizeof(text));
	return out_put(a, &b);
}

int
cmd_device_reset_code(const struct args *a)
{
	struct newest n = { 0 };
	struct ledger_device d;
	struct office o;
	struct buf code;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_SIGN, &e) != 0)
		return opt_fail(&e);
	buf_init(&code, CODE_LEN);
	rc = find(&o, a->pos[0], &d, &n, &code, &e);
	rc = rc == 0 ? print(a, &d, &n, buf_str(&code)) : rc == 1 ? opt_refuse(&e) : opt_fail(&e);
	if (code.data != NULL)
		wipe(code.data, code.cap);
	buf_free(&code);
	office_close(&o);
	return rc;
}
