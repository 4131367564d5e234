#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "store/guard.h"

static char dir[64], path[96];

/* What the next calls of statfs() say is the file system's id; 0: the truth. */
static uint32_t fs_id[2];

int
statfs(const char *name, struct statfs *s)
{
	int rc = (int)syscall(SYS_statfs, name, s);

	if (rc == 0 && fs_id[0] != 0)
		memcpy(&s->f_fsid, fs_id, sizeof(fs_id));
	return rc;
}

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/tally-guard-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	return file_path(path, sizeof(path), dir, "guard");
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

/* The nth state, recognisable in every field. */
static struct guard_state
nth(unsigned n)
{
	struct guard_state s;

	memset(&s, 0, sizeof(s));
	s.epoch = n + 1;
	s.seq = (UINT64_C(1) << 40) + n;
	memset(s.head, (int)n, HASH_LEN);
	memset(s.host, 0xa5, HASH_LEN);
	return s;
}

static void
assert_nth(struct guard *g, unsigned n)
{
	struct guard_state got, want = nth(n);

	assert_int_equal(guard_read(g, &got), 0);
	assert_int_equal(got.epoch, want.epoch);
	assert_int_equal(got.seq, want.seq);
	assert_memory_equal(got.head, want.head, HASH_LEN);
	assert_memory_equal(got.host, want.host, HASH_LEN);
}

static void
put_nth(struct guard *g, unsigned n)
{
	struct guard_state s = nth(n);

	assert_int_equal(guard_write(g, &s, NULL), 0);
	assert_int_equal(s.counter, n);
}

/* Change ${len} bytes at ${off} behind the guard's back. */
static void
spoil(off_t off, size_t len)
{
	uint8_t junk[512];
	int fd = open(path, O_WRONLY);

	memset(junk, 0x5a, sizeof(junk));
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, len, off), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void
new_guard(void **state)
{
	struct guard *g = guard_create(path, NULL);
	struct guard_state s;
	struct err e;
	struct stat st;

	(void)state;
	assert_non_null(g);
	assert_int_equal(guard_read(g, &s), 0);
	assert_int_equal(s.counter, 0);
	assert_int_equal(s.epoch, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1024);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_null(guard_create(path, &e));
	guard_close(g);
	guard_close(NULL);
	assert_int_equal(unlink(path), 0);
	assert_null(guard_open(path, &e));
	assert_non_null(strstr(e.text, path));
}

static void
writes_in_turn(void **state)
{
	struct guard *g = guard_create(path, NULL);
	unsigned n;

	(void)state;
	for (n = 1; n < 10; n++) {
		put_nth(g, n);
		assert_nth(g, n);
		guard_close(g);
		assert_non_null(g = guard_open(path, NULL));
		assert_nth(g, n);
	}
	guard_close(g);
}

/* A write that tore leaves the state before it, whichever slot it was in; the next write repairs it. */
static void
torn_slot(void **state)
{
	static const size_t cut[] = {1, 8, 100, 480, 512};
	struct guard *g = guard_create(path, NULL);
	unsigned n, c;

	(void)state;
	put_nth(g, 1);
	for (n = 2; n < 12; n++) {
		put_nth(g, n);
		c = n % 5;
		/* slot 1 holds odd counters; a torn sector keeps its beginning or its end */
		spoil((off_t)(n % 2 * 512 + (n % 3 ? 0 : 512 - cut[c])), cut[c]);
		assert_nth(g, n - 1);
		put_nth(g, n);
		assert_nth(g, n);
	}
	guard_close(g);
}

static void
both_slots_torn(void **state)
{
	struct guard *g = guard_create(path, NULL);
	struct guard_state s;

	(void)state;
	put_nth(g, 1);
	put_nth(g, 2);
	spoil(40, 1);
	assert_nth(g, 1);
	spoil(512 + 40, 1);
	assert_int_equal(guard_read(g, &s), -1);
	put_nth(g, 1);
	assert_nth(g, 1);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(guard_read(g, &s), -1);
	guard_close(g);
}

/* A write that fails (no room for a byte more) loses nothing and may be tried again. */
static void
failed_write(void **state)
{
	struct guard *g = guard_create(path, NULL);
	struct guard_state s = nth(3);
	struct rlimit was, none;
	struct err e;

	(void)state;
	put_nth(g, 1);
	put_nth(g, 2);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(guard_write(g, &s, &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_nth(g, 2);
	put_nth(g, 3);
	assert_nth(g, 3);
	guard_close(g);
}

/* A file that takes the bytes and cannot sync them: not written. */
static void
failed_sync(void **state)
{
	struct guard *g = guard_open("/dev/null", NULL);
	struct guard_state s = nth(1);
	struct err e = { "" };

	(void)state;
	assert_non_null(g);
	assert_int_equal(guard_write(g, &s, &e), -1);
	assert_non_null(strstr(e.text, "synced"));
	guard_close(g);
}

/* Two handles on one guard, as two county processes have: each goes on from what the other wrote. */
static void
shared(void **state)
{
	struct guard *a = guard_create(path, NULL), *b = guard_open(path, NULL);

	(void)state;
	put_nth(a, 1);
	put_nth(b, 2);
	put_nth(b, 3);
	put_nth(a, 4);
	assert_nth(b, 4);
	spoil(0, 512); /* the fourth */
	assert_nth(a, 3);
	guard_close(a);
	guard_close(b);
}

static void
fingerprint(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];
	char other[96];

	(void)state;
	assert_int_equal(file_path(other, sizeof(other), dir, "copy"), 0);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(host_fingerprint(a, dir), 0);
	assert_int_equal(host_fingerprint(b, dir), 0);
	assert_memory_equal(a, b, HASH_LEN);
	assert_int_equal(host_fingerprint(b, other), 0);
	assert_memory_not_equal(a, b, HASH_LEN);
	assert_int_equal(rmdir(other), 0);
}

/* An id from a UUID counts; a device's number, in the lower half alone, may be another after a start. */
static void
fingerprint_of_a_disk(void **state)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];

	(void)state;
	fs_id[0] = 0x12345678;
	fs_id[1] = 0x9abcdef0;
	assert_int_equal(host_fingerprint(a, dir), 0);
	fs_id[1] = 0x9abcdef1;
	assert_int_equal(host_fingerprint(b, dir), 0);
	assert_memory_not_equal(a, b, HASH_LEN);
	fs_id[0] = 0x0801;
	fs_id[1] = 0;
	assert_int_equal(host_fingerprint(a, dir), 0);
	fs_id[0] = 0x0811;
	assert_int_equal(host_fingerprint(b, dir), 0);
	assert_memory_equal(a, b, HASH_LEN);
	fs_id[0] = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(new_guard, setup, teardown),
	    cmocka_unit_test_setup_teardown(writes_in_turn, setup, teardown),
	    cmocka_unit_test_setup_teardown(torn_slot, setup, teardown),
	    cmocka_unit_test_setup_teardown(both_slots_torn, setup, teardown),
	    cmocka_unit_test_setup_teardown(failed_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(failed_sync, setup, teardown),
	    cmocka_unit_test_setup_teardown(shared, setup, teardown),
	    cmocka_unit_test_setup_teardown(fingerprint, setup, teardown),
	    cmocka_unit_test_setup_teardown(fingerprint_of_a_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
