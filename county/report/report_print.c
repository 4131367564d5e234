#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "county/cmd/out.h"
#include "county/report/report.h"
#include "web/html.h"

/* The three prints of a report. */

#define CELL_MAX 512
#define TABLE_COLUMNS_MAX 64     /* of struct table */

static void
json_row(struct buf *b, const struct report_row *row, const struct report_column *c, size_t n)
{
	struct buf line;
	char cell[CELL_MAX];

	buf_init(&line, b->max);
	json_begin(&line);
	for (size_t i = 0; i < n; i++) {
		if (!report_cell(row, &c[i], 0, cell, sizeof(cell)))
			json_put_null(&line, c[i].key);
		else if (report_is_text(&c[i]))
			json_put_str(&line, c[i].key, cell);
		else
			json_put_raw(&line, c[i].key, cell);
	}
	row_extra_json(row, &line);
	json_end(&line);
	if (!buf_ok(&line))
		b->failed = 1;
	(void)buf_put(b, line.data, line.len);
	buf_free(&line);
}

int
report_json(const struct report *r, struct buf *b)
{
	struct report_column *c = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (i == 0 || r->row[i].form != r->row[i - 1].form) {
			free(c);
			if ((c = report_columns(r, r->row[i].form, &n)) == NULL)
				return -1;
		}
		json_row(b, &r->row[i], c, n);
	}
	free(c);
	return buf_ok(b) ? 0 : -1;
}

/* CSV: columns of all forms side by side; those of one name are one. */

struct heads {
	struct report_column *c;
	size_t n, room;
};

static const struct report_column *
find(const struct report_column *c, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(c[i].key, key) == 0)
			return &c[i];
	return NULL;
}

static int
by_place(const void *a, const void *b)
{
	const struct report_column *x = a, *y = b;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

static int
add_heads(struct heads *h, const struct report *r, const struct fold_form *f)
{
	struct report_column *c, *more;
	size_t n, first = h->n, room;

	if ((c = report_columns(r, f, &n)) == NULL)
		return -1;
	room = h->n + n;
	if (room > h->room) {
		if ((more = reallocarray(h->c, room, sizeof(*more))) == NULL) {
			free(c);
			return -1;
		}
		h->c = more;
		h->room = room;
	}
	for (size_t i = 0; i < n; i++) {
		if (find(h->c, first, c[i].key) == NULL) {
			h->c[h->n] = c[i];
			h->c[h->n].i = h->n; /* stages and indicators in the order they came */
			h->n++;
		}
	}
	free(c);
	return 0;
}

static int
csv_row(const struct report *r, const struct heads *h, size_t at, struct buf *b)
{
	const struct report_row *row = &r->row[at];
	const struct report_column *c;
	struct report_column *own;
	char cell[CELL_MAX];
	size_t n;

	if ((own = report_columns(r, row->form, &n)) == NULL)
		return -1;
	for (size_t i = 0; i < h->n; i++) {
		if (i > 0)
			(void)buf_putc(b, ',');
		if ((c = find(own, n, h->c[i].key)) == NULL || !report_cell(row, c, 0, cell, sizeof(cell)))
			continue;
		if (report_is_text(c))
			csv_cell(b, cell);
		else
			(void)buf_puts(b, cell);
	}
	(void)buf_puts(b, "\r\n");
	free(own);
	return 0;
}

int
report_csv(const struct report *r, struct buf *b)
{
	struct heads h = { NULL, 0, 0 };
	int rc = 0;

	(void)buf_puts(b, "\xef\xbb\xbf");
	for (size_t i = 0; i < r->n && rc == 0; i++)
		if (i == 0 || r->row[i].form != r->row[i - 1].form)
			rc = add_heads(&h, r, r->row[i].form);
	if (h.n > 0)
		qsort(h.c, h.n, sizeof(*h.c), by_place);
	for (size_t i = 0; i < h.n; i++) {
		if (i > 0)
			(void)buf_putc(b, ',');
		csv_cell(b, h.c[i].key);
	}
	(void)buf_puts(b, h.n > 0 ? "\r\n" : "");
	for (size_t i = 0; i < r->n && rc == 0; i++)
		rc = csv_row(r, &h, i, b);
	free(h.c);
	return rc == 0 && buf_ok(b) ? 0 : -1;
}

/* The table: one a form. */

static int
total_add(struct report_row *t, const struct report_row *row)
{
	t->subjects += row->subjects;
	t->done += row->done;
	t->disputed += row->disputed;
	t->parked += row->parked;
	t->erased += row->erased;
	row_extra_merge(t, row);
	for (size_t i = 0; i < row->form->stages.n; i++)
		t->stage[i] += row->stage[i];
	return figures_merge(t, row);
}

static int
total_make(struct report_row *t, const struct report *r, const struct report_row *row, size_t n)
{
	memset(t, 0, sizeof(*t));
	t->form = row->form;
	t->classes = row->classes;
	t->class = row->class;
	if (r->only.place != NULL)
		(void)snprintf(t->within, sizeof(t->within), "%s", r->only.place);
	t->stage = calloc(row->form->stages.n + 1, sizeof(*t->stage));
	t->value = calloc((row->form->f ? row->form->f->nindicators : 0) + 1, sizeof(*t->value));
	if (t->stage == NULL || t->value == NULL || row_extra_init(t) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (total_add(t, &row[i]) != 0)
			return -1;
	figures_settle(t);
	return 0;
}

/* What is nought in all rows is left out, but for what everybody looks for. */
static size_t
keep_columns(struct report_column *c, size_t n, const struct report_row *total)
{
	char cell[CELL_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].what == COL_FORM || c[i].what == COL_FORM_NAME)
			continue;
		if (!report_is_text(&c[i]) && c[i].what != COL_SUBJECTS && c[i].what != COL_DONE && !(c[i].what == COL_PERCENT && total->planned > 0) &&
		    (!report_cell(total, &c[i], 1, cell, sizeof(cell)) || strspn(cell, "0.") == strlen(cell)))
			continue;
		c[kept++] = c[i];
	}
	return kept;
}

static void
wide_row(struct table *t, const struct report_row *row, const struct report_column *c, size_t n, int total)
{
	char cell[CELL_MAX];

	for (size_t i = 0; i < n; i++) {
		if (total && report_is_text(&c[i]))
			table_add(t, i == 0 ? "合计 total" : "");
		else
			table_add(t, report_cell(row, &c[i], 1, cell, sizeof(cell)) ? cell : "-");
	}
}

static int
wide_table(const struct report *r, const struct report_row *row, size_t n, const struct report_row *total, const struct report_column *c, size_t cols,
    struct buf *b)
{
	uint64_t right = 0;
	struct table t;
	char head[CELL_MAX];
	int rc;

	for (size_t i = 0; i < cols; i++)
		right |= report_is_text(&c[i]) ? 0 : UINT64_C(1) << i;
	table_init(&t, cols, right);
	for (int lang = FORM_ZH; lang <= FORM_EN; lang++) {
		for (size_t i = 0; i < cols; i++) {
			report_head(r, row->form, &c[i], lang, head, sizeof(head));
			table_add(&t, head);
		}
	}
	for (size_t i = 0; i < n; i++)
		wide_row(&t, &row[i], c, cols, 0);
	if (r->by != BY_GROUP) /* where subjects stand in several rows, rows have no total */
		wide_row(&t, total, c, cols, 1);
	rc = table_print(&t, b);
	table_free(&t);
	return rc;
}

/* One row, told downwards. */
static int
tall_table(const struct report *r, const struct report_row *row, const struct report_column *c, size_t cols, struct buf *b)
{
	struct table t;
	char cell[CELL_MAX];
	int rc;

	table_init(&t, 3, UINT64_C(1) << 2);
	for (size_t i = 0; i < cols; i++) {
		for (int lang = FORM_ZH; lang <= FORM_EN; lang++) {
			report_head(r, row->form, &c[i], lang, cell, sizeof(cell));
			table_add(&t, cell);
		}
		table_add(&t, report_cell(row, &c[i], 1, cell, sizeof(cell)) ? cell : "-");
	}
	rc = table_print(&t, b);
	table_free(&t);
	return rc;
}

/* Why figures are missing, for people. */
static void
few_note(const struct report *r, struct buf *b)
{
	if (r->by == BY_GROUP)
		(void)buf_printf(b, "不足%d个的不显示，一个可属几个人群 fewer than %d are not shown; one may belong to several groups\n", REPORT_FEW, REPORT_FEW);
}

static int
form_table(const struct report *r, const struct report_row *row, size_t n, struct buf *b)
{
	const struct fold_form *f = row->form;
	struct report_column *c = NULL;
	struct report_row total;
	size_t cols = 0;
	int rc = -1;

	if (f->f != NULL)
		(void)buf_printf(b, "%s %s (%s)\n", f->f->title[FORM_ZH], f->f->title[FORM_EN], f->id);
	else
		(void)buf_printf(b, "%s\n", f->id);
	if (total_make(&total, r, row, n) == 0 && (c = report_columns(r, f, &cols)) != NULL) {
		cols = keep_columns(c, cols, &total);
		if (r->by == BY_FORM)
			rc = tall_table(r, row, c, cols, b);
		else if (cols <= TABLE_COLUMNS_MAX)
			rc = wide_table(r, row, n, &total, c, cols, b);
		else
			rc = buf_puts(b, "列太多，请用csv格式 too many columns, use --format csv\n");
	}
	few_note(r, b);
	row_extra_text(row, r->by == BY_SUBJECT ? n : 0, b);
	free(c);
	free(total.stage);
	figures_free(&total);
	row_extra_free(&total);
	return rc;
}

int
report_table(const struct report *r, struct buf *b)
{
	size_t from = 0;

	if (r->n == 0)
		return buf_puts(b, "没有可列的内容 nothing to show\n");
	for (size_t i = 1; i <= r->n; i++) {
		if (i < r->n && r->row[i].form == r->row[from].form)
			continue;
		if (from > 0)
			(void)buf_putc(b, '\n');
		if (form_table(r, &r->row[from], i - from, b) != 0)
			return -1;
		from = i;
	}
	return buf_ok(b) ? 0 : -1;
}
