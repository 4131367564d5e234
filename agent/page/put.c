#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "agent/page/page.h"
#include "agent/words.h"
#include "base/clock.h"
#include "base/enc.h"

/* What is put in a page: texts, numbers, boxes, lists. */

#define ARGS_MAX 9

void
page_raw(struct page_call *c, const char *html)
{
	(void)buf_puts(c->b, html);
}

void
page_text(struct page_call *c, const char *s)
{
	html_text(c->b, s);
}

/* ${text} with its {N} replaced. */
static void
fill(struct buf *b, const char *text, const char *const arg[ARGS_MAX + 1])
{
	const char *p = text, *q;
	size_t i;

	for (; (q = strchr(p, '{')) != NULL; p = q) {
		(void)buf_put(b, p, (size_t)(q - p));
		if (q[1] < '1' || q[1] > '9' || q[2] != '}') {
			(void)buf_putc(b, (uint8_t)*q++);
			continue;
		}
		for (i = 0; i < (size_t)(q[1] - '1') && arg[i] != NULL; i++)
			;
		if (arg[i] != NULL)
			(void)buf_puts(b, arg[i]);
		q += 3;
	}
	(void)buf_puts(b, p);
}

static void
take_args(const char *arg[ARGS_MAX + 1], va_list ap)
{
	size_t n;

	memset(arg, 0, sizeof(*arg) * (ARGS_MAX + 1));
	for (n = 0; n < ARGS_MAX && (arg[n] = va_arg(ap, const char *)) != NULL; n++)
		;
}

void
page_say(struct page_call *c, const char *text, ...)
{
	const char *arg[ARGS_MAX + 1];
	struct buf plain;
	va_list ap;

	va_start(ap, text);
	take_args(arg, ap);
	va_end(ap);
	buf_init(&plain, 65536);
	fill(&plain, tr(c->lang, text), arg);
	html_text(c->b, buf_str(&plain));
	buf_free(&plain);
}

void
page_fill(struct buf *b, const char *lang, const char *text, ...)
{
	const char *arg[ARGS_MAX + 1];
	va_list ap;

	va_start(ap, text);
	take_args(arg, ap);
	va_end(ap);
	fill(b, tr(lang, text), arg);
}

void
page_url(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			(void)buf_putc(b, (uint8_t)*s);
		else
			(void)buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

const char *
page_number(char out[32], uint64_t n)
{
	(void)snprintf(out, 32, "%" PRIu64, n);
	return out;
}

const char *
page_bytes(char out[32], uint64_t n)
{
	if (n < 1000)
		(void)snprintf(out, 32, "%" PRIu64 " B", n);
	else if (n < 1000000)
		(void)snprintf(out, 32, "%" PRIu64 " kB", (n + 500) / 1000);
	else if (n < 1000000000)
		(void)snprintf(out, 32, "%" PRIu64 ".%" PRIu64 " MB", n / 1000000, n / 100000 % 10);
	else
		(void)snprintf(out, 32, "%" PRIu64 ".%" PRIu64 " GB", n / 1000000000, n / 100000000 % 10);
	return out;
}

const char *
page_when(char out[32], uint64_t ms)
{
	out[0] = '\0';
	if (ms > 0) {
		clock_datetime((int64_t)ms, out);
		out[16] = '\0'; /* without seconds */
	}
	return out;
}

void
page_link(struct page_call *c, const char *path, const char *text)
{
	page_raw(c, "<a href=\"");
	page_text(c, path);
	page_raw(c, "\">");
	page_text(c, text);
	page_raw(c, "</a>");
}

void
page_notice(struct page_call *c, enum page_tone tone, const char *text)
{
	static const char *const class[] = { "info", "good", "care", "wrong" };

	(void)buf_printf(c->b, "<p class=\"note %s\"%s>", class[tone], tone == PAGE_BAD ? " role=\"alert\"" : tone == PAGE_OK ? " role=\"status\"" : "");
	page_text(c, text);
	page_raw(c, "</p>\n");
}

void
page_state(struct page_call *c, const char *state)
{
	static const struct { const char *state, *class; } tones[] = {
		{ "confirmed", "ok" }, { "accepted", "ok" }, { "waiting", "warn" }, { "returned", "bad" }, { "disputed", "bad" }, { "set-aside", "bad" },
	};
	const char *class = "small";
	size_t i;

	for (i = 0; i < sizeof(tones) / sizeof(tones[0]); i++)
		if (strcmp(tones[i].state, state) == 0)
			class = tones[i].class;
	(void)buf_printf(c->b, "<span class=\"%s\">", class);
	page_text(c, words_state(state, c->form_lang));
	page_raw(c, "</span>");
}

uint64_t
page_from(const struct page_call *c)
{
	const char *s = http_query(c->req, "from");
	uint64_t v = 0;

	return s != NULL && dec_u64(&v, s, strlen(s)) == 0 && v < UINT32_MAX ? v : 0;
}

static void
put_step(struct page_call *c, const char *path, uint64_t from, const char *text)
{
	page_raw(c, "<a href=\"");
	page_text(c, path);
	(void)buf_printf(c->b, "%sfrom=%" PRIu64 "\">", strchr(path, '?') != NULL ? "&amp;" : "?", from);
	page_text(c, text);
	page_raw(c, "</a> ");
}

void
page_paging(struct page_call *c, const char *path, uint64_t from, int more)
{
	if (from == 0 && !more)
		return;
	page_raw(c, "<p class=\"pages\">");
	if (from > 0)
		put_step(c, path, from > PAGE_ROWS ? from - PAGE_ROWS : 0, tr(c->lang, "Previous rows"));
	if (more)
		put_step(c, path, from + PAGE_ROWS, tr(c->lang, "Next rows"));
	page_raw(c, "</p>\n");
}
