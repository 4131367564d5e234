#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "store/guard.h"
#include "tests/lib/ledgerkit.h"

/* What the ledger may sign, given what its guard says of former heads. */

static int
open_kit(void **state)
{
	static struct kit k;

	kit_open(&k);
	*state = &k;
	return 0;
}

static int
close_kit(void **state)
{
	kit_close(*state);
	return 0;
}

static void
copy(const struct kit *k, const char *from, const char *to)
{
	char a[400], b[400];
	struct buf bytes;

	buf_init(&bytes, 64U << 20);
	assert_int_equal(file_path(a, sizeof(a), k->dir, from), 0);
	assert_int_equal(file_path(b, sizeof(b), k->dir, to), 0);
	assert_int_equal(file_read(a, &bytes, NULL), 0);
	assert_int_equal(file_write(b, bytes.data, bytes.len, 0600, NULL), 0);
	buf_free(&bytes);
}

static struct guard_state
guard_says(const struct kit *k)
{
	struct guard *g = guard_open(k->guard, NULL);
	struct guard_state s;

	assert_non_null(g);
	assert_int_equal(guard_read(g, &s), 0);
	guard_close(g);
	return s;
}

static void
assert_refused(struct kit *k, const char *word)
{
	const char *why;

	assert_int_equal(ledger_may_sign(k->l, &why), 0);
	if (!strstr(why, word))
		fail_msg("%s", why);
	assert_int_equal(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 9), -1);
	assert_non_null(strstr(k->e.text, word));
}

static void
every_append_is_guarded(void **state)
{
	struct kit *k = *state;
	struct guard_state s = guard_says(k);
	uint64_t size;
	uint8_t root[HASH_LEN];

	assert_int_equal(s.seq, 1);
	assert_int_equal(s.epoch, 0);
	assert_true(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 1) == 1);
	s = guard_says(k);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(s.seq, size);
	assert_memory_equal(s.head, root, HASH_LEN);
}

static void
restored_from_an_older_copy(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[3];
	struct maker m;

	kit_shut(k);
	copy(k, "ledger.db", "backup.db");
	kit_reopen(k);
	kit_village(k, &m, in, 3);
	kit_shut(k);
	copy(k, "backup.db", "ledger.db");
	kit_reopen(k);
	assert_refused(k, "older copy");
	kit_entries_free(in, 3);
	maker_free(&m);
}

static void
restored_while_it_runs(void **state)
{
	struct kit *k = *state;
	struct guard_state s = guard_says(k);
	struct guard *g = guard_open(k->guard, NULL);

	/* As if another front end with the same guard had signed more than this database holds. */
	assert_non_null(g);
	s.seq = 100;
	assert_int_equal(guard_write(g, &s, NULL), 0);
	guard_close(g);
	assert_int_equal(ledger_may_sign(k->l, NULL), 1);
	assert_int_equal(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 9), -1);
	assert_refused(k, "older copy");
}

static void
another_history_of_the_same_size(void **state)
{
	struct kit *k = *state;

	kit_shut(k);
	copy(k, "ledger.db", "backup.db");
	copy(k, "guard", "guard-backup");
	kit_reopen(k);
	assert_int_equal(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 1), 1);
	kit_shut(k);
	copy(k, "backup.db", "ledger.db");
	copy(k, "guard", "guard-true");
	copy(k, "guard-backup", "guard");
	kit_reopen(k);
	assert_int_equal(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 2), 1);
	assert_int_equal(kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 3), 2);
	kit_shut(k);
	copy(k, "guard-true", "guard");
	kit_reopen(k);
	assert_refused(k, "another log");
}

static void
database_ahead_moves_the_guard(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[5];
	struct maker m;

	/* A cut between COMMIT and guard. */
	copy(k, "guard", "guard-backup");
	kit_village(k, &m, in, 5);
	kit_shut(k);
	copy(k, "guard-backup", "guard");
	assert_int_equal(guard_says(k).seq, 1);
	kit_reopen(k);
	assert_int_equal(ledger_may_sign(k->l, NULL), 1);
	assert_int_equal(guard_says(k).seq, 7);
	kit_entries_free(in, 5);
	maker_free(&m);
}

static void
missing_or_damaged_guard(void **state)
{
	struct kit *k = *state;
	uint64_t size;
	uint8_t root[HASH_LEN];

	kit_shut(k);
	assert_int_equal(file_write(k->guard, "no guard", 8, 0600, NULL), 0);
	kit_reopen(k);
	assert_refused(k, "guard");
	kit_shut(k);
	assert_int_equal(unlink(k->guard), 0);
	kit_reopen(k);
	assert_refused(k, "guard");
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(size, 1);
	kit_shut(k);
	k->l = ledger_open(k->url, NULL, &k->e);
	assert_non_null(k->l);
	assert_refused(k, "without its guard");
	assert_int_equal(file_exists(k->guard), 0);
}

static void
altered_edge_is_not_signed_over(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[3];
	struct maker m;

	kit_village(k, &m, in, 3);
	(void)kit_sql(k, "UPDATE leaf SET hash = zeroblob(length(hash)) WHERE idx = 3");
	assert_refused(k, "run the check");
	kit_entries_free(in, 3);
	maker_free(&m);
}

static void
altered_head_or_note_is_not_signed_over(void **state)
{
	struct kit *k = *state;

	(void)kit_sql(k, "UPDATE note SET note = x'00'");
	assert_refused(k, "run the check");
	(void)kit_sql(k, "UPDATE head SET root = zeroblob(32)");
	assert_refused(k, "run the check");
}

/* Under an open ledger too, whose head was judged good before. */
static void
edge_altered_while_it_runs(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[4];
	struct maker m;
	sqlite3 *db;

	kit_village(k, &m, in, 3);
	assert_int_equal(maker_record(&m, &in[3]), 0);
	assert_int_equal(sqlite3_open(k->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE leaf SET hash = zeroblob(length(hash))", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(kit_append(k, &in[3], 1, NULL), -1);
	if (!strstr(k->e.text, "run the check"))
		fail_msg("%s", k->e.text);
	kit_entries_free(in, 4);
	maker_free(&m);
}

/* A database that keeps something else than it was given (here by a trigger; elsewhere by a bad disk or memory). */
static void
what_does_not_read_back_is_not_signed(void **state)
{
	static const char *const spoil[] = {
		"INSERT ON leaf BEGIN UPDATE leaf SET data = zeroblob(150) WHERE idx = new.idx; END",
		"INSERT ON leaf BEGIN UPDATE leaf SET hash = zeroblob(length(hash)) WHERE idx = new.idx; END",
		"INSERT ON leaf BEGIN DELETE FROM leaf WHERE idx = new.idx; END",
		"INSERT ON entry BEGIN UPDATE entry SET header = zeroblob(9) WHERE idx = new.idx; END",
		"INSERT ON entry BEGIN UPDATE entry SET payload = zeroblob(9) WHERE idx = new.idx; END",
		"INSERT ON entry BEGIN UPDATE entry SET hash = zeroblob(32) WHERE idx = new.idx; END",
		"INSERT ON entry BEGIN UPDATE entry SET personal = zeroblob(9) WHERE idx = new.idx; END",
		"INSERT ON entry BEGIN DELETE FROM entry WHERE idx = new.idx; END",
	};
	struct kit *k = *state;
	struct journal_entry in[3];
	struct maker m;
	char sql[200];

	kit_village(k, &m, in, 2);
	assert_int_equal(maker_personal(&m, &in[2]), 0);
	for (size_t i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		(void)snprintf(sql, sizeof(sql), "CREATE TRIGGER spoil AFTER %s", spoil[i]);
		(void)kit_sql(k, sql);
		assert_int_equal(kit_append(k, &in[2], 1, NULL), -1);
		if (!strstr(k->e.text, "read back"))
			fail_msg("%s: %s", spoil[i], k->e.text);
		(void)kit_sql(k, "DROP TRIGGER spoil");
	}
	assert_int_equal(kit_append(k, &in[2], 1, NULL), 0);
	kit_entries_free(in, 3);
	maker_free(&m);
}

static void
processes_take_turns(void **state)
{
	struct kit *k = *state;
	int status;
	pid_t child[2];
	uint64_t size;
	uint8_t root[HASH_LEN];
	struct guard_state s;

	kit_shut(k);
	for (unsigned i = 0; i < 2; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] > 0)
			continue;
		if (!(k->l = ledger_open(k->url, k->guard, &k->e)))
			_exit(1);
		for (unsigned n = 0; n < 20; n++)
			if (kit_put(k, RECORD_DICTIONARY, "dict %064d\nlen 3\n", (int)(100 * i + n)) < 0)
				_exit(2);
		ledger_close(k->l);
		_exit(0);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	k->l = ledger_open(k->url, k->guard, &k->e);
	assert_non_null(k->l);
	assert_int_equal(ledger_may_sign(k->l, NULL), 1);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(size, 41);
	s = guard_says(k);
	assert_int_equal(s.seq, 41);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_kit, close_kit)
	const struct CMUnitTest tests[] = {
		T(every_append_is_guarded), T(restored_from_an_older_copy), T(restored_while_it_runs),
		T(another_history_of_the_same_size), T(database_ahead_moves_the_guard), T(missing_or_damaged_guard),
		T(altered_edge_is_not_signed_over), T(edge_altered_while_it_runs), T(altered_head_or_note_is_not_signed_over), T(what_does_not_read_back_is_not_signed), T(processes_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
