/* A leaf is an entry's, a record's or neither; an entry's prints as it was parsed. */
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct leaf_entry l;
	struct record r;
	struct buf b;

	if (leaf_is_record(p, n)) {
		fuzz_must(leaf_entry_parse(&l, p, n) != 0);
		if (record_parse(&r, p + 1, n - 1, NULL) == 0)
			record_free(&r);
	} else if (leaf_entry_parse(&l, p, n) == 0) {
		buf_init(&b, LEAF_MAX);
		fuzz_must(leaf_entry_print(&b, &l) == 0);
		fuzz_same(&b, p, n);
	}
	return 0;
}
