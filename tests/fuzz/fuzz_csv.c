/* Cells lie inside the text, one behind the other, whatever the code of the file; written anew they read back as the same rows. */
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/csv.h"
#include "base/enc.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX (1U << 20)

/* Cells written anew, every one quoted. */
static void
put_row(struct buf *out, const struct csv *c)
{
	const char *s;
	size_t i;

	for (i = 0; i < c->n; i++) {
		(void)buf_puts(out, i > 0 ? ",\"" : "\"");
		for (s = c->cell[i]; *s != '\0'; s++) {
			if (*s == '"')
				(void)buf_putc(out, '"');
			(void)buf_putc(out, (uint8_t)*s);
		}
		(void)buf_putc(out, '"');
	}
	(void)buf_putc(out, '\n');
}

/* Rows of ${text}, written anew into ${out}.  What csv_row() said last. */
static int
rows(struct buf *text, struct buf *out, size_t *n)
{
	const char *end = buf_str(text) + text->len, *behind = buf_str(text);
	struct csv c;
	size_t i;
	int rc;

	*n = 0;
	if (csv_init(&c, (char *)text->data, text->len, NULL) != 0)
		return -1;
	while ((rc = csv_row(&c, NULL)) == 1) {
		fuzz_must(c.n >= 1 && c.n <= CSV_COLS_MAX && c.row > 0);
		for (i = 0; i < c.n; i++) {
			fuzz_must(c.cell[i] >= behind && c.cell[i] + strlen(c.cell[i]) <= end);
			fuzz_must(utf8_ok(c.cell[i], strlen(c.cell[i])));
			behind = c.cell[i] + strlen(c.cell[i]);
		}
		put_row(out, &c);
		++*n;
	}
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf text, once, twice;
	size_t many, again;

	buf_init(&text, TEXT_MAX);
	buf_init(&once, 4 * TEXT_MAX);
	buf_init(&twice, 4 * TEXT_MAX);
	fuzz_must(buf_put(&text, p, n) == 0);
	(void)buf_str(&text);
	if (n > 0 && charset_utf8(&text, NULL) == 0 && text.len > 0 && rows(&text, &once, &many) == 0 && many > 0) {
		struct buf copy;

		buf_init(&copy, 4 * TEXT_MAX);
		fuzz_must(buf_put(&copy, once.data, once.len) == 0);
		(void)buf_str(&copy);
		fuzz_must(rows(&copy, &twice, &again) == 0 && again == many);
		fuzz_must(twice.len == once.len && memcmp(twice.data, once.data, once.len) == 0);
		buf_free(&copy);
	}
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
