#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/enrol.h"
#include "evidence/keys.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "evidence/sigtext.h"
#include "evidence/tree.h"
#include "evidence/value.h"

#define WHAT "enrolment answer"
#define HEAD "tallystick/enrolled/v1"

void
enrolled_init(struct enrolled *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->record, LEAF_MAX);
	buf_init(&a->note, NOTE_MAX);
	buf_init(&a->keys, KEYS_MAX);
}

void
enrolled_free(struct enrolled *a)
{
	if (!a)
		return;
	buf_free(&a->record);
	buf_free(&a->note);
	buf_free(&a->keys);
}

int
enrolled_print(struct buf *out, const struct enrolled *a, const struct signer *service)
{
	struct buf b;
	int ret = -1;

	buf_init(&b, ENROLLED_MAX);
	(void)buf_puts(&b, HEAD "\n");
	(void)value_put_hex(&b, "log", a->log, HASH_LEN);
	(void)value_put_hex(&b, "device", a->device, HASH_LEN);
	(void)value_put_hex(&b, "nonce", a->nonce, sizeof(a->nonce));
	(void)buf_printf(&b, "time %llu\nindex %llu\n", (unsigned long long)a->time, (unsigned long long)a->index);
	(void)value_put_b64(&b, "record", a->record.data, a->record.len);
	(void)buf_printf(&b, "proof %zu\n", a->proof.n);
	for (size_t i = 0; i < a->proof.n; i++)
		(void)value_put_b64(&b, "hash", a->proof.hash[i], HASH_LEN);
	(void)value_put_b64(&b, "note", a->note.data, a->note.len);
	(void)value_put_b64(&b, "keys", a->keys.data, a->keys.len);
	if (buf_ok(&b))
		ret = sigtext_sign(out, DSSE_ANSWER, b.data, b.len, service);
	buf_free(&b);
	return ret;
}

/* Base64 into a buffer, which bounds it. */
static int
b64_line(struct cursor *c, const char *name, struct buf *out, struct err *e)
{
	struct field f;
	uint8_t *bytes = NULL;
	size_t n;
	int ret = -1;

	if (value_line(c, WHAT, name, &f, 1, e))
		return -1;
	buf_reset(out);
	if (!value_b64(f, &n) || n > out->max)
		return value_bad(c, WHAT, name, "is not base64, or too long", e);
	if ((bytes = malloc(n)) == NULL || dec_b64(bytes, n, &n, f.p, f.len) || buf_put(out, bytes, n))
		(void)err_set(e, WHAT ": out of memory");
	else
		ret = 0;
	free(bytes);
	return ret;
}

static int
proof_lines(struct cursor *c, struct proof *p, struct err *e)
{
	uint64_t n;

	if (value_line_int(c, WHAT, "proof", &n, e))
		return -1;
	if (n > PROOF_MAX)
		return value_bad(c, WHAT, "proof", "is longer than any path", e);
	for (p->n = 0; p->n < n; p->n++)
		if (value_line_b64(c, WHAT, "hash", p->hash[p->n], HASH_LEN, e))
			return -1;
	return 0;
}

static int
parse_body(struct enrolled *a, struct cursor *c, struct err *e)
{
	if (value_line(c, WHAT, HEAD, NULL, 0, e) || value_line_hex(c, WHAT, "log", a->log, HASH_LEN, e) ||
	    value_line_hex(c, WHAT, "device", a->device, HASH_LEN, e) || value_line_hex(c, WHAT, "nonce", a->nonce, sizeof(a->nonce), e) ||
	    value_line_int(c, WHAT, "time", &a->time, e) || value_line_int(c, WHAT, "index", &a->index, e) ||
	    b64_line(c, "record", &a->record, e) || proof_lines(c, &a->proof, e) ||
	    b64_line(c, "note", &a->note, e) || b64_line(c, "keys", &a->keys, e))
		return -1;
	return cursor_end(c) ? 0 : err_set(e, WHAT ": line %u is one too many", c->lineno + 1);
}

/* Whose word is this?  From the token's root key down to the service key. */
static int
judge_keys(const struct enrolled *a, const struct sigtext *t, struct county_keys *k, const uint8_t root[HASH_LEN], struct err *e)
{
	uint8_t hash[HASH_LEN];

	if (keys_parse(k, a->keys.data, a->keys.len, e))
		return err_add(e, WHAT);
	keys_root_hash(k, hash);
	if (memcmp(hash, root, HASH_LEN) != 0)
		return err_set(e, WHAT ": the root key is not the token's");
	if (!sigtext_verify(t, 0, DSSE_ANSWER, k->service))
		return err_set(e, WHAT ": the signature is not the service key's");
	if (memcmp(a->log, k->log_id, HASH_LEN) != 0)
		return err_set(e, WHAT ": the log is not that of county.keys");
	return 0;
}

/* Is the record in the log of the checkpoint? */
static int
judge_inclusion(const struct enrolled *a, const struct county_keys *k, struct err *e)
{
	struct checkpoint cp;
	uint8_t leaf[HASH_LEN];

	if (checkpoint_open(&cp, a->note.data, a->note.len, &k->log, e))
		return err_add(e, WHAT);
	tree_leaf_hash(leaf, a->record.data, a->record.len);
	if (a->index >= cp.size || !proof_inclusion_ok(&a->proof, leaf, a->index, cp.size, cp.root))
		return err_set(e, WHAT ": the proof does not lead from the record to the checkpoint's root");
	return 0;
}

/* Does the record carry the signature of the device's key over what it says of the device? */
static int
proof_ok(const struct record *r, const struct county_keys *k)
{
	struct enrol_statement st;
	uint8_t root[HASH_LEN];

	keys_root_hash(k, root);
	return enrol_record_statement(&st, r) == 0 && enrol_record_proves(&st, r, root);
}

static int
judge_record(const struct enrolled *a, const struct county_keys *k, struct err *e)
{
	struct record r;
	uint8_t device[HASH_LEN];
	int ret = -1;

	if (!leaf_is_record(a->record.data, a->record.len))
		return err_set(e, WHAT ": the leaf is no record");
	if (record_parse(&r, a->record.data + 1, a->record.len - 1, e))
		return err_add(e, WHAT);
	if (r.kind != RECORD_ENROL)
		(void)err_set(e, WHAT ": the record is not of kind enrol");
	else if (memcmp(r.log, a->log, HASH_LEN) != 0)
		(void)err_set(e, WHAT ": the record is of another log");
	else if (record_hash(&r, "device", device) || memcmp(device, a->device, HASH_LEN) != 0)
		(void)err_set(e, WHAT ": the record is of another device");
	else if (!sigtext_verify(&r.text, 0, DSSE_RECORD, k->service))
		(void)err_set(e, WHAT ": the record's signature is not the service key's");
	else if (!proof_ok(&r, k))
		(void)err_set(e, WHAT ": the record's proof is not the device's signature");
	else
		ret = 0;
	record_free(&r);
	return ret;
}

int
enrolled_parse(struct enrolled *a, const void *p, size_t n, const uint8_t root[HASH_LEN], const uint8_t nonce[16], struct err *e)
{
	struct county_keys k;
	struct sigtext t;
	struct cursor c;

	if (n > ENROLLED_MAX)
		return err_set(e, WHAT ": longer than %d bytes", ENROLLED_MAX);
	if (sigtext_parse(&t, p, n, e))
		return err_add(e, WHAT);
	if (t.nsigs != 1 || t.rest_len != 0)
		return err_set(e, WHAT ": does not end with exactly one signature line");
	cursor_init(&c, t.body, t.body_len);
	if (parse_body(a, &c, e) || judge_keys(a, &t, &k, root, e))
		return -1;
	if (memcmp(a->nonce, nonce, sizeof(a->nonce)) != 0)
		return err_set(e, WHAT ": the nonce is another request's");
	return judge_inclusion(a, &k, e) || judge_record(a, &k, e) ? -1 : 0;
}
