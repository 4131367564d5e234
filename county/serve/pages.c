#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "county/serve/pages.h"
#include "county/serve/serve.h"
#include "county/upward/upward_print.h"
#include "web/html.h"

/* What a browser shows: nothing personal, so that it may hang on the office's wall. */

const char *
page_word(const char *lang, const char *zh, const char *en)
{
	return strcmp(lang, "en") == 0 ? en : zh;
}

void
page_top(struct buf *b, const struct serve *s, const char *lang, const char *here, const char *title)
{
	html_begin(b, lang, title);
	(void)buf_puts(b, "<nav>");
	(void)buf_printf(b, "<a href=\"/?lang=%s\">%s</a>", lang, page_word(lang, "概况", "Overview"));
	(void)buf_printf(b, "<a href=\"/report?lang=%s\">%s</a>", lang, page_word(lang, "进度", "Progress"));
	(void)buf_printf(b, "<a href=\"%s?lang=%s\">%s</a></nav>\n<h1>", here, page_word(lang, "en", "zh"), page_word(lang, "English", "中文"));
	html_text(b, s->o->c.keys.name);
	(void)buf_puts(b, " · ");
	html_text(b, title);
	(void)buf_puts(b, "</h1>\n");
}

static void
item(struct buf *b, const char *word, uint64_t n, const char *class)
{
	(void)buf_printf(b, "<dt>%s</dt><dd%s%s%s>%llu</dd>\n", word, class ? " class=\"" : "", class ? class : "", class ? "\"" : "",
	    (unsigned long long)n);
}

static void
figures(struct buf *b, const char *lang, const struct ledger_counts *c, const uint8_t root[HASH_LEN], const char *origin)
{
	(void)buf_puts(b, "<div class=\"card\"><dl>\n");
	item(b, page_word(lang, "设备", "Devices"), c->devices, NULL);
	item(b, page_word(lang, "七天没有消息", "Silent for seven days"), c->silent, c->silent ? "warn" : NULL);
	item(b, page_word(lang, "记录", "Entries"), c->entries, NULL);
	item(b, page_word(lang, "搁置待审", "Parked"), c->parked, c->parked ? "warn" : NULL);
	item(b, page_word(lang, "出现分叉的设备", "Forked devices"), c->forked, c->forked ? "bad" : NULL);
	item(b, page_word(lang, "已删除个人信息", "Personal part erased"), c->erased, NULL);
	(void)buf_printf(b, "<dt>%s</dt><dd><code>", page_word(lang, "日志", "Log"));
	html_text(b, origin);
	(void)buf_printf(b, "</code></dd>\n<dt>%s</dt><dd><a href=\"/checkpoint\">%llu</a> <code>", page_word(lang, "日志大小与根", "Log size and root"),
	    (unsigned long long)c->size);
	(void)buf_b64(b, root, HASH_LEN);
	(void)buf_puts(b, "</code></dd>\n</dl></div>\n");
}

struct rows {
	struct buf *b;
	struct ledger *l;
	const char *lang;
	uint64_t silent_before;
};

static int
device_row(void *ctx, const struct ledger_device *d)
{
	struct rows *w = ctx;
	char hex[2 * HASH_LEN + 1], name[128] = "", when[32];
	const char *state = "";

	if (ledger_place(w->l, d->place, name, sizeof(name)) < 0)
		return -1;
	enc_hex(hex, d->device, HASH_LEN);
	hex[12] = '\0';
	(void)buf_printf(w->b, "<tr><td><code>%s</code></td><td>%s ", hex, d->place);
	html_text(w->b, name);
	if (d->last_seen > 0)
		clock_datetime((int64_t)d->last_seen, when);
	else
		(void)strcpy(when, page_word(w->lang, "从未", "never"));
	if (d->revoked)
		state = page_word(w->lang, "<b class=\"bad\">已吊销</b>", "<b class=\"bad\">revoked</b>");
	else if (d->forked)
		state = page_word(w->lang, "<b class=\"bad\">分叉</b>", "<b class=\"bad\">forked</b>");
	else if (d->last_seen < w->silent_before)
		state = page_word(w->lang, "<b class=\"warn\">没有消息</b>", "<b class=\"warn\">silent</b>");
	(void)buf_printf(w->b, "</td><td class=\"num\">%llu</td><td>%s</td><td>%s</td></tr>\n", (unsigned long long)d->entries, when, state);
	return 0;
}

void
page_status(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct serve *s = ctx;
	struct desk *d = serve_desk(s);
	uint64_t now = (uint64_t)clock_wall(), size;
	struct rows w = { &res->body, d->c.l, r->lang, now > SILENT_MS ? now - SILENT_MS : 0 };
	struct ledger_counts c;
	uint8_t root[HASH_LEN];
	const char *why = NULL, *lang = r->lang;
	int rc = ledger_count(d->c.l, w.silent_before, &c) | ledger_head(d->c.l, &size, root);

	if (rc == 0) {
		c.size = size;
		page_top(&res->body, s, lang, "/", page_word(lang, "概况", "Overview"));
		if (!ledger_may_sign(d->c.l, &why)) {
			(void)buf_printf(&res->body, "<p class=\"bad\">%s: ", page_word(lang, "日志不再签名", "No new heads are signed"));
			html_text(&res->body, why);
			(void)buf_puts(&res->body, "</p>\n");
		}
		figures(&res->body, lang, &c, root, s->o->c.keys.log.name);
		(void)buf_printf(&res->body, "<h2>%s</h2>\n<div class=\"wide\"><table><thead><tr><th>%s</th><th>%s</th><th class=\"num\">%s</th><th>%s</th><th></th></tr></thead><tbody>\n",
		    page_word(lang, "设备", "Devices"), page_word(lang, "编号", "Device"), page_word(lang, "地点", "Place"),
		    page_word(lang, "记录", "Entries"), page_word(lang, "最近联系", "Last heard of"));
		rc = ledger_each_device(d->c.l, device_row, &w);
		(void)buf_puts(&res->body, "</tbody></table></div>\n");
		if (rc == 0)
			rc = lowers_html(&res->body, s->o->dir, now, lang, NULL);
		html_end(&res->body);
	}
	serve_leave(s, d);
	if (rc != 0)
		http_error(res, 503, "the ledger cannot be read");
}
