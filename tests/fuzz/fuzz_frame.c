/* A frame that is decoded and encoded again decodes to the same entries; each header is strict. */
#include <string.h>

#include "crypto/hash.h"
#include "evidence/dsse.h"
#include "sync/dict_shelf.h"
#include "sync/frame.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t LOG[HASH_LEN] = { 1 };
static struct sealer *sealer;

/* A county that holds whatever it is asked for. */
static int
entry_at(void *ctx, uint32_t epoch, uint64_t seq, uint8_t hash[HASH_LEN])
{
	(void)ctx;
	memset(hash, (int)(epoch + seq), HASH_LEN);
	return 1;
}

static int
note(void *ctx, uint64_t size, const uint8_t prefix[4], uint8_t root[HASH_LEN], uint8_t hash[HASH_LEN])
{
	(void)ctx;
	memset(root, (int)size, HASH_LEN);
	memset(hash, 3, HASH_LEN);
	memcpy(hash, prefix, 4);
	return 1;
}

static int
form(void *ctx, const char *id, const char *version, uint8_t hash[HASH_LEN])
{
	(void)ctx;
	(void)version;
	memset(hash, id[0], HASH_LEN);
	return 1;
}

static int
before(void *ctx, uint32_t epoch, uint64_t seq, struct entry *h, uint8_t hash[HASH_LEN])
{
	memset(h, 0, sizeof(*h));
	h->epoch = epoch;
	h->seq = seq;
	h->wall = seq;
	h->has_log = 1;
	memcpy(h->log, LOG, HASH_LEN);
	(void)strcpy(h->place, "451224100001");
	(void)strcpy(h->actor, "device");
	(void)strcpy(h->kind, "heartbeat");
	return entry_at(ctx, epoch, seq, hash);
}

static const struct dict *
dict(void *ctx, const uint8_t name[DICT_NAME_LEN])
{
	(void)ctx;
	return shelf_find(name);
}

/* In the form ${as} they decode to the same. */
static void
again(const struct frame_entry *x, size_t n, const struct frame_form *as, const uint8_t device[HASH_LEN], const struct frame_lookup *look)
{
	const struct frame_entry *y;
	const char *code = NULL;
	struct frame *f;
	struct buf b;
	size_t m, i;

	buf_init(&b, FRAME_LENGTH_MAX + FRAME_HEAD_LEN);
	fuzz_must(frame_encode_as(&b, x, n, as, NULL, NULL) == 0);
	fuzz_must(frame_length(b.data, b.len) == (int64_t)b.len);
	f = frame_decode(b.data, b.len, device, LOG, look, sealer, &code, NULL);
	fuzz_must(f != NULL);
	y = frame_entries(f, &m);
	fuzz_must(m == n);
	for (i = 0; i < n; i++)
		fuzz_must(memcmp(x[i].hash, y[i].hash, HASH_LEN) == 0 && memcmp(x[i].sig, y[i].sig, SIG_LEN) == 0);
	frame_free(f);
	buf_free(&b);
}

static void
judge(const struct frame *f, const uint8_t device[HASH_LEN], const struct frame_lookup *look)
{
	const struct frame_entry *x;
	size_t n, i;

	x = frame_entries(f, &n);
	fuzz_must(n >= 1 && n <= FRAME_ENTRIES_MAX);
	for (i = 0; i < n; i++) {
		struct entry h;
		uint8_t hash[HASH_LEN];

		fuzz_must(entry_parse(&h, x[i].header, x[i].header_len, NULL) == 0);
		entry_hash(hash, x[i].header, x[i].header_len);
		fuzz_must(memcmp(hash, x[i].hash, HASH_LEN) == 0);
		fuzz_must(entry_payload_ok(&h, x[i].payload, x[i].payload_len, NULL) == 0);
	}
	again(x, n, &(struct frame_form){ .version = 1, .log = LOG, .give_prev = 1, .sealing = sealer_public(sealer) }, device, look);
	again(x, n, &(struct frame_form){ .version = 2, .log = LOG, .give_prev = 1, .sealing = sealer_public(sealer), .dict = shelf_default() }, device, look);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char secret_name[] = "tallystick golden sealing";
	const struct frame_lookup look = { entry_at, note, form, NULL, before, dict };
	const uint8_t *device = signer_keyhash(fuzz_signer("device"));
	const char *code = NULL;
	uint8_t secret[HASH_LEN];
	struct frame *f;
	uint32_t epoch = 0;
	uint64_t seq = 0;
	size_t k;
	int placed;

	if (!sealer) {
		sha256(secret, secret_name, sizeof(secret_name) - 1);
		sealer = sealer_new(secret);
		fuzz_must(sealer != NULL);
	}
	(void)frame_length(p, n);
	placed = frame_place(p, n, &epoch, &seq) == 0;
	f = frame_decode(p, n, device, LOG, &look, sealer, &code, NULL);
	fuzz_must(f != NULL || code != NULL);
	if (f) {
		fuzz_must(placed && frame_entries(f, &k)->h.epoch == epoch && frame_entries(f, &k)->h.seq == seq);
		judge(f, device, &look);
	}
	frame_free(f);
	return 0;
}
