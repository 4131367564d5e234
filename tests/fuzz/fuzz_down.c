/* What comes down beside an answer: heads anywhere in a file are within it, a squeezed text opens to what it was, whatever else is refused. */
#include <string.h>

#include "evidence/enrol.h"
#include "sync/heads.h"
#include "sync/squeezed.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MOST 98320U

struct bounds { const uint8_t *p; size_t n; unsigned found; };

static int
look(void *ctx, const void *note, size_t n)
{
	struct bounds *b = ctx;
	const uint8_t *at = note;

	fuzz_must(n > 0 && at >= b->p + 8 && n <= b->n && at + n <= b->p + b->n && ++b->found <= HEADS_MAX);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bounds b = { p, n, 0 };
	struct enrol_request r;
	struct buf packed, text;

	fuzz_must(heads_each(p, n, look, &b) == 0);
	(void)enrol_request_parse(&r, p, n, NULL);
	buf_init(&text, TEXT_MOST);
	(void)squeezed_get(&text, p, n);
	fuzz_must(text.len <= TEXT_MOST);
	buf_free(&text);
	buf_init(&packed, n + 1);
	buf_init(&text, n + 1);
	fuzz_must(squeezed_put(&packed, p, n) == 0 && squeezed_get(&text, packed.data, packed.len) == 0 && text.len == n && memcmp(text.data, p, n) == 0);
	buf_free(&packed);
	buf_free(&text);
	return 0;
}
