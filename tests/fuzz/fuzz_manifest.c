/* A MANIFEST's text prints as it was parsed; its signature may be judged whatever it says. */
#include <string.h>

#include "evidence/manifest.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct signer *s = fuzz_signer("service");
	struct manifest m;
	struct buf b;
	size_t len;

	(void)manifest_verify(p, n, "golden.example", signer_public(s), NULL);
	if (manifest_parse(&m, p, n, NULL))
		return 0;
	for (size_t i = 0; i < m.nfiles; i++)
		fuzz_must(manifest_path_ok(m.files[i].path) && (i == 0 || strcmp(m.files[i - 1].path, m.files[i].path) < 0));
	buf_init(&b, MANIFEST_BYTES_MAX);
	fuzz_must(manifest_print(&b, &m, "golden.example", s) == 0);
	/* The same up to the signature line, which is another's or of another key. */
	for (len = b.len - 1; len > 0 && b.data[len - 1] != '\n'; len--)
		;
	fuzz_must(len < n && memcmp(b.data, p, len) == 0);
	fuzz_must(manifest_verify(b.data, b.len, "golden.example", signer_public(s), NULL) == 0);
	buf_free(&b);
	manifest_free(&m);
	return 0;
}
