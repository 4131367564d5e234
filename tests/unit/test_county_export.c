/* Goal: an export tells the branch whose leaf came first as the chain and lays the rest beside it, withholds and erases what it must, and holds what lies below its checkpoint alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "county/export.h"
#include "evidence/export.h"
#include "tests/lib/foldkit.h"

#define RECORD "{\"subject\":\"h1\",\"stage\":\"walls\",\"date\":\"2026-05-01\"}"

static struct foldkit kit;
static struct office office;
static char dir[320];

static int
open_kit(void **state)
{
	char path[512];

	(void)state;
	foldkit_open(&kit);
	memset(&office, 0, sizeof(office));
	(void)snprintf(office.dir, sizeof(office.dir), "%s", kit.k.dir);
	(void)snprintf(dir, sizeof(dir), "%s/out", kit.k.dir);
	(void)snprintf(path, sizeof(path), "%s/policy.txt", kit.k.dir);
	assert_int_equal(file_write(path, "quorum none\n", 12, 0600, &kit.k.e), 0);
	office.c = (struct county){ .l = kit.k.l, .keys = kit.k.county.keys, .log = kit.k.county.log, .service = kit.k.county.service };
	buf_init(&office.c.keys_text, KEYS_MAX);
	assert_int_equal(keys_print(&office.c.keys_text, &office.c.keys, kit.k.county.root), 0);
	return 0;
}

static int
close_kit(void **state)
{
	(void)state;
	buf_free(&office.c.keys_text);
	foldkit_close(&kit);
	return 0;
}

static struct export_done
export(int personal)
{
	struct export_done d;
	struct err e = { "" };

	if (audit_export(&office, dir, personal, &d, &e) != 0)
		fail_msg("%s", e.text);
	return d;
}

/* The main branch of device 0's epoch 1 is these entries. */
static void
chain_is(uint8_t (*want)[HASH_LEN], size_t n)
{
	struct export_entry x;
	struct export_reader *r;
	uint8_t hash[HASH_LEN];
	char dev[2 * HASH_LEN + 1];
	struct err e = { "" };

	enc_hex(dev, kit.m[0].device, HASH_LEN);
	if ((r = export_open(dir, dev, "1", &e)) == NULL)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(export_next(r, &x, &e), 1);
		entry_hash(hash, x.header, x.header_len);
		assert_memory_equal(hash, want[i], HASH_LEN);
	}
	assert_int_equal(export_next(r, &x, &e), 0);
	export_close(r);
}

static int
beside(uint64_t seq, const uint8_t hash[HASH_LEN])
{
	char path[640], dev[2 * HASH_LEN + 1], hex[2 * HASH_LEN + 1];

	enc_hex(dev, kit.m[0].device, HASH_LEN);
	enc_hex(hex, hash, HASH_LEN);
	(void)snprintf(path, sizeof(path), "%s/forks/%s-1-%llu/%s", dir, dev, (unsigned long long)seq, hex);
	return file_exists(path);
}

/* Sign the next entry of a branch that goes on from ${at}. */
static void
branch(struct maker *at, struct journal_entry *x, uint8_t hash[HASH_LEN])
{
	struct maker now = kit.m[0];

	kit.m[0] = *at;
	kit.m[0].made += 100; /* other times, other bytes */
	foldkit_make(&kit, 0, x, "record", NULL, RECORD);
	memcpy(hash, x->hash, HASH_LEN);
	*at = kit.m[0];
	kit.m[0] = now;
}

static void
the_branch_that_came_first_is_the_chain(void **state)
{
	struct journal_entry xa[2], xb[3];
	uint8_t a[3][HASH_LEN], b[3][HASH_LEN];
	struct maker ma = kit.m[0], mb = kit.m[0];
	struct export_done d;

	(void)state;
	memcpy(a[0], kit.m[0].last_hash, HASH_LEN); /* the genesis */
	branch(&ma, &xa[0], a[1]);
	mb.made += 7;
	branch(&mb, &xb[0], b[0]);
	branch(&ma, &xa[1], a[2]);
	branch(&mb, &xb[1], b[1]);
	branch(&mb, &xb[2], b[2]);
	foldkit_put(&kit, &xa[0]);
	foldkit_put(&kit, &xb[0]);
	foldkit_put(&kit, &xb[1]); /* the second branch is the first to come so far */
	foldkit_put(&kit, &xb[2]);
	foldkit_put(&kit, &xa[1]);
	d = export(1);
	assert_int_equal(d.forks, 3);
	assert_int_equal(d.entries, 7);
	chain_is(a, 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_true(beside(i + 1, b[i]));
	assert_false(beside(1, a[1]));
}

static void
what_is_withheld_or_erased_is_a_dash(void **state)
{
	struct journal_entry x;
	uint8_t hash[2][HASH_LEN];
	char path[512], hex[2 * HASH_LEN + 1];
	struct entry h;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		maker_header(&kit.m[0], &h, "record");
		assert_int_equal(maker_sign(&kit.m[0], &x, &h, RECORD, i == 0 ? "{\"remark\":\"gone\"}" : "{\"remark\":\"kept\"}"), 0);
		memcpy(hash[i], x.hash, HASH_LEN);
		foldkit_put(&kit, &x);
	}
	enc_hex(hex, hash[0], HASH_LEN);
	assert_true(kit_put(&kit.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex) > 0);
	buf_init(&b, 1U << 20);
	for (int personal = 1; personal >= 0; personal--) {
		(void)snprintf(dir, sizeof(dir), "%s/out%d", kit.k.dir, personal);
		(void)export(personal);
		enc_hex(hex, kit.m[0].device, HASH_LEN);
		(void)snprintf(path, sizeof(path), "%s/entries/%s/1/personals", dir, hex);
		buf_reset(&b);
		assert_int_equal(file_read(path, &b, &kit.k.e), 0);
		assert_null(strstr(buf_str(&b), "gone"));
		assert_memory_equal(b.data, "-\n-\n", 4);
		assert_int_equal(strstr(buf_str(&b), "kept") != NULL, personal);
	}
	buf_free(&b);
}

static void
the_log_says_that_it_left_the_house(void **state)
{
	uint8_t root[HASH_LEN];
	struct export_done d;
	struct record r;
	struct buf leaf;
	uint64_t before, size;

	(void)state;
	assert_int_equal(ledger_head(kit.k.l, &before, root), 0);
	d = export(0);
	assert_int_equal(d.size, before + 1);
	buf_init(&leaf, 65535);
	assert_int_equal(ledger_leaf(kit.k.l, before, &leaf), 1);
	assert_int_equal(record_parse(&r, leaf.data + 1, leaf.len - 1, &kit.k.e), 0);
	assert_int_equal(r.kind, RECORD_EXPORT);
	assert_int_equal(record_u64(&r, "size", &size), 0);
	assert_int_equal(size, before);
	assert_true(record_is(&r, "personal", "withheld"));
	record_free(&r);
	buf_free(&leaf);
	/* a folder that is not empty is refused, and nothing is recorded */
	assert_int_equal(audit_export(&office, dir, 1, &d, &kit.k.e), -1);
	assert_int_equal(ledger_head(kit.k.l, &size, root), 0);
	assert_int_equal(size, before + 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_branch_that_came_first_is_the_chain),
		T(what_is_withheld_or_erased_is_a_dash),
		T(the_log_says_that_it_left_the_house),
	};

	return cmocka_run_group_tests_name("county_export", tests, NULL, NULL);
}
