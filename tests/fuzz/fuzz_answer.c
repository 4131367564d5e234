/* An answer prints as it was accepted.  Signed afresh by the golden service key, so that more than the signature is judged. */
#include "evidence/sigtext.h"
#include "sync/answer.h"
#include "tests/fuzz/fuzz.h"

static void
judge(const void *p, size_t n)
{
	const struct signer *service = fuzz_signer("service");
	uint8_t log[HASH_LEN], hash[HASH_LEN];
	struct answer a;
	struct buf b;
	uint64_t len;

	(void)stored_parse(log, hash, &len, p, n, signer_public(service), NULL);
	answer_init(&a);
	if (answer_parse(&a, p, n, signer_public(service), NULL) == 0) {
		buf_init(&b, ANSWER_MAX);
		fuzz_must(answer_print(&b, &a, service) == 0);
		fuzz_same(&b, p, n);
	}
	answer_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sigtext t;
	struct buf b;

	judge(p, n);
	if (sigtext_parse(&t, p, n, NULL))
		return 0;
	buf_init(&b, n + 256);
	if (sigtext_sign(&b, DSSE_ANSWER, t.body, t.body_len, fuzz_signer("service")) == 0)
		judge(b.data, b.len);
	buf_free(&b);
	return 0;
}
