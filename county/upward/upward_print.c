#include "county/upward/upward_print.h"

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "county/cmd/out.h"
#include "county/serve/pages.h"
#include "web/html.h"

struct listing {
	struct buf *b;
	uint64_t now;
	const char *lang;
	struct table *t;
	size_t n;
};

static void
put_time(struct buf *b, const char *key, uint64_t ms)
{
	if (ms > 0)
		json_put_u64(b, key, ms);
	else
		json_put_null(b, key);
}

int
lower_json(struct buf *b, struct lower *x, uint64_t now)
{
	struct ledger_counts c;
	uint8_t root[HASH_LEN];

	if (ledger_count(x->u.l, 0, &c) != 0)
		return -1;
	sha256(root, x->u.root, KEY_LEN);
	json_begin(b);
	json_put_str(b, "origin", x->u.log.name);
	json_put_str(b, "name", x->name);
	json_put_hex(b, "log", x->u.log_id, HASH_LEN);
	json_put_hex(b, "root_key", root, HASH_LEN);
	if (x->place[0] != '\0')
		json_put_str(b, "place", x->place);
	else
		json_put_null(b, "place");
	json_put_bool(b, "personal", x->u.personal);
	json_put_u64(b, "size", x->size);
	json_put_b64(b, "root", x->root, HASH_LEN);
	put_time(b, "received", x->received);
	put_time(b, "tried", x->tried);
	json_put_bool(b, "silent", lower_silent(x, now));
	json_put_u64(b, "devices", c.devices);
	json_put_u64(b, "entries", c.entries);
	json_put_str(b, "status", upward_status_name(x->status));
	if (x->why[0] != '\0')
		json_put_str(b, "why", x->why);
	json_put_u64(b, "evidence", x->evidence);
	json_end(b);
	return 0;
}

static int
one_json(void *ctx, struct lower *x)
{
	struct listing *k = ctx;
	struct buf one;
	int rc;

	buf_init(&one, OUT_MAX);
	if ((rc = lower_json(&one, x, k->now)) == 0) {
		while (one.len > 0 && one.data[one.len - 1] == '\n')
			one.len--;
		if (k->n++ > 0)
			(void)buf_putc(k->b, ',');
		rc = buf_put(k->b, one.data, one.len);
	}
	buf_free(&one);
	return rc;
}

int
lowers_json(struct buf *b, const char *data, uint64_t now, struct err *e)
{
	struct listing k = { .b = b, .now = now };
	int rc;

	(void)buf_putc(b, '[');
	if ((rc = lower_each(data, one_json, &k, e)) != 0)
		return -1;
	return buf_putc(b, ']');
}

void
upward_when(uint64_t ms, const char *never, char out[32])
{
	if (ms > 0)
		clock_datetime((int64_t)ms, out);
	else
		(void)snprintf(out, 32, "%s", never);
}

static const char *
state(const struct lower *x, uint64_t now, const char *lang)
{
	if (x->status == UPWARD_FORK)
		return page_word(lang, "日志被改写", "LOG REWRITTEN");
	if (x->status == UPWARD_BEHIND)
		return page_word(lang, "县里恢复了旧备份", "restored from an older copy");
	if (x->status == UPWARD_REFUSED)
		return page_word(lang, "未被接受", "refused");
	return lower_silent(x, now) ? page_word(lang, "未上报", "not reported") : "";
}

static int
one_row(void *ctx, struct lower *x)
{
	struct listing *k = ctx;
	char date[32];

	table_add(k->t, x->place[0] != '\0' ? x->place : "-");
	table_add(k->t, x->name);
	table_add(k->t, x->u.log.name);
	table_add_u64(k->t, x->size);
	upward_when(x->received, "-", date);
	table_add(k->t, date);
	(void)snprintf(date, sizeof(date), "%s", state(x, k->now, "en"));
	table_add(k->t, date);
	k->n++;
	return 0;
}

int
lowers_text(struct buf *b, const char *data, uint64_t now, struct err *e)
{
	struct table t;
	struct listing k = { .b = b, .now = now, .t = &t };
	static const char *const heads[] = { "place", "name", "origin", "leaves", "received", "" };
	int rc;

	table_init(&t, 6, UINT64_C(1) << 3);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_add(&t, heads[i]);
	if ((rc = lower_each(data, one_row, &k, e)) == 0 && k.n > 0)
		rc = table_print(&t, b);
	table_free(&t);
	return rc == 0 ? 0 : -1;
}

static int
one_html(void *ctx, struct lower *x)
{
	struct listing *k = ctx;
	struct ledger_counts c;
	const char *word = state(x, k->now, k->lang);
	char date[32];

	if (ledger_count(x->u.l, 0, &c) != 0)
		return -1;
	if (k->n++ == 0)
		(void)buf_printf(k->b, "<h2>%s</h2>\n<div class=\"wide\"><table><thead><tr><th>%s</th><th>%s</th><th class=\"num\">%s</th><th class=\"num\">%s</th><th>%s</th><th></th></tr></thead><tbody>\n",
		    page_word(k->lang, "下级各县", "Counties below"), page_word(k->lang, "县", "County"), page_word(k->lang, "日志", "Log"), page_word(k->lang, "记录", "Entries"),
		    page_word(k->lang, "日志大小", "Log size"), page_word(k->lang, "最近上报", "Last received"));
	(void)buf_printf(k->b, "<tr><td>%s ", x->place);
	html_text(k->b, x->name);
	(void)buf_puts(k->b, "</td><td><code>");
	html_text(k->b, x->u.log.name);
	upward_when(x->received, page_word(k->lang, "从未", "never"), date);
	(void)buf_printf(k->b, "</code></td><td class=\"num\">%llu</td><td class=\"num\">%llu</td><td>%s</td><td>", (unsigned long long)c.entries, (unsigned long long)x->size, date);
	if (*word != '\0')
		(void)buf_printf(k->b, "<b class=\"%s\">%s</b>", x->status == UPWARD_OK ? "warn" : "bad", word);
	if (x->why[0] != '\0' && x->status != UPWARD_OK) {
		(void)buf_putc(k->b, ' ');
		html_text(k->b, x->why);
	}
	return buf_puts(k->b, "</td></tr>\n");
}

int
lowers_html(struct buf *b, const char *data, uint64_t now, const char *lang, struct err *e)
{
	struct listing k = { .b = b, .now = now, .lang = lang };
	int rc = lower_each(data, one_html, &k, e);

	if (k.n > 0)
		(void)buf_puts(b, "</tbody></table></div>\n");
	return rc == 0 ? 0 : -1;
}

void
mirrors_json(struct buf *b, const struct mirrors *m)
{
	struct buf one;

	(void)buf_putc(b, '[');
	for (size_t i = 0; i < m->n; i++) {
		const struct mirror_to *t = &m->at[i];

		buf_init(&one, OUT_MAX);
		json_begin(&one);
		json_put_str(&one, "url", t->url);
		json_put_str(&one, "origin", t->keys.log.name);
		json_put_bool(&one, "personal", t->personal);
		json_put_u64(&one, "size", t->size);
		put_time(&one, "confirmed", t->confirmed);
		if (t->why[0] != '\0')
			json_put_str(&one, "why", t->why);
		json_end(&one);
		while (one.len > 0 && one.data[one.len - 1] == '\n')
			one.len--;
		if (i > 0)
			(void)buf_putc(b, ',');
		(void)buf_put(b, one.data, one.len);
		buf_free(&one);
	}
	(void)buf_putc(b, ']');
}

void
mirrors_text(struct buf *b, const struct mirrors *m)
{
	char date[32];

	for (size_t i = 0; i < m->n; i++) {
		upward_when(m->at[i].confirmed, "never", date);
		(void)buf_printf(b, "mirror   %s (%s): %llu leaves, confirmed %s%s%s\n", m->at[i].url, m->at[i].keys.log.name, (unsigned long long)m->at[i].size, date,
		    m->at[i].why[0] != '\0' ? "; " : "", m->at[i].why);
	}
}

int
upward_status_put(struct buf *b, const struct office *o, uint64_t now, struct err *e)
{
	struct mirrors m;
	struct buf list;
	int rc = mirrors_load(&m, o->c.l, e);

	if (rc != 0)
		return -1;
	buf_init(&list, OUT_MAX);
	if (m.n > 0) {
		mirrors_json(&list, &m);
		json_put_raw(b, "mirrors", buf_str(&list));
	}
	buf_reset(&list);
	if (lower_any(o->dir) && (rc = lowers_json(&list, o->dir, now, e)) == 0)
		json_put_raw(b, "counties", buf_str(&list));
	buf_free(&list);
	mirrors_free(&m);
	return rc;
}

int
upward_status_text(struct buf *b, const struct office *o, uint64_t now, struct err *e)
{
	struct mirrors m;

	if (mirrors_load(&m, o->c.l, e) != 0)
		return -1;
	mirrors_text(b, &m);
	mirrors_free(&m);
	return lower_any(o->dir) ? lowers_text(b, o->dir, now, e) : 0;
}
