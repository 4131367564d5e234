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
#include <sqlite3.h>

#include "base/file.h"
#include "store/journal.h"
#include "tests/lib/faultvfs.h"
#include "tests/lib/maker.h"

/*
 * Walk every write, sync, read, open and cut of opening and appending with a
 * failure, once and for ever, then cut the power.  What was acknowledged is
 * there, the journal opens, and it verifies.
 */
#define ENTRIES 4

static char top[128], dir[160];
static struct maker m;
static struct journal *j;
static struct journal_entry entry[ENTRIES];
static int acked[ENTRIES];

static int
setup(void **state)
{
	unsigned i;

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0 || faultvfs_install() != 0)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/data", top);
	for (i = 0; i < ENTRIES; i++) {
		if ((i == 0 ? maker_genesis(&m, &entry[i]) : maker_personal(&m, &entry[i])) != 0)
			return -1;
		(void)snprintf(entry[i].id, sizeof(entry[i].id), "uuid:%u", i);
	}
	return 0;
}

static int
teardown(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < ENTRIES; i++)
		journal_entry_free(&entry[i]);
	maker_free(&m);
	faultvfs_forget();
	maker_rm(top);
	return 0;
}

/* As a caller does it: on -1 ask by id, and try again when it is not there.  What was answered last. */
static int
put(unsigned i)
{
	struct journal_entry got;
	struct err e = {""};
	int tries, rc = -1;

	journal_entry_init(&got);
	for (tries = 0; tries < 3 && rc != 0; tries++) {
		rc = journal_append(j, &entry[i], 1, &e);
		if (rc == 1)
			fail_msg("%s", e.text);
		if (rc == -1 && journal_by_id(j, entry[i].id, &got) == 1)
			rc = 0; /* it is there, and what can be read is on disk */
	}
	journal_entry_free(&got);
	return rc;
}

/* The process dies and the power goes. */
static void
cut(void)
{
	faultvfs_arm(FAULT_ALL, 1, 1, SQLITE_IOERR);
	journal_close(j);
	j = NULL;
	faultvfs_cut();
	(void)faultvfs_disarm();
}

static void
told(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx;
	print_message("finding %s %u %u: %s\n", code, epoch, (unsigned)seq, detail);
}

static void
assert_all_there(void)
{
	enum journal_standing s = JOURNAL_BEHIND;
	struct journal_entry got;
	struct err e = {""};
	unsigned i;

	if ((j = journal_open(dir, &s, &e)) == NULL)
		fail_msg("%s", e.text);
	assert_true(s == JOURNAL_NORMAL || s == JOURNAL_AHEAD);
	journal_entry_init(&got);
	for (i = 0; i < ENTRIES; i++) {
		if (acked[i] && journal_by_id(j, entry[i].id, &got) != 1)
			fail_msg("entry %u was acknowledged and is lost", i);
	}
	journal_entry_free(&got);
	assert_int_equal(journal_verify(j, told, NULL), 0);
	/* and it goes on */
	for (i = 0; i < ENTRIES; i++) {
		journal_entry_init(&got);
		if (journal_by_id(j, entry[i].id, &got) == 0)
			assert_int_equal(journal_append(j, &entry[i], 1, NULL), 0);
		journal_entry_free(&got);
	}
	journal_close(j);
	j = NULL;
	maker_rm(dir);
	faultvfs_forget();
}

static void
start(unsigned n)
{
	unsigned i;

	memset(acked, 0, sizeof(acked));
	assert_non_null(j = journal_create(dir, NULL));
	for (i = 0; i < n; i++) {
		assert_int_equal(journal_append(j, &entry[i], 1, NULL), 0);
		acked[i] = 1;
	}
}

/* Entries 2 and 3 are appended while the nth operation fails.  0 when there is no nth. */
static int
append_with(unsigned ops, unsigned nth, int forever, int code)
{
	unsigned i, hits;

	start(2);
	faultvfs_arm(ops, nth, forever, code);
	for (i = 2; i < ENTRIES; i++) {
		if (put(i) != 0)
			break;
		acked[i] = 1;
	}
	hits = faultvfs_disarm();
	if (!forever)
		assert_int_equal(i, ENTRIES); /* one failure is got over without a restart */
	cut();
	assert_all_there();
	return hits > 0;
}

static void
walk_append(unsigned ops, int code)
{
	unsigned nth, least = 3;
	int forever;

	for (forever = 0; forever < 2; forever++) {
		for (nth = 1; append_with(ops, nth, forever, code); nth++)
			assert_true(nth < 500);
		if (ops != FAULT_READ && nth < least)
			fail_msg("only %u operations", nth);
	}
}

static void
append_sync_fails(void **state)
{
	(void)state;
	walk_append(FAULT_SYNC, SQLITE_IOERR_FSYNC);
}

static void
append_write_fails(void **state)
{
	(void)state;
	walk_append(FAULT_WRITE, SQLITE_IOERR_WRITE);
}

static void
append_disk_full(void **state)
{
	(void)state;
	walk_append(FAULT_WRITE, SQLITE_FULL);
}

static void
append_anything_fails(void **state)
{
	(void)state;
	walk_append(FAULT_ALL, SQLITE_IOERR);
}

/* A journal that lies there with all its entries in the WAL is opened and appended to while the nth operation fails. */
static int
open_with(unsigned nth, int forever)
{
	enum journal_standing s = JOURNAL_NORMAL;
	unsigned hits;

	start(3);
	cut();
	faultvfs_arm(FAULT_ALL, nth, forever, SQLITE_IOERR);
	if ((j = journal_open(dir, &s, NULL)) == NULL && !forever)
		j = journal_open(dir, &s, NULL);
	if (j != NULL && put(3) == 0)
		acked[3] = 1;
	hits = faultvfs_disarm();
	if (!forever)
		assert_int_equal(acked[3], 1);
	assert_true(s == JOURNAL_NORMAL || s == JOURNAL_AHEAD);
	cut();
	assert_all_there();
	return hits > 0;
}

static void
open_fails(void **state)
{
	unsigned nth;
	int forever;

	(void)state;
	for (forever = 0; forever < 2; forever++) {
		for (nth = 1; open_with(nth, forever); nth++)
			assert_true(nth < 500);
		assert_true(nth > 10);
	}
}

/*
 * The sync of a commit fails, so the entry can be read back though it is not
 * on disk.  A process that starts then must not take it for durable before it
 * is.
 */
static void
recovered_is_durable(void **state)
{
	enum journal_standing s;
	struct journal_entry got;
	int rc;

	(void)state;
	start(2);
	faultvfs_arm(FAULT_SYNC, 1, 1, SQLITE_IOERR_FSYNC);
	assert_int_equal(journal_append(j, &entry[2], 1, NULL), -1);
	journal_close(j);
	(void)faultvfs_disarm();
	assert_non_null(j = journal_open(dir, &s, NULL));
	journal_entry_init(&got);
	rc = journal_by_id(j, entry[2].id, &got);
	journal_entry_free(&got);
	acked[2] = rc == 1;
	cut();
	assert_all_there();
}

/* Nothing is answered while the disk stays full; the same handle goes on once there is room. */
static void
recovers_by_itself(void **state)
{
	struct journal_entry got;
	struct err e = {""};
	uint8_t hash[HASH_LEN];
	uint32_t epoch;
	uint64_t seq;

	(void)state;
	start(2);
	faultvfs_arm(FAULT_WRITE, 1, 1, SQLITE_FULL);
	assert_int_equal(journal_append(j, &entry[2], 1, &e), -1);
	assert_true(e.text[0] != '\0');
	journal_entry_init(&got);
	assert_int_equal(journal_by_id(j, entry[1].id, &got), -1);
	assert_int_equal(journal_head(j, &epoch, &seq, hash), -1);
	assert_int_equal(journal_set(j, "k", "v", 1, &e), -1);
	assert_true(faultvfs_disarm() > 0);
	assert_int_equal(journal_by_id(j, entry[1].id, &got), 1);
	assert_int_equal(journal_by_id(j, entry[2].id, &got), 0);
	assert_int_equal(journal_append(j, &entry[2], 1, &e), 0);
	acked[2] = 1;
	journal_entry_free(&got);
	cut();
	assert_all_there();
}

/* Making a journal fails at every step: nothing is left in the way of the next try. */
static void
create_fails(void **state)
{
	unsigned nth, hits = 1;
	int forever;

	(void)state;
	for (forever = 0; forever < 2; forever++) {
		for (nth = 1, hits = 1; hits > 0; nth++) {
			faultvfs_arm(FAULT_ALL, nth, forever, SQLITE_FULL);
			j = journal_create(dir, NULL);
			hits = faultvfs_disarm();
			if (j == NULL)
				assert_non_null(j = journal_create(dir, NULL));
			journal_close(j);
			j = NULL;
			maker_rm(dir);
			faultvfs_forget();
			assert_true(nth < 500);
		}
		assert_true(nth > 5);
	}
}

/* The descriptor of the guard, to be made useless behind its back. */
static int
guard_fd(void)
{
	char link[64], to[512], want[256];
	ssize_t n;
	int fd;

	(void)snprintf(want, sizeof(want), "%s/guard", dir);
	for (fd = 3; fd < 256; fd++) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if ((n = readlink(link, to, sizeof(to) - 1)) > 0 && (size_t)n == strlen(want) && memcmp(to, want, (size_t)n) == 0)
			return fd;
	}
	return -1;
}

/* The entry is in the database, but the guard could not be told: not acknowledged until it is. */
static void
guard_write_fails(void **state)
{
	struct journal_entry got;
	struct err e;
	char path[256];
	int fd, useless;

	(void)state;
	start(2);
	(void)snprintf(path, sizeof(path), "%s/guard", dir);
	assert_true((fd = guard_fd()) >= 0);
	assert_true((useless = open(path, O_RDONLY)) >= 0);
	assert_int_equal(dup2(useless, fd), fd);
	assert_int_equal(close(useless), 0);
	assert_int_equal(journal_append(j, &entry[2], 1, &e), -1);
	assert_non_null(strstr(e.text, "guard"));
	journal_entry_init(&got);
	assert_int_equal(journal_by_id(j, entry[2].id, &got), 1);
	acked[2] = 1;
	assert_int_equal(journal_append(j, &entry[3], 1, &e), 0);
	acked[3] = 1;
	journal_entry_free(&got);
	cut();
	assert_all_there();
}

/* Other writes: a receipt, a note, a state, a fact are there whole once they were acknowledged. */
static void
other_writes(void **state)
{
	struct maker_log l;
	struct journal_counts c;
	enum journal_standing s;
	struct buf note, keys, fact;
	struct range r;
	unsigned nth, hits = 1;
	int ok[3];

	(void)state;
	assert_int_equal(maker_log_init(&l), 0);
	buf_init(&note, NOTE_MAX);
	buf_init(&keys, KEYS_MAX);
	buf_init(&fact, 100);
	maker_log_entry(&l, &entry[0], 77);
	maker_log_entry(&l, &entry[1], 77);
	assert_int_equal(maker_log_note(&l, &note), 0);
	assert_int_equal(maker_log_range(&l, &r, 0, 1, 0, 2, 77), 0);
	assert_int_equal(maker_keys(&l, &keys), 0);
	for (nth = 1; hits > 0; nth++) {
		start(2);
		assert_int_equal(journal_set(j, "keys", keys.data, keys.len, NULL), 0);
		faultvfs_arm(FAULT_ALL, nth, 1, SQLITE_IOERR);
		ok[0] = journal_confirm(j, m.device, &r, note.data, note.len, NULL) == 0;
		ok[1] = journal_note_add(j, l.size, note.data, note.len, NULL) == 0;
		ok[2] = journal_set(j, "fact", "told", 4, NULL) == 0;
		hits = faultvfs_disarm();
		cut();
		assert_non_null(j = journal_open(dir, &s, NULL));
		assert_int_equal(journal_count(j, &c), 0);
		assert_true(c.confirmed == 2 || (c.confirmed == 0 && !ok[0]));
		buf_reset(&fact);
		assert_true(journal_get(j, "fact", &fact) == 1 || !ok[2]);
		assert_int_equal(journal_confirm(j, m.device, &r, note.data, note.len, NULL), 0);
		journal_close(j);
		j = NULL;
		assert_all_there();
	}
	assert_true(nth > 5);
	buf_free(&note);
	buf_free(&keys);
	buf_free(&fact);
	maker_log_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(append_sync_fails),
	    cmocka_unit_test(append_write_fails),
	    cmocka_unit_test(append_disk_full),
	    cmocka_unit_test(append_anything_fails),
	    cmocka_unit_test(open_fails),
	    cmocka_unit_test(recovered_is_durable),
	    cmocka_unit_test(recovers_by_itself),
	    cmocka_unit_test(create_fails),
	    cmocka_unit_test(guard_write_fails),
	    cmocka_unit_test(other_writes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
