#include "county/report/plan_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/csv.h"
#include "base/enc.h"
#include "evidence/value.h"
#include "forms/sheet.h"
#include "forms/value.h"

/* A plan's sheet, checked cell by cell. */

#define FORMS_MAX 256
#define TARGETS_MAX 64

enum column { P_PLACE, P_FORM, P_SUBJECT, P_NAME, P_DUE, P_COUNT, P_DROPPED, P_COLUMNS, P_TARGET = P_COLUMNS };

static const struct { const char *name, *other; } columns[P_COLUMNS] = {
	{ "place", "村代码|地区代码|地点" }, { "form", "表单" }, { "subject", "编号" }, { "name", "名称|姓名" }, { "due", "期限|完成期限" },
	{ "count", "数量" }, { "dropped", "取消" },
};

struct planned_form {
	char id[ID_MAX + 1];
	struct form *f;            /* NULL: not published */
};

struct reader {
	struct plan_reading *r;
	struct book b;
	const struct sheet *s;
	int col[P_COLUMNS];        /* or -1 */
	struct { unsigned col; const char *path; } target[TARGETS_MAX];
	size_t ntargets;
	int has_places;
	struct planned_form form[FORMS_MAX];
	size_t nforms;
};

static int
nothing(void *ctx, const struct ledger_place *p)
{
	(void)ctx;
	(void)p;
	return 1;
}

static int
is_name(const char *cell, enum column c)
{
	size_t n = strlen(cell);
	const char *bar = columns[c].other;

	if (strcasecmp(cell, columns[c].name) == 0)
		return 1;
	for (; *bar != '\0'; bar += strcspn(bar, "|"), bar += *bar == '|')
		if (strcspn(bar, "|") == n && strncmp(bar, cell, n) == 0)
			return 1;
	return 0;
}

static void
say(struct reader *w, unsigned row, int col, const char *rule)
{
	(void)book_say(&w->b, w->s->name, row, col, "%s", rule);
}

static void
read_head_cell(struct reader *w, unsigned row, const struct sheet_cell *c)
{
	for (int i = 0; i < P_COLUMNS; i++) {
		if (!is_name(c->text, (enum column)i))
			continue;
		if (w->col[i] >= 0)
			say(w, row, (int)c->col, "this column stands twice");
		w->col[i] = (int)c->col;
		return;
	}
	if (strncmp(c->text, "target.", 7) != 0 || c->text[7] == '\0') {
		(void)book_say(&w->b, w->s->name, row, (int)c->col, "%.64s is none of place, form, subject, name, due, count, dropped, target.FIELD", c->text);
		return;
	}
	for (size_t i = 0; i < w->ntargets; i++)
		if (strcmp(w->target[i].path, c->text + 7) == 0)
			say(w, row, (int)c->col, "this column stands twice");
	if (w->ntargets == TARGETS_MAX) {
		say(w, row, (int)c->col, "too many targets");
		return;
	}
	w->target[w->ntargets].col = c->col;
	w->target[w->ntargets++].path = c->text + 7;
}

static void
read_head(struct reader *w)
{
	const struct sheet_row *head = &w->s->row[0];

	for (int i = 0; i < P_COLUMNS; i++)
		w->col[i] = -1;
	for (unsigned i = 0; i < head->ncells; i++)
		read_head_cell(w, head->number, &head->cell[i]);
	for (int i = 0; i <= P_FORM; i++)
		if (w->col[i] < 0)
			(void)book_say(&w->b, w->s->name, head->number, -1, "the column %s is missing", columns[i].name);
}

static const char *
cell_at(const struct sheet_row *row, int col)
{
	for (unsigned i = 0; col >= 0 && i < row->ncells; i++)
		if (row->cell[i].col == (unsigned)col)
			return row->cell[i].text;
	return "";
}

/* The newest version of a form, read once.  NULL: none was published; *${bad}: the ledger or memory failed. */
static const struct form *
form_of(struct reader *w, const char *id, int *bad)
{
	char version[VERSION_MAX + 1] = "";
	uint8_t hash[HASH_LEN];
	struct planned_form *p;
	struct buf xml;
	int rc;

	for (size_t i = 0; i < w->nforms; i++)
		if (strcmp(w->form[i].id, id) == 0)
			return w->form[i].f;
	if (w->nforms == FORMS_MAX)
		return NULL;
	p = &w->form[w->nforms++];
	(void)snprintf(p->id, sizeof(p->id), "%s", id);
	buf_init(&xml, FORM_BYTES_MAX);
	if ((rc = ledger_form(w->r->l, id, version, hash)) == 1 && (ledger_form_body(w->r->l, hash, &xml) != 1 || (p->f = form_parse(xml.data, xml.len, NULL)) == NULL))
		rc = -1;
	*bad |= rc < 0;
	buf_free(&xml);
	return p->f;
}

static int
read_place(struct reader *w, const struct sheet_row *row, struct plan_line *x)
{
	const char *s = cell_at(row, w->col[P_PLACE]);
	const struct field f = { s, strlen(s) };
	char name[128];
	int known;

	if (!field_place(f)) {
		say(w, row->number, w->col[P_PLACE], "is not a place code (2, 4, 6, 9 or 12 digits)");
		return 0;
	}
	(void)strcpy(x->place, s);
	if (w->r->unlisted || !w->has_places || (known = ledger_place(w->r->l, s, name, sizeof(name))) == 1)
		return 0;
	say(w, row->number, w->col[P_PLACE], "is not among the places imported (--unlisted takes it all the same)");
	return known;
}

static void
read_subject(struct reader *w, const struct sheet_row *row, struct plan_line *x)
{
	const char *s = cell_at(row, w->col[P_SUBJECT]), *count = cell_at(row, w->col[P_COUNT]);

	x->count = *s != '\0' ? 1 : 0;
	if (*s != '\0' && (!value_subject(s) || strlen(s) > ID_MAX))
		say(w, row->number, w->col[P_SUBJECT], "must be 1 to 64 characters of A-Z a-z 0-9 . _ - and no identity number");
	else
		(void)strcpy(x->subject, s);
	if (*count == '\0')
		return;
	if (*s != '\0')
		say(w, row->number, w->col[P_COUNT], "a line with a subject stands for one: count is for lines without");
	else if (dec_u64(&x->count, count, strlen(count)) != 0 || x->count > PLAN_COUNT_MAX)
		say(w, row->number, w->col[P_COUNT], "is not a whole number up to 1000000");
}

static int
read_words(struct reader *w, const struct sheet_row *row, struct plan_line *x)
{
	const char *name = cell_at(row, w->col[P_NAME]), *due = cell_at(row, w->col[P_DUE]), *dropped = cell_at(row, w->col[P_DROPPED]);
	const struct field f = { name, strlen(name) };

	if (*name != '\0' && (f.len > PLAN_NAME_MAX || !value_text(f)))
		say(w, row->number, w->col[P_NAME], "is longer than 255 bytes or has control characters");
	else if (*name != '\0' && (x->name = strdup(name)) == NULL)
		return -1;
	if (*due != '\0' && (x->due = fold_day(due)) <= 0)
		say(w, row->number, w->col[P_DUE], "is no date YYYY-MM-DD");
	x->dropped = strcasecmp(dropped, "yes") == 0 || strcmp(dropped, "是") == 0;
	if (*dropped != '\0' && !x->dropped && strcasecmp(dropped, "no") != 0 && strcmp(dropped, "否") != 0)
		say(w, row->number, w->col[P_DROPPED], "must be yes (是) or no (否)");
	return 0;
}

/* As a person types an answer, judged by the form: "2万元" is fen in the plan. */
static int
read_target(struct reader *w, const struct sheet_row *row, const struct form *f, size_t i, struct plan_line *x)
{
	const char *path = w->target[i].path, *text = cell_at(row, (int)w->target[i].col);
	const struct form_field *field = form_field(f, path);
	struct form_findings out = { 0, NULL };
	const cJSON *m;
	char number[64];
	fold_num v;
	cJSON *obj;
	int rc = 0;

	if (*text == '\0')
		return 0;
	if (field == NULL || field->personal || (field->type != FIELD_INTEGER && field->type != FIELD_DECIMAL)) {
		(void)book_say(&w->b, w->s->name, row->number, (int)w->target[i].col, "%.100s is no public number of the form %s", path, f->id);
		return 0;
	}
	if ((obj = cJSON_CreateObject()) == NULL)
		return -1;
	if (form_set(f, obj, path, text, &out) != 0 || (m = fold_member(obj, path)) == NULL) {
		say(w, row->number, (int)w->target[i].col, out.n > 0 ? out.f[0].text : "is no number of that field");
	} else {
		(void)snprintf(number, sizeof(number), "%.0f", cJSON_IsNumber(m) ? m->valuedouble : 0);
		text = cJSON_IsString(m) ? m->valuestring : number;
		if (fold_number(text, &v) != 0 || v < 0)
			say(w, row->number, (int)w->target[i].col, "must not be below nought");
		x->target[x->ntargets].path = strdup(path);
		x->target[x->ntargets].value = strdup(text);
		x->ntargets++;
		rc = x->target[x->ntargets - 1].path != NULL && x->target[x->ntargets - 1].value != NULL ? 0 : -1;
	}
	form_findings_free(&out);
	cJSON_Delete(obj);
	return rc;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct plan_target *)a)->path, ((const struct plan_target *)b)->path);
}

static int
read_form(struct reader *w, const struct sheet_row *row, struct plan_line *x)
{
	const char *id = cell_at(row, w->col[P_FORM]);
	const struct form *f;
	int bad = 0;

	if (strlen(id) > ID_MAX || *id == '\0' || (f = form_of(w, id, &bad)) == NULL) {
		say(w, row->number, w->col[P_FORM], "no such form is published");
		return bad ? -1 : 0;
	}
	(void)strcpy(x->form, id);
	if (w->ntargets > 0 && (x->target = calloc(w->ntargets, sizeof(*x->target))) == NULL)
		return -1;
	for (size_t i = 0; i < w->ntargets; i++)
		if (read_target(w, row, f, i, x) != 0)
			return -1;
	if (x->ntargets > 1)
		qsort(x->target, x->ntargets, sizeof(*x->target), by_path);
	return 0;
}

static int
read_row(struct reader *w, const struct sheet_row *row)
{
	struct plan_line *x = calloc(1, sizeof(*x));
	const struct plan_line *twin;
	size_t had = w->r->faults.errors;
	int rc = -1;

	w->r->rows++;
	if (x == NULL)
		return -1;
	x->row = row->number;
	if (read_place(w, row, x) < 0 || read_form(w, row, x) != 0 || read_words(w, row, x) != 0)
		goto out;
	read_subject(w, row, x);
	if (w->r->faults.errors == had && x->count == 0 && x->ntargets == 0 && !x->dropped)
		(void)book_say(&w->b, w->s->name, row->number, -1, "plans nothing: subject, count and targets are all empty");
	if (w->r->faults.errors == had && (twin = plan_find(&w->r->plan, x->form, x->place, x->subject)) != NULL)
		(void)book_say(&w->b, w->s->name, row->number, -1, "the same place, form and subject stand in row %u", twin->row);
	if (w->r->faults.errors > had) {
		rc = 0;
		goto out;
	}
	rc = plan_take(&w->r->plan, x);
	x = rc == 0 ? NULL : x;
out:
	plan_line_free(x);
	return rc;
}

/* A plain table, not the many sheets that an XLSForm's CSV holds. */
static int
table_read(struct book *b, const void *p, size_t n, struct err *e)
{
	struct sheet *s;
	struct err why = { "" };
	struct buf text;
	struct csv c;
	int rc = 0, more;

	arena_init(&b->a, BOOK_BYTES_MAX);
	s = book_add(b, "CSV");
	buf_init(&text, 3 * (size_t)PLAN_FILE_MAX);
	if (s == NULL || buf_put(&text, p, n) != 0) {
		rc = err_set(e, "out of memory");
	} else if (charset_utf8(&text, &why) != 0 || text.len == 0 || (buf_str(&text), csv_init(&c, (char *)text.data, text.len, &why)) != 0) {
		(void)book_say(b, NULL, 0, -1, "neither a workbook (.xlsx) nor a CSV file: %s", why.text[0] != '\0' ? why.text : "it is empty");
	} else {
		while (rc == 0 && (more = csv_row(&c, &why)) != 0) {
			for (size_t i = 0; more > 0 && i < c.n && rc == 0; i++)
				rc = book_cell(b, (unsigned)i, c.cell[i], strlen(c.cell[i]));
			if (more < 0 || s->nrows == SHEET_ROWS_MAX) {
				(void)book_say(b, s->name, c.row, -1, "%s", more < 0 ? why.text : "too many rows");
				break;
			}
			rc = rc == 0 ? book_row(b, s, c.row) : rc;
		}
		rc = rc == 0 ? 0 : err_set(e, "out of memory");
	}
	buf_free(&text);
	return rc;
}

static void
choose_sheet(struct reader *w)
{
	for (size_t i = 0; i < w->b.nsheets; i++) {
		const struct sheet *s = &w->b.sheet[i];

		if (s->nrows == 0)
			continue;
		if (w->s == NULL || (strcasecmp(s->name, "plan") == 0 && strcasecmp(w->s->name, "plan") != 0)) {
			if (w->s != NULL)
				(void)snprintf(w->r->other, sizeof(w->r->other), "%s", w->s->name);
			w->s = s;
		} else {
			(void)snprintf(w->r->other, sizeof(w->r->other), "%s", s->name);
		}
	}
}

static int
read_rows(struct reader *w, struct err *e)
{
	choose_sheet(w);
	if (w->s == NULL) {
		if (w->r->faults.errors == 0)
			(void)book_say(&w->b, NULL, 0, -1, "the file is empty");
		return 0;
	}
	(void)snprintf(w->r->sheet, sizeof(w->r->sheet), "%s", w->s->name);
	read_head(w);
	for (size_t i = 1; i < w->s->nrows && w->col[P_PLACE] >= 0 && w->col[P_FORM] >= 0; i++)
		if (read_row(w, &w->s->row[i]) != 0)
			return err_set(e, "plan: the ledger cannot be read, or out of memory");
	if (w->r->rows == 0 && w->r->faults.errors == 0)
		(void)book_say(&w->b, w->s->name, w->s->row[0].number, -1, "there is no line under the head");
	return 0;
}

int
plan_read(struct plan_reading *r, const void *p, size_t n, struct err *e)
{
	struct reader *w = calloc(1, sizeof(*w));
	int rc = -1, workbook = n >= 4 && (memcmp(p, "PK\3\4", 4) == 0 || memcmp(p, "\xd0\xcf\x11\xe0", 4) == 0);

	if (w == NULL)
		return err_set(e, "out of memory");
	w->r = r;
	w->has_places = ledger_each_place(r->l, "", nothing, NULL) == 1;
	w->b.faults = &r->faults;
	if ((workbook ? book_read(&w->b, p, n, &r->faults, e) : table_read(&w->b, p, n, e)) == 0)
		rc = read_rows(w, e);
	for (size_t i = 0; i < w->nforms; i++)
		form_free(w->form[i].f);
	book_free(&w->b);
	free(w);
	return rc;
}

void
plan_read_free(struct plan_reading *r)
{
	plan_free(&r->plan);
	xls_faults_free(&r->faults);
}
