/* Whatever unpacks packs again to the same text; a packed request or answer opens to no more than its limit. */
#include <string.h>

#include "sync/answer.h"
#include "sync/pack.h"
#include "sync/request.h"
#include "tests/fuzz/fuzz.h"

static void
round_trip(const struct buf *text)
{
	struct buf packed, back;

	buf_init(&packed, 4 * ANSWER_MAX);
	buf_init(&back, ANSWER_MAX);
	fuzz_must(pack_text(&packed, text->data, text->len) == 0);
	fuzz_must(unpack_text(&back, packed.data, packed.len) == 0);
	fuzz_must(back.len == text->len && (text->len == 0 || memcmp(back.data, text->data, text->len) == 0));
	buf_free(&packed);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char head[] = "tallystick/request/v1\n"
	    "log 0000000000000000000000000000000000000000000000000000000000000000\ndevice 0000000000000000000000000000000000000000000000000000000000000000\n"
	    "epoch 1\ncounter 1\nnonce 00000000000000000000000000000000\nsize 0\nhints 0\nrecords 0\n\n"
	    "0000000000000000000000000000000000000000000000000000000000000000 "
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n";
	struct buf text, packed;
	struct err e = { "" };

	buf_init(&text, 1U << 20);
	buf_init(&packed, 1U << 20);
	if (unpack_text(&text, p, n) == 0)
		round_trip(&text);
	buf_reset(&text);
	if (pack_text(&packed, p, n) == 0) {
		fuzz_must(unpack_text(&text, packed.data, packed.len) == 0);
		fuzz_must(text.len == n && (n == 0 || memcmp(text.data, p, n) == 0));
	}
	buf_reset(&text);
	if (unpack_request(&text, p, n, &e) == 0)
		fuzz_must(request_head(text.data, text.len) > 0);
	buf_reset(&text);
	(void)packed_answer_fault(p, n, (const uint8_t *)head);
	if (unpack_answer(&text, p, n, head, sizeof(head) - 1, &e) == 0)
		fuzz_must(text.len <= text.max);
	buf_free(&text);
	buf_free(&packed);
	return 0;
}
