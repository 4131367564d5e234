/*
 * Goal: no bit of an export can change without a finding, and the finding
 * belongs to the layer that the bit is of: once with MANIFEST as it was, once
 * with MANIFEST signed again by the county itself.  EVERYBIT=1 flips every
 * bit; else one in 16.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "evidence/manifest.h"

#define GOLDEN "tests/golden/export"
#define FILES_MAX 64
#define FILE_BYTES_MAX 65536
#define STEP 16

static struct source_item item[FILES_MAX];
static struct buf bytes[FILES_MAX];
static size_t nfiles;
static struct buf okay; /* tests/everybit.ok */

/* --- the golden export in memory */

static int
add(void *arg, const char *path, int plain)
{
	(void)arg;
	assert_true(plain);
	assert_true(nfiles < FILES_MAX);
	item[nfiles++].path = strdup(path);
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct source_item *)a)->path, ((const struct source_item *)b)->path);
}

static void
read_all(const struct source *s, const char *path, struct buf *b)
{
	struct source_file f;
	uint8_t chunk[4096];
	ssize_t n;

	assert_int_equal(source_open(s, path, &f, NULL), 0);
	while ((n = source_read(&f, chunk, sizeof(chunk))) > 0)
		assert_int_equal(buf_put(b, chunk, (size_t)n), 0);
	assert_int_equal(n, 0);
	source_close(&f);
}

static int
load(void **state)
{
	struct source s, tests;

	(void)state;
	assert_int_equal(crypto_init(NULL), 0);
	assert_int_equal(source_folder(&s, GOLDEN, NULL), 0);
	assert_int_equal(source_list(&s, add, NULL, NULL), 0);
	qsort(item, nfiles, sizeof(*item), by_path);
	for (size_t i = 0; i < nfiles; i++) {
		buf_init(&bytes[i], FILE_BYTES_MAX);
		read_all(&s, item[i].path, &bytes[i]);
		item[i].p = bytes[i].data;
		item[i].n = bytes[i].len;
	}
	source_end(&s);
	buf_init(&okay, FILE_BYTES_MAX);
	assert_int_equal(source_folder(&tests, "tests", NULL), 0);
	read_all(&tests, "everybit.ok", &okay);
	source_end(&tests);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < nfiles; i++) {
		char *path;

		memcpy(&path, &item[i].path, sizeof(path));
		free(path);
		buf_free(&bytes[i]);
	}
	buf_free(&okay);
	return 0;
}

static size_t
find(const char *path)
{
	for (size_t i = 0; i < nfiles; i++)
		if (strcmp(item[i].path, path) == 0)
			return i;
	fail_msg("%s is not in the golden export", path);
	return 0;
}

/* --- what must be found */

/* The codes of the layer that a file is of; one of them has to be among the findings. */
static const struct layer {
	const char *prefix, *suffix;
	enum code code[4];
	size_t n;
} LAYERS[] = {
	{ "MANIFEST", "", { BAD_EXPORT }, 1 },
	{ "policy.txt", "", { BAD_EXPORT }, 1 },
	{ "county.keys", "", { BAD_KEY }, 1 },
	{ "log/checkpoints/", "", { BAD_EXPORT }, 1 },
	{ "log/checkpoint", "", { BAD_CHECKPOINT, BAD_COSIGNATURE }, 2 },
	{ "log/tile/", "", { BAD_INCLUSION }, 1 },
	{ "entries/", "/headers", { BAD_CHAIN, BAD_SIGNATURE, BAD_EXPORT }, 3 },
	{ "entries/", "/sigs", { BAD_SIGNATURE, BAD_EXPORT }, 2 },
	{ "entries/", "/payloads", { BAD_PAYLOAD, BAD_EXPORT }, 2 },
	{ "entries/", "/personals", { BAD_PERSONAL, BAD_ERASURE, BAD_EXPORT }, 3 },
	{ "forms/", "", { BAD_FORM }, 1 },
};

static const struct layer *
layer_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(LAYERS) / sizeof(LAYERS[0]); i++) {
		size_t pre = strlen(LAYERS[i].prefix), suf = strlen(LAYERS[i].suffix);

		if (strncmp(path, LAYERS[i].prefix, pre) == 0 && n >= pre + suf && strcmp(path + n - suf, LAYERS[i].suffix) == 0)
			return &LAYERS[i];
	}
	fail_msg("%s belongs to no layer of this test", path);
	return NULL;
}

static int
is_okay(const char *path, size_t bit)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "\n%s %zu\n", path, bit);
	return strstr(buf_str(&okay), line) != NULL;
}

static void
judge(const char *path, size_t bit, int resigned)
{
	struct audit_options o = { .policy = NULL };
	const struct layer *l = layer_of(path);
	struct audit a;
	struct err e;
	size_t found = 0;

	source_memory(&o.src, item, nfiles);
	if (audit_run(&o, &a, &e) != 0)
		fail_msg("%s: bit %zu: %s", path, bit, e.text);
	for (size_t i = 0; i < l->n; i++)
		found += findings_count(&a.findings, l->code[i]);
	/* the sum alone tells where MANIFEST was not signed again */
	if (!resigned && findings_count(&a.findings, BAD_EXPORT) == 0)
		found = 0;
	if ((found == 0 || a.verdict == VERDICT_OK) && !is_okay(path, bit))
		fail_msg("%s: bit %zu%s: verdict %d, first finding %s", path, bit, resigned ? ", signed again" : "", (int)a.verdict,
		    a.findings.n ? code_name(a.findings.f[0].code) : "none");
	audit_free(&a);
}

/* --- the county itself signs MANIFEST over the changed file */

static struct signer *
service_key(void)
{
	static const char name[] = "tallystick golden service";
	uint8_t seed[SEED_LEN];

	sha256(seed, name, sizeof(name) - 1);
	return signer_new(seed);
}

static void
sign_again(struct buf *out, const struct buf *manifest, const struct signer *s, size_t changed)
{
	struct manifest m;

	assert_int_equal(manifest_parse(&m, manifest->data, manifest->len, NULL), 0);
	for (size_t i = 0; i < m.nfiles; i++)
		if (strcmp(m.files[i].path, item[changed].path) == 0)
			sha256(m.files[i].hash, item[changed].p, item[changed].n);
	buf_reset(out);
	assert_int_equal(manifest_print(out, &m, m.origin, s), 0);
	manifest_free(&m);
}

static void
flip_all(int resigned)
{
	size_t manifest = find("MANIFEST"), step = getenv("EVERYBIT") != NULL ? 1 : STEP;
	struct signer *s = service_key();
	struct buf again;

	buf_init(&again, FILE_BYTES_MAX);
	for (size_t i = 0; i < nfiles; i++) {
		if (resigned && i == manifest)
			continue;
		/* another bit of the byte each time */
		for (size_t n = 0; n < bytes[i].len * 8 / step; n++) {
			size_t bit = n * step + n * 7 % step;

			bytes[i].data[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
			if (resigned) {
				sign_again(&again, &bytes[manifest], s, i);
				item[manifest].p = again.data;
				item[manifest].n = again.len;
			}
			judge(item[i].path, bit, resigned);
			bytes[i].data[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
		}
	}
	item[manifest].p = bytes[manifest].data;
	item[manifest].n = bytes[manifest].len;
	buf_free(&again);
	signer_free(s);
}

static void
test_unchanged(void **state)
{
	struct audit_options o = { .policy = NULL };
	struct audit a;

	(void)state;
	source_memory(&o.src, item, nfiles);
	assert_int_equal(audit_run(&o, &a, NULL), 0);
	assert_int_equal(a.verdict, VERDICT_OK);
	assert_int_equal(a.entries, 3);
	assert_int_equal(a.valid, 3);
	audit_free(&a);
}

static void
test_every_bit(void **state)
{
	(void)state;
	flip_all(0);
}

static void
test_every_bit_signed_again(void **state)
{
	(void)state;
	flip_all(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_every_bit_signed_again),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
