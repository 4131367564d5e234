#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/sigtext.h"
#include "sync/request.h"
#include "tests/lib/golden.h"
#include "tests/lib/mutate.h"

static struct signer *device, *other;

static int
setup(void **state)
{
	uint8_t seed[SEED_LEN] = { 1 };

	(void)state;
	if (crypto_init(NULL) != 0)
		return -1;
	device = signer_new(seed);
	seed[0] = 2;
	other = signer_new(seed);
	return device == NULL || other == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(device);
	signer_free(other);
	return 0;
}

static void
make(struct request *r, size_t nhints)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	memset(r->log, 1, HASH_LEN);
	memcpy(r->device, signer_keyhash(device), HASH_LEN);
	r->epoch = 3;
	r->counter = (UINT64_C(1) << 53) - 1;
	memset(r->nonce, 4, sizeof(r->nonce));
	r->size = 0;
	r->records = 12;
	r->nhints = nhints;
	for (i = 0; i < nhints; i++) {
		r->hint[i].epoch = (uint32_t)(nhints - i);
		r->hint[i].seq = i * 1000;
		memset(r->hint[i].entry, (int)i, HASH_LEN);
	}
}

static void
test_round_trip(void **state)
{
	struct request r, q;
	struct err e = { "" };
	struct buf b;
	size_t n, used;

	(void)state;
	for (n = 0; n <= REQUEST_HINTS_MAX; n++) {
		make(&r, n);
		buf_init(&b, REQUEST_HEAD_MAX);
		assert_int_equal(request_print(&b, &r, device), 0);
		(void)buf_put(&b, "TF\001frames\n\n\0", 12); /* what follows is not text */
		if (request_parse(&q, &used, b.data, b.len, &e) != 0)
			fail_msg("%s", e.text);
		assert_int_equal(used, b.len - 12);
		assert_memory_equal(&q, &r, sizeof(q));
		assert_int_equal(request_verify(b.data, b.len, signer_public(device)), 1);
		assert_int_equal(request_verify(b.data, b.len, signer_public(other)), 0);
		buf_free(&b);
	}
}

/* Parse what ${body} says under a good signature.  0 or -1 with a reason. */
static int
parse_signed(const void *body, size_t n, enum dsse_type type, struct request *q)
{
	struct err e = { "" };
	struct buf b;
	size_t used;
	int rc;

	buf_init(&b, 65536);
	if (n == 0 || sigtext_sign(&b, type, body, n, device) != 0)
		rc = -1;
	else if ((rc = request_parse(q, &used, b.data, b.len, &e)) != 0)
		assert_true(e.text[0] != '\0');
	else if (!request_verify(b.data, b.len, signer_public(device)))
		rc = -1;
	buf_free(&b);
	return rc;
}

static void
test_strict(void **state)
{
	static const char *const bad[] = { "-1", "01", "x", "", "1 1", " 1", "9007199254740992", "18446744073709551616", "ABCDEF", "-" };
	struct request r, q;
	struct buf b, edited;
	size_t line, lines, n, i;
	enum edit how;

	(void)state;
	make(&r, 3);
	buf_init(&b, REQUEST_HEAD_MAX);
	buf_init(&edited, REQUEST_HEAD_MAX);
	assert_int_equal(request_print(&b, &r, device), 0);
	n = b.len - (2 * HASH_LEN + 1 + 88 + 1) - 1; /* the body */
	lines = text_lines(buf_str(&b), n);
	assert_int_equal(lines, 9 + 3);
	assert_int_equal(parse_signed(b.data, n, DSSE_REQUEST, &q), 0);
	assert_int_equal(parse_signed(b.data, n, DSSE_ANSWER, &q), -1); /* signed as something else */
	for (line = 0; line < lines; line++) {
		for (how = EDIT_DROP; how <= EDIT_SWAP; how++) {
			if (how == EDIT_SWAP && (line == 8 || line == 9))
				continue; /* two hints in another order are as good */
			text_edit(&edited, buf_str(&b), n, line, how);
			if (how == EDIT_SWAP && line + 1 == lines)
				continue;
			if (parse_signed(edited.data, edited.len, DSSE_REQUEST, &q) == 0)
				fail_msg("line %zu, edit %d was accepted", line + 1, how);
		}
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			text_value(&edited, buf_str(&b), n, line, bad[i]);
			if (parse_signed(edited.data, edited.len, DSSE_REQUEST, &q) == 0)
				fail_msg("line %zu with \"%s\" was accepted", line + 1, bad[i]);
		}
	}
	text_value(&edited, buf_str(&b), n, 3, "0"); /* epochs count from 1 */
	assert_int_equal(parse_signed(edited.data, edited.len, DSSE_REQUEST, &q), -1);
	text_value(&edited, buf_str(&b), n, 7, "17");
	assert_int_equal(parse_signed(edited.data, edited.len, DSSE_REQUEST, &q), -1);
	buf_free(&b);
	buf_free(&edited);
}

static void
test_two_signatures(void **state)
{
	struct request r, q;
	struct err e = { "" };
	struct buf b, two;
	struct sigtext t;
	size_t used;

	(void)state;
	make(&r, 0);
	buf_init(&b, REQUEST_HEAD_MAX);
	buf_init(&two, REQUEST_HEAD_MAX);
	assert_int_equal(request_print(&b, &r, device), 0);
	assert_int_equal(sigtext_parse(&t, b.data, b.len, &e), 0);
	(void)buf_put(&two, b.data, b.len);
	assert_int_equal(sigtext_cosign(&two, DSSE_REQUEST, t.body, t.body_len, other), 0);
	/* the second line is no part of the head: it stands where frames do */
	assert_int_equal(request_parse(&q, &used, two.data, two.len, &e), 0);
	assert_int_equal(used, b.len);
	buf_free(&b);
	buf_free(&two);
}

static void
test_damage(void **state)
{
	static uint8_t bytes[REQUEST_HEAD_MAX];
	struct request r, q;
	struct err e = { "" };
	uint64_t rnd = 9;
	struct buf b;
	size_t n, used;
	int i;

	(void)state;
	make(&r, 2);
	buf_init(&b, REQUEST_HEAD_MAX);
	assert_int_equal(request_print(&b, &r, device), 0);
	for (n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, b.data, n);
		assert_int_equal(request_parse(&q, &used, cut, n, &e), -1);
		assert_int_equal(request_verify(cut, n, signer_public(device)), 0);
		free(cut);
	}
	for (i = 0; i < 20000; i++) {
		memcpy(bytes, b.data, b.len);
		n = mutate(bytes, b.len, sizeof(bytes), &rnd);
		if (request_parse(&q, &used, bytes, n, &e) == 0 && request_verify(bytes, n, signer_public(device)))
			assert_memory_equal(&q, &r, sizeof(q)); /* only what follows was changed */
	}
	/* a head that never ends is not looked for beyond the limit */
	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(request_parse(&q, &used, bytes, sizeof(bytes), &e), -1);
	buf_free(&b);
}

static void
test_golden(void **state)
{
	cJSON *index = golden_index();
	const cJSON *facts = golden_facts(index, "request");
	struct signer *s = golden_signer("device 2");
	uint8_t key[KEY_LEN];
	struct request r;
	struct err e = { "" };
	struct buf b, again;
	size_t used;

	(void)state;
	golden_read(&b, facts);
	golden_hex(facts, "key", key, KEY_LEN);
	if (request_parse(&r, &used, b.data, b.len, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(request_verify(b.data, b.len, key), 1);
	buf_init(&again, REQUEST_HEAD_MAX);
	assert_int_equal(request_print(&again, &r, s), 0); /* Ed25519 signs the same every time */
	assert_int_equal(again.len, used);
	assert_memory_equal(again.data, b.data, used);
	buf_free(&again);
	buf_free(&b);
	signer_free(s);
	cJSON_Delete(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_two_signatures),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests_name("request", tests, setup, teardown);
}
