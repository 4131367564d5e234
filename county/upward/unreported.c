#include <string.h>

#include "county/cmd/out.h"
#include "county/serve/pages.h"
#include "county/upward/upward_print.h"
#include "web/html.h"

/* Behind a report over counties: which of them have not reported. */

struct missing {
	const char *of, *format, *lang;
	uint64_t now;
	struct buf *b, page;
	const struct args *a;
	size_t n;
};

static void
missing_json(struct missing *k, const struct lower *x)
{
	json_begin(k->b);
	json_put_str(k->b, "origin", x->u.log.name);
	json_put_str(k->b, "name", x->name);
	if (x->place[0] != '\0')
		json_put_str(k->b, "place", x->place);
	else
		json_put_null(k->b, "place");
	json_put_bool(k->b, "not_reported", 1);
	if (x->received > 0)
		json_put_u64(k->b, "last_received", x->received);
	else
		json_put_null(k->b, "last_received");
	json_put_u64(k->b, "size", x->size);
	json_end(k->b);
}

static int
one_missing(void *ctx, struct lower *x)
{
	struct missing *k = ctx;
	char date[32];

	if (!lower_silent(x, k->now) || (k->of != NULL && strcmp(k->of, x->u.log.name) != 0))
		return 0;
	k->n++;
	if (strcmp(k->format, "json") == 0) {
		missing_json(k, x);
	} else if (strcmp(k->format, "html") == 0) {
		upward_when(x->received, page_word(k->lang, "从未", "never"), date);
		(void)buf_printf(&k->page, "<p class=\"warn\">%s %s ", page_word(k->lang, "未上报：", "Not reported:"), x->place);
		html_text(&k->page, x->name);
		(void)buf_printf(&k->page, "，%s %s</p>\n", page_word(k->lang, "最近收到", "last received"), date);
	} else {
		upward_when(x->received, "从未 never", date);
		if (strcmp(k->format, "table") == 0)
			(void)buf_printf(k->b, "%s未上报 not reported: %s %s (%s), 最近收到 last received %s\n", k->n == 1 ? "\n" : "", x->place, x->name, x->u.log.name, date);
		else
			out_say(k->a, "未上报 not reported: %s %s (%s), 最近收到 last received %s", x->place, x->name, x->u.log.name, date);
	}
	return 0;
}

int
unreported(const char *data, const char *of, const char *format, const char *lang, uint64_t now, struct buf *b, const struct args *a, struct err *e)
{
	static const char end[] = "</body>";
	struct missing k = { .of = of, .format = format, .lang = lang, .now = now, .b = b, .a = a };
	const char *at;
	struct buf tail;
	int rc;

	buf_init(&k.page, OUT_MAX);
	buf_init(&tail, 256);
	if ((rc = lower_each(data, one_missing, &k, e)) == 0 && k.page.len > 0 && (at = strstr(buf_str(b), end)) != NULL) {
		/* into the page, before it ends */
		(void)buf_puts(&tail, at);
		b->len = (size_t)(at - (const char *)b->data);
		(void)buf_put(b, k.page.data, k.page.len);
		rc = buf_put(b, buf_str(&tail), tail.len);
	}
	buf_free(&k.page);
	buf_free(&tail);
	return rc == 0 && buf_ok(b) ? 0 : -1;
}
