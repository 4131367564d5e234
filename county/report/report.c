#include "county/report/fold_extra.h"
#include "county/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows from subjects: each subject gets the key of its row, rows are made of neighbours. */

#define TOGETHER "CN"

static const struct { const char *word; enum report_by by; } WORDS[] = {
	{ "form", BY_FORM }, { "country", BY_COUNTRY }, { "province", BY_PROVINCE }, { "prefecture", BY_PREFECTURE }, { "county", BY_COUNTY },
	{ "township", BY_TOWNSHIP }, { "village", BY_VILLAGE }, { "year", BY_YEAR }, { "month", BY_MONTH }, { "subject", BY_SUBJECT }, { "fund", BY_FUND },
	{ "group", BY_GROUP },
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
	return -1;
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

/* ${out} holds ID_MAX+1 bytes; of target groups ${s} has one for each. */
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
	case BY_GROUP:
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
shows(const struct report *r, const struct fold_form *f, const struct fold_subject *s)
{
	if (!report_only_has(&r->only, f, s))
		return 0;
	return s->live > 0 || s->parked > 0 || s->erased > 0 || s->disputed > 0 || (s->extra != NULL && (s->extra->planned > 0 || s->extra->target != NULL));
}

/* How many rows a subject stands in. */
static size_t
rows_of(const struct report *r, const struct fold_form *f, const struct fold_subject *s)
{
	if (r->by != BY_GROUP)
		return shows(r, f, s) ? 1 : 0;
	if (s->live == 0 || !shows(r, f, s))
		return 0;
	return s->groups == 0 ? 1 : (size_t)__builtin_popcountll(s->groups);
}

static void
put_keys(struct keyed *k, const struct fold_form *f, enum report_by by, const struct fold_subject *s)
{
	uint64_t left = s->groups;

	k->s = s;
	if (by != BY_GROUP) {
		key_of(k->key, by, f, s);
		return;
	}
	for (; left != 0; left &= left - 1, k++) {
		k->s = s;
		cut(k->key, f->groups.c[__builtin_ctzll(left)].value, ID_MAX);
	}
}

/* The subjects of one form that show, with their rows' keys, in order.  NULL if out of memory. */
static struct keyed *
sorted(const struct report *r, const struct fold_form *f, size_t *n)
{
	const struct fold_subject *s;
	struct keyed *k;
	size_t rows;

	*n = 0;
	for (s = f->subjects; s != NULL; s = s->next)
		*n += rows_of(r, f, s);
	if ((k = calloc(*n + 1, sizeof(*k))) == NULL)
		return NULL;
	*n = 0;
	for (s = f->subjects; s != NULL; s = s->next) {
		if ((rows = rows_of(r, f, s)) == 0)
			continue;
		put_keys(&k[*n], f, r->by, s);
		*n += rows;
	}
	qsort(k, *n, sizeof(*k), by_key);
	return k;
}

static void
name_choice(struct report_row *row, const struct fold_choices *c)
{
	int at = -1;

	for (size_t i = 0; i < c->n && at < 0; i++)
		if (strcmp(c->c[i].value, row->key) == 0)
			at = (int)i;
	(void)snprintf(row->name, sizeof(row->name), "%s", row->key[0] == '\0' ? "未填" : at < 0 ? "" : c->c[at].label[FORM_ZH]);
}

static void
name_row(struct report_row *row, enum report_by by, struct ledger *l)
{
	switch (by) {
	case BY_FORM:
		(void)snprintf(row->name, sizeof(row->name), "%s", row->form->f ? row->form->f->title[FORM_ZH] : row->form->id);
		break;
	case BY_COUNTRY:
		(void)strcpy(row->name, "中国");
		break;
	case BY_FUND:
		name_choice(row, &row->form->funds);
		break;
	case BY_GROUP:
		name_choice(row, &row->form->groups);
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
	row->guarded = r->by == BY_GROUP;
	row->classes = r->only.classes;
	row->class = r->only.class;
	if (r->by == BY_SUBJECT || (r->by >= BY_PROVINCE && r->by <= BY_VILLAGE))
		cut(row->within, r->by == BY_SUBJECT ? place : key, PLACE_MAX);
	if (r->only.place != NULL && strlen(r->only.place) > strlen(row->within))
		cut(row->within, r->only.place, PLACE_MAX);
	(void)strcpy(row->key, key);
	(void)strcpy(row->place, place);
	row->stage = calloc(f->stages.n + 1, sizeof(*row->stage));
	row->value = calloc((f->f ? f->f->nindicators : 0) + 1, sizeof(*row->value));
	r->n++;
	if (row->stage == NULL || row->value == NULL || row_extra_init(row) != 0)
		return NULL;
	if (l != NULL)
		name_row(row, r->by, l);
	return row;
}

static int
add(struct report_row *row, const struct fold_subject *s)
{
	const struct fold_form *f = row->form;

	row->disputed += s->disputed;
	row->parked += s->parked;
	row->erased += s->erased;
	row_extra_add(row, s);
	if (s->live == 0)
		return 0;
	row->subjects++;
	if (s->stage >= 0) {
		row->stage[s->stage]++;
		row->done += f->stages.c[s->stage].done ? 1 : 0;
	}
	return figures_add(row, s);
}

/* A single hidden row could be told from the whole: the next larger one is hidden with it. */
void
report_hide_few(struct report_row *row, size_t n)
{
	size_t hidden = 0, next = n;

	for (size_t i = 0; i < n; i++) {
		row[i].hidden = row[i].subjects < REPORT_FEW;
		hidden += row[i].hidden ? 1 : 0;
		if (!row[i].hidden && (next == n || row[i].subjects < row[next].subjects))
			next = i;
	}
	if (hidden == 1 && next < n)
		row[next].hidden = 1;
}

static int
add_form(struct report *r, const struct fold_form *f, struct ledger *l)
{
	struct report_row *row = NULL;
	struct keyed *k;
	size_t n, first = r->n;
	int rc = -1;

	if ((k = sorted(r, f, &n)) == NULL)
		return -1;
	if (r->by == BY_FORM && (n > 0 || f->f != NULL) && (row = new_row(r, f, f->id, "", l)) == NULL)
		goto out;
	for (size_t i = 0; i < n; i++) {
		if (row == NULL || strcmp(row->key, k[i].key) != 0 || r->by == BY_SUBJECT)
			if ((row = new_row(r, f, k[i].key, r->by == BY_SUBJECT ? k[i].s->place : "", l)) == NULL)
				goto out;
		if (add(row, k[i].s) != 0)
			goto out;
		row->subject = r->by == BY_SUBJECT ? k[i].s : NULL;
	}
	for (size_t i = first; i < r->n; i++)
		figures_settle(&r->row[i]);
	if (r->by == BY_GROUP)
		report_hide_few(&r->row[first], r->n - first);
	rc = 0;
out:
	free(k);
	return rc;
}

int
report_make(struct report *r, const struct fold *f, struct ledger *l, enum report_by by, int all_forms, struct err *e)
{
	const struct report_only all = { 0 };

	return report_make_in(r, f, l, by, all_forms, &all, e);
}

int
report_make_in(struct report *r, const struct fold *f, struct ledger *l, enum report_by by, int all_forms, const struct report_only *only,
    struct err *e)
{
	const struct fold_form *const *form;
	size_t n;

	memset(r, 0, sizeof(*r));
	r->by = by;
	r->all_forms = all_forms;
	r->only = *only;
	if (report_only_known(only, f, e) != 0)
		return -1;
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
		figures_free(&r->row[i]);
		row_extra_free(&r->row[i]);
	}
	free(r->row);
	memset(r, 0, sizeof(*r));
}
