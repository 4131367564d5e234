#include "sync/bundle.h"

#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "evidence/sigtext.h"
#include "evidence/value.h"
#include "sync/heads.h"

#define MAGIC "TB01"
#define PART_HEAD 8 /* magic, length */
#define WASTE_EACH 16384 /* what a part that does not open costs beside its bytes */
#define WASTE_TIMES 8
#define WASTE_MAX (4U * BUNDLE_PART_MAX)

int
bundle_head(struct buf *out, const struct bundle *b, const struct signer *s)
{
	struct buf body;
	int rc;

	buf_init(&body, BUNDLE_HEAD_MAX);
	(void)buf_puts(&body, "tallystick/bundle/v1\nlog ");
	(void)buf_hex(&body, b->log, HASH_LEN);
	(void)buf_puts(&body, "\ndevice ");
	(void)buf_hex(&body, b->device, HASH_LEN);
	(void)buf_printf(&body, "\nway %s\ncounter %llu\nparts %llu\n", b->up ? "up" : "down", (unsigned long long)b->counter, (unsigned long long)b->parts);
	rc = buf_ok(&body) ? sigtext_sign(out, DSSE_BUNDLE, body.data, body.len, s) : -1;
	buf_free(&body);
	return rc;
}

int
bundle_part(struct buf *out, enum bundle_kind kind, const void *p, size_t n, const uint8_t key[32])
{
	const uint8_t k = (uint8_t)kind;
	struct buf plain;
	int rc = -1;

	if (n > BUNDLE_PART_MAX)
		return -1;
	buf_init(&plain, n + 1);
	if (buf_put(&plain, &k, 1) == 0 && buf_put(&plain, p, n) == 0 && buf_puts(out, MAGIC) == 0 && buf_be(out, n + 1 + SEAL_OVERHEAD, 4) == 0)
		rc = seal(out, plain.data, plain.len, key);
	buf_free(&plain);
	return rc;
}

static int
parse_body(struct bundle *b, struct cursor *c)
{
	struct field f[1];

	if (cursor_fields(c, "tallystick/bundle/v1", NULL, 0) != 0 ||
	    cursor_fields(c, "log", f, 1) != 0 || field_hex(f[0], b->log, HASH_LEN) != 0 ||
	    cursor_fields(c, "device", f, 1) != 0 || field_hex(f[0], b->device, HASH_LEN) != 0 ||
	    cursor_fields(c, "way", f, 1) != 0 || (!field_is(f[0], "up") && !field_is(f[0], "down")))
		return -1;
	b->up = field_is(f[0], "up");
	if (cursor_fields(c, "counter", f, 1) != 0 || value_int(f[0], &b->counter) != 0 ||
	    cursor_fields(c, "parts", f, 1) != 0 || value_int(f[0], &b->parts) != 0 || b->parts > BUNDLE_PARTS_MAX)
		return -1;
	return cursor_end(c) ? 0 : -1;
}

/* Where the head ends: behind the signature line that follows the first empty line.  0 if it does not within BUNDLE_HEAD_MAX. */
static size_t
head_length(const char *p, size_t n)
{
	const char *empty, *lf;

	n = n < BUNDLE_HEAD_MAX ? n : BUNDLE_HEAD_MAX;
	if ((empty = memmem(p, n, "\n\n", 2)) == NULL)
		return 0;
	lf = memchr(empty + 2, '\n', n - (size_t)(empty + 2 - p));
	return lf ? (size_t)(lf + 1 - p) : 0;
}

int
bundle_parse(struct bundle *b, size_t *used, const void *p, size_t n, struct err *e)
{
	struct sigtext t;
	struct cursor c;

	memset(b, 0, sizeof(*b));
	if ((*used = head_length(p, n)) == 0)
		return err_set(e, "bundle: no whole signed head in its first %d bytes", BUNDLE_HEAD_MAX);
	if (sigtext_parse(&t, p, *used, e) != 0)
		return err_add(e, "bundle");
	if (t.nsigs != 1 || t.rest_len != 0)
		return err_set(e, "bundle: its head carries not exactly one signature");
	cursor_init(&c, t.body, t.body_len);
	if (parse_body(b, &c) != 0)
		return err_set(e, "bundle: line %u of its head is malformed or out of place", c.lineno);
	memcpy(b->signer, t.sig[0].keyhash, HASH_LEN);
	return 0;
}

int
bundle_verify(const void *p, size_t n, const uint8_t key[KEY_LEN])
{
	struct sigtext t;
	size_t used = head_length(p, n);

	return used > 0 && sigtext_parse(&t, p, used, NULL) == 0 && t.nsigs == 1 && sigtext_verify(&t, 0, DSSE_BUNDLE, key);
}

/* The length of the part that begins at ${p}, 0 when none can. */
static size_t
part_length(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < PART_HEAD || memcmp(p, MAGIC, 4) != 0)
		return 0;
	len = (size_t)dec_be(p + 4, 4);
	return len > SEAL_OVERHEAD && len <= BUNDLE_PART_MAX + 1 + SEAL_OVERHEAD && len <= n - PART_HEAD ? PART_HEAD + len : 0;
}

int
bundle_each(const void *p, size_t n, const struct sealer *key, int (*cb)(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n), void *ctx,
    struct bundle_found *found)
{
	const uint8_t *at = p, *end = at + n, *next;
	struct buf plain;
	uint64_t wasted = 0;
	size_t len;
	int rc = 0, lost = 0;

	memset(found, 0, sizeof(*found));
	while (rc == 0 && at < end) {
		if ((len = heads_length(at, (size_t)(end - at))) > 0) {
			at += len; /* for others: heads_each() */
			continue;
		}
		len = part_length(at, (size_t)(end - at));
		/* anybody may have filled it with beginnings of parts: damage costs no more than some readings of the whole */
		if (wasted > WASTE_MAX + (uint64_t)WASTE_TIMES * n)
			len = 0;
		buf_init(&plain, len + 1);
		if (len > 0 && unseal(key, &plain, at + PART_HEAD, len - PART_HEAD) == 0 && plain.len > 0) {
			found->whole++;
			lost = 0;
			rc = cb(ctx, (enum bundle_kind)plain.data[0], plain.data + 1, plain.len - 1);
			at += len;
		} else {
			wasted += len > 0 ? len + WASTE_EACH : 0;
			/* one stretch, however long: a length that was altered must not hide the parts behind it */
			found->damaged += !lost;
			lost = 1;
			next = memmem(at + 1, (size_t)(end - at) - 1, MAGIC, 4);
			at = next == NULL ? end : next;
		}
		buf_free(&plain);
	}
	return rc;
}
