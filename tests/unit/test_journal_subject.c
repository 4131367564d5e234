/* Goal: subjects of a form are found by an index, in a journal made before there was one too; drafts outlive the process sealed, and go without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "store/journal_draft.h"
#include "store/journal_subject.h"
#include "tests/lib/maker.h"

static char top[128], dir[160];
static struct maker m;
static struct journal *j;

static int
setup(void **state)
{
	struct journal_entry x;

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/data", top);
	if ((j = journal_create(dir, NULL)) == NULL || maker_genesis(&m, &x) != 0 || journal_append(j, &x, 1, NULL) != 0)
		return -1;
	journal_entry_free(&x);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(j);
	j = NULL;
	maker_free(&m);
	maker_rm(top);
	return 0;
}

/* One entry of a kind about a subject; ${over}: what it replaces, or NULL. */
static void
put(const char *kind, const char *subject, const uint8_t *over)
{
	struct journal_entry x;
	struct err e = { "" };
	struct entry h;

	maker_header(&m, &h, kind);
	if (over != NULL) {
		h.has_supersedes = 1;
		memcpy(h.supersedes, over, HASH_LEN);
	}
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	(void)snprintf(x.subject, sizeof(x.subject), "%s", subject);
	if (journal_append(j, &x, 1, &e) != 0)
		fail_msg("%s", e.text);
	journal_entry_free(&x);
}

static int
add_name(void *ctx, const char *subject)
{
	struct buf *b = ctx;

	return buf_printf(b, "%s ", subject);
}

static void
expect(const char *after, const char *part, unsigned max, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(journal_subjects(j, "roof", after, part, max, add_name, &b), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static int
add_kind(void *ctx, const struct journal_entry *x)
{
	return buf_printf(ctx, "%s:%s ", x->h.kind, x->subject);
}

static void
check_subjects(void)
{
	struct buf b;
	uint64_t n = 0;

	expect("", "", 10, "a-1 a-2 b-1 ");
	expect("a-1", "", 10, "a-2 b-1 ");
	expect("", "", 2, "a-1 a-2 ");
	expect("", "-1", 10, "a-1 b-1 ");
	expect("b-1", "", 10, "");
	assert_int_equal(journal_subjects_count(j, "roof", 1000, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(journal_subjects_count(j, "roof", 2, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(journal_subjects_count(j, "well", 1000, &n), 0);
	assert_int_equal(n, 0);
	buf_init(&b, 4096);
	assert_int_equal(journal_subject_each(j, "roof", "a-1", add_kind, &b), 0);
	assert_string_equal(buf_str(&b), "record:a-1 record:a-1 correction:a-1 ");
	buf_free(&b);
}

static void
fill(void)
{
	uint8_t first[HASH_LEN];

	put("record", "a-1", NULL);
	memcpy(first, m.last_hash, HASH_LEN);
	put("record", "a-2", NULL);
	put("record", "a-1", NULL);
	put("correction", "a-1", first);
	put("record", "b-1", NULL);
	put("withdrawal", "b-1", m.last_hash);
}

static void
test_subjects(void **state)
{
	(void)state;
	fill();
	check_subjects();
}

static void
test_superseder(void **state)
{
	struct journal_entry x;
	uint8_t first[HASH_LEN], last[HASH_LEN];

	(void)state;
	put("record", "a-1", NULL);
	memcpy(first, m.last_hash, HASH_LEN);
	put("correction", "a-1", first);
	memcpy(last, m.last_hash, HASH_LEN);
	journal_entry_init(&x);
	assert_int_equal(journal_superseder(j, first, &x), 1);
	assert_memory_equal(x.hash, last, HASH_LEN);
	assert_int_equal(journal_superseder(j, last, &x), 0);
	journal_entry_free(&x);
}

static void
sql(const char *path, const char *text)
{
	sqlite3 *h = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	if (sqlite3_exec(h, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(h);
}

/* A journal as it was before there was a column for the form: opening finds every form in its header. */
static void
test_migration(void **state)
{
	enum journal_standing s;
	struct err e = { "" };
	char path[200];

	(void)state;
	fill();
	journal_close(j);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	sql(path, "DROP INDEX entry_subject; ALTER TABLE entry DROP COLUMN form; DROP TABLE draft; DROP TABLE media; DROP TABLE was; PRAGMA user_version = 2;");
	if ((j = journal_open(dir, &s, &e)) == NULL)
		fail_msg("%s", e.text);
	check_subjects();
}

static int
add_draft(void *ctx, const struct journal_draft *d)
{
	return buf_printf(ctx, "%s:%s:%s:%u ", d->id, d->form, d->actor, (unsigned)d->changed);
}

static void
reopen(void)
{
	enum journal_standing s;

	journal_close(j);
	j = journal_open(dir, &s, NULL);
	assert_non_null(j);
}

static void
keep(const char *id, const char *actor, uint64_t changed, const char *text)
{
	struct journal_draft d = { .made = 1, .changed = changed };

	(void)snprintf(d.id, sizeof(d.id), "%s", id);
	(void)snprintf(d.actor, sizeof(d.actor), "%s", actor);
	(void)snprintf(d.form, sizeof(d.form), "roof");
	assert_int_equal(journal_draft_put(j, &d, text, strlen(text), NULL), 0);
}

static void
test_drafts(void **state)
{
	struct journal_draft d;
	enum vault_answer answer;
	struct buf b, file;
	char path[200];
	size_t i;

	(void)state;
	keep("one", "wang", 5, "王小明 began");
	keep("two", "li", 6, "x");
	keep("one", "li", 7, "王小明 went on");
	reopen();
	buf_init(&b, 4096);
	assert_int_equal(journal_draft_each(j, add_draft, &b), 0);
	assert_string_equal(buf_str(&b), "one:roof:wang:7 two:roof:li:6 ");
	buf_reset(&b);
	assert_int_equal(journal_draft_get(j, "one", &d, &b, &answer), 1);
	assert_int_equal(answer, VAULT_OPEN);
	assert_string_equal(buf_str(&b), "王小明 went on");
	assert_string_equal(d.actor, "wang");
	assert_int_equal(journal_draft_get(j, "three", &d, &b, &answer), 0);
	/* not in clear on the disk */
	for (i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/journal.db%s", dir, i == 0 ? "" : "-wal");
		buf_init(&file, 64U << 20);
		(void)file_read(path, &file, NULL);
		assert_null(file.len == 0 ? NULL : memmem(file.data, file.len, "王小明", strlen("王小明")));
		buf_free(&file);
	}
	assert_int_equal(journal_draft_drop(j, "one", NULL), 0);
	assert_int_equal(journal_draft_drop(j, "one", NULL), 0);
	reopen();
	buf_reset(&b);
	assert_int_equal(journal_draft_each(j, add_draft, &b), 0);
	assert_string_equal(buf_str(&b), "two:roof:li:6 ");
	buf_free(&b);
}

static void
test_draft_limits(void **state)
{
	struct journal_draft d = { .form = "roof", .actor = "li" };
	char *large = malloc(JOURNAL_DRAFT_MAX + 1);
	unsigned i;

	(void)state;
	assert_non_null(large);
	memset(large, 'x', JOURNAL_DRAFT_MAX + 1);
	(void)strcpy(d.id, "large");
	assert_int_equal(journal_draft_put(j, &d, large, JOURNAL_DRAFT_MAX + 1, NULL), -1);
	assert_int_equal(journal_draft_put(j, &d, large, JOURNAL_DRAFT_MAX, NULL), 0);
	free(large);
	for (i = 1; i < JOURNAL_DRAFTS_MAX; i++) {
		(void)snprintf(d.id, sizeof(d.id), "%u", i);
		assert_int_equal(journal_draft_put(j, &d, "x", 1, NULL), 0);
	}
	assert_int_equal(journal_draft_put(j, &d, "y", 1, NULL), 0);
	(void)strcpy(d.id, "more");
	assert_int_equal(journal_draft_put(j, &d, "x", 1, NULL), 1);
}

static void
test_forget(void **state)
{
	struct journal_entry x;
	struct entry h;
	struct buf b;
	uint8_t named[HASH_LEN], loose[HASH_LEN];

	(void)state;
	assert_int_equal(journal_attachment_put(j, "named", 5, named, NULL), 0);
	assert_int_equal(journal_attachment_put(j, "loose", 5, loose, NULL), 0);
	maker_header(&m, &h, "record");
	h.natt = 1;
	memcpy(h.att[0].hash, named, HASH_LEN);
	h.att[0].len = 5;
	(void)strcpy(h.att[0].mediatype, "image/jpeg");
	assert_int_equal(maker_sign(&m, &x, &h, "{}", NULL), 0);
	assert_int_equal(journal_append(j, &x, 1, NULL), 0);
	journal_entry_free(&x);
	assert_int_equal(journal_attachment_forget(j, named, NULL), 0);
	assert_int_equal(journal_attachment_forget(j, loose, NULL), 0);
	assert_int_equal(journal_attachment_forget(j, loose, NULL), 0);
	buf_init(&b, 4096);
	assert_int_equal(journal_attachment_get(j, named, &b, NULL), 0);
	assert_int_equal(journal_attachment_get(j, loose, &b, NULL), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_subjects, setup, teardown), cmocka_unit_test_setup_teardown(test_superseder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_migration, setup, teardown), cmocka_unit_test_setup_teardown(test_drafts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_draft_limits, setup, teardown), cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
