/* Goal: no allocation that fails, once or from there on, crashes the agent, loses or alters what it acknowledged, or costs it its epoch. */
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

#include "agent/agent.h"
#include "agent/record/recorder.h"
#include "base/enc.h"
#include "base/file.h"
#include "forms/form.h"
#include "sync/answer.h"
#include "tests/lib/faultmem.h"
#include "tests/lib/outpost.h"

/*
 * An operation runs once in peace to see how many allocations there are, then
 * with each of them failing (TALLY_FAULTS=all), or with about as many as
 * POINTS, spread evenly.
 */
#define POINTS 24

static struct outpost o;

/* What libxml2 forgets to release when its own allocations fail is not ours. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libxml2\n";
}

struct op {
	const char *name;
	void (*before)(void);           /* in peace, after the folder was put back; NULL: nothing */
	int (*run)(void);               /* 0: it says that it was done */
	void (*after)(int rc, int hit); /* in peace: judge */
	unsigned long points;           /* of the short walk; 0: POINTS */
};

static int
setup(void **state)
{
	(void)state;
	/* nothing here is about the medium */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	(void)setenv("TALLY_ALLOW_STORAGE", "tmpfs", 1);
	if (faultmem_install() != 0)
		return -1;
	outpost_make(&o);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	outpost_free(&o);
	return 0;
}

static struct buf said, errs;
static uint8_t room[1U << 16];

static void
hear(void)
{
	buf_free(&said);
	buf_free(&errs);
	buf_init(&said, 1U << 20);
	buf_init(&errs, 1U << 20);
	/* room beforehand: the test's own memory does not fail */
	assert_int_equal(buf_put(&said, room, sizeof(room)) | buf_put(&errs, room, sizeof(room)), 0);
	buf_reset(&said);
	buf_reset(&errs);
}

static int
one(const struct op *op, unsigned long nth, int forever)
{
	unsigned long hit;
	int rc;

	outpost_restore(&o);
	if (op->before != NULL)
		op->before();
	hear();
	faultmem_arm(nth, forever);
	rc = op->run();
	hit = faultmem_disarm();
	if (getenv("TALLY_FAULTS_SHOW") != NULL)
		print_message("%s %lu %d: %d\n", op->name, nth, forever, rc);
	op->after(rc, hit > 0);
	return hit > 0;
}

static void
walk(const struct op *op)
{
	const char *all = getenv("TALLY_FAULTS");
	unsigned long n, k, step, points = 0;
	int forever;

	(void)one(op, 0, 0);
	n = faultmem_seen();
	assert_true(n > 0);
	step = all != NULL ? 1 : n / (op->points > 0 ? op->points : POINTS) + 1;
	for (forever = 0; forever < 2; forever++) {
		for (k = 1 + (all != NULL ? 0 : (unsigned long)forever % step); k <= n; k += step, points++)
			(void)one(op, k, forever);
	}
	print_message("# %s: %lu allocations, %lu fault points\n", op->name, n, points);
}

/* What must hold after anything. */
static void
holds(const char *name)
{
	const char *bad = outpost_holds(&o);

	if (bad != NULL)
		fail_msg("%s: %s", name, bad);
}

/* Commands, as a person gives them */

static int
run_record(void)
{
	return outpost_run(&o, &said, &errs, "record", OUTPOST_FORM, "subject=h2", "stage=roof", "date=2026-10-02", "household/name=王五", "persons=3",
	    "position=25.1234 103.5678 0 0", "--id", "new-1", "--json", "--photo", o.photo_field, NULL);
}

static int
load(const char *id, struct journal_entry *x)
{
	int rc;

	journal_entry_init(x);
	outpost_open(&o);
	rc = journal_by_id(o.v.j, id, x);
	outpost_shut(&o);
	return rc;
}

/* What an entry says, without the moment and without what hangs on it. */
static struct {
	int set;
	struct journal_entry x;
} want[4];

static void
same_bytes(const char *what, const struct buf *a, const struct buf *b)
{
	if (a->len != b->len || (a->len > 0 && memcmp(a->data, b->data, a->len) != 0))
		fail_msg("%s: %s instead of %s", what, buf_str(a), buf_str(b));
}

static void
same_entry(unsigned which, struct journal_entry *x)
{
	struct journal_entry *w = &want[which].x;

	if (!want[which].set) {
		want[which].set = 1;
		*w = *x;
		return;
	}
	same_bytes("payload", &x->payload, &w->payload);
	same_bytes("personal part", &x->personal, &w->personal);
	assert_string_equal(x->subject, w->subject);
	assert_string_equal(x->h.form, w->h.form);
	assert_memory_equal(x->h.form_hash, w->h.form_hash, HASH_LEN);
	assert_int_equal(x->h.has_log, w->h.has_log);
	assert_int_equal(x->h.anchor_size, w->h.anchor_size);
	assert_memory_equal(x->h.anchor_root, w->h.anchor_root, HASH_LEN);
	assert_int_equal(x->h.seq, w->h.seq);
	assert_int_equal(x->h.natt, w->h.natt);
	assert_memory_equal(x->h.att, w->h.att, sizeof(x->h.att));
	journal_entry_free(x);
}

static void
after_record(int rc, int hit)
{
	struct journal_entry x;
	char hex[2 * HASH_LEN + 1];
	int there;

	holds("record");
	there = load("new-1", &x);
	assert_true(there >= 0);
	if (rc == 0 && !there)
		fail_msg("recorded, it said, and it is not there");
	if (rc == 0) {
		enc_hex(hex, x.hash, HASH_LEN);
		if (strstr(buf_str(&said), hex) == NULL && strlen(buf_str(&said)) > 3)
			fail_msg("it said: %s", buf_str(&said));
	} else if (buf_str(&errs)[0] == '\0' && hit)
		fail_msg("exit status %d without a word: %s", rc, buf_str(&errs));
	/* 1 is a verdict on what was to be recorded; there was nothing wrong with it */
	if (rc == 1)
		fail_msg("refused: %s", buf_str(&errs));
	journal_entry_free(&x);
	hear();
	assert_int_equal(run_record(), 0);
	assert_int_equal(load("new-1", &x), 1);
	same_entry(0, &x);
}

static void
record_by_command(void **state)
{
	static const struct op op = {"record with a photo", NULL, run_record, after_record, 0};

	(void)state;
	walk(&op);
}

static int
run_correct(void)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, o.hash[o.entries - 1], HASH_LEN);
	return outpost_run(&o, &said, &errs, "correct", hex, "stage=completed", "--id", "new-2", "--json", NULL);
}

static void
after_correct(int rc, int hit)
{
	struct journal_entry x;

	(void)hit;
	holds("correct");
	if (rc == 0) {
		assert_int_equal(load("new-2", &x), 1);
		journal_entry_free(&x);
	}
	if (rc == 1)
		fail_msg("refused: %s", buf_str(&errs));
	assert_int_equal(run_correct(), 0);
	assert_int_equal(load("new-2", &x), 1);
	same_entry(1, &x);
}

static void
correct_by_command(void **state)
{
	static const struct op op = {"correct", NULL, run_correct, after_correct, 0};

	(void)state;
	walk(&op);
}

static int
run_withdraw(void)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, o.hash[o.entries - 2], HASH_LEN);
	return outpost_run(&o, &said, &errs, "withdraw", hex, "--reason", "重复", "--id", "new-3", NULL);
}

static void
after_withdraw(int rc, int hit)
{
	struct journal_entry x;

	(void)hit;
	holds("withdraw");
	if (rc == 0) {
		assert_int_equal(load("new-3", &x), 1);
		journal_entry_free(&x);
	}
	if (rc == 1)
		fail_msg("refused: %s", buf_str(&errs));
	assert_int_equal(run_withdraw(), 0);
	assert_int_equal(load("new-3", &x), 1);
	same_entry(2, &x);
}

static void
withdraw_by_command(void **state)
{
	static const struct op op = {"withdraw", NULL, run_withdraw, after_withdraw, 0};

	(void)state;
	walk(&op);
}

/* Commands that only read: right, or exit status 2. */
static const char *reading[3];
static struct buf reference;

static int
run_reading(void)
{
	return outpost_run(&o, &said, &errs, reading[0], reading[1], reading[2], NULL);
}

static void
after_reading(int rc, int hit)
{
	char *free_now = said.data != NULL ? strstr(buf_str(&said), "\"free\":") : NULL;

	holds(reading[0]);
	if (free_now != NULL) /* changes by itself */
		said.len = (size_t)(free_now - (char *)said.data);
	if (!hit)
		assert_int_equal(rc, 0);
	if (!hit && reference.len == 0)
		(void)buf_put(&reference, said.data, said.len);
	if (rc == 0)
		same_bytes(reading[0], &said, &reference);
	else
		assert_int_equal(rc, 2);
}

static void
read_by_command(void **state)
{
	static const char *const commands[][3] = {{"list", "--json", NULL}, {"list", NULL, NULL}, {"status", "--json", NULL}, {"verify", "--json", NULL},
	    {"show", NULL, "--json"}, {"slip", NULL, NULL}};
	char hex[2 * HASH_LEN + 1];
	struct op op = {NULL, NULL, run_reading, after_reading, 0};
	size_t i;

	(void)state;
	enc_hex(hex, o.hash[o.entries - 1], HASH_LEN);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		buf_init(&reference, 1U << 20);
		memcpy(reading, commands[i], sizeof(reading));
		if (strcmp(reading[0], "show") == 0 || strcmp(reading[0], "slip") == 0)
			reading[1] = hex;
		op.name = reading[0];
		walk(&op);
		buf_free(&reference);
	}
}

/* An answer of the county, judged again and again. */
static struct device_request asked;
static struct buf answer;

static int
run_answer(void)
{
	static struct device_outcome out;
	enum journal_standing s;
	enum device_verdict v;

	if ((o.v.j = journal_open(o.v.dir, &s, &o.v.e)) == NULL)
		return DEVICE_FAILED;
	v = device_answer(&out, o.v.j, &asked, answer.data, answer.len, &o.v.e);
	outpost_shut(&o);
	return (int)v;
}

static void
after_answer(int rc, int hit)
{
	struct journal_counts c;
	char path[400];

	(void)hit;
	holds("an answer");
	if (rc != DEVICE_OK && rc != DEVICE_FAILED)
		fail_msg("verdict %d: %s", rc, o.v.e.text);
	(void)snprintf(path, sizeof(path), "%s/alarms", o.v.dir);
	assert_false(file_exists(path));
	outpost_open(&o);
	assert_int_equal(journal_count(o.v.j, &c), 0);
	outpost_shut(&o);
	if (rc == DEVICE_OK)
		assert_int_equal(c.waiting, 0);
}

static int
run_request(void)
{
	struct device_request r;
	enum journal_standing s;
	int rc;

	if ((o.v.j = journal_open(o.v.dir, &s, &o.v.e)) == NULL)
		return -1;
	if ((rc = device_request(&r, o.v.j, o.v.m.signer, 1U << 20, &o.v.e)) == 0 && r.entries != asked.entries)
		rc = -2; /* less than waits, and nobody was told */
	buf_free(&r.bytes);
	outpost_shut(&o);
	return rc;
}

static void
after_request(int rc, int hit)
{
	(void)hit;
	holds("a request");
	assert_int_not_equal(rc, -2);
	assert_int_equal(run_request(), 0);
}

static void
sync_with_the_county(void **state)
{
	static const struct op request = {"a request", NULL, run_request, after_request, 400}, taken = {"an answer", NULL, run_answer, after_answer, 0};

	(void)state;
	outpost_restore(&o);
	outpost_open(&o);
	village_request(&o.v, 1U << 20, &asked);
	buf_init(&answer, ANSWER_MAX);
	assert_int_equal(hall_answer(&o.hall, asked.bytes.data, asked.bytes.len, &answer), 0);
	outpost_shut(&o);
	walk(&request);
	outpost_restore(&o);
	outpost_open(&o);
	assert_int_equal(journal_set_u64(o.v.j, "counter", asked.counter, NULL), 0);
	outpost_shut(&o);
	outpost_keep(&o);
	walk(&taken);
	buf_free(&asked.bytes);
	buf_free(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(record_by_command),
	    cmocka_unit_test(correct_by_command),
	    cmocka_unit_test(withdraw_by_command),
	    cmocka_unit_test(read_by_command),
	    cmocka_unit_test(sync_with_the_county),
	};
	size_t i;
	int failed;

	/* TALLY_FAULTS_ONLY=sync*: only these */
	if (getenv("TALLY_FAULTS_ONLY") != NULL)
		cmocka_set_test_filter(getenv("TALLY_FAULTS_ONLY"));
	failed = cmocka_run_group_tests(tests, setup, teardown);
	buf_free(&said);
	buf_free(&errs);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		journal_entry_free(&want[i].x);
	return failed;
}
