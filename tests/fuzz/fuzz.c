#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"

#define KEPT 8

void
fuzz_must(int ok)
{
	if (!ok)
		abort();
}

void
fuzz_same(struct buf *b, const void *p, size_t n)
{
	fuzz_must(buf_ok(b) && b->len == n && (n == 0 || memcmp(b->data, p, n) == 0));
	buf_free(b);
}

const struct signer *
fuzz_signer(const char *name)
{
	static struct {
		const char *name;
		struct signer *s;
	} kept[KEPT];
	uint8_t seed[SEED_LEN];
	char text[128];
	size_t i = 0;

	while (kept[i].name && strcmp(kept[i].name, name) != 0)
		fuzz_must(++i < KEPT);
	if (!kept[i].name) {
		fuzz_must(crypto_init(NULL) == 0);
		(void)snprintf(text, sizeof(text), "tallystick golden %s", name);
		sha256(seed, text, strlen(text));
		kept[i].s = signer_new(seed);
		fuzz_must(kept[i].s != NULL);
		kept[i].name = name;
	}
	return kept[i].s;
}
