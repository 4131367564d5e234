#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/lib/faultvfs.h"
#include "tests/lib/ledgerkit.h"

/*
 * Every write, sync, read and cut of an append fails once, then for ever, and
 * the power goes: what was acknowledged is there, what is there is whole, and
 * the county may go on signing.
 */

#define WALK_MAX 400
#define N 5

static void
no_findings(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	(void)device;
	(void)epoch;
	(void)seq;
	fail_msg("%s: %s", code, detail);
}

/* The power goes: what was not synced is gone.  Then the county starts again. */
static void
cut(struct kit *k)
{
	faultvfs_arm(FAULT_ALL, 1, 1, SQLITE_IOERR);
	kit_shut(k);
	(void)faultvfs_disarm();
	faultvfs_cut();
	kit_reopen(k);
}

static void
assert_whole(struct kit *k, const struct journal_entry *x, int acknowledged)
{
	const char *why;
	uint64_t size;
	uint8_t root[HASH_LEN];
	int there;

	if (!ledger_may_sign(k->l, &why))
		fail_msg("%s", why);
	assert_int_equal(ledger_check(k->l, no_findings, NULL), 0);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	there = ledger_has(k->l, x[N - 1].hash, NULL, NULL);
	assert_int_equal(size, there ? 3 + N : 3);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(ledger_has(k->l, x[i].hash, NULL, NULL), there);
	if (acknowledged)
		assert_int_equal(there, 1);
}

/* One append with the ${nth} operation failing.  0 when there was no such operation. */
static unsigned
one(unsigned ops, unsigned nth, int forever, int code, int retry)
{
	struct kit k;
	struct journal_entry first[1], x[N];
	struct maker m;
	unsigned hits;
	int rc;

	kit_open(&k);
	kit_village(&k, &m, first, 1);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(maker_personal(&m, &x[i]), 0);
	faultvfs_arm(ops, nth, forever, code);
	rc = kit_append(&k, x, N, NULL);
	hits = faultvfs_disarm();
	if (rc && retry)
		assert_int_equal(rc = kit_append(&k, x, N, NULL), 0);
	cut(&k);
	assert_whole(&k, x, rc == 0);
	assert_int_equal(kit_append(&k, x, N, NULL), 0);
	cut(&k);
	assert_whole(&k, x, 1);
	kit_entries_free(x, N);
	kit_entries_free(first, 1);
	maker_free(&m);
	kit_close(&k);
	faultvfs_forget();
	return hits;
}

static void
walk(unsigned ops, int forever, int code, int retry)
{
	unsigned nth = 1;

	while (one(ops, nth, forever, code, retry) > 0 && nth < WALK_MAX)
		nth++;
	assert_true(nth > 1 && nth < WALK_MAX);
}

static void
no_failure(void **state)
{
	(void)state;
	assert_int_equal(one(FAULT_ALL, WALK_MAX, 0, SQLITE_IOERR, 0), 0);
}

static void
a_sync_fails_and_the_power_goes(void **state)
{
	(void)state;
	walk(FAULT_SYNC, 0, SQLITE_IOERR_FSYNC, 0);
	walk(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC, 0);
}

/* The kernel has dropped what it could not sync, and shows it all the same: the retry must not rest on that. */
static void
a_sync_fails_and_is_retried(void **state)
{
	(void)state;
	walk(FAULT_SYNC, 0, SQLITE_IOERR_FSYNC, 1);
}

static void
a_write_fails(void **state)
{
	(void)state;
	walk(FAULT_WRITE, 0, SQLITE_FULL, 0);
	walk(FAULT_WRITE, 1, SQLITE_FULL, 0);
	walk(FAULT_WRITE, 0, SQLITE_IOERR_WRITE, 1);
}

static void
checkpoints_fail(void **state)
{
	struct kit k;
	struct journal_entry in[1], x[3];
	struct maker m;

	(void)state;
	/* An erasure moves the write-ahead log into the database: every step of that may fail. */
	for (unsigned nth = 1; nth < 40; nth++) {
		char hex[2 * HASH_LEN + 1];

		kit_open(&k);
		kit_village(&k, &m, in, 1);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(maker_personal(&m, &x[i]), 0);
		assert_int_equal(kit_append(&k, x, 3, NULL), 0);
		for (size_t i = 0; i < HASH_LEN; i++)
			(void)sqlite3_snprintf(3, hex + 2 * i, "%02x", x[1].hash[i]);
		faultvfs_arm(FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE, nth, 0, SQLITE_IOERR);
		(void)kit_put(&k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex);
		(void)faultvfs_disarm();
		cut(&k);
		assert_int_equal(ledger_may_sign(k.l, NULL), 1);
		assert_int_equal(ledger_check(k.l, no_findings, NULL), 0);
		kit_entries_free(x, 3);
		kit_entries_free(in, 1);
		maker_free(&m);
		kit_close(&k);
		faultvfs_forget();
	}
}

/* A disk that fails for a while: what only reads comes back by itself too. */
static void
reading_goes_on_afterwards(void **state)
{
	struct kit k;
	struct journal_entry in[1], x;
	struct maker m;
	uint8_t root[HASH_LEN];
	uint64_t size, now;

	(void)state;
	kit_open(&k);
	kit_village(&k, &m, in, 1);
	assert_int_equal(ledger_head(k.l, &size, root), 0);
	assert_int_equal(maker_personal(&m, &x), 0);
	faultvfs_arm(FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_OPEN, 1, 1, SQLITE_IOERR);
	assert_int_equal(kit_append(&k, &x, 1, NULL), -1);
	(void)faultvfs_disarm();
	assert_int_equal(ledger_head(k.l, &now, root), 0);
	assert_int_equal(now, size);
	assert_int_equal(ledger_has(k.l, in[0].hash, NULL, NULL), 1);
	assert_int_equal(kit_append(&k, &x, 1, NULL), 0);
	kit_entries_free(&x, 1);
	kit_entries_free(in, 1);
	maker_free(&m);
	kit_close(&k);
	faultvfs_forget();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_failure), cmocka_unit_test(a_sync_fails_and_the_power_goes),
		cmocka_unit_test(a_sync_fails_and_is_retried), cmocka_unit_test(a_write_fails), cmocka_unit_test(checkpoints_fail), cmocka_unit_test(reading_goes_on_afterwards),
	};

	if (faultvfs_install())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
