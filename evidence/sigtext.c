#include "evidence/sigtext.h"

#include <string.h>

#include "base/enc.h"

#define KEYHASH_CHARS (2 * HASH_LEN)
#define SIG_CHARS 88 /* base64 of SIG_LEN bytes */
#define LINE_CHARS (KEYHASH_CHARS + 1 + SIG_CHARS)

int
sigline_print(struct buf *b, const struct sigline *l)
{
	(void)buf_hex(b, l->keyhash, HASH_LEN);
	(void)buf_putc(b, ' ');
	(void)buf_b64(b, l->sig, SIG_LEN);
	return buf_putc(b, '\n');
}

int
sigline_parse(struct sigline *l, const char *p, size_t n)
{
	if (n != LINE_CHARS || p[KEYHASH_CHARS] != ' ' || dec_hex(l->keyhash, HASH_LEN, p, KEYHASH_CHARS) != 0)
		return -1;
	return dec_b64_exact(l->sig, SIG_LEN, p + KEYHASH_CHARS + 1, SIG_CHARS);
}

/* A body as section 2 has it: lines of UTF-8 that each end with LF, none of them empty. */
static int
body_ok(const char *p, size_t n)
{
	return n > 1 && p[0] != '\n' && p[n - 1] == '\n' && memmem(p, n, "\n\n", 2) == NULL &&
	       memchr(p, '\r', n) == NULL && memchr(p, '\0', n) == NULL && utf8_ok(p, n);
}

/* The next signature line at *${p}: 1 and moves behind it, or 0. */
static int
take_sigline(struct sigline *l, const char **p, const char *end)
{
	if ((size_t)(end - *p) < LINE_CHARS + 1 || (*p)[LINE_CHARS] != '\n' || sigline_parse(l, *p, LINE_CHARS) != 0)
		return 0;
	*p += LINE_CHARS + 1;
	return 1;
}

int
sigtext_parse(struct sigtext *t, const void *p, size_t n, struct err *e)
{
	const char *s = p, *end, *sep;
	struct sigline more;

	memset(t, 0, sizeof(*t));
	if (n == 0 || (sep = memmem(s, n, "\n\n", 2)) == NULL)
		return err_set(e, "signed text: no empty line behind the body");
	end = s + n;
	t->body = s;
	t->body_len = (size_t)(sep - s) + 1;
	if (!body_ok(t->body, t->body_len))
		return err_set(e, "signed text: the body is empty, or is not UTF-8 without CR and NUL");
	s = sep + 2;
	while (t->nsigs < SIGTEXT_SIGS_MAX && take_sigline(&t->sig[t->nsigs], &s, end))
		t->nsigs++;
	if (t->nsigs == 0)
		return err_set(e, "signed text: no signature line KEYHASH BASE64 behind the empty line");
	t->rest = s;
	t->rest_len = (size_t)(end - s);
	if (t->nsigs == SIGTEXT_SIGS_MAX && take_sigline(&more, &s, end))
		return err_set(e, "signed text: more than %d signatures", SIGTEXT_SIGS_MAX);
	return 0;
}

int
sigtext_sign(struct buf *out, enum dsse_type type, const void *body, size_t n, const struct signer *s)
{
	if (n == 0 || !body_ok(body, n))
		return -1;
	(void)buf_put(out, body, n);
	(void)buf_putc(out, '\n');
	return sigtext_cosign(out, type, body, n, s);
}

int
sigtext_cosign(struct buf *out, enum dsse_type type, const void *body, size_t n, const struct signer *s)
{
	struct sigline l;

	if (dsse_sign(l.sig, s, type, body, n) != 0)
		return -1;
	memcpy(l.keyhash, signer_keyhash(s), HASH_LEN);
	return sigline_print(out, &l);
}

int
sigtext_verify(const struct sigtext *t, size_t i, enum dsse_type type, const uint8_t key[KEY_LEN])
{
	uint8_t hash[HASH_LEN];

	if (i >= t->nsigs)
		return 0;
	sha256(hash, key, KEY_LEN);
	return memcmp(hash, t->sig[i].keyhash, HASH_LEN) == 0 &&
	       dsse_verify(t->sig[i].sig, type, t->body, t->body_len, key);
}
