/* Goal: whatever happens to the files of an agent's folder, it goes on or says what is lost: never another identity, never a fork, never a silent loss. */
#include <dirent.h>
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

#include "agent/agent.h"
#include "base/enc.h"
#include "base/file.h"
#include "base/json.h"
#include "tests/lib/mutate.h"
#include "tests/lib/outpost.h"

#define ROUNDS 200 /* TALLY_DAMAGES=10000 for all */

static struct outpost o;
static struct outpost_file older[OUTPOST_FILES_MAX]; /* the folder some entries before */
static size_t nolder;
static struct outpost_file closed[OUTPOST_FILES_MAX], cut[OUTPOST_FILES_MAX]; /* the folder after a clean stop, and after a cut */
static size_t nclosed, ncut;
static uint64_t rnd;
static char what[400]; /* was done in this round */
static struct { unsigned rounds, whole, salvaged, refused, lost, epochs; } sum;

static int
setup(void **state)
{
	(void)state;
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	(void)setenv("TALLY_ALLOW_STORAGE", "tmpfs", 1);
	outpost_make(&o);
	memcpy(older, o.file, sizeof(older));
	nolder = o.nfiles;
	o.nfiles = 0; /* they are ours now */
	outpost_cut(&o, 4);
	outpost_keep(&o);
	memcpy(cut, o.file, sizeof(cut));
	ncut = o.nfiles;
	o.nfiles = 0;
	outpost_keep(&o); /* it was opened and closed meanwhile */
	memcpy(closed, o.file, sizeof(closed));
	nclosed = o.nfiles;
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nolder; i++)
		free(older[i].data);
	for (i = 0; i < ncut; i++)
		free(cut[i].data);
	memcpy(o.file, closed, sizeof(closed));
	o.nfiles = nclosed;
	outpost_free(&o);
	return 0;
}

static uint64_t
below(uint64_t n)
{
	return n == 0 ? 0 : rnd_next(&rnd) % n;
}

/* What can happen to one file */

static void
flip(uint8_t *p, size_t *n)
{
	unsigned k = 1 + (unsigned)below(8);

	for (; *n > 0 && k > 0; k--)
		p[below(*n)] ^= (uint8_t)(1U << below(8));
}

static void
blank(uint8_t *p, size_t *n)
{
	size_t block = below(2) ? 512 : 4096, at = below(*n / block + 1) * block;

	if (at < *n)
		memset(p + at, 0, *n - at < block ? *n - at : block);
}

static void
noise(uint8_t *p, size_t *n)
{
	size_t at = below(*n + 1), len = below(2000);

	for (; len > 0 && at < *n; len--)
		p[at++] = (uint8_t)below(256);
}

static void
nuls(uint8_t *p, size_t *n)
{
	memset(p, 0, *n);
}

static void
cut_short(uint8_t *p, size_t *n)
{
	(void)p;
	*n = below(4) ? below(*n + 1) : 0;
}

static void
longer(uint8_t *p, size_t *n)
{
	size_t k = below(5000);

	for (; k > 0; k--)
		p[(*n)++] = (uint8_t)below(256);
}

static const struct {
	const char *name;
	void (*spoil)(uint8_t *p, size_t *n); /* room for 5000 more; NULL: see damage_one() */
} kinds[] = {{"bits flipped", flip}, {"a block zeroed", blank}, {"noise", noise}, {"all NUL", nuls}, {"truncated", cut_short}, {"garbage appended", longer},
    {"gone", NULL}, {"an older copy", NULL}};

static void
put_file(const char *name, const uint8_t *p, size_t n)
{
	char path[500];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", o.v.dir, name);
	assert_non_null(f = fopen(path, "wb"));
	if (n > 0)
		assert_int_equal(fwrite(p, n, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
damage_one(struct outpost_file *f)
{
	size_t kind = below(sizeof(kinds) / sizeof(kinds[0])), n = f->len, i;
	uint8_t *p = malloc(n + 5001);
	char path[500];

	assert_non_null(p);
	memcpy(p, f->data, n);
	(void)snprintf(path, sizeof(path), "%s/%s", o.v.dir, f->name);
	(void)snprintf(what + strlen(what), sizeof(what) - strlen(what), "%s%s: %s", what[0] ? ", " : "", f->name, kinds[kind].name);
	if (kinds[kind].spoil != NULL) {
		kinds[kind].spoil(p, &n);
		put_file(f->name, p, n);
	} else if (kind % 2 == 0) {
		(void)unlink(path);
	} else {
		for (i = 0; i < nolder && strcmp(older[i].name, f->name) != 0; i++)
			continue;
		if (i < nolder)
			put_file(f->name, older[i].data, older[i].len);
		else
			(void)unlink(path); /* it was not there then */
	}
	free(p);
}

/* The folder after it */

static struct buf said, errs;

static int
run(const char *a, const char *b, const char *c)
{
	buf_reset(&said);
	buf_reset(&errs);
	return outpost_run(&o, &said, &errs, a, b, c, NULL);
}

/* Are all bytes of the entry ${i}'s row side by side in this file? */
static int
bytes_in(const char *name, const struct journal_entry *x)
{
	struct buf file, row;
	char path[500];
	size_t i;
	int there;

	(void)snprintf(path, sizeof(path), "%s/%s", o.v.dir, name);
	buf_init(&file, 64U << 20);
	buf_init(&row, 1U << 20);
	(void)buf_put(&row, x->hash, HASH_LEN);
	(void)buf_put(&row, x->header.data, x->header.len);
	for (i = 0; i < x->nsigs; i++) {
		(void)buf_put(&row, x->sig[i].keyhash, HASH_LEN);
		(void)buf_put(&row, x->sig[i].sig, SIG_LEN);
	}
	(void)buf_put(&row, x->payload.data, x->payload.len);
	there = file_read(path, &file, NULL) == 0 && file.len > 0 && memmem(file.data, file.len, row.data, row.len) != NULL;
	buf_free(&file);
	buf_free(&row);
	return there;
}

static struct journal_entry kept[64];
static int undamaged[64];

static int
keep_row(void *ctx, const struct journal_entry *x)
{
	unsigned *n = ctx;
	struct journal_entry *k = &kept[(*n)++];

	journal_entry_init(k);
	k->h = x->h;
	memcpy(k->hash, x->hash, HASH_LEN);
	k->nsigs = x->nsigs;
	memcpy(k->sig, x->sig, sizeof(k->sig));
	(void)buf_put(&k->header, x->header.data, x->header.len);
	(void)buf_put(&k->payload, x->payload.data, x->payload.len);
	return 0;
}

static int
has_file(const char *name)
{
	char path[500];

	(void)snprintf(path, sizeof(path), "%s/%s", o.v.dir, name);
	return file_exists(path);
}

static void
wrong(const char *why)
{
	fail_msg("seed %llu: %s: %s; said: %.300s %.500s", (unsigned long long)sum.rounds, what, why, buf_str(&said), buf_str(&errs));
}

/* The guard is spoilt together with something else: what only the county can tell then. */
static int
both(void)
{
	return strstr(what, "guard: ") != NULL && strstr(what, ", ") != NULL;
}

/* A folder that goes on: still the same device, and what was whole is there. */
static void
check_status(void)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, o.v.m.device, HASH_LEN);
	if (strstr(buf_str(&said), hex) == NULL)
		wrong("another identity");
}

static unsigned
check_entries(void)
{
	unsigned i, gone = 0;
	char hex[2 * HASH_LEN + 1];

	if (run("list", "--json", NULL) != 0)
		wrong("list fails where status does not");
	for (i = 0; i < o.entries; i++) {
		enc_hex(hex, o.hash[i], HASH_LEN);
		if (strstr(buf_str(&said), hex) != NULL)
			continue;
		gone++;
		if (undamaged[i] && strstr(what, ", ") == NULL)
			wrong("an entry whose bytes are all there is lost");
	}
	return gone;
}

/* One more entry: never at a place in the chain where another one was. */
static void
check_record(void)
{
	char id[32], *at;
	cJSON *r;
	int64_t epoch = 0, seq = 0;
	unsigned i;
	int rc;

	(void)snprintf(id, sizeof(id), "after-%u", sum.rounds);
	buf_reset(&said);
	buf_reset(&errs);
	rc = outpost_run(&o, &said, &errs, "record", OUTPOST_FORM, "subject=h9", "stage=roof", "date=2026-10-03", "--id", id, "--json", NULL);
	if (rc != 0) {
		if (errs.len == 0)
			wrong("refused without a word");
		if (getenv("TALLY_DAMAGE_SHOW") != NULL)
			print_message("no record: %s: %s", what, buf_str(&errs));
		sum.refused++;
		return;
	}
	at = strchr(buf_str(&said), '\n');
	r = json_parse(said.data, at == NULL ? said.len : (size_t)(at - buf_str(&said)), JSON_OBJECT, NULL);
	if (r == NULL || json_int(r, "epoch", &epoch) != 0 || json_int(r, "seq", &seq) != 0)
		wrong("what record said is no JSON");
	cJSON_Delete(r);
	for (i = 0; !both() && i < o.entries; i++) {
		if (kept[i].h.epoch == epoch && kept[i].h.seq == (uint64_t)seq)
			wrong("a fork: another entry is at that place in the chain");
	}
	sum.epochs += epoch > 1;
}

static int
any_trace(void)
{
	struct dirent *d;
	DIR *dir = opendir(o.v.dir);
	int n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL)
		n += strcmp(d->d_name, "attachments") != 0 && d->d_name[0] != '.';
	(void)closedir(dir);
	return n > 0;
}

static void
judge(void)
{
	unsigned i, gone;
	int rc;

	for (i = 0; i < o.entries; i++)
		undamaged[i] = bytes_in("journal.db", &kept[i]) || bytes_in("journal.db-wal", &kept[i]);
	rc = run("status", "--json", NULL);
	if (rc != 0) {
		if (rc != 2 || errs.len < 20)
			wrong("neither status nor an error");
		if (getenv("TALLY_DAMAGE_SHOW") != NULL)
			print_message("refused: %s: %s", what, buf_str(&errs));
		sum.refused++;
	} else {
		check_status();
		if (run("list", "--json", NULL) == 2)
			(void)run("status", NULL, NULL);
		(void)check_entries();
		check_record();
		rc = run("verify", NULL, NULL);
		if (rc == 2) /* it found the damage; the next start mends it */
			rc = run("verify", NULL, NULL);
		if (rc != 0 && rc != 1)
			wrong("verify fails");
		gone = check_entries();
		if (gone > 0 && rc == 0 && !both() && (run("list", "--json", NULL) != 0 || strstr(buf_str(&said), "\"kind\":\"loss\"") == NULL))
			wrong("entries are gone, and neither verify nor a loss entry says so");
		sum.lost += gone > 0;
		sum.whole += gone == 0;
		sum.salvaged += has_file("journal.db.damaged-1") != 0;
	}
	if (any_trace() && run("init", "--place", "520221204201") == 0)
		wrong("init made a new identity over traces of the old one");
}

static void
damage_all(void **state)
{
	const char *n = getenv("TALLY_DAMAGES"), *from = getenv("TALLY_DAMAGE_FROM");
	unsigned rounds = n != NULL ? (unsigned)strtoul(n, NULL, 10) : ROUNDS, first = from != NULL ? (unsigned)strtoul(from, NULL, 10) : 0, i, k, rows = 0;

	(void)state;
	buf_init(&said, 4U << 20);
	buf_init(&errs, 4U << 20);
	outpost_restore(&o);
	outpost_open(&o);
	assert_true(journal_each(o.v.j, keep_row, &rows) >= 0);
	outpost_shut(&o);
	for (i = first; i < first + rounds; i++) {
		rnd = i;
		(void)rnd_next(&rnd);
		sum.rounds = i;
		what[0] = '\0';
		memcpy(o.file, i % 2 ? cut : closed, sizeof(cut));
		o.nfiles = i % 2 ? ncut : nclosed;
		outpost_restore(&o);
		for (k = below(5) == 0 ? 2 : 1; k > 0; k--)
			damage_one(&o.file[below(3) ? below(o.nfiles) : 0]);
		judge();
	}
	for (i = 0; i < rows; i++)
		journal_entry_free(&kept[i]);
	buf_free(&said);
	buf_free(&errs);
	print_message("# %u damages: %u with all entries, %u with some lost, %u databases salvaged, %u refusals, %u new epochs\n", rounds, sum.whole, sum.lost,
	    sum.salvaged, sum.refused, sum.epochs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(damage_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
