#include "county/report/posting.h"

#include <stdlib.h>
#include <string.h>

#include "web/html.h"

/* A list for the wall. */

#define AMOUNTS_MAX 16

struct posting {
	const struct fold_form *f;
	const char *place;
	const struct fold_subject **s;
	size_t n;
	size_t amount[AMOUNTS_MAX]; /* indicators: sums of money, one a field */
	size_t namounts;
	struct buf *b;
};

static void
find_amounts(struct posting *p)
{
	const struct form *f = p->f->f;
	size_t k;

	for (size_t i = 0; i < f->nindicators && p->namounts < AMOUNTS_MAX; i++) {
		if (f->indicators[i].is != INDICATOR_SUM || strcmp(form_indicator_unit(f, &f->indicators[i]), "fen") != 0)
			continue;
		for (k = 0; k < p->namounts && strcmp(f->indicators[p->amount[k]].path, f->indicators[i].path) != 0; k++)
			continue;
		if (k == p->namounts)
			p->amount[p->namounts++] = i;
	}
}

static int
by_id(const void *a, const void *b)
{
	const struct fold_subject *x = *(const struct fold_subject *const *)a, *y = *(const struct fold_subject *const *)b;
	int c = strcmp(x->place, y->place);

	return c != 0 ? c : strcmp(x->id, y->id);
}

static int
is_in(const struct posting *p, const struct fold_subject *s)
{
	return s->live > 0 && s->id[0] != '/' && strncmp(s->place, p->place, strlen(p->place)) == 0;
}

static int
find_subjects(struct posting *p)
{
	const struct fold_subject *s;

	for (s = p->f->subjects; s != NULL; s = s->next)
		p->n += is_in(p, s) ? 1 : 0;
	if ((p->s = calloc(p->n + 1, sizeof(const struct fold_subject *))) == NULL)
		return -1;
	p->n = 0;
	for (s = p->f->subjects; s != NULL; s = s->next)
		if (is_in(p, s))
			p->s[p->n++] = s;
	qsort(p->s, p->n, sizeof(const struct fold_subject *), by_id);
	return 0;
}

/* Money in yuan, or nothing where none was stated. */
static void
amount_of(const struct posting *p, const struct fold_subject *s, size_t i, char out[64])
{
	out[0] = '\0';
	if (s->value[p->amount[i]].order > 0)
		fold_print(s->value[p->amount[i]].v / 100, 2, 1, out);
}

static const char *
label_of(const struct posting *p, size_t i, int lang)
{
	return form_field(p->f->f, p->f->f->indicators[p->amount[i]].path)->label[lang];
}

static const char *
stage_of(const struct posting *p, const struct fold_subject *s, int lang)
{
	return s->stage >= 0 ? p->f->stages.c[s->stage].label[lang] : "";
}

static void
as_csv(const struct posting *p)
{
	struct buf *b = p->b;
	char cell[64];

	(void)buf_puts(b, "\xef\xbb\xbf编号 number,进度,stage");
	for (size_t i = 0; i < p->namounts; i++) {
		(void)buf_putc(b, ',');
		csv_cell(b, label_of(p, i, FORM_ZH));
		(void)buf_puts(b, "（元）");
	}
	(void)buf_puts(b, "\r\n");
	for (size_t k = 0; k < p->n; k++) {
		csv_cell(b, p->s[k]->id);
		for (int lang = FORM_ZH; lang <= FORM_EN; lang++) {
			(void)buf_putc(b, ',');
			csv_cell(b, stage_of(p, p->s[k], lang));
		}
		for (size_t i = 0; i < p->namounts; i++) {
			amount_of(p, p->s[k], i, cell);
			(void)buf_printf(b, ",%s", cell);
		}
		(void)buf_puts(b, "\r\n");
	}
}

static void
both(struct buf *b, const char *zh, const char *en)
{
	html_text(b, zh);
	(void)buf_puts(b, "<br><small>");
	html_text(b, en);
	(void)buf_puts(b, "</small>");
}

static void
as_html(const struct posting *p, const char *name, uint64_t size)
{
	struct buf *b = p->b;
	char cell[64];

	html_begin(b, "zh", p->f->f->title[FORM_ZH]);
	(void)buf_puts(b, "<h1>");
	both(b, p->f->f->title[FORM_ZH], p->f->f->title[FORM_EN]);
	(void)buf_puts(b, "</h1>\n<p>");
	html_text(b, name);
	(void)buf_printf(b, " %s · 公示 posted list</p>\n<div class=\"wide\"><table><thead><tr><th>编号<br><small>number</small></th><th>进度<br><small>stage</small></th>", p->place);
	for (size_t i = 0; i < p->namounts; i++) {
		(void)buf_puts(b, "<th class=\"num\">");
		both(b, label_of(p, i, FORM_ZH), label_of(p, i, FORM_EN));
		(void)buf_puts(b, " （元 yuan）</th>");
	}
	(void)buf_puts(b, "</tr></thead><tbody>\n");
	for (size_t k = 0; k < p->n; k++) {
		(void)buf_puts(b, "<tr><td><code>");
		html_text(b, p->s[k]->id);
		(void)buf_puts(b, "</code></td><td>");
		both(b, stage_of(p, p->s[k], FORM_ZH), stage_of(p, p->s[k], FORM_EN));
		(void)buf_puts(b, "</td>");
		for (size_t i = 0; i < p->namounts; i++) {
			amount_of(p, p->s[k], i, cell);
			(void)buf_printf(b, "<td class=\"num\">%s</td>", cell);
		}
		(void)buf_puts(b, "</tr>\n");
	}
	(void)buf_printf(b, "</tbody></table></div>\n<p class=\"small\">按日志%llu条计。有不对的，请向村里或县里提出。 As of a log of %llu leaves. Tell the village or the county what is wrong.</p>\n",
	    (unsigned long long)size, (unsigned long long)size);
	html_end(b);
}

int
posting_make(const struct fold *f, struct ledger *l, const char *form, const char *place, int html, struct buf *b, size_t *rows, struct err *e)
{
	struct posting p = { .place = place, .b = b };
	const struct fold_form *const *forms;
	char name[128] = "";
	size_t n;
	int rc = 1;

	forms = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(forms[i]->id, form) == 0)
			p.f = forms[i];
	if (p.f == NULL || p.f->f == NULL) {
		(void)err_set(e, "form %.64s: never published", form);
		return 1;
	}
	find_amounts(&p);
	if (find_subjects(&p) != 0)
		return err_set(e, "out of memory");
	*rows = p.n;
	if (p.n == 0) {
		(void)err_set(e, "%s: nothing of the form %s counts in that place", place, form);
	} else if (ledger_place(l, place, name, sizeof(name)) < 0) {
		rc = err_set(e, "the ledger cannot be read");
	} else {
		if (html)
			as_html(&p, name, fold_size(f));
		else
			as_csv(&p);
		rc = buf_ok(b) ? 0 : err_set(e, "the list is too long");
	}
	free(p.s);
	return rc;
}
