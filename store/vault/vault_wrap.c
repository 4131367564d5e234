#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/file.h"
#include "crypto/box.h"
#include "crypto/pwhash.h"
#include "crypto/sign.h"
#include "store/vault.h"

/* The cabinet's secret under a PIN or a code. */

#define PASSES 3
#define MEMINFO "/proc/meminfo"
#define MEMINFO_MAX 16384

_Static_assert(sizeof(((struct vault_wrap *)0)->salt) == PWHASH_SALT_LEN && sizeof(((struct vault_wrap *)0)->nonce) == BOX_NONCE_LEN &&
    sizeof(((struct vault_wrap *)0)->nonce) + sizeof(((struct vault_wrap *)0)->box) == VAULT_KEY_LEN + BOX_OVERHEAD, "a wrap is a salt and a secret box");

/* A quarter of what is at hand, within the bounds: a wrap is opened on the board it was made on, or a better one. */
static uint32_t
memory_to_take(void)
{
	const char *line, *p;
	struct buf b;
	uint64_t kib = 0;

	buf_init(&b, MEMINFO_MAX);
	if (file_read(MEMINFO, &b, NULL) == 0 && (line = strstr(buf_str(&b), "MemAvailable:")) != NULL) {
		p = line + strlen("MemAvailable:");
		p += strspn(p, " ");
		if (dec_u64(&kib, p, strspn(p, "0123456789")) != 0)
			kib = 0;
	}
	buf_free(&b);
	kib /= 4;
	return kib < PWHASH_KIB_MIN ? PWHASH_KIB_MIN : kib > PWHASH_KIB_MAX ? PWHASH_KIB_MAX : (uint32_t)kib;
}

/* The key that the word gives with the wrap's figures; NULL when the memory is not to be had. */
static struct box_key *
key_of(const struct vault_wrap *w, const char *word, size_t n)
{
	uint8_t raw[PWHASH_KEY_LEN];
	struct box_key *k = NULL;

	if (pwhash(raw, word, n, w->salt, w->passes, w->kib) == 0)
		k = box_key_new(raw);
	wipe(raw, sizeof(raw));
	return k;
}

int
vault_wrap(struct vault_wrap *w, const uint8_t secret[VAULT_KEY_LEN], const char *word, size_t n, struct err *e)
{
	struct box_key *k = NULL;
	struct buf b;
	int rc = -1;

	memset(w, 0, sizeof(*w));
	random_bytes(w->salt, sizeof(w->salt));
	w->passes = PASSES;
	/* what looked free may be gone when it is taken: try with less before giving up */
	for (w->kib = memory_to_take(); k == NULL; w->kib /= 2) {
		k = key_of(w, word, n);
		if (k != NULL || w->kib / 2 < PWHASH_KIB_MIN)
			break;
	}
	if (k == NULL)
		return err_set(e, "not enough memory to protect a PIN (%u KiB are needed for a moment)", PWHASH_KIB_MIN);
	buf_init(&b, VAULT_KEY_LEN + BOX_OVERHEAD);
	if ((rc = box_put(k, &b, secret, VAULT_KEY_LEN)) == 0) {
		memcpy(w->nonce, b.data, BOX_NONCE_LEN);
		memcpy(w->box, b.data + BOX_NONCE_LEN, sizeof(w->box));
	} else {
		err_set(e, "out of memory");
	}
	buf_free(&b);
	box_key_free(k);
	return rc;
}

int
vault_unwrap(const struct vault_wrap *w, uint8_t secret[VAULT_KEY_LEN], const char *word, size_t n, struct err *e)
{
	uint8_t box[VAULT_KEY_LEN + BOX_OVERHEAD];
	struct box_key *k = key_of(w, word, n);
	struct buf b;
	int rc = 0;

	if (k == NULL)
		return err_set(e, "a PIN cannot be looked at now: it takes %u KiB of memory for a moment", w->kib);
	memcpy(box, w->nonce, BOX_NONCE_LEN);
	memcpy(box + BOX_NONCE_LEN, w->box, sizeof(w->box));
	buf_init(&b, VAULT_KEY_LEN);
	if (box_get(k, &b, box, sizeof(box)) == 0) {
		memcpy(secret, b.data, VAULT_KEY_LEN);
		rc = 1;
	}
	if (b.data != NULL)
		wipe(b.data, b.cap);
	buf_free(&b);
	box_key_free(k);
	return rc;
}
