/* Goal: files are replaced whole or not at all, folders are read in order, and time comes from where a test puts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

static char dir[] = "/tmp/tally-test-file-XXXXXX";

static const char *
in_dir(const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_tree(const char *path)
{
	char sub[4096], **names;
	struct stat st;
	size_t n, i;

	if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return unlink(path);
	if (file_names(path, &names, &n, 100000, NULL) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (file_path(sub, sizeof(sub), path, names[i]) == 0)
			(void)remove_tree(sub);
	file_names_free(names, n);
	return rmdir(path);
}

static int
drop_dir(void **state)
{
	(void)state;
	(void)unsetenv("TALLY_CLOCK");
	return remove_tree(dir);
}

static void
holds(const char *path, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(path, &b, NULL), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static size_t
count_names(void)
{
	char **names;
	size_t n;

	assert_int_equal(file_names(dir, &names, &n, 1000, NULL), 0);
	file_names_free(names, n);
	return n;
}

static void
write_and_read(void **state)
{
	const char *path = in_dir("state");
	struct stat st;
	struct err e;
	mode_t old = umask(077);

	(void)state;
	assert_int_equal(file_write(path, "one", 3, 0640, &e), 0);
	(void)umask(old);
	holds(path, "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_write(path, "two!", 4, 0600, &e), 0);
	holds(path, "two!");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_write(path, NULL, 0, 0600, &e), 0);
	holds(path, "");
	assert_int_equal(count_names(), 1); /* no temporary file stays */
	assert_int_equal(unlink(path), 0);
}

static void
failed_writes_leave_nothing(void **state)
{
	char *longest = malloc(5000);
	struct err e;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'a', 4999);
	longest[4999] = '\0';
	assert_int_equal(file_write(in_dir("none/x"), "1", 1, 0600, &e), -1);
	assert_non_null(strstr(e.text, "none/x: cannot be created: No such file"));
	assert_int_equal(file_write(longest, "1", 1, 0600, &e), -1);
	assert_int_equal(file_mkdirs(in_dir("folder/inside"), 0700, &e), 0);
	assert_int_equal(file_write(in_dir("folder"), "1", 1, 0600, &e), -1);
	assert_non_null(strstr(e.text, "replaced"));
	assert_int_equal(count_names(), 1);
	assert_int_equal(remove_tree(in_dir("folder")), 0);
	free(longest);
}

static void
create_never_replaces(void **state)
{
	const char *path = in_dir("key");
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(file_create(path, "one", 3, 0600, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_create(path, "two", 3, 0600, &e), -1);
	assert_non_null(strstr(e.text, "File exists"));
	holds(path, "one");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(file_create(path, "two", 3, 0600, &e), -1);
	assert_int_equal(file_exists(in_dir("elsewhere")), 0);
	assert_int_equal(file_exists(path), 1); /* also a dangling link */
	assert_int_equal(count_names(), 1);
	assert_int_equal(unlink(path), 0);
}

static void
reading_is_bounded(void **state)
{
	const char *path = in_dir("big");
	uint8_t *big = malloc(50000);
	struct buf b;
	struct err e;

	(void)state;
	assert_non_null(big);
	memset(big, 7, 50000);
	assert_int_equal(file_write(path, big, 50000, 0600, &e), 0);
	buf_init(&b, 50000);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_int_equal(b.len, 50000);
	assert_memory_equal(b.data, big, 50000);
	buf_free(&b);
	buf_init(&b, 49999);
	assert_int_equal(file_read(path, &b, &e), -1);
	assert_non_null(strstr(e.text, "larger than 49999"));
	buf_free(&b);
	buf_init(&b, 50003);
	assert_int_equal(buf_puts(&b, "abc"), 0);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_memory_equal(b.data, "abc\7\7", 5);
	buf_free(&b);
	assert_int_equal(file_read(in_dir("absent"), &b, &e), -1);
	assert_non_null(strstr(e.text, "absent: cannot be opened"));
	assert_int_equal(file_read(dir, &b, &e), -1);
	buf_free(&b);
	free(big);
	assert_int_equal(unlink(path), 0);
}

static void
folders(void **state)
{
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(file_mkdirs(in_dir("a//b/c/"), 0700, &e), 0);
	assert_int_equal(stat(in_dir("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(file_mkdirs(in_dir("a/b/c"), 0700, &e), 0);
	assert_int_equal(file_mkdirs("/", 0700, &e), 0);
	assert_int_equal(file_mkdirs("", 0700, &e), -1);
	assert_int_equal(file_write(in_dir("a/f"), "", 0, 0600, &e), 0);
	assert_int_equal(file_mkdirs(in_dir("a/f"), 0700, &e), -1);
	assert_non_null(strstr(e.text, "not a folder"));
	assert_int_equal(file_mkdirs(in_dir("a/f/g"), 0700, &e), -1);
	assert_int_equal(remove_tree(in_dir("a")), 0);
}

static void
names_in_order(void **state)
{
	static const char *const made[] = { "n/b", "n/a", "n/.hidden", "n/10", "n/9" };
	static const char *const want[] = { ".hidden", "10", "9", "a", "b" };
	char **names = NULL;
	size_t n = 99, i;
	struct err e;

	(void)state;
	assert_int_equal(file_mkdirs(in_dir("n"), 0700, &e), 0);
	assert_int_equal(file_names(in_dir("n"), &names, &n, 0, &e), 0);
	assert_int_equal(n, 0);
	file_names_free(names, n);
	for (i = 0; i < 5; i++)
		assert_int_equal(file_write(in_dir(made[i]), "", 0, 0600, &e), 0);
	assert_int_equal(file_names(in_dir("n"), &names, &n, 5, &e), 0);
	assert_int_equal(n, 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(names[i], want[i]);
	file_names_free(names, n);
	assert_int_equal(file_names(in_dir("n"), &names, &n, 4, &e), -1);
	assert_non_null(strstr(e.text, "more than 4"));
	assert_int_equal(file_names(in_dir("absent"), &names, &n, 4, &e), -1);
	file_names_free(NULL, 0);
	assert_int_equal(remove_tree(in_dir("n")), 0);
}

static void
paths(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(file_path(out, sizeof(out), "abc", "def"), 0);
	assert_string_equal(out, "abc/def");
	assert_int_equal(file_path(out, sizeof(out), "abc", "defg"), -1);
}

static void
set_clock(const char *text)
{
	assert_int_equal(file_write(in_dir("clock"), text, strlen(text), 0600, NULL), 0);
	assert_int_equal(setenv("TALLY_CLOCK", in_dir("clock"), 1), 0);
}

static void
clock_of_a_test(void **state)
{
	uint8_t boot[16], real[16];
	int64_t a, b;

	(void)state;
	set_clock("wall 1700000000123\nmono 5\nboot 00112233445566778899aabbccddeeff\n");
	assert_true(clock_wall() == INT64_C(1700000000123));
	assert_true(clock_mono() == 5);
	assert_int_equal(clock_boot(boot), 0);
	assert_memory_equal(boot, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	set_clock("wall -86400000\n"); /* read at every call; 1969 is a time too; the rest is the real one */
	assert_true(clock_wall() == -86400000);
	assert_true(clock_mono() > 5);
	if (clock_boot(real) == 0)
		assert_memory_not_equal(real, boot, 16);
	assert_int_equal(unsetenv("TALLY_CLOCK"), 0);
	assert_true(clock_wall() > INT64_C(1600000000000));
	a = clock_mono();
	b = clock_mono();
	assert_true(a > 0 && b >= a);
	assert_int_equal(unlink(in_dir("clock")), 0);
}

static void
date_is(int64_t ms, const char *want)
{
	char date[16], both[32];

	clock_date(ms, date);
	clock_datetime(ms, both);
	assert_string_equal(both, want);
	assert_memory_equal(date, want, 10);
	assert_int_equal(strlen(date), 10);
}

static void
dates_of_shanghai(void **state)
{
	(void)state;
	date_is(0, "1970-01-01 08:00:00");
	date_is(-28800001, "1969-12-31 23:59:59");
	date_is(-28800000, "1970-01-01 00:00:00");
	date_is(INT64_C(1709135999999), "2024-02-28 23:59:59");
	date_is(INT64_C(1709136000000), "2024-02-29 00:00:00");
	date_is(INT64_C(1709222400000), "2024-03-01 00:00:00");
	date_is(INT64_C(951753600000), "2000-02-29 00:00:00");
	date_is(INT64_C(4107513600000), "2100-03-01 00:00:00");
	date_is(INT64_C(1735660799000), "2024-12-31 23:59:59");
	date_is(INT64_C(253402271999999), "9999-12-31 23:59:59");
	date_is(INT64_C(253402272000000), "9999-12-31 23:59:59");
	date_is(INT64_MAX, "9999-12-31 23:59:59");
	date_is(INT64_C(-62167248000000), "0000-01-01 00:00:00");
	date_is(INT64_MIN, "0000-01-01 00:00:00");
}

/* Every noon of 500 years against the C library. */
static void
dates_as_the_library(void **state)
{
	int64_t day;
	char want[32], got[32];
	struct tm tm;
	time_t t;

	(void)state;
	for (day = -100000; day < 100000; day++) {
		t = (time_t)(day * 86400 + 43200);
		if ((int64_t)t != day * 86400 + 43200)
			continue; /* a machine with 32 bits of time */
		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%S", &tm), 19);
		clock_datetime(((int64_t)t - 8 * 3600) * 1000, got);
		assert_string_equal(got, want);
	}
}

/* What log_msg() writes to a file put in stderr's place. */
static void
logged(enum log_level l, const char *text, const char *journal, const char *want)
{
	int saved = dup(STDERR_FILENO), fd = open(in_dir("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	char stream[64];
	struct stat st;

	assert_true(saved >= 0 && fd >= 0 && fstat(fd, &st) == 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", journal ? journal : stream, 1), 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_msg(l, "%s", text);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	(void)close(saved);
	(void)close(fd);
	(void)unsetenv("JOURNAL_STREAM");
	holds(in_dir("log"), want);
	assert_int_equal(unlink(in_dir("log")), 0);
}

static void
log_lines(void **state)
{
	char longest[3000], want[1100];

	(void)state;
	logged(LOG_INFO, "hello", "1:1", "hello\n");
	logged(LOG_WARN, "hello", NULL, "<4>hello\n");
	logged(LOG_INFO, "a\nb\x1b[2Jc", "1:1", "a b [2Jc\n");
	logged(LOG_DEBUG, "hidden", "1:1", "");
	log_level_set(LOG_DEBUG);
	logged(LOG_DEBUG, "shown", "1:1", "shown\n");
	log_level_set(LOG_INFO);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(want, 'x', 1022);
	memcpy(want + 1022, "\n", 2);
	logged(LOG_ERROR, longest, "1:1", want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(write_and_read),
	    cmocka_unit_test(failed_writes_leave_nothing),
	    cmocka_unit_test(create_never_replaces),
	    cmocka_unit_test(reading_is_bounded),
	    cmocka_unit_test(folders),
	    cmocka_unit_test(names_in_order),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(clock_of_a_test),
	    cmocka_unit_test(dates_of_shanghai),
	    cmocka_unit_test(dates_as_the_library),
	    cmocka_unit_test(log_lines),
	};

	return cmocka_run_group_tests_name("file", tests, make_dir, drop_dir);
}
