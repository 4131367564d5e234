/* An entry's header prints as it was parsed; its payload and personal part, when they stand behind it as in an export's forks, are judged. */
#include <string.h>

#include "evidence/entry.h"
#include "tests/fuzz/fuzz.h"

static void
judge_payload(const struct entry *h, const uint8_t *p, size_t n)
{
	struct epoch_open o;
	struct buf b;

	(void)entry_payload_ok(h, p, n, NULL);
	if (epoch_open_parse(&o, p, n, h->epoch, NULL) == 0) {
		buf_init(&b, ENTRY_PAYLOAD_MAX);
		fuzz_must(epoch_open_print(&b, &o, h->epoch) == 0);
		fuzz_same(&b, p, n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *sep = n ? memmem(p, n, "\n\n", 2) : NULL, *lf;
	size_t len = sep ? (size_t)(sep - p) + 1 : n;
	struct entry h;
	struct buf b;

	(void)fuzz_signer("device");
	if (entry_parse(&h, p, len, NULL))
		return 0;
	fuzz_must(entry_check(&h, NULL) == 0);
	buf_init(&b, ENTRY_HEADER_MAX);
	fuzz_must(entry_print(&b, &h) == 0);
	fuzz_same(&b, p, len);
	/* Signature lines, an empty line, the payload's line. */
	if (sep && (sep = memmem(sep + 2, n - len - 1, "\n\n", 2)) != NULL && (lf = memchr(sep + 2, '\n', (size_t)(p + n - sep - 2))) != NULL)
		judge_payload(&h, sep + 2, (size_t)(lf - sep) - 2);
	return 0;
}
