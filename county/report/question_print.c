#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "county/report/double.h"
#include "county/report/fold_extra.h"
#include "county/report/ledger_question.h"
#include "county/cmd/out.h"
#include "county/serve/pages.h"
#include "web/html.h"

/* What the office should ask about, printed: accounts that do not balance, subjects that may be one. */

#define SHORT_HASH 6 /* bytes, for people */
#define LIST_MAX 500 /* on a page; the commands list all */

struct question {
	const struct fold_form *f;
	const struct fold_subject *s;
	const struct fold_question *q;
	const struct form_indicator *ind;
	int fen;
};

typedef void print_question(void *ctx, const struct question *q);

static int
by_subject(const void *a, const void *b)
{
	const struct fold_subject *x = *(const struct fold_subject *const *)a, *y = *(const struct fold_subject *const *)b;
	int c = strcmp(x->place, y->place);

	return c != 0 ? c : strcmp(x->id, y->id);
}

static void
of_subject(const struct fold_form *f, const struct fold_subject *s, print_question *print, void *ctx)
{
	for (size_t i = 0; i < s->extra->nquestions; i++) {
		struct question q = { f, s, &s->extra->question[i], NULL, 0 };
		const struct form_field *field;

		q.ind = &f->f->indicators[q.q->indicator];
		field = form_field(f->f, q.ind->path);
		q.fen = field != NULL && field->unit != NULL && strcmp(field->unit, "fen") == 0;
		print(ctx, &q);
	}
}

static int64_t
each_question(const struct fold *fold, print_question *print, void *ctx)
{
	const struct fold_form *const *form;
	const struct fold_subject **found, *s;
	size_t forms, n;
	int64_t all = 0;

	form = fold_forms(fold, &forms);
	for (size_t i = 0; i < forms; i++) {
		n = 0;
		for (s = form[i]->subjects; s != NULL; s = s->next)
			n += s->extra != NULL && s->extra->nquestions > 0 ? 1 : 0;
		if (n == 0)
			continue;
		if ((found = calloc(n, sizeof(const struct fold_subject *))) == NULL)
			return -1;
		n = 0;
		for (s = form[i]->subjects; s != NULL; s = s->next)
			if (s->extra != NULL && s->extra->nquestions > 0)
				found[n++] = s;
		qsort(found, n, sizeof(const struct fold_subject *), by_subject);
		for (size_t k = 0; k < n; k++) {
			of_subject(form[i], found[k], print, ctx);
			all += (int64_t)found[k]->extra->nquestions;
		}
		free(found);
	}
	return all;
}

static void
as_json(void *ctx, const struct question *q)
{
	struct buf *b = ctx, one;
	char number[64], date[16];

	buf_init(&one, b->max);
	fold_date(q->q->day, date);
	json_begin(&one);
	json_put_str(&one, "form", q->f->id);
	json_put_str(&one, "ledger", q->ind->name);
	json_put_str(&one, "place", q->s->place);
	json_put_str(&one, "subject", q->s->id);
	json_put_str(&one, "question", q->q->below ? "below-zero" : "unbalanced");
	json_put_str(&one, "date", date);
	fold_print(q->q->balance, FOLD_DIGITS, 0, number);
	json_put_raw(&one, "balance", number);
	fold_print(q->q->rest, FOLD_DIGITS, 0, number);
	json_put_raw(&one, "stated", q->q->below ? "null" : number);
	json_put_raw(&one, "entries", "[");
	for (size_t i = 0; i < q->q->nentries; i++) {
		(void)buf_puts(&one, i > 0 ? ",\"" : "\"");
		(void)buf_hex(&one, q->q->entry[i], HASH_LEN);
		(void)buf_putc(&one, '"');
	}
	(void)buf_putc(&one, ']');
	json_end(&one);
	(void)buf_put(b, one.data, one.len);
	buf_free(&one);
}

int64_t
questions_json(const struct fold *f, struct buf *b)
{
	return each_question(f, as_json, b);
}

static void
amount(const struct question *q, fold_num v, char out[64])
{
	if (q->fen)
		fold_print(v / 100, 2, 1, out);
	else
		fold_print(v, FOLD_DIGITS, 0, out);
}

struct people { struct buf *b; struct ledger *l; const char *lang; size_t n; };

static void
put_more(struct buf *b, const char *lang, size_t n)
{
	if (n > LIST_MAX)
		(void)buf_printf(b, "<p>%s %zu</p>\n", page_word(lang, "另有未列出", "Not listed here:"), n - LIST_MAX);
}

static void
as_text(void *ctx, const struct question *q)
{
	struct people *w = ctx;
	char name[128] = "", date[16], balance[64], rest[64];

	(void)ledger_place(w->l, q->s->place, name, sizeof(name));
	fold_date(q->q->day, date);
	amount(q, q->q->balance, balance);
	amount(q, q->q->rest, rest);
	(void)buf_printf(w->b, "%s %s %s %s, %s: ", q->f->id, q->s->place, name, q->s->id, date);
	if (q->q->below)
		(void)buf_printf(w->b, "余额低于零 below zero: %s", balance);
	else
		(void)buf_printf(w->b, "账目不平 does not balance: %s, 填报 stated %s", balance, rest);
	(void)buf_puts(w->b, "; 记录 entries");
	for (size_t i = 0; i < q->q->nentries; i++) {
		(void)buf_putc(w->b, ' ');
		(void)buf_hex(w->b, q->q->entry[i], SHORT_HASH);
	}
	(void)buf_putc(w->b, '\n');
}

int64_t
questions_table(const struct fold *f, struct ledger *l, struct buf *b)
{
	struct people w = { b, l, NULL, 0 };
	int64_t n = each_question(f, as_text, &w);

	if (n == 0)
		(void)buf_puts(b, "没有不平的账 every ledger balances\n");
	return n;
}

static void
as_item(void *ctx, const struct question *q)
{
	struct people *w = ctx;
	char date[16], balance[64], rest[64];

	if (w->n++ >= LIST_MAX)
		return;
	fold_date(q->q->day, date);
	amount(q, q->q->balance, balance);
	amount(q, q->q->rest, rest);
	(void)buf_printf(w->b, "<li>%s <code>", q->s->place);
	html_text(w->b, q->s->id);
	(void)buf_printf(w->b, "</code> %s: %s %s", date, q->q->below ? page_word(w->lang, "余额低于零", "below zero") : page_word(w->lang, "账目不平，应为", "does not balance, should be"), balance);
	if (!q->q->below)
		(void)buf_printf(w->b, "%s%s", page_word(w->lang, "，填报", ", stated "), rest);
	(void)buf_puts(w->b, "; ");
	for (size_t i = 0; i < q->q->nentries; i++) {
		(void)buf_puts(w->b, i > 0 ? " <code>" : "<code>");
		(void)buf_hex(w->b, q->q->entry[i], SHORT_HASH);
		(void)buf_puts(w->b, "</code>");
	}
	(void)buf_puts(w->b, "</li>\n");
}

int64_t
questions_html(const struct fold *f, const char *lang, struct buf *b)
{
	struct people w = { b, NULL, lang, 0 };
	struct buf list;
	int64_t n;

	buf_init(&list, b->max);
	w.b = &list;
	if ((n = each_question(f, as_item, &w)) > 0) {
		(void)buf_printf(b, "<h2>%s</h2>\n<ul>\n", page_word(lang, "账目待查", "Ledgers to ask about"));
		(void)buf_put(b, list.data, list.len);
		(void)buf_puts(b, "</ul>\n");
		put_more(b, lang, w.n);
	}
	buf_free(&list);
	return n;
}

/* Possible doubles. */

void
doubles_json(const struct fold *f, struct buf *b)
{
	const struct double_group *g;
	size_t n;

	g = fold_doubles(f, &n);
	for (size_t i = 0; i < n; i++) {
		struct buf one;

		buf_init(&one, b->max);
		json_begin(&one);
		json_put_str(&one, "form", g[i].form->id);
		json_put_str(&one, "place", g[i].subject[0]->place);
		json_put_str(&one, "why", double_word(g[i].why));
		json_put_raw(&one, "subjects", "[");
		for (size_t k = 0; k < g[i].n; k++) {
			(void)buf_puts(&one, k > 0 ? "," : "");
			json_text(&one, g[i].subject[k]->id);
		}
		(void)buf_putc(&one, ']');
		json_put_raw(&one, "entries", "[");
		for (size_t k = 0, some = 0; k < g[i].n; k++) {
			if (g[i].subject[k]->extra->newest_order == 0)
				continue; /* planned only */
			(void)buf_puts(&one, some++ > 0 ? ",\"" : "\"");
			(void)buf_hex(&one, g[i].subject[k]->extra->newest, HASH_LEN);
			(void)buf_putc(&one, '"');
		}
		(void)buf_putc(&one, ']');
		json_end(&one);
		(void)buf_put(b, one.data, one.len);
		buf_free(&one);
	}
}

void
doubles_table(const struct fold *f, struct ledger *l, struct buf *b)
{
	const struct double_group *g;
	char name[128];
	size_t n;

	g = fold_doubles(f, &n);
	for (size_t i = 0; i < n; i++) {
		name[0] = '\0';
		(void)ledger_place(l, g[i].subject[0]->place, name, sizeof(name));
		(void)buf_printf(b, "%s %s %s, %s %s:", g[i].form->id, g[i].subject[0]->place, name, double_why(g[i].why, FORM_ZH), double_why(g[i].why, FORM_EN));
		for (size_t k = 0; k < g[i].n; k++)
			(void)buf_printf(b, " %s", g[i].subject[k]->id);
		(void)buf_putc(b, '\n');
	}
	if (n == 0)
		(void)buf_puts(b, "没有疑似重复 nothing looks double\n");
}

void
doubles_html(const struct fold *f, const char *lang, struct buf *b)
{
	const struct double_group *g;
	size_t n;

	g = fold_doubles(f, &n);
	if (n > 0)
		(void)buf_printf(b, "<h2>%s</h2>\n<ul>\n", page_word(lang, "疑似重复", "Possible doubles"));
	for (size_t i = 0; i < n && i < LIST_MAX; i++) {
		(void)buf_printf(b, "<li>%s, %s:", g[i].subject[0]->place, double_why(g[i].why, strcmp(lang, "en") == 0 ? FORM_EN : FORM_ZH));
		for (size_t k = 0; k < g[i].n; k++) {
			(void)buf_puts(b, " <code>");
			html_text(b, g[i].subject[k]->id);
			(void)buf_puts(b, "</code>");
		}
		(void)buf_puts(b, "</li>\n");
	}
	if (n > 0)
		(void)buf_puts(b, "</ul>\n");
	put_more(b, lang, n);
}
