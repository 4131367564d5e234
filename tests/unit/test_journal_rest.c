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

#include "base/file.h"
#include "store/journal.h"
#include "tests/lib/maker.h"

/* Goal: no personal byte lies readable in the data folder, before or after the county has it; locked is neither erased nor a finding; old journals are brought forward. */

#define NAME "Zhao Xiaoyu"
#define PERSONAL "{\"name\":\"" NAME "\"}"
#define FACE "face of " NAME

static char dir[300];
static struct maker m;
static struct maker_log l;
static struct journal *j;
static char found[512];

static void
append(struct journal_entry *x)
{
	struct err e = { "" };

	if (journal_append(j, x, 1, &e) != 0)
		fail_msg("%s", e.text);
	maker_log_entry(&l, x, 1700000000001);
	journal_entry_free(x);
}

/* A journal with genesis, and entries 1 to 4: with a personal part, without, with both part and photo, reset-code. */
static int
setup(void **state)
{
	struct journal_entry x;
	struct entry h;
	struct buf keys;

	(void)state;
	if (maker_tmp(dir, sizeof(dir)) != 0 || maker_init(&m, 3, "520221") != 0 || maker_log_init(&l) != 0)
		return -1;
	(void)strcat(dir, "/data");
	assert_non_null(j = journal_create(dir, NULL));
	buf_init(&keys, 16384);
	assert_int_equal(maker_keys(&l, &keys), 0);
	assert_int_equal(journal_set(j, "keys", keys.data, keys.len, NULL), 0);
	buf_free(&keys);
	assert_int_equal(maker_genesis(&m, &x), 0);
	append(&x);
	maker_header(&m, &h, "record");
	assert_int_equal(maker_sign(&m, &x, &h, "{\"n\":1}", PERSONAL), 0);
	append(&x);
	assert_int_equal(maker_record(&m, &x), 0);
	append(&x);
	maker_header(&m, &h, "record");
	h.natt = 1;
	h.att[0].personal = 1;
	h.att[0].len = strlen(FACE);
	(void)strcpy(h.att[0].mediatype, "image/jpeg");
	assert_int_equal(journal_attachment_put(j, FACE, strlen(FACE), h.att[0].hash, NULL), 0);
	assert_int_equal(maker_sign(&m, &x, &h, "{\"n\":3}", PERSONAL), 0);
	append(&x);
	maker_header(&m, &h, "reset-code");
	assert_int_equal(maker_sign(&m, &x, &h, "{\"number\":1,\"reason\":\"first\"}", "{\"code\":\"" NAME "\"}"), 0);
	append(&x);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(j);
	j = NULL;
	maker_free(&m);
	maker_log_free(&l);
	*strrchr(dir, '/') = '\0';
	maker_rm(dir);
	return 0;
}

static void
open_again(void)
{
	enum journal_standing standing;
	struct err e = { "" };

	journal_close(j);
	if ((j = journal_open(dir, &standing, &e)) == NULL)
		fail_msg("%s", e.text);
}

/* Is the text anywhere in the data folder's bytes? */
static int
lies_there(const char *folder, const char *text)
{
	char path[600];
	struct dirent *d;
	struct stat st;
	struct buf b;
	DIR *dp = opendir(folder);
	int yes = 0;

	assert_non_null(dp);
	while ((d = readdir(dp)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			yes |= lies_there(path, text);
			continue;
		}
		buf_init(&b, 64U << 20);
		assert_int_equal(file_read(path, &b, NULL), 0);
		yes |= b.len > 0 && memmem(b.data, b.len, text, strlen(text)) != NULL;
		buf_free(&b);
	}
	(void)closedir(dp);
	return yes;
}

/* Everything confirmed: leaves 0 to 4, in one receipt. */
static void
confirm(void)
{
	struct range r;
	struct buf note;
	struct err e = { "" };
	uint8_t face[HASH_LEN];

	buf_init(&note, NOTE_MAX);
	assert_int_equal(maker_log_note(&l, &note), 0);
	assert_int_equal(maker_log_range(&l, &r, 0, 1, 0, 5, 1700000000001), 0);
	if (journal_confirm(j, m.device, &r, note.data, note.len, &e) != 0)
		fail_msg("%s", e.text);
	buf_free(&note);
	sha256(face, FACE, strlen(FACE));
	assert_int_equal(journal_attachment_delivered(j, face, NULL), 0);
}

static void
reseal(void)
{
	struct err e = { "" };
	int rc, rounds = 0;

	while ((rc = journal_reseal(j, 2, &e)) == 1)
		assert_true(++rounds < 20);
	if (rc != 0)
		fail_msg("%s", e.text);
}

/* What the entry of ${seq} says of its personal part: its text, or the state's number. */
static void
says(uint64_t seq, const char *text, int locked)
{
	struct journal_entry x;

	journal_entry_init(&x);
	assert_int_equal(journal_by_seq(j, 1, seq, &x), 1);
	assert_int_equal(x.has_personal, text != NULL);
	assert_int_equal((int)x.personal_locked, locked);
	assert_string_equal(buf_str(&x.personal), text != NULL ? text : "");
	journal_entry_free(&x);
}

static int
face(void)
{
	uint8_t hash[HASH_LEN];
	struct buf b;
	int rc;

	sha256(hash, FACE, strlen(FACE));
	buf_init(&b, 1000);
	if ((rc = journal_attachment_get(j, hash, &b, NULL)) == 0)
		assert_string_equal(buf_str(&b), FACE);
	buf_free(&b);
	return rc;
}

static void
take(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	size_t n = strlen(found);

	(void)ctx;
	(void)detail;
	(void)snprintf(found + n, sizeof(found) - n, "%s%s %u:%u", n ? ", " : "", code, epoch, (unsigned)seq);
}

static void
verifies(const char *want)
{
	found[0] = '\0';
	assert_true(journal_verify(j, take, NULL) >= 0);
	if (strcmp(found, want) != 0)
		fail_msg("found: %s; wanted: %s", found, want);
}

static void
sealed_from_the_start(void **state)
{
	(void)state;
	assert_false(lies_there(dir, NAME));
	says(1, PERSONAL, 0);
	says(2, NULL, 0);
	assert_int_equal(face(), 0);
	open_again();
	assert_false(lies_there(dir, NAME));
	says(3, PERSONAL, 0);
	assert_int_equal(face(), 0);
	confirm();
	reseal(); /* no cadre: nothing moves */
	says(1, PERSONAL, 0);
	says(4, "{\"code\":\"" NAME "\"}", 0);
	assert_false(lies_there(dir, NAME));
}

static void
into_the_cabinet(void **state)
{
	uint8_t secret[VAULT_KEY_LEN], public[VAULT_KEY_LEN];
	struct vault *v;
	char key[400];

	(void)state;
	assert_int_equal(vault_make_cabinet(secret, public), 0);
	v = journal_vault(j);
	vault_set_cabinet(v, public);
	reseal(); /* nothing is confirmed: all of it is still to be sent */
	says(1, PERSONAL, 0);
	confirm();
	says(1, PERSONAL, 0);
	reseal();
	says(1, NULL, JOURNAL_LOCKED);
	says(3, NULL, JOURNAL_LOCKED);
	says(4, NULL, 0); /* the county's code is gone from here */
	assert_int_equal(face(), 1);
	assert_int_equal(vault_unlock(v, secret), 0);
	says(1, PERSONAL, 0);
	assert_int_equal(face(), 0);
	vault_lock(v);
	/* with the rest key in hand nothing of it can be read either: no older page is left */
	open_again();
	vault_set_cabinet(journal_vault(j), public);
	says(1, NULL, JOURNAL_LOCKED);
	assert_false(lies_there(dir, NAME));
	/* locked is no finding, and damage to the county's matter of a lost rest key neither */
	found[0] = '\0';
	journal_close(j);
	j = NULL;
	(void)snprintf(key, sizeof(key), "%s/rest.key", dir);
	assert_int_equal(unlink(key), 0);
	(void)strcat(key, ".previous");
	assert_int_equal(unlink(key), 0);
	open_again();
	vault_set_cabinet(journal_vault(j), public);
	assert_int_equal(vault_unlock(journal_vault(j), secret), 0);
	says(1, PERSONAL, 0);
	assert_int_equal(face(), 0);
}

/* The reset-code's destroyed part is told as what it is by those who look at parts; everything else is no finding. */
static void
locked_is_no_finding(void **state)
{
	uint8_t secret[VAULT_KEY_LEN], public[VAULT_KEY_LEN];

	(void)state;
	verifies("");
	assert_int_equal(vault_make_cabinet(secret, public), 0);
	vault_set_cabinet(journal_vault(j), public);
	confirm();
	reseal();
	verifies("");
	/* but a sealed part whose bytes change is one, for who can look */
	assert_int_equal(vault_unlock(journal_vault(j), secret), 0);
	verifies("");
	journal_close(j);
	assert_int_equal(maker_sql(dir, "UPDATE entry SET personal = CAST(substr(personal, 1, 120) || x'00ff' || substr(personal, 123) AS BLOB) WHERE n = (1 << 40 | 1)"), 0);
	j = NULL;
	open_again();
	vault_set_cabinet(journal_vault(j), public);
	verifies("");
	assert_int_equal(vault_unlock(journal_vault(j), secret), 0);
	verifies("bad-personal 1:1");
}

static void
rest_key_lost(void **state)
{
	char key[400];

	(void)state;
	journal_close(j);
	j = NULL;
	(void)snprintf(key, sizeof(key), "%s/rest.key", dir);
	assert_int_equal(unlink(key), 0);
	(void)strcat(key, ".previous");
	assert_int_equal(unlink(key), 0);
	open_again();
	says(1, NULL, JOURNAL_LOST);
	assert_int_equal(face(), 2);
	verifies("bad-personal 1:1, bad-personal 1:3, bad-attachment 1:3, bad-personal 1:4");
	/* the county has them: nothing is missing */
	confirm();
	verifies("");
}

/* A journal from before there was a vault, cut at any batch: everything is sealed, and stays what it was. */
static void
brought_forward(void **state)
{
	static const char clear[] = "UPDATE entry SET salt = x'%s', personal = '" PERSONAL "' WHERE n = (1 << 40 | %u);";
	char sql[1000], hex[2 * ENTRY_SALT_LEN + 1], path[500];
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	size_t i, k;
	unsigned seq;

	(void)state;
	sha256(hash, FACE, strlen(FACE));
	(void)snprintf(path, sizeof(path), "%s/attachments/", dir);
	for (i = 0; i < HASH_LEN; i++)
		(void)sprintf(path + strlen(path), "%02x", hash[i]);
	for (seq = 1; seq <= 3; seq += 2) {
		journal_entry_init(&x);
		assert_int_equal(journal_by_seq(j, 1, seq, &x), 1);
		for (k = 0; k < ENTRY_SALT_LEN; k++)
			(void)sprintf(hex + 2 * k, "%02x", x.salt[k]);
		journal_entry_free(&x);
		journal_close(j);
		(void)snprintf(sql, sizeof(sql), clear, hex, seq);
		assert_int_equal(maker_sql(dir, sql), 0);
		j = NULL;
		open_again();
		says(seq, PERSONAL, 0); /* readable as it lies */
	}
	journal_close(j);
	j = NULL;
	assert_int_equal(file_write(path, FACE, strlen(FACE), 0600, NULL), 0);
	assert_int_equal(maker_sql(dir, "INSERT INTO meta VALUES ('clear', '')"), 0);
	assert_true(lies_there(dir, NAME));
	open_again();
	assert_false(lies_there(dir, NAME));
	says(1, PERSONAL, 0);
	says(3, PERSONAL, 0);
	assert_int_equal(face(), 0);
	verifies("");
}

/* A receipt that came late lies before what was moved already: it is not forgotten. */
static void
late_receipt(void **state)
{
	uint8_t secret[VAULT_KEY_LEN], public[VAULT_KEY_LEN];
	struct range r;
	struct buf note;

	(void)state;
	assert_int_equal(vault_make_cabinet(secret, public), 0);
	vault_set_cabinet(journal_vault(j), public);
	buf_init(&note, NOTE_MAX);
	assert_int_equal(maker_log_note(&l, &note), 0);
	assert_int_equal(maker_log_range(&l, &r, 3, 1, 3, 1, 1700000000001), 0);
	assert_int_equal(journal_confirm(j, m.device, &r, note.data, note.len, NULL), 0);
	reseal();
	says(3, NULL, JOURNAL_LOCKED);
	says(1, PERSONAL, 0);
	assert_int_equal(maker_log_range(&l, &r, 1, 1, 1, 1, 1700000000001), 0);
	assert_int_equal(journal_confirm(j, m.device, &r, note.data, note.len, NULL), 0);
	reseal();
	says(1, NULL, JOURNAL_LOCKED);
	buf_free(&note);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sealed_from_the_start, setup, teardown),
		cmocka_unit_test_setup_teardown(into_the_cabinet, setup, teardown),
		cmocka_unit_test_setup_teardown(locked_is_no_finding, setup, teardown),
		cmocka_unit_test_setup_teardown(rest_key_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(brought_forward, setup, teardown),
		cmocka_unit_test_setup_teardown(late_receipt, setup, teardown),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
