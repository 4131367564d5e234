/* county.keys: what parses prints the same.  Signed afresh by the golden root key, so that more than the signature is judged. */
#include "evidence/keys.h"
#include "evidence/sigtext.h"
#include "tests/fuzz/fuzz.h"

static void
judge(const void *p, size_t n)
{
	struct county_keys k;
	struct buf b;

	if (keys_parse(&k, p, n, NULL))
		return;
	buf_init(&b, KEYS_MAX);
	fuzz_must(keys_print(&b, &k, fuzz_signer("root")) == 0);
	fuzz_same(&b, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct signer *root = fuzz_signer("root");
	struct sigtext t;
	struct buf b;

	judge(p, n);
	if (sigtext_parse(&t, p, n, NULL))
		return 0;
	buf_init(&b, n + 256);
	if (sigtext_sign(&b, DSSE_KEYS, t.body, t.body_len, root) == 0)
		judge(b.data, b.len);
	buf_free(&b);
	return 0;
}
