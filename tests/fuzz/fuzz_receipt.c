/* A receipt prints as it was parsed; its range proof may be judged whatever it says. */
#include <stdlib.h>

#include "evidence/receipt.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t device[HASH_LEN], root[HASH_LEN] = { 2 }, *leaves;
	struct range r;
	const char *note;
	struct buf b;
	size_t len;

	if (receipt_parse(device, &r, &note, &len, p, n, NULL))
		return 0;
	buf_init(&b, RECEIPT_MAX);
	fuzz_must(receipt_print(&b, device, &r, note, len) == 0);
	fuzz_same(&b, p, n);
	leaves = calloc(r.count, HASH_LEN);
	fuzz_must(leaves != NULL);
	(void)proof_range_ok(&r.proof, leaves, r.first, r.count, r.first + r.count + 5, root);
	(void)proof_range_ok(&r.proof, leaves, r.first, r.count, r.first + r.count, root);
	free(leaves);
	return 0;
}
