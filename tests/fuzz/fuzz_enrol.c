/* An enrolment request prints as it was parsed, and only an unaltered one proves the secret; the first line is also read as a token. */
#include <stdio.h>
#include <string.h>

#include "evidence/enrol.h"
#include "evidence/sigtext.h"
#include "tests/fuzz/fuzz.h"

static void
judge_token(const uint8_t *p, size_t n)
{
	char text[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
	struct token t, back;

	(void)snprintf(text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : sizeof(text) - 1), (const char *)p);
	if (token_parse(&t, text, NULL))
		return;
	token_print(again, &t);
	fuzz_must(token_parse(&back, again, NULL) == 0 && memcmp(&back, &t, sizeof(t)) == 0);
}

static void
judge(const uint8_t *p, size_t n)
{
	static const uint8_t secret[TOKEN_SECRET_LEN] = { 1 };
	const struct signer *device = fuzz_signer("device");
	struct enrol_request r;
	struct buf b;

	fuzz_must(!enrol_request_proves(p, n, secret));
	if (enrol_request_parse(&r, p, n, NULL))
		return;
	buf_init(&b, ENROL_MAX);
	if (memcmp(r.st.key, signer_public(device), KEY_LEN) == 0) {
		fuzz_must(enrol_request_make(&b, &r, secret, device) == 0);
		fuzz_must(b.len == n && enrol_request_proves(b.data, b.len, secret));
		fuzz_must(memcmp(b.data, p, n - 3 * 70) == 0);
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sigtext t;
	struct buf b;

	judge_token(p, n);
	judge(p, n);
	if (sigtext_parse(&t, p, n, NULL))
		return 0;
	buf_init(&b, n + 256);
	if (sigtext_sign(&b, DSSE_ENROL, t.body, t.body_len, fuzz_signer("device")) == 0 && buf_put(&b, t.rest, t.rest_len) == 0)
		judge(b.data, b.len);
	buf_free(&b);
	return 0;
}
