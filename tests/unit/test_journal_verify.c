#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "store/journal.h"
#include "tests/lib/maker.h"

/*
 * One journal for all: epoch 1 with the genesis, five records (one with a
 * person's signature, one with an attachment), a loss and a withdrawal; epoch
 * 2 with two more.  Entries 1:0 to 1:4 have one receipt, 1:5 and 1:6 another;
 * the rest waits.  Each test alters a copy of it.
 */
#define RECEIVED1 UINT64_C(1760000500000)
#define RECEIVED2 UINT64_C(1760000600000)

static char top[128], original[160], dir[160];
static struct journal *j;
static struct maker_log l;

static void
append(struct maker *m, struct journal_entry *x)
{
	struct err e = {""};

	(void)m;
	if (journal_append(j, x, 1, &e) != 0)
		fail_msg("%s", e.text);
	if (x->h.epoch == 1 && x->h.seq < 7)
		maker_log_entry(&l, x, x->h.seq < 5 ? RECEIVED1 : RECEIVED2);
	journal_entry_free(x);
}

static void
add_special(struct maker *m)
{
	struct journal_entry x;
	struct entry h;

	maker_header(m, &h, "record");
	h.natt = 1;
	h.att[0].len = 5;
	(void)snprintf(h.att[0].mediatype, sizeof(h.att[0].mediatype), "image/jpeg");
	assert_int_equal(journal_attachment_put(j, "photo", 5, h.att[0].hash, NULL), 0);
	assert_int_equal(maker_sign(m, &x, &h, "{}", NULL), 0);
	append(m, &x);
	maker_header(m, &h, "loss");
	assert_int_equal(maker_sign(m, &x, &h, "{\"epoch\":9,\"from\":3,\"to\":4}", NULL), 0);
	append(m, &x);
}

/* A receipt for ${count} entries from ${seq} on, whose leaves begin at ${first}; the anchor of what follows. */
static void
confirm(struct maker *m, uint64_t first, uint64_t seq, uint64_t count, uint64_t received)
{
	struct range r;
	struct buf note;

	buf_init(&note, NOTE_MAX);
	maker_log_other(&l, 3);
	assert_int_equal(maker_log_note(&l, &note), 0);
	assert_int_equal(maker_log_range(&l, &r, first, 1, seq, count, received), 0);
	assert_int_equal(journal_confirm(j, m->device, &r, note.data, note.len, NULL), 0);
	assert_int_equal(journal_confirm(j, m->device, &r, note.data, note.len, NULL), 0);
	assert_int_equal(journal_note_add(j, l.size, note.data, note.len, NULL), 0);
	m->last.anchor_size = l.size;
	tree_root(m->last.anchor_root, l.leaf, l.size);
	sha256(m->last.anchor_note, note.data, note.len);
	buf_free(&note);
}

static void
make_epochs(struct maker *m)
{
	struct journal_entry x;
	struct entry h;

	maker_header(m, &h, "withdrawal");
	h.has_supersedes = 1;
	memcpy(h.supersedes, h.prev, HASH_LEN);
	assert_int_equal(maker_sign(m, &x, &h, "{}", "{\"reason\":\"typo\"}"), 0);
	append(m, &x);
	assert_int_equal(maker_epoch(m, &x, 2, "renewed"), 0);
	append(m, &x);
	assert_int_equal(maker_personal(m, &x), 0);
	append(m, &x);
}

static int
setup_all(void **state)
{
	static const uint8_t seed[SEED_LEN] = {3};
	struct journal_entry x;
	struct maker m;
	struct buf keys;
	unsigned i;

	(void)state;
	if (maker_tmp(top, sizeof(top)) != 0 || maker_init(&m, 7, "520221") != 0 || maker_log_init(&l) != 0)
		return -1;
	(void)snprintf(original, sizeof(original), "%s/original", top);
	(void)snprintf(dir, sizeof(dir), "%s/copy", top);
	if ((j = journal_create(original, NULL)) == NULL)
		return -1;
	maker_log_other(&l, 2);
	assert_int_equal(maker_genesis(&m, &x), 0);
	append(&m, &x);
	for (i = 0; i < 4; i++) {
		m.person = i == 1 ? signer_new(seed) : NULL;
		assert_int_equal(maker_personal(&m, &x), 0);
		append(&m, &x);
		signer_free(m.person);
		m.person = NULL;
	}
	buf_init(&keys, KEYS_MAX);
	assert_int_equal(maker_keys(&l, &keys), 0);
	assert_int_equal(journal_set(j, "keys", keys.data, keys.len, NULL), 0);
	buf_free(&keys);
	confirm(&m, 2, 0, 5, RECEIVED1);
	add_special(&m);
	confirm(&m, 10, 5, 2, RECEIVED2);
	make_epochs(&m);
	journal_close(j);
	j = NULL;
	maker_free(&m);
	return 0;
}

static int
teardown_all(void **state)
{
	(void)state;
	maker_log_free(&l);
	maker_rm(top);
	return 0;
}

static int
setup(void **state)
{
	char cmd[512];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "cp -a '%s' '%s'", original, dir);
	return system(cmd);
}

static int
teardown(void **state)
{
	(void)state;
	journal_close(j);
	j = NULL;
	maker_rm(dir);
	return 0;
}

/* What was found, as "code epoch:seq" words. */
static char found[4096];

static void
take(void *ctx, const char *code, uint32_t epoch, uint64_t seq, const char *detail)
{
	size_t n = strlen(found);

	(void)ctx;
	assert_true(detail[0] != '\0');
	(void)snprintf(found + n, sizeof(found) - n, "%s%s %u:%u", n > 0 ? ", " : "", code, epoch, (unsigned)seq);
}

static void
verify_now(void)
{
	enum journal_standing s;
	struct err e = {""};
	int n;
	const char *p;

	found[0] = '\0';
	if ((j = journal_open(dir, &s, &e)) == NULL)
		fail_msg("%s", e.text);
	n = journal_verify(j, take, NULL);
	for (p = found; n > 0 && p != NULL; n--)
		p = strstr(p, ", ") != NULL ? strstr(p, ", ") + 2 : NULL;
	assert_int_equal(n, 0);
	journal_close(j);
	j = NULL;
}

static void
whole(void **state)
{
	(void)state;
	verify_now();
	assert_string_equal(found, "");
}

#define R(epoch, seq) "n = (" #epoch " << 40 | " #seq ")"

/* Each alteration, and exactly what is found of it. */
static const struct {
	const char *sql, *want;
} altered[] = {
    {"UPDATE entry SET payload = '{\"house\":\"2\",\"stage\":\"none\"}' WHERE " R(1, 2), "bad-payload 1:2"},
    {"UPDATE entry SET payload = replace(payload, 'roof', 'root') WHERE " R(1, 3), "bad-payload 1:3"},
    {"UPDATE entry SET payload = '{}' WHERE " R(2, 1), "bad-payload 2:1"},
    {"UPDATE entry SET personal = '{\"name\":\"Li So\"}' WHERE " R(1, 1), "bad-personal 1:1"},
    {"UPDATE entry SET personal = NULL, salt = NULL WHERE " R(1, 1), "bad-personal 1:1"},
    {"UPDATE entry SET salt = zeroblob(16) WHERE " R(1, 1), "bad-personal 1:1"},
    {"UPDATE entry SET salt = x'00' WHERE " R(1, 1), "bad-personal 1:1"},
    {"UPDATE entry SET payload = '', personal = '' WHERE " R(1, 1), "bad-payload 1:1, bad-personal 1:1"},
    {"UPDATE entry SET sig = zeroblob(96) WHERE " R(2, 1), "bad-signature 2:1"},
    {"UPDATE entry SET sig = x'' WHERE " R(2, 1), "bad-signature 2:1"},
    {"UPDATE entry SET sig = CAST(substr(sig, 1, 40) || x'00' || substr(sig, 42) AS BLOB) WHERE " R(1, 7), "bad-signature 1:7"},
    {"UPDATE entry SET sig = CAST(substr(sig, 1, 96) AS BLOB) WHERE " R(1, 2), "bad-person-signature 1:2, bad-receipt 1:0"},
    {"UPDATE entry SET header = CAST(replace(header, 'clock ntp', 'clock rtc') AS BLOB) WHERE " R(1, 7), "bad-signature 1:7"},
    {"UPDATE entry SET header = CAST(replace(header, 'place 520221', 'place 520222') AS BLOB) WHERE " R(2, 1), "bad-signature 2:1"},
    {"UPDATE entry SET header = CAST(replace(header, 'place', 'plaze') AS BLOB) WHERE " R(2, 1), "bad-chain 2:1"},
    {"UPDATE entry SET header = CAST(replace(header, 'seq 1', 'seq 2') AS BLOB) WHERE " R(2, 1), "bad-chain 2:1"},
    {"UPDATE entry SET header = x'00' WHERE " R(1, 7), "bad-chain 1:7"},
    {"UPDATE entry SET hash = zeroblob(32) WHERE " R(1, 7), "bad-chain 1:7"},
    {"UPDATE entry SET supersedes = zeroblob(32) WHERE " R(1, 7), "bad-chain 1:7"},
    {"UPDATE entry SET supersedes = NULL WHERE " R(1, 7), "bad-chain 1:7"},
    {"UPDATE entry SET supersedes = hash WHERE " R(1, 3), "bad-chain 1:3"},
    {"UPDATE entry SET n = (1 << 40 | 9) WHERE " R(1, 7), "bad-chain 1:9, gap 1:7"},
    {"DELETE FROM entry WHERE " R(1, 7), "bad-chain 2:0"},
    {"DELETE FROM entry WHERE " R(1, 6), "bad-receipt 1:6, gap 1:6"},
    {"DELETE FROM entry WHERE " R(2, 1), "gap 2:1"},
    {"DELETE FROM entry", "bad-receipt, gap 2:1"},
    {"DELETE FROM entry WHERE " R(2, 0), "bad-signature 2:1, gap 2:0"},
    {"UPDATE entry SET payload = '{}' WHERE " R(2, 0), "bad-payload 2:0, bad-signature 2:0"},
    {"UPDATE entry SET log_index = 3 WHERE " R(1, 3), "bad-receipt 1:3"},
    {"UPDATE entry SET received = received + 1 WHERE " R(1, 3), "bad-receipt 1:3"},
    {"UPDATE entry SET log_index = NULL WHERE " R(1, 3), "bad-receipt 1:3"},
    {"UPDATE entry SET log_index = 40, received = 1 WHERE " R(2, 1), "bad-receipt 2:1"},
    {"DELETE FROM receipt WHERE first = 10", "bad-receipt 1:5, bad-receipt 1:6"},
    {"UPDATE receipt SET text = x'00' WHERE first = 10", "bad-receipt 0:0"},
    {"UPDATE receipt SET size = size + 1 WHERE first = 10", "bad-receipt 1:5"},
    {"UPDATE receipt SET first = 9, count = 3 WHERE first = 10", "bad-receipt 1:5"},
    {"UPDATE receipt SET text = CAST(replace(text, 'county.example', 'county.exampla') AS BLOB) WHERE first = 10", "bad-receipt 1:5"},
    {"UPDATE receipt SET text = CAST(substr(text, 1, instr(text, 'hash ') + 4) || 'AAAA' || substr(text, instr(text, 'hash ') + 9) AS BLOB)"
     " WHERE first = 10", "bad-receipt 1:5"},
    {"UPDATE receipt SET text = CAST(replace(text, 'device ', 'device 0') AS BLOB) WHERE first = 10", "bad-receipt 0:0"},
    {"UPDATE receipt SET text = CAST(replace(text, 'run 1 5 2', 'run 1 4 2') AS BLOB) WHERE first = 10", "bad-receipt 1:4, bad-receipt 1:5"},
    {"UPDATE note SET note = CAST(replace(note, 'county.example', 'county.exampla') AS BLOB) WHERE id = 1", "bad-checkpoint 0:0"},
    {"UPDATE note SET size = size + 1 WHERE id = 1", "bad-anchor 1:5, bad-anchor 1:6, bad-checkpoint 0:0"},
    {"UPDATE note SET hash = zeroblob(32) WHERE id = 2", "bad-anchor 1:7, bad-anchor 2:0, bad-anchor 2:1, bad-checkpoint 0:0"},
    {"DELETE FROM note WHERE id = 1", "bad-anchor 1:5, bad-anchor 1:6"},
    {"DELETE FROM meta WHERE key = 'keys'", "bad-receipt 1:0, bad-receipt 1:5, bad-checkpoint 0:0, bad-checkpoint 0:0"},
    {"DELETE FROM att", "missing-attachment 1:5"},
};

static int
all_words_there(const char *want)
{
	char word[128];
	const char *p, *end;

	for (p = want; *p != '\0'; p = *end == ',' ? end + 2 : end) {
		end = strstr(p, ", ");
		if (end == NULL)
			end = p + strlen(p);
		(void)snprintf(word, sizeof(word), "%.*s", (int)(end - p), p);
		if (strstr(found, word) == NULL)
			return 0;
	}
	return 1;
}

static void
finds_what_was_altered(void **state)
{
	size_t i, len;
	unsigned bad = 0;

	(void)state;
	for (i = 0; i < sizeof(altered) / sizeof(altered[0]); i++) {
		assert_int_equal(maker_sql(dir, altered[i].sql), 0);
		verify_now();
		/* exactly these, but where no number follows the code: at least these */
		len = strlen(altered[i].want);
		if (!all_words_there(altered[i].want) || (strchr("0123456789", altered[i].want[len - 1]) != NULL &&
		    strstr(altered[i].want, "receipt,") == NULL && strlen(found) != len)) {
			print_message("%s\n  wanted %s\n  found  %s\n", altered[i].sql, altered[i].want, found);
			bad++;
		}
		maker_rm(dir);
		assert_int_equal(setup(NULL), 0);
	}
	assert_int_equal(bad, 0);
}

/* A hole that a loss entry covers is no finding. */
static void
losses(void **state)
{
	struct journal_entry x;
	struct maker m;
	unsigned i;

	(void)state;
	maker_rm(dir);
	assert_int_equal(maker_init(&m, 9, "520221"), 0);
	assert_non_null(j = journal_create(dir, NULL));
	assert_int_equal(maker_genesis(&m, &x), 0);
	append(&m, &x);
	for (i = 1; i < 6; i++) {
		struct entry h;

		maker_header(&m, &h, i == 5 ? "loss" : "heartbeat");
		assert_int_equal(maker_sign(&m, &x, &h, i == 5 ? "{\"epoch\":1,\"from\":2,\"to\":3}" : "{}", NULL), 0);
		append(&m, &x);
	}
	journal_close(j);
	assert_int_equal(maker_sql(dir, "DELETE FROM entry WHERE " R(1, 2) " OR " R(1, 3)), 0);
	verify_now();
	assert_string_equal(found, "");
	assert_int_equal(maker_sql(dir, "DELETE FROM entry WHERE " R(1, 1)), 0);
	verify_now();
	assert_string_equal(found, "gap 1:1");
	maker_free(&m);
}

static int
collect(void *ctx, const struct range *r, const void *text, size_t n)
{
	struct buf *b = ctx;

	(void)buf_printf(b, "%u+%u ", (unsigned)r->first, (unsigned)r->count);
	assert_memory_equal(text, "tallystick/receipt/v1\n", 22);
	assert_true(n > 100);
	return 0;
}

static int
collect_note(void *ctx, uint64_t size, const void *note, size_t n)
{
	assert_memory_equal(note, "county.example\n", 15);
	assert_true(n > 50);
	return buf_printf(ctx, "%u ", (unsigned)size);
}

static int
count_one(void *ctx, const struct journal_entry *x)
{
	assert_false(x->has_receipt);
	++*(unsigned *)ctx;
	return 0;
}

static void
receipts_and_counts(void **state)
{
	enum journal_standing s;
	struct journal_counts c;
	struct journal_entry x;
	struct buf b, note;
	uint64_t size;
	unsigned n = 0;

	(void)state;
	buf_init(&b, RECEIPT_MAX);
	buf_init(&note, NOTE_MAX);
	assert_non_null(j = journal_open(dir, &s, NULL));
	assert_int_equal(s, JOURNAL_OTHER_HOST);
	assert_int_equal(journal_count(j, &c), 0);
	assert_int_equal(c.entries, 10);
	assert_int_equal(c.confirmed, 7);
	assert_int_equal(c.waiting, 3);
	assert_int_equal(c.attachments_waiting, 1);
	assert_true(c.has_last && c.last_confirmed == RECEIVED2);
	assert_int_equal(journal_each_unconfirmed(j, count_one, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(journal_each_receipt(j, collect, &b), 0);
	assert_string_equal(buf_str(&b), "2+5 10+2 ");
	buf_reset(&b);
	assert_int_equal(journal_each_note(j, collect_note, &b), 0);
	assert_string_equal(buf_str(&b), "10 15 ");
	assert_int_equal(journal_note_newest(j, &size, &note), 1);
	assert_int_equal(size, 15);
	buf_reset(&b);
	assert_int_equal(journal_receipt_of(j, 1, &b), 0);
	assert_int_equal(journal_receipt_of(j, 7, &b), 0);
	assert_int_equal(journal_receipt_of(j, 6, &b), 1);
	assert_non_null(strstr(buf_str(&b), "\nrange 2 5 "));
	journal_entry_init(&x);
	assert_int_equal(journal_by_seq(j, 1, 6, &x), 1);
	assert_true(x.has_receipt && x.index == 11 && x.received == RECEIVED2);
	journal_entry_free(&x);
	buf_free(&b);
	buf_free(&note);
}

/* A receipt for an entry that is not here is refused whole; a second one that says otherwise is kept, and found. */
static void
other_receipts(void **state)
{
	enum journal_standing s;
	struct journal_counts c;
	struct range r;
	struct buf note;
	struct err e;
	struct maker m;

	(void)state;
	assert_int_equal(maker_init(&m, 7, "520221"), 0);
	buf_init(&note, NOTE_MAX);
	assert_int_equal(maker_log_note(&l, &note), 0);
	assert_non_null(j = journal_open(dir, &s, NULL));
	assert_int_equal(maker_log_range(&l, &r, 12, 2, 0, 3, RECEIVED2), 0);
	assert_int_equal(journal_confirm(j, m.device, &r, note.data, note.len, &e), -1);
	assert_non_null(strstr(e.text, "epoch 2 seq 2"));
	assert_int_equal(journal_confirm(j, m.device, &r, "no note", 7, &e), -1);
	assert_int_equal(journal_count(j, &c), 0);
	assert_int_equal(c.confirmed, 7);
	assert_int_equal(maker_log_range(&l, &r, 10, 1, 5, 2, RECEIVED2 + 1), 0);
	assert_int_equal(journal_confirm(j, m.device, &r, note.data, note.len, &e), 0);
	journal_close(j);
	verify_now();
	assert_string_equal(found, "bad-receipt 1:5, bad-receipt 1:6");
	buf_free(&note);
	maker_free(&m);
}

static void
altered_attachment(void **state)
{
	char cmd[512];

	(void)state;
	(void)snprintf(cmd, sizeof(cmd), "for f in '%s'/attachments/*; do printf Photo > $f; done", dir);
	assert_int_equal(system(cmd), 0);
	verify_now();
	assert_string_equal(found, "bad-attachment 1:5");
	(void)snprintf(cmd, sizeof(cmd), "rm '%s'/attachments/*", dir);
	assert_int_equal(system(cmd), 0);
	verify_now();
	assert_string_equal(found, "missing-attachment 1:5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(finds_what_was_altered, setup, teardown),
	    cmocka_unit_test_setup_teardown(losses, setup, teardown),
	    cmocka_unit_test_setup_teardown(receipts_and_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(other_receipts, setup, teardown),
	    cmocka_unit_test_setup_teardown(altered_attachment, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
