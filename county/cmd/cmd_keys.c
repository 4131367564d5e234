#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/file.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

/* keys rotate: the next county.keys, signed by the root key that lies on a stick the rest of the year. */

struct rotation {
	struct office o;
	const struct args *a;
	struct signer *root, *service;
	struct sealer *sealing;
	struct county_keys next;
	struct buf text;
};

static int
load_root(struct rotation *r, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	const char *given = opt_get(r->a, "root");

	if ((given != NULL ? opt_path(r->a, given, path, sizeof(path)) : file_path(path, sizeof(path), r->o.dir, "root.key")) != 0)
		return err_set(e, "--root: path too long");
	if (given == NULL && !file_exists(path))
		return err_set(e, "keys rotate: --root FILE is needed: where the root key lies (it is not in %s, and that is as it should be)", r->o.dir);
	if ((r->root = signer_load(path, e)) == NULL)
		return -1;
	if (memcmp(signer_public(r->root), r->o.c.keys.root, KEY_LEN) != 0)
		return err_set(e, "%s: is not this county's root key", path);
	return 0;
}

static int
drop_pin(struct county_keys *k, const uint8_t pin[HASH_LEN])
{
	for (size_t i = 0; i < k->ntls; i++)
		if (memcmp(k->tls[i], pin, HASH_LEN) == 0) {
			memmove(k->tls[i], k->tls[i + 1], (k->ntls - i - 1) * HASH_LEN);
			k->ntls--;
			return 0;
		}
	return -1;
}

static int
pins(struct rotation *r, struct err *e)
{
	struct county_keys *k = &r->next;
	uint8_t pin[HASH_LEN];
	const char *hex;

	for (size_t i = 0; i < opt_count(r->a, "drop-tls-pin"); i++) {
		hex = opt_nth(r->a, "drop-tls-pin", i);
		if (dec_hex(pin, HASH_LEN, hex, strlen(hex)) != 0 || drop_pin(k, pin) != 0)
			return err_set(e, "--drop-tls-pin %.80s: county.keys has no such pin", hex);
	}
	for (size_t i = 0; i < opt_count(r->a, "tls-pin"); i++) {
		hex = opt_nth(r->a, "tls-pin", i);
		if (dec_hex(pin, HASH_LEN, hex, strlen(hex)) != 0)
			return err_set(e, "--tls-pin %.80s: is not a SHA-256 (64 hex digits, lower case)", hex);
		(void)drop_pin(k, pin);
		if (k->ntls == KEYS_TLS_MAX)
			return err_set(e, "--tls-pin: at most %d; drop old ones with --drop-tls-pin", KEYS_TLS_MAX);
		memcpy(k->tls[k->ntls++], pin, HASH_LEN);
	}
	return 0;
}

/* New secrets lie on disk before anything names them; what a cut left of an earlier try is no key of anybody's. */
static int
new_secrets(struct rotation *r, struct err *e)
{
	int service = opt_get(r->a, "service") != NULL, sealing = opt_get(r->a, "sealing") != NULL;
	int all = !service && !sealing && opt_count(r->a, "tls-pin") == 0 && opt_count(r->a, "drop-tls-pin") == 0;
	char path[OFFICE_PATH_MAX];

	if (service || all) {
		if ((r->service = signer_new(NULL)) == NULL || office_key_path(&r->o, "service", r->next.version, path, sizeof(path)) != 0)
			return err_set(e, "out of memory");
		if (remove(path) == 0)
			out_say(r->a, "%s: left over from a rotation that was cut short; made anew", path);
		if (signer_save(r->service, path, e) != 0)
			return -1;
		memcpy(r->next.service, signer_public(r->service), KEY_LEN);
	}
	if (sealing || all) {
		if ((r->sealing = sealer_new(NULL)) == NULL || office_key_path(&r->o, "sealing", r->next.version, path, sizeof(path)) != 0)
			return err_set(e, "out of memory");
		(void)remove(path);
		if (sealer_save(r->sealing, path, e) != 0)
			return -1;
		memcpy(r->next.sealing, sealer_public(r->sealing), KEY_LEN);
	}
	return 0;
}

/* The record in the log first: it is what counts.  Then the file, which follows it also at the next start. */
static int
publish(struct rotation *r, struct err *e)
{
	struct county c = r->o.c;
	char path[OFFICE_PATH_MAX];
	struct buf b;
	uint64_t index;
	int rc;

	buf_init(&r->text, KEYS_MAX);
	if (keys_print(&r->text, &r->next, r->root) != 0)
		return err_set(e, "county.keys cannot be made");
	office_begin(&r->o, &b, RECORD_KEY);
	(void)buf_printf(&b, "what county\nversion %llu\nkeys ", (unsigned long long)r->next.version);
	(void)buf_b64(&b, r->text.data, r->text.len);
	(void)buf_putc(&b, '\n');
	if (r->service != NULL)
		c.service = r->service;
	rc = buf_ok(&b) ? county_record(&c, &b, NULL, (uint64_t)clock_wall(), &index, e) : err_set(e, "the record does not fit into a leaf");
	buf_free(&b);
	if (rc == 0 && (rc = file_path(path, sizeof(path), r->o.dir, "county.keys")) == 0)
		rc = file_write(path, r->text.data, r->text.len, 0644, e);
	return rc;
}

static int
told(const struct rotation *r)
{
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (r->a->json) {
		json_begin(&b);
		json_put_u64(&b, "version", r->next.version);
		json_put_b64(&b, "service", r->next.service, KEY_LEN);
		json_put_b64(&b, "sealing", r->next.sealing, KEY_LEN);
		json_put_u64(&b, "pins", r->next.ntls);
		json_put_str(&b, "keys", buf_str(&r->text));
		json_end(&b);
	} else {
		(void)buf_put(&b, r->text.data, r->text.len);
	}
	out_say(r->a, "county.keys version %llu is in force: start the server again, and back up the new keys (tally-county backup FILE --with-keys).",
	    (unsigned long long)r->next.version);
	out_say(r->a, "Older key files stay: what was sealed to them may still be on its way.");
	return out_put(r->a, &b);
}

int
cmd_keys_rotate(const struct args *a)
{
	struct rotation r = { .a = a };
	struct err e = { "" };
	const char *why;
	int rc;

	if (office_open(&r.o, a->data, OFFICE_KEYS, &e) != 0)
		return opt_fail(&e);
	/* first: a restored county may hold key files of versions that its log will know again only from its mirror */
	if (!ledger_may_sign(r.o.c.l, &why)) {
		(void)err_set(&e, "keys rotate: nothing may be signed: %s", why);
		office_close(&r.o);
		return opt_fail(&e);
	}
	r.next = r.o.c.keys;
	r.next.version++;
	r.next.issued = (uint64_t)clock_wall();
	if (load_root(&r, &e) != 0 || pins(&r, &e) != 0 || new_secrets(&r, &e) != 0 || publish(&r, &e) != 0)
		rc = opt_fail(&e);
	else
		rc = told(&r);
	signer_free(r.root);
	signer_free(r.service);
	sealer_free(r.sealing);
	buf_free(&r.text);
	office_close(&r.o);
	return rc;
}
