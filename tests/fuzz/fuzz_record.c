/* A record holds the very bytes it was parsed from; its values are found without fail. */
#include "evidence/entry.h"
#include "evidence/leaf.h"
#include "evidence/record.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t hash[HASH_LEN];
	char text[80], version[VERSION_MAX + 1];
	struct record r;
	struct buf b, bytes;
	uint64_t v;

	if (record_parse(&r, p, n, NULL))
		return 0;
	buf_init(&b, LEAF_MAX);
	buf_init(&bytes, LEAF_MAX);
	(void)record_begin(&b, r.kind, r.log, r.at);
	for (size_t i = 0; i < r.nlines; i++) {
		const char *name = r.lines[i].name;

		(void)buf_printf(&b, "%s ", name);
		(void)buf_put(&b, r.lines[i].value.p, r.lines[i].value.len);
		(void)buf_putc(&b, '\n');
		buf_reset(&bytes);
		(void)record_hash(&r, name, hash);
		(void)record_u64(&r, name, &v);
		(void)record_text(&r, name, text, sizeof(text));
		(void)record_bytes(&r, name, &bytes);
	}
	if (r.kind == RECORD_FORM)
		fuzz_must(record_form(&r, text, version, hash) == 0);
	(void)buf_putc(&b, '\n');
	for (size_t i = 0; i < r.text.nsigs; i++)
		(void)sigline_print(&b, &r.text.sig[i]);
	record_free(&r);
	buf_free(&bytes);
	fuzz_same(&b, p, n);
	return 0;
}
