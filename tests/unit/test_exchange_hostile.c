#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "sync/county_internal.h"
#include "tests/lib/village.h"

/* Devices and counties that mean harm, each with all its keys. */

#define PLACE "510182101201"
#define PAYLOAD 60000

static struct hall hall;
static struct village v;

static void
add_large(unsigned n)
{
	static char payload[PAYLOAD];
	uint8_t noise[400];
	char hex[2 * sizeof(noise) + 1];
	struct entry h;

	memset(payload, 'a', sizeof(payload) - 1);
	memcpy(payload, "{\"house\":\"", 10);
	memcpy(payload + sizeof(payload) - 3, "\"}", 3);
	for (; n > 0; n--) {
		/* as tightly as a frame may be pressed, and no more */
		random_bytes(noise, sizeof(noise));
		enc_hex(hex, noise, sizeof(noise));
		memcpy(payload + 16, hex, 2 * sizeof(noise));
		village_header(&v, &h, "record");
		village_put(&v, &h, payload, NULL);
	}
}

/* A device whose frames open to far more than they take on the wire: the county holds a bounded part of one request, and the rest comes with the next. */
static void
test_bounded(void **state)
{
	const unsigned n = INGEST_BYTES_MAX / PAYLOAD + 40;
	struct device_request r;
	struct buf out;
	uint64_t taken;

	(void)state;
	add_large(n);
	village_request(&v, REQUEST_MAX, &r);
	assert_int_equal(r.entries, n + 1);
	assert_true(r.bytes.len < INGEST_BYTES_MAX / 64);
	buf_init(&out, ANSWER_MAX);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	taken = hall_entries(&hall, &v);
	assert_true(taken > n / 2 && taken < n);
	buf_free(&out);
	buf_free(&r.bytes);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), n + 1);
	hall_sound(&hall);
}

/* A person's key under another person's name. */
static void
test_other_name(void **state)
{
	static const uint8_t seed[32] = { 77 };
	struct device_outcome o;
	struct entry h;

	(void)state;
	village_settle(&v, &hall);
	v.m.person = signer_new(seed);
	hall_person(&hall, v.m.person, "active");
	village_header(&v, &h, "record");
	assert_string_equal(h.actor, "cadre-1");
	(void)strcpy(h.actor, "officer-1");
	village_put(&v, &h, "{\"house\":\"x\"}", NULL);
	assert_int_equal(village_sync(&v, &hall, REQUEST_MAX, &o), DEVICE_OK);
	assert_int_equal(o.refused, 1);
	assert_int_equal(village_counts(&v).set_aside, 1);
	assert_int_equal(hall_entries(&hall, &v), 1);
	hall_sound(&hall);
}

static void
name_attachment(struct village *x, const char *payload, const uint8_t hash[HASH_LEN], size_t len, int personal)
{
	struct entry h;

	village_header(x, &h, "record");
	h.natt = 1;
	memcpy(h.att[0].hash, hash, HASH_LEN);
	h.att[0].len = len;
	h.att[0].personal = personal;
	(void)strcpy(h.att[0].mediatype, "image/jpeg");
	village_put(x, &h, payload, NULL);
	village_settle(x, &hall);
}

/* Another device names the hash of somebody's face, and calls it plain: it stays personal, and it can be erased. */
static void
test_face_called_plain(void **state)
{
	static const char face[] = "a face";
	char hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	struct village w;
	struct buf out;
	uint64_t len;
	int personal = 0;

	(void)state;
	assert_int_equal(journal_attachment_put(v.j, face, sizeof(face), hash, NULL), 0);
	name_attachment(&v, "{\"house\":\"1\"}", hash, sizeof(face), 1);
	enc_hex(hex, v.m.last_hash, HASH_LEN);
	village_open(&w, &hall, 2, PLACE);
	/* its own bytes do not matter: the county has them already */
	assert_int_equal(journal_attachment_put(w.j, face, sizeof(face), hash, NULL), 0);
	name_attachment(&w, "{\"house\":\"2\"}", hash, sizeof(face), 0);
	assert_int_equal(ledger_attachment_put(hall.c.l, face, sizeof(face), hash, &v.e), 0);
	assert_int_equal(ledger_attachment_wanted(hall.c.l, hash, &len, &personal), 2);
	assert_true(personal);
	assert_true(kit_put(&hall.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex) > 0);
	buf_init(&out, 100);
	assert_int_equal(ledger_attachment_get(hall.c.l, hash, &out), 0);
	buf_free(&out);
	hall_sound(&hall);
	village_close(&w);
}

/* A record that says it is another log's, in this one. */
static void
test_other_log(void **state)
{
	uint8_t log[HASH_LEN] = { 9 };
	struct device_outcome o;
	struct journal_entry x;
	struct entry h;
	struct buf b;
	uint64_t index;
	int i;

	(void)state;
	village_header(&v, &h, "record");
	village_put(&v, &h, "{\"house\":\"x\"}", NULL);
	village_settle(&v, &hall);
	for (i = 0; i < 2; i++) {
		buf_init(&b, LEAF_MAX);
		assert_int_equal(record_begin(&b, RECORD_REVIEW, i ? hall.c.keys.log_id : log, 1), 0);
		assert_int_equal(buf_puts(&b, "entry ") | buf_hex(&b, v.m.last_hash, HASH_LEN) | buf_puts(&b, "\nverdict return\nnote -\n"), 0);
		assert_int_equal(county_record(&hall.c, &b, NULL, 1, &index, &v.e), 0);
		buf_free(&b);
		assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
		journal_entry_init(&x);
		assert_int_equal(journal_by_hash(v.j, v.m.last_hash, &x), 1);
		assert_string_equal(x.state, i ? "returned" : "");
		journal_entry_free(&x);
	}
}

/* A form's record is kept, and then the power goes before its body came: it is still known what is due. */
static void
test_forms_due(void **state)
{
	struct device_outcome o, again;
	uint8_t form[HASH_LEN];

	(void)state;
	memset(&o, 0, sizeof(o));
	village_settle(&v, &hall);
	assert_int_equal(village_sync(&v, &hall, 0, &again), DEVICE_OK);
	assert_int_equal(again.nforms, 0);
	assert_int_equal(device_forms_due(&o, v.j), 0);
	assert_int_equal(o.nforms, 1);
	assert_string_equal(o.form[0].id, "roof");
	sha256(form, "<form/>", 7);
	assert_memory_equal(o.form[0].hash, form, HASH_LEN);
	assert_int_equal(journal_form_add(v.j, "roof", "1", form, o.form[0].index, "<form/>", 7, NULL), 0);
	assert_int_equal(device_forms_due(&o, v.j), 0);
	assert_int_equal(o.nforms, 0);
}

static int
setup(void **state)
{
	(void)state;
	hall_open(&hall);
	village_open(&v, &hall, 1, PLACE);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	village_close(&v);
	hall_close(&hall);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_face_called_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forms_due, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
