#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "tests/lib/ledgerkit.h"

/* Whatever an outsider alters in the database, the full check names it. */

#define N 9

struct village {
	struct kit k;
	struct maker m;
	struct journal_entry in[N];
};

static int
open_village(void **state)
{
	static struct village v;
	char hex[2 * HASH_LEN + 1];

	/* Leaves: 0 county key, 1 enrolment, 2 to 10 the entries, 11 an erasure of seq 4. */
	kit_open(&v.k);
	kit_village(&v.k, &v.m, v.in, N);
	enc_hex(hex, v.in[4].hash, HASH_LEN);
	assert_int_equal(kit_put(&v.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex), 2 + N);
	*state = &v;
	return 0;
}

static int
close_village(void **state)
{
	struct village *v = *state;

	kit_entries_free(v->in, N);
	maker_free(&v->m);
	kit_close(&v->k);
	return 0;
}

struct found {
	unsigned n;
	int hit;            /* the code that was looked for, with its entry */
	const char *code;
	int64_t seq;        /* -1: of the log */
	const uint8_t *device;
	char all[4096];
};

static void
take(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	struct found *f = ctx;
	size_t n = strlen(f->all);

	(void)snprintf(f->all + n, sizeof(f->all) - n, "%s seq %u: %s\n", code, (unsigned)seq, detail);
	assert_true(*detail != '\0');
	f->n++;
	if (!f->code || strcmp(code, f->code) != 0)
		return;
	if (f->seq < 0)
		f->hit |= device == NULL;
	else
		f->hit |= device != NULL && memcmp(device, f->device, HASH_LEN) == 0 && epoch == 1 && seq == (uint64_t)f->seq;
}

static void
assert_clean(struct village *v)
{
	struct found f = { 0 };

	assert_int_equal(ledger_check(v->k.l, take, &f), 0);
	assert_string_equal(f.all, "");
}

/* The alteration is found under its code, for the entry of that seq (-1: for the log), and no more than ${most} findings follow from it. */
static void
assert_named(struct village *v, const char *sql, const char *code, int64_t seq, int most)
{
	struct found f = { .code = code, .seq = seq, .device = v->m.device };
	int n;

	assert_true(kit_sql(&v->k, sql) > 0);
	n = ledger_check(v->k.l, take, &f);
	if (!f.hit || n < 1 || n > most || (unsigned)n != f.n)
		fail_msg("%s: %d findings:\n%s", sql, n, f.all);
}

static void
untouched(void **state)
{
	struct village *v = *state;

	assert_clean(v);
	kit_reopen(&v->k);
	assert_clean(v);
}

#define NAMED(name, sql, code, seq, most) \
	static void name(void **state) { assert_named(*state, sql, code, seq, most); }

NAMED(payload, "UPDATE entry SET payload = CAST('{}' AS BLOB) WHERE seq = 3", "bad-payload", 3, 1)
NAMED(header, "UPDATE entry SET header = CAST(replace(CAST(header AS TEXT), 'clock ntp', 'clock rtc') AS BLOB) WHERE seq = 3", "bad-signature", 3, 2)
NAMED(header_of_none, "UPDATE entry SET header = x'00' WHERE seq = 3", "bad-chain", 3, 2)
NAMED(header_as_number, "UPDATE entry SET header = 5 WHERE seq = 3", "bad-chain", 3, 2)
NAMED(headers_swapped, "UPDATE entry SET header = (SELECT header FROM entry e WHERE e.seq = 5) WHERE seq = 3", "unexplained-leaf", 3, 6)
NAMED(entry_hash_column, "UPDATE entry SET hash = zeroblob(32) WHERE seq = 3", "not-in-log", 3, 1)
NAMED(entry_seq_column, "UPDATE entry SET seq = 77 WHERE seq = 3", "bad-chain", 3, 1)
NAMED(entry_epoch_column, "UPDATE entry SET epoch = 2 WHERE seq = 3", "bad-chain", 3, 2)
NAMED(entry_dev_column, "UPDATE entry SET dev = 44 WHERE seq = 3", "bad-chain", 3, 2)
NAMED(entry_gone, "DELETE FROM entry WHERE seq = 3", "unexplained-leaf", 3, 1)
NAMED(entry_moved, "UPDATE entry SET idx = 500 WHERE seq = 3", "not-in-log", 3, 2)
NAMED(personal, "UPDATE entry SET personal = CAST('{\"name\":\"Li So\"}' AS BLOB) WHERE seq = 2", "bad-personal", 2, 1)
NAMED(salt, "UPDATE entry SET salt = zeroblob(16) WHERE seq = 2", "bad-personal", 2, 1)
NAMED(personal_gone, "UPDATE entry SET personal = NULL, salt = NULL WHERE seq = 2", "bad-personal", 2, 1)
NAMED(personal_put_in, "UPDATE entry SET personal = x'7b7d', salt = zeroblob(16) WHERE seq = 3", "bad-personal", 3, 1)
NAMED(erased_put_back, "UPDATE entry SET personal = x'7b7d', salt = zeroblob(16) WHERE seq = 4", "bad-erasure", 4, 1)
NAMED(erasure_forgotten, "UPDATE mark SET erased = NULL", "bad-personal", 4, 1)
NAMED(leaf_signature, "UPDATE leaf SET data = substr(data, 1, 34) || zeroblob(64) || substr(data, 99) WHERE idx = 5", "bad-signature", 3, 3)
NAMED(leaf_time, "UPDATE leaf SET data = substr(data, 1, 142) || x'00000fffffffffff' WHERE idx = 5", "bad-inclusion", -1, 3)
NAMED(leaf_entry, "UPDATE leaf SET data = substr(data, 1, 2) || zeroblob(32) || substr(data, 35) WHERE idx = 5", "unexplained-leaf", 3, 4)
NAMED(leaf_gone, "DELETE FROM leaf WHERE idx = 5", "bad-inclusion", -1, 9)
NAMED(last_leaf_gone, "DELETE FROM leaf WHERE idx = 11", "bad-inclusion", -1, 9)
NAMED(leaf_of_no_kind, "UPDATE leaf SET data = x'0300' WHERE idx = 5", "bad-record", -1, 3)
NAMED(leaf_as_null_number, "UPDATE leaf SET data = 17 WHERE idx = 5", "bad-inclusion", -1, 3)
NAMED(record_leaf, "UPDATE leaf SET data = CAST(replace(CAST(data AS TEXT), 'expires 1', 'expires 2') AS BLOB) WHERE idx = 1", "bad-inclusion", -1, 3)
NAMED(own_hash, "UPDATE leaf SET hash = zeroblob(32) || substr(hash, 33) WHERE idx = 5", "bad-inclusion", -1, 2)
NAMED(node, "UPDATE leaf SET hash = substr(hash, 1, 32) || zeroblob(32) WHERE idx = 5", "bad-inclusion", -1, 2)
NAMED(high_node, "UPDATE leaf SET hash = substr(hash, 1, 96) || zeroblob(32) WHERE idx = 7", "bad-inclusion", -1, 2)
NAMED(node_gone, "UPDATE leaf SET hash = substr(hash, 1, 32) WHERE idx = 5", "bad-inclusion", -1, 2)
NAMED(note_bytes, "UPDATE note SET note = note || x'0a' WHERE size = 2", "bad-checkpoint", -1, 3)
NAMED(note_of_another_size, "UPDATE note SET size = 5 WHERE size = 2", "bad-checkpoint", -1, 1)
NAMED(note_beyond, "UPDATE note SET size = 50 WHERE size = 2", "bad-checkpoint", -1, 2)
NAMED(note_hash, "UPDATE note SET hash = zeroblob(32) WHERE size = 2", "bad-checkpoint", -1, 1)
NAMED(newest_note_gone, "DELETE FROM note WHERE size = 12", "bad-checkpoint", -1, 1)
NAMED(head_size, "UPDATE head SET size = 11", "bad-inclusion", -1, 2)
NAMED(head_root, "UPDATE head SET root = zeroblob(32)", "bad-inclusion", -1, 2)
NAMED(device_key, "UPDATE devkey SET pub = zeroblob(32)", "bad-key", 0, 20)
NAMED(device_key_gone, "DELETE FROM devkey", "unknown-device", 3, 20)
NAMED(record_filing, "UPDATE record SET hash = zeroblob(32) WHERE idx = 1", "bad-record", -1, 1)

/* A note that nobody signed is told even where its root is right. */
static void
a_note_unsigned(void **state)
{
	struct village *v = *state;
	struct found f = { .code = "bad-checkpoint", .seq = -1 };

	(void)kit_sql(&v->k, "DELETE FROM note WHERE size = 11");
	assert_clean(v); /* one note less is not seen: notes are kept, not counted */
	(void)kit_sql(&v->k, "UPDATE note SET note = CAST(replace(CAST(note AS TEXT), 'county.example', 'county.examplf') AS BLOB) WHERE size = 2");
	assert_true(ledger_check(v->k.l, take, &f) > 0);
	assert_true(f.hit);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_village, close_village)
	const struct CMUnitTest tests[] = {
		T(untouched), T(payload), T(header), T(header_of_none), T(header_as_number), T(headers_swapped), T(entry_hash_column),
		T(entry_seq_column), T(entry_epoch_column), T(entry_dev_column), T(entry_gone), T(entry_moved), T(personal), T(salt),
		T(personal_gone), T(personal_put_in), T(erased_put_back), T(erasure_forgotten), T(leaf_signature), T(leaf_time),
		T(leaf_entry), T(leaf_gone), T(last_leaf_gone), T(leaf_of_no_kind), T(leaf_as_null_number), T(record_leaf), T(own_hash),
		T(node), T(high_node), T(node_gone), T(note_bytes), T(note_of_another_size), T(note_beyond), T(note_hash),
		T(newest_note_gone), T(head_size), T(head_root), T(device_key), T(device_key_gone), T(record_filing),
		T(a_note_unsigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
