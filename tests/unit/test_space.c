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

#include "agent/host/space.h"
#include "agent/host/storage.h"
#include "tests/lib/maker.h"

#define MIB (UINT64_C(1) << 20)

static enum space
of(uint64_t total, uint64_t free_bytes, uint64_t files)
{
	struct space_figures f = { .total = total, .free = free_bytes, .files = files };

	return space_judge(&f);
}

/* Goal: photos stop first, then entries, on big media and on small ones, for bytes and for files. */
static void
order(void **state)
{
	(void)state;
	assert_int_equal(of(32768 * MIB, 64 * MIB, 1000), SPACE_OK);
	assert_int_equal(of(32768 * MIB, 64 * MIB - 1, 1000), SPACE_NO_PHOTOS);
	assert_int_equal(of(32768 * MIB, 8 * MIB, 1000), SPACE_NO_PHOTOS);
	assert_int_equal(of(32768 * MIB, 8 * MIB - 1, 1000), SPACE_NO_ENTRIES);
	assert_int_equal(of(10 * MIB, MIB, 1000), SPACE_OK);
	assert_int_equal(of(10 * MIB, MIB - 1, 1000), SPACE_NO_PHOTOS);
	assert_int_equal(of(10 * MIB, MIB / 2 - 1, 1000), SPACE_NO_ENTRIES);
	assert_int_equal(of(32768 * MIB, 1000 * MIB, 256), SPACE_OK);
	assert_int_equal(of(32768 * MIB, 1000 * MIB, 255), SPACE_NO_PHOTOS);
	assert_int_equal(of(32768 * MIB, 1000 * MIB, 63), SPACE_NO_ENTRIES);
	assert_int_equal(of(32768 * MIB, 1000 * MIB, UINT64_MAX), SPACE_OK);
}

/* Goal: the reserve takes its blocks, stays, and can be given up and made again. */
static void
reserve(void **state)
{
	char dir[128], path[160];
	struct err e = { "" };
	struct stat st;

	(void)state;
	assert_int_equal(maker_tmp(dir, sizeof(dir)), 0);
	(void)snprintf(path, sizeof(path), "%s/reserve", dir);
	if (space_reserve(dir, &e) != 1) {
		maker_rm(dir);
		skip();
	}
	assert_int_equal(stat(path, &st), 0);
	assert_true((uint64_t)st.st_blocks * 512 >= (uint64_t)st.st_size);
	assert_int_equal(space_reserve(dir, &e), 1);
	assert_int_equal(space_give_up(dir), 1);
	assert_int_equal(space_give_up(dir), 0);
	assert_int_not_equal(stat(path, &st), 0);
	assert_int_equal(space_reserve(dir, &e), 1);
	assert_int_equal(space_reserve("/nowhere/at/all", &e), -1);
	maker_rm(dir);
}

static const char *
trouble(const char *name, const char *options)
{
	static struct storage s;

	storage_options(name, options, &s);
	return s.trouble;
}

/* Goal: storage that cannot keep a promise is recognised by its name and by its mount's options. */
static void
storage(void **state)
{
	(void)state;
	assert_string_equal(trouble("ext4", "rw,relatime,rw,errors=remount-ro"), "");
	assert_string_equal(trouble("overlay", "rw,lowerdir=/a,upperdir=/volatile"), "");
	assert_string_not_equal(trouble("overlay", "rw,lowerdir=/a,upperdir=/b,volatile"), "");
	assert_string_not_equal(trouble("ext4", "rw,nobarrier"), "");
	assert_string_not_equal(trouble("ext4", "rw,relatime,rw,barrier=0"), "");
	assert_string_equal(trouble("ext4", "rw,barrier=01"), "");
	assert_string_not_equal(trouble("tmpfs", "rw"), "");
	assert_string_not_equal(trouble("vfat", "rw"), "");
	assert_string_not_equal(trouble("exfat", "rw"), "");
	assert_string_not_equal(trouble("nfs", "rw"), "");
	assert_string_not_equal(trouble("cifs", "rw"), "");
	assert_string_equal(trouble("something-new", "rw"), "");
}

static void
refused_by_name(void **state)
{
	struct err e = { "" };
	struct storage s;

	(void)state;
	storage_look("/dev/shm", &s);
	if (strcmp(s.name, "tmpfs") != 0)
		skip();
	assert_int_equal(storage_refuse("/dev/shm", NULL, &e), -1);
	assert_non_null(strstr(e.text, "--allow-storage tmpfs"));
	assert_int_equal(storage_refuse("/dev/shm", "vfat", &e), -1);
	assert_int_equal(storage_refuse("/dev/shm", "vfat,tmpfs", &e), 0);
	assert_int_equal(storage_refuse("/dev/shm", "tmpfs2", &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order),
	    cmocka_unit_test(reserve),
	    cmocka_unit_test(storage),
	    cmocka_unit_test(refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
