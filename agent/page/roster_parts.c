#include "agent/page/roster_parts.h"

#include <string.h>

void
roster_failed(struct page_call *c, int rc, const struct err *e)
{
	struct buf words;

	if (rc == ROSTER_LOCKED || rc == -ROSTER_LOCKED) {
		page_error(c, 403, tr(c->lang, "The roster is locked. Sign in to read it."));
		return;
	}
	buf_init(&words, 1024);
	(void)buf_printf(&words, "%s (%s)", tr(c->lang, "The roster cannot be read or written now."), e->text);
	page_error(c, 500, buf_str(&words));
	buf_free(&words);
}

struct groups {
	struct page_call *c;
	const char *chosen;
};

static void
put_group(void *ctx, const char *group, size_t members)
{
	struct groups *g = ctx;
	char n[32];

	page_raw(g->c, "<option value=\"");
	page_text(g->c, group);
	page_raw(g->c, strcmp(group, g->chosen) == 0 && group[0] != '\0' ? "\" selected>" : "\">");
	page_text(g->c, group[0] != '\0' ? group : tr(g->c->lang, "without group"));
	page_raw(g->c, " (");
	page_raw(g->c, page_number(n, members));
	page_raw(g->c, ")</option>");
}

static void
put_group_unless_none(void *ctx, const char *group, size_t members)
{
	if (group[0] != '\0')
		put_group(ctx, group, members);
}

void
roster_search_box(struct page_call *c, const char *prefix, const char *query, const char *group, const char *name, const char *value)
{
	struct groups g = { c, group };
	struct buf field;

	buf_init(&field, 64);
	(void)buf_printf(&field, "%sq", prefix);
	page_input(c, &(struct page_field){ .name = buf_str(&field), .label = tr(c->lang, "Find somebody"), .value = query, .type = "search", .max = SEARCH_QUERY_MAX / 3,
	    .hint = tr(c->lang, "Name, pinyin, initials, last four of a number, village group; ? for a character you cannot type") });
	buf_free(&field);
	(void)buf_printf(c->b, "<div class=\"pick\"><select name=\"%sgroup\" aria-label=\"", prefix);
	page_text(c, tr(c->lang, "Village group"));
	page_raw(c, "\"><option value=\"\">");
	page_text(c, tr(c->lang, "All village groups"));
	page_raw(c, "</option>");
	(void)roster_groups(c->ag, put_group_unless_none, &g, NULL);
	page_raw(c, "</select> ");
	page_button(c, name, value, tr(c->lang, "Search"));
	page_raw(c, "</div>\n");
}

static void
put_cell(struct page_call *c, const char *text)
{
	page_raw(c, "<td>");
	page_text(c, text);
	page_raw(c, "</td>");
}

void
roster_hit(struct page_call *c, const struct search_hit *h)
{
	put_cell(c, h->relation);
	put_cell(c, h->group);
	put_cell(c, h->birth);
	page_raw(c, h->id_last4[0] != '\0' ? "<td>…" : "<td>");
	page_text(c, h->id_last4);
	page_raw(c, "</td>");
}

const char *
roster_item_label(struct page_call *c, const char *column)
{
	size_t i;

	if (strcmp(column, "household") == 0)
		return tr(c->lang, "Household id");
	if (strcmp(column, "group") == 0)
		return tr(c->lang, "Village group");
	for (i = 0; i < MEMBER_ITEMS; i++)
		if (strcmp(column, member_items[i].name) == 0)
			return tr(c->lang, member_items[i].label);
	return column;
}

void
roster_link(struct page_call *c, const char *path, const char *id, const char *tail, const char *text)
{
	struct buf b;

	buf_init(&b, 512);
	(void)buf_puts(&b, path);
	page_url(&b, id);
	(void)buf_puts(&b, tail);
	page_link(c, buf_str(&b), text);
	buf_free(&b);
}
