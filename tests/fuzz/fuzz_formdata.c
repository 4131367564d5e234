/* Fields of a posted form keep to their limits and are clean text, and a body made of them again has the same fields. */
#include <string.h>

#include "base/enc.h"
#include "tests/fuzz/fuzz.h"
#include "web/formdata.h"

static void
encode(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		(void)buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

static void
judge(const struct formdata *fd)
{
	struct formdata again;
	struct buf b;
	size_t i;

	buf_init(&b, 16U << 20);
	for (i = 0; i < fd->n; i++) {
		const struct formfield *f = &fd->field[i];

		fuzz_must(!f->is_file && f->len == strlen(f->value) && f->len <= FORMDATA_TEXT_MAX && strlen(f->name) <= FORMDATA_NAME_MAX);
		fuzz_must(utf8_ok(f->name, strlen(f->name)) && utf8_ok(f->value, f->len) && strchr(f->value, '\r') == NULL);
		encode(&b, f->name);
		(void)buf_puts(&b, "=");
		encode(&b, f->value);
		(void)buf_puts(&b, "&");
	}
	formdata_init(&again);
	fuzz_must(buf_ok(&b) && formdata_urlencoded(&again, b.data, b.len, NULL) == 0 && again.n == fd->n);
	for (i = 0; i < fd->n; i++)
		fuzz_must(strcmp(fd->field[i].name, again.field[i].name) == 0 && strcmp(fd->field[i].value, again.field[i].value) == 0);
	formdata_free(&again);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct formdata fd;

	formdata_init(&fd);
	if (formdata_urlencoded(&fd, p, n, NULL) == 0)
		judge(&fd);
	formdata_free(&fd);
	return 0;
}
