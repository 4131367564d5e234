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
#include "sync/frame.h"
#include "sync/request.h"
#include "tests/lib/village.h"

/* What does not go as planned: clones, revocations, new epochs, parked and refused entries, attachments, what comes down, and the limits of an answer. */

#define PLACE "532301001001"
#define MOST ((size_t)1 << 20)

static struct hall hall;
static struct village v;

static int
setup(void **state)
{
	(void)state;
	hall_open(&hall);
	memset(&v, 0, sizeof(v));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (v.j != NULL)
		village_close(&v);
	hall_close(&hall);
	return 0;
}

static void
shell(const char *what)
{
	char cmd[1200];

	(void)snprintf(cmd, sizeof(cmd), "cd '%s' && %s", v.top, what);
	assert_int_equal(system(cmd), 0);
}

/* Copies of the whole data directory: files change under the same folder, as when a disk image is written back. */
static struct maker kept[4];

static void
reopen(void)
{
	enum journal_standing s;

	if ((v.j = journal_open(v.dir, &s, &v.e)) == NULL)
		fail_msg("%s", v.e.text);
	assert_int_equal(s, JOURNAL_NORMAL);
}

static void
keep(int i)
{
	char what[64];

	journal_close(v.j);
	(void)snprintf(what, sizeof(what), "rm -rf copy%d && cp -a data copy%d", i, i);
	shell(what);
	kept[i] = v.m;
	reopen();
}

static void
bring_back(int i, uint64_t counter)
{
	char what[128];

	journal_close(v.j);
	(void)snprintf(what, sizeof(what), "rm -rf data/* && cp -a copy%d/. data/", i);
	shell(what);
	v.m = kept[i];
	reopen();
	assert_int_equal(journal_set_u64(v.j, "counter", counter, NULL), 0);
}

static void
add_named(const char *branch, unsigned n)
{
	struct entry h;
	char payload[64];

	for (; n > 0; n--) {
		village_header(&v, &h, "record");
		(void)snprintf(payload, sizeof(payload), "{\"house\":\"%s-%u\"}", branch, n);
		village_put(&v, &h, payload, NULL);
	}
}

static int
judge_fork(void *ctx, uint64_t index, const void *leaf, size_t n)
{
	struct record r;
	struct buf b;
	struct entry a[2];
	uint8_t sig[SIG_LEN], key[KEY_LEN];
	int i;

	(void)index;
	assert_int_equal(record_parse(&r, (const uint8_t *)leaf + 1, n - 1, NULL), 0);
	buf_init(&b, ENTRY_HEADER_MAX);
	for (i = 0; i < 2; i++) {
		buf_reset(&b);
		assert_int_equal(record_bytes(&r, i ? "b" : "a", &b), 0);
		assert_int_equal(entry_parse(&a[i], b.data, b.len, NULL), 0);
		assert_int_equal(field_b64(record_value(&r, i ? "b-sig" : "a-sig"), sig, SIG_LEN), 0);
		assert_int_equal(ledger_device_key(hall.c.l, a[i].device, a[i].epoch, key), 1);
		assert_true(dsse_verify(sig, DSSE_ENTRY, b.data, b.len, key));
	}
	assert_true(a[0].epoch == a[1].epoch && a[0].seq == a[1].seq);
	assert_memory_equal(a[0].prev, a[1].prev, HASH_LEN);
	assert_memory_not_equal(a[0].payload_hash, a[1].payload_hash, HASH_LEN);
	buf_free(&b);
	record_free(&r);
	++*(unsigned *)ctx;
	return 0;
}

static unsigned
forks(void)
{
	unsigned n = 0;

	assert_int_equal(ledger_each_record_of(hall.c.l, RECORD_FORK, 0, judge_fork, &n), 0);
	return n;
}

struct fronts { unsigned n; uint64_t seq[8]; uint32_t epoch[8]; };

static int
take_front(void *ctx, uint32_t epoch, uint32_t branch, uint64_t seq, const uint8_t hash[HASH_LEN])
{
	struct fronts *f = ctx;

	(void)branch;
	(void)hash;
	assert_true(f->n < 8);
	f->epoch[f->n] = epoch;
	f->seq[f->n++] = seq;
	return 0;
}

static struct fronts
fronts(void)
{
	struct fronts f = { 0, { 0 }, { 0 } };

	assert_int_equal(ledger_fronts(hall.c.l, v.m.device, take_front, &f), 0);
	return f;
}

/* It learns that there is another: nothing is applied, and a new epoch makes it one of its own. */
static void
finds_another(void)
{
	struct device_outcome o;
	struct ledger_entry x;
	struct buf shown;

	if (village_sync(&v, &hall, MOST, &o) != DEVICE_AHEAD)
		fail_msg("%s", v.e.text);
	assert_int_equal(o.confirmed, 0);
	/* the county can show whose it is */
	ledger_entry_init(&x);
	buf_init(&shown, ENTRY_HEADER_MAX + 1024);
	assert_int_equal(ledger_entry_get(hall.c.l, o.stranger, &x), 1);
	assert_int_equal(sigtext_sign(&shown, DSSE_ENTRY, x.header.data, x.header.len, v.m.signer), 0);
	assert_int_equal(device_owns(v.j, v.m.signer, o.stranger, shown.data, shown.len, &v.e), 1);
	assert_int_equal(device_owns(v.j, hall.k.county.officer, o.stranger, shown.data, shown.len, &v.e), 0);
	shown.data[shown.len - 5] ^= 1;
	assert_true(device_owns(v.j, v.m.signer, o.stranger, shown.data, shown.len, &v.e) <= 0);
	shown.data[shown.len - 5] ^= 1;
	/* another entry, or no entry at all: somebody else answered */
	assert_int_equal(device_owns(v.j, v.m.signer, v.m.last_hash, shown.data, shown.len, &v.e), -1);
	assert_int_equal(device_owns(v.j, v.m.signer, o.stranger, "<html>", 6, &v.e), -1);
	ledger_entry_free(&x);
	buf_free(&shown);
	village_epoch(&v, "rolled-back");
}

/* Copies of one device, guard and all, that both go on. */
static void
test_clone(void **state)
{
	struct ledger_device d;
	struct signer *first;
	uint8_t seed[SEED_LEN];
	struct fronts f;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	memset(seed, 1, sizeof(seed)); /* maker's key of epoch 1 */
	keep(0);
	add_named("a", 5);
	village_settle(&v, &hall);
	keep(1);
	assert_int_equal(forks(), 0);
	bring_back(0, 100);
	add_named("b", 4);
	finds_another();
	assert_int_equal(hall.stats.entries, 4);
	assert_int_equal(forks(), 1);
	assert_int_equal(v.m.epoch, 2);
	add_named("b more", 20);
	village_settle(&v, &hall); /* its own, and none of the other's */
	assert_int_equal(ledger_device(hall.c.l, v.m.device, &d), 1);
	assert_true(d.forked);
	assert_int_equal(d.entries, 4 + 5 + 4 + 21);
	assert_int_equal(village_counts(&v).confirmed, 4 + 4 + 21);
	keep(2);
	/* the first goes on where it was, finds the other, and takes a number that is free */
	first = signer_new(seed);
	kept[1].signer = first;
	bring_back(1, 200);
	add_named("a more", 3);
	finds_another();
	assert_int_equal(v.m.epoch, 3);
	add_named("a again", 3);
	village_settle(&v, &hall);
	assert_int_equal(village_counts(&v).confirmed, 4 + 5 + 3 + 4);
	assert_int_equal(forks(), 1); /* recorded once */
	f = fronts();
	assert_int_equal(f.n, 4);
	assert_true(f.epoch[0] == 1 && f.seq[0] == 11 && f.epoch[1] == 1 && f.seq[1] == 7);
	assert_true(f.epoch[2] == 2 && f.seq[2] == 20 && f.epoch[3] == 3 && f.seq[3] == 3);
	hall_sound(&hall);
}

/* A copy that began an epoch of its own at once: the original goes on as if alone; when it needs an epoch too, it passes that number over. */
static void
test_copy_with_epoch(void **state)
{
	uint8_t seed[SEED_LEN];

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	memset(seed, 1, sizeof(seed));
	keep(0);
	village_epoch(&v, "host-changed");
	assert_int_equal(journal_set_u64(v.j, "counter", 50, NULL), 0);
	add_named("copy", 3);
	village_settle(&v, &hall);
	kept[0].signer = signer_new(seed);
	signer_free(v.m.signer);
	bring_back(0, 5);
	add_named("original", 3);
	village_settle(&v, &hall);
	assert_int_equal(device_next_epoch(v.j), 3);
	village_epoch(&v, "guard-missing");
	assert_int_equal(v.m.epoch, 3);
	add_named("original again", 3);
	village_settle(&v, &hall);
	assert_int_equal(forks(), 0);
	assert_int_equal(hall_entries(&hall, &v), 4 + 4 + 3 + 4);
	hall_sound(&hall);
}

/* A disk image written back, older by one request: the counter alone does not tell. */
static void
test_restored_by_one(void **state)
{
	struct device_outcome o;
	uint64_t counter;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	assert_int_equal(journal_get_u64(v.j, "counter", &counter), 1);
	keep(0);
	village_add(&v, 2);
	village_settle(&v, &hall);
	bring_back(0, counter);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_NOT_COUNTY); /* the same counter again */
	finds_another();
	village_add(&v, 2);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 4 + 2 + 3);
	assert_int_equal(forks(), 0);
	hall_sound(&hall);
}

/* Both branches in one body, before the county saw either. */
static void
test_fork_in_one_request(void **state)
{
	struct device_request a, b;
	struct buf both, out;
	size_t head;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_settle(&v, &hall);
	keep(0);
	add_named("a", 2);
	village_request(&v, MOST, &a);
	bring_back(0, 100);
	add_named("b", 2);
	village_request(&v, MOST, &b);
	head = (size_t)((const uint8_t *)memmem(a.bytes.data, a.bytes.len, "TF\002", 3) - a.bytes.data);
	buf_init(&both, 1 << 20);
	buf_init(&out, ANSWER_MAX);
	(void)buf_put(&both, b.bytes.data, b.bytes.len);
	(void)buf_put(&both, a.bytes.data + head, a.bytes.len - head);
	(void)buf_put(&both, a.bytes.data + head, a.bytes.len - head); /* and one of them twice */
	assert_int_equal(hall_answer(&hall, both.data, both.len, &out), 0);
	assert_int_equal(hall.stats.entries, 4);
	assert_int_equal(hall.stats.refused, 0);
	assert_int_equal(forks(), 1);
	buf_free(&both);
	buf_free(&out);
	buf_free(&a.bytes);
	buf_free(&b.bytes);
	finds_another();
	village_settle(&v, &hall);
	hall_sound(&hall);
}

static const char *
late(const uint8_t hash[HASH_LEN])
{
	static struct ledger_entry x;

	ledger_entry_init(&x);
	assert_int_equal(ledger_entry_get(hall.c.l, hash, &x), 1);
	ledger_entry_free(&x);
	return x.late;
}

static void
test_revoked(void **state)
{
	struct device_outcome o;
	char hex[2 * HASH_LEN + 1];

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	assert_string_equal(late(v.m.last_hash), "");
	village_add(&v, 3);
	enc_hex(hex, v.m.device, HASH_LEN);
	assert_true(kit_put(&hall.k, RECORD_REVOKE, "device %s\norder -\n", hex) > 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_REVOKED);
	assert_int_equal(o.confirmed, 3);
	assert_int_equal(hall.stats.status, ANSWER_REVOKED);
	assert_string_equal(late(v.m.last_hash), "revoked");
	/* a new epoch does not make it another device */
	village_epoch(&v, "renewed");
	village_add(&v, 1);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_REVOKED);
	assert_int_equal(o.confirmed, 2);
	assert_string_equal(late(v.m.last_hash), "revoked");
	hall_sound(&hall);
}

static void
test_new_epochs(void **state)
{
	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 2);
	village_settle(&v, &hall);
	village_epoch(&v, "restored");
	village_add(&v, 20);
	village_settle(&v, &hall);
	/* several before the county hears of any, and unsent entries of the old one */
	village_add(&v, 3);
	village_epoch(&v, "restored");
	village_epoch(&v, "host-changed");
	village_add(&v, 20);
	village_epoch(&v, "guard-missing");
	village_settle(&v, &hall);
	assert_int_equal(v.m.epoch, 5);
	assert_int_equal(hall_entries(&hall, &v), 3 + 21 + 3 + 1 + 21 + 1);
	village_epoch(&v, "renewed");
	village_settle(&v, &hall);
	hall_sound(&hall);
}

/* An epoch that nobody vouches for is not the device's. */
static void
test_unendorsed_epoch(void **state)
{
	struct journal_entry x;
	struct device_request r;
	struct epoch_open o;
	struct entry h;
	struct buf b, out;
	int i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_settle(&v, &hall);
	keep(0);
	buf_init(&b, 1024);
	buf_init(&out, ANSWER_MAX);
	for (i = 0; i < 2; i++) {
		uint8_t seed[SEED_LEN] = { 1 };

		memset(seed, 1, sizeof(seed)); /* maker's key of epoch 1 */
		assert_int_equal(maker_epoch(&v.m, &x, 2, "renewed"), 0);
		assert_int_equal(epoch_open_parse(&o, x.payload.data, x.payload.len, 2, NULL), 0);
		h = x.h;
		journal_entry_free(&x);
		if (i == 0)
			o.has_former = 0;
		else
			o.former[5] ^= 1;
		buf_reset(&b);
		assert_int_equal(epoch_open_print(&b, &o, 2), 0);
		assert_int_equal(maker_sign(&v.m, &x, &h, buf_str(&b), NULL), 0);
		if (journal_append(v.j, &x, 1, &v.e) == 0) { /* the journal may refuse it first */
			village_request(&v, MOST, &r);
			assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 1);
			assert_non_null(strstr(hall.k.e.text, "not signed"));
			buf_free(&r.bytes);
		}
		journal_entry_free(&x);
		kept[0].signer = signer_new(seed);
		assert_memory_equal(signer_keyhash(kept[0].signer), v.m.device, HASH_LEN);
		signer_free(v.m.signer);
		bring_back(0, 100 + (uint64_t)i);
	}
	assert_int_equal(hall_entries(&hall, &v), 1);
	buf_free(&b);
	buf_free(&out);
}

static void
test_parked(void **state)
{
	struct journal_entry y;
	struct device_outcome o;
	uint8_t place[HASH_LEN], form[HASH_LEN];
	struct entry h;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_header(&v, &h, "record");
	(void)strcpy(h.place, "532302");
	village_put(&v, &h, "{\"house\":\"far\"}", NULL);
	memcpy(place, v.m.last_hash, HASH_LEN);
	village_header(&v, &h, "record");
	(void)strcpy(h.form_version, "2");
	village_put(&v, &h, "{\"house\":\"new\"}", NULL);
	memcpy(form, v.m.last_hash, HASH_LEN);
	village_add(&v, 1);
	village_settle(&v, &hall);
	assert_string_equal(late(place), "wrong-place");
	assert_string_equal(late(form), "unknown-form");
	assert_string_equal(late(v.m.last_hash), "");
	/* a form this device believes published, and the county does not know: refused by reference, then parked whole */
	sha256(form, "<form 3>", 8);
	assert_int_equal(journal_form_add(v.j, "roof", "3", form, 9, "<form 3>", 8, NULL), 0);
	village_header(&v, &h, "record");
	(void)strcpy(h.form_version, "3");
	memcpy(h.form_hash, form, HASH_LEN);
	village_put(&v, &h, "{\"house\":\"odd\"}", NULL);
	memcpy(form, v.m.last_hash, HASH_LEN);
	village_add(&v, 1);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.refused, 1);
	village_settle(&v, &hall);
	assert_string_equal(late(form), "unknown-form");
	assert_string_equal(late(v.m.last_hash), "");
	journal_entry_init(&y);
	assert_int_equal(journal_by_hash(v.j, form, &y), 1);
	assert_string_equal(y.state, ""); /* not set aside any more */
	journal_entry_free(&y);
	hall_sound(&hall);
}

/* A request made by hand: what an honest device's journal would not let out. */
struct hand {
	struct maker m;            /* goes on behind what is logged */
	struct buf body, out;
	struct answer a;           /* to it */
	uint64_t counter;
};

static void
hand_begin(struct hand *k)
{
	struct request r;

	memset(&r, 0, sizeof(r));
	memcpy(r.log, hall.c.keys.log_id, HASH_LEN);
	memcpy(r.device, v.m.device, HASH_LEN);
	r.epoch = v.m.epoch;
	r.counter = 1000 + k->counter++;
	k->m = v.m;
	k->m.last.has_log = 1;
	memcpy(k->m.last.log, hall.c.keys.log_id, HASH_LEN);
	buf_free(&k->body);
	buf_init(&k->body, 4U << 20);
	assert_int_equal(request_print(&k->body, &r, v.m.signer), 0);
}

/* One entry in a frame of its own. */
static void
hand_add(struct hand *k, const struct entry *h, const char *payload, int give_prev, const uint8_t sealing[32], int spoil)
{
	struct journal_entry x;
	struct frame_entry f;

	assert_int_equal(maker_sign(&k->m, &x, h, payload, sealing != NULL ? "{\"name\":\"Li Si\"}" : NULL), 0);
	memset(&f, 0, sizeof(f));
	f.h = x.h;
	memcpy(f.sig, x.sig[0].sig, SIG_LEN);
	f.sig[3] ^= (uint8_t)spoil;
	f.payload = x.payload.data;
	f.payload_len = x.payload.len;
	f.salt = x.salt;
	f.personal = x.personal.data;
	f.personal_len = x.personal.len;
	assert_int_equal(frame_encode(&k->body, &f, 1, hall.c.keys.log_id, give_prev, 0, sealing ? sealing : hall.c.keys.sealing, NULL, NULL), 0);
	journal_entry_free(&x);
}

/* Send it; the code of its one refusal, or "". */
static const char *
hand_send(struct hand *k)
{
	buf_free(&k->out);
	buf_init(&k->out, ANSWER_MAX);
	if (hall_answer(&hall, k->body.data, k->body.len, &k->out) != 0)
		fail_msg("%s", hall.k.e.text);
	assert_int_equal(answer_parse(&k->a, k->out.data, k->out.len, hall.c.keys.service, NULL), 0);
	assert_int_equal(k->a.status, ANSWER_OK);
	return k->a.nrefusals ? k->a.refusal[0].code : "";
}

static void
test_refusals(void **state)
{
	static struct hand k;
	struct sealer *other = sealer_new(NULL);
	struct entry h, good;
	size_t i;

	(void)state;
	answer_init(&k.a);
	village_open(&v, &hall, 1, PLACE);
	village_settle(&v, &hall);
	hand_begin(&k);
	maker_header(&k.m, &good, "record");
	hand_add(&k, &good, "{}", 0, NULL, 1);
	assert_string_equal(hand_send(&k), "bad-signature");
	assert_true(k.a.refusal[0].epoch == 1 && k.a.refusal[0].seq == 1);
	for (i = 0; i < 6; i++) {
		hand_begin(&k);
		h = good;
		if (i == 0)
			h.log[0] ^= 1; /* made for another county */
		else if (i == 1)
			h.has_log = 0; /* from before the device knew its log: as good */
		else if (i == 2)
			h.seq = 2; /* the entry before it is the genesis */
		else if (i == 3)
			h.place[0] = 'x';
		else if (i == 4)
			h.kind[0] = '\0';
		else
			h.seq = 7; /* and what is before it is not here */
		hand_add(&k, &h, "{}", i != 5, NULL, 0);
		assert_string_equal(hand_send(&k), i < 1 || i == 2 ? "bad-chain" : i == 1 ? "" : i < 5 ? "bad-header" : "gap");
		assert_int_equal(hall.stats.entries, i == 1);
	}
	hand_begin(&k);
	hand_add(&k, &good, "{\"a\":1.5}", 1, NULL, 0);
	assert_string_equal(hand_send(&k), "bad-payload");
	hand_begin(&k);
	hand_add(&k, &good, "{}", 1, sealer_public(other), 0);
	assert_string_equal(hand_send(&k), "unsealable");
	/* an epoch-open that names another key than signs it: enrolled keys do not save it */
	hand_begin(&k);
	maker_header(&k.m, &h, "epoch-open");
	h.seq = 0;
	h.has_prev = 0;
	hand_add(&k, &h, "{\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"place\":\"" PLACE "\"}", 1, NULL, 0);
	assert_string_equal(hand_send(&k), "bad-payload");
	/* what is whole before a bad frame counts; no request is worth more refusals than an answer holds */
	hand_begin(&k);
	hand_add(&k, &good, "{\"n\":1}", 1, NULL, 0);
	maker_header(&k.m, &h, "record");
	for (i = 0; i < ANSWER_REFUSALS_MAX + 50; i++)
		hand_add(&k, &h, "{}", 1, NULL, 1);
	assert_string_equal(hand_send(&k), "bad-signature");
	assert_int_equal(k.a.nrefusals, ANSWER_REFUSALS_MAX);
	assert_int_equal(hall.stats.entries, 1);
	assert_int_equal(hall.stats.frames, 1 + ANSWER_REFUSALS_MAX);
	/* not even a place */
	hand_begin(&k);
	(void)buf_put(&k.body, "TF\001\000\000\000\000\014\000\000\000\004\000\000\000\000\377\377\377\377", 20);
	assert_string_equal(hand_send(&k), "bad-header");
	assert_int_equal(k.a.refusal[0].epoch, 0);
	answer_free(&k.a);
	buf_free(&k.body);
	buf_free(&k.out);
	sealer_free(other);
	hall_sound(&hall);
}

/* One entry that the county refuses, in the middle of many. */
static void
test_set_aside(void **state)
{
	struct device_outcome o;
	uint8_t seed[SEED_LEN] = { 77 };
	struct entry h;
	int i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 20);
	v.m.person = signer_new(seed); /* a key the county has not heard of yet */
	village_header(&v, &h, "record");
	village_put(&v, &h, "{\"house\":\"signed\"}", "{\"name\":\"Li Si\"}");
	signer_free(v.m.person);
	v.m.person = NULL;
	village_add(&v, 40);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.refused, 1);
	assert_int_equal(o.more, 1);
	for (i = 0; i < 3; i++)
		assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.more, 0);
	assert_int_equal(o.refused, 0);
	assert_int_equal(hall.stats.refused, 1); /* it is tried each time */
	assert_int_equal(village_counts(&v).set_aside, 1);
	assert_int_equal(village_counts(&v).confirmed, 61);
	village_add(&v, 3);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, 3);
	v.m.person = signer_new(seed);
	hall_person(&hall, v.m.person, "active");
	village_settle(&v, &hall);
	assert_int_equal(village_counts(&v).set_aside, 0);
	assert_int_equal(hall_entries(&hall, &v), 65);
	assert_int_equal(forks(), 0);
	/* a key disabled before its entries came: no forgery, but parked */
	village_add(&v, 1);
	hall_person(&hall, v.m.person, "disabled");
	village_settle(&v, &hall);
	assert_string_equal(late(v.m.last_hash), "revoked");
	hall_sound(&hall);
}

/* An entry whose personal part is gone can never be sent; the rest is. */
static void
test_personal_gone(void **state)
{
	struct device_outcome o;
	struct entry h;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_header(&v, &h, "record");
	village_put(&v, &h, "{\"house\":\"x\"}", "{\"name\":\"Li Si\"}");
	assert_int_equal(journal_drop_personal(v.j, v.m.last_hash, NULL), 0);
	village_add(&v, 3);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, 7);
	assert_int_equal(village_counts(&v).set_aside, 1);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.more, 0);
	hall_sound(&hall);
}

static int
count_attachment(void *ctx, const struct attachment *a)
{
	(void)a;
	++*(unsigned *)ctx;
	return 0;
}

static void
give(const uint8_t hash[HASH_LEN], const struct buf *body, size_t len, int sealed)
{
	struct buf out;

	buf_init(&out, 8192);
	if (county_attachment(&hall.c, hash, body->data, body->len, sealed, hall.k.now++, &out, &hall.k.e) != 0)
		fail_msg("%s", hall.k.e.text);
	assert_int_equal(device_stored(v.j, hash, len + 1, out.data, out.len, &v.e), -1);
	assert_int_equal(device_stored(v.j, hash, len, out.data, out.len - 1, &v.e), -1);
	if (device_stored(v.j, hash, len, out.data, out.len, &v.e) != 0)
		fail_msg("%s", v.e.text);
	buf_free(&out);
}

static void
test_attachments(void **state)
{
	static const char *const bytes[] = { "a photo", "a face" };
	struct device_outcome o;
	struct entry h;
	struct buf body, box, out;
	unsigned waiting = 0;
	size_t i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_settle(&v, &hall);
	village_header(&v, &h, "record");
	for (i = 0; i < 2; i++, h.natt++) {
		assert_int_equal(journal_attachment_put(v.j, bytes[i], strlen(bytes[i]), h.att[i].hash, NULL), 0);
		h.att[i].len = strlen(bytes[i]);
		h.att[i].personal = i == 1;
		(void)strcpy(h.att[i].mediatype, "image/jpeg");
	}
	buf_init(&body, 1000);
	buf_init(&box, 1000);
	buf_init(&out, 8192);
	(void)buf_puts(&body, bytes[0]);
	/* before the entry that names it, nobody wants it */
	assert_int_equal(county_attachment(&hall.c, h.att[0].hash, body.data, body.len, 0, hall.k.now, &out, &hall.k.e), 1);
	village_put(&v, &h, "{\"house\":\"1\"}", NULL);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.nwants, 2);
	body.data[0] ^= 1;
	assert_int_equal(county_attachment(&hall.c, h.att[0].hash, body.data, body.len, 0, hall.k.now, &out, &hall.k.e), 1);
	body.data[0] ^= 1;
	assert_int_equal(county_attachment(&hall.c, h.att[0].hash, body.data, body.len - 1, 0, hall.k.now, &out, &hall.k.e), 1);
	assert_int_equal(county_attachment(&hall.c, h.att[0].hash, body.data, body.len, 1, hall.k.now, &out, &hall.k.e), 1);
	assert_int_equal(out.len, 0);
	give(h.att[0].hash, &body, body.len, 0);
	give(h.att[0].hash, &body, body.len, 0); /* the answer was lost */
	assert_int_equal(seal(&box, bytes[1], strlen(bytes[1]), hall.c.keys.sealing), 0);
	give(h.att[1].hash, &box, strlen(bytes[1]), 1);
	assert_int_equal(ledger_attachment_get(hall.c.l, h.att[1].hash, &out), 1);
	assert_int_equal(out.len, strlen(bytes[1]));
	assert_memory_equal(out.data, bytes[1], out.len);
	assert_int_equal(journal_each_attachment(v.j, 1, count_attachment, &waiting), 0);
	assert_int_equal(waiting, 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.nwants, 0);
	buf_free(&body);
	buf_free(&box);
	buf_free(&out);
}

/* An attachment that the county holds and so never asks for: from another device, or because the answer to it was lost. */
static void
test_attachment_held(void **state)
{
	struct device_outcome o;
	struct village w;
	struct entry h;
	struct buf body;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_open(&w, &hall, 2, PLACE);
	buf_init(&body, 1000);
	(void)buf_puts(&body, "a photo");
	for (int i = 0; i < 2; i++) {
		struct village *x = i ? &w : &v;

		village_settle(x, &hall);
		village_header(x, &h, "record");
		h.natt = 1;
		assert_int_equal(journal_attachment_put(x->j, body.data, body.len, h.att[0].hash, NULL), 0);
		h.att[0].len = body.len;
		(void)strcpy(h.att[0].mediatype, "image/jpeg");
		village_put(x, &h, "{\"house\":\"1\"}", NULL);
		assert_int_equal(village_counts(x).attachments_waiting, 1);
		assert_int_equal(village_sync(x, &hall, MOST, &o), DEVICE_OK);
		assert_int_equal(o.nwants, i == 0);
		assert_int_equal(village_counts(x).attachments_waiting, i == 0);
		if (i == 0)
			assert_int_equal(ledger_attachment_put(hall.c.l, body.data, body.len, h.att[0].hash, NULL), 0); /* and its answer is lost */
	}
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(village_counts(&v).attachments_waiting, 0);
	village_close(&w);
	buf_free(&body);
}

static void
says(const uint8_t hash[HASH_LEN], const char *state)
{
	struct journal_entry x;

	journal_entry_init(&x);
	assert_int_equal(journal_by_hash(v.j, hash, &x), 1);
	assert_string_equal(x.state, state);
	journal_entry_free(&x);
}

static void
review(const uint8_t hash[HASH_LEN], const char *verdict)
{
	char hex[2 * HASH_LEN + 1];

	enc_hex(hex, hash, HASH_LEN);
	if (kit_put(&hall.k, RECORD_REVIEW, "entry %s\nverdict %s\nnote -\n", hex, verdict) < 0)
		fail_msg("%s", hall.k.e.text);
}

/* So many forms at once. */
static void
put_forms(size_t n)
{
	struct buf *leaf = calloc(n, sizeof(*leaf));
	struct ledger_item *it = calloc(n, sizeof(*it));
	uint8_t hash[HASH_LEN];
	uint64_t first, count;
	char hex[2 * HASH_LEN + 1];
	size_t i;

	assert_true(leaf != NULL && it != NULL);
	for (i = 0; i < n; i++) {
		memset(hash, (int)i, HASH_LEN);
		enc_hex(hex, hash, HASH_LEN);
		kit_record(&hall.k, &leaf[i], RECORD_FORM, "form f%zu 1 %s\nstate published\n", i, hex);
		it[i].record = leaf[i].data;
		it[i].record_len = leaf[i].len;
	}
	if (ledger_append(hall.c.l, it, n, hall.k.now++, kit_sign, &hall.k, &first, &count, NULL, &hall.k.e) != 0)
		fail_msg("%s", hall.k.e.text);
	assert_int_equal(count, n);
	for (i = 0; i < n; i++)
		buf_free(&leaf[i]);
	free(leaf);
	free(it);
}

static void
test_records_down(void **state)
{
	struct device_outcome o;
	uint8_t hash[2][HASH_LEN], form[HASH_LEN];
	struct village w;
	uint64_t next = 0;
	size_t i;

	(void)state;
	village_open(&w, &hall, 2, PLACE);
	village_add(&w, 1);
	village_settle(&w, &hall);
	village_open(&v, &hall, 1, PLACE);
	for (i = 0; i < 2; i++) {
		village_add(&v, 1);
		memcpy(hash[i], v.m.last_hash, HASH_LEN);
	}
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.nforms, 1);
	assert_string_equal(o.form[0].id, "roof");
	sha256(form, "<form/>", 7);
	assert_memory_equal(o.form[0].hash, form, HASH_LEN);
	review(hash[0], "return");
	review(hash[1], "accept");
	review(w.m.last_hash, "return"); /* not ours, and not told to us */
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.records, 2);
	assert_int_equal(o.nforms, 0);
	says(hash[0], "returned");
	says(hash[1], "accepted");
	review(hash[0], "accept");
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	says(hash[0], "accepted");
	/* asked again from the start, a form that is held is not fetched again */
	assert_int_equal(journal_form_add(v.j, "roof", "1", form, o.form[0].index, "<form/>", 7, NULL), 0);
	assert_int_equal(journal_set_u64(v.j, "records-next", 0, NULL), 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.nforms, 0);
	says(hash[0], "accepted");
	/* more than one answer holds */
	put_forms(2 * ANSWER_RECORDS_MAX + 5);
	for (i = 0; i < 3; i++) {
		assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
		assert_int_equal(o.more, i < 2);
		assert_int_equal(o.nforms, i < 2 ? ANSWER_RECORDS_MAX : 5);
	}
	assert_int_equal(journal_get_u64(v.j, "records-next", &next), 1);
	assert_true(next > 2 * ANSWER_RECORDS_MAX);
	village_close(&w);
}

static void
test_erase(void **state)
{
	struct device_outcome o;
	struct journal_entry x;
	char hex[2 * HASH_LEN + 1];
	struct entry h;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_header(&v, &h, "record");
	village_put(&v, &h, "{\"house\":\"x\"}", "{\"name\":\"Li Si\"}");
	village_settle(&v, &hall);
	enc_hex(hex, v.m.last_hash, HASH_LEN);
	assert_true(kit_put(&hall.k, RECORD_ERASE, "order -\nentries 1\nentry %s\n", hex) > 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	journal_entry_init(&x);
	assert_int_equal(journal_by_hash(v.j, v.m.last_hash, &x), 1);
	assert_false(x.has_personal);
	assert_string_equal(x.state, "erased");
	journal_entry_free(&x);
	village_sound(&v);
	hall_sound(&hall);
}

/* What the county parks afterwards stays aside, answer after answer, until a review. */
static void
test_judged_afterwards(void **state)
{
	struct device_outcome o;
	struct journal_entry x;
	char hex[2 * HASH_LEN + 1];
	unsigned i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 1);
	village_settle(&v, &hall);
	enc_hex(hex, v.m.last_hash, HASH_LEN);
	assert_true(kit_put(&hall.k, RECORD_LATE, "entry %s\nwhy invalid\n", hex) > 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
		journal_entry_init(&x);
		assert_int_equal(journal_by_hash(v.j, v.m.last_hash, &x), 1);
		assert_true(x.has_receipt);
		assert_string_equal(x.state, "set-aside");
		journal_entry_free(&x);
	}
	village_sound(&v);
}

/* A county with a new service key: what it signed before still counts for a device that enrols now. */
static void
test_new_service_key(void **state)
{
	struct device_outcome o;
	uint8_t hash[HASH_LEN] = { 5 };
	char hex[2 * HASH_LEN + 1];
	struct signer *fresh = signer_new(NULL), *old = hall.k.county.service;
	struct buf b64;

	(void)state;
	hall.k.county.service = hall.c.service = fresh;
	memcpy(hall.k.county.keys.service, signer_public(fresh), KEY_LEN);
	hall.k.county.keys.version = 2;
	hall.c.keys = hall.k.county.keys;
	buf_reset(&hall.c.keys_text);
	assert_int_equal(keys_print(&hall.c.keys_text, &hall.c.keys, hall.k.county.root), 0);
	buf_init(&b64, 2 * KEYS_MAX);
	assert_int_equal(buf_b64(&b64, hall.c.keys_text.data, hall.c.keys_text.len), 0);
	assert_true(kit_put(&hall.k, RECORD_KEY, "what county\nversion 2\nkeys %s\n", buf_str(&b64)) > 0);
	buf_free(&b64);
	enc_hex(hex, hash, HASH_LEN);
	assert_true(kit_put(&hall.k, RECORD_FORM, "form roof 2 %s\nstate published\n", hex) > 0);
	village_open(&v, &hall, 1, PLACE);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.nforms, 2); /* one of each key */
	signer_free(old);
}

/* Log the entries ${from} to ${to} of the village behind its back, none beside another: as if each had come alone and its answer was lost. */
static void
log_apart(uint64_t from, uint64_t to)
{
	size_t n = (size_t)(to - from + 1), i;
	struct journal_entry *x = calloc(2 * n, sizeof(*x));
	struct village w;

	assert_non_null(x);
	village_open(&w, &hall, 9, PLACE);
	village_add(&w, n);
	for (i = 0; i < n; i++) {
		journal_entry_init(&x[2 * i]);
		journal_entry_init(&x[2 * i + 1]);
		assert_int_equal(journal_by_seq(v.j, 1, from + i, &x[2 * i]), 1);
		assert_int_equal(journal_by_seq(w.j, 1, i, &x[2 * i + 1]), 1);
	}
	if (kit_append(&hall.k, x, 2 * n, NULL) != 0)
		fail_msg("%s", hall.k.e.text);
	kit_entries_free(x, 2 * n);
	free(x);
	village_close(&w);
}

static void
test_many_ranges(void **state)
{
	const size_t n = ANSWER_RANGES_MAX + 40;
	struct device_outcome o;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, n);
	log_apart(0, n);
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, ANSWER_RANGES_MAX);
	assert_int_equal(o.more, 1);
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, n + 1 - ANSWER_RANGES_MAX);
	assert_int_equal(o.more, 0);
	village_settle(&v, &hall);
}

/* Leaves side by side at one moment, but in a wild order: more runs than a range holds; and a hole behind which there are more ranges than an answer holds. */
static void
test_many_runs(void **state)
{
	const size_t n = 3 * RECEIPT_RUNS_MAX;
	static struct journal_entry x[3 * RECEIPT_RUNS_MAX];
	struct device_outcome o;
	size_t i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, n);
	for (i = 0; i < n; i++) {
		journal_entry_init(&x[i]);
		assert_int_equal(journal_by_seq(v.j, 1, i % 2 ? i : n - i, &x[i]), 1);
	}
	assert_int_equal(kit_append(&hall.k, x, n, NULL), 0);
	kit_entries_free(x, n);
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, n);
	assert_int_equal(o.more, 0);
	village_settle(&v, &hall); /* and the genesis */
	hall_sound(&hall);
}

static void
test_hole_with_many_ranges(void **state)
{
	const size_t n = ANSWER_RANGES_MAX + 20;
	struct device_outcome o;
	struct entry h;
	unsigned k;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_settle(&v, &hall);
	village_header(&v, &h, "record");
	village_put(&v, &h, "{\"house\":\"x\"}", "{\"name\":\"Li Si\"}");
	assert_int_equal(journal_drop_personal(v.j, v.m.last_hash, NULL), 0); /* never to be sent */
	village_add(&v, n);
	log_apart(2, n + 1);
	for (k = 0; k < 5; k++) {
		assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
		if (!o.more)
			break;
	}
	assert_true(k < 5);
	assert_int_equal(village_counts(&v).confirmed, n + 1);
	village_add(&v, 1);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, 1);
	hall_sound(&hall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_clone),
		TEST(test_copy_with_epoch),
		TEST(test_restored_by_one),
		TEST(test_fork_in_one_request),
		TEST(test_revoked),
		TEST(test_new_epochs),
		TEST(test_unendorsed_epoch),
		TEST(test_parked),
		TEST(test_refusals),
		TEST(test_set_aside),
		TEST(test_personal_gone),
		TEST(test_attachments), TEST(test_attachment_held),
		TEST(test_records_down),
		TEST(test_erase),
		TEST(test_judged_afterwards),
		TEST(test_new_service_key),
		TEST(test_many_ranges),
		TEST(test_many_runs),
		TEST(test_hole_with_many_ranges),
	};

	return cmocka_run_group_tests_name("exchange, odd", tests, NULL, NULL);
}
