/* An enrolment answer prints as it was accepted.  Signed afresh by the golden service key, so that more than the signature is judged. */
#include <string.h>

#include "base/enc.h"
#include "crypto/hash.h"
#include "evidence/enrol.h"
#include "evidence/sigtext.h"
#include "tests/fuzz/fuzz.h"

static void
judge(const void *p, size_t n, const uint8_t nonce[16])
{
	uint8_t root[HASH_LEN];
	struct enrolled a;
	struct buf b;

	sha256(root, signer_public(fuzz_signer("root")), KEY_LEN);
	enrolled_init(&a);
	if (enrolled_parse(&a, p, n, root, nonce, NULL) == 0) {
		buf_init(&b, ENROLLED_MAX);
		fuzz_must(enrolled_print(&b, &a, fuzz_signer("service")) == 0);
		fuzz_same(&b, p, n);
	}
	enrolled_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct signer *service = fuzz_signer("service");
	const char *at;
	uint8_t nonce[16] = { 0 };
	struct sigtext t;
	struct buf b;

	judge(p, n, nonce);
	if (sigtext_parse(&t, p, n, NULL))
		return 0;
	/* Whatever nonce it names is taken for ours. */
	at = memmem(t.body, t.body_len, "\nnonce ", 7);
	if (at && (size_t)(t.body + t.body_len - at) > 7 + 32)
		(void)dec_hex(nonce, sizeof(nonce), at + 7, 32);
	buf_init(&b, n + 256);
	if (sigtext_sign(&b, DSSE_ANSWER, t.body, t.body_len, service) == 0)
		judge(b.data, b.len, nonce);
	buf_free(&b);
	return 0;
}
