/* Goal: records, county.keys, enrolment and receipts as another implementation writes them are read, verified, and made again byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/enrol.h"
#include "evidence/keys.h"
#include "evidence/leaf.h"
#include "evidence/receipt.h"
#include "evidence/record.h"
#include "tests/lib/golden.h"

static cJSON *golden;
static struct signer *root, *service, *officer, *device;

static int
setup(void **state)
{
	(void)state;
	if (crypto_init(NULL))
		return -1;
	golden = golden_index();
	root = golden_signer("root");
	service = golden_signer("service");
	officer = golden_signer("officer");
	device = golden_signer("device");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cJSON_Delete(golden);
	signer_free(root);
	signer_free(service);
	signer_free(officer);
	signer_free(device);
	return 0;
}

static void
same(const struct buf *got, const void *want, size_t n)
{
	assert_int_equal(got->len, n);
	assert_memory_equal(got->data, want, n);
}

/* One record: parse, verify under the keys INDEX.json names, put together and seal again. */
static void
judge_record(const cJSON *facts, enum record_kind *kind)
{
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(facts, "keys");
	struct buf file, body, leaf;
	struct err e = { "" };
	struct record r;

	golden_read(&file, facts);
	if (record_parse(&r, file.data, file.len, &e))
		fail_msg("%s: %s", json_string(facts, "file"), e.text);
	assert_int_equal(r.text.nsigs, cJSON_GetArraySize(keys));
	for (size_t i = 0; i < r.text.nsigs; i++) {
		const char *hex = cJSON_GetArrayItem(keys, (int)i)->valuestring;
		uint8_t key[KEY_LEN];

		assert_int_equal(dec_hex(key, KEY_LEN, hex, strlen(hex)), 0);
		assert_true(sigtext_verify(&r.text, i, DSSE_RECORD, key));
	}
	buf_init(&body, LEAF_MAX);
	buf_init(&leaf, LEAF_MAX);
	(void)record_begin(&body, r.kind, r.log, r.at);
	for (size_t i = 0; i < r.nlines; i++)
		(void)buf_printf(&body, "%s %.*s\n", r.lines[i].name, (int)r.lines[i].value.len, r.lines[i].value.p);
	assert_int_equal(record_seal(&leaf, &body, r.kind == RECORD_SUCCESSION ? root : service,
	    r.text.nsigs > 1 ? officer : NULL, NULL), 0);
	assert_int_equal(leaf.data[0], 2);
	assert_int_equal(leaf.len, file.len + 1);
	assert_memory_equal(leaf.data + 1, file.data, file.len);
	*kind = r.kind;
	record_free(&r);
	buf_free(&body);
	buf_free(&leaf);
	buf_free(&file);
}

static void
records(void **state)
{
	unsigned seen[RECORD_KINDS] = { 0 };
	const cJSON *facts;

	(void)state;
	cJSON_ArrayForEach(facts, golden) {
		enum record_kind kind = RECORD_KINDS;

		if (strncmp(facts->string, "record ", 7) != 0)
			continue;
		judge_record(facts, &kind);
		assert_memory_equal(facts->string + 7, record_kind_name(kind), strlen(record_kind_name(kind)));
		seen[kind]++;
	}
	for (size_t k = 0; k < RECORD_KINDS; k++)
		assert_true(seen[k] > 0);
	assert_int_equal(seen[RECORD_KEY], 3);
}

static void
county_keys(void **state)
{
	const cJSON *facts = golden_facts(golden, "county.keys");
	struct county_keys k;
	struct buf file, again;
	uint8_t want[HASH_LEN];
	struct err e = { "" };

	(void)state;
	golden_read(&file, facts);
	if (keys_parse(&k, file.data, file.len, &e))
		fail_msg("%s", e.text);
	golden_hex(facts, "root", want, KEY_LEN);
	assert_memory_equal(k.root, want, KEY_LEN);
	golden_hex(facts, "log", want, HASH_LEN);
	assert_memory_equal(k.log_id, want, HASH_LEN);
	buf_init(&again, KEYS_MAX);
	assert_int_equal(keys_print(&again, &k, root), 0);
	same(&again, file.data, file.len);
	buf_free(&again);
	buf_free(&file);
}

/* The golden token. */
static struct token
read_token(void)
{
	struct token t;
	struct buf file;

	golden_read(&file, golden_facts(golden, "token"));
	assert_int_equal(token_parse(&t, buf_str(&file), NULL), 0);
	buf_free(&file);
	return t;
}

static void
token(void **state)
{
	const cJSON *facts = golden_facts(golden, "token");
	struct token t = read_token();
	char text[TOKEN_TEXT_MAX];
	uint8_t want[HASH_LEN], got[HASH_LEN];
	struct buf file;

	(void)state;
	golden_hex(facts, "root", want, KEY_LEN);
	sha256(got, want, KEY_LEN);
	assert_memory_equal(t.root, got, HASH_LEN);
	golden_hex(facts, "secret", want, TOKEN_SECRET_LEN);
	assert_memory_equal(t.secret, want, TOKEN_SECRET_LEN);
	token_secret_hash(got, t.secret);
	golden_hex(facts, "hash", want, HASH_LEN);
	assert_memory_equal(got, want, HASH_LEN);
	golden_read(&file, facts);
	token_print(text, &t);
	assert_int_equal(file.len, strlen(text) + 1);
	assert_memory_equal(text, file.data, strlen(text));
	buf_free(&file);
}

static void
invitation_and_statement(void **state)
{
	struct enrol_statement st;
	struct invitation i;
	struct sigtext t;
	struct record r;
	struct buf file, record, text, sig;

	(void)state;
	golden_read(&record, golden_facts(golden, "record enrol"));
	assert_int_equal(record_parse(&r, record.data, record.len, NULL), 0);
	assert_int_equal(enrol_record_invitation(&i, &r), 0);
	assert_int_equal(enrol_record_statement(&st, &r), 0);
	buf_init(&text, ENROL_MAX);
	buf_init(&sig, SIG_LEN);
	assert_int_equal(invitation_print(&text, &i), 0);
	golden_read(&file, golden_facts(golden, "invitation"));
	assert_int_equal(sigtext_parse(&t, file.data, file.len, NULL), 0);
	same(&text, t.body, t.body_len);
	assert_true(sigtext_verify(&t, 0, DSSE_ENROL, signer_public(officer)));
	assert_int_equal(record_bytes(&r, "invitation", &sig), 0);
	same(&sig, t.sig[0].sig, SIG_LEN);
	buf_reset(&text);
	buf_reset(&sig);
	assert_int_equal(enrol_statement_print(&text, &st), 0);
	assert_int_equal(record_bytes(&r, "proof", &sig), 0);
	assert_memory_equal(st.key, signer_public(device), KEY_LEN);
	assert_true(dsse_verify(sig.data, DSSE_ENROL, text.data, text.len, st.key));
	record_free(&r);
	buf_free(&sig);
	buf_free(&text);
	buf_free(&file);
	buf_free(&record);
}

static void
enrol_request(void **state)
{
	const cJSON *facts = golden_facts(golden, "enrol request");
	struct enrol_request r;
	struct err e = { "" };
	uint8_t secret[TOKEN_SECRET_LEN];
	struct buf file, again;

	(void)state;
	golden_read(&file, facts);
	golden_hex(facts, "secret", secret, sizeof(secret));
	if (enrol_request_parse(&r, file.data, file.len, &e))
		fail_msg("%s", e.text);
	assert_true(enrol_request_proves(file.data, file.len, secret));
	buf_init(&again, ENROL_MAX);
	assert_int_equal(enrol_request_make(&again, &r, secret, device), 0);
	same(&again, file.data, file.len);
	buf_free(&again);
	buf_free(&file);
}

static void
enrol_answer(void **state)
{
	struct token t = read_token();
	struct enrol_request r;
	struct enrolled a;
	struct err e = { "" };
	struct buf file, again;

	(void)state;
	golden_read(&file, golden_facts(golden, "enrol request"));
	assert_int_equal(enrol_request_parse(&r, file.data, file.len, NULL), 0);
	buf_free(&file);
	golden_read(&file, golden_facts(golden, "enrol answer"));
	enrolled_init(&a);
	if (enrolled_parse(&a, file.data, file.len, t.root, r.nonce, &e))
		fail_msg("%s", e.text);
	assert_memory_equal(a.device, r.st.device, HASH_LEN);
	assert_int_equal(a.index, 4);
	buf_init(&again, ENROLLED_MAX);
	assert_int_equal(enrolled_print(&again, &a, service), 0);
	same(&again, file.data, file.len);
	buf_free(&again);
	buf_free(&file);
	enrolled_free(&a);
}

static void
receipt(void **state)
{
	const cJSON *facts = golden_facts(golden, "receipt"), *leaf, *leaves = cJSON_GetObjectItemCaseSensitive(facts, "leaves");
	const char *text = json_string(facts, "vkey"), *note;
	uint8_t dev[HASH_LEN];
	struct err e = { "" };
	struct checkpoint cp;
	struct range r;
	struct vkey v;
	struct buf file, again, side;
	size_t n;

	(void)state;
	golden_read(&file, facts);
	if (receipt_parse(dev, &r, &note, &n, file.data, file.len, &e))
		fail_msg("%s", e.text);
	assert_memory_equal(dev, signer_keyhash(device), HASH_LEN);
	assert_int_equal(vkey_parse(&v, text, strlen(text), NULL), 0);
	assert_int_equal(checkpoint_open(&cp, note, n, &v, NULL), 0);
	assert_int_equal(r.count, cJSON_GetArraySize(leaves));
	buf_init(&side, 4096);
	cJSON_ArrayForEach(leaf, leaves) {
		uint8_t hash[HASH_LEN];

		assert_int_equal(dec_hex(hash, HASH_LEN, leaf->valuestring, strlen(leaf->valuestring)), 0);
		(void)buf_put(&side, hash, HASH_LEN);
	}
	assert_true(proof_range_ok(&r.proof, side.data, r.first, r.count, cp.size, cp.root));
	buf_init(&again, RECEIPT_MAX);
	assert_int_equal(receipt_print(&again, dev, &r, note, n), 0);
	same(&again, file.data, file.len);
	buf_free(&again);
	buf_free(&side);
	buf_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(county_keys),
		cmocka_unit_test(token),
		cmocka_unit_test(invitation_and_statement),
		cmocka_unit_test(enrol_request),
		cmocka_unit_test(enrol_answer),
		cmocka_unit_test(receipt),
	};

	return cmocka_run_group_tests_name("golden records", tests, setup, teardown);
}
