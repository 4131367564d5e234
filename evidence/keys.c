#include "evidence/keys.h"

#include <string.h>

#include "evidence/sigtext.h"
#include "evidence/value.h"

#define WHAT "county.keys"
#define HEAD "tallystick/keys/v1"

static int
put_body(struct buf *b, const struct county_keys *k)
{
	if (k->ntls > KEYS_TLS_MAX)
		return -1;
	(void)buf_printf(b, HEAD "\norigin %s\nname %s\nversion %llu\nissued %llu\n", k->log.name, k->name,
	    (unsigned long long)k->version, (unsigned long long)k->issued);
	(void)value_put_b64(b, "root", k->root, KEY_LEN);
	(void)buf_puts(b, "log ");
	(void)vkey_print(b, &k->log);
	(void)buf_putc(b, '\n');
	(void)value_put_b64(b, "service", k->service, KEY_LEN);
	(void)value_put_b64(b, "sealing", k->sealing, KEY_LEN);
	(void)buf_printf(b, "tls %zu\n", k->ntls);
	for (size_t i = 0; i < k->ntls; i++)
		(void)value_put_hex(b, "spki", k->tls[i], HASH_LEN);
	return buf_ok(b) ? 0 : -1;
}

int
keys_print(struct buf *b, const struct county_keys *k, const struct signer *root)
{
	struct county_keys check;
	struct buf body, out;
	int ret = -1;

	buf_init(&body, KEYS_MAX);
	buf_init(&out, KEYS_MAX);
	/* Read back, so that no file leaves here that a reader would refuse. */
	if (put_body(&body, k) == 0 && sigtext_sign(&out, DSSE_KEYS, body.data, body.len, root) == 0 &&
	    keys_parse(&check, out.data, out.len, NULL) == 0)
		ret = buf_put(b, out.data, out.len);
	buf_free(&out);
	buf_free(&body);
	return ret;
}

/* An Ed25519 key. */
static int
point_line(struct cursor *c, const char *name, uint8_t key[KEY_LEN], struct err *e)
{
	if (value_line_b64(c, WHAT, name, key, KEY_LEN, e))
		return -1;
	return key_ok(key) ? 0 : value_bad(c, WHAT, name, "is not a point of prime order", e);
}

static int
log_line(struct county_keys *k, struct cursor *c, struct field origin, struct err *e)
{
	struct field f;

	if (value_line(c, WHAT, "log", &f, 1, e))
		return -1;
	if (vkey_parse(&k->log, f.p, f.len, e))
		return err_add(e, WHAT ": line %u (log)", c->lineno);
	if (k->log.alg != NOTE_ED25519)
		return value_bad(c, WHAT, "log", "is not a key of type 01", e);
	if (!field_is(origin, k->log.name))
		return err_set(e, WHAT ": origin is not the log key's name");
	vkey_hash(&k->log, k->log_id);
	return 0;
}

static int
tls_lines(struct county_keys *k, struct cursor *c, struct err *e)
{
	uint64_t n;

	if (value_line_int(c, WHAT, "tls", &n, e))
		return -1;
	if (n > KEYS_TLS_MAX)
		return err_set(e, WHAT ": more than %d TLS keys", KEYS_TLS_MAX);
	for (k->ntls = 0; k->ntls < n; k->ntls++)
		if (value_line_hex(c, WHAT, "spki", k->tls[k->ntls], HASH_LEN, e))
			return -1;
	return cursor_end(c) ? 0 : err_set(e, WHAT ": line %u is one too many", c->lineno + 1);
}

static int
parse_body(struct county_keys *k, struct cursor *c, struct err *e)
{
	struct field origin, f;

	if (value_line(c, WHAT, HEAD, NULL, 0, e) || value_line(c, WHAT, "origin", &origin, 1, e))
		return -1;
	if (value_rest(c, WHAT, "name", &f, e))
		return -1;
	if (!value_text(f) || field_copy(f, k->name, sizeof(k->name)))
		return value_bad(c, WHAT, "name", "is too long or holds a control character", e);
	if (value_line_int(c, WHAT, "version", &k->version, e))
		return -1;
	if (k->version == 0)
		return value_bad(c, WHAT, "version", "does not start from 1", e);
	if (value_line_int(c, WHAT, "issued", &k->issued, e))
		return -1;
	if (point_line(c, "root", k->root, e) || log_line(k, c, origin, e))
		return -1;
	if (point_line(c, "service", k->service, e) || value_line_b64(c, WHAT, "sealing", k->sealing, KEY_LEN, e))
		return -1;
	return tls_lines(k, c, e);
}

int
keys_parse(struct county_keys *k, const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct cursor c;

	memset(k, 0, sizeof(*k));
	if (n > KEYS_MAX)
		return err_set(e, WHAT ": longer than %d bytes", KEYS_MAX);
	if (sigtext_parse(&t, p, n, e))
		return err_add(e, WHAT);
	if (t.nsigs != 1 || t.rest_len != 0)
		return err_set(e, WHAT ": does not end with exactly one signature line");
	cursor_init(&c, t.body, t.body_len);
	if (parse_body(k, &c, e))
		return -1;
	if (!sigtext_verify(&t, 0, DSSE_KEYS, k->root))
		return err_set(e, WHAT ": the signature is not the root key's");
	return 0;
}

void
keys_root_hash(const struct county_keys *k, uint8_t out[HASH_LEN])
{
	sha256(out, k->root, KEY_LEN);
}
