#include "crypto/box.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"

struct box_key {
	uint8_t secret[crypto_secretbox_KEYBYTES];
};

_Static_assert(BOX_KEY_LEN == crypto_secretbox_KEYBYTES && BOX_NONCE_LEN == crypto_secretbox_NONCEBYTES, "a secret box's key and nonce");
_Static_assert(BOX_OVERHEAD == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, "a secret box adds 40 bytes");

struct box_key *
box_key_new(const uint8_t *secret)
{
	struct box_key *k = lapsed(sodium_malloc(sizeof(*k)));

	if (k == NULL)
		return NULL;
	if (secret == NULL)
		randombytes_buf(k->secret, sizeof(k->secret));
	else
		memcpy(k->secret, secret, sizeof(k->secret));
	(void)sodium_mprotect_readonly(k);
	return k;
}

void
box_key_free(struct box_key *k)
{
	sodium_free(k);
}

const uint8_t *
box_key_secret(const struct box_key *k)
{
	return k->secret;
}

int
box_put(const struct box_key *k, struct buf *out, const void *p, size_t n)
{
	uint8_t *box;
	int rc = -1;

	/* bounded by the caller's buffer before anything is allocated */
	if (!buf_ok(out) || n > out->max || out->max - n < BOX_OVERHEAD || (box = lapsed(malloc(n + BOX_OVERHEAD))) == NULL)
		return -1;
	randombytes_buf(box, BOX_NONCE_LEN);
	if (crypto_secretbox_easy(box + BOX_NONCE_LEN, n > 0 ? p : (const uint8_t *)"", n, box, k->secret) == 0)
		rc = buf_put(out, box, n + BOX_OVERHEAD);
	free(box);
	return rc;
}

int
box_get(const struct box_key *k, struct buf *out, const void *p, size_t n)
{
	const uint8_t *box = p;
	uint8_t *text;
	int rc = -1;

	if (!buf_ok(out) || n < BOX_OVERHEAD || n - BOX_OVERHEAD > out->max || (text = lapsed(malloc(n))) == NULL)
		return -1;
	if (crypto_secretbox_open_easy(text, box + BOX_NONCE_LEN, n - BOX_NONCE_LEN, box, k->secret) == 0)
		rc = buf_put(out, text, n - BOX_OVERHEAD);
	sodium_memzero(text, n);
	free(text);
	return rc;
}
