#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"
#include "evidence/entry.h"

#define TURNS 200000
#define MAX53 UINT64_C(9007199254740991)

static uint32_t seed = 20240607;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

/* An ordinary record in the middle of a chain. */
static struct entry
record(void)
{
	struct entry h = {
		.epoch = 2, .seq = 17, .has_prev = 1, .has_log = 1, .place = "510182001001", .wall = 1717750000123, .clock = CLOCK_NTP,
		.mono = 90061001, .anchor_size = 4096, .actor = "cadre.07", .has_actor_key = 1, .has_form = 1, .form = "household",
		.form_version = "2024.1", .kind = "record", .has_event = 1, .payload_len = 120, .personal_len = 33, .natt = 2,
	};

	memset(h.device, 0xd0, HASH_LEN);
	memset(h.prev, 0xa0, HASH_LEN);
	memset(h.log, 0x10, HASH_LEN);
	memset(h.boot, 0xb0, 16);
	memset(h.anchor_root, 0x11, HASH_LEN);
	memset(h.anchor_note, 0x12, HASH_LEN);
	memset(h.actor_key, 0x13, HASH_LEN);
	memset(h.form_hash, 0x14, HASH_LEN);
	memset(h.event, 0x15, 16);
	memset(h.payload_hash, 0x16, HASH_LEN);
	memset(h.personal_hash, 0x17, HASH_LEN);
	h.att[0] = (struct attachment){ .len = 40123, .hash = { 1 }, .mediatype = "image/jpeg", .personal = 1 };
	h.att[1] = (struct attachment){ .len = 0, .hash = { 2 }, .mediatype = "text/plain" };
	return h;
}

/* The first entry of a device, not enrolled yet. */
static struct entry
genesis(void)
{
	struct entry h = {
		.epoch = 1, .place = "510182001001", .clock = CLOCK_UNSET, .actor = "device", .kind = "epoch-open", .payload_len = 99
	};

	memset(h.device, 0xd0, HASH_LEN);
	return h;
}

/* Everything as long as it may be. */
static struct entry
longest(void)
{
	struct entry h = record();

	h.epoch = UINT32_MAX;
	h.seq = h.wall = h.mono = h.anchor_size = MAX53;
	h.clock = CLOCK_ROUGHTIME;
	h.payload_len = ENTRY_PAYLOAD_MAX;
	h.personal_len = ENTRY_PERSONAL_MAX;
	h.has_supersedes = 1;
	memset(h.actor, 'x', ID_MAX);
	memset(h.form, 'x', ID_MAX);
	memset(h.form_version, 'x', VERSION_MAX);
	memset(h.kind, 'x', KIND_MAX);
	h.natt = ENTRY_ATTS_MAX;
	for (size_t i = 0; i < ENTRY_ATTS_MAX; i++) {
		h.att[i].len = MAX53;
		memset(h.att[i].mediatype, 'x', MEDIATYPE_MAX);
		h.att[i].personal = 1;
	}
	return h;
}

static struct buf
printed(const struct entry *h)
{
	struct buf b;

	buf_init(&b, ENTRY_HEADER_MAX);
	assert_int_equal(entry_print(&b, h), 0);
	return b;
}

/* Parse a copy of its own size; what is accepted must print back to the same bytes. */
static int
parses(const void *p, size_t n)
{
	struct err e = { "" };
	struct entry h;
	void *copy = malloc(n ? n : 1);
	struct buf b;
	int rc;

	assert_non_null(copy);
	memcpy(copy, p, n);
	rc = entry_parse(&h, copy, n, &e);
	if (rc == 0) {
		b = printed(&h);
		assert_int_equal(b.len, n);
		assert_memory_equal(b.data, p, n);
		buf_free(&b);
	} else {
		assert_true(e.text[0] != '\0');
	}
	free(copy);
	return rc == 0;
}

static void
test_text(void **state)
{
	static const char want[] =
	    "tallystick/entry/v1\n"
	    "device d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0\n"
	    "epoch 1\nseq 0\nprev -\nlog -\nplace 510182001001\nwall 0\nclock unset\n"
	    "boot 00000000000000000000000000000000\nmono 0\nanchor 0 - -\nactor device -\nform - - -\nkind epoch-open\n"
	    "supersedes -\nevent -\n"
	    "payload 99 0000000000000000000000000000000000000000000000000000000000000000\npersonal 0 -\natt 0\n";
	struct entry h = genesis();
	struct buf b = printed(&h);

	(void)state;
	assert_string_equal(buf_str(&b), want);
	assert_true(parses(want, strlen(want)));
	buf_free(&b);
}

static void
test_round(void **state)
{
	struct entry all[3] = { record(), genesis(), longest() }, h;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(entry_check(&all[i], NULL), 0);
		b = printed(&all[i]);
		assert_int_equal(entry_parse(&h, b.data, b.len, NULL), 0);
		assert_memory_equal(&h, &all[i], sizeof(h));
		assert_true(parses(b.data, b.len));
		for (size_t n = 0; n < b.len; n++)
			assert_false(parses(b.data, n));
		assert_int_equal(buf_putc(&b, '\n'), 0);
		assert_false(parses(b.data, b.len));
		buf_free(&b);
	}
}

/* Replace the first ${from} in a printed header by ${to} and see whether it parses. */
static int
with(const struct entry *h, const char *from, const char *to)
{
	struct buf b = printed(h), x;
	const char *at = strstr(buf_str(&b), from);
	int ok;

	assert_non_null(at);
	buf_init(&x, 3 * ENTRY_HEADER_MAX);
	(void)buf_put(&x, b.data, (size_t)(at - buf_str(&b)));
	(void)buf_puts(&x, to);
	(void)buf_puts(&x, at + strlen(from));
	ok = parses(x.data, x.len);
	buf_free(&b);
	buf_free(&x);
	return ok;
}

#define Z64 "0000000000000000000000000000000000000000000000000000000000000000"
#define P64 "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"
#define F64 "1414141414141414141414141414141414141414141414141414141414141414"

static void
test_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "entry/v1", "entry/v2" }, { "epoch 2", "epoch 0" }, { "epoch 2", "epoch 02" }, { "epoch 2", "epoch 4294967296" },
		{ "seq 17", "seq 9007199254740992" }, { "seq 17", "seq +17" }, { "seq 17", "seq  17" }, { "seq 17", "seq 17 " },
		{ "seq 17\n", "seq 17\r\n" }, { "seq 17\n", "" }, { "seq 17\n", "seq 17\nseq 17\n" }, { "seq 17", "seq 0" },
		{ "epoch 2\nseq 17\n", "seq 17\nepoch 2\n" }, { "prev " P64, "prev -" }, { "prev a0", "prev A0" }, { "log 10", "log 1" },
		{ "place 510182001001", "place 51018200100" }, { "place 5", "place x" }, { "place 510182001001", "place -" },
		{ "wall 1", "wall 9007199254740992" }, { "clock ntp", "clock sun" }, { "clock ntp", "clock NTP" }, { "boot b0", "boot " },
		{ "mono 9", "mono -9" }, { "anchor 4096", "anchor 0" }, { "anchor 4096 11", "anchor 4096 - 11" }, { "actor cadre.07", "actor -" },
		{ "actor cadre.07", "actor cad/re" }, { "actor cadre.07", "actor " Z64 "0" }, { "form household", "form -" },
		{ "form household 2024.1", "form household -" }, { "form household", "form -household" },
		{ "form household 2024.1 " F64, "form - - -" }, { "kind record", "kind -record" }, { "kind record", "kind Record" },
		{ "kind record", "kind epoch-open" }, { "kind record", "kind abcdefghijklmnopqrstuvwxyzabcdefg" }, { "supersedes -", "supersedes " Z64 },
		{ "supersedes -", "supersedes" }, { "event 15", "event - 15" }, { "payload 120", "payload 1" }, { "payload 120", "payload 65537" },
		{ "personal 33", "personal 0" }, { "personal 33", "personal 16385" }, { "att 2", "att 1" }, { "att 2", "att 3" },
		{ "att 2", "att 17" }, { "image/jpeg", "image/JPEG" }, { "image/jpeg", "image jpeg" }, { "personal\n0 ", "Personal\n0 " },
		{ "plain", "plain plain" }, { "plain\n", "plain\n\n" }, { "plain\n", "plain" }, { "40123", "040123" },
		{ "40123", "9007199254740992" },
	};
	struct entry h = record();

	(void)state;
	assert_true(with(&h, "seq 17", "seq 18"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (with(&h, bad[i][0], bad[i][1]))
			fail_msg("accepted with \"%s\" for \"%s\"", bad[i][1], bad[i][0]);
	/* what else a field may hold */
	assert_true(with(&h, "log 1010101010101010101010101010101010101010101010101010101010101010", "log -"));
	assert_true(with(&h, "place 510182001001", "place 51"));
	assert_true(with(&h, "kind record", "kind not-known-yet"));
	assert_true(with(&h, "seq 17", "seq 9007199254740991"));
	assert_true(with(&h, "seq 17\nprev " P64 "\n", "seq 1\nprev " P64 "\n"));
	h = genesis();
	assert_false(with(&h, "prev -", "prev " P64));
	assert_false(with(&h, "epoch 1", "epoch 2")); /* needs a prev then */
	assert_false(with(&h, "kind epoch-open", "kind heartbeat"));
	assert_false(with(&h, "seq 0", "seq 1"));
	assert_false(with(&h, "personal 0 -", "personal 5 -"));
	h.epoch = 2;
	h.has_prev = 1;
	assert_int_equal(entry_check(&h, NULL), 0);
	assert_false(with(&h, "seq 0", "seq 1")); /* no epoch opens on the way */
}

static void
test_kinds(void **state)
{
	static const struct { const char *kind; int form, supersedes; } want[] = {
		{ "record", 1, 0 }, { "correction", 1, 1 }, { "withdrawal", 0, 1 }, { "heartbeat", 0, 0 }, { "clock-step", 0, 0 },
		{ "loss", 0, 0 }, { "handover", 0, 0 }, { "erasure-ack", 0, 0 },
	};
	struct entry h = record();

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		for (int form = 0; form < 2; form++)
			for (int sup = 0; sup < 2; sup++) {
				(void)snprintf(h.kind, sizeof(h.kind), "%s", want[i].kind);
				h.has_form = form;
				h.has_supersedes = sup;
				assert_int_equal(entry_check(&h, NULL) == 0, form == want[i].form && sup == want[i].supersedes);
			}
	(void)snprintf(h.kind, sizeof(h.kind), "unheard-of");
	for (int i = 0; i < 4; i++) {
		h.has_form = i & 1;
		h.has_supersedes = i >> 1;
		assert_int_equal(entry_check(&h, NULL), 0);
	}
}

/* A struct that was built wrong is told so before it is signed. */
static void
test_built(void **state)
{
	struct entry h;
	struct buf b;

	(void)state;
	h = record();
	memset(h.actor, 'x', sizeof(h.actor));
	assert_int_equal(entry_check(&h, NULL), -1);
	h = record();
	h.actor[0] = '\0';
	assert_int_equal(entry_check(&h, NULL), -1);
	h = record();
	h.clock = CLOCK_COUNT;
	assert_int_equal(entry_check(&h, NULL), -1);
	buf_init(&b, ENTRY_HEADER_MAX);
	assert_int_equal(entry_print(&b, &h), -1);
	h = record();
	h.natt = ENTRY_ATTS_MAX + 1;
	assert_int_equal(entry_check(&h, NULL), -1);
	assert_int_equal(entry_print(&b, &h), -1);
	buf_free(&b);
	buf_init(&b, 100);
	h = record();
	assert_int_equal(entry_print(&b, &h), -1);
	buf_free(&b);
	h.att[1].mediatype[0] = ' ';
	assert_int_equal(entry_check(&h, NULL), -1);
}

static void
mutate(struct buf *b)
{
	static const char *const bits[] = { " ", "\n", "-", "0", "\r", "-\n", "1 ", "record", "personal", "plain\n", "form - - -\n", "\xe4\xb8\xad" };
	size_t at = rnd((uint32_t)b->len), n, to;

	switch (rnd(6)) {
	case 0:
		b->data[at] = (uint8_t)rnd(256);
		break;
	case 1: /* another character of the same set */
		b->data[at] = (uint8_t)"0123456789abcdef- \nrxz./"[rnd(24)];
		break;
	case 2: /* cut some out */
		n = 1 + rnd(3);
		if (at + n > b->len)
			n = b->len - at;
		memmove(b->data + at, b->data + at + n, b->len - at - n);
		b->len -= n;
		break;
	case 3: { /* put something in */
		const char *s = bits[rnd(sizeof(bits) / sizeof(bits[0]))];

		n = strlen(s);
		if (buf_put(b, s, n) != 0)
			break;
		memmove(b->data + at + n, b->data + at, b->len - n - at);
		memcpy(b->data + at, s, n);
		break;
	}
	case 4: /* a piece twice */
		n = 1 + rnd(80);
		to = rnd((uint32_t)b->len);
		if (at + n <= b->len && to + n <= b->len)
			memmove(b->data + to, b->data + at, n);
		break;
	default: /* a digit counted on */
		if (b->data[at] >= '0' && b->data[at] < '9')
			b->data[at]++;
		break;
	}
}

/* parses() judges: whatever is accepted prints back to the same bytes. */
static void
test_mutated(void **state)
{
	struct entry all[3] = { record(), genesis(), longest() };
	struct buf from[3], b;
	unsigned accepted = 0;

	(void)state;
	buf_init(&b, 2 * ENTRY_HEADER_MAX);
	for (size_t i = 0; i < 3; i++)
		from[i] = printed(&all[i]);
	for (unsigned i = 0; i < TURNS; i++) {
		const struct buf *f = &from[i % 16 == 0 ? 2 : i & 1];

		buf_reset(&b);
		(void)buf_put(&b, f->data, f->len);
		for (uint32_t n = 1 + rnd(3); n > 0 && b.len > 0; n--)
			mutate(&b);
		accepted += (unsigned)parses(b.data, b.len);
	}
	assert_true(accepted > TURNS / 20);
	assert_true(accepted < TURNS / 2);
	for (size_t i = 0; i < 3; i++)
		buf_free(&from[i]);
	buf_free(&b);
}

static void
test_follows(void **state)
{
	struct entry a = record(), b = record();
	uint8_t hash[HASH_LEN];

	(void)state;
	memset(hash, 0xa0, sizeof(hash));
	b.seq = a.seq + 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), 0);
	b.anchor_size++;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), 0);
	b.anchor_size = a.anchor_size - 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	b.anchor_size = a.anchor_size;
	b.seq++;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	b.seq = a.seq;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	b.seq = a.seq + 1;
	b.epoch++;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	b.epoch--;
	b.device[0] ^= 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	b.device[0] ^= 1;
	hash[31] ^= 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	hash[31] ^= 1;
	b.has_log = 0;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
	a.has_log = 0;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), 0);
	b.has_log = 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), 0);
	a.has_log = 1;
	a.log[0] ^= 1;
	assert_int_equal(entry_follows(&b, &a, hash, NULL), -1);
}

static void
test_payload(void **state)
{
	static const char *const bad[] = { "{ }", "[]", "{\"a\":1.5}", "{\"a\":1,\"a\":2}", "{}\n", "{\"a\":\"\\u0000\"}", "{\"a\":9007199254740992}" };
	static const char good[] = "{\"people\":4,\"area\":\"3.25\"}";
	struct entry h = record();

	(void)state;
	h.payload_len = strlen(good);
	sha256(h.payload_hash, good, strlen(good));
	assert_int_equal(entry_payload_ok(&h, good, strlen(good), NULL), 0);
	assert_int_equal(entry_payload_ok(&h, good, strlen(good) - 1, NULL), -1);
	h.payload_hash[0] ^= 1;
	assert_int_equal(entry_payload_ok(&h, good, strlen(good), NULL), -1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		h.payload_len = strlen(bad[i]);
		sha256(h.payload_hash, bad[i], strlen(bad[i]));
		assert_int_equal(entry_payload_ok(&h, bad[i], strlen(bad[i]), NULL), -1);
	}
}

static void
test_personal(void **state)
{
	static const char good[] = "{\"name\":\"\xe7\x8e\x8b\"}";
	static const char prefix[] = "tallystick/personal/v1";
	uint8_t salt[ENTRY_SALT_LEN] = { 1, 2, 3 }, all[64], want[HASH_LEN];
	size_t n = strlen(good);
	struct entry h = record();

	(void)state;
	memcpy(all, prefix, 23);
	memcpy(all + 23, salt, 16);
	memcpy(all + 39, good, n);
	sha256(want, all, 39 + n);
	entry_personal_hash(h.personal_hash, salt, good, n);
	assert_memory_equal(h.personal_hash, want, HASH_LEN);
	h.personal_len = n;
	assert_int_equal(entry_personal_ok(&h, salt, good, n, NULL), 0);
	assert_int_equal(entry_personal_ok(&h, salt, good, n - 1, NULL), -1);
	salt[15] ^= 1;
	assert_int_equal(entry_personal_ok(&h, salt, good, n, NULL), -1);
	h.personal_len = 3;
	entry_personal_hash(h.personal_hash, salt, "{ }", 3);
	assert_int_equal(entry_personal_ok(&h, salt, "{ }", 3, NULL), -1);
	h.personal_len = 0;
	assert_int_equal(entry_personal_ok(&h, salt, "", 0, NULL), -1);
}

static void
test_hash(void **state)
{
	uint8_t want[HASH_LEN], got[HASH_LEN];
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	(void)dsse_pae(&b, DSSE_ENTRY, "header\n", 7);
	sha256(want, b.data, b.len);
	entry_hash(got, "header\n", 7);
	assert_memory_equal(got, want, HASH_LEN);
	buf_free(&b);
}

static void
test_place(void **state)
{
	(void)state;
	assert_int_equal(place_inside("510182001001", "510182"), 1);
	assert_int_equal(place_inside("510182", "510182"), 1);
	assert_int_equal(place_inside("510182", "510182001001"), 0);
	assert_int_equal(place_inside("510183001001", "510182"), 0);
	assert_int_equal(place_inside("510182", ""), 0);
}

static void
test_clock(void **state)
{
	enum entry_clock c;

	(void)state;
	for (unsigned i = 0; i < CLOCK_COUNT; i++) {
		assert_int_equal(entry_clock_parse(&c, entry_clock_name((enum entry_clock)i)), 0);
		assert_int_equal(c, i);
	}
	assert_int_equal(entry_clock_parse(&c, "gps"), -1);
	assert_null(entry_clock_name(CLOCK_COUNT));
}

static int
opens(const struct epoch_open *o, uint32_t epoch, const char *from, const char *to)
{
	struct epoch_open again;
	struct buf b, x;
	const char *at;
	int rc;

	buf_init(&b, 1024);
	buf_init(&x, 1024);
	assert_int_equal(epoch_open_print(&b, o, epoch), 0);
	assert_non_null(at = strstr(buf_str(&b), from));
	(void)buf_put(&x, b.data, (size_t)(at - buf_str(&b)));
	(void)buf_puts(&x, to);
	(void)buf_puts(&x, at + strlen(from));
	rc = epoch_open_parse(&again, x.data, x.len, epoch, NULL);
	if (rc == 0 && strcmp(from, to) == 0)
		assert_memory_equal(&again, o, sizeof(again));
	buf_free(&b);
	buf_free(&x);
	return rc == 0;
}

static void
test_epoch_open(void **state)
{
	static const uint8_t secret[SEED_LEN] = { 5 };
	struct epoch_open one = { .place = "510182001001" }, two = { .reason = "renewed", .has_former = 1 }, lost = { .reason = "lost-key" };
	static const uint8_t none[KEY_LEN];
	static const char broken[] = "{\"key\":\"RvYv5qK6DnkiP7O5a6PPbnujZstGXtgZD`iw+4durjk=\",\"place\":\"51\"}";
	struct signer *s = signer_new(secret);
	struct epoch_open o;
	struct buf b;

	(void)state;
	assert_int_equal(epoch_open_parse(&o, broken, strlen(broken), 1, NULL), -1);
	assert_memory_equal(o.key, none, KEY_LEN); /* no part of it */
	assert_non_null(s);
	memcpy(one.key, signer_public(s), KEY_LEN);
	memcpy(two.key, signer_public(s), KEY_LEN);
	memcpy(lost.key, signer_public(s), KEY_LEN);
	memset(two.former, 0x42, SIG_LEN);
	assert_true(opens(&one, 1, "{", "{"));
	assert_true(opens(&two, 2, "{", "{"));
	assert_true(opens(&lost, 9, "{", "{"));
	assert_false(opens(&one, 1, "{", "{ "));
	assert_false(opens(&one, 1, "place\":\"5", "place\":\"x"));
	assert_false(opens(&one, 1, "\"place\"", "\"Place\""));
	assert_false(opens(&one, 1, "}", ",\"reason\":\"renewed\"}"));
	assert_false(opens(&one, 1, "5101", "\\u00351\\u00301"));
	assert_false(opens(&two, 2, "renewed", "bored"));
	assert_false(opens(&two, 2, "\"former\":\"Qk", "\"former\":\""));
	assert_false(opens(&two, 2, ",\"former\"", ",\"former\":1,\"former\""));
	assert_false(opens(&lost, 2, "}", ",\"former\":1}"));
	assert_false(opens(&lost, 2, "}", ",\"former\":null}"));
	memset(one.key, 0, KEY_LEN); /* a point of small order */
	assert_false(opens(&one, 1, "{", "{"));
	buf_init(&b, 1024);
	assert_int_equal(epoch_open_print(&b, &one, 2), -1);
	assert_int_equal(epoch_open_print(&b, &two, 1), -1);
	assert_int_equal(epoch_open_print(&b, &one, 0), -1);
	buf_free(&b);
	signer_free(s);
}

static void
test_endorsement(void **state)
{
	static const char want[] =
	    "tallystick/epoch/v1\ndevice 0101010101010101010101010101010101010101010101010101010101010101\nepoch 3\n"
	    "key AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\nprev 0303030303030303030303030303030303030303030303030303030303030303\n";
	uint8_t device[HASH_LEN], key[KEY_LEN], prev[HASH_LEN];
	struct buf b;

	(void)state;
	memset(device, 1, sizeof(device));
	memset(key, 2, sizeof(key));
	memset(prev, 3, sizeof(prev));
	buf_init(&b, 1024);
	assert_int_equal(epoch_endorsement(&b, device, 3, key, prev), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_round), cmocka_unit_test(test_refused), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_built), cmocka_unit_test(test_mutated), cmocka_unit_test(test_follows), cmocka_unit_test(test_payload),
		cmocka_unit_test(test_personal), cmocka_unit_test(test_hash), cmocka_unit_test(test_place), cmocka_unit_test(test_clock),
		cmocka_unit_test(test_epoch_open), cmocka_unit_test(test_endorsement),
	};

	if (crypto_init(NULL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
