#include "county/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows from subjects: each subject gets the key of its row, rows are made of neighbours. */

#define TOGETHER "CN"

static const struct { const char *word; enum report_by by; } WORDS[] = {
	{ "form", BY_FORM }, { "country", BY_COUNTRY }, { "province", BY_PROVINCE }, { "prefecture", BY_PREFECTURE }, { "county", BY_COUNTY },
	{ "township", BY_TOWNSHIP }, { "village", BY_VILLAGE }, { "year", BY_YEAR }, { "month", BY_MONTH }, { "subject", BY_SUBJECT }, { "fund", BY_FUND },
};

int
report_by_name(const char *word, enum report_by *by)
{
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcmp(WORDS[i].word, word) == 0) {
			*by = WORDS[i].by;
			return 0;
		}
	}
	return strcmp(word, "group") == 0 ? 1 : -1;
}

struct keyed {
	char key[ID_MAX + 1];
	const struct fold_subject *s;
};

static void
cut(char *out, const char *from, size_t n)
{
	size_t len = strnlen(from, n);

	memcpy(out, from, len);
	out[len] = '\0';
}

/* ${out} holds ID_MAX+1 bytes. */
static void
key_of(char *out, enum report_by by, const struct fold_form *f, const struct fold_subject *s)
{
	static const size_t digits[] = { [BY_PROVINCE] = 2, [BY_PREFECTURE] = 4, [BY_COUNTY] = 6, [BY_TOWNSHIP] = 9, [BY_VILLAGE] = 12 };
	char date[16] = "";

	switch (by) {
	case BY_FORM:
		cut(out, f->id, ID_MAX);
		break;
	case BY_COUNTRY:
		(void)strcpy(out, TOGETHER);
		break;
	case BY_YEAR:
	case BY_MONTH:
		if (s->day > 0)
			fold_date(s->day, date);
		cut(out, date, by == BY_YEAR ? 4 : 7);
		break;
	case BY_SUBJECT:
		cut(out, s->id[0] == '/' ? "" : s->id, ID_MAX);
		break;
	case BY_FUND:
		cut(out, s->fund < 0 ? "" : f->funds.c[s->fund].value, ID_MAX);
		break;
	case BY_PROVINCE:
	case BY_PREFECTURE:
	case BY_COUNTY:
	case BY_TOWNSHIP:
	case BY_VILLAGE:
	default:
		cut(out, s->place, digits[by]);
		break;
	}
}

static int
by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	if (c != 0)
		return c;
	return (c = strcmp(x->s->place, y->s->place)) != 0 ? c : strcmp(x->s->id, y->s->id);
}

static int
shows(const struct fold_subject *s)
{
	return s->live > 0 || s->parked > 0 || s->erased > 0 || s->disputed > 0;
}

/* The subjects of one form that show, with their rows' keys, in order.  NULL if out of memory. */
static struct keyed *
sorted(const struct fold_form *f, enum report_by by, size_t *n)
{
	const struct fold_subject *s;
	struct keyed *k;

	*n = 0;
	for (s = f->subjects; s != NULL; s = s->next)
		*n += shows(s) ? 1 : 0;
	if ((k = calloc(*n + 1, sizeof(*k))) == NULL)
		return NULL;
	*n = 0;
	for (s = f->subjects; s != NULL; s = s->next) {
		if (!shows(s))
			continue;
		k[*n].s = s;
		key_of(k[(*n)++].key, by, f, s);
	}
	qsort(k, *n, sizeof(*k), by_key);
	return k;
}

static void
name_row(struct report_row *row, enum report_by by, struct ledger *l)
{
	int at;

	switch (by) {
	case BY_FORM:
		(void)snprintf(row->name, sizeof(row->name), "%s", row->form->f ? row->form->f->title[FORM_ZH] : row->form->id);
		break;
	case BY_COUNTRY:
		(void)strcpy(row->name, "中国");
		break;
	case BY_FUND:
		if ((at = row->key[0] ? -1 : 0) == 0)
			(void)strcpy(row->name, "未填");
		for (size_t i = 0; at < 0 && i < row->form->funds.n; i++)
			if (strcmp(row->form->funds.c[i].value, row->key) == 0)
				(void)snprintf(row->name, sizeof(row->name), "%s", row->form->funds.c[i].label[FORM_ZH]);
		break;
	case BY_YEAR:
	case BY_MONTH:
		break;
	case BY_SUBJECT:
		(void)ledger_place(l, row->place, row->name, sizeof(row->name));
		break;
	case BY_PROVINCE:
	case BY_PREFECTURE:
	case BY_COUNTY:
	case BY_TOWNSHIP:
	case BY_VILLAGE:
	default:
		(void)ledger_place(l, row->key, row->name, sizeof(row->name));
		break;
	}
}

static struct report_row *
new_row(struct report *r, const struct fold_form *f, const char *key, const char *place, struct ledger *l)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct report_row *more, *row;

	if (r->n == r->room) {
		if ((more = reallocarray(r->row, room, sizeof(*more))) == NULL)
			return NULL;
		r->row = more;
		r->room = room;
	}
	row = &r->row[r->n];
	memset(row, 0, sizeof(*row));
	row->form = f;
	(void)strcpy(row->key, key);
	(void)strcpy(row->place, place);
	row->stage = calloc(f->stages.n + 1, sizeof(*row->stage));
	row->value = calloc((f->f ? f->f->nindicators : 0) + 1, sizeof(*row->value));
	r->n++;
	if (row->stage == NULL || row->value == NULL)
		return NULL;
	if (l != NULL)
		name_row(row, r->by, l);
	return row;
}

static void
add(struct report_row *row, const struct fold_subject *s)
{
	const struct fold_form *f = row->form;

	row->disputed += s->disputed;
	row->parked += s->parked;
	row->erased += s->erased;
	if (s->live == 0)
		return;
	row->subjects++;
	if (s->stage >= 0) {
		row->stage[s->stage]++;
		row->done += f->stages.c[s->stage].done ? 1 : 0;
	}
	for (size_t i = 0; f->f != NULL && i < f->f->nindicators; i++) {
		if (s->value[i].order > 0) {
			row->value[i].sum += s->value[i].v;
			row->value[i].n++;
		}
	}
}

static int
add_form(struct report *r, const struct fold_form *f, struct ledger *l)
{
	struct report_row *row = NULL;
	struct keyed *k;
	size_t n;
	int rc = -1;

	if ((k = sorted(f, r->by, &n)) == NULL)
		return -1;
	if (r->by == BY_FORM && (n > 0 || f->f != NULL) && (row = new_row(r, f, f->id, "", l)) == NULL)
		goto out;
	for (size_t i = 0; i < n; i++) {
		if (row == NULL || strcmp(row->key, k[i].key) != 0 || r->by == BY_SUBJECT)
			if ((row = new_row(r, f, k[i].key, r->by == BY_SUBJECT ? k[i].s->place : "", l)) == NULL)
				goto out;
		add(row, k[i].s);
	}
	rc = 0;
out:
	free(k);
	return rc;
}

int
report_make(struct report *r, const struct fold *f, struct ledger *l, enum report_by by, int all_forms, struct err *e)
{
	const struct fold_form *const *form;
	size_t n;

	memset(r, 0, sizeof(*r));
	r->by = by;
	r->all_forms = all_forms;
	form = fold_forms(f, &n);
	for (size_t i = 0; i < n; i++) {
		if (add_form(r, form[i], l) != 0) {
			report_free(r);
			return err_set(e, "report: out of memory");
		}
	}
	return 0;
}

void
report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->row[i].stage);
		free(r->row[i].value);
	}
	free(r->row);
	memset(r, 0, sizeof(*r));
}
