#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cut ${s} (which vsnprintf may have cut within a character) back to whole UTF-8 characters. */
static void
cut_whole(char *s, size_t len)
{
	size_t start = len;
	unsigned char lead;
	size_t want;

	while (start > 0 && len - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	lead = (unsigned char)s[start - 1];
	want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (want > 1 && len - (start - 1) < want)
		s[start - 1] = '\0';
}

/* Formats beside ${out} first, so that an argument may point into it. */
__attribute__((format(printf, 3, 0))) static void
format(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	if (n < 0)
		out[0] = '\0';
	else if ((size_t)n >= size)
		cut_whole(out, size - 1);
}

int
err_set(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	format(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int
err_add(struct err *e, const char *fmt, ...)
{
	char front[sizeof(e->text)];
	char text[2 * sizeof(e->text)];
	va_list ap;
	int n;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	format(front, sizeof(front), fmt, ap);
	va_end(ap);
	n = snprintf(text, sizeof(text), "%s: %s", front, e->text);
	memcpy(e->text, text, sizeof(e->text));
	e->text[sizeof(e->text) - 1] = '\0';
	if (n >= (int)sizeof(e->text))
		cut_whole(e->text, sizeof(e->text) - 1);
	return -1;
}
