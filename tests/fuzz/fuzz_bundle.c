/* A bundle's head prints as it was parsed, but for its signature; its parts are looked at whatever they are. */
#include "sync/bundle.h"
#include "tests/fuzz/fuzz.h"

static int
look(void *ctx, enum bundle_kind kind, const uint8_t *p, size_t n)
{
	(void)kind;
	*(size_t *)ctx += n > 0 ? p[0] : 0U;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sealer *key;
	static struct signer *signer;
	struct bundle_found found;
	struct bundle b, again;
	size_t used, sum = 0, end;
	struct buf out;

	if (key == NULL) {
		fuzz_must(crypto_init(NULL) == 0);
		key = sealer_new(NULL);
		signer = signer_new(NULL);
		fuzz_must(key != NULL && signer != NULL);
	}
	(void)bundle_each(p, n, key, look, &sum, &found);
	if (bundle_parse(&b, &used, p, n, NULL) != 0)
		return 0;
	fuzz_must(used <= n && used <= BUNDLE_HEAD_MAX);
	buf_init(&out, BUNDLE_HEAD_MAX);
	fuzz_must(bundle_head(&out, &b, signer) == 0 && bundle_parse(&again, &end, out.data, out.len, NULL) == 0);
	fuzz_must(again.up == b.up && again.counter == b.counter && again.parts == b.parts);
	buf_free(&out);
	return 0;
}
