#include <fcntl.h>
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

#define ENTRIES 40
#define PAGE 4096

static char top[128], original[160], dir[160];
static struct maker m;

static int
setup(void **state)
{
	struct journal_entry x;
	struct journal *j;
	unsigned i;
	int bad = 0;

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0)
		return -1;
	(void)snprintf(original, sizeof(original), "%s/original", top);
	(void)snprintf(dir, sizeof(dir), "%s/copy", top);
	if ((j = journal_create(original, NULL)) == NULL)
		return -1;
	for (i = 0; i < ENTRIES; i++) {
		bad |= i == 0 ? maker_genesis(&m, &x) : maker_personal(&m, &x);
		(void)snprintf(x.id, sizeof(x.id), "uuid:%u", i);
		bad |= journal_append(j, &x, 1, NULL);
		journal_entry_free(&x);
	}
	bad |= journal_set(j, "place", "520221", 6, NULL);
	journal_close(j);
	return bad;
}

static int
teardown(void **state)
{
	(void)state;
	maker_free(&m);
	maker_rm(top);
	return 0;
}

static void
copy(void)
{
	char cmd[512];

	maker_rm(dir);
	(void)snprintf(cmd, sizeof(cmd), "cp -a '%s' '%s'", original, dir);
	assert_int_equal(system(cmd), 0);
}

/* Overwrite page ${n} of the database (from 1).  0 when there is none. */
static int
spoil_page(unsigned n)
{
	uint8_t junk[PAGE];
	char path[256];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	memset(junk, 0xa5, sizeof(junk));
	assert_true((fd = open(path, O_WRONLY)) >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	if ((off_t)n * PAGE <= st.st_size)
		assert_int_equal(pwrite(fd, junk, PAGE, (off_t)(n - 1) * PAGE), PAGE);
	assert_int_equal(close(fd), 0);
	return (off_t)n * PAGE <= st.st_size;
}

static void
nothing(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)epoch;
	(void)seq;
	(void)detail;
	/* what was lost is a gap, or could not be judged for want of its epoch's key */
	if (strcmp(code, "gap") != 0)
		++*(unsigned *)ctx;
}

static int
reads_well(void)
{
	enum journal_standing s;
	struct journal *j = journal_open(dir, &s, NULL);
	unsigned other = 0;
	int n;

	if (j == NULL)
		return 0;
	n = journal_verify(j, nothing, &other);
	journal_close(j);
	return n >= 0;
}

static void
check_salvaged(const struct journal_salvaged *s)
{
	enum journal_standing st;
	struct journal_counts c;
	struct journal *j;
	struct err e = {""};
	unsigned other = 0;
	char path[256];

	if ((j = journal_open(dir, &st, &e)) == NULL)
		fail_msg("%s", e.text);
	assert_int_equal(journal_count(j, &c), 0);
	assert_int_equal(c.entries, s->entries);
	assert_true(journal_verify(j, nothing, &other) >= 0);
	assert_int_equal(other, 0);
	journal_close(j);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, s->aside);
	assert_true(file_exists(path));
	(void)snprintf(path, sizeof(path), "%s/journal.db.salvage", dir);
	assert_false(file_exists(path));
}

/* Each page of the database is spoilt in turn. */
static void
every_page(void **state)
{
	unsigned page, damaged = 0, saved = 0, most = 0;
	struct journal_salvaged s;
	struct err e;

	(void)state;
	for (page = 1;; page++) {
		copy();
		if (!spoil_page(page))
			break;
		if (reads_well())
			continue;
		damaged++;
		if (journal_salvage(dir, &s, &e) != 0) {
			/* nothing could be saved, and nothing was changed */
			assert_true(e.text[0] != '\0');
			assert_null(strstr(e.text, "write"));
			assert_false(reads_well());
			continue;
		}
		saved++;
		most += s.entries >= ENTRIES - 8;
		check_salvaged(&s);
	}
	print_message("%u pages, %u made it unreadable, %u of these were salvaged, %u with nearly all\n", page - 1, damaged, saved, most);
	assert_true(damaged > 10);
	assert_true(saved + 3 >= damaged); /* the first page and the roots of meta and entry hold everything */
	assert_true(most + 2 >= saved);
}

/* With the newest entries lost, only a new epoch goes on; what is in the WAL is saved too. */
static void
goes_on(void **state)
{
	enum journal_standing st;
	struct journal_salvaged s;
	struct journal_entry x;
	struct maker mine;
	struct journal *j;
	struct buf b;
	uint32_t epoch;
	uint64_t seq;

	(void)state;
	copy();
	assert_int_equal(maker_sql(dir, "DELETE FROM entry WHERE n > (1 << 40 | 30)"), 0);
	assert_int_equal(maker_sql(dir, "UPDATE entry SET sig = zeroblob(96) WHERE n = (1 << 40 | 7)"), 0);
	assert_int_equal(journal_salvage(dir, &s, NULL), 0);
	assert_int_equal(s.entries, 30);
	assert_int_equal(s.dropped, 1);
	assert_string_equal(s.aside, "journal.db.damaged-1");
	check_salvaged(&s);
	assert_non_null(j = journal_open(dir, &st, NULL));
	assert_int_equal(st, JOURNAL_BEHIND);
	buf_init(&b, 20);
	assert_int_equal(journal_get(j, "place", &b), 1);
	assert_string_equal(buf_str(&b), "520221");
	buf_free(&b);
	assert_int_equal(maker_init(&mine, 7, "520221"), 0);
	assert_int_equal(journal_head(j, &epoch, &seq, mine.last_hash), 1);
	assert_int_equal(seq, 30);
	mine.has_last = 1;
	memcpy(mine.last.device, mine.device, HASH_LEN);
	mine.last.epoch = epoch;
	mine.last.seq = seq;
	assert_int_equal(maker_epoch(&mine, &x, journal_next_epoch(j), "restored"), 0);
	assert_int_equal(journal_append(j, &x, 1, NULL), 0);
	journal_entry_free(&x);
	journal_close(j);
	maker_free(&mine);
	assert_int_equal(journal_salvage(dir, &s, NULL), 0);
	assert_string_equal(s.aside, "journal.db.damaged-2");
	assert_int_equal(s.entries, 31);
}

/* The power went between the two renames. */
static void
cut_in_between(void **state)
{
	enum journal_standing st;
	struct journal_salvaged s;
	struct journal *j;
	char a[256], b[256];

	(void)state;
	copy();
	(void)snprintf(a, sizeof(a), "%s/journal.db", dir);
	(void)snprintf(b, sizeof(b), "%s/journal.db.salvage", dir);
	assert_int_equal(rename(a, b), 0);
	assert_null(journal_open(dir, &st, NULL));
	assert_int_equal(journal_salvage(dir, &s, NULL), -1);
	(void)snprintf(b, sizeof(b), "%s/journal.db.damaged-1", dir);
	assert_int_equal(file_write(b, "old", 3, 0600, NULL), 0);
	(void)snprintf(b, sizeof(b), "%s/journal.db-wal", dir);
	assert_int_equal(file_write(b, "old log", 7, 0600, NULL), 0);
	assert_int_equal(journal_salvage(dir, &s, NULL), 0);
	assert_string_equal(s.aside, "journal.db.damaged-1");
	(void)snprintf(b, sizeof(b), "%s/journal.db.damaged-1-wal", dir);
	assert_true(file_exists(b));
	assert_non_null(j = journal_open(dir, &st, NULL));
	journal_close(j);
}

static void
nothing_to_save(void **state)
{
	struct journal_salvaged s;
	struct err e;
	char path[256];

	(void)state;
	copy();
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(file_write(path, "not a database at all, but some text", 36, 0600, NULL), 0);
	assert_int_equal(journal_salvage(dir, &s, &e), -1);
	assert_true(file_exists(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(journal_salvage(dir, &s, &e), -1);
	assert_false(file_exists(path));
}

/* Which failures to open are damage, and which are not: only that is salvaged. */
static void
damage_or_not(void **state)
{
	enum journal_standing st = JOURNAL_NORMAL;
	char path[256];
	struct err e;

	(void)state;
	copy();
	assert_int_equal(maker_sql(dir, "PRAGMA user_version = 99"), 0);
	assert_null(journal_open(dir, &st, &e));
	assert_int_equal(st, JOURNAL_NORMAL);
	assert_non_null(strstr(e.text, "newer version"));
	/* an empty file is no new journal */
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
	assert_null(journal_open(dir, &st, &e));
	assert_int_equal(st, JOURNAL_DAMAGED);
	assert_int_equal(unlink(path), 0);
	assert_null(journal_open(dir, &st, &e));
	assert_int_equal(st, JOURNAL_DAMAGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_page),
	    cmocka_unit_test(goes_on),
	    cmocka_unit_test(cut_in_between),
	    cmocka_unit_test(nothing_to_save),
	    cmocka_unit_test(damage_or_not),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
