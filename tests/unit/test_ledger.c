#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/leaf.h"
#include "evidence/proof.h"
#include "tests/lib/ledgerkit.h"

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
create_refuses_what_is_there(void **state)
{
	struct kit *k = *state;
	char other[300];

	assert_null(ledger_create(k->url, k->guard, &k->e));
	(void)snprintf(other, sizeof(other), "sqlite:%s/other.db", k->dir);
	assert_null(ledger_create(other, k->guard, &k->e));
	assert_non_null(strstr(k->e.text, "guard"));
	assert_null(ledger_open(other, k->guard, &k->e));
}

static void
other_urls_are_refused(void **state)
{
	struct kit *k = *state;

	assert_null(ledger_open("postgresql://db/county", k->guard, &k->e));
	assert_non_null(strstr(k->e.text, "PostgreSQL is not built yet"));
	assert_null(ledger_open("county.db", k->guard, &k->e));
	assert_null(ledger_open("sqlite:", k->guard, &k->e));
}

static void
entries_come_back_as_they_went_in(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[4];
	struct ledger_entry x;
	struct maker m;

	kit_village(k, &m, in, 4);
	kit_reopen(k);
	assert_int_equal(ledger_may_sign(k->l, NULL), 1);
	ledger_entry_init(&x);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(ledger_entry_get(k->l, in[i].hash, &x), 1);
		assert_int_equal(x.index, 2 + i);
		assert_int_equal(x.received, k->now - 1);
		assert_memory_equal(x.hash, in[i].hash, HASH_LEN);
		assert_memory_equal(x.header.data, in[i].header.data, in[i].header.len);
		assert_memory_equal(x.payload.data, in[i].payload.data, in[i].payload.len);
		assert_memory_equal(x.sig, in[i].sig[0].sig, SIG_LEN);
		assert_int_equal(x.has_person, 0);
		assert_int_equal(x.has_personal, in[i].has_personal);
		assert_int_equal(x.personal.len, in[i].personal.len);
		assert_int_equal(x.h.seq, i);
		assert_string_equal(x.subject, "house-1");
		assert_string_equal(x.late, "");
		assert_string_equal(x.review, "");
		assert_int_equal(x.erased, 0);
	}
	assert_int_equal(x.has_personal, 0);
	assert_int_equal(ledger_entry_get(k->l, in[2].hash, &x), 1);
	assert_memory_equal(x.salt, in[2].salt, ENTRY_SALT_LEN);
	assert_memory_equal(x.personal.data, in[2].personal.data, in[2].personal.len);
	assert_int_equal(ledger_entry_get(k->l, m.device, &x), 0);
	ledger_entry_free(&x);
	kit_entries_free(in, 4);
	maker_free(&m);
}

static void
an_entry_is_logged_once(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[3], again[3];
	struct maker m;
	uint64_t first, count, size;
	uint8_t root[HASH_LEN];
	struct buf note, newest;

	kit_village(k, &m, in, 3);
	again[0] = in[1];
	again[1] = in[2];
	assert_int_equal(maker_record(&m, &again[2]), 0);
	assert_int_equal(kit_append(k, again, 3, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(kit_append(k, again, 3, &count), 0);
	assert_int_equal(count, 0);
	/* The same one twice in a batch. */
	again[0] = again[2];
	assert_int_equal(maker_record(&m, &again[1]), 0);
	again[2] = again[1];
	assert_int_equal(kit_append(k, again, 3, &count), 0);
	assert_int_equal(count, 1);
	/* Nothing new: the newest note is the answer. */
	buf_init(&note, NOTE_MAX);
	buf_init(&newest, NOTE_MAX);
	assert_int_equal(ledger_append(k->l, NULL, 0, k->now, kit_sign, k, &first, &count, &note, &k->e), 0);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(first, size);
	assert_int_equal(ledger_note(k->l, size, &newest), 1);
	assert_memory_equal(note.data, newest.data, newest.len);
	buf_free(&note);
	buf_free(&newest);
	kit_entries_free(again, 2);
	kit_entries_free(in, 3);
	maker_free(&m);
}

static void
a_record_is_logged_once(void **state)
{
	struct kit *k = *state;
	struct ledger_item it[2] = { { 0 } };
	uint64_t first, count;
	struct buf leaf;

	kit_record(k, &leaf, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 7);
	it[0].record = it[1].record = leaf.data;
	it[0].record_len = it[1].record_len = leaf.len;
	assert_int_equal(ledger_append(k->l, it, 2, k->now, kit_sign, k, &first, &count, NULL, &k->e), 0);
	assert_int_equal(count, 1);
	assert_int_equal(ledger_append(k->l, it, 1, k->now, kit_sign, k, &first, &count, NULL, &k->e), 0);
	assert_int_equal(count, 0);
	it[0].record = "\x03nothing";
	it[0].record_len = 8;
	assert_int_equal(ledger_append(k->l, it, 1, k->now, kit_sign, k, &first, &count, NULL, &k->e), -1);
	buf_free(&leaf);
}

static int
gather(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct buf *hashes = ctx;
	uint8_t h[HASH_LEN];

	assert_int_equal(index, hashes->len / HASH_LEN);
	tree_leaf_hash(h, leaf, n);
	return buf_put(hashes, h, HASH_LEN);
}

static int
note_fits(void *ctx, uint64_t size, const void *note, size_t n)
{
	const struct buf *hashes = ctx;
	struct checkpoint c;
	struct note parts;
	uint8_t root[HASH_LEN];

	tree_root(root, hashes->data, size);
	assert_int_equal(note_parse(&parts, note, n, NULL), 0);
	assert_int_equal(checkpoint_parse(&c, parts.text, parts.text_len, NULL), 0);
	assert_int_equal(c.size, size);
	assert_memory_equal(c.root, root, HASH_LEN);
	return 0;
}

static void
proofs_verify_at_every_size(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[33];
	struct maker m;
	struct buf hashes;
	struct proof p;
	uint8_t root[HASH_LEN], root1[HASH_LEN], want[HASH_LEN];
	uint64_t size;

	kit_village(k, &m, in, 20);
	for (size_t i = 20; i < 33; i++) {
		assert_int_equal(maker_record(&m, &in[i]), 0);
		assert_int_equal(kit_append(k, &in[i], 1, NULL), 0);
	}
	kit_reopen(k);
	buf_init(&hashes, 64 * HASH_LEN);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(size, 35);
	assert_int_equal(ledger_each_leaf(k->l, 0, UINT64_MAX, gather, &hashes), 0);
	tree_root(want, hashes.data, size);
	assert_memory_equal(root, want, HASH_LEN);
	for (uint64_t i = 0; i < size; i++) {
		assert_int_equal(proof_inclusion(&p, ledger_reader(k->l), i, size), 0);
		assert_int_equal(proof_inclusion_ok(&p, hashes.data + i * HASH_LEN, i, size, root), 1);
		tree_root(root1, hashes.data, i);
		assert_int_equal(proof_consistency(&p, ledger_reader(k->l), i, size), 0);
		assert_int_equal(proof_consistency_ok(&p, i, root1, size, root), 1);
	}
	assert_int_equal(proof_range(&p, ledger_reader(k->l), 5, 11, size), 0);
	assert_int_equal(proof_range_ok(&p, hashes.data + 5 * HASH_LEN, 5, 11, size, root), 1);
	assert_int_equal(ledger_each_note(k->l, note_fits, &hashes), 0);
	buf_free(&hashes);
	kit_entries_free(in, 33);
	maker_free(&m);
}

static void
received_never_falls(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[2];
	struct ledger_entry x;
	struct maker m;
	uint64_t late;

	kit_village(k, &m, in, 1);
	late = k->now - 1;
	k->now -= 1000000;
	assert_int_equal(maker_record(&m, &in[1]), 0);
	assert_int_equal(kit_append(k, &in[1], 1, NULL), 0);
	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(k->l, in[1].hash, &x), 1);
	assert_int_equal(x.received, late);
	ledger_entry_free(&x);
	kit_entries_free(in, 2);
	maker_free(&m);
}

static void
a_signer_that_fails_leaves_nothing(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[3];
	struct maker m;
	uint64_t size, after, count;
	uint8_t root[HASH_LEN], now[HASH_LEN];

	kit_village(k, &m, in, 2);
	assert_int_equal(ledger_head(k->l, &size, root), 0);
	assert_int_equal(maker_record(&m, &in[2]), 0);
	k->refuse = 1;
	assert_int_equal(kit_append(k, &in[2], 1, NULL), -1);
	assert_int_equal(ledger_head(k->l, &after, now), 0);
	assert_int_equal(after, size);
	assert_memory_equal(root, now, HASH_LEN);
	assert_int_equal(ledger_has(k->l, in[2].hash, NULL, NULL), 0);
	k->refuse = 0;
	assert_int_equal(kit_append(k, &in[2], 1, &count), 0);
	assert_int_equal(count, 1);
	kit_entries_free(in, 3);
	maker_free(&m);
}

static int
lie(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note)
{
	return kit_sign(ctx, size + 1, root, note);
}

static void
a_note_of_another_head_is_refused(void **state)
{
	struct kit *k = *state;
	struct ledger_item it = { 0 };
	uint64_t first, count;
	struct buf leaf;

	kit_record(k, &leaf, RECORD_DICTIONARY, "dict %064d\nlen 3\n", 7);
	it.record = leaf.data;
	it.record_len = leaf.len;
	assert_int_equal(ledger_append(k->l, &it, 1, k->now, lie, k, &first, &count, NULL, &k->e), -1);
	assert_non_null(strstr(k->e.text, "note"));
	buf_free(&leaf);
}

static void
notes_by_prefix_and_cosigned(void **state)
{
	struct kit *k = *state;
	uint8_t root[HASH_LEN], hash[HASH_LEN], want[HASH_LEN], head[HASH_LEN];
	struct buf note, more;
	uint64_t size;

	assert_int_equal(ledger_head(k->l, &size, head), 0);
	buf_init(&note, NOTE_MAX);
	buf_init(&more, NOTE_MAX);
	assert_int_equal(ledger_note(k->l, UINT64_MAX, &note), 1);
	sha256(want, note.data, note.len);
	assert_int_equal(ledger_note_by_prefix(k->l, size, want, root, hash), 1);
	assert_memory_equal(hash, want, HASH_LEN);
	assert_memory_equal(root, head, HASH_LEN);
	/* One line more makes another note of the same size; the newest is told, both are found. */
	assert_int_equal(buf_put(&more, note.data, note.len), 0);
	assert_int_equal(buf_puts(&more, "\xe2\x80\x94 witness.example AAAAAAAAAAAA\n"), 0);
	assert_int_equal(ledger_note_add(k->l, size, more.data, more.len, &k->e), 0);
	assert_int_equal(ledger_note_by_prefix(k->l, size, want, root, hash), 1);
	sha256(want, more.data, more.len);
	assert_int_equal(ledger_note_by_prefix(k->l, size, want, root, hash), 1);
	assert_memory_equal(hash, want, HASH_LEN);
	buf_reset(&note);
	assert_int_equal(ledger_note(k->l, size, &note), 1);
	assert_memory_equal(note.data, more.data, more.len);
	want[0] ^= 1;
	assert_int_equal(ledger_note_by_prefix(k->l, size, want, root, hash), 0);
	assert_int_equal(ledger_note_add(k->l, size + 1, more.data, more.len, &k->e), -1);
	assert_int_equal(ledger_note(k->l, size + 1, &note), 0);
	buf_free(&more);
	buf_free(&note);
}

static void
facts_are_kept(void **state)
{
	struct kit *k = *state;
	struct buf b;

	buf_init(&b, 64);
	assert_int_equal(ledger_get(k->l, "mirror", &b), 0);
	assert_int_equal(ledger_set(k->l, "mirror", "one", 3, NULL), 0);
	assert_int_equal(ledger_set(k->l, "mirror", "t\0wo", 4, NULL), 0);
	kit_reopen(k);
	assert_int_equal(ledger_get(k->l, "mirror", &b), 1);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "t\0wo", 4);
	buf_free(&b);
}

static void
prefixes_find_entries(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[40];
	struct maker m;
	char hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];

	kit_village(k, &m, in, 40);
	enc_hex(hex, in[7].hash, HASH_LEN);
	assert_int_equal(ledger_entry_by_prefix(k->l, hex, hash), 1);
	assert_memory_equal(hash, in[7].hash, HASH_LEN);
	hex[11] = '\0';
	assert_int_equal(ledger_entry_by_prefix(k->l, hex, hash), 1);
	hex[3] = '\0';
	assert_int_equal(ledger_entry_by_prefix(k->l, hex, hash), 0);
	assert_int_equal(ledger_entry_by_prefix(k->l, "no hex", hash), 0);
	kit_entries_free(in, 40);
	maker_free(&m);
}

static int
in_order(void *ctx, const struct ledger_entry *x)
{
	uint64_t *next = ctx;

	assert_int_equal(x->index, (*next)++);
	return *next == 40 ? 7 : 0;
}

static int
seq_order(void *ctx, uint64_t index, uint32_t epoch, uint64_t seq, uint64_t received)
{
	uint64_t *next = ctx;

	assert_int_equal(epoch, 1);
	assert_int_equal(seq, *next);
	assert_int_equal(index, *next + 2);
	assert_true(received > 0);
	++*next;
	return 0;
}

static int
nothing(void *ctx, const struct ledger_entry *x)
{
	(void)ctx;
	(void)x;
	fail();
	return 0;
}

static void
walks_go_in_order(void **state)
{
	struct kit *k = *state;
	struct journal_entry a[10], b[10];
	struct maker ma, mb;
	uint8_t hash[HASH_LEN];
	uint64_t next = 2;
	uint32_t epoch;

	kit_village(k, &ma, a, 10);
	assert_int_equal(ledger_each_entry(k->l, 0, UINT64_MAX, in_order, &next), 0);
	assert_int_equal(next, 12);
	kit_village(k, &mb, b, 10);
	next = 4;
	assert_int_equal(ledger_each_entry(k->l, 4, 9, in_order, &next), 0);
	assert_int_equal(next, 9);
	next = 2;
	assert_int_equal(ledger_each_of_device(k->l, ma.device, in_order, &next), 0);
	assert_int_equal(next, 12);
	next = 39;
	assert_int_equal(ledger_each_entry(k->l, 39, 39, nothing, NULL), 0);
	next = 0;
	assert_int_equal(ledger_leaves_of(k->l, ma.device, 1, -1, seq_order, &next), 0);
	assert_int_equal(next, 10);
	next = 7;
	assert_int_equal(ledger_leaves_of(k->l, ma.device, 1, 6, seq_order, &next), 0);
	assert_int_equal(next, 10);
	assert_int_equal(ledger_has(k->l, b[3].hash, &epoch, &next), 1);
	assert_int_equal(epoch, 1);
	assert_int_equal(next, 3);
	assert_int_equal(ledger_at(k->l, mb.device, 1, 3, hash), 1);
	assert_memory_equal(hash, b[3].hash, HASH_LEN);
	assert_int_equal(ledger_at(k->l, mb.device, 2, 3, hash), 0);
	kit_entries_free(a, 10);
	kit_entries_free(b, 10);
	maker_free(&ma);
	maker_free(&mb);
}

static void
two_handles_take_turns(void **state)
{
	struct kit *k = *state;
	struct ledger *first = k->l, *second = ledger_open(k->url, k->guard, &k->e);
	struct journal_entry in[6];
	struct maker m;
	uint64_t size;
	uint8_t root[HASH_LEN];

	assert_non_null(second);
	kit_village(k, &m, in, 2);
	for (size_t i = 2; i < 6; i++) {
		assert_int_equal(maker_record(&m, &in[i]), 0);
		k->l = i % 2 ? first : second;
		assert_int_equal(kit_append(k, &in[i], 1, NULL), 0);
	}
	assert_int_equal(ledger_head(first, &size, root), 0);
	assert_int_equal(size, 8);
	ledger_close(second);
	k->l = first;
	kit_entries_free(in, 6);
	maker_free(&m);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_kit, close_kit)
	const struct CMUnitTest tests[] = {
		T(create_refuses_what_is_there), T(other_urls_are_refused), T(entries_come_back_as_they_went_in),
		T(an_entry_is_logged_once), T(a_record_is_logged_once), T(proofs_verify_at_every_size), T(received_never_falls),
		T(a_signer_that_fails_leaves_nothing), T(a_note_of_another_head_is_refused), T(notes_by_prefix_and_cosigned),
		T(facts_are_kept), T(prefixes_find_entries), T(walks_go_in_order), T(two_handles_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
