#include "evidence/dsse.h"

#include <stdio.h>
#include <string.h>

#define HEAD_MAX 128 /* "DSSEv1 LEN type LEN " with the longest of our types and 20 digits */

static const char *const NAMES[] = {
	[DSSE_ENTRY] = "application/vnd.tallystick.entry.v1",
	[DSSE_REQUEST] = "application/vnd.tallystick.request.v1",
	[DSSE_ANSWER] = "application/vnd.tallystick.answer.v1",
	[DSSE_ENROL] = "application/vnd.tallystick.enrol.v1",
	[DSSE_RECORD] = "application/vnd.tallystick.record.v1",
	[DSSE_KEYS] = "application/vnd.tallystick.keys.v1",
	[DSSE_BUNDLE] = "application/vnd.tallystick.bundle.v1",
	[DSSE_MANIFEST] = "application/vnd.tallystick.manifest.v1",
	[DSSE_MIRROR] = "application/vnd.tallystick.mirror.v1",
};

const char *
dsse_name(enum dsse_type t)
{
	return NAMES[t];
}

int
dsse_pae_named(struct buf *b, const char *type, const void *body, size_t n)
{
	(void)buf_printf(b, "DSSEv1 %zu %s %zu ", strlen(type), type, n);
	return buf_put(b, body, n);
}

int
dsse_pae(struct buf *b, enum dsse_type t, const void *body, size_t n)
{
	return dsse_pae_named(b, dsse_name(t), body, n);
}

void
dsse_hash(uint8_t out[HASH_LEN], enum dsse_type t, const void *body, size_t n)
{
	char head[HEAD_MAX];
	const char *type = dsse_name(t);
	struct sha256_ctx c;
	int len = snprintf(head, sizeof(head), "DSSEv1 %zu %s %zu ", strlen(type), type, n);

	sha256_init(&c);
	sha256_add(&c, head, (size_t)len);
	sha256_add(&c, body, n);
	sha256_end(&c, out);
}

int
dsse_sign(uint8_t sig[SIG_LEN], const struct signer *s, enum dsse_type t, const void *body, size_t n)
{
	struct buf b;
	int rc = -1;

	if (n > SIZE_MAX - HEAD_MAX - 1)
		return -1;
	buf_init(&b, n + HEAD_MAX);
	if (dsse_pae(&b, t, body, n) == 0) {
		signer_sign(s, sig, b.data, b.len);
		rc = 0;
	}
	buf_free(&b);
	return rc;
}

int
dsse_verify(const uint8_t sig[SIG_LEN], enum dsse_type t, const void *body, size_t n, const uint8_t key[KEY_LEN])
{
	struct buf b;
	int ok;

	if (n > SIZE_MAX - HEAD_MAX - 1)
		return 0;
	buf_init(&b, n + HEAD_MAX);
	ok = dsse_pae(&b, t, body, n) == 0 && verify(sig, b.data, b.len, key);
	buf_free(&b);
	return ok;
}
