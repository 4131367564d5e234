#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "county/cmd/commands.h"
#include "county/heads.h"
#include "county/office.h"
#include "county/cmd/out.h"
#include "county/serve/serve.h"
#include "county/upward/upward_print.h"

static int
status_json(struct buf *b, const struct office *o, const struct ledger_counts *c, const uint8_t root[HASH_LEN], const char *why, struct err *e)
{
	int rc;

	json_begin(b);
	json_put_str(b, "origin", o->c.keys.log.name);
	json_put_u64(b, "size", c->size);
	json_put_b64(b, "root", root, HASH_LEN);
	json_put_u64(b, "devices", c->devices);
	json_put_u64(b, "silent", c->silent);
	json_put_u64(b, "entries", c->entries);
	json_put_u64(b, "parked", c->parked);
	json_put_u64(b, "forked", c->forked);
	json_put_u64(b, "erased", c->erased);
	json_put_str(b, "store", o->url);
	json_put_bool(b, "may_sign", why == NULL);
	if (why != NULL)
		json_put_str(b, "why", why);
	json_put_u64(b, "contrary_heads", heads_kept(o));
	rc = upward_status_put(b, o, (uint64_t)clock_wall(), e);
	json_end(b);
	return rc;
}

static int
status_text(struct buf *b, const struct office *o, const struct ledger_counts *c, const uint8_t root[HASH_LEN], const char *why, struct err *e)
{
	(void)buf_printf(b, "%s (%s)\nlog      %llu leaves, root ", o->c.keys.name, o->c.keys.log.name, (unsigned long long)c->size);
	(void)buf_b64(b, root, HASH_LEN);
	(void)buf_printf(b, "\ndevices  %llu, %llu silent for seven days, %llu forked\n", (unsigned long long)c->devices,
	    (unsigned long long)c->silent, (unsigned long long)c->forked);
	(void)buf_printf(b, "entries  %llu, %llu parked, %llu erased\nstore    %s\n", (unsigned long long)c->entries,
	    (unsigned long long)c->parked, (unsigned long long)c->erased, o->url);
	if (heads_kept(o) > 0)
		(void)buf_printf(b, "ALARM: %u heads came with sticks that this log's key signed and this log does not hold: %s/evidence/heads\n", heads_kept(o), o->dir);
	if (why != NULL)
		(void)buf_printf(b, "NO NEW HEADS ARE SIGNED: %s\n", why);
	return upward_status_text(b, o, (uint64_t)clock_wall(), e);
}

int
cmd_status(const struct args *a)
{
	uint64_t now = (uint64_t)clock_wall(), size;
	struct ledger_counts c;
	uint8_t root[HASH_LEN];
	const char *why = NULL;
	struct office o;
	struct buf b;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	if (ledger_count(o.c.l, now > SILENT_MS ? now - SILENT_MS : 0, &c) != 0 || ledger_head(o.c.l, &size, root) != 0) {
		(void)err_set(&e, "the ledger cannot be read");
		rc = opt_fail(&e);
	} else {
		if (ledger_may_sign(o.c.l, &why))
			why = NULL;
		c.size = size;
		buf_init(&b, OUT_MAX);
		if ((a->json ? status_json : status_text)(&b, &o, &c, root, why, &e) == 0)
			rc = out_put(a, &b);
		else {
			buf_free(&b);
			rc = opt_fail(&e);
		}
	}
	office_close(&o);
	return rc;
}

static void
vkey_text(const struct vkey *v, struct buf *out)
{
	buf_init(out, 1024);
	(void)vkey_print(out, v);
}

int
cmd_keys(const struct args *a)
{
	uint8_t hash[HASH_LEN];
	struct office o;
	struct buf b, vkey;
	struct err e = { "" };
	char hex[2 * HASH_LEN + 1];
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&b, OUT_MAX);
	vkey_text(&o.c.keys.log, &vkey);
	keys_root_hash(&o.c.keys, hash);
	enc_hex(hex, hash, HASH_LEN);
	if (a->json) {
		json_begin(&b);
		json_put_str(&b, "origin", o.c.keys.log.name);
		json_put_str(&b, "name", o.c.keys.name);
		json_put_u64(&b, "version", o.c.keys.version);
		json_put_str(&b, "root", hex);
		json_put_str(&b, "vkey", buf_str(&vkey));
		json_put_hex(&b, "log", o.c.keys.log_id, HASH_LEN);
		json_put_b64(&b, "service", o.c.keys.service, KEY_LEN);
		json_put_b64(&b, "sealing", o.c.keys.sealing, KEY_LEN);
		json_put_str(&b, "keys", buf_str(&o.c.keys_text));
		json_end(&b);
	} else {
		(void)buf_put(&b, o.c.keys_text.data, o.c.keys_text.len);
		out_say(a, "root key  %s  (SHA-256; what tokens and posters show)", hex);
		enc_hex(hex, o.c.keys.log_id, HASH_LEN);
		out_say(a, "log       %s  (SHA-256 of %s)", hex, buf_str(&vkey));
	}
	rc = out_put(a, &b);
	buf_free(&vkey);
	office_close(&o);
	return rc;
}
