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
#include "evidence/leaf.h"
#include "sync/request.h"
#include "tests/lib/village.h"

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

/* Enrolment */

static int
ask(const struct village *w, const uint8_t secret[TOKEN_SECRET_LEN], uint8_t nonce, struct buf *out)
{
	uint8_t n[16] = { nonce };
	struct buf b;
	int rc;

	buf_init(&b, ENROL_MAX);
	buf_reset(out);
	village_ask(w, &hall, secret, n, &b);
	rc = county_enrol(&hall.c, b.data, b.len, hall.k.now++, out, &hall.k.e);
	buf_free(&b);
	return rc;
}

static void
refuses(const struct village *w, const uint8_t secret[TOKEN_SECRET_LEN], const char *why)
{
	uint64_t before, after;
	uint8_t root[HASH_LEN];
	struct buf out;

	buf_init(&out, ENROLLED_MAX);
	assert_int_equal(ledger_head(hall.c.l, &before, root), 0);
	assert_int_equal(ask(w, secret, 1, &out), 1);
	if (strstr(hall.k.e.text, why) == NULL)
		fail_msg("refused, but because: %s", hall.k.e.text);
	assert_int_equal(ledger_head(hall.c.l, &after, root), 0);
	assert_int_equal(before, after);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void
test_enrol(void **state)
{
	uint8_t secret[TOKEN_SECRET_LEN], root[HASH_LEN], nonce[16] = { 2 };
	struct enrolled a;
	struct village w;
	struct buf out, again;
	uint64_t size;

	(void)state;
	village_init(&v, 1, PLACE);
	village_init(&w, 2, PLACE);
	buf_init(&out, ENROLLED_MAX);
	buf_init(&again, ENROLLED_MAX);
	hall_invite(&hall, PLACE, NULL, hall.k.now + 1000, secret);
	assert_int_equal(ask(&v, secret, 1, &out), 0);
	/* its answer was lost: the same again, and with another nonce, tells of the same record */
	assert_int_equal(ask(&v, secret, 1, &again), 0);
	assert_int_equal(ask(&v, secret, 2, &again), 0);
	assert_int_equal(ledger_head(hall.c.l, &size, root), 0);
	keys_root_hash(&hall.c.keys, root);
	enrolled_init(&a);
	assert_int_equal(enrolled_parse(&a, again.data, again.len, root, nonce, NULL), 0);
	assert_int_equal(a.index, size - 1);
	enrolled_free(&a);
	enrolled_init(&a);
	nonce[0] = 1;
	assert_int_equal(enrolled_parse(&a, again.data, again.len, root, nonce, NULL), -1); /* an answer to another request */
	enrolled_free(&a);
	enrolled_init(&a);
	root[0] ^= 1;
	assert_int_equal(enrolled_parse(&a, out.data, out.len, root, nonce, NULL), -1); /* another county than the token's */
	enrolled_free(&a);
	refuses(&w, secret, "used before");
	hall_invite(&hall, PLACE, NULL, hall.k.now + 1000, secret);
	refuses(&v, secret, "enrolled already");
	buf_free(&out);
	buf_free(&again);
	village_close(&w);
	hall_sound(&hall);
}

static void
test_enrol_wrong(void **state)
{
	uint8_t secret[TOKEN_SECRET_LEN], wrong[TOKEN_SECRET_LEN] = { 0 }, nonce[16] = { 1 };
	struct buf b, out;
	size_t i;

	(void)state;
	village_init(&v, 1, PLACE);
	refuses(&v, wrong, "not known");
	hall_invite(&hall, PLACE, NULL, hall.k.now - 1, secret);
	refuses(&v, secret, "expired");
	hall_invite(&hall, "532301001002", NULL, hall.k.now + 1000, secret);
	refuses(&v, secret, "another place");
	hall_invite(&hall, PLACE, v.m.device, hall.k.now + 1000, secret);
	refuses(&v, secret, "not known here"); /* for a lost key of a device that never was */
	hall_invite(&hall, PLACE, NULL, hall.k.now + 1000, secret);
	hall.c.keys.log_id[0] ^= 1;
	buf_init(&b, ENROL_MAX);
	buf_init(&out, ENROLLED_MAX);
	village_ask(&v, &hall, secret, nonce, &b); /* meant for another log */
	hall.c.keys.log_id[0] ^= 1;
	assert_int_equal(county_enrol(&hall.c, b.data, b.len, hall.k.now, &out, &hall.k.e), 1);
	assert_non_null(strstr(hall.k.e.text, "another county's log"));
	buf_reset(&b);
	village_ask(&v, &hall, secret, nonce, &b);
	for (i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		assert_int_equal(county_enrol(&hall.c, b.data, b.len, hall.k.now, &out, &hall.k.e), 1);
		b.data[i] ^= 1;
		assert_int_equal(county_enrol(&hall.c, b.data, i, hall.k.now, &out, &hall.k.e), 1);
	}
	assert_int_equal(county_enrol(&hall.c, b.data, b.len, hall.k.now, &out, &hall.k.e), 0);
	buf_free(&b);
	buf_free(&out);
}

/* A lost key: the officer's token names the device, and the new epoch has no endorsement. */
static void
test_enrol_lost_key(void **state)
{
	uint8_t secret[TOKEN_SECRET_LEN], key[KEY_LEN];
	struct journal_entry x;
	struct epoch_open o;
	struct entry h;
	struct buf out, b;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	assert_int_equal(maker_epoch(&v.m, &x, 2, "lost-key"), 0); /* its endorsement is thrown away */
	assert_int_equal(epoch_open_parse(&o, x.payload.data, x.payload.len, 2, NULL), 0);
	h = x.h;
	journal_entry_free(&x);
	o.has_former = 0;
	buf_init(&b, 1024);
	assert_int_equal(epoch_open_print(&b, &o, 2), 0);
	village_put(&v, &h, buf_str(&b), NULL);
	buf_free(&b);
	hall_invite(&hall, PLACE, v.m.device, hall.k.now + 1000, secret);
	buf_init(&out, ENROLLED_MAX);
	assert_int_equal(ask(&v, secret, 1, &out), 0);
	assert_int_equal(ledger_device_key(hall.c.l, v.m.device, 2, key), 1);
	assert_memory_equal(key, signer_public(v.m.signer), KEY_LEN);
	buf_free(&out);
	village_add(&v, 3);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 8);
	hall_sound(&hall);
}

/* Entries up */

static void
sync_of(size_t n)
{
	struct device_outcome o;

	village_open(&v, &hall, (uint8_t)(n + 1), PLACE);
	village_add(&v, n);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, n + 1);
	assert_int_equal(hall.stats.entries, n + 1);
	assert_int_equal(hall.stats.frames, n / 16 + 1);
	assert_int_equal(village_counts(&v).waiting, 0);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_OK);
	assert_int_equal(o.confirmed, 0);
	assert_int_equal(hall.stats.frames, 0);
	assert_int_equal(hall_entries(&hall, &v), n + 1);
	village_sound(&v);
	village_close(&v);
	v.j = NULL;
}

static void
test_sync(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 200 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		sync_of(sizes[i]);
	hall_sound(&hall);
}

/* What has an anchor, an unsent part and a receipt already: in pieces, and with references. */
static void
test_sync_in_pieces(void **state)
{
	uint8_t form[HASH_LEN];
	struct device_outcome o;
	unsigned i, more = 0;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	sha256(form, "<form/>", 7);
	assert_int_equal(journal_form_add(v.j, "roof", "1", form, 1, "<form/>", 7, NULL), 0); /* so it is named by reference */
	for (i = 0; i < 10; i++) {
		village_add(&v, 20);
		assert_int_equal(village_sync(&v, &hall, 200, &o), DEVICE_OK);
		more += village_counts(&v).waiting > 0;
	}
	assert_int_equal(more, 10);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 201);
	hall_sound(&hall);
}

/* A body cut anywhere: its whole frames count, nothing is doubled, and the next request brings the rest. */
static void
test_cut_bodies(void **state)
{
	struct device_outcome o;
	struct device_request r;
	enum device_verdict verdict;
	struct buf out;
	size_t cut = 0, whole;
	int rc, heads = 0, answers = 0;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	buf_init(&out, ANSWER_MAX);
	do {
		village_add(&v, 12);
		village_request(&v, MOST, &r);
		whole = r.bytes.len;
		buf_reset(&out);
		rc = hall_answer(&hall, r.bytes.data, cut < whole ? cut : whole, &out);
		heads += rc == 1;
		if (rc == 0 && cut % 2) { /* every other answer is lost as well */
			verdict = device_answer(&o, v.j, &r, out.data, out.len, &v.e);
			if (verdict != DEVICE_OK)
				fail_msg("%s", v.e.text);
			answers++;
		}
		buf_free(&r.bytes);
		cut += 601;
	} while (cut < whole + 601);
	assert_true(heads == 1 && answers >= 3);
	buf_free(&out);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), village_counts(&v).entries);
	hall_sound(&hall);
}

/* One request, cut at every 997th byte for a device of its own each time. */
static void
test_cut_once(void **state)
{
	struct device_request r;
	struct buf out;
	size_t cut, whole = 10000;
	uint8_t seed = 1;

	(void)state;
	buf_init(&out, ANSWER_MAX);
	for (cut = 0; cut < whole; cut += 997) {
		village_open(&v, &hall, seed++, PLACE);
		village_add(&v, 70);
		village_request(&v, MOST, &r);
		whole = r.bytes.len;
		buf_reset(&out);
		(void)hall_answer(&hall, r.bytes.data, cut, &out);
		assert_true(hall_entries(&hall, &v) < 71);
		buf_free(&r.bytes);
		village_settle(&v, &hall);
		assert_int_equal(hall_entries(&hall, &v), 71);
		village_close(&v);
		v.j = NULL;
	}
	assert_true(seed > 5);
	buf_free(&out);
	hall_sound(&hall);
}

static void
test_lost_answer(void **state)
{
	struct device_outcome o;
	struct device_request r;
	struct buf out;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 40);
	buf_init(&out, ANSWER_MAX);
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	buf_free(&r.bytes);
	assert_int_equal(village_counts(&v).confirmed, 0);
	/* the probe sends nothing and gets it all */
	assert_int_equal(village_sync(&v, &hall, 0, &o), DEVICE_OK);
	assert_int_equal(hall.stats.frames, 0);
	assert_int_equal(o.confirmed, 41);
	buf_free(&out);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 41);
}

/* What answers prove */

struct snapshot { struct journal_counts c; uint64_t size, next, counter; };

static struct snapshot
snap(void)
{
	struct snapshot s;
	struct buf note;

	memset(&s, 0, sizeof(s));
	buf_init(&note, NOTE_MAX);
	s.c = village_counts(&v);
	assert_true(journal_note_newest(v.j, &s.size, &note) >= 0);
	assert_true(journal_get_u64(v.j, "records-next", &s.next) >= 0);
	assert_true(journal_get_u64(v.j, "counter", &s.counter) >= 0);
	buf_free(&note);
	return s;
}

static void
unchanged(const struct snapshot *before)
{
	struct snapshot now = snap();

	assert_memory_equal(&now, before, sizeof(now));
}

static void
test_replayed_request(void **state)
{
	struct device_outcome o;
	struct device_request r;
	struct snapshot before;
	struct answer a;
	struct buf out;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	buf_init(&out, ANSWER_MAX);
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	buf_reset(&out);
	before = snap();
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	assert_int_equal(hall.stats.status, ANSWER_ROLLED_BACK);
	assert_int_equal(hall.stats.frames, 0); /* nothing was read */
	answer_init(&a);
	assert_int_equal(answer_parse(&a, out.data, out.len, hall.c.keys.service, NULL), 0);
	assert_int_equal(a.last, r.counter);
	answer_free(&a);
	/* the very same counter is a request sent twice, no restore */
	assert_int_equal(device_answer(&o, v.j, &r, out.data, out.len, &v.e), DEVICE_NOT_COUNTY);
	unchanged(&before);
	buf_free(&r.bytes);
	buf_free(&out);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 4);
}

static void
test_rolled_back(void **state)
{
	struct device_outcome o;
	uint64_t counter = 0;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	assert_int_equal(journal_set_u64(v.j, "counter", 100, NULL), 0);
	village_settle(&v, &hall);
	assert_int_equal(journal_set_u64(v.j, "counter", 50, NULL), 0); /* as a restored backup has it */
	village_add(&v, 2);
	assert_int_equal(village_sync(&v, &hall, MOST, &o), DEVICE_ROLLED_BACK);
	assert_int_equal(hall.stats.status, ANSWER_ROLLED_BACK);
	assert_int_equal(journal_get_u64(v.j, "counter", &counter), 1);
	assert_int_equal(counter, 101);
	village_epoch(&v, "rolled-back");
	village_add(&v, 2);
	village_settle(&v, &hall);
	assert_int_equal(hall_entries(&hall, &v), 9);
	hall_sound(&hall);
}

static void
judged(const struct device_request *r, const void *p, size_t n, enum device_verdict want)
{
	struct device_outcome o;
	struct snapshot before = snap();
	enum device_verdict got = device_answer(&o, v.j, r, p, n, &v.e);

	if (got != want)
		fail_msg("verdict %d, not %d: %s", got, want, v.e.text);
	assert_true(v.e.text[0] != '\0');
	unchanged(&before);
	assert_int_equal(o.confirmed, 0);
}

static void
test_not_the_county(void **state)
{
	static const char portal[] = "<html><body>Please log in</body></html>";
	struct device_outcome o;
	struct device_request r, r2;
	struct signer *stranger = signer_new(NULL);
	struct answer a;
	struct buf out, out2, forged;
	size_t i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	buf_init(&out, ANSWER_MAX);
	buf_init(&out2, ANSWER_MAX);
	buf_init(&forged, ANSWER_MAX);
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	village_request(&v, MOST, &r2);
	assert_int_equal(hall_answer(&hall, r2.bytes.data, r2.bytes.len, &out2), 0);
	judged(&r2, portal, sizeof(portal) - 1, DEVICE_NOT_COUNTY);
	judged(&r2, "", 0, DEVICE_NOT_COUNTY);
	judged(&r2, out.data, out.len, DEVICE_NOT_COUNTY); /* an answer to the request before */
	judged(&r, out2.data, out2.len, DEVICE_NOT_COUNTY);
	for (i = 0; i < out2.len; i += i < 300 || i + 300 > out2.len ? 1 : 41) {
		out2.data[i] ^= 1;
		judged(&r2, out2.data, out2.len, DEVICE_NOT_COUNTY);
		out2.data[i] ^= 1;
		judged(&r2, out2.data, i, DEVICE_NOT_COUNTY);
	}
	/* another county says the same */
	answer_init(&a);
	assert_int_equal(answer_parse(&a, out2.data, out2.len, hall.c.keys.service, NULL), 0);
	assert_int_equal(answer_print(&forged, &a, stranger), 0);
	judged(&r2, forged.data, forged.len, DEVICE_NOT_COUNTY);
	/* our county, to another device, of another log, to another nonce or counter */
	for (i = 0; i < 4; i++) {
		a.device[0] ^= i == 0;
		a.log[0] ^= i == 1;
		a.nonce[0] ^= i == 2;
		a.counter ^= i == 3;
		buf_reset(&forged);
		assert_int_equal(answer_print(&forged, &a, hall.c.service), 0);
		judged(&r2, forged.data, forged.len, DEVICE_NOT_COUNTY);
		a.device[0] ^= i == 0;
		a.log[0] ^= i == 1;
		a.nonce[0] ^= i == 2;
		a.counter ^= i == 3;
	}
	answer_free(&a);
	assert_int_equal(device_answer(&o, v.j, &r2, out2.data, out2.len, &v.e), DEVICE_OK); /* and this is it */
	assert_int_equal(o.confirmed, 4);
	buf_free(&r.bytes);
	buf_free(&r2.bytes);
	buf_free(&out);
	buf_free(&out2);
	buf_free(&forged);
	signer_free(stranger);
}

static size_t
alarms(void)
{
	char path[512], **names = NULL;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/alarms", v.dir);
	if (file_names(path, &names, &n, 100, NULL) != 0)
		return 0;
	file_names_free(names, n);
	return n;
}

/* Signed by the right keys, and false. */
static void
test_false_receipts(void **state)
{
	struct device_request r;
	struct answer a;
	struct buf out, forged;
	size_t i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	buf_init(&out, ANSWER_MAX);
	buf_init(&forged, ANSWER_MAX);
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&hall, r.bytes.data, r.bytes.len, &out), 0);
	for (i = 0; i < 6; i++) {
		answer_init(&a);
		assert_int_equal(answer_parse(&a, out.data, out.len, hall.c.keys.service, NULL), 0);
		assert_true(a.nranges == 1 && a.range[0].proof.n > 0 && a.consistency.n > 0);
		if (i == 0)
			a.range[0].received++;
		else if (i == 1)
			a.range[0].first++;
		else if (i == 2)
			a.range[0].proof.hash[0][0] ^= 1;
		else if (i == 3)
			a.range[0].run[0].seq++; /* one that was never made */
		else if (i == 4)
			a.consistency.hash[0][0] ^= 1;
		else
			a.note.data[a.note.len - 20] ^= 1;
		buf_reset(&forged);
		assert_int_equal(answer_print(&forged, &a, hall.c.service), 0);
		judged(&r, forged.data, forged.len, DEVICE_ALARM);
		assert_int_equal(alarms(), 1); /* one file a request: kept as it came */
		answer_free(&a);
	}
	buf_free(&r.bytes);
	buf_free(&out);
	buf_free(&forged);
}

/* Another ledger with the same keys: a county that rewrote its log. */
static void
test_inconsistent_log(void **state)
{
	static struct hall second;
	struct village copy;
	struct device_request r;
	struct buf out;
	size_t i;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	village_add(&v, 3);
	village_settle(&v, &hall);
	hall_open(&second);
	buf_init(&out, ANSWER_MAX);
	village_init(&copy, 1, PLACE); /* the same keys: known there too */
	village_enrol(&copy, &second);
	village_close(&copy);
	/* too short as yet: it may not sign, as a county restored from a backup may not */
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&second, r.bytes.data, r.bytes.len, &out), 0);
	assert_int_equal(second.stats.status, ANSWER_STOPPED);
	judged(&r, out.data, out.len, DEVICE_REFUSED);
	assert_non_null(strstr(v.e.text, "stopped"));
	buf_free(&r.bytes);
	for (i = 0; i < 10; i++)
		hall_person(&second, second.k.county.officer, "active");
	buf_reset(&out);
	assert_int_equal(journal_set_u64(v.j, "counter", 500, NULL), 0);
	village_add(&v, 1);
	village_request(&v, MOST, &r);
	assert_int_equal(hall_answer(&second, r.bytes.data, r.bytes.len, &out), 0);
	assert_int_equal(second.stats.status, ANSWER_OK);
	judged(&r, out.data, out.len, DEVICE_ALARM);
	assert_non_null(strstr(v.e.text, "no continuation"));
	assert_int_equal(alarms(), 1);
	buf_free(&r.bytes);
	buf_free(&out);
	hall_close(&second);
	village_settle(&v, &hall); /* with the true one it goes on */
	hall_sound(&hall);
}

static void
test_strangers(void **state)
{
	struct device_request r;
	struct request head;
	struct village w;
	struct buf out, b;
	size_t used;

	(void)state;
	village_open(&v, &hall, 1, PLACE);
	buf_init(&out, ANSWER_MAX);
	buf_init(&b, REQUEST_HEAD_MAX);
	assert_int_equal(hall_answer(&hall, "GET / HTTP/1.1", 14, &out), 1);
	village_request(&v, MOST, &r);
	assert_int_equal(request_parse(&head, &used, r.bytes.data, r.bytes.len, NULL), 0);
	/* somebody else's signature */
	assert_int_equal(request_print(&b, &head, hall.k.county.officer), 0);
	assert_int_equal(hall_answer(&hall, b.data, b.len, &out), 1);
	assert_non_null(strstr(hall.k.e.text, "not signed"));
	assert_int_equal(out.len, 0);
	/* an epoch that nobody opened */
	head.epoch = 2;
	buf_reset(&b);
	assert_int_equal(request_print(&b, &head, v.m.signer), 0);
	assert_int_equal(hall_answer(&hall, b.data, b.len, &out), 1);
	/* another log; and a device the county never saw: signed answers, without a note */
	head.epoch = 1;
	head.log[0] ^= 1;
	buf_reset(&b);
	assert_int_equal(request_print(&b, &head, v.m.signer), 0);
	assert_int_equal(hall_answer(&hall, b.data, b.len, &out), 0);
	assert_int_equal(hall.stats.status, ANSWER_WRONG_LOG);
	head.log[0] ^= 1;
	village_init(&w, 2, PLACE);
	memcpy(head.device, w.m.device, HASH_LEN);
	buf_reset(&b);
	assert_int_equal(request_print(&b, &head, w.m.signer), 0);
	assert_int_equal(hall_answer(&hall, b.data, b.len, &out), 0);
	assert_int_equal(hall.stats.status, ANSWER_UNKNOWN_DEVICE);
	village_close(&w);
	buf_free(&r.bytes);
	buf_free(&out);
	buf_free(&b);
	village_settle(&v, &hall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_enrol),
		TEST(test_enrol_wrong),
		TEST(test_enrol_lost_key),
		TEST(test_sync),
		TEST(test_sync_in_pieces),
		TEST(test_cut_bodies),
		TEST(test_cut_once),
		TEST(test_lost_answer),
		TEST(test_replayed_request),
		TEST(test_rolled_back),
		TEST(test_not_the_county),
		TEST(test_false_receipts),
		TEST(test_inconsistent_log),
		TEST(test_strangers),
	};

	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
