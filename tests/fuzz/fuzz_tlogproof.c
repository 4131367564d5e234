/* A tlog-proof prints as it was parsed. */
#include "evidence/note.h"
#include "evidence/tlogproof.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t leaf[HASH_LEN] = { 1 }, root[HASH_LEN] = { 2 };
	struct tlogproof t;
	struct buf b;

	if (tlogproof_parse(&t, p, n, NULL))
		return 0;
	(void)proof_inclusion_ok(&t.path, leaf, t.index, t.index + 7, root);
	buf_init(&b, n + 64);
	fuzz_must(tlogproof_print(&b, &t) == 0);
	fuzz_same(&b, p, n);
	return 0;
}
