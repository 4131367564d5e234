#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/enc.h"
#include "crypto/hash.h"
#include "sync/bundle.h"
#include "tests/lib/golden.h"

#define PARTS 5

static struct signer *device;
static struct sealer *county;
static struct buf file;
static size_t begins[PARTS + 1]; /* of each part, and the end */
static char seen[PARTS * 16];
static struct bundle head;

static int
setup(void **state)
{
	char text[32];
	int i;

	(void)state;
	if (crypto_init(NULL) != 0)
		return -1;
	device = signer_new(NULL);
	county = sealer_new(NULL);
	if (device == NULL || county == NULL)
		return -1;
	memset(&head, 0, sizeof(head));
	memset(head.log, 1, HASH_LEN);
	memcpy(head.device, signer_keyhash(device), HASH_LEN);
	head.up = 1;
	head.counter = 7;
	head.parts = PARTS;
	buf_init(&file, 65536);
	if (bundle_head(&file, &head, device) != 0)
		return -1;
	for (i = 0; i < PARTS; i++) {
		begins[i] = file.len;
		(void)snprintf(text, sizeof(text), "part %d TB01", i); /* the magic inside is no beginning: it is sealed */
		if (bundle_part(&file, i == 0 ? BUNDLE_REQUEST : BUNDLE_FRAME, text, strlen(text), sealer_public(county)) != 0)
			return -1;
	}
	begins[PARTS] = file.len;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(device);
	sealer_free(county);
	buf_free(&file);
	return 0;
}

static int
note(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	size_t at = strlen(seen);

	(void)ctx;
	assert_true(n == 11 && kind == (p[5] == '0' ? BUNDLE_REQUEST : BUNDLE_FRAME));
	seen[at] = (char)p[5];
	seen[at + 1] = '\0';
	return 0;
}

static int
note_any(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	assert_true(kind >= BUNDLE_REQUEST && kind <= BUNDLE_ATTACHMENT && n > 0);
	return 0;
}

static struct bundle_found
look(const uint8_t *p, size_t n)
{
	struct bundle_found f;

	seen[0] = '\0';
	assert_int_equal(bundle_each(p, n, county, note, NULL, &f), 0);
	return f;
}

static void
there_and_back(void **state)
{
	struct bundle b;
	struct bundle_found f;
	struct err e = { "" };
	size_t used;

	(void)state;
	assert_int_equal(bundle_parse(&b, &used, file.data, file.len, &e), 0);
	assert_int_equal(used, begins[0]);
	assert_memory_equal(b.log, head.log, HASH_LEN);
	assert_memory_equal(b.device, head.device, HASH_LEN);
	assert_memory_equal(b.signer, signer_keyhash(device), HASH_LEN);
	assert_true(b.up == 1 && b.counter == 7 && b.parts == PARTS);
	assert_int_equal(bundle_verify(file.data, file.len, signer_public(device)), 1);
	file.data[40] ^= 1; /* in the log's hash: another digit or none */
	assert_int_equal(bundle_verify(file.data, file.len, signer_public(device)), 0);
	file.data[40] ^= 1;
	f = look(file.data + used, file.len - used);
	assert_string_equal(seen, "01234");
	assert_true(f.whole == PARTS && f.damaged == 0);
	assert_null(memmem(file.data + used, file.len - used, "part", 4));
}

/* Goal: whoever carries a bundle reads nothing. */
static void
another_key(void **state)
{
	struct sealer *thief = sealer_new(NULL);
	struct bundle_found f;

	(void)state;
	assert_non_null(thief);
	seen[0] = '\0';
	assert_int_equal(bundle_each(file.data + begins[0], file.len - begins[0], thief, note, NULL, &f), 0);
	assert_true(f.whole == 0 && f.damaged == 1 && seen[0] == '\0');
	sealer_free(thief);
}

/* Goal: every byte behind the head, altered, costs at most the one part it stands in. */
static void
damage_costs_one_part(void **state)
{
	struct bundle_found f;
	size_t i, part, n = file.len - begins[0];

	(void)state;
	for (i = begins[0]; i < file.len; i++) {
		for (part = 0; i >= begins[part + 1]; part++)
			;
		file.data[i] ^= 0x40;
		f = look(file.data + begins[0], n);
		file.data[i] ^= 0x40;
		if (f.whole != PARTS - 1 || f.damaged != 1 || strchr(seen, (int)('0' + part)) != NULL)
			fail_msg("byte %zu of part %zu: %s", i - begins[part], part, seen);
	}
}

/* Goal: a file cut anywhere yields its whole parts. */
static void
cut_anywhere(void **state)
{
	struct bundle_found f;
	size_t i, part;

	(void)state;
	for (i = begins[0]; i < file.len; i++) {
		for (part = 0; i >= begins[part + 1]; part++)
			;
		f = look(file.data + begins[0], i - begins[0]);
		assert_int_equal(f.whole, part);
		assert_int_equal(f.damaged, i > begins[part]);
	}
}

/* Goal: a file full of beginnings of parts takes seconds, not days; parts before it are read. */
static void
full_of_beginnings(void **state)
{
	static const uint8_t begin[8] = { 'T', 'B', '0', '1', 0, 0x10, 0, 0 }; /* says that it has a megabyte */
	struct bundle_found f;
	struct buf b;
	size_t i, n = file.len - begins[0];

	(void)state;
	buf_init(&b, 5U << 20);
	assert_int_equal(buf_put(&b, file.data + begins[0], n), 0);
	for (i = 0; i < (3U << 20) / sizeof(begin); i++)
		assert_int_equal(buf_put(&b, begin, sizeof(begin)), 0);
	(void)alarm(60); /* opening a megabyte 400,000 times would take an hour */
	f = look(b.data, b.len);
	(void)alarm(0);
	assert_true(f.whole == PARTS && f.damaged == 1);
	buf_free(&b);
}

/* Goal: bundles of the other implementation are read. */
static void
golden(void **state)
{
	cJSON *index = golden_index();
	const cJSON *facts = golden_facts(index, "bundle up");
	struct buf b, again;
	struct bundle h;
	struct err e = { "" };
	uint8_t key[KEY_LEN], secret[32], name[] = "tallystick golden sealing";
	struct sealer *sealing;
	struct bundle_found f;
	size_t used;

	(void)state;
	golden_read(&b, facts);
	golden_hex(facts, "key", key, KEY_LEN);
	assert_int_equal(bundle_parse(&h, &used, b.data, b.len, &e), 0);
	assert_int_equal(bundle_verify(b.data, b.len, key), 1);
	sha256(secret, name, sizeof(name) - 1);
	sealing = sealer_new(secret);
	assert_non_null(sealing);
	seen[0] = '\0';
	assert_int_equal(bundle_each(b.data + used, b.len - used, sealing, note_any, NULL, &f), 0);
	assert_true(f.whole == h.parts && f.damaged == 0);
	/* and printed as they were */
	buf_init(&again, BUNDLE_HEAD_MAX);
	device = golden_signer("device 2");
	assert_int_equal(bundle_head(&again, &h, device), 0);
	assert_int_equal(again.len, used);
	assert_memory_equal(again.data, b.data, used);
	signer_free(device);
	sealer_free(sealing);
	buf_free(&again);
	buf_free(&b);
	cJSON_Delete(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(another_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(damage_costs_one_part, setup, teardown),
	    cmocka_unit_test_setup_teardown(cut_anywhere, setup, teardown),
	    cmocka_unit_test_setup_teardown(full_of_beginnings, setup, teardown),
	    cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
