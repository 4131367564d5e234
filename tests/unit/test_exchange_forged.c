#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/dsse.h"
#include "evidence/leaf.h"
#include "sync/answer.h"
#include "sync/frame.h"
#include "sync/request.h"
#include "tests/lib/village.h"

/* What a device with other software than ours may send, and what a county may hand down: neither is believed. */

#define PLACE "532301001001"
#define MOST ((size_t)1 << 20)

static struct hall hall;
static struct village v;
static struct answer answer; /* to the last request */

static int
setup(void **state)
{
	(void)state;
	hall_open(&hall);
	memset(&v, 0, sizeof(v));
	answer_init(&answer);
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 2);
	village_settle(&v, &hall);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	answer_free(&answer);
	village_close(&v);
	hall_close(&hall);
	return 0;
}

/* One frame of one entry, whatever the journal would say to it. */
static void
put_frame(struct buf *body, const struct journal_entry *x)
{
	struct frame_entry f;
	struct err e = { "" };

	memset(&f, 0, sizeof(f));
	f.h = x->h;
	memcpy(f.hash, x->hash, HASH_LEN);
	memcpy(f.sig, x->sig[0].sig, SIG_LEN);
	memcpy(f.person, x->sig[1].sig, SIG_LEN);
	f.payload = x->payload.data;
	f.payload_len = x->payload.len;
	f.salt = x->salt;
	f.personal = x->personal.data;
	f.personal_len = x->personal.len;
	if (frame_encode(body, &f, 1, hall.c.keys.log_id, 1, 0, hall.c.keys.sealing, NULL, &e) != 0)
		fail_msg("%s", e.text);
}

/* A request of these frames, its head signed by ${s} for ${epoch}; the county's answer, parsed.  As county_sync(). */
static int
send_as(const struct buf *frames, uint32_t epoch, const struct signer *s)
{
	struct device_request r;
	struct request head;
	struct buf b, out;
	size_t used;
	int rc;

	buf_init(&b, REQUEST_MAX);
	buf_init(&out, ANSWER_MAX);
	village_request(&v, 0, &r);
	assert_int_equal(request_parse(&head, &used, r.bytes.data, r.bytes.len, NULL), 0);
	head.epoch = epoch;
	assert_int_equal(request_print(&b, &head, s), 0);
	assert_int_equal(buf_put(&b, frames->data, frames->len), 0);
	rc = hall_answer(&hall, b.data, b.len, &out);
	if (rc == 0)
		assert_int_equal(answer_parse(&answer, out.data, out.len, hall.c.keys.service, NULL), 0);
	buf_free(&r.bytes);
	buf_free(&b);
	buf_free(&out);
	return rc;
}

static void
send_frames(const struct buf *frames)
{
	assert_int_equal(send_as(frames, 1, v.m.signer), 0);
	assert_int_equal(hall.stats.status, ANSWER_OK);
}

/* The next record, as the device's own journal would hold it; ${m} keeps where the chain stands. */
static void
make(struct journal_entry *x, const char *payload, const char *personal)
{
	struct maker m = v.m;
	struct entry h;

	village_header(&v, &h, "record");
	assert_int_equal(maker_sign(&m, x, &h, payload, personal), 0);
}

static void
assert_refused(const struct journal_entry *x, const char *code)
{
	uint64_t before = hall_entries(&hall, &v);
	struct buf b;

	buf_init(&b, FRAME_LENGTH_MAX);
	put_frame(&b, x);
	send_frames(&b);
	buf_free(&b);
	assert_int_equal(hall_entries(&hall, &v), before);
	assert_int_equal(answer.nrefusals, 1);
	assert_string_equal(answer.refusal[0].code, code);
}

static void
test_signature(void **state)
{
	struct journal_entry x;

	(void)state;
	make(&x, "{\"house\":\"1\"}", NULL);
	x.sig[0].sig[7] ^= 1;
	assert_refused(&x, "bad-signature");
	assert_int_equal(dsse_sign(x.sig[0].sig, hall.k.county.service, DSSE_ENTRY, x.header.data, x.header.len), 0);
	assert_refused(&x, "bad-signature"); /* the county's own */
	assert_int_equal(dsse_sign(x.sig[0].sig, v.m.signer, DSSE_RECORD, x.header.data, x.header.len), 0);
	assert_refused(&x, "bad-signature"); /* the device's, but of another type */
	journal_entry_free(&x);
	village_add(&v, 1);
	village_settle(&v, &hall);
	hall_sound(&hall);
}

static void
test_person(void **state)
{
	struct signer *person = signer_new(NULL), *other = signer_new(NULL);
	struct journal_entry x;
	struct maker m = v.m;
	struct entry h;

	(void)state;
	hall_person(&hall, person, "active");
	v.m.person = person;
	village_header(&v, &h, "record");
	v.m.person = NULL;
	m.person = person;
	assert_int_equal(maker_sign(&m, &x, &h, "{\"house\":\"1\"}", NULL), 0);
	assert_int_equal(x.nsigs, 2);
	assert_int_equal(dsse_sign(x.sig[1].sig, other, DSSE_ENTRY, x.header.data, x.header.len), 0);
	assert_refused(&x, "bad-signature");
	assert_int_equal(dsse_sign(x.sig[1].sig, v.m.signer, DSSE_ENTRY, x.header.data, x.header.len), 0);
	assert_refused(&x, "bad-signature"); /* the device in the person's name */
	journal_entry_free(&x);
	signer_free(person);
	signer_free(other);
	hall_sound(&hall);
}

static void
test_chain(void **state)
{
	struct journal_entry x;
	struct maker m = v.m;
	struct entry h;

	(void)state;
	village_header(&v, &h, "record");
	assert_true(h.anchor_size > 0);
	h.log[0] ^= 1;
	assert_int_equal(maker_sign(&m, &x, &h, "{\"house\":\"1\"}", NULL), 0);
	assert_refused(&x, "bad-chain"); /* meant for another log */
	journal_entry_free(&x);
	village_add(&v, 1); /* with an anchor, which the next may not lose */
	village_settle(&v, &hall);
	m = v.m;
	village_header(&v, &h, "record");
	h.anchor_size = 0;
	memset(h.anchor_root, 0, HASH_LEN);
	memset(h.anchor_note, 0, HASH_LEN);
	assert_int_equal(maker_sign(&m, &x, &h, "{\"house\":\"2\"}", NULL), 0);
	assert_refused(&x, "bad-chain"); /* the anchor falls */
	journal_entry_free(&x);
	village_header(&v, &h, "record");
	h.seq += 3;
	assert_int_equal(maker_sign(&m, &x, &h, "{\"house\":\"3\"}", NULL), 0);
	assert_refused(&x, "bad-chain"); /* prev is held, and does not stand at seq-1 */
	journal_entry_free(&x);
	hall_sound(&hall);
}

/* Also where no entry before it named a log. */
static void
test_first_log(void **state)
{
	struct journal_entry x;
	struct maker m;
	struct entry h;

	(void)state;
	village_close(&v);
	village_open(&v, &hall, 2, PLACE);
	village_settle(&v, &hall);
	m = v.m;
	village_header(&v, &h, "record");
	h.log[0] ^= 1;
	assert_int_equal(maker_sign(&m, &x, &h, "{\"house\":\"1\"}", NULL), 0);
	assert_refused(&x, "bad-chain");
	journal_entry_free(&x);
}

static void
test_bodies(void **state)
{
	struct journal_entry x;

	(void)state;
	make(&x, "{\"house\":1.5}", NULL);
	assert_refused(&x, "bad-payload");
	journal_entry_free(&x);
	make(&x, "{\"house\":\"1\",\"house\":\"2\"}", NULL);
	assert_refused(&x, "bad-payload");
	journal_entry_free(&x);
	make(&x, "{\"house\":\"1\"}", "{\"name\": \"Li Si\"}");
	assert_refused(&x, "bad-personal");
	journal_entry_free(&x);
	make(&x, "{\"house\":\"1\"}", "[\"Li Si\"]");
	assert_refused(&x, "bad-personal");
	journal_entry_free(&x);
}

/* A frame that cannot be read is refused by itself; the one behind it is logged. */
static void
test_bad_frame_alone(void **state)
{
	uint64_t before = hall_entries(&hall, &v);
	struct journal_entry x;
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX);
	make(&x, "{\"house\":\"1\"}", "{\"name\":\"Li Si\"}");
	put_frame(&b, &x);
	n = b.len;
	b.data[n - SIG_LEN - 1] ^= 1; /* the sealed section's end */
	put_frame(&b, &x);
	send_frames(&b);
	assert_int_equal(answer.nrefusals, 1);
	assert_string_equal(answer.refusal[0].code, "unsealable");
	assert_int_equal(hall_entries(&hall, &v), before + 1);
	journal_entry_free(&x);
	buf_free(&b);
}

/* Whoever holds the device may open an epoch; whoever holds only a new key may not. */
static void
test_endorsement(void **state)
{
	struct journal_entry x, y;
	struct epoch_open o;
	struct signer *fresh;
	struct maker m;
	struct buf b, frames;

	(void)state;
	m = v.m;
	m.seed = 9;
	m.signer = signer_new(NULL); /* the thief's, as if it were the former epoch's */
	assert_non_null(m.signer);
	assert_int_equal(maker_epoch(&m, &x, 2, "renewed"), 0);
	fresh = m.signer;
	assert_int_equal(epoch_open_parse(&o, x.payload.data, x.payload.len, 2, NULL), 0);
	assert_true(o.has_former);
	buf_init(&b, 1024);
	buf_init(&frames, FRAME_LENGTH_MAX);
	put_frame(&frames, &x);
	assert_int_equal(send_as(&frames, 2, fresh), 1);
	assert_non_null(strstr(hall.k.e.text, "not signed"));
	/* and not in a request of the device's own either */
	send_frames(&frames);
	assert_int_equal(answer.nrefusals, 1);
	assert_string_equal(answer.refusal[0].code, "bad-signature");
	/* endorsed by the device's key it counts */
	assert_int_equal(epoch_endorsement(&b, v.m.device, 2, o.key, x.h.prev), 0);
	assert_int_equal(dsse_sign(o.former, v.m.signer, DSSE_ENROL, b.data, b.len), 0);
	buf_reset(&b);
	assert_int_equal(epoch_open_print(&b, &o, 2), 0);
	assert_int_equal(maker_sign(&m, &y, &x.h, buf_str(&b), NULL), 0);
	buf_reset(&frames);
	put_frame(&frames, &y);
	assert_int_equal(send_as(&frames, 2, fresh), 0);
	assert_int_equal(answer.nrefusals, 0);
	journal_entry_free(&x);
	journal_entry_free(&y);
	signer_free(fresh);
	buf_free(&b);
	buf_free(&frames);
}

/* --- what the county hands down */

static void
append_record(const struct buf *body, const struct signer *s)
{
	struct ledger_item it = { 0 };
	uint64_t first, count;
	struct buf leaf;

	buf_init(&leaf, LEAF_MAX);
	if (record_seal(&leaf, body, s, NULL, &hall.k.e) != 0)
		fail_msg("%s", hall.k.e.text);
	it.record = leaf.data;
	it.record_len = leaf.len;
	if (ledger_append(hall.c.l, &it, 1, hall.k.now++, kit_sign, &hall.k, &first, &count, NULL, &hall.k.e) != 0)
		fail_msg("%s", hall.k.e.text);
	buf_free(&leaf);
}

/* A record in the log that the service key did not sign is the auditor's to find, and nothing to the device. */
static void
test_records_of_others(void **state)
{
	struct device_outcome o;
	struct signer *other = signer_new(NULL);
	struct journal_entry x;
	struct buf b;

	(void)state;
	buf_init(&b, LEAF_MAX);
	assert_int_equal(record_begin(&b, RECORD_REVIEW, hall.c.keys.log_id, hall.k.now), 0);
	(void)buf_puts(&b, "entry ");
	(void)buf_hex(&b, v.m.last_hash, HASH_LEN);
	assert_int_equal(buf_puts(&b, "\nverdict accept\nnote -\n"), 0);
	append_record(&b, other);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	journal_entry_init(&x);
	assert_int_equal(journal_by_hash(v.j, v.m.last_hash, &x), 1);
	assert_string_equal(x.state, "");
	journal_entry_free(&x);
	append_record(&b, hall.k.county.service);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	journal_entry_init(&x);
	assert_int_equal(journal_by_hash(v.j, v.m.last_hash, &x), 1);
	assert_string_equal(x.state, "accepted");
	journal_entry_free(&x);
	signer_free(other);
	buf_free(&b);
}

/* Newer county.keys whose root key is not the token's change nothing, whoever signed the record. */
static void
test_keys_of_another_root(void **state)
{
	struct device_outcome o;
	struct county_keys keys = hall.c.keys, now;
	struct signer *root = signer_new(NULL);
	struct buf text, b64;

	(void)state;
	keys.version = 2;
	memcpy(keys.root, signer_public(root), KEY_LEN);
	buf_init(&text, KEYS_MAX);
	buf_init(&b64, 2 * KEYS_MAX);
	assert_int_equal(keys_print(&text, &keys, root), 0);
	assert_int_equal(buf_b64(&b64, text.data, text.len), 0);
	assert_true(kit_put(&hall.k, RECORD_KEY, "what county\nversion 2\nkeys %s\n", buf_str(&b64)) > 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(device_keys(v.j, &now, NULL), 0);
	assert_int_equal(now.version, 1);
	assert_memory_equal(now.root, hall.c.keys.root, KEY_LEN);
	signer_free(root);
	buf_free(&text);
	buf_free(&b64);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_signature), TEST(test_person), TEST(test_chain), TEST(test_first_log), TEST(test_bodies), TEST(test_bad_frame_alone), TEST(test_endorsement),
		TEST(test_records_of_others), TEST(test_keys_of_another_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
