#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "base/file.h"
#include "evidence/leaf.h"
#include "tests/lib/ledgerkit.h"

/* What follows from the records and entries: devices, assignments, forms, reviews, erasure, fronts, attachments. */

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

static const char *
hex(const uint8_t h[HASH_LEN])
{
	static char out[4][2 * HASH_LEN + 1];
	static unsigned at;

	at = (at + 1) % 4;
	enc_hex(out[at], h, HASH_LEN);
	return out[at];
}

static void
enrolment_makes_a_device_known(void **state)
{
	struct kit *k = *state;
	struct ledger_invitation in, got;
	struct ledger_device d;
	struct maker m;
	uint8_t key[KEY_LEN];
	int64_t index;

	assert_int_equal(maker_init(&m, 9, "532301001001"), 0);
	memset(&in, 0, sizeof(in));
	memset(in.secret_hash, 5, sizeof(in.secret_hash));
	memset(in.secret, 6, sizeof(in.secret));
	memset(in.officer, 7, sizeof(in.officer));
	memset(in.sig, 8, sizeof(in.sig));
	(void)snprintf(in.place, sizeof(in.place), "532301001");
	in.expires = 1770000000000;
	assert_int_equal(ledger_invite(k->l, &in, &k->e), 0);
	assert_int_equal(ledger_invite(k->l, &in, &k->e), -1);
	assert_int_equal(ledger_device(k->l, m.device, &d), 0);
	assert_int_equal(ledger_device_may(k->l, m.device, "532301001"), 0);
	index = kit_enrol(k, &m, "532301001", 5);
	assert_int_equal(index, 1);
	kit_reopen(k);
	assert_int_equal(ledger_device(k->l, m.device, &d), 1);
	assert_memory_equal(d.device, m.device, HASH_LEN);
	assert_memory_equal(d.key, signer_public(m.signer), KEY_LEN);
	assert_int_equal(d.epoch, 1);
	assert_string_equal(d.place, "532301001");
	assert_int_equal(d.enrolled_index, index);
	assert_int_equal(d.revoked + d.forked, 0);
	assert_int_equal(ledger_device_key(k->l, m.device, 1, key), 1);
	assert_memory_equal(d.key, key, KEY_LEN);
	assert_int_equal(ledger_device_key(k->l, m.device, 2, key), 0);
	assert_int_equal(ledger_device_may(k->l, m.device, "532301001"), 1);
	assert_int_equal(ledger_device_may(k->l, m.device, "532301001001"), 1);
	assert_int_equal(ledger_device_may(k->l, m.device, "532301"), 0);
	/* The invitation is spent, and no second record can spend it. */
	assert_int_equal(ledger_invitation(k->l, in.secret_hash, &got), 1);
	assert_int_equal(got.used, 1);
	assert_memory_equal(got.secret, in.secret, sizeof(in.secret));
	assert_memory_equal(got.sig, in.sig, SIG_LEN);
	assert_string_equal(got.place, in.place);
	assert_int_equal(got.expires, in.expires);
	assert_int_equal(got.has_for, 0);
	maker_free(&m);
	assert_int_equal(maker_init(&m, 10, "532301001001"), 0);
	assert_int_equal(kit_enrol(k, &m, "532301001", 5), -1);
	assert_non_null(strstr(k->e.text, "used"));
	assert_int_equal(ledger_device(k->l, m.device, &d), 0);
	maker_free(&m);
}

static void
assignments_begin_and_end(void **state)
{
	struct kit *k = *state;
	struct maker m;
	int64_t at;

	assert_int_equal(maker_init(&m, 9, "532301001001"), 0);
	assert_int_equal(kit_enrol(k, &m, "532301001", 5), 1);
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %s\nplace 532302\nfrom 1\nto -\n", hex(m.device)), -1);
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %s\nplace 532302\nfrom 3\nto -\n", hex(m.device)), 2);
	/* The next leaf is number 3. */
	assert_int_equal(ledger_device_may(k->l, m.device, "532302"), 1);
	at = kit_put(k, RECORD_ASSIGN, "device %s\nplace 532303\nfrom 5\nto -\n", hex(m.device));
	assert_int_equal(at, 3);
	assert_int_equal(ledger_device_may(k->l, m.device, "532303"), 0);
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %s\nplace 532302\nfrom 3\nto 2\n", hex(m.device)), -1);
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %s\nplace 532302\nfrom 3\nto 5\n", hex(m.device)), 4);
	assert_int_equal(ledger_device_may(k->l, m.device, "532302"), 0);
	assert_int_equal(ledger_device_may(k->l, m.device, "532303"), 1);
	/* Also what the enrolment gave. */
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %s\nplace 532301001\nfrom 1\nto 6\n", hex(m.device)), 5);
	assert_int_equal(ledger_device_may(k->l, m.device, "532301001"), 0);
	assert_int_equal(kit_put(k, RECORD_ASSIGN, "device %064d\nplace 532302\nfrom 99\nto -\n", 1), -1);
	maker_free(&m);
}

static void
revocation_is_for_ever(void **state)
{
	struct kit *k = *state;
	struct ledger_device d;
	struct maker m;

	assert_int_equal(maker_init(&m, 9, "532301001001"), 0);
	assert_int_equal(kit_put(k, RECORD_REVOKE, "device %s\norder -\n", hex(m.device)), -1);
	assert_int_equal(kit_enrol(k, &m, "532301001", 5), 1);
	assert_int_equal(kit_put(k, RECORD_REVOKE, "device %s\norder -\n", hex(m.device)), 2);
	assert_int_equal(kit_put(k, RECORD_REVOKE, "device %s\norder %064d\n", hex(m.device), 3), 3);
	assert_int_equal(ledger_device(k->l, m.device, &d), 1);
	assert_int_equal(d.revoked, 1);
	assert_int_equal(d.revoked_index, 2);
	m.epoch = 2;
	assert_int_equal(kit_enrol(k, &m, "532301001", 6), -1);
	assert_non_null(strstr(k->e.text, "for ever"));
	maker_free(&m);
}

static void
counters_only_rise(void **state)
{
	struct kit *k = *state;
	struct ledger_counts c;
	struct ledger_device d;
	struct maker m;
	uint64_t last = 99;

	assert_int_equal(maker_init(&m, 9, "532301001001"), 0);
	assert_int_equal(ledger_device_seen(k->l, m.device, 1, 1, 5000, &last, &k->e), -1);
	assert_int_equal(kit_enrol(k, &m, "532301001", 5), 1);
	assert_int_equal(ledger_count(k->l, 5000, &c), 0);
	assert_int_equal(c.silent, 1);
	assert_int_equal(ledger_device_seen(k->l, m.device, 1, 4, 5000, &last, &k->e), 0);
	assert_int_equal(last, 0);
	kit_reopen(k);
	assert_int_equal(ledger_device_seen(k->l, m.device, 1, 4, 6000, &last, &k->e), 1);
	assert_int_equal(last, 4);
	assert_int_equal(ledger_device_seen(k->l, m.device, 1, 9, 7000, &last, &k->e), 0);
	assert_int_equal(last, 4);
	assert_int_equal(ledger_device(k->l, m.device, &d), 1);
	assert_int_equal(d.counter, 9);
	assert_int_equal(d.last_seen, 7000);
	assert_int_equal(ledger_count(k->l, 7000, &c), 0);
	assert_int_equal(c.silent, 0);
	assert_int_equal(c.devices, 1);
	maker_free(&m);
}

struct fronts {
	size_t n;
	struct { uint32_t epoch, branch; uint64_t seq; uint8_t hash[HASH_LEN]; } at[8];
};

static int
gather_front(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN])
{
	struct fronts *f = ctx;

	assert_true(f->n < 8);
	f->at[f->n].epoch = epoch;
	f->at[f->n].branch = branch;
	f->at[f->n].seq = seq;
	memcpy(f->at[f->n++].hash, hash, HASH_LEN);
	return 0;
}

static void
assert_front(const struct fronts *f, size_t i, uint32_t epoch, uint32_t branch, const struct journal_entry *x)
{
	assert_true(i < f->n);
	assert_int_equal(f->at[i].epoch, epoch);
	assert_int_equal(f->at[i].branch, branch);
	assert_int_equal(f->at[i].seq, x->h.seq);
	assert_memory_equal(f->at[i].hash, x->hash, HASH_LEN);
}

static void
fronts_follow_every_branch(void **state)
{
	struct kit *k = *state;
	struct journal_entry a[5], b[2], c;
	struct ledger_counts counts;
	struct ledger_device d;
	struct maker m, other;
	struct fronts f = { 0 };
	uint8_t hash[HASH_LEN], key[KEY_LEN];

	kit_village(k, &m, a, 3);
	other = m; /* a copy of the device, as of seq 2 */
	other.seed = 77;
	assert_int_equal(maker_record(&m, &a[3]), 0);
	assert_int_equal(maker_record(&m, &a[4]), 0);
	other.made = 50;
	assert_int_equal(maker_record(&other, &b[0]), 0);
	assert_int_equal(maker_record(&other, &b[1]), 0);
	assert_int_equal(kit_append(k, &a[3], 1, NULL), 0);
	assert_int_equal(ledger_fronts(k->l, m.device, gather_front, &f), 0);
	assert_int_equal(f.n, 1);
	assert_front(&f, 0, 1, 0, &a[3]);
	assert_int_equal(ledger_device(k->l, m.device, &d), 1);
	assert_int_equal(d.forked, 0);
	assert_int_equal(kit_append(k, b, 2, NULL), 0);
	assert_int_equal(kit_append(k, &a[4], 1, NULL), 0);
	assert_int_equal(maker_epoch(&m, &c, 2, "renewed"), 0);
	assert_int_equal(kit_append(k, &c, 1, NULL), 0);
	kit_reopen(k);
	f.n = 0;
	assert_int_equal(ledger_fronts(k->l, m.device, gather_front, &f), 0);
	assert_int_equal(f.n, 3);
	assert_front(&f, 0, 1, 0, &a[4]);
	assert_front(&f, 1, 1, 1, &b[1]);
	assert_front(&f, 2, 2, 0, &c);
	assert_int_equal(ledger_at(k->l, m.device, 1, 3, hash), 1);
	assert_memory_equal(hash, a[3].hash, HASH_LEN);
	assert_int_equal(ledger_at(k->l, m.device, 1, 4, hash), 1);
	assert_memory_equal(hash, b[1].hash, HASH_LEN); /* logged before a[4] */
	assert_int_equal(ledger_device(k->l, m.device, &d), 1);
	assert_int_equal(d.forked, 1);
	assert_int_equal(d.entries, 8);
	/* The key that the epoch brought along. */
	assert_int_equal(d.epoch, 2);
	assert_int_equal(ledger_device_key(k->l, m.device, 2, key), 1);
	assert_memory_equal(key, signer_public(m.signer), KEY_LEN);
	assert_int_equal(ledger_count(k->l, 0, &counts), 0);
	assert_int_equal(counts.forked, 1);
	assert_int_equal(counts.entries, 8);
	kit_entries_free(a, 5);
	kit_entries_free(b, 2);
	journal_entry_free(&c);
	maker_free(&m);
}

static void
parked_returned_accepted(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[5];
	struct ledger_counts c;
	struct ledger_entry x;
	struct maker m;

	kit_village(k, &m, in, 3);
	assert_int_equal(maker_record(&m, &in[3]), 0);
	assert_int_equal(maker_record(&m, &in[4]), 0);
	k->late = "revoked";
	assert_int_equal(kit_append(k, &in[3], 2, NULL), 0);
	assert_true(kit_put(k, RECORD_LATE, "entry %s\nwhy unknown-form\n", hex(in[1].hash)) > 0);
	assert_true(kit_put(k, RECORD_REVIEW, "entry %s\nverdict accept\nnote -\n", hex(in[3].hash)) > 0);
	assert_true(kit_put(k, RECORD_REVIEW, "entry %s\nverdict return\nnote -\n", hex(in[2].hash)) > 0);
	assert_int_equal(kit_put(k, RECORD_REVIEW, "entry %s\nverdict return\nnote -\n", hex(m.device)), -1);
	kit_reopen(k);
	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(k->l, in[1].hash, &x), 1);
	assert_string_equal(x.late, "unknown-form");
	assert_int_equal(ledger_entry_get(k->l, in[2].hash, &x), 1);
	assert_string_equal(x.review, "return");
	assert_string_equal(x.late, "");
	assert_int_equal(ledger_entry_get(k->l, in[3].hash, &x), 1);
	assert_string_equal(x.late, "revoked");
	assert_string_equal(x.review, "accept");
	assert_int_equal(ledger_count(k->l, 0, &c), 0);
	assert_int_equal(c.parked, 2);
	ledger_entry_free(&x);
	kit_entries_free(in, 5);
	maker_free(&m);
}

static int
gather_form(void *ctx, uint64_t index, const char *id, const char *version, const uint8_t hash[HASH_LEN])
{
	(void)index;
	(void)hash;
	return buf_printf(ctx, "%s %s;", id, version);
}

static void
forms_are_published_and_retired(void **state)
{
	struct kit *k = *state;
	char version[VERSION_MAX + 1] = "";
	uint8_t h1[HASH_LEN], h2[HASH_LEN], got[HASH_LEN];
	struct buf b;

	buf_init(&b, 1000);
	sha256(h1, "<one/>", 6);
	sha256(h2, "<two/>", 6);
	assert_int_equal(ledger_form_add(k->l, h1, "<two/>", 6, &k->e), -1);
	assert_int_equal(ledger_form_add(k->l, h1, "<one/>", 6, &k->e), 0);
	assert_int_equal(ledger_form_body(k->l, h1, &b), 1);
	assert_string_equal(buf_str(&b), "<one/>");
	assert_int_equal(ledger_form_body(k->l, h2, &b), 0);
	assert_int_equal(ledger_form(k->l, "roof", version, got), 0);
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 1 %s\nstate retired\n", hex(h1)), -1);
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 1 %s\nstate published\n", hex(h1)), 1);
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 1 %s\nstate published\n", hex(h2)), -1);
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 2 %s\nstate published\n", hex(h2)), 2);
	assert_int_equal(ledger_form(k->l, "roof", version, got), 1);
	assert_string_equal(version, "2");
	assert_memory_equal(got, h2, HASH_LEN);
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 2 %s\nstate retired\n", hex(h2)), 3);
	version[0] = '\0';
	assert_int_equal(ledger_form(k->l, "roof", version, got), 1);
	assert_string_equal(version, "1");
	(void)snprintf(version, sizeof(version), "2");
	assert_int_equal(ledger_form(k->l, "roof", version, got), 1);
	assert_int_equal(ledger_form_retired(k->l, "roof", "2"), 1);
	assert_int_equal(ledger_form_retired(k->l, "roof", "1"), 0);
	assert_int_equal(ledger_form_retired(k->l, "roof", "3"), 0);
	buf_reset(&b);
	assert_int_equal(ledger_each_form(k->l, gather_form, &b), 0);
	assert_string_equal(buf_str(&b), "roof 1;roof 2;");
	buf_free(&b);
}

static int
gather_index(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	assert_true(leaf_is_record(leaf, n));
	return buf_printf(ctx, "%u ", (unsigned)index);
}

static const char *
records(struct kit *k, struct buf *b, uint64_t from, const uint8_t *device)
{
	buf_reset(b);
	assert_int_equal(ledger_each_record(k->l, from, device, gather_index, b), 0);
	return buf_str(b);
}

static void
records_reach_whom_they_concern(void **state)
{
	struct kit *k = *state;
	struct journal_entry a[2], b[2];
	struct maker ma, mb;
	struct buf out;

	buf_init(&out, 1000);
	kit_village(k, &ma, a, 2); /* enrol 1, entries 2 3 */
	kit_village(k, &mb, b, 2); /* enrol 4, entries 5 6 */
	assert_int_equal(kit_put(k, RECORD_FORM, "form roof 1 %s\nstate published\n", hex(a[1].hash)), 7);
	assert_int_equal(kit_put(k, RECORD_REVIEW, "entry %s\nverdict return\nnote -\n", hex(a[1].hash)), 8);
	assert_int_equal(kit_put(k, RECORD_ERASE, "order -\nentries 2\nentry %s\nentry %s\n", hex(a[1].hash), hex(b[1].hash)), 9);
	assert_int_equal(kit_put(k, RECORD_PERIOD, "period 2025-11\nsize 3\nreport %s\n", hex(a[1].hash)), 10);
	assert_int_equal(kit_put(k, RECORD_REVOKE, "device %s\norder -\n", hex(mb.device)), 11);
	assert_string_equal(records(k, &out, 0, NULL), "0 1 4 7 8 9 10 11 ");
	assert_string_equal(records(k, &out, 0, ma.device), "0 1 7 8 9 ");
	assert_string_equal(records(k, &out, 0, mb.device), "0 4 7 9 11 ");
	assert_string_equal(records(k, &out, 8, mb.device), "9 11 ");
	assert_string_equal(records(k, &out, 0, a[1].hash), "0 7 ");
	buf_reset(&out);
	assert_int_equal(ledger_each_record_of(k->l, RECORD_ENROL, 2, gather_index, &out), 0);
	assert_string_equal(buf_str(&out), "4 ");
	buf_free(&out);
	kit_entries_free(a, 2);
	kit_entries_free(b, 2);
	maker_free(&ma);
	maker_free(&mb);
}

static int
gather_want(void *ctx, const uint8_t hash[HASH_LEN])
{
	return buf_printf(ctx, "%.8s ", hex(hash));
}

static void
append_with_photos(struct kit *k, struct maker *m, struct journal_entry *x, const uint8_t *plain, const uint8_t *personal)
{
	struct entry h;

	maker_header(m, &h, "record");
	h.natt = 2;
	for (size_t i = 0; i < 2; i++) {
		h.att[i].len = 5;
		memcpy(h.att[i].hash, i ? personal : plain, HASH_LEN);
		(void)snprintf(h.att[i].mediatype, sizeof(h.att[i].mediatype), "image/jpeg");
		h.att[i].personal = (int)i;
	}
	assert_int_equal(maker_sign(m, x, &h, "{}", "{\"name\":\"Li\"}"), 0);
	assert_int_equal(kit_append(k, x, 1, NULL), 0);
}

static void
attachments_are_wanted_until_held(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[1], x[2];
	struct maker m;
	uint8_t roof[HASH_LEN], face[HASH_LEN];
	struct buf out;
	uint64_t len;
	int personal;

	sha256(roof, "roof.", 5);
	sha256(face, "face.", 5);
	kit_village(k, &m, in, 1);
	assert_int_equal(ledger_attachment_wanted(k->l, roof, &len, &personal), 0);
	append_with_photos(k, &m, &x[0], roof, face);
	append_with_photos(k, &m, &x[1], roof, face);
	buf_init(&out, 1000);
	assert_int_equal(ledger_wants(k->l, m.device, gather_want, &out), 0);
	assert_int_equal(out.len, 18);
	assert_int_equal(ledger_attachment_wanted(k->l, face, &len, &personal), 1);
	assert_int_equal(len, 5);
	assert_int_equal(personal, 1);
	assert_int_equal(ledger_attachment_put(k->l, "face!", 5, face, &k->e), -1);
	assert_int_equal(ledger_attachment_put(k->l, "face.", 5, face, &k->e), 0);
	assert_int_equal(ledger_attachment_wanted(k->l, face, &len, &personal), 2);
	buf_reset(&out);
	assert_int_equal(ledger_wants(k->l, m.device, gather_want, &out), 0);
	assert_int_equal(memcmp(out.data, hex(roof), 8), 0);
	assert_int_equal(out.len, 9);
	buf_reset(&out);
	assert_int_equal(ledger_attachment_get(k->l, face, &out), 1);
	assert_string_equal(buf_str(&out), "face.");
	assert_int_equal(ledger_attachment_get(k->l, roof, &out), 0);
	buf_free(&out);
	kit_entries_free(in, 1);
	kit_entries_free(x, 2);
	maker_free(&m);
}

/* Is this text anywhere in the folder's files? */
static int
in_files(const struct kit *k, const char *text)
{
	static const char *const name[] = { "ledger.db", "ledger.db-wal" };
	char path[400];
	struct buf b;
	int found = 0;

	buf_init(&b, 64U << 20);
	for (size_t i = 0; i < 2; i++) {
		buf_reset(&b);
		assert_int_equal(file_path(path, sizeof(path), k->dir, name[i]), 0);
		if (file_read(path, &b, NULL) == 0 && b.len > 0)
			found |= memmem(b.data, b.len, text, strlen(text)) != NULL;
	}
	buf_free(&b);
	return found;
}

static void
erasure_leaves_no_copy(void **state)
{
	struct kit *k = *state;
	struct journal_entry in[3], x[2];
	struct ledger_counts c;
	struct ledger_entry e;
	struct maker m;
	struct entry h;
	uint8_t roof[HASH_LEN], face[HASH_LEN];
	uint64_t len;
	int personal;

	sha256(roof, "roof.", 5);
	sha256(face, "face.", 5);
	kit_village(k, &m, in, 2);
	maker_header(&m, &h, "record");
	assert_int_equal(maker_sign(&m, &in[2], &h, "{}", "{\"name\":\"Zhuge Kongming\"}"), 0);
	assert_int_equal(kit_append(k, &in[2], 1, NULL), 0);
	append_with_photos(k, &m, &x[0], roof, face);
	append_with_photos(k, &m, &x[1], roof, face);
	assert_int_equal(ledger_attachment_put(k->l, "face.", 5, face, &k->e), 0);
	assert_true(in_files(k, "Zhuge Kongming"));
	assert_true(kit_put(k, RECORD_ERASE, "order -\nentries 2\nentry %s\nentry %s\n", hex(in[2].hash), hex(x[0].hash)) > 0);
	assert_false(in_files(k, "Zhuge Kongming"));
	ledger_entry_init(&e);
	assert_int_equal(ledger_entry_get(k->l, in[2].hash, &e), 1);
	assert_int_equal(e.erased, 1);
	assert_int_equal(e.has_personal, 0);
	assert_int_equal(e.personal.len, 0);
	assert_int_equal(e.payload.len, 2);
	/* The photo is named by another entry still. */
	assert_int_equal(ledger_attachment_wanted(k->l, face, &len, &personal), 2);
	assert_true(kit_put(k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex(x[1].hash)) > 0);
	assert_int_equal(ledger_attachment_wanted(k->l, face, &len, &personal), 0);
	assert_int_equal(ledger_attachment_wanted(k->l, roof, &len, &personal), 1);
	assert_int_equal(ledger_attachment_get(k->l, face, &e.personal), 0);
	assert_int_equal(ledger_count(k->l, 0, &c), 0);
	assert_int_equal(c.erased, 3);
	/* What was erased does not come back by being sent again. */
	assert_int_equal(kit_append(k, &in[2], 1, &len), 0);
	assert_int_equal(len, 0);
	assert_false(in_files(k, "Zhuge Kongming"));
	assert_int_equal(kit_put(k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex(m.device)), -1);
	ledger_entry_free(&e);
	kit_entries_free(in, 3);
	kit_entries_free(x, 2);
	maker_free(&m);
}

static int
gather_person(void *ctx, const struct ledger_person *p)
{
	return buf_printf(ctx, "%s %s %s %d;", p->actor, p->role, p->place, p->active);
}

static void
persons_and_their_keys(void **state)
{
	struct kit *k = *state;
	struct ledger_person p;
	uint8_t key[KEY_LEN], hash[HASH_LEN];
	char b64[64];
	struct buf out;

	memset(key, 3, sizeof(key));
	enc_b64(b64, key, sizeof(key));
	sha256(hash, key, sizeof(key));
	assert_int_equal(ledger_person(k->l, hash, &p), 0);
	assert_int_equal(kit_put(k, RECORD_KEY, "what person\nactor wang\nkey %s\nrole officer\nplace -\nstate active\n", b64), 1);
	assert_int_equal(ledger_person(k->l, hash, &p), 1);
	assert_string_equal(p.place, "");
	assert_int_equal(p.index, 1);
	assert_int_equal(kit_put(k, RECORD_KEY, "what person\nactor wang\nkey %s\nrole reviewer\nplace 532301\nstate disabled\n", b64), 2);
	buf_init(&out, 200);
	assert_int_equal(ledger_each_person(k->l, gather_person, &out), 0);
	assert_string_equal(buf_str(&out), "wang reviewer 532301 0;");
	buf_free(&out);
}

static int
gather_place(void *ctx, const struct ledger_place *p)
{
	return buf_printf(ctx, "%s=%s;", p->code, p->name);
}

static void
places_and_salted_texts(void **state)
{
	struct kit *k = *state;
	const struct ledger_place p[] = { { "5323", "Chuxiong" }, { "532301", "Chuxiong Shi" }, { "532302", "Lufeng" }, { "5324", "Next" } };
	const struct ledger_place bad = { "53x", "No" };
	uint8_t hash[HASH_LEN], salt[ENTRY_SALT_LEN] = { 1 }, got[ENTRY_SALT_LEN];
	char name[128];
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(ledger_place_add(k->l, p, 4, &k->e), 0);
	assert_int_equal(ledger_place_add(k->l, &bad, 1, &k->e), -1);
	assert_int_equal(ledger_place(k->l, "532302", name, sizeof(name)), 1);
	assert_string_equal(name, "Lufeng");
	assert_int_equal(ledger_place(k->l, "99", name, sizeof(name)), 0);
	assert_int_equal(ledger_each_place(k->l, "5323", gather_place, &out), 0);
	assert_string_equal(buf_str(&out), "5323=Chuxiong;532301=Chuxiong Shi;532302=Lufeng;");
	buf_reset(&out);
	assert_int_equal(ledger_each_place(k->l, "", gather_place, &out), 0);
	assert_non_null(strstr(buf_str(&out), "5324=Next;"));
	buf_reset(&out);
	entry_personal_hash(hash, salt, "why", 3);
	assert_int_equal(ledger_salted(k->l, hash, salt, "how", 3, &k->e), -1);
	assert_int_equal(ledger_salted(k->l, hash, salt, "why", 3, &k->e), 0);
	assert_int_equal(ledger_salted_get(k->l, hash, got, &out), 1);
	assert_memory_equal(got, salt, sizeof(salt));
	assert_string_equal(buf_str(&out), "why");
	buf_free(&out);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_kit, close_kit)
	const struct CMUnitTest tests[] = {
		T(enrolment_makes_a_device_known), T(assignments_begin_and_end), T(revocation_is_for_ever), T(counters_only_rise),
		T(fronts_follow_every_branch), T(parked_returned_accepted), T(forms_are_published_and_retired),
		T(records_reach_whom_they_concern), T(attachments_are_wanted_until_held), T(erasure_leaves_no_copy),
		T(persons_and_their_keys), T(places_and_salted_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
