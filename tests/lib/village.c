#include "tests/lib/village.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/dsse.h"

#define SALT 40 /* of ledgerkit's county */

void
hall_open(struct hall *h)
{
	uint8_t secret[32], hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];

	memset(h, 0, sizeof(*h));
	kit_open(&h->k);
	h->c.l = h->k.l;
	h->c.keys = h->k.county.keys;
	h->c.log = h->k.county.log;
	h->c.service = h->k.county.service;
	memset(secret, SALT, sizeof(secret));
	assert_non_null(h->c.sealing = sealer_new(secret));
	assert_memory_equal(sealer_public(h->c.sealing), h->c.keys.sealing, 32);
	buf_init(&h->c.keys_text, KEYS_MAX);
	assert_int_equal(keys_print(&h->c.keys_text, &h->c.keys, h->k.county.root), 0);
	sha256(hash, "<form/>", 7);
	enc_hex(hex, hash, HASH_LEN);
	assert_true(kit_put(&h->k, RECORD_FORM, "form roof 1 %s\nstate published\n", hex) > 0);
}

void
hall_close(struct hall *h)
{
	sealer_free(h->c.sealing);
	buf_free(&h->c.keys_text);
	kit_close(&h->k);
}

void
hall_invite(struct hall *h, const char *place, const uint8_t *device, uint64_t expires, uint8_t secret[TOKEN_SECRET_LEN])
{
	struct ledger_invitation i;
	struct invitation text;
	struct buf b;

	memset(&i, 0, sizeof(i));
	memset(&text, 0, sizeof(text));
	memset(secret, ++h->secrets, TOKEN_SECRET_LEN);
	memcpy(i.secret, secret, TOKEN_SECRET_LEN);
	token_secret_hash(i.secret_hash, secret);
	(void)snprintf(i.place, sizeof(i.place), "%s", place);
	i.has_for = device != NULL;
	if (device != NULL)
		memcpy(i.for_device, device, HASH_LEN);
	i.expires = expires;
	memcpy(i.officer, signer_keyhash(h->k.county.officer), HASH_LEN);
	memcpy(text.log, h->c.keys.log_id, HASH_LEN);
	memcpy(text.place, i.place, sizeof(text.place));
	text.has_for = i.has_for;
	memcpy(text.for_device, i.for_device, HASH_LEN);
	memcpy(text.secret, i.secret_hash, HASH_LEN);
	text.expires = expires;
	buf_init(&b, 4096);
	assert_int_equal(invitation_print(&b, &text), 0);
	assert_int_equal(dsse_sign(i.sig, h->k.county.officer, DSSE_ENROL, b.data, b.len), 0);
	buf_free(&b);
	if (ledger_invite(h->c.l, &i, &h->k.e) != 0)
		fail_msg("%s", h->k.e.text);
}

void
hall_person(struct hall *h, const struct signer *s, const char *state)
{
	char b64[64];

	enc_b64(b64, signer_public(s), KEY_LEN);
	if (kit_put(&h->k, RECORD_KEY, "what person\nactor cadre-1\nkey %s\nrole cadre\nplace -\nstate %s\n", b64, state) < 0)
		fail_msg("%s", h->k.e.text);
}

static void
told_by_ledger(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	(void)device;
	print_message("ledger: %s %u %u: %s\n", code, epoch, (unsigned)seq, detail);
}

void
hall_sound(struct hall *h)
{
	assert_int_equal(ledger_check(h->c.l, told_by_ledger, NULL), 0);
}

static void
put(struct village *v, const struct journal_entry *x)
{
	if (journal_append(v->j, x, 1, &v->e) != 0)
		fail_msg("%s", v->e.text);
}

void
village_init(struct village *v, uint8_t seed, const char *place)
{
	struct journal_entry x;

	memset(v, 0, sizeof(*v));
	assert_int_equal(maker_tmp(v->top, sizeof(v->top)), 0);
	(void)snprintf(v->dir, sizeof(v->dir), "%s/data", v->top);
	assert_int_equal(maker_init(&v->m, seed, place), 0);
	if ((v->j = journal_create(v->dir, &v->e)) == NULL)
		fail_msg("%s", v->e.text);
	assert_int_equal(maker_genesis(&v->m, &x), 0);
	put(v, &x);
	journal_entry_free(&x);
	assert_int_equal(journal_set(v->j, "device", v->m.device, HASH_LEN, NULL), 0);
	assert_int_equal(journal_set(v->j, "place", place, strlen(place), NULL), 0);
}

void
village_close(struct village *v)
{
	journal_close(v->j);
	maker_free(&v->m);
	maker_rm(v->top);
}

void
village_ask(const struct village *v, const struct hall *h, const uint8_t secret[TOKEN_SECRET_LEN], const uint8_t nonce[16], struct buf *out)
{
	struct journal_entry x;
	struct enrol_request r;

	memset(&r, 0, sizeof(r));
	journal_entry_init(&x);
	assert_int_equal(journal_by_seq(v->j, v->m.epoch, 0, &x), 1);
	memcpy(r.st.log, h->c.keys.log_id, HASH_LEN);
	memcpy(r.st.device, v->m.device, HASH_LEN);
	r.st.epoch = v->m.epoch;
	memcpy(r.st.key, signer_public(v->m.signer), KEY_LEN);
	memcpy(r.st.place, v->m.place, sizeof(r.st.place));
	memcpy(r.st.genesis, x.hash, HASH_LEN);
	memcpy(r.nonce, nonce, sizeof(r.nonce));
	journal_entry_free(&x);
	assert_int_equal(enrol_request_make(out, &r, secret, v->m.signer), 0);
}

void
village_enrol(struct village *v, struct hall *h)
{
	uint8_t secret[TOKEN_SECRET_LEN], nonce[16] = { 1 }, root[HASH_LEN];
	struct enrolled a;
	struct buf ask, out;

	hall_invite(h, v->m.place, NULL, h->k.now + 1000000, secret);
	buf_init(&ask, ENROL_MAX);
	buf_init(&out, ENROLLED_MAX);
	village_ask(v, h, secret, nonce, &ask);
	if (county_enrol(&h->c, ask.data, ask.len, h->k.now++, &out, &v->e) != 0)
		fail_msg("%s", v->e.text);
	keys_root_hash(&h->c.keys, root);
	enrolled_init(&a);
	if (enrolled_parse(&a, out.data, out.len, root, nonce, &v->e) != 0 || device_enrolled(v->j, &a, "http://127.0.0.1", &v->e) != 0)
		fail_msg("%s", v->e.text);
	enrolled_free(&a);
	buf_free(&ask);
	buf_free(&out);
}

void
village_open(struct village *v, struct hall *h, uint8_t seed, const char *place)
{
	village_init(v, seed, place);
	village_enrol(v, h);
}

void
village_header(struct village *v, struct entry *h, const char *kind)
{
	struct checkpoint cp;
	struct county_keys keys;
	struct buf note;
	uint64_t size;

	maker_header(&v->m, h, kind);
	if (device_keys(v->j, &keys, NULL) != 0)
		return;
	h->has_log = 1;
	memcpy(h->log, keys.log_id, HASH_LEN);
	buf_init(&note, NOTE_MAX);
	if (journal_note_newest(v->j, &size, &note) == 1) {
		assert_int_equal(checkpoint_open(&cp, note.data, note.len, &keys.log, NULL), 0);
		h->anchor_size = cp.size;
		memcpy(h->anchor_root, cp.root, HASH_LEN);
		sha256(h->anchor_note, note.data, note.len);
	}
	buf_free(&note);
}

void
village_put(struct village *v, const struct entry *h, const char *payload, const char *personal)
{
	struct journal_entry x;

	assert_int_equal(maker_sign(&v->m, &x, h, payload, personal), 0);
	put(v, &x);
	journal_entry_free(&x);
}

void
village_add(struct village *v, size_t n)
{
	struct journal_entry x[64];
	struct entry h;
	char payload[64];
	size_t i, k;

	for (; n > 0; n -= k) {
		k = n < 64 ? n : 64;
		for (i = 0; i < k; i++) {
			village_header(v, &h, "record");
			(void)snprintf(payload, sizeof(payload), "{\"house\":\"%u\",\"stage\":\"roof\"}", v->m.made);
			assert_int_equal(maker_sign(&v->m, &x[i], &h, payload, v->m.made % 3 ? NULL : "{\"name\":\"Li Si\"}"), 0);
		}
		if (journal_append(v->j, x, k, &v->e) != 0)
			fail_msg("%s", v->e.text);
		kit_entries_free(x, k);
	}
}

void
village_epoch(struct village *v, const char *reason)
{
	struct journal_entry x;

	assert_int_equal(maker_epoch(&v->m, &x, device_next_epoch(v->j), reason), 0);
	put(v, &x);
	journal_entry_free(&x);
}

void
village_request(struct village *v, size_t max, struct device_request *r)
{
	if (device_request(r, v->j, v->m.signer, max, &v->e) != 0)
		fail_msg("%s", v->e.text);
}

int
hall_answer(struct hall *h, const void *p, size_t n, struct buf *out)
{
	int rc = county_sync(&h->c, p, n, h->k.now++, out, &h->stats, &h->k.e);

	if (rc < 0)
		fail_msg("%s", h->k.e.text);
	return rc;
}

enum device_verdict
village_sync(struct village *v, struct hall *h, size_t max, struct device_outcome *o)
{
	enum device_verdict verdict;
	struct device_request r;
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	village_request(v, max, &r);
	if (hall_answer(h, r.bytes.data, r.bytes.len, &out) != 0)
		fail_msg("%s", h->k.e.text);
	(void)err_set(&v->e, "%s", "");
	verdict = device_answer(o, v->j, &r, out.data, out.len, &v->e);
	buf_free(&out);
	buf_free(&r.bytes);
	return verdict;
}

void
village_settle(struct village *v, struct hall *h)
{
	struct device_outcome o;
	unsigned i;

	for (i = 0; i < 50; i++) {
		if (village_sync(v, h, 1U << 20, &o) != DEVICE_OK)
			fail_msg("%s", v->e.text);
		if (village_counts(v).waiting == 0 && !o.more)
			break;
	}
	assert_int_equal(village_counts(v).waiting, 0);
	assert_false(o.more);
	village_sound(v);
}

struct journal_counts
village_counts(const struct village *v)
{
	struct journal_counts c;

	assert_int_equal(journal_count(v->j, &c), 0);
	return c;
}

static void
told_by_journal(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	print_message("journal: %s %u %u: %s\n", code, epoch, (unsigned)seq, detail);
}

void
village_sound(struct village *v)
{
	assert_int_equal(journal_verify(v->j, told_by_journal, NULL), 0);
}

uint64_t
hall_entries(struct hall *h, const struct village *v)
{
	struct ledger_device d;

	assert_int_equal(ledger_device(h->c.l, v->m.device, &d), 1);
	return d.entries;
}
