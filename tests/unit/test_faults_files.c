/* Goal: no call on a file that fails, once or from there on, makes the agent say more than is on disk, lose what it said, or begin an epoch for nothing. */
#include <errno.h>
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
#include <sqlite3.h>

#include "base/enc.h"
#include "base/file.h"
#include "tests/lib/faultmem.h"
#include "tests/lib/faultvfs.h"
#include "tests/lib/outpost.h"

#define POINTS 12 /* TALLY_FAULTS=all for every one */

static struct outpost o;
static struct buf said, errs;

static int
setup(void **state)
{
	(void)state;
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	(void)setenv("TALLY_ALLOW_STORAGE", "tmpfs", 1);
	outpost_make(&o);
	/* after it: the county's database is not to fail */
	if (faultvfs_install() != 0)
		return -1;
	buf_init(&said, 1U << 20);
	buf_init(&errs, 1U << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&said);
	buf_free(&errs);
	outpost_free(&o);
	faultvfs_forget();
	return 0;
}

/* Where it fails: our own calls, or SQLite's. */
static const struct way {
	const char *name;
	int vfs, code;
} ways[] = {{"own calls, EIO", 0, EIO}, {"own calls, ENOSPC", 0, ENOSPC}, {"SQLite's calls, IOERR", 1, SQLITE_IOERR}, {"SQLite's calls, FULL", 1, SQLITE_FULL}};

struct op {
	const char *name;
	void (*before)(void);
	int (*run)(void);
	void (*after)(int rc);
};

static unsigned long
one(const struct op *op, const struct way *w, unsigned long nth, int forever)
{
	unsigned long hit;
	int rc;

	outpost_restore(&o);
	faultvfs_forget();
	if (op->before != NULL)
		op->before();
	buf_reset(&said);
	buf_reset(&errs);
	if (w->vfs)
		faultvfs_arm(FAULT_ALL, (unsigned)nth, forever, w->code);
	else
		faultio_arm(nth, forever, w->code);
	rc = op->run();
	hit = w->vfs ? faultvfs_disarm() : faultio_disarm();
	if (getenv("TALLY_FAULTS_SHOW") != NULL)
		print_message("%s: %s %lu %d: %d %s %s\n", op->name, w->name, nth, forever, rc, w->vfs ? "" : faultio_last(), buf_str(&errs));
	op->after(rc);
	return hit;
}

static void
walk(const struct op *op)
{
	const char *all = getenv("TALLY_FAULTS");
	unsigned long n, k, step, points;
	size_t i;
	int forever;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* how many there are: until none fails */
		for (n = 1; n < 5000 && one(op, &ways[i], n, 0) > 0; n += all != NULL ? 1 : 7)
			continue;
		step = all != NULL ? 1 : n / POINTS + 1;
		for (forever = 0, points = 0; forever < 2; forever++) {
			for (k = 1; k < n; k += step, points++)
				(void)one(op, &ways[i], k, forever);
		}
		print_message("# %s: %s: %lu calls, %lu fault points\n", op->name, ways[i].name, n - 1, points);
	}
}

static void
holds(const char *name)
{
	const char *bad = outpost_holds(&o);

	if (bad != NULL)
		fail_msg("%s: %s (%s)", name, bad, buf_str(&errs));
}

static int
has_id(const char *id)
{
	struct journal_entry x;
	int rc;

	journal_entry_init(&x);
	outpost_open(&o);
	rc = journal_by_id(o.v.j, id, &x);
	outpost_shut(&o);
	journal_entry_free(&x);
	return rc;
}

static int
run_record(void)
{
	return outpost_run(&o, &said, &errs, "record", OUTPOST_FORM, "subject=h2", "stage=roof", "date=2026-10-02", "household/name=王五", "--id", "new-1",
	    "--json", "--photo", o.photo_field, NULL);
}

static void
after_record(int rc)
{
	holds("record");
	if (rc == 0)
		assert_int_equal(has_id("new-1"), 1);
	else if (rc != 2 || errs.len == 0)
		fail_msg("exit status %d: %s", rc, buf_str(&errs));
	if (run_record() != 0)
		fail_msg("afterwards: %s", buf_str(&errs));
	assert_int_equal(has_id("new-1"), 1);
}

static void
record_fails(void **state)
{
	static const struct op op = {"record with a photo", NULL, run_record, after_record};

	(void)state;
	walk(&op);
}

/* Without its guard: a new epoch, once. */
static void
lose_guard(void)
{
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/guard", o.v.dir);
	assert_int_equal(unlink(path), 0);
}

static int
run_status(void)
{
	return outpost_run(&o, &said, &errs, "status", "--json", NULL);
}

static void
after_epoch(int rc)
{
	unsigned before = o.epoch;

	if (rc != 0 && (rc != 2 || errs.len == 0))
		fail_msg("exit status %d: %s", rc, buf_str(&errs));
	buf_reset(&said);
	if (run_record() != 0)
		fail_msg("afterwards: %s", buf_str(&errs));
	/* an attempt that failed may have used a number up; never is the journal left without one */
	outpost_open(&o);
	assert_int_equal(journal_head(o.v.j, &o.epoch, &(uint64_t){0}, (uint8_t[HASH_LEN]){0}), 1);
	outpost_shut(&o);
	assert_true(o.epoch > before);
	holds("a new epoch");
	o.epoch = before;
}

static void
epoch_fails(void **state)
{
	static const struct op op = {"a new epoch", lose_guard, run_status, after_epoch};

	(void)state;
	walk(&op);
}

/* init: whole or nothing; in a folder of its own. */
static char home[sizeof(o.v.dir)];

static void
no_folder(void)
{
	(void)snprintf(o.v.dir, sizeof(o.v.dir), "%.200s/fresh", o.v.top);
	maker_rm(o.v.dir);
}

static int
run_init(void)
{
	return outpost_run(&o, &said, &errs, "init", "--place", "520221204201", NULL);
}

static void
after_init(int rc)
{
	if (rc != 0 && (rc != 2 || errs.len == 0))
		fail_msg("exit status %d: %s", rc, buf_str(&errs));
	/* the next one makes it, or says that it is there */
	if (rc == 0)
		assert_int_equal(run_init(), 1);
	else if (run_init() == 2)
		fail_msg("afterwards: %s", buf_str(&errs));
	if (outpost_run(&o, &said, &errs, "verify", NULL) != 0)
		fail_msg("what init made does not verify: %s", buf_str(&errs));
	memcpy(o.v.dir, home, sizeof(home));
}

static void
init_fails(void **state)
{
	static const struct op op = {"init", no_folder, run_init, after_init};

	(void)state;
	memcpy(home, o.v.dir, sizeof(home));
	walk(&op);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(record_fails),
	    cmocka_unit_test(epoch_fails),
	    cmocka_unit_test(init_fails),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
