/* Goal: whatever befalls the log's second place (a failing call, a full disk, a cut at any byte, damage), nothing is acknowledged that is not in both, and what is in it brings a ledger back. */
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

#include "base/file.h"
#include "base/tree.h"
#include "crypto/seal.h"
#include "store/ledger/mirror.h"
#include "tests/lib/faultmem.h"
#include "tests/lib/ledgerkit.h"

#define N 3

struct with {
	struct kit k;
	struct maker m;
	struct journal_entry first[2], x[N];
	struct sealer *s;
	char dir[300], old[300], log[330], personal[330];
};

static void
no_findings(void *ctx, const char *code, const uint8_t *device, uint32_t epoch, uint64_t seq, const char *detail)
{
	(void)ctx, (void)device, (void)epoch, (void)seq;
	fail_msg("%s: %s", code, detail);
}

/* A ledger with a village, a copy of its database as it stands then, a mirror, and entries that are still to come. */
static void
make(struct with *w)
{
	uint8_t secret[32];
	char copy[800];

	memset(secret, 7, sizeof(secret));
	kit_open(&w->k);
	assert_non_null(w->s = sealer_new(secret));
	kit_village(&w->k, &w->m, w->first, 2);
	(void)snprintf(w->dir, sizeof(w->dir), "%s/mirror", w->k.dir);
	(void)snprintf(w->log, sizeof(w->log), "%s/log", w->dir);
	(void)snprintf(w->personal, sizeof(w->personal), "%s/personal", w->dir);
	(void)snprintf(w->old, sizeof(w->old), "%s/old", w->k.dir);
	kit_shut(&w->k);
	assert_int_equal(mkdir(w->old, 0700), 0);
	(void)snprintf(copy, sizeof(copy), "cp %s %s/", w->k.db, w->old);
	assert_int_equal(system(copy), 0);
	kit_reopen(&w->k);
	if (ledger_mirror_set(w->k.l, w->dir, sealer_public(w->s), &w->k.e) != 0)
		fail_msg("%s", w->k.e.text);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(maker_personal(&w->m, &w->x[i]), 0);
}

static void
unmake(struct with *w)
{
	kit_entries_free(w->x, N);
	kit_entries_free(w->first, 2);
	maker_free(&w->m);
	sealer_free(w->s);
	kit_close(&w->k);
}

/* The database is lost, and an old copy comes back: 0 and the leaves from the mirror, or -1. */
static int
come_back(struct with *w, uint64_t *leaves)
{
	char cmd[1400];
	int rc;

	kit_shut(&w->k);
	(void)snprintf(cmd, sizeof(cmd), "rm -f %s* %s && cp %s/ledger.db %s", w->k.db, w->k.guard, w->old, w->k.db);
	assert_int_equal(system(cmd), 0);
	kit_reopen(&w->k);
	assert_int_equal(ledger_may_sign(w->k.l, NULL), 0);
	rc = ledger_mirror_replay(w->k.l, w->dir, w->s, &w->k.county.keys, leaves, &w->k.e);
	if (rc == 0) {
		assert_int_equal(ledger_may_sign(w->k.l, NULL), 1);
		assert_int_equal(ledger_check(w->k.l, no_findings, NULL), 0);
	}
	return rc;
}

static void
assert_here(struct with *w, size_t i)
{
	struct ledger_entry x;

	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(w->k.l, w->x[i].hash, &x), 1);
	assert_int_equal(x.personal.len, w->x[i].personal.len);
	assert_memory_equal(x.personal.data, w->x[i].personal.data, x.personal.len);
	assert_memory_equal(x.salt, w->x[i].salt, ENTRY_SALT_LEN);
	assert_string_equal(x.subject, "house-1");
	ledger_entry_free(&x);
}

static void
what_was_acknowledged_comes_back(void **state)
{
	struct with w;
	uint64_t leaves, size, again;
	uint8_t root[HASH_LEN], same[HASH_LEN];

	(void)state;
	make(&w);
	w.k.late = "wrong-place";
	assert_int_equal(kit_append(&w.k, w.x, N, NULL), 0);
	assert_int_equal(ledger_head(w.k.l, &size, root), 0);
	if (come_back(&w, &leaves) != 0)
		fail_msg("%s", w.k.e.text);
	assert_int_equal(leaves, N);
	assert_int_equal(ledger_head(w.k.l, &again, same), 0);
	assert_int_equal(size, again);
	assert_memory_equal(root, same, HASH_LEN);
	for (size_t i = 0; i < N; i++)
		assert_here(&w, i);
	assert_int_equal(kit_append(&w.k, w.x, N, &again), 0);
	assert_int_equal(again, 0);
	unmake(&w);
}

static int
last_box_is(const char *path, const char text[10])
{
	struct buf b;
	int rc;

	buf_init(&b, 1000);
	assert_int_equal(file_read(path, &b, NULL), 0);
	rc = memcmp(b.data + b.len - 10, text, 10) == 0;
	buf_free(&b);
	return rc;
}

/* What is to be erased is found behind a damaged box; nobody writes on behind a hole. */
static void
a_hole_in_the_boxes_is_said(void **state)
{
	static const uint8_t key[32] = { 1 }, root[HASH_LEN] = { 2 };
	char top[] = "/tmp/tally-mirror.XXXXXX", dir[64], personal[80];
	struct buf items, boxes;
	struct mirror_head h;
	struct mirror *m;
	struct err e = { "" };
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(top));
	(void)snprintf(dir, sizeof(dir), "%s/mirror", top);
	(void)snprintf(personal, sizeof(personal), "%s/personal", dir);
	assert_int_equal(mirror_create(dir, key, &e), 0);
	assert_non_null(m = mirror_open(dir, 1, &e));
	assert_int_equal(mirror_end(m, &h, &e), 0);
	buf_init(&items, 100);
	buf_init(&boxes, 1000);
	(void)buf_puts(&items, "items");
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(mirror_box(&boxes, i, "0123456789", 10), 0);
	assert_int_equal(mirror_append(m, &h, &items, &boxes, 3, root, &e), 0);
	assert_int_equal(mirror_erase(m, 0, &e), 0);
	assert_int_equal(mirror_erase(m, 7, &e), 0); /* one without a box */
	assert_non_null(f = fopen(personal, "r+b"));
	assert_int_equal(fseek(f, (long)boxes.len / 3, SEEK_SET), 0);
	assert_int_equal(fputs("torn", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(last_box_is(personal, "0123456789"), 1);
	assert_int_equal(mirror_erase(m, 2, &e), 0);
	assert_int_equal(last_box_is(personal, "\0\0\0\0\0\0\0\0\0\0"), 1);
	assert_int_equal(truncate(personal, (off_t)boxes.len / 3), 0);
	assert_int_equal(mirror_append(m, &h, &items, &boxes, 6, root, &e), -1);
	mirror_close(m);
	buf_free(&items);
	buf_free(&boxes);
	assert_int_equal(tree_remove(top, NULL), 0);
}

/* Every call on a file fails once, and from there on; then the disk is well again. */
static void
one_fault(unsigned nth, int forever, int code, unsigned long *hit)
{
	struct with w;
	uint64_t leaves, count;
	int rc;

	make(&w);
	faultio_arm(nth, forever, code);
	rc = kit_append(&w.k, w.x, N, NULL);
	*hit = faultio_disarm();
	if (rc != 0 && kit_append(&w.k, w.x, N, &count) != 0)
		fail_msg("call %u: %s", nth, w.k.e.text);
	if (come_back(&w, &leaves) != 0)
		fail_msg("call %u: %s", nth, w.k.e.text);
	assert_int_equal(leaves, N);
	for (size_t i = 0; i < N; i++)
		assert_here(&w, i);
	unmake(&w);
}

static void
no_failing_call_costs_anything(void **state)
{
	static const int codes[] = { EIO, ENOSPC };
	unsigned long hit;

	(void)state;
	for (size_t c = 0; c < 2; c++)
		for (int forever = 0; forever < 2; forever++) {
			hit = 1;
			for (unsigned nth = 1; hit && nth < 60; nth++)
				one_fault(nth, forever, codes[c], &hit);
			assert_int_equal(hit, 0);
		}
}

/* A power cut leaves any beginning of the last batch, or other bytes in its place. */
static void
a_torn_end_is_cut_away(void **state)
{
	struct with w;
	struct stat before, after;
	struct mirror_head h;
	struct mirror *m;
	uint64_t leaves;

	(void)state;
	make(&w);
	assert_int_equal(stat(w.log, &before), 0);
	assert_int_equal(kit_append(&w.k, w.x, N, NULL), 0);
	assert_int_equal(stat(w.log, &after), 0);
	kit_shut(&w.k);
	for (off_t n = after.st_size - 1; n > before.st_size; n -= n < before.st_size + 64 ? 1 : 97) {
		assert_int_equal(truncate(w.log, n), 0);
		assert_non_null(m = mirror_open(w.dir, 0, &w.k.e));
		if (mirror_end(m, &h, &w.k.e) != 0)
			fail_msg("%s", w.k.e.text);
		assert_int_equal(h.at, before.st_size);
		mirror_close(m);
	}
	/* opened again, the ledger has the mirror hold all */
	kit_reopen(&w.k);
	assert_int_equal(ledger_may_sign(w.k.l, NULL), 1);
	assert_int_equal(stat(w.log, &before), 0);
	assert_int_equal(before.st_size, after.st_size);
	if (come_back(&w, &leaves) != 0)
		fail_msg("%s", w.k.e.text);
	assert_int_equal(leaves, N);
	unmake(&w);
}

static void
damage_before_the_end_is_told(void **state)
{
	struct with w;
	uint64_t leaves;
	const char *why;

	(void)state;
	make(&w);
	assert_int_equal(kit_append(&w.k, w.x, 1, NULL), 0);
	assert_int_equal(kit_append(&w.k, w.x + 1, 1, NULL), 0);
	kit_shut(&w.k);
	{
		FILE *f = fopen(w.log, "r+b");

		assert_non_null(f);
		assert_int_equal(fseek(f, 300, SEEK_SET), 0);
		assert_int_equal(fputc(0xee, f), 0xee);
		assert_int_equal(fclose(f), 0);
	}
	kit_reopen(&w.k);
	assert_int_equal(come_back(&w, &leaves), -1);
	assert_non_null(strstr(w.k.e.text, "damaged at byte"));
	assert_int_equal(ledger_may_sign(w.k.l, &why), 0);
	unmake(&w);
}

static void
an_erased_part_leaves_the_mirror(void **state)
{
	char hex[2 * HASH_LEN + 1] = "";
	struct with w;
	struct ledger_entry x;
	struct mirror *m;
	struct buf box, out;
	uint64_t leaves, from;

	(void)state;
	make(&w);
	assert_int_equal(kit_append(&w.k, w.x, N, NULL), 0);
	for (size_t i = 0; i < HASH_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", w.x[1].hash[i]);
	assert_true(kit_put(&w.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex) > 0);
	assert_non_null(m = mirror_open(w.dir, 0, &w.k.e));
	buf_init(&box, MIRROR_BOX_MAX);
	buf_init(&out, MIRROR_BOX_MAX);
	for (uint64_t i = 4; i < 7; i++) {
		from = 0;
		buf_reset(&box);
		assert_int_equal(mirror_find(m, &from, i, &box, &w.k.e), 1);
		assert_int_equal(unseal(w.s, &out, box.data, box.len), i == 5 ? -1 : 0);
	}
	mirror_close(m);
	if (come_back(&w, &leaves) != 0)
		fail_msg("%s", w.k.e.text);
	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(w.k.l, w.x[1].hash, &x), 1);
	assert_int_equal(x.erased, 1);
	assert_int_equal(x.has_personal, 0);
	ledger_entry_free(&x);
	assert_here(&w, 0);
	assert_here(&w, 2);
	buf_free(&box);
	buf_free(&out);
	unmake(&w);
}

static void
a_mirror_ahead_stops_the_ledger(void **state)
{
	struct with w;
	const char *why;
	char cmd[1400];

	(void)state;
	make(&w);
	assert_int_equal(kit_append(&w.k, w.x, N, NULL), 0);
	kit_shut(&w.k);
	/* the copy knows of the mirror, and guard and all come from then */
	(void)snprintf(cmd, sizeof(cmd), "rm -f %s* && cp %s/ledger.db %s && rm -f %s", w.k.db, w.old, w.k.db, w.k.guard);
	assert_int_equal(system(cmd), 0);
	kit_reopen(&w.k);
	assert_int_equal(ledger_mirror_set(w.k.l, w.dir, sealer_public(w.s), &w.k.e), -1);
	assert_non_null(strstr(w.k.e.text, "more leaves than the database"));
	assert_int_equal(ledger_may_sign(w.k.l, &why), 0);
	unmake(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_acknowledged_comes_back),
		cmocka_unit_test(a_hole_in_the_boxes_is_said),
		cmocka_unit_test(no_failing_call_costs_anything),
		cmocka_unit_test(a_torn_end_is_cut_away),
		cmocka_unit_test(damage_before_the_end_is_told),
		cmocka_unit_test(an_erased_part_leaves_the_mirror),
		cmocka_unit_test(a_mirror_ahead_stops_the_ledger),
	};

	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
