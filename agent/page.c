#include "agent/page.h"

#include <stdlib.h>
#include <string.h>

#include "agent/host/metrics.h"
#include "agent/show.h"
#include "agent/status.h"
#include "agent/words.h"
#include "base/clock.h"
#include "web/html.h"
#include "web/http.h"

#define PAGE_ROWS 50

struct page {
	struct http_server *http;
	struct agent *ag;
};

/* Texts of the page, Chinese then English. */
struct text { const char *zh, *en; };
#define T(r, t) (strcmp((r)->lang, "en") == 0 ? (t).en : (t).zh)

static const struct text title = { "村级记录", "Village records" };
static const struct text saved = { "已保存 %llu 条；县里已确认 %llu 条；等待发送 %llu 条。", "%llu saved here, %llu confirmed by the county, %llu waiting." };
static const struct text safe = { "现在可以关机：所有记录都已写入磁盘。", "It is safe to switch off now: all records are on disk." };
static const struct text unsafe = { "注意：这种存储介质断电后可能丢失数据。", "Careful: this storage may lose data when power fails." };
static const struct text revoked = { "县里已停用这台设备。继续记录仍会入日志，但须经县里审核采纳后才计入统计。",
	"The county has revoked this device. What it records is still logged, but counts only when the county accepts it." };
static const struct text alarm = { "警报：县里签署过不可能属实的内容，证据已保存。请联系审计人员。", "Alarm: the county signed what cannot be true; the evidence is kept. Call an auditor." };
static const struct text last = { "县里最近一次确认：", "Last confirmed by the county: " };
static const struct text columns[] = { { "项目", "Programme" }, { "阶段", "Stage" }, { "对象", "Subject" }, { "状态", "State" }, { "时间", "Recorded" } };

/* The newest rows, kept in a ring while the journal is walked from its beginning. */
struct rows {
	struct agent *ag;
	const struct http_request *r;
	struct words *w;
	struct buf row[PAGE_ROWS];
	uint64_t n;
};

static void
cell(struct buf *b, const char *s)
{
	(void)buf_puts(b, "<td>");
	html_text(b, s);
	(void)buf_puts(b, "</td>");
}

/* What a cadre has to do something about stands out. */
static void
state_cell(struct buf *b, const char *state, enum form_lang lang)
{
	const char *class = strcmp(state, "confirmed") == 0 || strcmp(state, "accepted") == 0 ? "ok" :
	    strcmp(state, "returned") == 0 || strcmp(state, "disputed") == 0 || strcmp(state, "set-aside") == 0 ? "bad" :
	    strcmp(state, "waiting") == 0 ? "warn" : "small";

	(void)buf_printf(b, "<td class=\"%s\">", class);
	html_text(b, words_state(state, lang));
	(void)buf_puts(b, "</td>");
}

static int
add_row(void *ctx, const struct journal_entry *x)
{
	struct rows *rows = ctx;
	struct buf *b = &rows->row[rows->n++ % PAGE_ROWS];
	enum form_lang lang = strcmp(rows->r->lang, "en") == 0 ? FORM_EN : FORM_ZH;
	char when[32];

	buf_reset(b);
	clock_datetime((int64_t)x->h.wall, when);
	(void)buf_puts(b, "<tr>");
	cell(b, words_what(rows->w, x, lang));
	cell(b, words_stage(rows->w, x, lang));
	cell(b, x->subject);
	state_cell(b, show_state(rows->ag, x), lang);
	(void)buf_printf(b, "<td class=\"small\">%s</td>", when);
	(void)buf_puts(b, "</tr>\n");
	return 0;
}

static void
put_rows(struct buf *b, struct agent *ag, const struct http_request *r)
{
	struct rows rows = { .ag = ag, .r = r, .w = words_open(ag) };
	uint64_t i, from;
	size_t k;

	for (k = 0; k < PAGE_ROWS; k++)
		buf_init(&rows.row[k], 4096);
	if (rows.w != NULL)
		(void)journal_each(ag->j, add_row, &rows);
	(void)buf_puts(b, "<table class=\"rows\"><thead><tr>");
	for (k = 0; k < sizeof(columns) / sizeof(columns[0]); k++) {
		(void)buf_puts(b, "<th>");
		html_text(b, T(r, columns[k]));
		(void)buf_puts(b, "</th>");
	}
	(void)buf_puts(b, "</tr></thead><tbody>\n");
	from = rows.n > PAGE_ROWS ? rows.n - PAGE_ROWS : 0;
	for (i = rows.n; i > from; i--)
		(void)buf_puts(b, buf_str(&rows.row[(i - 1) % PAGE_ROWS]));
	(void)buf_puts(b, "</tbody></table>\n");
	for (k = 0; k < PAGE_ROWS; k++)
		buf_free(&rows.row[k]);
	words_close(rows.w);
}

static void
home(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct page *p = ctx;
	struct status s;
	char line[256], when[32];

	agent_lock();
	if (status_take(p->ag, &s) != 0) {
		agent_unlock();
		http_error(res, 503, "the journal cannot be read");
		return;
	}
	html_begin(&res->body, r->lang, T(r, title));
	(void)buf_puts(&res->body, strcmp(r->lang, "en") == 0 ? "<p><a href=\"/?lang=zh\">中文</a></p>\n<h1>" : "<p><a href=\"/?lang=en\">English</a></p>\n<h1>");
	html_text(&res->body, T(r, title));
	(void)buf_printf(&res->body, " %s", p->ag->place);
	if (s.name[0] != '\0') {
		(void)buf_puts(&res->body, " ");
		html_text(&res->body, s.name);
	}
	(void)buf_puts(&res->body, "</h1>\n<p>");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* both texts of the table have the same three numbers */
	(void)snprintf(line, sizeof(line), T(r, saved), (unsigned long long)s.counts.entries, (unsigned long long)s.counts.confirmed, (unsigned long long)s.counts.waiting);
#pragma GCC diagnostic pop
	html_text(&res->body, line);
	if (s.counts.has_last) {
		clock_datetime((int64_t)s.counts.last_confirmed, when);
		(void)buf_printf(&res->body, "</p>\n<p>%s%s", T(r, last), when);
	}
	(void)buf_puts(&res->body, "</p>\n<p>");
	html_text(&res->body, s.storage_safe ? T(r, safe) : T(r, unsafe));
	(void)buf_puts(&res->body, "</p>\n");
	if (s.revoked) {
		(void)buf_puts(&res->body, "<p class=\"bad\">");
		html_text(&res->body, T(r, revoked));
		(void)buf_puts(&res->body, "</p>\n");
	}
	if (s.alarms > 0) {
		(void)buf_puts(&res->body, "<p class=\"bad\">");
		html_text(&res->body, T(r, alarm));
		(void)buf_puts(&res->body, "</p>\n");
	}
	put_rows(&res->body, p->ag, r);
	agent_unlock();
	html_end(&res->body);
}

/* A page on this machine can be reached from any site the browser has open: only these names are ours. */
static int
host_ok(const struct http_request *r)
{
	const char *host = http_header(r, "Host");

	return host != NULL && (strncmp(host, "127.0.0.1:", 10) == 0 || strncmp(host, "localhost:", 10) == 0 || strncmp(host, "[::1]:", 6) == 0) &&
	    strspn(strrchr(host, ':') + 1, "0123456789") == strlen(strrchr(host, ':') + 1);
}

static void
guarded_home(void *ctx, const struct http_request *r, struct http_response *res)
{
	if (!host_ok(r) || !r->loopback)
		http_error(res, 403, "this page answers only to its own address on this machine");
	else
		home(ctx, r, res);
}

static void
guarded_metrics(void *ctx, const struct http_request *r, struct http_response *res)
{
	struct page *p = ctx;
	int rc;

	if (!host_ok(r) || !r->loopback) {
		http_error(res, 403, "figures are given only on this machine");
		return;
	}
	res->type = METRICS_TYPE;
	agent_lock();
	rc = metrics_print(&res->body, p->ag, 1);
	agent_unlock();
	if (rc != 0)
		http_error(res, 503, "the journal cannot be read");
}

static const struct http_route routes[] = { { "GET", "/", 0, NULL, 0, guarded_home }, { "GET", "/metrics", 0, NULL, 0, guarded_metrics }, { NULL, NULL, 0, NULL, 0, NULL } };

struct page *
page_start(const char *listen, struct agent *ag, struct err *e)
{
	struct page *p = calloc(1, sizeof(*p));
	struct http_options o = { .listen = listen, .threads = 1, .idle_s = 30, .total_s = 60, .routes = routes, .ctx = p };

	if (p == NULL) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	p->ag = ag;
	if (strncmp(listen, "127.", 4) != 0 && strncmp(listen, "[::1]:", 6) != 0) {
		free(p);
		(void)err_set(e, "--listen %s: the local page is served on loopback only", listen);
		return NULL;
	}
	if ((p->http = http_start(&o, e)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

const char *
page_address(const struct page *p)
{
	return http_address(p->http);
}

void
page_stop(struct page *p)
{
	if (p == NULL)
		return;
	http_stop(p->http);
	free(p);
}
