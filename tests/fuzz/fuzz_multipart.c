/* Parts of a form lie inside the body in their order, keep to their limits, and a body made of them again has the same parts. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "web/multipart.h"

static const struct multipart_limits limits = { 16, 512, 2048 };

static void
quoted(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)buf_putc(b, '\\');
		(void)buf_putc(b, (uint8_t)*s);
	}
}

static void
print(struct buf *b, const struct multipart *m, const char *boundary)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		(void)buf_printf(b, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
		quoted(b, m->part[i].name);
		if (m->part[i].filename != NULL) {
			(void)buf_puts(b, "\"; filename=\"");
			quoted(b, m->part[i].filename);
		}
		(void)buf_printf(b, "\"\r\nContent-Type: %s\r\n\r\n", m->part[i].type);
		(void)buf_put(b, m->part[i].data, m->part[i].len);
		(void)buf_puts(b, "\r\n");
	}
	(void)buf_printf(b, "--%s--\r\n", boundary);
}

static void
judge(const struct multipart *m, const char *boundary, const uint8_t *p, size_t n)
{
	const uint8_t *from = p;
	struct multipart again;
	struct buf b;
	size_t i;

	fuzz_must(m->n <= limits.parts);
	for (i = 0; i < m->n; i++) {
		fuzz_must(m->part[i].data >= from && m->part[i].data + m->part[i].len <= p + n);
		fuzz_must(m->part[i].len <= (m->part[i].filename == NULL ? limits.field : limits.file));
		fuzz_must(strlen(m->part[i].name) <= MULTIPART_NAME_MAX);
		from = m->part[i].data + m->part[i].len;
	}
	buf_init(&b, 1U << 20);
	print(&b, m, boundary);
	fuzz_must(multipart_parse(&again, boundary, b.data, b.len, &limits, NULL) == 0 && again.n == m->n);
	for (i = 0; i < m->n; i++)
		fuzz_must(strcmp(again.part[i].name, m->part[i].name) == 0 && again.part[i].len == m->part[i].len &&
		    memcmp(again.part[i].data, m->part[i].data, m->part[i].len) == 0 && strcmp(again.part[i].type, m->part[i].type) == 0);
	multipart_free(&again);
	buf_free(&b);
}

/* The first line is the Content-Type, the rest the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *lf = memchr(p, '\n', n);
	char type[512], boundary[71];
	struct multipart m;
	size_t len;

	if (lf == NULL || (len = (size_t)(lf - p)) >= sizeof(type))
		return 0;
	memcpy(type, p, len);
	type[len] = '\0';
	if (multipart_boundary(type, boundary, NULL) != 0)
		return 0;
	n -= len + 1;
	if (multipart_parse(&m, boundary, lf + 1, n, &limits, NULL) != 0)
		return 0;
	judge(&m, boundary, lf + 1, n);
	multipart_free(&m);
	return 0;
}
