/*
 * Goal: county.keys is printed and read back; one that is not strict, holds a
 * key that is no point of prime order, or is not signed by its own root key
 * is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/keys.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"
#include "tests/lib/county.h"
#include "tests/lib/mutate.h"

#define BODY_LINES 13

static struct test_county county, other;
static struct buf file;

static int
setup(void **state)
{
	(void)state;
	buf_init(&file, KEYS_MAX);
	if (county_make(&county, 10) || county_make(&other, 20))
		return -1;
	return keys_print(&file, &county.keys, county.root);
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&file);
	county_free(&county);
	county_free(&other);
	return 0;
}

static void
what_is_printed_reads_back(void **state)
{
	struct county_keys k;
	struct buf again;
	uint8_t hash[HASH_LEN], want[HASH_LEN];

	(void)state;
	assert_int_equal(keys_parse(&k, file.data, file.len, NULL), 0);
	assert_string_equal(k.name, county.keys.name);
	assert_memory_equal(k.log_id, county.keys.log_id, HASH_LEN);
	assert_memory_equal(k.sealing, county.keys.sealing, 32);
	assert_int_equal(k.ntls, 2);
	keys_root_hash(&k, hash);
	sha256(want, signer_public(county.root), KEY_LEN);
	assert_memory_equal(hash, want, HASH_LEN);
	buf_init(&again, KEYS_MAX);
	assert_int_equal(keys_print(&again, &k, county.root), 0);
	assert_int_equal(again.len, file.len);
	assert_memory_equal(again.data, file.data, file.len);
	buf_free(&again);
}

static void
refused(const struct buf *b, const char *word)
{
	struct county_keys k;
	struct err e = { "" };

	if (keys_parse(&k, b->data, b->len, &e) == 0)
		fail_msg("accepted: %s", buf_str(b));
	if (word && !strstr(e.text, word))
		fail_msg("\"%s\" does not say %s", e.text, word);
}

/* The body of the file with one line's value replaced, signed afresh: is it read? */
static int
reads_with(size_t line, const char *value, const char *word)
{
	struct county_keys k;
	struct sigtext t;
	struct err e = { "" };
	struct buf body, out;
	int ret;

	buf_init(&body, KEYS_MAX);
	buf_init(&out, KEYS_MAX + 1024);
	assert_int_equal(sigtext_parse(&t, file.data, file.len, NULL), 0);
	text_value(&body, t.body, t.body_len, line, value);
	assert_int_equal(sigtext_sign(&out, DSSE_KEYS, body.data, body.len, county.root), 0);
	ret = keys_parse(&k, out.data, out.len, &e);
	if (ret && word && !strstr(e.text, word))
		fail_msg("\"%s\" does not say %s", e.text, word);
	buf_free(&body);
	buf_free(&out);
	return ret == 0;
}

static void
each_line_has_its_place(void **state)
{
	static const char *const names[BODY_LINES] = { "tallystick/keys/v1", "origin", "name", "version", "issued", "root", "log",
		"service", "sealing", "tls", "spki", "spki", "" };
	struct buf out;

	(void)state;
	buf_init(&out, KEYS_MAX);
	for (size_t l = 0; l < BODY_LINES - 1; l++) {
		text_edit(&out, buf_str(&file), file.len, l, EDIT_DROP);
		refused(&out, l < 10 ? names[l] : "spki");
		text_edit(&out, buf_str(&file), file.len, l, EDIT_DOUBLE);
		refused(&out, l < 10 ? names[l + 1] : "one too many");
		text_edit(&out, buf_str(&file), file.len, l, EDIT_SWAP);
		refused(&out, l < 10 ? names[l] : NULL);
	}
	buf_free(&out);
}

static void
each_value_has_its_type(void **state)
{
	char name[KEYS_NAME_MAX + 1], b64[64];
	uint8_t identity[KEY_LEN] = { 1 };
	struct buf line;
	struct vkey v;

	(void)state;
	assert_true(reads_with(1, "county.example", NULL));
	assert_false(reads_with(1, "county2.example", "origin"));
	assert_false(reads_with(1, "county example", "origin"));
	assert_true(reads_with(2, "a  b c ", NULL));
	assert_false(reads_with(2, "", "name"));
	assert_false(reads_with(2, "a\tb", "name"));
	assert_false(reads_with(2, "a\x7f", "name"));
	memset(name, 'x', sizeof(name));
	name[KEYS_NAME_MAX] = '\0';
	assert_false(reads_with(2, name, "name"));
	name[KEYS_NAME_MAX - 1] = '\0';
	assert_true(reads_with(2, name, NULL));
	assert_false(reads_with(3, "0", "version"));
	assert_false(reads_with(3, "01", "version"));
	assert_true(reads_with(3, "9007199254740991", NULL));
	assert_false(reads_with(3, "9007199254740992", "version"));
	assert_true(reads_with(4, "0", NULL));
	assert_false(reads_with(4, "-1", "issued"));
	buf_init(&line, 1024);
	(void)buf_b64(&line, identity, KEY_LEN);
	(void)snprintf(b64, sizeof(b64), "%s", buf_str(&line));
	assert_false(reads_with(5, b64, "root"));
	assert_false(reads_with(7, b64, "service"));
	assert_false(reads_with(8, "AAAA", "sealing"));
	buf_reset(&line);
	assert_int_equal(vkey_make(&v, "county.example", NOTE_COSIGNATURE, signer_public(county.log)), 0);
	(void)vkey_print(&line, &v);
	assert_false(reads_with(6, buf_str(&line), "log"));
	buf_reset(&line);
	assert_int_equal(vkey_make(&v, "county.example", NOTE_ED25519, identity), 0);
	(void)vkey_print(&line, &v);
	assert_false(reads_with(6, buf_str(&line), "log"));
	assert_false(reads_with(9, "1", "one too many"));
	assert_false(reads_with(9, "3", "spki"));
	assert_false(reads_with(9, "9", "TLS"));
	assert_false(reads_with(10, "00", "spki"));
	buf_free(&line);
}

static void
another_key_may_not_sign(void **state)
{
	struct county_keys k = county.keys;
	struct sigtext t;
	struct buf out;

	(void)state;
	buf_init(&out, KEYS_MAX + 1024);
	assert_int_equal(keys_print(&out, &k, other.root), -1);
	assert_int_equal(out.len, 0);
	assert_int_equal(sigtext_parse(&t, file.data, file.len, NULL), 0);
	assert_int_equal(sigtext_sign(&out, DSSE_KEYS, t.body, t.body_len, other.root), 0);
	refused(&out, "root key's");
	buf_reset(&out);
	assert_int_equal(sigtext_sign(&out, DSSE_RECORD, t.body, t.body_len, county.root), 0);
	refused(&out, "root key's");
	buf_reset(&out);
	assert_int_equal(sigtext_sign(&out, DSSE_KEYS, t.body, t.body_len, county.root), 0);
	assert_int_equal(sigtext_cosign(&out, DSSE_KEYS, t.body, t.body_len, county.service), 0);
	refused(&out, "exactly one");
	buf_reset(&out);
	(void)buf_put(&out, file.data, file.len);
	(void)buf_putc(&out, '\n');
	refused(&out, "exactly one");
	buf_free(&out);
}

static void
what_would_be_refused_is_not_printed(void **state)
{
	struct county_keys k = county.keys;
	struct buf out;

	(void)state;
	buf_init(&out, KEYS_MAX);
	k.name[0] = '\0';
	assert_int_equal(keys_print(&out, &k, county.root), -1);
	k = county.keys;
	k.version = 0;
	assert_int_equal(keys_print(&out, &k, county.root), -1);
	k = county.keys;
	k.ntls = KEYS_TLS_MAX + 1;
	assert_int_equal(keys_print(&out, &k, county.root), -1);
	k.ntls = KEYS_TLS_MAX;
	assert_int_equal(keys_print(&out, &k, county.root), 0);
	buf_free(&out);
}

static void
no_mutation_is_accepted(void **state)
{
	uint64_t seed = 7;
	uint8_t text[2 * KEYS_MAX];

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct county_keys k;
		size_t n = file.len;

		memcpy(text, file.data, n);
		n = mutate(text, n, sizeof(text), &seed);
		if (keys_parse(&k, text, n, NULL) == 0 && (n != file.len || memcmp(text, file.data, n) != 0))
			fail_msg("accepted: %.*s", (int)n, (const char *)text);
	}
}

static void
days_exist(void **state)
{
	static const struct { const char *text; int day, ok; } dates[] = {
		{ "2025-01-31", 1, 1 }, { "2025-04-31", 1, 0 }, { "2024-02-29", 1, 1 }, { "2023-02-29", 1, 0 }, { "2000-02-29", 1, 1 },
		{ "1900-02-29", 1, 0 }, { "2025-00-01", 1, 0 }, { "2025-12-00", 1, 0 }, { "0000-01-01", 1, 0 }, { "2025-1-011", 1, 0 },
		{ "2025-12", 0, 1 }, { "2025-13", 0, 0 }, { "2025-12", 1, 0 }, { "2025-12-01", 0, 0 }, { "2o25-12", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		assert_int_equal(value_date((struct field){ dates[i].text, strlen(dates[i].text) }, dates[i].day), dates[i].ok);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(each_line_has_its_place),
		cmocka_unit_test(each_value_has_its_type),
		cmocka_unit_test(another_key_may_not_sign),
		cmocka_unit_test(what_would_be_refused_is_not_printed),
		cmocka_unit_test(no_mutation_is_accepted),
		cmocka_unit_test(days_exist),
	};

	return cmocka_run_group_tests_name("keys", tests, setup, teardown);
}
