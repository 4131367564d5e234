#include "evidence/note.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "crypto/hash.h"

#define DASH "\xe2\x80\x94 " /* em dash and space: how a signature line starts */
#define DASH_LEN 4
#define B64_STEP 256 /* characters decoded at once */
#define COSIGN_LEN (8 + SIG_LEN)
#define COSIGN_HEAD_MAX 64

int
note_b64(const char *s, size_t n, uint8_t *head, size_t headmax, size_t *total)
{
	uint8_t part[B64_STEP / 4 * 3];
	size_t got, keep;

	*total = 0;
	while (n > 0) {
		size_t take = n < B64_STEP ? n : B64_STEP;

		/* Padding before the end makes a piece come out short. */
		if (dec_b64(part, sizeof(part), &got, s, take) || (take < n && got != sizeof(part)))
			return -1;
		keep = *total < headmax ? headmax - *total : 0;
		if (keep > got)
			keep = got;
		if (keep > 0)
			memcpy(head + *total, part, keep);
		*total += got;
		s += take;
		n -= take;
	}
	return 0;
}

/* Well-formed UTF-8, no control characters but LF. */
static int
chars_ok(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)p[i] < 0x20 && p[i] != '\n')
			return 0;
	return utf8_ok(p, n);
}

static int
text_ok(const char *p, size_t n)
{
	return n > 0 && n <= NOTE_MAX && p[n - 1] == '\n' && chars_ok(p, n);
}

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

/* A key name: not empty, UTF-8, no white space, no plus. */
static int
name_ok(const char *name, size_t n)
{
	const uint8_t *p = (const uint8_t *)name, *end = p + n;

	if (n == 0 || memchr(name, '+', n) || !chars_ok(name, n))
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

	if (n >= NOTE_NAME_MAX || !name_ok(name, n) || !alg_ok(alg))
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
	if (len >= sizeof(name) || !name_ok(s, len))
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

int
vkey_print(struct buf *b, const struct vkey *v)
{
	(void)buf_puts(b, v->name);
	(void)buf_putc(b, '+');
	(void)buf_hex(b, v->id, sizeof(v->id));
	(void)buf_putc(b, '+');
	/* 33 bytes: eleven groups of three, so type and key may be encoded in two pieces of 3 and 30 bytes. */
	uint8_t body[1 + KEY_LEN];
	body[0] = v->alg;
	memcpy(body + 1, v->key, KEY_LEN);
	(void)buf_b64(b, body, sizeof(body));
	return buf_ok(b) ? 0 : -1;
}

void
vkey_hash(const struct vkey *v, uint8_t out[32])
{
	char hex[2 * sizeof(v->id) + 1], b64[64];
	uint8_t body[1 + KEY_LEN];
	struct sha256_ctx c;

	body[0] = v->alg;
	memcpy(body + 1, v->key, KEY_LEN);
	enc_hex(hex, v->id, sizeof(v->id));
	enc_b64(b64, body, sizeof(body));
	sha256_init(&c);
	sha256_add(&c, v->name, strlen(v->name));
	sha256_add(&c, "+", 1);
	sha256_add(&c, hex, strlen(hex));
	sha256_add(&c, "+", 1);
	sha256_add(&c, b64, strlen(b64));
	sha256_end(&c, out);
}
