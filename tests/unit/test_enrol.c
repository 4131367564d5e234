/*
 * Goal: tokens survive being typed; an enrolment request proves the device's
 * key and the token's secret; an answer is believed only when every link from
 * the token's root key to the logged record holds, and otherwise the broken
 * one is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/checkpoint.h"
#include "evidence/enrol.h"
#include "evidence/keys.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "tests/lib/county.h"
#include "tests/lib/mutate.h"

#define PLACE "522634101205"
#define LEAVES 5
#define INDEX 3

static struct test_county county, other;
static const uint8_t SECRET[TOKEN_SECRET_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255 };
static const uint8_t NONCE[16] = { 9, 8, 7 };

static int
setup(void **state)
{
	(void)state;
	return county_make(&county, 10) || county_make(&other, 40);
}

static int
teardown(void **state)
{
	(void)state;
	county_free(&county);
	county_free(&other);
	return 0;
}

static struct token
a_token(void)
{
	struct token t;

	keys_root_hash(&county.keys, t.root);
	memcpy(t.secret, SECRET, sizeof(t.secret));
	return t;
}

static void
a_token_may_be_typed_in_either_case(void **state)
{
	struct token t = a_token(), back;
	char text[TOKEN_TEXT_MAX], typed[TOKEN_TEXT_MAX + 16];

	(void)state;
	token_print(text, &t);
	assert_int_equal(strlen(text), 7 + 52 + 1 + 26);
	assert_memory_equal(text, "tally1.", 7);
	assert_int_equal(token_parse(&back, text, NULL), 0);
	assert_memory_equal(&back, &t, sizeof(t));
	for (int upper = 0; upper < 2; upper++) {
		(void)snprintf(typed, sizeof(typed), " \t%s\r\n ", text);
		for (char *p = typed; *p; p++)
			if (upper && *p >= 'a' && *p <= 'z')
				*p = (char)(*p - 'a' + 'A');
			else if (!upper && *p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		memset(&back, 0, sizeof(back));
		assert_int_equal(token_parse(&back, typed, NULL), 0);
		assert_memory_equal(&back, &t, sizeof(t));
	}
}

static void
a_mistyped_token_is_refused(void **state)
{
	static const char *const wrong[] = { "", " ", "tally1", "tally1.", "tally2.A.B" };
	struct token t = a_token(), back;
	char text[TOKEN_TEXT_MAX], typed[TOKEN_TEXT_MAX + 4];
	size_t n;

	(void)state;
	token_print(text, &t);
	n = strlen(text);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(token_parse(&back, wrong[i], NULL), -1);
	for (size_t i = 0; i < n; i++) {
		memcpy(typed, text, n + 1);
		typed[i] = typed[i] == '1' ? '2' : '1';
		assert_int_equal(token_parse(&back, typed, NULL), -1);
		memmove(typed + i, typed + i + 1, n - i);
		assert_int_equal(token_parse(&back, typed, NULL), -1);
		memcpy(typed, text, i);
		typed[i] = ' ';
		memcpy(typed + i + 1, text + i, n - i + 1);
		assert_int_equal(token_parse(&back, typed, NULL), i == 0 ? 0 : -1);
	}
	/* The last character of each part has bits that belong to no byte. */
	memcpy(typed, text, n + 1);
	typed[n - 1] = (char)(typed[n - 1] + 1);
	assert_int_equal(token_parse(&back, typed, NULL), -1);
}

static struct enrol_request
a_request(void)
{
	struct enrol_request r;

	memset(&r, 0, sizeof(r));
	memcpy(r.st.log, county.keys.log_id, HASH_LEN);
	memcpy(r.st.device, signer_keyhash(county.device), HASH_LEN);
	r.st.epoch = 1;
	memcpy(r.st.key, signer_public(county.device), KEY_LEN);
	memcpy(r.st.place, PLACE, sizeof(PLACE));
	memset(r.st.genesis, 5, HASH_LEN);
	memcpy(r.nonce, NONCE, sizeof(NONCE));
	return r;
}

static void
make_request(struct buf *b, struct enrol_request *r)
{
	*r = a_request();
	buf_init(b, ENROL_MAX);
	assert_int_equal(enrol_request_make(b, r, SECRET, county.device), 0);
}

static void
a_request_proves_key_and_secret(void **state)
{
	struct enrol_request r, back;
	struct buf b, statement;
	uint8_t wrong[TOKEN_SECRET_LEN], hash[HASH_LEN];

	(void)state;
	make_request(&b, &r);
	assert_int_equal(enrol_request_parse(&back, b.data, b.len, NULL), 0);
	assert_memory_equal(back.st.device, r.st.device, HASH_LEN);
	assert_memory_equal(back.proof, r.proof, SIG_LEN);
	assert_memory_equal(back.secret, r.secret, HASH_LEN);
	assert_memory_equal(back.nonce, NONCE, 16);
	assert_memory_equal(back.mac, r.mac, HASH_LEN);
	assert_string_equal(back.st.place, PLACE);
	token_secret_hash(hash, SECRET);
	assert_memory_equal(back.secret, hash, HASH_LEN);
	buf_init(&statement, ENROL_MAX);
	assert_int_equal(enrol_statement_print(&statement, &back.st), 0);
	assert_memory_equal(statement.data, b.data, statement.len);
	assert_true(dsse_verify(back.proof, DSSE_ENROL, statement.data, statement.len, back.st.key));
	assert_true(enrol_request_proves(b.data, b.len, SECRET));
	for (size_t i = 0; i < sizeof(wrong); i++) {
		memcpy(wrong, SECRET, sizeof(wrong));
		wrong[i] ^= 0x80;
		assert_false(enrol_request_proves(b.data, b.len, wrong));
	}
	assert_false(enrol_request_proves(b.data, 69, SECRET));
	assert_false(enrol_request_proves(b.data, 5, SECRET));
	assert_false(enrol_request_proves(b.data, 0, SECRET));
	buf_free(&statement);
	buf_free(&b);
}

static void
a_request_of_another_key_is_not_made(void **state)
{
	struct enrol_request r = a_request();
	struct buf b;

	(void)state;
	buf_init(&b, ENROL_MAX);
	assert_int_equal(enrol_request_make(&b, &r, SECRET, other.device), -1);
	r = a_request();
	r.st.device[0] ^= 1;
	assert_int_equal(enrol_request_make(&b, &r, SECRET, county.device), -1);
	r.st.epoch = 2; /* then the device is another key's hash */
	assert_int_equal(enrol_request_make(&b, &r, SECRET, county.device), 0);
	buf_reset(&b);
	r = a_request();
	r.st.epoch = 0;
	assert_int_equal(enrol_request_make(&b, &r, SECRET, county.device), -1);
	r = a_request();
	r.st.place[0] = 'x';
	assert_int_equal(enrol_request_make(&b, &r, SECRET, county.device), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
each_line_of_a_request_has_its_place(void **state)
{
	static const char *const names[] = { "tallystick/enrol/v1", "log", "device", "epoch", "key", "place", "genesis", "", "", "secret",
		"nonce", "mac" };
	struct enrol_request r, back;
	struct err e;
	struct buf b, out;

	(void)state;
	make_request(&b, &r);
	buf_init(&out, ENROL_MAX);
	for (size_t l = 0; l < 12; l++)
		for (enum edit how = EDIT_DROP; how <= EDIT_SWAP; how++) {
			if (how == EDIT_SWAP && l == 11)
				continue;
			text_edit(&out, buf_str(&b), b.len, l, how);
			e.text[0] = '\0';
			if (enrol_request_parse(&back, out.data, out.len, &e) == 0)
				fail_msg("accepted: %s", buf_str(&out));
			if (how == EDIT_DROP && l != 6 && !strstr(e.text, names[l]))
				fail_msg("%s: %s", names[l], e.text);
		}
	buf_free(&out);
	buf_free(&b);
}

static void
an_altered_request_proves_nothing(void **state)
{
	struct enrol_request r, back;
	uint8_t text[2 * ENROL_MAX];
	uint64_t seed = 3;
	struct buf b;

	(void)state;
	make_request(&b, &r);
	for (int round = 0; round < 1500; round++) {
		size_t n = b.len;
		int parses, proves;

		memcpy(text, b.data, n);
		n = mutate(text, n, sizeof(text), &seed);
		if (n == b.len && memcmp(text, b.data, n) == 0)
			continue;
		parses = enrol_request_parse(&back, text, n, NULL) == 0;
		proves = enrol_request_proves(text, n, SECRET);
		if (proves)
			fail_msg("proves: %.*s", (int)n, (const char *)text);
		/* Only what the signature does not cover may change and still parse. */
		if (parses)
			assert_memory_equal(text, b.data, 400);
	}
	buf_free(&b);
}

static void
an_invitation_says_what_it_is_for(void **state)
{
	struct invitation i;
	struct buf b;

	(void)state;
	memset(&i, 0, sizeof(i));
	memcpy(i.place, PLACE, sizeof(PLACE));
	i.expires = 1760000000000;
	buf_init(&b, ENROL_MAX);
	assert_int_equal(invitation_print(&b, &i), 0);
	assert_non_null(strstr(buf_str(&b), "\nplace " PLACE "\nfor -\nsecret 0000"));
	assert_non_null(strstr(buf_str(&b), "0000\nexpires 1760000000000\n"));
	buf_reset(&b);
	i.has_for = 1;
	i.for_device[31] = 0xab;
	assert_int_equal(invitation_print(&b, &i), 0);
	assert_non_null(strstr(buf_str(&b), "00ab\nsecret "));
	i.place[3] = '\0';
	assert_int_equal(invitation_print(&b, &i), -1);
	buf_free(&b);
}

/* The parts of an answer, each of which a test may spoil before it is put together. */
struct parts {
	struct county_keys keys;
	const struct signer *root, *log, *service, *recorder, *prover;
	uint8_t log_id[HASH_LEN], device[HASH_LEN], record_log[HASH_LEN], record_device[HASH_LEN];
	const char *origin;
	enum record_kind kind;
	uint64_t index;
	int not_record, other_leaf, wrong_root;
};

static struct parts
good_parts(void)
{
	struct parts p = { .root = county.root, .log = county.log, .service = county.service, .recorder = county.service,
		.prover = county.device, .origin = "county.example", .kind = RECORD_ENROL, .index = INDEX };

	p.keys = county.keys;
	memcpy(p.log_id, county.keys.log_id, HASH_LEN);
	memcpy(p.record_log, county.keys.log_id, HASH_LEN);
	memcpy(p.device, signer_keyhash(county.device), HASH_LEN);
	memcpy(p.record_device, p.device, HASH_LEN);
	return p;
}

static void
put_enrol_record(struct buf *leaf, const struct parts *p)
{
	struct enrol_request r = a_request();
	struct invitation inv;
	uint8_t sig[SIG_LEN];
	struct buf body, text;

	memset(&inv, 0, sizeof(inv));
	buf_init(&body, LEAF_MAX);
	buf_init(&text, ENROL_MAX);
	memcpy(r.st.log, p->record_log, HASH_LEN);
	memcpy(r.st.device, p->record_device, HASH_LEN);
	assert_int_equal(enrol_statement_print(&text, &r.st), 0);
	assert_int_equal(dsse_sign(sig, p->prover, DSSE_ENROL, text.data, text.len), 0);
	(void)record_begin(&body, p->kind, p->record_log, 1760000000000);
	if (p->kind == RECORD_ENROL) {
		(void)buf_puts(&body, "device ");
		(void)buf_hex(&body, r.st.device, HASH_LEN);
		(void)buf_puts(&body, "\nepoch 1\nkey ");
		(void)buf_b64(&body, r.st.key, KEY_LEN);
		(void)buf_puts(&body, "\nplace " PLACE "\ngenesis ");
		(void)buf_hex(&body, r.st.genesis, HASH_LEN);
		(void)buf_puts(&body, "\nproof ");
		(void)buf_b64(&body, sig, SIG_LEN);
		token_secret_hash(inv.secret, SECRET);
		(void)buf_puts(&body, "\nsecret ");
		(void)buf_hex(&body, inv.secret, HASH_LEN);
		(void)buf_puts(&body, "\nfor -\nexpires 1760000000000\nofficer ");
		(void)buf_hex(&body, signer_keyhash(county.officer), HASH_LEN);
		(void)buf_puts(&body, "\ninvitation ");
		memcpy(inv.log, p->record_log, HASH_LEN);
		memcpy(inv.place, PLACE, sizeof(PLACE));
		inv.expires = 1760000000000;
		buf_reset(&text);
		assert_int_equal(invitation_print(&text, &inv), 0);
		assert_int_equal(dsse_sign(sig, county.officer, DSSE_ENROL, text.data, text.len), 0);
		(void)buf_b64(&body, sig, SIG_LEN);
		(void)buf_putc(&body, '\n');
	} else {
		(void)buf_puts(&body, "device ");
		(void)buf_hex(&body, r.st.device, HASH_LEN);
		(void)buf_puts(&body, "\norder -\n");
	}
	assert_int_equal(record_seal(leaf, &body, p->recorder, NULL, NULL), 0);
	buf_free(&text);
	buf_free(&body);
}

static int
leaves_get(void *ctx, unsigned level, uint64_t index, uint8_t out[HASH_LEN])
{
	const uint8_t *leaves = ctx;

	tree_root(out, leaves + (index << level) * HASH_LEN, UINT64_C(1) << level);
	return 0;
}

/* A log of LEAVES leaves with the record at INDEX, and the answer about it. */
static void
put_answer(struct buf *out, const struct parts *p)
{
	uint8_t leaves[LEAVES * HASH_LEN];
	struct tree_reader reader = { leaves_get, leaves };
	struct checkpoint cp;
	struct vkey v;
	struct enrolled a;

	enrolled_init(&a);
	put_enrol_record(&a.record, p);
	if (p->not_record)
		a.record.data[0] = 1;
	for (uint8_t i = 0; i < LEAVES; i++)
		tree_leaf_hash(leaves + i * HASH_LEN, &i, 1);
	if (!p->other_leaf)
		tree_leaf_hash(leaves + INDEX * HASH_LEN, a.record.data, a.record.len);
	assert_int_equal(proof_inclusion(&a.proof, &reader, INDEX, LEAVES), 0);
	(void)snprintf(cp.origin, sizeof(cp.origin), "%s", p->origin);
	cp.size = LEAVES;
	tree_root(cp.root, leaves, LEAVES);
	cp.root[0] ^= (uint8_t)p->wrong_root;
	assert_int_equal(vkey_make(&v, p->origin, NOTE_ED25519, signer_public(p->log)), 0);
	assert_int_equal(checkpoint_sign(&a.note, &cp, &v, p->log), 0);
	assert_int_equal(keys_print(&a.keys, &p->keys, p->root), 0);
	memcpy(a.log, p->log_id, HASH_LEN);
	memcpy(a.device, p->device, HASH_LEN);
	memcpy(a.nonce, NONCE, sizeof(a.nonce));
	a.time = 1760000000001;
	a.index = p->index;
	buf_init(out, ENROLLED_MAX);
	assert_int_equal(enrolled_print(out, &a, p->service), 0);
	enrolled_free(&a);
}

static void
judge(const struct buf *b, const uint8_t root[HASH_LEN], const uint8_t nonce[16], const char *rule)
{
	struct enrolled a;
	struct err e = { "" };
	int ret;

	enrolled_init(&a);
	ret = enrolled_parse(&a, b->data, b->len, root, nonce, &e);
	enrolled_free(&a);
	if (ret != (rule ? -1 : 0) || (rule && !strstr(e.text, rule)))
		fail_msg("%s expected: %d \"%s\"", rule ? rule : "acceptance", ret, e.text);
}

static void
judge_parts(const struct parts *p, const char *rule)
{
	struct token t = a_token();
	struct buf b;

	put_answer(&b, p);
	judge(&b, t.root, NONCE, rule);
	buf_free(&b);
}

static void
an_answer_reads_back(void **state)
{
	struct token t = a_token();
	struct parts p = good_parts();
	struct enrolled a;
	struct buf b, again;
	struct record r;
	struct invitation i;
	struct enrol_statement st;

	(void)state;
	put_answer(&b, &p);
	enrolled_init(&a);
	/* Twice into the same object: buffers start afresh. */
	assert_int_equal(enrolled_parse(&a, b.data, b.len, t.root, NONCE, NULL), 0);
	assert_int_equal(enrolled_parse(&a, b.data, b.len, t.root, NONCE, NULL), 0);
	assert_int_equal(a.index, INDEX);
	assert_int_equal(a.time, 1760000000001);
	buf_init(&again, ENROLLED_MAX);
	assert_int_equal(enrolled_print(&again, &a, county.service), 0);
	assert_int_equal(again.len, b.len);
	assert_memory_equal(again.data, b.data, b.len);
	assert_int_equal(record_parse(&r, a.record.data + 1, a.record.len - 1, NULL), 0);
	assert_int_equal(enrol_record_invitation(&i, &r), 0);
	assert_string_equal(i.place, PLACE);
	assert_int_equal(i.has_for, 0);
	buf_reset(&again);
	assert_int_equal(invitation_print(&again, &i), 0);
	assert_int_equal(enrol_record_statement(&st, &r), 0);
	assert_memory_equal(st.device, a.device, HASH_LEN);
	record_free(&r);
	enrolled_free(&a);
	enrolled_free(NULL);
	buf_free(&again);
	buf_free(&b);
}

static void
an_answer_of_anothers_keys_is_refused(void **state)
{
	struct token t = a_token();
	struct parts p = good_parts();
	struct buf b;
	uint8_t nonce[16];

	(void)state;
	judge_parts(&p, NULL);
	put_answer(&b, &p);
	t.root[5] ^= 1;
	judge(&b, t.root, NONCE, "root key is not the token's");
	t = a_token();
	memcpy(nonce, NONCE, sizeof(nonce));
	nonce[15] ^= 1;
	judge(&b, t.root, nonce, "nonce");
	buf_free(&b);
	/* Another county that serves its own keys, whole and in order. */
	p.keys = other.keys;
	p.root = other.root;
	p.service = other.service;
	judge_parts(&p, "root key is not the token's");
	p = good_parts();
	p.service = other.service;
	judge_parts(&p, "signature is not the service key's");
	p = good_parts();
	p.service = county.root;
	judge_parts(&p, "signature is not the service key's");
	p = good_parts();
	p.log_id[0] ^= 1;
	judge_parts(&p, "the log is not that of county.keys");
}

static void
an_answer_of_anothers_log_is_refused(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.log = other.log;
	judge_parts(&p, "enrolment answer: ");
	p = good_parts();
	p.origin = "another.example";
	judge_parts(&p, "enrolment answer: ");
	p = good_parts();
	p.wrong_root = 1;
	judge_parts(&p, "proof does not lead");
	p = good_parts();
	p.other_leaf = 1;
	judge_parts(&p, "proof does not lead");
	p = good_parts();
	p.index = INDEX - 1;
	judge_parts(&p, "proof does not lead");
	p.index = LEAVES;
	judge_parts(&p, "proof does not lead");
}

static void
an_answer_with_anothers_record_is_refused(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.recorder = other.service;
	judge_parts(&p, "record's signature");
	p = good_parts();
	p.prover = other.device;
	judge_parts(&p, "record's proof");
	p = good_parts();
	p.record_log[0] ^= 1;
	judge_parts(&p, "record is of another log");
	p = good_parts();
	p.record_device[0] ^= 1;
	judge_parts(&p, "record is of another device");
	p = good_parts();
	p.kind = RECORD_REVOKE;
	judge_parts(&p, "not of kind enrol");
	p = good_parts();
	p.not_record = 1;
	judge_parts(&p, "leaf is no record");
}

static void
no_mutation_of_an_answer_is_accepted(void **state)
{
	static uint8_t text[ENROLLED_MAX];
	struct token t = a_token();
	struct parts p = good_parts();
	uint64_t seed = 5;
	struct buf b;

	(void)state;
	put_answer(&b, &p);
	for (int round = 0; round < 1000; round++) {
		struct enrolled a;
		size_t n = b.len;

		memcpy(text, b.data, n);
		n = mutate(text, n, sizeof(text), &seed);
		enrolled_init(&a);
		if (enrolled_parse(&a, text, n, t.root, NONCE, NULL) == 0 && (n != b.len || memcmp(text, b.data, n) != 0))
			fail_msg("accepted: %.*s", (int)n, (const char *)text);
		enrolled_free(&a);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_may_be_typed_in_either_case),
		cmocka_unit_test(a_mistyped_token_is_refused),
		cmocka_unit_test(a_request_proves_key_and_secret),
		cmocka_unit_test(a_request_of_another_key_is_not_made),
		cmocka_unit_test(each_line_of_a_request_has_its_place),
		cmocka_unit_test(an_altered_request_proves_nothing),
		cmocka_unit_test(an_invitation_says_what_it_is_for),
		cmocka_unit_test(an_answer_reads_back),
		cmocka_unit_test(an_answer_of_anothers_keys_is_refused),
		cmocka_unit_test(an_answer_of_anothers_log_is_refused),
		cmocka_unit_test(an_answer_with_anothers_record_is_refused),
		cmocka_unit_test(no_mutation_of_an_answer_is_accepted),
	};

	return cmocka_run_group_tests_name("enrol", tests, setup, teardown);
}
