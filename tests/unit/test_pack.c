/* Goal: signed texts come out of their packed form byte for byte, also odd ones; what does not unpack is refused, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sign.h"
#include "sync/answer.h"
#include "sync/pack.h"
#include "sync/request.h"
#include "tests/lib/mutate.h"

static struct signer *key;

static int
setup(void **state)
{
	uint8_t seed[SEED_LEN] = { 3 };

	(void)state;
	return crypto_init(NULL) != 0 || (key = signer_new(seed)) == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(key);
	return 0;
}

static void
there_and_back(const char *text, size_t n)
{
	struct buf packed, plain;

	buf_init(&packed, 1U << 20);
	buf_init(&plain, 1U << 20);
	assert_int_equal(pack_text(&packed, text, n), 0);
	assert_int_equal(unpack_text(&plain, packed.data, packed.len), 0);
	assert_int_equal(plain.len, n);
	if (n > 0)
		assert_memory_equal(plain.data, text, n);
	buf_free(&packed);
	buf_free(&plain);
}

static void
test_texts(void **state)
{
	static const char *const odd[] = {
		"", "\n", "a", "0123456789abcdef", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAB==", "AAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAA==", "AAAAAAAAAAAAAB==", "===================", "hash 0123456789abcdef0123456789abcdef\nhash ////////////////////++++\n", "tallystick/answer/v1\n",
		"note dGFsbHlzdGljay9yZWNvcmQvdjEKMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYK\n", "record AnRhbGx5c3RpY2svcmVjb3JkL3YxCg==\n", "record AgIC\n",
		"\xe2\x80\x94 name AAAAAAAAAAAAAAAAAAAA\n", "note ZEdGc2JIbHpkR2xqYXk5eVpXTnZjbVF2ZGpFS01ERXlNelExTmpjNE9XRmlZMlJsWmpBeE1qTTBOVFkzT0RsaFltTmtaV1lL\n",
	};
	char text[600];
	uint64_t rnd = 5;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		there_and_back(odd[i], strlen(odd[i]));
	for (i = 0; i < 20000; i++) {
		static const char letters[] = "0123456789abcdefABCDEFGHxyz+/= \n\n  ==";

		n = (size_t)(rnd_next(&rnd) % sizeof(text));
		for (k = 0; k < n; k++)
			text[k] = letters[rnd_next(&rnd) % (i % 3 ? 16 : sizeof(letters) - 1)];
		there_and_back(text, n);
	}
}

static void
a_request(struct buf *b, struct request *r)
{
	memset(r, 0, sizeof(*r));
	memset(r->log, 1, HASH_LEN);
	memset(r->device, 2, HASH_LEN);
	memset(r->nonce, 3, sizeof(r->nonce));
	r->epoch = 1;
	r->counter = 77;
	r->nhints = 1;
	r->hint[0] = (struct request_hint){ 1, 9, { 4 } };
	buf_init(b, REQUEST_MAX);
	assert_int_equal(request_print(b, r, key), 0);
}

static void
an_answer(struct buf *b, const struct request *r)
{
	struct answer a;

	answer_init(&a);
	memcpy(a.log, r->log, HASH_LEN);
	memcpy(a.device, r->device, HASH_LEN);
	memcpy(a.nonce, r->nonce, sizeof(a.nonce));
	a.counter = r->counter;
	a.time = 1760000000000;
	a.nfronts = 1;
	a.front[0].epoch = 1;
	buf_init(b, ANSWER_MAX);
	assert_int_equal(buf_puts(&a.note, "county.example/log\n17\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 0);
	assert_int_equal(answer_print(b, &a, key), 0);
	answer_free(&a);
}

static void
test_request(void **state)
{
	struct buf b, packed, back;
	struct request r;
	struct err e = { "" };
	size_t i, head;

	(void)state;
	a_request(&b, &r);
	head = b.len;
	assert_int_equal(buf_put(&b, "TF\001 and frames", 14), 0);
	buf_init(&packed, REQUEST_MAX);
	buf_init(&back, REQUEST_MAX);
	assert_int_equal(pack_request(&packed, b.data, b.len), 0);
	assert_true(packed.len + 200 < b.len);
	assert_int_equal(unpack_request(&back, packed.data, packed.len, &e), 0);
	assert_int_equal(back.len, b.len);
	assert_memory_equal(back.data, b.data, b.len);
	/* cut in its head: nothing; behind it: as the plain one */
	for (i = 0; i < packed.len; i++) {
		buf_reset(&back);
		if (unpack_request(&back, packed.data, i, &e) == 0)
			assert_true(back.len == head + i - (packed.len - 14));
		else
			assert_true(i < packed.len - 14 && e.text[0] != '\0');
	}
	/* what is no head is not packed, and a packed text that is none is not taken */
	buf_reset(&packed);
	assert_int_equal(pack_request(&packed, "hello\n", 6), -1);
	assert_int_equal(unpack_request(&back, "TR\002\007\001hello\n", 11, &e), -1);
	assert_int_equal(unpack_request(&back, "TR\001\007\001hello\n", 11, &e), -1);
	assert_int_equal(unpack_request(&back, "TR\002\377\377\377\377\377\377\377\377\377\001", 13, &e), -1);
	buf_free(&b);
	buf_free(&packed);
	buf_free(&back);
}

/* Only with the very request does an answer unpack to what was signed. */
static void
test_answer(void **state)
{
	struct buf req, other, b, packed, back;
	struct request r;
	struct answer a;
	struct err e = { "" };
	uint64_t rnd = 9;
	uint8_t bytes[4096];
	size_t i, n;

	(void)state;
	a_request(&req, &r);
	an_answer(&b, &r);
	buf_init(&other, REQUEST_MAX);
	buf_init(&packed, ANSWER_MAX);
	buf_init(&back, ANSWER_MAX);
	assert_int_equal(pack_answer(&packed, b.data, b.len, req.data, req.len), 0);
	assert_true(2 * packed.len < b.len);
	assert_int_equal(unpack_answer(&back, packed.data, packed.len, req.data, req.len, &e), 0);
	assert_int_equal(back.len, b.len);
	assert_memory_equal(back.data, b.data, b.len);
	/* to another request it is another text, which nobody signed, or none */
	r.nonce[0] = 99;
	assert_int_equal(request_print(&other, &r, key), 0);
	buf_reset(&back);
	answer_init(&a);
	if (unpack_answer(&back, packed.data, packed.len, other.data, other.len, &e) == 0)
		assert_int_equal(answer_parse(&a, back.data, back.len, signer_public(key), &e), -1);
	answer_free(&a);
	for (i = 0; i < 20000; i++) {
		memcpy(bytes, packed.data, packed.len);
		n = mutate(bytes, packed.len, sizeof(bytes), &rnd);
		buf_reset(&back);
		if (unpack_answer(&back, bytes, n, req.data, req.len, &e) == 0 && (back.len != b.len || memcmp(back.data, b.data, b.len) != 0))
			assert_int_equal(answer_parse(&a, back.data, back.len, signer_public(key), &e), -1);
		answer_free(&a);
	}
	buf_free(&req);
	buf_free(&other);
	buf_free(&b);
	buf_free(&packed);
	buf_free(&back);
}

/* Marks that lie about their length, nest, or would not end; and control characters, which no signed text has. */
static void
test_malformed(void **state)
{
	static const struct { const char *p; size_t n; } bad[] = {
		{ "\001\005abcd", 6 }, { "\001", 1 }, { "\005\001a", 3 }, { "\000", 1 }, { "\003\003\003\001a", 5 }, { "\004\004\004\002\001a", 6 }, { "\002\377\377\377\377\377\377\377\377\377\001", 11 },
		{ "\t", 1 }, { "\002\200\000", 3 },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 100);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&out);
		assert_int_equal(unpack_text(&out, bad[i].p, bad[i].n), -1);
	}
	buf_reset(&out);
	assert_int_equal(pack_text(&out, "a\001b", 3), -1);
	buf_reset(&out);
	assert_int_equal(unpack_text(&out, "\001\063aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 53), -1); /* 102 digits where 100 fit */
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts), cmocka_unit_test(test_request), cmocka_unit_test(test_answer), cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests_name("pack", tests, setup, teardown);
}
