#include "crypto/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/lapse.h"
#include "crypto/keyfile.h"

struct sealer {
	uint8_t secret[crypto_box_SECRETKEYBYTES];
	uint8_t public[crypto_box_PUBLICKEYBYTES];
	struct sealer *older;      /* keys that were in use before */
};

_Static_assert(SEAL_OVERHEAD == crypto_box_SEALBYTES, "a sealed box adds 48 bytes");
_Static_assert(crypto_box_SECRETKEYBYTES == KEYFILE_SECRET_LEN, "a key file holds an X25519 secret");

/* With the secret in place: its public key, and no more writing. */
static struct sealer *
finish(struct sealer *s)
{
	s->older = NULL;
	(void)crypto_scalarmult_base(s->public, s->secret);
	(void)sodium_mprotect_readonly(s);
	return s;
}

struct sealer *
sealer_new(const uint8_t *secret)
{
	struct sealer *s = lapsed(sodium_malloc(sizeof(*s)));

	if (s == NULL)
		return NULL;
	if (secret == NULL)
		randombytes_buf(s->secret, sizeof(s->secret));
	else
		memcpy(s->secret, secret, sizeof(s->secret));
	return finish(s);
}

void
sealer_free(struct sealer *s)
{
	struct sealer *next;

	for (; s != NULL; s = next) {
		next = s->older;
		sodium_free(s);
	}
}

void
sealer_older(struct sealer *s, struct sealer *older)
{
	while (s->older != NULL)
		s = s->older;
	(void)sodium_mprotect_readwrite(s);
	s->older = older;
	(void)sodium_mprotect_readonly(s);
}

int
sealer_opens(const struct sealer *s, const uint8_t key[32])
{
	for (; s != NULL; s = s->older)
		if (memcmp(s->public, key, 32) == 0)
			return 1;
	return 0;
}

const uint8_t *
sealer_public(const struct sealer *s)
{
	return s->public;
}

void
sealer_secret(const struct sealer *s, uint8_t out[32])
{
	memcpy(out, s->secret, sizeof(s->secret));
}

struct sealer *
sealer_of_signer(const struct signer *s)
{
	uint8_t secret[crypto_box_SECRETKEYBYTES];
	struct sealer *x;

	signer_x25519(s, secret);
	x = sealer_new(secret);
	sodium_memzero(secret, sizeof(secret));
	return x;
}

int
seal_key_of_signer(const uint8_t key[KEY_LEN], uint8_t out[32])
{
	return crypto_sign_ed25519_pk_to_curve25519(out, key) == 0 ? 0 : -1;
}

int
seal_for_signer(struct buf *out, const void *p, size_t n, const uint8_t key[KEY_LEN])
{
	uint8_t public[crypto_box_PUBLICKEYBYTES];

	return seal_key_of_signer(key, public) == 0 ? seal(out, p, n, public) : -1;
}

int
sealer_save(const struct sealer *s, const char *path, struct err *e)
{
	return keyfile_save(path, "x25519", s->secret, e);
}

struct sealer *
sealer_load(const char *path, struct err *e)
{
	struct sealer *s = lapsed(sodium_malloc(sizeof(*s)));

	if (s == NULL) {
		err_set(e, "%s: out of guarded memory", path);
		return NULL;
	}
	if (keyfile_load(path, "x25519", s->secret, e) == 0)
		return finish(s);
	sodium_free(s);
	return NULL;
}

int
seal(struct buf *out, const void *p, size_t n, const uint8_t key[32])
{
	uint8_t *box;
	int rc = -1;

	/* bounded by the caller's buffer before anything is allocated */
	if (!buf_ok(out) || n > out->max || out->max - n < SEAL_OVERHEAD || (box = lapsed(malloc(n + SEAL_OVERHEAD))) == NULL)
		return -1;
	if (crypto_box_seal(box, p, n, key) == 0)
		rc = buf_put(out, box, n + SEAL_OVERHEAD);
	free(box);
	return rc;
}

int
unseal(const struct sealer *s, struct buf *out, const void *p, size_t n)
{
	uint8_t *text;
	int rc = -1;

	if (!buf_ok(out) || n < SEAL_OVERHEAD || n - SEAL_OVERHEAD > out->max)
		return -1;
	n -= SEAL_OVERHEAD;
	if ((text = lapsed(malloc(n + 1))) == NULL)
		return -1;
	for (; s != NULL && rc == -1; s = s->older)
		if (crypto_box_seal_open(text, p, n + SEAL_OVERHEAD, s->public, s->secret) == 0)
			rc = buf_put(out, text, n) == 0 ? 0 : -2;
	sodium_memzero(text, n);
	free(text);
	return rc == 0 ? 0 : -1;
}
