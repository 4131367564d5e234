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
#include "sync/dict_shelf.h"
#include "sync/frame.h"
#include "tests/lib/golden.h"
#include "tests/lib/mutate.h"

/* Mutations cost a signature each: all of them where memory is watched. */
#ifdef __SANITIZE_ADDRESS__
#define MUTATIONS 100000
#else
#define MUTATIONS 20000
#endif

#define BODY_MAX 512
static struct sealer *sealer, *other;
static struct signer *device, *person;
static uint8_t LOG[HASH_LEN];

/* Up to 16 entries with the bytes they point to, as an encoder gets them. */
struct set {
	struct frame_entry x[FRAME_ENTRIES_MAX];
	char payload[FRAME_ENTRIES_MAX][BODY_MAX], personal[FRAME_ENTRIES_MAX][BODY_MAX];
	uint8_t salt[FRAME_ENTRIES_MAX][ENTRY_SALT_LEN];
	struct buf header[FRAME_ENTRIES_MAX];
	size_t n;
	int signed_too;
};

static int
setup(void **state)
{
	uint8_t seed[SEED_LEN] = { 1 };

	(void)state;
	if (crypto_init(NULL) != 0)
		return -1;
	sealer = sealer_new(seed);
	device = signer_new(seed);
	seed[1] = 2; /* not byte 0, whose low bits X25519 clears */
	other = sealer_new(seed);
	person = signer_new(seed);
	memset(LOG, 7, sizeof(LOG));
	return sealer == NULL || other == NULL || device == NULL || person == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	sealer_free(sealer);
	sealer_free(other);
	signer_free(device);
	signer_free(person);
	return 0;
}

static size_t
below(uint64_t *rnd, size_t n)
{
	return (size_t)(rnd_next(rnd) % n);
}

static void
fill(uint64_t *rnd, void *p, size_t n)
{
	uint8_t *b = p;

	while (n-- > 0)
		*b++ = (uint8_t)rnd_next(rnd);
}

static void
word(uint64_t *rnd, char *out, size_t max, const char *letters)
{
	size_t n = 1 + below(rnd, max), i;

	memset(out, 0, max + 1);
	for (i = 0; i < n; i++)
		out[i] = letters[below(rnd, strlen(letters))];
}

/* A number of any width, within the format. */
static uint64_t
number(uint64_t *rnd)
{
	return rnd_next(rnd) >> (11 + below(rnd, 53));
}

static void
vary_place(uint64_t *rnd, struct entry *h)
{
	static const size_t digits[] = { 2, 4, 6, 9, 12 };
	size_t n = digits[below(rnd, 5)], i;

	memset(h->place, 0, sizeof(h->place));
	for (i = 0; i < n; i++)
		h->place[i] = (char)('0' + below(rnd, 10));
}

static void
vary_kind(uint64_t *rnd, struct entry *h)
{
	static const char *const kinds[] = { "record", "correction", "withdrawal", "heartbeat", "clock-step", "x-unknown" };
	size_t k = h->seq == 0 ? 6 : below(rnd, 6);

	memset(h->kind, 0, sizeof(h->kind));
	(void)snprintf(h->kind, sizeof(h->kind), "%s", k == 6 ? "epoch-open" : kinds[k]);
	h->has_form = k < 2 || (k == 5 && below(rnd, 2));
	h->has_supersedes = k == 1 || k == 2 || (k == 5 && below(rnd, 2));
	memset(h->form, 0, sizeof(h->form));
	memset(h->form_version, 0, sizeof(h->form_version));
	memset(h->form_hash, 0, sizeof(h->form_hash));
	memset(h->supersedes, 0, sizeof(h->supersedes));
	if (h->has_supersedes)
		fill(rnd, h->supersedes, HASH_LEN);
	if (h->has_form) {
		word(rnd, h->form, below(rnd, 2) ? 2 : ID_MAX, "abz019");
		word(rnd, h->form_version, VERSION_MAX, "a0");
		sha256(h->form_hash, h->form, strlen(h->form)); /* what lookup says is published */
	}
}

static void
vary_anchor(uint64_t *rnd, struct entry *h)
{
	h->anchor_size = below(rnd, 3) ? number(rnd) : 0;
	memset(h->anchor_root, 0, HASH_LEN);
	memset(h->anchor_note, 0, HASH_LEN);
	if (h->anchor_size > 0) {
		sha256(h->anchor_root, &h->anchor_size, sizeof(h->anchor_size)); /* what lookup says was released */
		sha256(h->anchor_note, h->anchor_root, HASH_LEN);
	}
}

static void
vary_actor(uint64_t *rnd, struct entry *h)
{
	word(rnd, h->actor, ID_MAX, "abc");
	h->has_actor_key = below(rnd, 2) != 0;
	memset(h->actor_key, 0, HASH_LEN);
	if (h->has_actor_key)
		memcpy(h->actor_key, signer_keyhash(person), HASH_LEN);
}

static void
vary_optional(uint64_t *rnd, int *has, uint8_t *p, size_t n)
{
	*has = below(rnd, 2) != 0;
	memset(p, 0, n);
	if (*has)
		fill(rnd, p, n);
}

static void
vary_atts(uint64_t *rnd, struct entry *h)
{
	size_t i;

	h->natt = below(rnd, 4) ? 0 : below(rnd, ENTRY_ATTS_MAX + 1);
	memset(h->att, 0, sizeof(h->att));
	for (i = 0; i < h->natt; i++) {
		h->att[i].len = number(rnd);
		fill(rnd, h->att[i].hash, HASH_LEN);
		word(rnd, h->att[i].mediatype, below(rnd, 2) ? 10 : MEDIATYPE_MAX, "a/9.+-");
		h->att[i].personal = (int)below(rnd, 2);
	}
}

/* Each column changes with a chance of one in ${often}. */
static void
vary(uint64_t *rnd, struct entry *h, size_t often)
{
	if (!below(rnd, often))
		vary_optional(rnd, &h->has_log, h->log, HASH_LEN);
	if (!below(rnd, often))
		vary_place(rnd, h);
	if (!below(rnd, often))
		h->clock = (enum entry_clock)below(rnd, CLOCK_COUNT);
	if (!below(rnd, often))
		fill(rnd, h->boot, sizeof(h->boot));
	if (!below(rnd, often))
		vary_anchor(rnd, h);
	if (!below(rnd, often))
		vary_actor(rnd, h);
	if (!below(rnd, often) || (h->seq == 0) != (strcmp(h->kind, "epoch-open") == 0))
		vary_kind(rnd, h);
	if (!below(rnd, often))
		vary_optional(rnd, &h->has_event, h->event, sizeof(h->event));
	h->wall = below(rnd, 2) ? number(rnd) : h->wall > 1000 ? h->wall - below(rnd, 1000) : 5;
	h->mono = below(rnd, 2) ? number(rnd) : h->mono / 2;
	vary_atts(rnd, h);
}

static void
make_bodies(uint64_t *rnd, struct set *s, size_t i)
{
	struct frame_entry *x = &s->x[i];
	size_t n = below(rnd, BODY_MAX - 64);

	(void)snprintf(s->payload[i], BODY_MAX, below(rnd, 4) ? "{\"n\":%u,\"t\":\"%0*u\"}" : "{}", (unsigned)rnd_next(rnd), (int)n, 7U);
	x->payload = (const uint8_t *)s->payload[i];
	x->payload_len = x->h.payload_len = strlen(s->payload[i]);
	sha256(x->h.payload_hash, x->payload, x->payload_len);
	x->h.personal_len = 0;
	memset(x->h.personal_hash, 0, HASH_LEN);
	if (below(rnd, 2))
		return;
	(void)snprintf(s->personal[i], BODY_MAX, "{\"name\":\"%0*u\"}", (int)n, (unsigned)rnd_next(rnd));
	fill(rnd, s->salt[i], ENTRY_SALT_LEN);
	x->personal = (const uint8_t *)s->personal[i];
	x->personal_len = x->h.personal_len = strlen(s->personal[i]);
	x->salt = s->salt[i];
	entry_personal_hash(x->h.personal_hash, x->salt, x->personal, x->personal_len);
}

static void
finish(uint64_t *rnd, struct set *s, size_t i)
{
	struct frame_entry *x = &s->x[i];
	struct err e = { "" };

	if (entry_check(&x->h, &e) != 0)
		fail_msg("the test's own entry: %s", e.text);
	buf_init(&s->header[i], ENTRY_HEADER_MAX);
	assert_int_equal(entry_print(&s->header[i], &x->h), 0);
	entry_hash(x->hash, s->header[i].data, s->header[i].len);
	if (!s->signed_too) {
		fill(rnd, x->sig, SIG_LEN);
		fill(rnd, x->person, SIG_LEN);
		return;
	}
	assert_int_equal(dsse_sign(x->sig, device, DSSE_ENTRY, s->header[i].data, s->header[i].len), 0);
	assert_int_equal(dsse_sign(x->person, person, DSSE_ENTRY, s->header[i].data, s->header[i].len), 0);
}

static void
make(uint64_t *rnd, struct set *s, size_t n, int signed_too)
{
	struct entry h;
	size_t i, often = 1 + below(rnd, 6);

	memset(s, 0, sizeof(*s));
	memset(&h, 0, sizeof(h));
	s->n = n;
	s->signed_too = signed_too;
	memcpy(h.device, signer_keyhash(device), HASH_LEN);
	h.epoch = below(rnd, 2) ? 1 : (uint32_t)(1 + number(rnd) % UINT32_MAX);
	h.seq = below(rnd, 4) ? number(rnd) / 2 : 0;
	h.has_prev = h.epoch > 1 || h.seq > 0;
	if (h.has_prev)
		memset(h.prev, 9, HASH_LEN);
	h.has_log = 1;
	memcpy(h.log, LOG, HASH_LEN);
	vary_place(rnd, &h);
	vary_kind(rnd, &h);
	(void)strcpy(h.actor, "device");
	for (i = 0; i < n; i++, h.seq++) {
		vary(rnd, &h, often);
		s->x[i].h = h;
		s->x[i].form_published = (int)below(rnd, 2);
		make_bodies(rnd, s, i);
		finish(rnd, s, i);
		h.has_prev = 1;
		memcpy(h.prev, s->x[i].hash, HASH_LEN);
	}
}

static void
set_free(struct set *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		buf_free(&s->header[i]);
}

/* A county that holds what sets are made of, and counts what it was asked for. */
struct asked { unsigned entries, notes, forms; int absent; };

static int
entry_at(void *ctx, uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN])
{
	struct asked *a = ctx;

	(void)epoch;
	(void)seq;
	a->entries++;
	memset(hash, 9, HASH_LEN);
	return !a->absent;
}

static int
note(void *ctx, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN])
{
	struct asked *a = ctx;

	a->notes++;
	sha256(root, &size, sizeof(size));
	sha256(hash, root, HASH_LEN);
	return !a->absent && memcmp(hash, prefix, 4) == 0;
}

static int
form(void *ctx, const char *id, const char *version, uint8_t hash[HASH_LEN])
{
	struct asked *a = ctx;

	(void)version;
	a->forms++;
	sha256(hash, id, strlen(id));
	return !a->absent;
}

/* The entry before a set, for frames of version 2. */
static struct entry held;

static int
before(void *ctx, uint32_t epoch, uint64_t seq, struct entry *h, uint8_t hash[HASH_LEN])
{
	*h = held;
	return entry_at(ctx, epoch, seq, hash);
}

static const struct dict *
known_dict(void *ctx, const uint8_t name[DICT_NAME_LEN])
{
	return ((struct asked *)ctx)->absent ? NULL : shelf_find(name);
}

static struct frame *
decode(const struct buf *b, struct asked *a, const char **code, struct err *e)
{
	const struct frame_lookup look = { entry_at, note, form, a, before, known_dict };

	return frame_decode(b->data, b->len, signer_keyhash(device), LOG, &look, sealer, code, e);
}

static void
same(const struct frame_entry *x, const struct set *s, size_t i)
{
	const struct frame_entry *y = &s->x[i];

	assert_int_equal(x->header_len, s->header[i].len);
	assert_memory_equal(x->header, s->header[i].data, x->header_len);
	assert_memory_equal(x->hash, y->hash, HASH_LEN);
	assert_memory_equal(x->sig, y->sig, SIG_LEN);
	if (y->h.has_actor_key)
		assert_memory_equal(x->person, y->person, SIG_LEN);
	assert_int_equal(x->payload_len, y->payload_len);
	assert_memory_equal(x->payload, y->payload, y->payload_len);
	assert_int_equal(x->personal_len, y->personal_len);
	if (y->personal_len > 0) {
		assert_memory_equal(x->salt, y->salt, ENTRY_SALT_LEN);
		assert_memory_equal(x->personal, y->personal, y->personal_len);
	}
}

/* What frame_encode() or frame_encode_as() made decodes to the set. */
static void
comes_back(const struct set *s, const struct buf *b, const size_t sizes[3], struct asked *a)
{
	const struct frame_entry *x;
	const char *code = NULL;
	struct err e = { "" };
	struct frame *f;
	size_t n, i, parts[4];
	uint32_t epoch;
	uint64_t seq;

	assert_int_equal(sizes[0] + sizes[1] + sizes[2], b->len);
	assert_int_equal(frame_parts(b->data, b->len, parts), 0);
	assert_int_equal(parts[0] + parts[1], sizes[0]);
	assert_true(parts[2] == sizes[1] && parts[3] == sizes[2]);
	assert_int_equal(frame_length(b->data, b->len), b->len);
	assert_int_equal(frame_place(b->data, b->len, &epoch, &seq), 0);
	assert_int_equal(epoch, s->x[0].h.epoch);
	assert_int_equal(seq, s->x[0].h.seq);
	if ((f = decode(b, a, &code, &e)) == NULL)
		fail_msg("%s: %s", code, e.text);
	x = frame_entries(f, &n);
	assert_int_equal(n, s->n);
	for (i = 0; i < n; i++)
		same(&x[i], s, i);
	frame_free(f);
}

/* Encode, decode, compare.  The bytes stay in ${b}. */
static void
round_trip(const struct set *s, struct buf *b, int give_prev, uint64_t known, struct asked *a)
{
	struct err e = { "" };
	size_t sizes[3];

	buf_reset(b);
	if (frame_encode(b, s->x, s->n, LOG, give_prev, known, sealer_public(sealer), sizes, &e) != 0)
		fail_msg("%s", e.text);
	comes_back(s, b, sizes, a);
}

/* What stood before the set: much the same, or anything. */
static void
vary_held(uint64_t *rnd, const struct set *s)
{
	held = s->x[below(rnd, 2) ? 0 : s->n - 1].h;
	if (below(rnd, 2))
		vary_place(rnd, &held);
	if (below(rnd, 2))
		vary_anchor(rnd, &held);
	held.wall = below(rnd, 2) ? number(rnd) : s->x[0].h.wall - 1;
	held.mono = below(rnd, 2) ? number(rnd) : s->x[0].h.mono - 1;
}

/* The same in version 2. */
static void
compact_trip(uint64_t *rnd, const struct set *s, struct buf *b, uint64_t known, struct asked *a)
{
	struct frame_form as = { .version = 2, .log = LOG, .known = known, .sealing = sealer_public(sealer) };
	struct err e = { "" };
	size_t sizes[3];

	vary_held(rnd, s);
	as.give_prev = s->x[0].h.seq == 0 || below(rnd, 2);
	as.before = below(rnd, 3) ? &held : NULL;
	as.dict = below(rnd, 3) ? shelf_default() : NULL;
	buf_reset(b);
	if (frame_encode_as(b, s->x, s->n, &as, sizes, &e) != 0)
		fail_msg("%s", e.text);
	comes_back(s, b, sizes, a);
}

static void
test_random_batches(void **state)
{
	static struct set s;
	struct asked a = { 0, 0, 0, 0 };
	uint64_t rnd = 1;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	for (i = 0; i < 2000; i++) {
		make(&rnd, &s, 1 + (size_t)i % FRAME_ENTRIES_MAX, 0);
		/* an epoch's first entry has no entry before it in its epoch */
		round_trip(&s, &b, s.x[0].h.seq == 0 || below(&rnd, 2), below(&rnd, 3) ? number(&rnd) : 0, &a);
		compact_trip(&rnd, &s, &b, below(&rnd, 3) ? number(&rnd) : 0, &a);
		set_free(&s);
	}
	assert_true(a.entries > 100 && a.notes > 100 && a.forms > 100);
	buf_free(&b);
}

/* Whether prev, anchors and forms are looked up is the encoder's choice, and seen in who is asked. */
static void
test_references(void **state)
{
	static struct set s;
	struct asked a = { 0, 0, 0, 0 };
	const char *code = NULL;
	struct err e = { "" };
	uint64_t rnd = 2;
	struct buf b, whole;

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	buf_init(&whole, FRAME_LENGTH_MAX + 8);
	do {
		set_free(&s);
		make(&rnd, &s, 1, 0);
	} while (s.x[0].h.seq == 0 || !s.x[0].h.has_form || s.x[0].h.anchor_size == 0);
	s.x[0].form_published = 1;
	round_trip(&s, &whole, 1, 0, &a);
	assert_int_equal(a.entries + a.notes + a.forms, 0);
	round_trip(&s, &b, 0, s.x[0].h.anchor_size, &a);
	assert_int_equal(a.entries, 1);
	assert_int_equal(a.notes, 1);
	assert_int_equal(a.forms, 1);
	assert_true(b.len < whole.len);
	a.absent = 1;
	assert_null(decode(&b, &a, &code, &e)); /* neither note nor form */
	assert_string_equal(code, "bad-header");
	round_trip(&s, &b, 1, 0, &a); /* whole, it needs nobody */
	round_trip(&s, &whole, 1, 0, &a);
	s.x[0].form_published = 0;
	a = (struct asked){ 0, 0, 0, 0 };
	round_trip(&s, &b, 1, s.x[0].h.anchor_size - 1, &a);
	assert_int_equal(a.notes + a.forms, 0); /* a newer note than the county's last word to us, a form it did not publish */
	buf_reset(&b);
	assert_int_equal(frame_encode(&b, s.x, 1, LOG, 0, 0, sealer_public(sealer), NULL, &e), 0);
	a.absent = 1;
	assert_null(decode(&b, &a, &code, &e));
	assert_string_equal(code, "gap");
	set_free(&s);
	buf_free(&b);
	buf_free(&whole);
}

static void
test_wrong_keys(void **state)
{
	const struct frame_lookup look = { entry_at, note, form, &(struct asked){ 0, 0, 0, 0 }, NULL, NULL };
	static struct set s;
	const char *code = NULL;
	struct err e = { "" };
	uint64_t rnd = 3;
	uint8_t log[HASH_LEN] = { 1 };
	struct frame *f;
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	do {
		set_free(&s);
		make(&rnd, &s, 3, 1);
	} while (s.x[0].personal_len == 0 || !s.x[0].h.has_log || memcmp(s.x[0].h.log, LOG, HASH_LEN) != 0);
	assert_int_equal(frame_encode(&b, s.x, s.n, LOG, 1, 0, sealer_public(sealer), NULL, &e), 0);
	assert_null(frame_decode(b.data, b.len, signer_keyhash(device), LOG, &look, other, &code, &e));
	assert_string_equal(code, "unsealable");
	/* another log or device than meant: other headers, and no signature holds */
	f = frame_decode(b.data, b.len, signer_keyhash(device), log, &look, sealer, &code, &e);
	assert_non_null(f);
	assert_false(dsse_verify(frame_entries(f, &n)->sig, DSSE_ENTRY, frame_entries(f, &n)->header, frame_entries(f, &n)->header_len, signer_public(device)));
	frame_free(f);
	f = frame_decode(b.data, b.len, signer_keyhash(person), LOG, &look, sealer, &code, &e);
	assert_non_null(f);
	assert_false(dsse_verify(frame_entries(f, &n)->sig, DSSE_ENTRY, frame_entries(f, &n)->header, frame_entries(f, &n)->header_len, signer_public(device)));
	frame_free(f);
	set_free(&s);
	buf_free(&b);
}

/* Decode whatever it is: what verifies is what was encoded. */
static unsigned
judge(const uint8_t *p, size_t n, const struct set *s)
{
	const struct frame_lookup look = { entry_at, note, form, &(struct asked){ 0, 0, 0, 0 }, before, known_dict };
	const struct frame_entry *x;
	const char *code = NULL;
	struct err e = { "" };
	struct frame *f;
	size_t k, i, j;
	uint32_t epoch;
	uint64_t seq;
	int64_t len = frame_length(p, n);

	assert_true(len <= (int64_t)n && len <= (int64_t)FRAME_LENGTH_MAX + 8);
	(void)frame_place(p, n, &epoch, &seq);
	if ((f = frame_decode(p, n, signer_keyhash(device), LOG, &look, sealer, &code, &e)) == NULL) {
		assert_non_null(code);
		assert_true(e.text[0] != '\0');
		return 0;
	}
	x = frame_entries(f, &k);
	for (i = 0; i < k; i++) {
		if (!dsse_verify(x[i].sig, DSSE_ENTRY, x[i].header, x[i].header_len, signer_public(device)))
			continue;
		for (j = 0; j < s->n && memcmp(s->x[j].hash, x[i].hash, HASH_LEN) != 0; j++)
			continue;
		assert_true(j < s->n);
		assert_memory_equal(x[i].header, s->header[j].data, x[i].header_len);
		assert_int_equal(x[i].payload_len, s->x[j].payload_len);
		assert_memory_equal(x[i].payload, s->x[j].payload, x[i].payload_len);
		assert_int_equal(x[i].personal_len, s->x[j].personal_len);
		if (x[i].personal_len > 0)
			assert_memory_equal(x[i].personal, s->x[j].personal, x[i].personal_len);
	}
	frame_free(f);
	return 1;
}

/* Small frames, compressed and not, so that every mutation has a chance to matter. */
static void
test_damage(void **state)
{
	static struct set s;
	static uint8_t bytes[65536];
	struct buf b;
	uint64_t rnd = 4;
	unsigned decoded = 0, kind, i;
	size_t n;

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	for (kind = 0; kind < 16; kind++) {
		make(&rnd, &s, 1 + kind % 4, 1);
		buf_reset(&b);
		if (kind >= 8)
			compact_trip(&rnd, &s, &b, kind & 1 ? UINT64_MAX : 0, &(struct asked){ 0, 0, 0, 0 });
		else
			assert_int_equal(frame_encode(&b, s.x, s.n, LOG, s.x[0].h.seq == 0 || kind < 4, kind & 1 ? UINT64_MAX : 0, sealer_public(sealer), NULL, NULL), 0);
		for (n = 0; n < b.len; n++) { /* a copy of its own: reading beyond it is seen */
			uint8_t *cut = malloc(n + 1);

			assert_non_null(cut);
			memcpy(cut, b.data, n);
			assert_int_equal(judge(cut, n, &s), 0);
			assert_int_equal(frame_length(cut, n), 0);
			free(cut);
		}
		assert_int_equal(judge(b.data, b.len, &s), 1);
		for (i = 0; i < MUTATIONS / 16; i++) {
			memcpy(bytes, b.data, b.len);
			n = mutate(bytes, b.len, sizeof(bytes), &rnd);
			if (i % 2 && n >= 150 && n < 16000 && kind >= 8) {
				bytes[4] = (uint8_t)((n - 6) | 128);
				bytes[5] = (uint8_t)((n - 6) >> 7);
			} else if (i % 2 && n >= 8 && kind < 8) { /* half of them with a length that fits: they get further */
				bytes[4] = 0;
				bytes[5] = (uint8_t)((n - 8) >> 16);
				bytes[6] = (uint8_t)((n - 8) >> 8);
				bytes[7] = (uint8_t)(n - 8);
			}
			decoded += judge(bytes, n, &s);
		}
		set_free(&s);
	}
	assert_true(decoded > MUTATIONS / 20);
	buf_free(&b);
}

/* A frame of these two sections, both as they are. */
static void
wrap(struct buf *b, unsigned flags, const void *public, size_t n, size_t sigs)
{
	buf_reset(b);
	(void)buf_puts(b, "TF\001");
	(void)buf_putc(b, (uint8_t)flags);
	(void)buf_be(b, 8 + n + sigs * SIG_LEN, 4);
	(void)buf_be(b, n, 4);
	(void)buf_be(b, 0, 4);
	(void)buf_put(b, public, n);
	for (; sigs > 0; sigs--)
		for (size_t i = 0; i < SIG_LEN; i++)
			(void)buf_putc(b, 1);
	assert_true(buf_ok(b));
}

static void
refused(const struct buf *b, const char *want)
{
	struct asked a = { 0, 0, 0, 0 };
	const char *code = NULL;
	struct err e = { "" };

	assert_null(decode(b, &a, &code, &e));
	assert_string_equal(code, want);
	assert_true(e.text[0] != '\0');
}

/* ${n} equal bytes, ${blocks} of 128 KiB each, in a zstd frame whose header says ${says}: made by hand, so no honest encoder is in the way. */
static void
put_bomb(struct buf *z, uint32_t says, unsigned blocks, unsigned n)
{
	static const uint8_t magic[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0 }; /* single segment, 4 bytes of content size */
	unsigned i;

	buf_reset(z);
	(void)buf_put(z, magic, sizeof(magic));
	for (i = 0; i < 4; i++)
		(void)buf_putc(z, (uint8_t)(says >> (8 * i)));
	for (i = 0; i < blocks; i++) { /* RLE blocks: 3 bytes of header, one of content */
		uint32_t h = (i + 1 == blocks) | 1U << 1 | n << 3;

		(void)buf_putc(z, (uint8_t)h);
		(void)buf_putc(z, (uint8_t)(h >> 8));
		(void)buf_putc(z, (uint8_t)(h >> 16));
		(void)buf_putc(z, 1);
	}
}

static void
test_bombs(void **state)
{
	struct buf z, b;
	uint32_t epoch;
	uint64_t seq;

	(void)state;
	buf_init(&z, 65536);
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	put_bomb(&z, 64 << 17, 64, 1 << 17); /* 8 MiB from 265 bytes */
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "too-large");
	put_bomb(&z, 8 << 17, 8, 1 << 17); /* 1 MiB, under the cap, from 41 bytes: the ratio */
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "too-large");
	put_bomb(&z, 20, 8, 1 << 17); /* says little, holds much */
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "too-large");
	(void)frame_place(b.data, b.len, &epoch, &seq); /* bounded, whatever it says */
	put_bomb(&z, UINT32_MAX, 1, 1 << 17);
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "too-large");
	put_bomb(&z, 512, 1, 512); /* no bomb: it comes out, and is no section (but its start) */
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "bad-header");
	assert_int_equal(frame_place(b.data, b.len, &epoch, &seq), 0);
	assert_int_equal(epoch, 1);
	assert_int_equal(seq, 1);
	(void)buf_putc(&z, 0); /* something behind the compressed bytes */
	wrap(&b, 1, z.data, z.len, 1);
	refused(&b, "too-large");
	buf_free(&z);
	buf_free(&b);
}

static void
test_limits(void **state)
{
	uint8_t head[FRAME_HEAD_LEN] = "TF\001";
	static const uint8_t none[4];
	uint32_t epoch;
	uint64_t seq;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	wrap(&b, 0, none, 0, 1);
	refused(&b, "bad-header");
	assert_int_equal(frame_place(b.data, b.len, &epoch, &seq), -1);
	assert_int_equal(frame_length((const uint8_t *)"", 0), 0);
	assert_int_equal(frame_length((const uint8_t *)"TF\002", 3), 0);
	assert_int_equal(frame_length((const uint8_t *)"TF\003", 3), -1);
	assert_int_equal(frame_length((const uint8_t *)"TG", 2), -1);
	assert_int_equal(frame_length((const uint8_t *)"\n", 1), -1);
	head[5] = 0x20;
	assert_int_equal(frame_length(head, sizeof(head)), 0); /* 2 MiB to come */
	head[7] = 1;
	assert_int_equal(frame_length(head, sizeof(head)), -1);
	head[5] = 0;
	head[7] = 7;
	assert_int_equal(frame_length(head, sizeof(head)), -1); /* less than its own head */
	wrap(&b, 4, "12345678", 8, 1);
	refused(&b, "bad-header"); /* a dictionary */
	wrap(&b, 8, none, sizeof(none), 1);
	refused(&b, "bad-header"); /* an unknown flag */
	wrap(&b, 0, none, sizeof(none), 1);
	b.data[11] = 200; /* a public section longer than the frame */
	refused(&b, "bad-header");
	assert_int_equal(frame_place(b.data, b.len, &epoch, &seq), -1);
	wrap(&b, 0, none, sizeof(none), 1);
	b.data[15] = 200;
	refused(&b, "bad-header");
	buf_free(&b);
}

/* A dictionary that is not known, not the one, damaged, or blows up: each is refused by its name, and no entry is mistaken for another. */
static void
test_dictionaries(void **state)
{
	static struct set s;
	struct frame_form as = { .version = 2, .log = LOG, .give_prev = 1, .sealing = sealer_public(sealer) };
	struct asked a = { 0, 0, 0, 0 };
	const char *code = NULL;
	struct err e = { "" };
	struct dict *own = shelf_default(), *strange;
	uint64_t rnd = 11;
	struct frame *f;
	struct buf b, bytes;
	size_t n, sizes[3];
	const uint8_t *p = dict_default_bytes(&n);

	(void)state;
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	buf_init(&bytes, DICT_MAX);
	assert_int_equal(buf_put(&bytes, p, n), 0);
	memset(bytes.data + n - 2000, 'x', 2000);
	assert_non_null(strange = shelf_put(bytes.data, n, &e));
	assert_ptr_equal(shelf_put(bytes.data, n, &e), strange);
	assert_ptr_equal(shelf_find(dict_hash(strange)), strange);
	assert_null(shelf_find((const uint8_t *)"none"));
	make(&rnd, &s, 16, 1);
	as.dict = own;
	assert_int_equal(frame_encode_as(&b, s.x, s.n, &as, sizes, &e), 0);
	assert_true(b.data[3] & 4);
	assert_memory_equal(b.data + (b.data[5] & 128 ? 7 : 6), dict_hash(own), DICT_NAME_LEN);
	comes_back(&s, &b, sizes, &a);
	/* not held */
	a.absent = 1;
	assert_null(decode(&b, &a, &code, &e));
	assert_string_equal(code, "unknown-dictionary");
	a.absent = 0;
	/* another under its name: what comes out, if anything does, is no entry that its key signed */
	memcpy(b.data + (b.data[5] & 128 ? 7 : 6), dict_hash(strange), DICT_NAME_LEN);
	if ((f = decode(&b, &a, &code, &e)) != NULL)
		assert_int_not_equal(memcmp(frame_entries(f, &n)->hash, s.x[0].hash, HASH_LEN), 0);
	frame_free(f);
	/* damaged: its tables are judged before it is used */
	assert_null(dict_new(bytes.data, DICT_MIN - 1, &e));
	assert_null(dict_new("not a dictionary", 16, &e));
	memset(bytes.data + 8, 0xff, 40);
	assert_null(dict_new(bytes.data, bytes.len, &e));
	assert_non_null(strstr(e.text, "dictionary"));
	set_free(&s);
	buf_free(&b);
	buf_free(&bytes);
}

/* What is far smaller than what it opens to is not opened, with a dictionary no more than without. */
static void
test_dictionary_bombs(void **state)
{
	static uint8_t zeros[FRAME_PUBLIC_MAX];
	struct dict *d = shelf_default();
	struct buf b, out;

	(void)state;
	buf_init(&b, FRAME_PUBLIC_MAX);
	buf_init(&out, FRAME_PUBLIC_MAX);
	assert_int_equal(buf_put(&b, zeros, sizeof(zeros)), 0);
	assert_int_equal(squeeze(&b, d, 1), 0); /* the encoder makes none */
	assert_int_equal(b.len, sizeof(zeros));
	b.len = 2000;
	assert_int_equal(squeeze(&b, d, 1), 1);
	assert_int_equal(expand(&out, b.data, b.len, d, 1), 0);
	assert_int_equal(out.len, 2000);
	buf_reset(&out);
	out.max = 1999; /* more than there is room for */
	assert_int_equal(expand(&out, b.data, b.len, d, 1), -1);
	out.max = FRAME_PUBLIC_MAX;
	assert_int_equal(expand(&out, b.data, b.len - 1, d, 1), -1);
	assert_int_equal(expand(&out, b.data, 0, d, 1), -1);
	/* 2 MiB of one byte in 30: a raw RLE frame, whatever the dictionary */
	/* nor a frame that holds nothing, nor a format of before (v0.7's magic) */
	assert_int_equal(expand(&out, (const uint8_t *)"\x50\x2a\x4d\x18\x00\x00\x00\x00", 8, NULL, 0), -1);
	assert_int_equal(expand(&out, (const uint8_t *)"\x27\xb5\x2f\xfd\x20\x00\xc0\x00\x00", 9, NULL, 0), -1);
	assert_int_equal(expand(&out, (const uint8_t *)"\xa0\x00\x00\x20\x00\x02\x00\x10\x00\x02\x00\x10\x00", 13, d, 1), -1);
	assert_int_equal(out.len, 0);
	buf_free(&b);
	buf_free(&out);
}

/* The largest of everything fits; what is more is said, not cut. */
static void
test_largest(void **state)
{
	static char big[ENTRY_PAYLOAD_MAX], personal[ENTRY_PERSONAL_MAX];
	static struct set s;
	struct asked a = { 0, 0, 0, 0 };
	struct err e = { "" };
	uint64_t rnd = 6;
	struct buf b;
	size_t i, k;

	(void)state;
	make(&rnd, &s, FRAME_ENTRIES_MAX, 0);
	memcpy(big, "{\"a\":\"", 6);
	memcpy(personal, "{\"a\":\"", 6);
	for (i = 6; i < sizeof(big) - 2; i++)
		big[i] = (char)('a' + below(&rnd, 26));
	memcpy(big + sizeof(big) - 2, "\"}", 2);
	memcpy(personal + 6, big + 6, sizeof(personal) - 8);
	memcpy(personal + sizeof(personal) - 2, "\"}", 2);
	for (i = 0; i < s.n; i++) {
		struct frame_entry *x = &s.x[i];

		if (i > 0)
			memcpy(x->h.prev, s.x[i - 1].hash, HASH_LEN);
		x->payload = (const uint8_t *)big;
		x->payload_len = x->h.payload_len = sizeof(big);
		sha256(x->h.payload_hash, big, sizeof(big));
		x->personal = (const uint8_t *)personal;
		x->personal_len = x->h.personal_len = sizeof(personal);
		x->salt = s.salt[i];
		entry_personal_hash(x->h.personal_hash, x->salt, personal, sizeof(personal));
		x->h.natt = ENTRY_ATTS_MAX;
		for (k = 0; k < ENTRY_ATTS_MAX; k++)
			word(&rnd, x->h.att[k].mediatype, 8, "a/");
		buf_free(&s.header[i]);
		finish(&rnd, &s, i);
	}
	buf_init(&b, FRAME_LENGTH_MAX + 8);
	round_trip(&s, &b, 1, 0, &a);
	/* sixteen times the same 64 KiB of one letter: too good a ratio to be believed, so it goes as it is */
	memset(big + 6, 'a', sizeof(big) - 8);
	for (i = 0; i < s.n; i++) {
		if (i > 0)
			memcpy(s.x[i].h.prev, s.x[i - 1].hash, HASH_LEN);
		sha256(s.x[i].h.payload_hash, big, sizeof(big));
		buf_free(&s.header[i]);
		finish(&rnd, &s, i);
	}
	round_trip(&s, &b, 1, 0, &a);
	buf_free(&b);
	buf_init(&b, 1000);
	assert_int_equal(frame_encode(&b, s.x, s.n, LOG, 1, 0, sealer_public(sealer), NULL, &e), -1);
	buf_free(&b);
	set_free(&s);
}

/* Golden frames, made by another implementation */

struct facts { const cJSON *all; uint8_t prev[HASH_LEN]; };

static int
golden_entry_at(void *ctx, uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN])
{
	const struct facts *f = ctx;

	assert_int_equal(epoch, 1);
	assert_int_equal(seq, 0);
	memcpy(hash, f->prev, HASH_LEN);
	return 1;
}

static int
golden_note(void *ctx, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN])
{
	const cJSON *a, *list = cJSON_GetObjectItemCaseSensitive(((const struct facts *)ctx)->all, "anchors");

	cJSON_ArrayForEach(a, list) {
		const char *r = cJSON_GetStringValue(cJSON_GetArrayItem(a, 1)), *h = cJSON_GetStringValue(cJSON_GetArrayItem(a, 2));

		if ((uint64_t)cJSON_GetNumberValue(cJSON_GetArrayItem(a, 0)) == size && dec_hex(root, HASH_LEN, r, strlen(r)) == 0 &&
		    dec_hex(hash, HASH_LEN, h, strlen(h)) == 0 && memcmp(hash, prefix, 4) == 0)
			return 1;
	}
	return 0;
}

static int
golden_form(void *ctx, const char *id, const char *version, uint8_t hash[HASH_LEN])
{
	const cJSON *a, *list = cJSON_GetObjectItemCaseSensitive(((const struct facts *)ctx)->all, "forms");

	cJSON_ArrayForEach(a, list) {
		const char *h = cJSON_GetStringValue(cJSON_GetArrayItem(a, 2));

		if (strcmp(id, cJSON_GetStringValue(cJSON_GetArrayItem(a, 0))) == 0 && strcmp(version, cJSON_GetStringValue(cJSON_GetArrayItem(a, 1))) == 0)
			return dec_hex(hash, HASH_LEN, h, strlen(h)) == 0;
	}
	return 0;
}

/* The entry's file by its hash: header, signature lines, payload and personal line must all be what the frame gave. */
static void
golden_entry(const cJSON *index, const char *hash, const struct frame_entry *x)
{
	const cJSON *facts;
	struct buf b, want;
	char salt[2 * ENTRY_SALT_LEN + 1] = "";

	cJSON_ArrayForEach(facts, index) {
		const char *h = json_string(facts, "hash");

		if (strncmp(facts->string, "entry ", 6) == 0 && h != NULL && strcmp(h, hash) == 0)
			break;
	}
	assert_non_null(facts);
	golden_read(&b, facts);
	buf_init(&want, 1U << 20);
	(void)buf_put(&want, x->header, x->header_len);
	(void)buf_putc(&want, '\n');
	assert_true(b.len > want.len);
	assert_memory_equal(b.data, want.data, want.len);
	buf_reset(&want);
	(void)buf_putc(&want, '\n');
	(void)buf_put(&want, x->payload, x->payload_len);
	(void)buf_putc(&want, '\n');
	if (x->personal_len > 0) {
		enc_hex(salt, x->salt, ENTRY_SALT_LEN);
		(void)buf_printf(&want, "%s ", salt);
		(void)buf_put(&want, x->personal, x->personal_len);
	} else {
		(void)buf_putc(&want, '-');
	}
	(void)buf_putc(&want, '\n');
	assert_true(b.len > want.len);
	assert_memory_equal(b.data + b.len - want.len, want.data, want.len);
	buf_free(&want);
	buf_free(&b);
}

static void
golden_frame(const char *name, size_t count)
{
	cJSON *index = golden_index();
	struct facts f = { golden_facts(index, name), { 0 } };
	const struct frame_lookup look = { golden_entry_at, golden_note, golden_form, &f, NULL, NULL };
	const cJSON *entries = cJSON_GetObjectItemCaseSensitive(f.all, "entries");
	const struct frame_entry *x;
	struct signer *cadre = golden_signer("cadre");
	struct sealer *county;
	uint8_t dev[HASH_LEN], key[KEY_LEN], log[HASH_LEN], secret[32];
	const char *code = NULL, *hash;
	char hex[2 * HASH_LEN + 1];
	struct err e = { "" };
	struct frame *fr;
	struct buf b;
	size_t n, i;

	golden_read(&b, f.all);
	golden_hex(f.all, "device", dev, HASH_LEN);
	golden_hex(f.all, "key", key, KEY_LEN);
	golden_hex(f.all, "log", log, HASH_LEN);
	golden_hex(f.all, "prev", f.prev, HASH_LEN);
	golden_hex(f.all, "sealing_secret", secret, sizeof(secret));
	county = sealer_new(secret);
	if ((fr = frame_decode(b.data, b.len, dev, log, &look, county, &code, &e)) == NULL)
		fail_msg("%s: %s: %s", name, code, e.text);
	x = frame_entries(fr, &n);
	assert_int_equal(n, count);
	assert_int_equal(cJSON_GetArraySize(entries), (int)count);
	for (i = 0; i < n; i++) {
		hash = cJSON_GetStringValue(cJSON_GetArrayItem(entries, (int)i));
		enc_hex(hex, x[i].hash, HASH_LEN);
		assert_string_equal(hex, hash);
		assert_true(dsse_verify(x[i].sig, DSSE_ENTRY, x[i].header, x[i].header_len, key));
		if (x[i].h.has_actor_key)
			assert_true(dsse_verify(x[i].person, DSSE_ENTRY, x[i].header, x[i].header_len, signer_public(cadre)));
		golden_entry(index, hash, &x[i]);
	}
	frame_free(fr);
	sealer_free(county);
	signer_free(cadre);
	buf_free(&b);
	cJSON_Delete(index);
}

static void
test_golden(void **state)
{
	(void)state;
	golden_frame("frame one", 1);
	golden_frame("frame many", 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_batches),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_wrong_keys),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_dictionaries),
		cmocka_unit_test(test_dictionary_bombs),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests_name("frame", tests, setup, teardown);
}
