#include "evidence/enrol.h"

#include <string.h>

#include "evidence/record.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"

#define WHAT "enrol request"
#define INVITATION_HEAD "tallystick/invitation/v1"
#define STATEMENT_HEAD "tallystick/enrol/v1"
#define BY_ROOT_HEAD "tallystick/enrol-by-root/v1"

static int
place_ok(const char *place)
{
	return field_place((struct field){ place, strlen(place) });
}

int
invitation_print(struct buf *b, const struct invitation *i)
{
	if (!place_ok(i->place) || i->expires > VALUE_INT_MAX)
		return -1;
	(void)buf_puts(b, INVITATION_HEAD "\n");
	(void)value_put_hex(b, "log", i->log, HASH_LEN);
	(void)buf_printf(b, "place %s\n", i->place);
	if (i->has_for)
		(void)value_put_hex(b, "for", i->for_device, HASH_LEN);
	else
		(void)buf_puts(b, "for -\n");
	(void)value_put_hex(b, "secret", i->secret, HASH_LEN);
	return buf_printf(b, "expires %llu\n", (unsigned long long)i->expires);
}

int
enrol_statement_print(struct buf *b, const struct enrol_statement *s)
{
	if (!place_ok(s->place) || s->epoch == 0)
		return -1;
	(void)buf_puts(b, s->by_root ? BY_ROOT_HEAD "\n" : STATEMENT_HEAD "\n");
	(void)value_put_hex(b, s->by_root ? "root" : "log", s->by_root ? s->root : s->log, HASH_LEN);
	(void)value_put_hex(b, "device", s->device, HASH_LEN);
	(void)buf_printf(b, "epoch %u\n", (unsigned)s->epoch);
	(void)value_put_b64(b, "key", s->key, KEY_LEN);
	(void)buf_printf(b, "place %s\n", s->place);
	return value_put_hex(b, "genesis", s->genesis, HASH_LEN);
}

int
enrol_request_make(struct buf *out, struct enrol_request *r, const uint8_t secret[TOKEN_SECRET_LEN], const struct signer *s)
{
	struct enrol_request check;
	struct buf body, text;
	int ret = -1;

	buf_init(&body, ENROL_MAX);
	buf_init(&text, ENROL_MAX);
	token_secret_hash(r->secret, secret);
	if (enrol_statement_print(&body, &r->st) || sigtext_sign(&text, DSSE_ENROL, body.data, body.len, s))
		goto out;
	(void)value_put_hex(&text, "secret", r->secret, HASH_LEN);
	(void)value_put_hex(&text, "nonce", r->nonce, sizeof(r->nonce));
	if (!buf_ok(&text))
		goto out;
	hmac_sha256(r->mac, secret, TOKEN_SECRET_LEN, text.data, text.len);
	(void)value_put_hex(&text, "mac", r->mac, HASH_LEN);
	/* Read back: a statement that is not this signer's goes nowhere. */
	if (!buf_ok(&text) || enrol_request_parse(&check, text.data, text.len, NULL))
		goto out;
	memcpy(r->proof, check.proof, SIG_LEN);
	ret = buf_put(out, text.data, text.len);
out:
	buf_free(&text);
	buf_free(&body);
	return ret;
}

static int
parse_statement(struct enrol_statement *st, struct cursor *c, struct err *e)
{
	struct field f;

	st->by_root = (size_t)(c->end - c->p) >= sizeof(BY_ROOT_HEAD) - 1 && memcmp(c->p, BY_ROOT_HEAD, sizeof(BY_ROOT_HEAD) - 1) == 0;
	if (value_line(c, WHAT, st->by_root ? BY_ROOT_HEAD : STATEMENT_HEAD, NULL, 0, e) ||
	    value_line_hex(c, WHAT, st->by_root ? "root" : "log", st->by_root ? st->root : st->log, HASH_LEN, e) ||
	    value_line_hex(c, WHAT, "device", st->device, HASH_LEN, e) || value_line(c, WHAT, "epoch", &f, 1, e))
		return -1;
	if (value_epoch(f, &st->epoch))
		return value_bad(c, WHAT, "epoch", "is not an epoch", e);
	if (value_line_b64(c, WHAT, "key", st->key, KEY_LEN, e) || value_line(c, WHAT, "place", &f, 1, e))
		return -1;
	if (!field_place(f) || field_copy(f, st->place, sizeof(st->place)))
		return value_bad(c, WHAT, "place", "is not a place", e);
	if (value_line_hex(c, WHAT, "genesis", st->genesis, HASH_LEN, e))
		return -1;
	return cursor_end(c) ? 0 : err_set(e, WHAT ": line %u is one too many", c->lineno + 1);
}

/* The lines behind the signature line; ${lineno} lines stand before them. */
static int
parse_tail(struct enrol_request *r, const struct sigtext *t, unsigned lineno, struct err *e)
{
	struct cursor c;

	cursor_init(&c, t->rest, t->rest_len);
	c.lineno = lineno;
	if (value_line_hex(&c, WHAT, "secret", r->secret, HASH_LEN, e) || value_line_hex(&c, WHAT, "nonce", r->nonce, sizeof(r->nonce), e) ||
	    value_line_hex(&c, WHAT, "mac", r->mac, HASH_LEN, e))
		return -1;
	return cursor_end(&c) ? 0 : err_set(e, WHAT ": line %u is one too many", c.lineno + 1);
}

static int
judge_statement(const struct enrol_statement *st, const struct sigtext *t, struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (!key_ok(st->key))
		return err_set(e, WHAT ": the key is not a point of prime order");
	sha256(hash, st->key, KEY_LEN);
	if (st->epoch == 1 && memcmp(hash, st->device, HASH_LEN) != 0)
		return err_set(e, WHAT ": the device is not the hash of its first key");
	if (!sigtext_verify(t, 0, DSSE_ENROL, st->key))
		return err_set(e, WHAT ": the signature is not that of the statement's key");
	return 0;
}

int
enrol_request_parse(struct enrol_request *r, const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct cursor c;

	memset(r, 0, sizeof(*r));
	if (n > ENROL_MAX)
		return err_set(e, WHAT ": longer than %d bytes", ENROL_MAX);
	if (sigtext_parse(&t, p, n, e))
		return err_add(e, WHAT);
	if (t.nsigs != 1)
		return err_set(e, WHAT ": more than one signature line");
	cursor_init(&c, t.body, t.body_len);
	if (parse_statement(&r->st, &c, e) || parse_tail(r, &t, c.lineno + 2, e) || judge_statement(&r->st, &t, e))
		return -1;
	memcpy(r->proof, t.sig[0].sig, SIG_LEN);
	return 0;
}

int
enrol_request_proves(const void *p, size_t n, const uint8_t secret[TOKEN_SECRET_LEN])
{
	static const size_t line_len = sizeof("mac \n") - 1 + 2 * HASH_LEN;
	const char *line = (const char *)p + (n > line_len ? n - line_len : 0);
	uint8_t mac[HASH_LEN], want[HASH_LEN];
	struct cursor c;
	struct field f;

	if (n <= line_len || line[-1] != '\n')
		return 0;
	cursor_init(&c, line, line_len);
	if (cursor_fields(&c, "mac", &f, 1) || field_hex(f, mac, HASH_LEN))
		return 0;
	hmac_sha256(want, secret, TOKEN_SECRET_LEN, p, n - line_len);
	return equal_ct(mac, want, HASH_LEN);
}

int
enrol_record_invitation(struct invitation *i, const struct record *r)
{
	memset(i, 0, sizeof(*i));
	if (r->kind != RECORD_ENROL)
		return -1;
	memcpy(i->log, r->log, HASH_LEN);
	i->has_for = record_hash(r, "for", i->for_device) == 0;
	return record_text(r, "place", i->place, sizeof(i->place)) || record_hash(r, "secret", i->secret) ||
	    record_u64(r, "expires", &i->expires) ? -1 : 0;
}

int
enrol_record_statement(struct enrol_statement *st, const struct record *r)
{
	memset(st, 0, sizeof(*st));
	if (r->kind != RECORD_ENROL)
		return -1;
	memcpy(st->log, r->log, HASH_LEN);
	return record_hash(r, "device", st->device) || value_epoch(record_value(r, "epoch"), &st->epoch) ||
	    field_b64(record_value(r, "key"), st->key, KEY_LEN) || record_text(r, "place", st->place, sizeof(st->place)) ||
	    record_hash(r, "genesis", st->genesis) ? -1 : 0;
}

static int
proves(const struct enrol_statement *st, const uint8_t sig[SIG_LEN])
{
	struct buf b;
	int ok;

	buf_init(&b, ENROL_MAX);
	ok = enrol_statement_print(&b, st) == 0 && dsse_verify(sig, DSSE_ENROL, b.data, b.len, st->key);
	buf_free(&b);
	return ok;
}

int
enrol_record_proves(const struct enrol_statement *st, const struct record *r, const uint8_t root[HASH_LEN])
{
	struct enrol_statement by_root = *st;
	uint8_t sig[SIG_LEN];

	by_root.by_root = 1;
	memcpy(by_root.root, root, HASH_LEN);
	return key_ok(st->key) && field_b64(record_value(r, "proof"), sig, SIG_LEN) == 0 && (proves(st, sig) || proves(&by_root, sig));
}
