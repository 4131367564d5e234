#include "tests/lib/ledgerkit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/enc.h"
#include "evidence/checkpoint.h"
#include "evidence/leaf.h"

int
kit_sign(void *ctx, uint64_t size, const uint8_t root[HASH_LEN], struct buf *note)
{
	struct kit *k = ctx;
	struct checkpoint c = { .size = size };

	if (k->refuse)
		return -1;
	(void)snprintf(c.origin, sizeof(c.origin), "%s", k->county.keys.log.name);
	memcpy(c.root, root, HASH_LEN);
	return checkpoint_sign(note, &c, &k->county.keys.log, k->county.log);
}

void
kit_open(struct kit *k)
{
	struct buf keys, b64;

	memset(k, 0, sizeof(*k));
	k->now = 1760000000000;
	assert_int_equal(maker_tmp(k->dir, sizeof(k->dir) - 32), 0);
	(void)snprintf(k->db, sizeof(k->db), "%s/ledger.db", k->dir);
	(void)snprintf(k->url, sizeof(k->url), "sqlite:%s", k->db);
	(void)snprintf(k->guard, sizeof(k->guard), "%s/guard", k->dir);
	assert_int_equal(county_make(&k->county, 40), 0);
	k->l = ledger_create(k->url, k->guard, &k->e);
	if (!k->l)
		fail_msg("%s", k->e.text);
	buf_init(&keys, KEYS_MAX);
	buf_init(&b64, 2 * KEYS_MAX);
	assert_int_equal(keys_print(&keys, &k->county.keys, k->county.root), 0);
	assert_int_equal(buf_b64(&b64, keys.data, keys.len), 0);
	assert_int_equal(kit_put(k, RECORD_KEY, "what county\nversion 1\nkeys %s\n", buf_str(&b64)), 0);
	buf_free(&b64);
	buf_free(&keys);
}

void
kit_shut(struct kit *k)
{
	ledger_close(k->l);
	k->l = NULL;
}

void
kit_reopen(struct kit *k)
{
	kit_shut(k);
	k->l = ledger_open(k->url, k->guard, &k->e);
	if (!k->l)
		fail_msg("%s", k->e.text);
}

void
kit_close(struct kit *k)
{
	ledger_close(k->l);
	county_free(&k->county);
	maker_rm(k->dir);
}

int
kit_sql(struct kit *k, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;
	int changed;

	ledger_close(k->l);
	assert_int_equal(sqlite3_open(k->db, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	changed = sqlite3_changes(db);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	k->l = ledger_open(k->url, k->guard, &k->e);
	if (!k->l)
		fail_msg("%s", k->e.text);
	return changed;
}

static void
make_record(struct kit *k, struct buf *leaf, enum record_kind kind, const char *lines)
{
	struct buf body;

	buf_init(&body, LEAF_MAX);
	buf_init(leaf, LEAF_MAX);
	assert_int_equal(record_begin(&body, kind, k->county.keys.log_id, k->now), 0);
	assert_int_equal(buf_puts(&body, lines), 0);
	if (record_seal(leaf, &body, k->county.service, NULL, &k->e))
		fail_msg("%s", k->e.text);
	buf_free(&body);
}

void
kit_record(struct kit *k, struct buf *leaf, enum record_kind kind, const char *fmt, ...)
{
	char *lines;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&lines, fmt, ap) >= 0);
	va_end(ap);
	make_record(k, leaf, kind, lines);
	free(lines);
}

int64_t
kit_put(struct kit *k, enum record_kind kind, const char *fmt, ...)
{
	struct ledger_item it = { 0 };
	uint64_t first, count;
	struct buf leaf;
	char *lines;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	assert_true(vasprintf(&lines, fmt, ap) >= 0);
	va_end(ap);
	make_record(k, &leaf, kind, lines);
	free(lines);
	it.record = leaf.data;
	it.record_len = leaf.len;
	rc = ledger_append(k->l, &it, 1, k->now++, kit_sign, k, &first, &count, NULL, &k->e);
	buf_free(&leaf);
	if (rc == 0)
		assert_int_equal(count, 1);
	return rc ? -1 : (int64_t)first;
}

int64_t
kit_enrol(struct kit *k, const struct maker *m, const char *place, uint8_t secret)
{
	char device[2 * HASH_LEN + 1], key[64], sig[128], hash[2 * HASH_LEN + 1];
	uint8_t bytes[SIG_LEN];

	memset(bytes, secret, sizeof(bytes));
	enc_hex(device, m->device, HASH_LEN);
	enc_b64(key, signer_public(m->signer), KEY_LEN);
	enc_b64(sig, bytes, SIG_LEN);
	enc_hex(hash, bytes, HASH_LEN);
	return kit_put(k, RECORD_ENROL, "device %s\nepoch %u\nkey %s\nplace %s\ngenesis %s\nproof %s\nsecret %s\nfor %s\nexpires 1\nofficer %s\n"
	    "invitation %s\n", device, m->epoch, key, place, hash, sig, hash, m->epoch > 1 ? device : "-", hash, sig);
}

static void
item_of(struct ledger_item *it, const struct journal_entry *x, const char *late)
{
	it->h = &x->h;
	it->hash = x->hash;
	it->header = x->header.data;
	it->header_len = x->header.len;
	it->sig = x->sig[0].sig;
	it->person = x->nsigs > 1 ? x->sig[1].sig : NULL;
	it->payload = x->payload.data;
	it->payload_len = x->payload.len;
	it->salt = x->has_personal ? x->salt : NULL;
	it->personal = x->personal.data;
	it->personal_len = x->personal.len;
	it->subject = "house-1";
	it->late = late;
}

int
kit_append(struct kit *k, const struct journal_entry *x, size_t n, uint64_t *count)
{
	struct ledger_item *it = calloc(n + 1, sizeof(*it));
	uint64_t first, added = 0;
	int rc;

	assert_non_null(it);
	for (size_t i = 0; i < n; i++)
		item_of(&it[i], &x[i], k->late);
	rc = ledger_append(k->l, it, n, k->now++, kit_sign, k, &first, &added, NULL, &k->e);
	if (count)
		*count = added;
	free(it);
	return rc;
}

void
kit_village(struct kit *k, struct maker *m, struct journal_entry *x, size_t n)
{
	assert_int_equal(maker_init(m, (uint8_t)(100 + k->seed), "532301001001"), 0);
	assert_true(kit_enrol(k, m, "532301001", (uint8_t)(1 + k->seed)) > 0);
	k->seed++;
	assert_int_equal(maker_genesis(m, &x[0]), 0);
	for (size_t i = 1; i < n; i++)
		assert_int_equal(i % 2 ? maker_record(m, &x[i]) : maker_personal(m, &x[i]), 0);
	if (kit_append(k, x, n, NULL))
		fail_msg("%s", k->e.text);
}

void
kit_entries_free(struct journal_entry *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		journal_entry_free(&x[i]);
}
