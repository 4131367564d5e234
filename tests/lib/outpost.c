#include "tests/lib/outpost.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "agent/agent.h"
#include "base/enc.h"
#include "base/file.h"
#include "forms/form.h"

#define PLACE "520221204201"

/* A grey picture, so that a photo goes through what a photo goes through. */
static void
make_photo(const char *path)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	JSAMPLE line[64];
	JSAMPROW row = line;
	unsigned char *out = NULL;
	unsigned long n = 0;

	memset(line, 90, sizeof(line));
	c.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = c.image_height = 64;
	c.input_components = 1;
	c.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height)
		(void)jpeg_write_scanlines(&c, &row, 1);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	assert_int_equal(file_write(path, out, n, 0600, NULL), 0);
	free(out);
}

/* The county publishes the form, and the village has its body. */
static void
publish(struct outpost *o)
{
	const char *top = getenv("TALLY_TOP");
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1], path[400];
	struct form *f;
	struct buf xml;
	int64_t index;

	(void)snprintf(path, sizeof(path), "%s/forms/catalogue/" OUTPOST_FORM ".xml", top != NULL ? top : ".");
	buf_init(&xml, FORM_BYTES_MAX);
	assert_int_equal(file_read(path, &xml, NULL), 0);
	assert_non_null(f = form_parse(xml.data, xml.len, NULL));
	sha256(hash, xml.data, xml.len);
	enc_hex(hex, hash, HASH_LEN);
	assert_true((index = kit_put(&o->hall.k, RECORD_FORM, "form %s %s %s\nstate published\n", f->id, f->version, hex)) > 0);
	assert_int_equal(journal_form_add(o->v.j, f->id, f->version, hash, (uint64_t)index, xml.data, xml.len, NULL), 0);
	form_free(f);
	buf_free(&xml);
}

void
outpost_make(struct outpost *o)
{
	char key[300];

	memset(o, 0, sizeof(*o));
	hall_open(&o->hall);
	village_open(&o->v, &o->hall, 9, PLACE);
	publish(o);
	village_add(&o->v, 5);
	village_settle(&o->v, &o->hall);
	village_add(&o->v, 2);
	(void)snprintf(key, sizeof(key), "%s/device-1.key", o->v.dir);
	assert_int_equal(signer_save(o->v.m.signer, key, NULL), 0);
	(void)snprintf(o->photo, sizeof(o->photo), "%s/photo.jpg", o->v.top);
	(void)snprintf(o->photo_field, sizeof(o->photo_field), "photo=%s", o->photo);
	make_photo(o->photo);
	outpost_shut(o);
	assert_int_equal(outpost_run(o, NULL, NULL, "record", OUTPOST_FORM, "subject=h1", "stage=roof", "date=2026-10-01", "household/name=王五",
	                     "--photo", o->photo_field, "--id", "kept-1", NULL), 0);
	outpost_keep(o);
}

static void
forget(struct outpost *o)
{
	size_t i;

	for (i = 0; i < o->nfiles; i++)
		free(o->file[i].data);
	o->nfiles = 0;
	free(o->hash);
	o->hash = NULL;
}

void
outpost_free(struct outpost *o)
{
	forget(o);
	village_close(&o->v);
	hall_close(&o->hall);
}

static int
keep_entry(void *ctx, const struct journal_entry *x)
{
	struct outpost *o = ctx;

	o->hash = realloc(o->hash, (o->entries + 1) * sizeof(o->hash[0]));
	memcpy(o->hash[o->entries++], x->hash, HASH_LEN);
	return 0;
}

static void
keep_folder(struct outpost *o, const char *below)
{
	char path[400], name[120];
	struct outpost_file *f;
	struct dirent *d;
	struct stat st;
	struct buf b;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", o->v.dir, below);
	assert_non_null(dir = opendir(path));
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%.90s", below, below[0] ? "/" : "", d->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", o->v.dir, name);
		assert_int_equal(lstat(path, &st), 0);
		if (S_ISDIR(st.st_mode))
			keep_folder(o, name);
		if (!S_ISREG(st.st_mode))
			continue;
		assert_true(o->nfiles < OUTPOST_FILES_MAX);
		f = &o->file[o->nfiles++];
		buf_init(&b, 64U << 20);
		assert_int_equal(file_read(path, &b, NULL), 0);
		memcpy(f->name, name, sizeof(name));
		f->len = b.len;
		f->data = buf_take(&b);
	}
	(void)closedir(dir);
}

void
outpost_keep(struct outpost *o)
{
	uint8_t hash[HASH_LEN];
	uint64_t seq;

	forget(o);
	o->entries = 0;
	keep_folder(o, ""); /* as it lies, a log that a cut left behind and all */
	outpost_open(o);
	assert_true(journal_each(o->v.j, keep_entry, o) >= 0);
	assert_int_equal(journal_head(o->v.j, &o->epoch, &seq, hash), 1);
	outpost_shut(o);
}

/* The folder itself stays: its number is part of the guard's fingerprint. */
void
outpost_restore(struct outpost *o)
{
	char path[600];
	struct dirent *d;
	size_t i;
	DIR *dir;
	FILE *f;

	assert_non_null(dir = opendir(o->v.dir));
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%.250s", o->v.dir, d->d_name);
		maker_rm(path);
	}
	(void)closedir(dir);
	(void)snprintf(path, sizeof(path), "%s/attachments", o->v.dir);
	(void)mkdir(path, 0700);
	for (i = 0; i < o->nfiles; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", o->v.dir, o->file[i].name);
		assert_non_null(f = fopen(path, "wb"));
		if (o->file[i].len > 0)
			assert_int_equal(fwrite(o->file[i].data, o->file[i].len, 1, f), 1);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(chmod(path, 0600), 0);
	}
}

void
outpost_open(struct outpost *o)
{
	enum journal_standing s;

	if ((o->v.j = journal_open(o->v.dir, &s, &o->v.e)) == NULL)
		fail_msg("%s", o->v.e.text);
}

void
outpost_shut(struct outpost *o)
{
	journal_close(o->v.j);
	o->v.j = NULL;
}

#define WORDS_MAX 24

int
outpost_run(struct outpost *o, struct buf *out, struct buf *err, ...)
{
	static char program[] = "tally-agent", data[] = "-D";
	char *argv[WORDS_MAX], *said[2] = {NULL, NULL};
	size_t len[2] = {0, 0};
	struct opt_io io;
	va_list ap;
	int argc = 0, status;

	memset(&io, 0, sizeof(io));
	io.in = stdin;
	assert_non_null(io.out = open_memstream(&said[0], &len[0]));
	assert_non_null(io.err = open_memstream(&said[1], &len[1]));
	argv[argc++] = program;
	argv[argc++] = data;
	argv[argc++] = o->v.dir;
	va_start(ap, err);
	while (argc < WORDS_MAX - 1 && (argv[argc] = va_arg(ap, char *)) != NULL)
		argc++;
	va_end(ap);
	argv[argc] = NULL;
	agent_set_argv(argc, argv);
	status = opt_run(&agent_program, &io, argc, argv);
	(void)fclose(io.out);
	(void)fclose(io.err);
	if (out != NULL)
		(void)buf_put(out, said[0], len[0]);
	if (err != NULL)
		(void)buf_put(err, said[1], len[1]);
	free(said[0]);
	free(said[1]);
	return status;
}

void
outpost_cut(struct outpost *o, unsigned n)
{
	struct agent *ag;
	char id[32];
	unsigned i;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if ((ag = agent_open(o->v.dir, NULL)) == NULL)
			_exit(1);
		agent_set_running(ag);
		for (i = 0; i < n; i++) {
			(void)snprintf(id, sizeof(id), "cut-%u", i);
			if (outpost_run(o, NULL, NULL, "record", OUTPOST_FORM, "subject=h3", "stage=roof", "date=2026-10-01", "household/name=王五", "--id", id, NULL) != 0)
				_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
told(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	print_message("finding %s %u %u: %s\n", code, epoch, (unsigned)seq, detail);
}

static const char *
look(struct outpost *o, enum journal_standing s)
{
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	uint32_t epoch = 0;
	uint64_t seq;
	unsigned i;
	int rc;

	if (s != JOURNAL_NORMAL && s != JOURNAL_AHEAD)
		return "the guard does not agree";
	if (journal_head(o->v.j, &epoch, &seq, hash) != 1 || epoch != o->epoch)
		return "a new epoch was begun for nothing";
	for (i = 0; i < o->entries; i++) {
		journal_entry_init(&x);
		rc = journal_by_hash(o->v.j, o->hash[i], &x);
		journal_entry_free(&x);
		if (rc != 1)
			return "an acknowledged entry is lost";
	}
	return journal_verify(o->v.j, told, NULL) == 0 ? NULL : "the journal does not verify";
}

const char *
outpost_holds(struct outpost *o)
{
	enum journal_standing s = JOURNAL_DAMAGED;
	const char *bad;
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/journal.db.damaged-1", o->v.dir);
	if (file_exists(path))
		return "a database that was whole was salvaged";
	(void)snprintf(path, sizeof(path), "%s/rest.key.damaged-1", o->v.dir);
	if (file_exists(path))
		return "a rest key that was whole was put aside";
	if ((o->v.j = journal_open(o->v.dir, &s, &o->v.e)) == NULL) {
		print_message("%s\n", o->v.e.text);
		return "it does not open";
	}
	bad = look(o, s);
	outpost_shut(o);
	return bad;
}
