#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/sigtext.h"
#include "sync/answer.h"
#include "tests/lib/golden.h"
#include "tests/lib/mutate.h"

static struct signer *service, *other;

static int
setup(void **state)
{
	uint8_t seed[SEED_LEN] = { 1 };

	(void)state;
	if (crypto_init(NULL) != 0)
		return -1;
	service = signer_new(seed);
	seed[0] = 2;
	other = signer_new(seed);
	return service == NULL || other == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(service);
	signer_free(other);
	return 0;
}

static void
add_ranges(struct answer *a, size_t n, size_t runs)
{
	struct range *g;
	size_t i, k;

	for (i = 0; i < n; i++) {
		assert_non_null(g = answer_range(a));
		g->first = i * 1000;
		g->received = 5;
		for (k = 0; k < runs; k++)
			g->run[g->nruns++] = (struct run){ 1, k * 10, 2 };
		g->count = 2 * runs;
		g->proof.n = i % 5;
		memset(g->proof.hash, 6, sizeof(g->proof.hash));
	}
}

/* ${n} of everything. */
static void
make(struct answer *a, size_t n)
{
	size_t i;

	answer_init(a);
	memset(a->log, 1, HASH_LEN);
	memset(a->device, 2, HASH_LEN);
	a->counter = 3;
	memset(a->nonce, 4, sizeof(a->nonce));
	a->time = 1760000000000;
	a->last = 2;
	for (i = 0; i < n && i < ANSWER_FRONTS_MAX; i++, a->nfronts++)
		a->front[i] = (struct answer_front){ (uint32_t)i + 1, (uint32_t)i % 2, i * 7, { (uint8_t)i } };
	for (i = 0; i < n && i < ANSWER_HELDS_MAX; i++, a->nhelds++)
		a->held[i] = (struct answer_held){ (uint32_t)i + 1, 0, i * 7, i * 8 };
	for (i = 0; i < n && i < ANSWER_REFUSALS_MAX; i++, a->nrefusals++)
		a->refusal[i] = (struct answer_refusal){ (uint32_t)i, i, "bad-signature" };
	add_ranges(a, n < ANSWER_RANGES_MAX ? n : ANSWER_RANGES_MAX, 1 + n % RECEIPT_RUNS_MAX);
	a->consistency.n = n % PROOF_MAX;
	for (i = 0; i < n && i < ANSWER_WANTS_MAX; i++)
		memset(a->want[a->nwants++], (int)i, HASH_LEN);
	for (i = 0; i < n && i < ANSWER_RECORDS_MAX; i++) {
		a->record[i].index = i;
		buf_init(&a->record[i].leaf, 65535);
		a->nrecords++;
		assert_int_equal(buf_put(&a->record[i].leaf, "\002record", 1 + i % 6), 0);
	}
	a->next = n;
	a->more = n % 2 != 0;
	if (n > 0)
		assert_int_equal(buf_puts(&a->note, "a note\n"), 0);
}

static void
same(const struct answer *a, const struct answer *b)
{
	size_t i;

	assert_memory_equal(a->log, b->log, HASH_LEN);
	assert_memory_equal(a->device, b->device, HASH_LEN);
	assert_memory_equal(a->nonce, b->nonce, sizeof(a->nonce));
	assert_true(a->counter == b->counter && a->time == b->time && a->status == b->status && a->last == b->last);
	assert_true(a->nfronts == b->nfronts && a->nhelds == b->nhelds && a->nrefusals == b->nrefusals && a->nranges == b->nranges);
	assert_true(a->nwants == b->nwants && a->nrecords == b->nrecords && a->next == b->next && a->more == b->more);
	assert_memory_equal(a->front, b->front, a->nfronts * sizeof(a->front[0]));
	assert_memory_equal(a->held, b->held, a->nhelds * sizeof(a->held[0]));
	assert_memory_equal(a->refusal, b->refusal, a->nrefusals * sizeof(a->refusal[0]));
	for (i = 0; i < a->nranges; i++) {
		assert_int_equal(a->range[i].nruns, b->range[i].nruns);
		assert_int_equal(a->range[i].count, b->range[i].count);
		assert_int_equal(a->range[i].proof.n, b->range[i].proof.n);
		assert_memory_equal(a->range[i].proof.hash, b->range[i].proof.hash, a->range[i].proof.n * HASH_LEN);
	}
	assert_int_equal(a->consistency.n, b->consistency.n);
	assert_memory_equal(a->want, b->want, a->nwants * HASH_LEN);
	for (i = 0; i < a->nrecords; i++) {
		assert_int_equal(a->record[i].index, b->record[i].index);
		assert_int_equal(a->record[i].leaf.len, b->record[i].leaf.len);
		assert_memory_equal(a->record[i].leaf.data, b->record[i].leaf.data, a->record[i].leaf.len);
	}
	assert_int_equal(a->note.len, b->note.len);
	if (a->note.len > 0)
		assert_memory_equal(a->note.data, b->note.data, a->note.len);
}

static void
test_round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 17, 63, 64, 65, 127, 255, 256, 1000 };
	static struct answer a, p;
	struct err e = { "" };
	struct buf b, again;
	size_t i;

	(void)state;
	buf_init(&b, ANSWER_MAX);
	buf_init(&again, ANSWER_MAX);
	answer_init(&p);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(&a, sizes[i]);
		a.status = (enum answer_status)(i % (ANSWER_STOPPED + 1));
		buf_reset(&b);
		buf_reset(&again);
		assert_int_equal(answer_print(&b, &a, service), 0);
		if (answer_parse(&p, b.data, b.len, signer_public(service), &e) != 0)
			fail_msg("%s", e.text);
		same(&a, &p);
		assert_int_equal(answer_print(&again, &p, service), 0);
		assert_int_equal(again.len, b.len);
		assert_memory_equal(again.data, b.data, b.len);
		assert_int_equal(answer_parse(&p, b.data, b.len, signer_public(other), &e), -1);
		assert_non_null(strstr(e.text, "service key"));
		assert_int_equal(p.nranges + p.nrecords + p.note.len, 0);
		answer_free(&a);
	}
	answer_free(&p);
	buf_free(&b);
	buf_free(&again);
}

/* The fullest answer fits; one range more is refused where it is made. */
static void
test_limits(void **state)
{
	static struct answer a;

	(void)state;
	answer_init(&a);
	add_ranges(&a, ANSWER_RANGES_MAX, 1);
	assert_null(answer_range(&a));
	assert_int_equal(a.nranges, ANSWER_RANGES_MAX);
	answer_free(&a);
	assert_int_equal(a.nranges, 0);
}

static int
parse_signed(const void *body, size_t n, enum dsse_type type)
{
	static struct answer p;
	struct err e = { "" };
	struct buf b;
	int rc = -1;

	buf_init(&b, ANSWER_MAX);
	answer_init(&p);
	if (n > 0 && sigtext_sign(&b, type, body, n, service) == 0 && (rc = answer_parse(&p, b.data, b.len, signer_public(service), &e)) != 0)
		assert_true(e.text[0] != '\0');
	answer_free(&p);
	buf_free(&b);
	return rc;
}

static size_t
body_of(const struct buf *b)
{
	const char *end = strstr(buf_str(b), "\n\n");

	assert_non_null(end);
	return (size_t)(end + 1 - buf_str(b));
}

static void
test_strict(void **state)
{
	static const char *const bad[] = { "-1", "01", "x", "", "1 1", " 1", "9007199254740992", "999", "ABCDEF", "QQ" };
	static struct answer a;
	struct buf b, edited;
	size_t line, lines, n, i;
	enum edit how;

	(void)state;
	make(&a, 1);
	a.range[0].proof.n = 1;
	buf_init(&b, ANSWER_MAX);
	buf_init(&edited, ANSWER_MAX);
	assert_int_equal(answer_print(&b, &a, service), 0);
	n = body_of(&b);
	lines = text_lines(buf_str(&b), n);
	assert_int_equal(parse_signed(b.data, n, DSSE_ANSWER), 0);
	assert_int_equal(parse_signed(b.data, n, DSSE_REQUEST), -1);
	for (line = 0; line < lines; line++) {
		for (how = EDIT_DROP; how <= EDIT_SWAP; how++) {
			if (how == EDIT_SWAP && line + 1 == lines)
				continue;
			text_edit(&edited, buf_str(&b), n, line, how);
			/* two equal lines change places: nothing changed */
			if (edited.len == n && memcmp(edited.data, b.data, n) == 0)
				continue;
			/* two runs in another order may be right too */
			if (parse_signed(edited.data, edited.len, DSSE_ANSWER) == 0 && memmem(edited.data, edited.len, "run 1 10 2\nrun 1 0 2\n", 21) == NULL)
				fail_msg("line %zu, edit %d was accepted", line + 1, how);
		}
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			text_value(&edited, buf_str(&b), n, line, bad[i]);
			if (parse_signed(edited.data, edited.len, DSSE_ANSWER) == 0 &&
			    strcmp(bad[i], "999") != 0 && (line + 1 < lines || i != 6)) /* 999 may be right; sixteen digits are base64 in the note's line */
				fail_msg("line %zu with \"%s\" was accepted", line + 1, bad[i]);
		}
	}
	answer_free(&a);
	buf_free(&b);
	buf_free(&edited);
}

static void
test_damage(void **state)
{
	static struct answer a, p;
	static uint8_t bytes[65536];
	struct err e = { "" };
	uint64_t rnd = 5;
	struct buf b;
	size_t n;
	int i;

	(void)state;
	make(&a, 2);
	buf_init(&b, ANSWER_MAX);
	assert_int_equal(answer_print(&b, &a, service), 0);
	answer_init(&p);
	for (n = 0; n < b.len; n++)
		assert_int_equal(answer_parse(&p, b.data, n, signer_public(service), &e), -1);
	(void)buf_putc(&b, '\n');
	assert_int_equal(answer_parse(&p, b.data, b.len, signer_public(service), &e), -1); /* and one byte more */
	b.len--;
	for (i = 0; i < 5000; i++) { /* every one of them: a signed text has no slack */
		memcpy(bytes, b.data, b.len);
		n = mutate(bytes, b.len, sizeof(bytes), &rnd);
		if (n != b.len || memcmp(bytes, b.data, n) != 0)
			assert_int_equal(answer_parse(&p, bytes, n, signer_public(service), &e), -1);
	}
	n = body_of(&b);
	for (i = 0; i < 5000; i++) { /* under a good signature only the form is judged: no crash, no leak */
		memcpy(bytes, b.data, n);
		(void)parse_signed(bytes, mutate(bytes, n, sizeof(bytes), &rnd), DSSE_ANSWER);
	}
	answer_free(&a);
	answer_free(&p);
	buf_free(&b);
}

static void
golden(const cJSON *index, const char *name, enum answer_status status)
{
	const cJSON *facts = golden_facts(index, name);
	static struct answer a;
	struct signer *s = golden_signer("service");
	uint8_t key[KEY_LEN];
	struct err e = { "" };
	struct buf b, again;

	golden_read(&b, facts);
	golden_hex(facts, "key", key, KEY_LEN);
	answer_init(&a);
	if (answer_parse(&a, b.data, b.len, key, &e) != 0)
		fail_msg("%s: %s", name, e.text);
	assert_int_equal(a.status, status);
	buf_init(&again, ANSWER_MAX);
	assert_int_equal(answer_print(&again, &a, s), 0);
	assert_int_equal(again.len, b.len);
	assert_memory_equal(again.data, b.data, b.len);
	answer_free(&a);
	buf_free(&again);
	buf_free(&b);
	signer_free(s);
}

static void
test_golden(void **state)
{
	cJSON *index = golden_index();

	(void)state;
	golden(index, "answer", ANSWER_OK);
	golden(index, "answer rolled-back", ANSWER_ROLLED_BACK);
	cJSON_Delete(index);
}

static void
test_stored(void **state)
{
	uint8_t log[HASH_LEN], hash[HASH_LEN], key[KEY_LEN], l[HASH_LEN] = { 1 }, h[HASH_LEN] = { 2 };
	cJSON *index = golden_index();
	const cJSON *facts = golden_facts(index, "stored");
	struct err e = { "" };
	struct buf b, edited;
	struct sigtext t;
	uint64_t len;
	size_t line, lines;
	enum edit how;

	(void)state;
	buf_init(&b, 4096);
	buf_init(&edited, 4096);
	assert_int_equal(stored_print(&b, l, h, 77, 1760000000000, service), 0);
	assert_int_equal(stored_parse(log, hash, &len, b.data, b.len, signer_public(service), &e), 0);
	assert_memory_equal(log, l, HASH_LEN);
	assert_memory_equal(hash, h, HASH_LEN);
	assert_int_equal(len, 77);
	assert_int_equal(stored_parse(log, hash, &len, b.data, b.len, signer_public(other), &e), -1);
	assert_int_equal(stored_parse(log, hash, &len, b.data, b.len - 1, signer_public(service), &e), -1);
	assert_int_equal(sigtext_parse(&t, b.data, b.len, &e), 0);
	lines = text_lines(t.body, t.body_len);
	for (line = 0; line < lines; line++)
		for (how = EDIT_DROP; how <= EDIT_SWAP; how++) {
			struct buf again;

			if (how == EDIT_SWAP && line + 1 == lines)
				continue;
			text_edit(&edited, t.body, t.body_len, line, how);
			buf_init(&again, 4096);
			assert_int_equal(sigtext_sign(&again, DSSE_ANSWER, edited.data, edited.len, service), 0);
			assert_int_equal(stored_parse(log, hash, &len, again.data, again.len, signer_public(service), &e), -1);
			buf_free(&again);
		}
	buf_free(&b);
	golden_read(&b, facts);
	golden_hex(facts, "key", key, KEY_LEN);
	assert_int_equal(stored_parse(log, hash, &len, b.data, b.len, key, &e), 0);
	buf_free(&b);
	buf_free(&edited);
	cJSON_Delete(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_stored),
	};

	return cmocka_run_group_tests_name("answer", tests, setup, teardown);
}
