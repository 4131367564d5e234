/* A request's head prints as it was parsed, under a signature of ours. */
#include <string.h>

#include "evidence/sigtext.h"
#include "sync/request.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct signer *device = fuzz_signer("device 2");
	struct request r;
	struct sigtext t;
	struct buf b;
	size_t used;

	if (request_parse(&r, &used, p, n, NULL))
		return 0;
	fuzz_must(used <= n && sigtext_parse(&t, p, used, NULL) == 0);
	(void)request_verify(p, n, signer_public(device));
	buf_init(&b, REQUEST_HEAD_MAX + 512);
	fuzz_must(request_print(&b, &r, device) == 0);
	fuzz_must(b.len == used && memcmp(b.data, p, t.body_len) == 0 && request_verify(b.data, b.len, signer_public(device)));
	buf_free(&b);
	return 0;
}
