#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "crypto/hash.h"
#include "evidence/note.h"

#define VKEY_TEXT_MAX 256 /* a name below NOTE_NAME_MAX, 8 hex digits, 44 characters, two plus signs */

/* Is the code point of ${c} at ${p} (well-formed UTF-8, ends at ${end}) white space in Unicode's sense? */
static int
is_space(const uint8_t *p, const uint8_t *end)
{
	unsigned cp;

	if (p[0] < 0x80)
		return p[0] == ' ' || (p[0] >= 0x09 && p[0] <= 0x0d);
	if (end - p >= 2 && p[0] == 0xc2)
		return p[1] == 0x85 || p[1] == 0xa0;
	if (end - p < 3 || p[0] < 0xe1 || p[0] > 0xe3)
		return 0;
	cp = (unsigned)(p[0] & 0x0f) << 12 | (unsigned)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

int
vkey_name_ok(const char *name, size_t n)
{
	const uint8_t *p = (const uint8_t *)name, *end = p + n;

	if (n == 0 || memchr(name, '+', n) || !note_chars_ok(name, n))
		return 0;
	for (; p < end; p++)
		if (is_space(p, end))
			return 0;
	return 1;
}

static int
alg_ok(uint8_t alg)
{
	return alg == NOTE_ED25519 || alg == NOTE_COSIGNATURE;
}

int
vkey_make(struct vkey *v, const char *name, uint8_t alg, const uint8_t key[KEY_LEN])
{
	size_t n = strlen(name);
	uint8_t sep[2] = {'\n', alg}, h[HASH_LEN];
	struct sha256_ctx c;

	if (n >= NOTE_NAME_MAX || !vkey_name_ok(name, n) || !alg_ok(alg))
		return -1;
	sha256_init(&c);
	sha256_add(&c, name, n);
	sha256_add(&c, sep, 2);
	sha256_add(&c, key, KEY_LEN);
	sha256_end(&c, h);
	memset(v, 0, sizeof(*v));
	memcpy(v->name, name, n);
	memcpy(v->id, h, sizeof(v->id));
	v->alg = alg;
	memcpy(v->key, key, KEY_LEN);
	return 0;
}

int
vkey_parse(struct vkey *v, const char *s, size_t n, struct err *e)
{
	const char *plus = memchr(s, '+', n), *end = s + n;
	uint8_t id[4], body[1 + KEY_LEN];
	char name[NOTE_NAME_MAX];
	size_t len;

	if (!plus || end - plus < 10 || plus[9] != '+')
		return err_set(e, "verifier key: not of the form NAME+ID+KEY");
	len = (size_t)(plus - s);
	if (len >= sizeof(name) || !vkey_name_ok(s, len))
		return err_set(e, "verifier key: the name must have 1 to %d bytes of UTF-8 without white space", NOTE_NAME_MAX - 1);
	memcpy(name, s, len);
	name[len] = '\0';
	if (dec_hex(id, sizeof(id), plus + 1, 8))
		return err_set(e, "verifier key %s: the id is not 8 lower-case hex digits", name);
	if (dec_b64_exact(body, sizeof(body), plus + 10, (size_t)(end - plus) - 10))
		return err_set(e, "verifier key %s: not base64 of %d bytes", name, 1 + KEY_LEN);
	if (vkey_make(v, name, body[0], body + 1))
		return err_set(e, "verifier key %s: signature type 0x%02x is not supported", name, body[0]);
	if (memcmp(v->id, id, sizeof(id)) != 0)
		return err_set(e, "verifier key %s: the id does not match the name and the key", name);
	if (!key_ok(v->key))
		return err_set(e, "verifier key %s: the key is not a point of prime order", name);
	return 0;
}

static void
print(char out[VKEY_TEXT_MAX], const struct vkey *v)
{
	char hex[2 * sizeof(v->id) + 1], b64[64];
	uint8_t body[1 + KEY_LEN];

	body[0] = v->alg;
	memcpy(body + 1, v->key, KEY_LEN);
	enc_hex(hex, v->id, sizeof(v->id));
	enc_b64(b64, body, sizeof(body));
	(void)snprintf(out, VKEY_TEXT_MAX, "%s+%s+%s", v->name, hex, b64);
}

int
vkey_print(struct buf *b, const struct vkey *v)
{
	char text[VKEY_TEXT_MAX];

	print(text, v);
	return buf_puts(b, text);
}

void
vkey_hash(const struct vkey *v, uint8_t out[32])
{
	char text[VKEY_TEXT_MAX];

	print(text, v);
	sha256(out, text, strlen(text));
}
