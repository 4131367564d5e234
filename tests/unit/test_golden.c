/* Goal: entries, leaves and exports as another implementation writes them are read, verified, and made again byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/export.h"
#include "evidence/leaf.h"
#include "evidence/tile.h"
#include "tests/lib/golden.h"

#define FILE_CAP (1U << 20)

static cJSON *golden;
static const char *const SIGNERS[] = { "device", "device 2", "device 3", "cadre", "service" };
#define NSIGNERS (sizeof(SIGNERS) / sizeof(SIGNERS[0]))
static struct signer *signers[NSIGNERS];

/* The golden key pair with the public key that INDEX.json names. */
static const struct signer *
signer_of(const cJSON *facts, const char *name)
{
	uint8_t key[KEY_LEN];

	golden_hex(facts, name, key, KEY_LEN);
	for (size_t i = 0; i < NSIGNERS; i++)
		if (memcmp(signer_public(signers[i]), key, KEY_LEN) == 0)
			return signers[i];
	fail_msg("\"%s\" is none of the golden keys", name);
	return NULL;
}

static void
assert_bytes(const struct buf *got, const void *want, size_t n)
{
	assert_int_equal(got->len, n);
	assert_memory_equal(got->data, want, n);
}

/* The signature line verifies and, signing being deterministic, comes out the same again. */
static void
judge_sig(const struct sigline *l, const struct signer *s, const void *header, size_t n)
{
	uint8_t sig[SIG_LEN];

	assert_memory_equal(l->keyhash, signer_keyhash(s), HASH_LEN);
	assert_int_equal(dsse_verify(l->sig, DSSE_ENTRY, header, n, signer_public(s)), 1);
	assert_int_equal(dsse_sign(sig, s, DSSE_ENTRY, header, n), 0);
	assert_memory_equal(sig, l->sig, SIG_LEN);
}

static void
judge_epoch_open(const struct entry *h, const struct export_entry *x, const struct signer *s)
{
	struct epoch_open o;
	struct buf b;

	assert_int_equal(epoch_open_parse(&o, x->payload, x->payload_len, h->epoch, NULL), 0);
	assert_memory_equal(o.key, signer_public(s), KEY_LEN);
	buf_init(&b, ENTRY_PAYLOAD_MAX);
	assert_int_equal(epoch_open_print(&b, &o, h->epoch), 0);
	assert_bytes(&b, x->payload, x->payload_len);
	if (h->epoch > 1) {
		assert_int_equal(o.has_former, strcmp(o.reason, "lost-key") != 0);
		buf_reset(&b);
		assert_int_equal(epoch_endorsement(&b, h->device, h->epoch, o.key, h->prev), 0);
		assert_int_equal(!o.has_former || dsse_verify(o.former, DSSE_ENROL, b.data, b.len, signer_public(signers[0])), 1);
	}
	buf_free(&b);
}

/* One entry in the form of a forked one. */
static void
judge_entry(const cJSON *facts)
{
	const cJSON *person = cJSON_GetObjectItemCaseSensitive(facts, "person");
	uint8_t salt[ENTRY_SALT_LEN], want[HASH_LEN], got[HASH_LEN];
	const struct signer *s = signer_of(facts, "key");
	struct err e = { "" };
	struct sigline sigs[2];
	struct export_entry x;
	struct buf file, again;
	struct entry h;

	golden_read(&file, facts);
	if (export_fork_parse(&x, sigs, salt, file.data, file.len, &e) != 0 || entry_parse(&h, x.header, x.header_len, &e) != 0 ||
	    entry_payload_ok(&h, x.payload, x.payload_len, &e) != 0 ||
	    (h.personal_len > 0 && entry_personal_ok(&h, salt, x.personal, x.personal_len, &e) != 0))
		fail_msg("%s: %s", facts->string, e.text);
	assert_int_equal(x.salt != NULL, h.personal_len > 0);
	golden_hex(facts, "hash", want, HASH_LEN);
	entry_hash(got, x.header, x.header_len);
	assert_memory_equal(got, want, HASH_LEN);
	buf_init(&again, ENTRY_HEADER_MAX);
	assert_int_equal(entry_print(&again, &h), 0);
	assert_bytes(&again, x.header, x.header_len);
	assert_int_equal(x.nsigs, cJSON_IsNull(person) ? 1 : 2);
	assert_int_equal(h.has_actor_key, x.nsigs == 2);
	judge_sig(&sigs[0], s, x.header, x.header_len);
	if (x.nsigs == 2) {
		judge_sig(&sigs[1], signer_of(facts, "person"), x.header, x.header_len);
		assert_memory_equal(h.actor_key, sigs[1].keyhash, HASH_LEN);
	}
	if (h.seq == 0)
		judge_epoch_open(&h, &x, s);
	buf_free(&again);
	buf_free(&file);
}

static void
judge_endorsement(const cJSON *facts)
{
	const struct signer *s = signer_of(facts, "key");
	uint8_t want[SIG_LEN], sig[SIG_LEN];
	struct buf file;

	golden_read(&file, facts);
	golden_hex(facts, "signature", want, SIG_LEN);
	assert_int_equal(dsse_sign(sig, s, DSSE_ENROL, file.data, file.len), 0);
	assert_memory_equal(sig, want, SIG_LEN);
	buf_free(&file);
}

static void
judge_leaf(const cJSON *facts)
{
	uint8_t want[HASH_LEN], got[HASH_LEN];
	struct leaf_entry l;
	struct buf file, again;

	golden_read(&file, facts);
	golden_hex(facts, "hash", want, HASH_LEN);
	tree_leaf_hash(got, file.data, file.len);
	assert_memory_equal(got, want, HASH_LEN);
	if (strcmp(facts->string, "leaf record") == 0) {
		assert_int_equal(leaf_is_record(file.data, file.len), 1);
		assert_int_equal(leaf_entry_parse(&l, file.data, file.len), -1);
	} else {
		assert_int_equal(leaf_entry_parse(&l, file.data, file.len), 0);
		assert_int_equal(l.has_person, strcmp(facts->string, "leaf entry-person") == 0);
		buf_init(&again, LEAF_MAX);
		assert_int_equal(leaf_entry_print(&again, &l), 0);
		assert_bytes(&again, file.data, file.len);
		buf_free(&again);
	}
	buf_free(&file);
}

/* Which facts of INDEX.json are judged here, by the start of their names; the rest has tests of its own. */
static const struct {
	const char *start;
	void (*judge)(const cJSON *facts);
	unsigned least;
} OBJECTS[] = {
	{ "entry ", judge_entry, 12 },
	{ "endorsement", judge_endorsement, 1 },
	{ "leaf ", judge_leaf, 3 },
};
#define NOBJECTS (sizeof(OBJECTS) / sizeof(OBJECTS[0]))

static void
objects(void **state)
{
	unsigned seen[NOBJECTS] = { 0 };
	const cJSON *facts;

	(void)state;
	cJSON_ArrayForEach(facts, golden)
		for (size_t i = 0; i < NOBJECTS; i++)
			if (strncmp(facts->string, OBJECTS[i].start, strlen(OBJECTS[i].start)) == 0) {
				OBJECTS[i].judge(facts);
				seen[i]++;
			}
	for (size_t i = 0; i < NOBJECTS; i++)
		assert_true(seen[i] >= OBJECTS[i].least);
}

/* All golden entries of epoch 1 are one chain. */
static void
chain(void **state)
{
	struct entry h[32];
	uint8_t hash[32][HASH_LEN], salt[ENTRY_SALT_LEN];
	struct sigline sigs[2];
	struct export_entry x;
	struct err e = { "" };
	int there[32] = { 0 };
	struct entry one;
	const cJSON *facts;
	struct buf b;
	size_t n = 0;

	(void)state;
	cJSON_ArrayForEach(facts, golden) {
		if (strncmp(facts->string, "entry ", 6) != 0)
			continue;
		golden_read(&b, facts);
		assert_int_equal(export_fork_parse(&x, sigs, salt, b.data, b.len, NULL), 0);
		assert_int_equal(entry_parse(&one, x.header, x.header_len, NULL), 0);
		if (one.epoch == 1) {
			assert_in_range(one.seq, 0, 31);
			there[one.seq] = 1;
			h[one.seq] = one;
			entry_hash(hash[one.seq], x.header, x.header_len);
		}
		buf_free(&b);
	}
	for (n = 1; n < 32 && there[n]; n++)
		if (entry_follows(&h[n], &h[n - 1], hash[n - 1], &e) != 0)
			fail_msg("seq %zu: %s", n, e.text);
	assert_true(there[0] && n >= 10);
}

static void
path_of(char *out, size_t size, const char *folder, const char *name)
{
	const char *top = getenv("TALLY_TOP");
	int n = snprintf(out, size, "%s/tests/golden/%s%s%s", top ? top : ".", folder, name[0] ? "/" : "", name);

	assert_true(n > 0 && (size_t)n < size);
}

static void
read_in(struct buf *b, const char *folder, const char *name)
{
	struct err e = { "" };
	char path[4096];

	path_of(path, sizeof(path), folder, name);
	buf_init(b, FILE_CAP);
	if (file_read(path, b, &e) != 0)
		fail_msg("%s", e.text);
}

static void
copy_epoch(struct export_writer *w, const char *folder, const char *path)
{
	char top[4096], device[65], epoch[16];
	uint8_t raw[HASH_LEN];
	struct export_reader *r;
	struct export_entry x;
	int got;

	assert_int_equal(sscanf(path, "entries/%64[0-9a-f]/%15[0-9]/headers", device, epoch), 2);
	assert_int_equal(dec_hex(raw, HASH_LEN, device, strlen(device)), 0);
	path_of(top, sizeof(top), folder, "");
	assert_non_null(r = export_open(top, device, epoch, NULL));
	while ((got = export_next(r, &x, NULL)) == 1)
		assert_int_equal(export_entry(w, raw, (uint32_t)strtoul(epoch, NULL, 10), &x, NULL), 0);
	assert_int_equal(got, 0);
	export_close(r);
}

static void
copy_leaves(struct export_writer *w, const char *folder, const char *path)
{
	const uint8_t *at, *leaf;
	struct buf b;
	size_t n, took;

	read_in(&b, folder, path);
	for (at = b.data; (took = tile_get_leaf(at, b.data + b.len, &leaf, &n)) > 0; at += took)
		assert_int_equal(export_leaf(w, leaf, n, NULL), 0);
	assert_ptr_equal(at, b.data + b.len);
	buf_free(&b);
}

/* Each file of the MANIFEST, by what is in it: entries one by one, leaves one by one, the rest whole. */
static void
copy_all(struct export_writer *w, const char *folder, const struct manifest *m)
{
	struct buf b;

	for (size_t i = 0; i < m->nfiles; i++) {
		const char *path = m->files[i].path, *last = strrchr(path, '/');

		if (strncmp(path, "log/tile/entries/", 17) == 0) {
			copy_leaves(w, folder, path);
		} else if (strncmp(path, "entries/", 8) == 0) {
			if (strcmp(last, "/headers") == 0)
				copy_epoch(w, folder, path);
		} else if (strncmp(path, "log/tile/", 9) != 0) {
			read_in(&b, folder, path);
			assert_int_equal(export_put(w, path, b.data, b.len, NULL), 0);
			buf_free(&b);
		}
	}
}

/* Read the golden export ${folder} and write it again with our writer: not a byte differs. */
static void
rewrite(const char *folder, const char *name, const struct signer *s)
{
	char top[] = "/tmp/tally-test-golden-XXXXXX", from[4096], command[8192];
	struct manifest m, again;
	struct err e = { "" };
	struct export_writer *w;
	struct buf b;

	assert_non_null(mkdtemp(top));
	read_in(&b, folder, "MANIFEST");
	if (manifest_parse(&m, b.data, b.len, &e) != 0 || manifest_verify(b.data, b.len, name, signer_public(s), &e) != 0)
		fail_msg("%s: %s", folder, e.text);
	assert_non_null(w = export_begin(top, &e));
	copy_all(w, folder, &m);
	again = m;
	again.files = NULL;
	again.nfiles = 0;
	if (export_end(w, &again, name, s, &e) != 0)
		fail_msg("%s: %s", folder, e.text);
	path_of(from, sizeof(from), folder, "");
	(void)snprintf(command, sizeof(command), "diff -r '%s' '%s'", from, top);
	assert_int_equal(system(command), 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	assert_int_equal(system(command), 0);
	manifest_free(&m);
	manifest_free(&again);
	buf_free(&b);
}

static void
county_export(void **state)
{
	(void)state;
	rewrite("export", json_string(golden_facts(golden, "export"), "origin"), signers[4]);
}

static void
village_export(void **state)
{
	(void)state;
	rewrite("village", json_string(golden_facts(golden, "village"), "device"), signers[0]);
}

static int
setup(void **state)
{
	(void)state;
	if (crypto_init(NULL) != 0)
		return -1;
	golden = golden_index();
	for (size_t i = 0; i < NSIGNERS; i++)
		signers[i] = golden_signer(SIGNERS[i]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cJSON_Delete(golden);
	for (size_t i = 0; i < NSIGNERS; i++)
		signer_free(signers[i]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects), cmocka_unit_test(chain), cmocka_unit_test(county_export), cmocka_unit_test(village_export),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
