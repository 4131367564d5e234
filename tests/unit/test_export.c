#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/export.h"
#include "evidence/tile.h"

#define NAME "county.example"
#define FILE_CAP (32U << 20)
#define MANY 66000 /* leaves: three levels of tiles, each with a part */

static char top[] = "/tmp/tally-test-export-XXXXXX";
static struct signer *key;
static char dir[256], command[1024]; /* a fresh folder's name for each test */

static int
setup(void **state)
{
	static int turn;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/%d", top, turn++);
	return 0;
}

static void
path_in(char out[512], const char *name)
{
	assert_int_equal(file_path(out, 512, dir, name), 0);
}

static struct buf
content(const char *name)
{
	struct err e = { "" };
	char path[512];
	struct buf b;

	path_in(path, name);
	buf_init(&b, FILE_CAP);
	if (file_read(path, &b, &e) != 0)
		fail_msg("%s", e.text);
	return b;
}

static void
put(const char *name, const void *p, size_t n)
{
	char path[512];

	path_in(path, name);
	assert_int_equal(file_write(path, p, n, 0600, NULL), 0);
}

static struct manifest
head(void)
{
	struct manifest m = { .origin = NAME, .personal = 1, .made = 1717750000123 };

	sha256(m.root, "", 0);
	return m;
}

/* The nth entry of a test: what is in it follows from n. */
struct sample {
	char header[128], payload[64], personal[64];
	struct sigline sigs[2];
	uint8_t salt[ENTRY_SALT_LEN];
	struct export_entry x;
};

static void
make(struct sample *s, unsigned n)
{
	memset(s, 0, sizeof(*s));
	(void)snprintf(s->header, sizeof(s->header), "tallystick/entry/v1\nseq %u\nmore\n", n);
	(void)snprintf(s->payload, sizeof(s->payload), "{\"n\":%u}", n);
	(void)snprintf(s->personal, sizeof(s->personal), "{\"name\":\"\xe7\x8e\x8b %u\"}", n);
	memset(s->sigs, (int)(n & 0xff), sizeof(s->sigs));
	memset(s->salt, 0x5a, sizeof(s->salt));
	s->x = (struct export_entry){
		.header = s->header, .header_len = strlen(s->header), .sigs = s->sigs, .nsigs = n % 2 + 1, .payload = s->payload,
		.payload_len = strlen(s->payload), .salt = n % 3 ? s->salt : NULL, .personal = n % 3 ? s->personal : NULL,
		.personal_len = n % 3 ? strlen(s->personal) : 0,
	};
}

static void
assert_same(const struct export_entry *got, const struct export_entry *want)
{
	assert_int_equal(got->header_len, want->header_len);
	assert_memory_equal(got->header, want->header, want->header_len);
	assert_int_equal(got->nsigs, want->nsigs);
	assert_memory_equal(got->sigs, want->sigs, want->nsigs * sizeof(*want->sigs));
	assert_int_equal(got->payload == NULL, want->payload == NULL);
	assert_int_equal(got->payload_len, want->payload_len);
	if (want->payload != NULL)
		assert_memory_equal(got->payload, want->payload, want->payload_len);
	assert_int_equal(got->salt == NULL, want->salt == NULL);
	assert_int_equal(got->personal_len, want->personal_len);
	if (want->salt != NULL) {
		assert_memory_equal(got->salt, want->salt, ENTRY_SALT_LEN);
		assert_memory_equal(got->personal, want->personal, want->personal_len);
	}
}

static void
finish(struct export_writer *w, struct manifest *m)
{
	struct err e = { "" };

	if (export_end(w, m, NAME, key, &e) != 0)
		fail_msg("%s", e.text);
}

/* MANIFEST is signed and lists as many files as there are. */
static void
assert_manifest(const struct manifest *want)
{
	struct buf b = content("MANIFEST");
	struct manifest m;
	struct err e = { "" };
	char line[32] = "";
	FILE *p;

	assert_int_equal(manifest_verify(b.data, b.len, NAME, signer_public(key), &e), 0);
	assert_int_equal(manifest_parse(&m, b.data, b.len, &e), 0);
	assert_int_equal(m.nfiles, want->nfiles);
	(void)snprintf(command, sizeof(command), "find %s -type f ! -path %s/MANIFEST | wc -l", dir, dir);
	assert_non_null(p = popen(command, "r"));
	assert_non_null(fgets(line, sizeof(line), p));
	(void)pclose(p);
	assert_int_equal(strtoul(line, NULL, 10), m.nfiles);
	manifest_free(&m);
	buf_free(&b);
}

/* sha256sum agrees with MANIFEST, read whole (it warns of the lines that are no sums) and strictly by its sums alone. */
static void
assert_sums(void)
{
	(void)snprintf(command, sizeof(command), "cd %s && sha256sum -c --status MANIFEST", dir);
	assert_int_equal(system(command), 0);
	(void)snprintf(command, sizeof(command), "cd %s && grep -E '^[0-9a-f]{64}  ' MANIFEST | sha256sum -c --quiet --strict", dir);
	assert_int_equal(system(command), 0);
}

static void
test_entries(void **state)
{
	uint8_t device[2][HASH_LEN] = { { 1 }, { 2 } };
	static const struct { int device; uint32_t epoch; unsigned n; } runs[] = { { 0, 1, 10 }, { 0, 2, 1 }, { 1, 1, 300 } };
	struct export_writer *w = export_begin(dir, NULL);
	struct manifest m = head();
	struct export_reader *r;
	struct export_entry x;
	struct sample s;
	struct stat st;
	char hex[65], epoch[12];
	struct err e = { "" };

	(void)state;
	assert_non_null(w);
	for (size_t i = 0; i < 3; i++)
		for (unsigned n = 0; n < runs[i].n; n++) {
			make(&s, n);
			assert_int_equal(export_entry(w, device[runs[i].device], runs[i].epoch, &s.x, &e), 0);
		}
	assert_int_equal(export_put(w, "policy.txt", "quorum none\n", 12, &e), 0);
	finish(w, &m);
	assert_int_equal(m.nfiles, 13);
	for (size_t i = 0; i < 3; i++) {
		enc_hex(hex, device[runs[i].device], HASH_LEN);
		(void)snprintf(epoch, sizeof(epoch), "%u", runs[i].epoch);
		assert_non_null(r = export_open(dir, hex, epoch, &e));
		for (unsigned n = 0; n < runs[i].n; n++) {
			make(&s, n);
			assert_int_equal(export_next(r, &x, &e), 1);
			assert_same(&x, &s.x);
		}
		assert_int_equal(export_next(r, &x, &e), 0);
		export_close(r);
	}
	assert_null(export_open(dir, hex, "7", &e));
	assert_manifest(&m);
	assert_sums();
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
	manifest_free(&m);
}

/* The four files byte for byte. */
static void
test_layout(void **state)
{
	static const char base[] = "entries/0100000000000000000000000000000000000000000000000000000000000000/1";
	uint8_t device[HASH_LEN] = { 1 };
	struct export_writer *w = export_begin(dir, NULL);
	struct manifest m = head();
	struct sample s;
	struct buf b, want;
	char path[256];

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		make(&s, n);
		assert_int_equal(export_entry(w, device, 1, &s.x, NULL), 0);
	}
	finish(w, &m);
	(void)snprintf(path, sizeof(path), "%s/headers", base);
	b = content(path);
	assert_string_equal(buf_str(&b), "tallystick/entry/v1\nseq 0\nmore\n\ntallystick/entry/v1\nseq 1\nmore\n");
	buf_free(&b);
	(void)snprintf(path, sizeof(path), "%s/payloads", base);
	b = content(path);
	assert_string_equal(buf_str(&b), "{\"n\":0}\n{\"n\":1}\n");
	buf_free(&b);
	(void)snprintf(path, sizeof(path), "%s/personals", base);
	b = content(path);
	assert_string_equal(buf_str(&b), "-\n5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a {\"name\":\"\xe7\x8e\x8b 1\"}\n");
	buf_free(&b);
	(void)snprintf(path, sizeof(path), "%s/sigs", base);
	b = content(path);
	buf_init(&want, 1024);
	make(&s, 0);
	(void)sigline_print(&want, s.sigs);
	(void)buf_putc(&want, '\n');
	make(&s, 1);
	(void)sigline_print(&want, s.sigs);
	(void)sigline_print(&want, s.sigs);
	assert_string_equal(buf_str(&b), buf_str(&want));
	buf_free(&b);
	buf_free(&want);
	manifest_free(&m);
}

static size_t
make_leaf(uint8_t leaf[300], uint64_t i)
{
	for (unsigned k = 0; k < 8; k++)
		leaf[k] = (uint8_t)(i >> (8 * k));
	memset(leaf + 8, (int)(i % 251), 292);
	return 8 + i % 60;
}

/* Every tile that the tree has, each hash of it the root of its leaves; and the bundles. */
static size_t
check_tiles(uint64_t size, const uint8_t *hashes)
{
	uint8_t leaf[300], want[HASH_LEN];
	const uint8_t *at, *got;
	char tile[96], path[128];
	size_t files = 0, n;
	struct buf b;

	for (unsigned level = 0; level < 8; level++)
		for (uint64_t i = 0; tile_width(size, level, i) > 0; i++, files++) {
			unsigned width = tile_width(size, level, i);
			uint64_t span = (uint64_t)1 << (8 * level);

			assert_int_equal(tile_path(tile, sizeof(tile), (int)level, i, width), 0);
			(void)snprintf(path, sizeof(path), "log/%s", tile);
			b = content(path);
			assert_int_equal(b.len, width * HASH_LEN);
			for (unsigned k = 0; k < width; k++) {
				tree_root(want, hashes + (i * TILE_WIDTH + k) * span * HASH_LEN, span);
				assert_memory_equal(b.data + k * HASH_LEN, want, HASH_LEN);
			}
			buf_free(&b);
		}
	for (uint64_t i = 0; tile_width(size, 0, i) > 0; i++, files++) {
		assert_int_equal(tile_path(tile, sizeof(tile), -1, i, tile_width(size, 0, i)), 0);
		(void)snprintf(path, sizeof(path), "log/%s", tile);
		b = content(path);
		at = b.data;
		for (unsigned k = 0; k < tile_width(size, 0, i); k++) {
			at += tile_get_leaf(at, b.data + b.len, &got, &n);
			assert_int_equal(n, make_leaf(leaf, i * TILE_WIDTH + k));
			assert_memory_equal(got, leaf, n);
		}
		assert_ptr_equal(at, b.data + b.len);
		buf_free(&b);
	}
	return files;
}

static void
tiles_of(uint64_t size)
{
	struct export_writer *w = export_begin(dir, NULL);
	uint8_t leaf[300], *hashes = malloc((size + 1) * HASH_LEN);
	struct manifest m = head();
	size_t n;

	assert_non_null(w);
	assert_non_null(hashes);
	for (uint64_t i = 0; i < size; i++) {
		n = make_leaf(leaf, i);
		tree_leaf_hash(hashes + i * HASH_LEN, leaf, n);
		assert_int_equal(export_leaf(w, leaf, n, NULL), 0);
	}
	m.size = size;
	tree_root(m.root, hashes, size);
	finish(w, &m);
	assert_int_equal(check_tiles(size, hashes), m.nfiles);
	assert_manifest(&m);
	if (size > 0)
		assert_sums();
	manifest_free(&m);
	free(hashes);
}

static void
test_tiles(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 255, 256, 257, 512, 1000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		(void)setup(state);
		tiles_of(sizes[i]);
	}
}

static void
test_tiles_many(void **state)
{
	(void)state;
	tiles_of(MANY);
}

/* The leaves must be those of the checkpoint; the longest leaf fits, a longer one does not. */
static void
test_tree_refused(void **state)
{
	static uint8_t leaf[TILE_LEAF_MAX + 1];
	struct manifest m = head();
	struct export_writer *w;
	uint8_t hash[HASH_LEN];
	struct err e;

	for (int turn = 0; turn < 4; turn++) {
		(void)setup(state);
		w = export_begin(dir, NULL);
		if (turn < 3)
			assert_int_equal(export_leaf(w, leaf, TILE_LEAF_MAX, &e), 0);
		tree_leaf_hash(hash, leaf, TILE_LEAF_MAX);
		m.size = turn == 1 ? 2 : 1;
		memcpy(m.root, hash, HASH_LEN);
		m.root[0] ^= turn == 2;
		assert_int_equal(export_end(w, &m, NAME, key, &e), turn == 0 ? 0 : -1);
		manifest_free(&m);
	}
	(void)setup(state);
	w = export_begin(dir, NULL);
	assert_int_equal(export_leaf(w, leaf, TILE_LEAF_MAX + 1, &e), -1);
	m = head();
	assert_int_equal(export_end(w, &m, NAME, key, &e), -1);
	/* a village has no tiles, and a checkpoint all the same */
	(void)setup(state);
	w = export_begin(dir, NULL);
	m.village = 1;
	m.size = 9;
	assert_int_equal(export_end(w, &m, NAME, key, &e), 0);
	manifest_free(&m);
}

static void
test_begin(void **state)
{
	struct export_writer *w;
	struct err e = { "" };

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_non_null(w = export_begin(dir, &e));
	assert_int_equal(export_put(w, "a/b/c", "x", 1, &e), 0);
	assert_int_equal(export_put(w, "a/b/d", NULL, 0, &e), 0);
	export_abort(w);
	export_abort(NULL);
	assert_null(export_begin(dir, &e));
	assert_true(e.text[0] != '\0');
	assert_null(export_begin("", &e));
}

/* After any failure there is no MANIFEST. */
static void
test_failed(void **state)
{
	static const char *const bad[] = { "../x", "/x", "a/../../x", "MANIFEST", "", "twice" };
	struct export_writer *w;
	struct manifest m = head();
	char path[512];
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)setup(state);
		w = export_begin(dir, &e);
		assert_int_equal(export_put(w, "twice", "x", 1, &e), 0);
		assert_int_equal(export_put(w, bad[i], "x", 1, &e), -1);
		assert_int_equal(export_end(w, &m, NAME, key, &e), -1);
		path_in(path, "MANIFEST");
		assert_int_equal(file_exists(path), 0);
		manifest_free(&m);
	}
}

/* What the format cannot hold is refused before it is written. */
static void
test_entry_refused(void **state)
{
	uint8_t device[HASH_LEN] = { 1 };
	struct export_writer *w = export_begin(dir, NULL);
	struct manifest m = head();
	struct sample s;
	struct err e;

	(void)state;
	make(&s, 1);
	s.x.payload = "{\n}";
	s.x.payload_len = 3;
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	make(&s, 1);
	s.x.personal = "{\n}";
	s.x.personal_len = 3;
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	make(&s, 1);
	s.x.header_len--;
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	make(&s, 1);
	s.header[19] = '\n';
	s.header[20] = '\n';
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	make(&s, 1);
	s.x.nsigs = 0;
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	s.x.nsigs = 3;
	assert_int_equal(export_fork(w, device, 1, 0, device, &s.x, &e), -1);
	/* an epoch that was closed cannot be taken up again */
	make(&s, 1);
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), 0);
	assert_int_equal(export_entry(w, device, 2, &s.x, &e), 0);
	assert_int_equal(export_entry(w, device, 1, &s.x, &e), -1);
	assert_int_equal(export_end(w, &m, NAME, key, &e), -1);
	manifest_free(&m);
}

static void
test_fork(void **state)
{
	uint8_t device[HASH_LEN] = { 0xd0 }, hash[HASH_LEN] = { 0xf0 }, salt[ENTRY_SALT_LEN];
	struct export_writer *w = export_begin(dir, NULL);
	struct manifest m = head();
	struct sigline sigs[2];
	struct export_entry x;
	struct sample s;
	struct buf b;
	void *copy;

	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		make(&s, n);
		hash[31] = (uint8_t)n;
		if (n == 3) {
			s.x.payload = NULL;
			s.x.payload_len = 0;
		}
		assert_int_equal(export_fork(w, device, 2, 7, hash, &s.x, NULL), 0);
	}
	finish(w, &m);
	assert_int_equal(m.nfiles, 4);
	for (unsigned n = 0; n < 4; n++) {
		make(&s, n);
		if (n == 3) {
			s.x.payload = NULL;
			s.x.payload_len = 0;
		}
		b = content(m.files[n].path);
		assert_int_equal(export_fork_parse(&x, sigs, salt, b.data, b.len, NULL), 0);
		assert_same(&x, &s.x);
		/* cut anywhere, or with something behind: refused */
		for (size_t k = 0; k < b.len; k++) {
			assert_non_null(copy = malloc(k ? k : 1));
			memcpy(copy, b.data, k);
			assert_int_equal(export_fork_parse(&x, sigs, salt, copy, k, NULL), -1);
			free(copy);
		}
		(void)buf_putc(&b, '\n');
		assert_int_equal(export_fork_parse(&x, sigs, salt, b.data, b.len, NULL), -1);
		buf_free(&b);
	}
	assert_string_equal(m.files[0].path,
	    "forks/d000000000000000000000000000000000000000000000000000000000000000-2-7/f000000000000000000000000000000000000000000000000000000000000000");
	manifest_free(&m);
}

#define DEV "0100000000000000000000000000000000000000000000000000000000000000"
#define SIG1 "0000000000000000000000000000000000000000000000000000000000000000 " \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"
#define SALT "000102030405060708090a0b0c0d0e0f"

/* How many entries the reader gives of these four files before the end (or -1 where it refuses). */
static int
reads(const char *headers, const char *sigs, const char *payloads, const char *personals)
{
	struct export_reader *r;
	struct export_entry x;
	struct err e = { "" };
	char path[512];
	int n = 0, got;

	path_in(path, "entries/" DEV "/1");
	assert_int_equal(file_mkdirs(path, 0700, NULL), 0);
	put("entries/" DEV "/1/headers", headers, strlen(headers));
	put("entries/" DEV "/1/sigs", sigs, strlen(sigs));
	put("entries/" DEV "/1/payloads", payloads, strlen(payloads));
	put("entries/" DEV "/1/personals", personals, strlen(personals));
	assert_non_null(r = export_open(dir, DEV, "1", &e));
	while ((got = export_next(r, &x, &e)) == 1)
		n++;
	assert_true(got == 0 || e.text[0] != '\0');
	export_close(r);
	return got == 0 ? n : -1;
}

static void
test_reader(void **state)
{
	(void)state;
	assert_int_equal(reads("", "", "", ""), 0);
	assert_int_equal(reads("a\n", SIG1, "{}\n", "-\n"), 1);
	assert_int_equal(reads("a\n", SIG1 SIG1, "{}\n", SALT " {}\n"), 1);
	assert_int_equal(reads("a\nb\n\nc\n", SIG1 "\n" SIG1, "{}\n{}\n", "-\n-\n"), 2);
	/* not the same number */
	assert_int_equal(reads("a\n\nc\n", SIG1, "{}\n{}\n", "-\n-\n"), -1);
	assert_int_equal(reads("a\n\nc\n", SIG1 "\n" SIG1, "{}\n", "-\n-\n"), -1);
	assert_int_equal(reads("a\n\nc\n", SIG1 "\n" SIG1, "{}\n{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1 "\n" SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", "-\n-\n"), -1);
	assert_int_equal(reads("", SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", "", "", ""), -1);
	/* empty lines: before, doubled, at the end */
	assert_int_equal(reads("\na\n", SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n\n", SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n\n\nb\n", SIG1 "\n" SIG1, "{}\n{}\n", "-\n-\n"), -1);
	assert_int_equal(reads("a\n", "\n" SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1 "\n", "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n\nb\n", SIG1 "\n\n" SIG1, "{}\n{}\n", "-\n-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", "\n"), -1);
	/* a last line without its LF */
	assert_int_equal(reads("a", SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", "0", "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", "-"), -1);
	/* signature and personal lines of another form */
	assert_int_equal(reads("a\n", SIG1 SIG1 SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", "x" SIG1, "{}\n", "-\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", "- \n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", SALT "\n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", SALT " \n"), -1);
	assert_int_equal(reads("a\n", SIG1, "{}\n", SALT "  {}\n"), 1); /* the JSON is the caller's to judge */
	assert_int_equal(reads("a\n", SIG1, "{}\n", "A" SALT " {}\n"), -1);
}

/* Lines up to their limits are read, longer ones refused. */
static void
test_limits(void **state)
{
	static char text[ENTRY_PAYLOAD_MAX + 100];
	static const struct { int part; size_t max; } limits[] = {
		{ 0, ENTRY_HEADER_MAX }, { 2, ENTRY_PAYLOAD_MAX + 1 }, { 3, 33 + ENTRY_PERSONAL_MAX + 1 },
	};
	const char *parts[4];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t more = 0; more < 3; more += 2) {
			size_t n = limits[i].max + more;

			memset(text, 'a', n);
			text[n - 1] = '\n';
			text[n] = '\0';
			if (limits[i].part == 3)
				memcpy(text, SALT " ", 33);
			parts[0] = "a\n";
			parts[1] = SIG1;
			parts[2] = "{}\n";
			parts[3] = "-\n";
			parts[limits[i].part] = text;
			assert_int_equal(reads(parts[0], parts[1], parts[2], parts[3]), more ? -1 : 1);
		}
}

/* A link or a pipe in place of a file is not followed and not waited for. */
static void
test_odd_files(void **state)
{
	char path[512], to[512];
	struct err e = { "" };

	(void)state;
	assert_int_equal(reads("a\n", SIG1, "{}\n", "-\n"), 1);
	path_in(path, "entries/" DEV "/1/personals");
	path_in(to, "elsewhere");
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(symlink(to, path), 0);
	assert_null(export_open(dir, DEV, "1", &e));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(export_open(dir, DEV, "1", &e));
	assert_int_equal(unlink(path), 0);
	assert_null(export_open(dir, DEV, "1", &e));
	assert_int_equal(rename(to, path), 0);
	export_close(NULL);
}

int
main(void)
{
	static const uint8_t seed[SEED_LEN] = { 9 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_entries, setup), cmocka_unit_test_setup(test_layout, setup), cmocka_unit_test(test_tiles),
		cmocka_unit_test_setup(test_tiles_many, setup), cmocka_unit_test(test_tree_refused), cmocka_unit_test_setup(test_begin, setup),
		cmocka_unit_test(test_failed), cmocka_unit_test_setup(test_entry_refused, setup), cmocka_unit_test_setup(test_fork, setup),
		cmocka_unit_test_setup(test_reader, setup), cmocka_unit_test_setup(test_limits, setup), cmocka_unit_test_setup(test_odd_files, setup),
	};
	int rc;

	if (crypto_init(NULL) != 0 || mkdtemp(top) == NULL)
		return 1;
	key = signer_new(seed);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	signer_free(key);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) == 0 ? rc : 1;
}
