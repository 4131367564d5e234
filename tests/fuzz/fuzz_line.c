/* Lines and fields lie inside the text and join to it again; what decodes encodes to the same characters. */
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/line.h"
#include "evidence/value.h"
#include "tests/fuzz/fuzz.h"

static void
judge_field(struct field f)
{
	uint8_t bytes[512];
	char text[1100];
	uint64_t u;
	int64_t i;
	size_t n;

	if (field_u64(f, &u) == 0) {
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)u);
		fuzz_must(field_is(f, text));
	}
	if (field_i64(f, &i) == 0) {
		(void)snprintf(text, sizeof(text), "%lld", (long long)i);
		fuzz_must(field_is(f, text));
	}
	if (f.len / 2 <= sizeof(bytes) && dec_hex(bytes, f.len / 2, f.p, f.len) == 0) {
		enc_hex(text, bytes, f.len / 2);
		fuzz_must(field_is(f, text));
	}
	if (dec_b64(bytes, sizeof(bytes), &n, f.p, f.len) == 0) {
		enc_b64(text, bytes, n);
		fuzz_must(field_is(f, text) && (n == 0 || value_b64(f, &n)));
	}
	(void)field_id(f, 64);
	(void)field_place(f);
	(void)value_text(f);
	(void)value_date(f, 0);
	(void)value_date(f, 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct field line, f[16];
	struct cursor c;
	struct buf b;
	const char *before;
	uint64_t v;
	size_t used;

	buf_init(&b, n);
	cursor_init(&c, p, n);
	for (before = c.p; cursor_line(&c, &line) == 1; before = c.p) {
		int got = field_split(line, f, 16);

		fuzz_must(line.p == before && c.p == line.p + line.len + 1);
		for (int i = 0; i < got; i++) {
			fuzz_must(f[i].len > 0 && f[i].p >= line.p && f[i].p + f[i].len <= line.p + line.len);
			(void)buf_put(&b, f[i].p, f[i].len);
			(void)buf_putc(&b, i + 1 < got ? ' ' : '\n');
			judge_field(f[i]);
		}
		if (got < 0)
			(void)buf_put(&b, line.p, line.len + 1);
	}
	fuzz_same(&b, p, (size_t)(c.p - (const char *)p));
	used = dec_varint(&v, p, p + n);
	if (used > 0) {
		buf_init(&b, 10);
		fuzz_must(buf_varint(&b, v) == 0);
		fuzz_same(&b, p, used);
	}
	return 0;
}
