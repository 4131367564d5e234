#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "evidence/enrol.h"

#define HEAD "tally1."
#define ROOT_CHARS 52
#define SECRET_CHARS 26
#define TOKEN_CHARS (sizeof(HEAD) - 1 + ROOT_CHARS + 1 + SECRET_CHARS)
#define SECRET_DOMAIN "tallystick/invitation/v1" /* its NUL is the 00 of docs/format.md 9 */

void
token_print(char *out, const struct token *t)
{
	char root[ROOT_CHARS + 1], secret[SECRET_CHARS + 1];

	enc_b32(root, t->root, sizeof(t->root));
	enc_b32(secret, t->secret, sizeof(t->secret));
	(void)snprintf(out, TOKEN_TEXT_MAX, HEAD "%s.%s", root, secret);
	wipe(secret, sizeof(secret));
}

static int
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does ${s} begin with "tally1." in either case? */
static int
has_head(const char *s)
{
	for (const char *h = HEAD; *h; h++, s++)
		if (*s != *h && !(*h >= 'a' && *h <= 'z' && *s == *h - 'a' + 'A'))
			return 0;
	return 1;
}

int
token_parse(struct token *t, const char *s, struct err *e)
{
	size_t n;

	while (is_white(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_white(s[n - 1]))
		n--;
	if (n != TOKEN_CHARS || !has_head(s))
		return err_set(e, "token: not \"" HEAD "\", %d characters, a point, %d characters", ROOT_CHARS, SECRET_CHARS);
	s += sizeof(HEAD) - 1;
	if (dec_b32(t->root, sizeof(t->root), s, ROOT_CHARS) || s[ROOT_CHARS] != '.' ||
	    dec_b32(t->secret, sizeof(t->secret), s + ROOT_CHARS + 1, SECRET_CHARS))
		return err_set(e, "token: a character is wrong (only A to Z and 2 to 7)");
	return 0;
}

void
token_secret_hash(uint8_t out[HASH_LEN], const uint8_t secret[TOKEN_SECRET_LEN])
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_add(&c, SECRET_DOMAIN, sizeof(SECRET_DOMAIN));
	sha256_add(&c, secret, TOKEN_SECRET_LEN);
	sha256_end(&c, out);
}
