#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "county/report/fold_extra.h"
#include "county/cmd/out.h"
#include "county/report/report.h"

/* Plans, links, disputes and possible doubles in a report's rows. */

#define SHORT_HASH 6 /* bytes of an entry's hash, for people */

int
row_extra_init(struct report_row *row)
{
	row->target = calloc(row->form->ntargets + 1, sizeof(*row->target));
	row->reached = calloc(row->form->ntargets + 1, sizeof(*row->reached));
	return row->target != NULL && row->reached != NULL ? 0 : -1;
}

void
row_extra_free(struct report_row *row)
{
	free(row->target);
	free(row->reached);
	row->target = row->reached = NULL;
}

void
row_extra_add(struct report_row *row, const struct fold_subject *s)
{
	const struct fold_form *f = row->form;
	const struct fold_extra *x = s->extra;

	row->entries += s->live > 0 || s->parked > 0 || s->erased > 0 || s->disputed > 0 ? 1 : 0;
	for (size_t i = 0; i < f->ntargets && s->live > 0; i++)
		row->reached[i] += s->value[f->target[i].slot].order > 0 ? s->value[f->target[i].slot].v : 0;
	if (x == NULL)
		return;
	row->planned += x->planned;
	row->not_begun += s->live == 0 && s->id[0] != '/' ? x->planned : 0;
	row->doubles += x->doubled ? 1 : 0;
	row->late += x->late;
	for (size_t i = 0; i < f->ntargets && x->target != NULL; i++)
		row->target[i] += x->target[i];
}

void
row_extra_merge(struct report_row *to, const struct report_row *from)
{
	to->planned += from->planned;
	to->not_begun += from->not_begun;
	to->doubles += from->doubles;
	to->late += from->late;
	to->entries += from->entries;
	for (size_t i = 0; i < from->form->ntargets; i++) {
		to->target[i] += from->target[i];
		to->reached[i] += from->reached[i];
	}
}

static int
count_cell(uint64_t v, char *out, size_t size)
{
	(void)snprintf(out, size, "%llu", (unsigned long long)v);
	return 1;
}

static int
number_cell(const struct report_row *row, size_t i, fold_num v, int human, char *out, size_t size)
{
	const struct form_field *field = form_field(row->form->f, row->form->target[i].path);
	char number[64];

	if (field->unit != NULL && strcmp(field->unit, "fen") == 0 && human)
		fold_print(v / 100, 2, 1, number);
	else
		fold_print(v, FOLD_DIGITS, 0, number);
	(void)snprintf(out, size, "%s", number);
	return 1;
}

static int
percent_cell(const struct report_row *row, char *out, size_t size)
{
	char number[64];
	uint64_t done;
	fold_num v;

	if (row->planned == 0 || !report_done(row, &done) || !fold_quotient((fold_num)done * 100, (fold_num)row->planned, 1, &v))
		return 0;
	fold_print(v, 1, 1, number);
	(void)snprintf(out, size, "%s", number);
	return 1;
}

int
row_extra_cell(const struct report_row *row, const struct report_column *c, int human, char *out, size_t size)
{
	if (row->guarded) /* plans and doubles are about persons and places, not about groups */
		return 0;
	switch (c->what) {
	case COL_DOUBLES:
		return !row->blind && count_cell(row->doubles, out, size);
	case COL_LATE:
		return count_cell(row->late, out, size);
	case COL_PLANNED:
		return row->form->planned && count_cell(row->planned, out, size);
	case COL_NOT_BEGUN:
		return row->form->planned && count_cell(row->not_begun, out, size);
	case COL_PERCENT:
		return percent_cell(row, out, size);
	case COL_REPORTED:
		(void)snprintf(out, size, "%s", human ? (row->entries > 0 ? "是 yes" : "未上报 no") : row->entries > 0 ? "true" : "false");
		return !human || row->form->planned;
	case COL_TARGET:
		return number_cell(row, c->i, row->target[c->i], human, out, size);
	case COL_REACHED:
		return number_cell(row, c->i, row->reached[c->i], human, out, size);
	default:
		return 0;
	}
}

static void
put_ids(struct buf *b, const char *list)
{
	const char *mark = "";
	size_t n;

	for (; list != NULL && *list != '\0'; list += n, list += *list == ' ', mark = ",") {
		n = strcspn(list, " ");
		(void)buf_printf(b, "%s\"%.*s\"", mark, (int)n, list);
	}
}

static void
put_dispute(struct buf *b, const struct fold_dispute *d)
{
	(void)buf_puts(b, "{\"entry\":\"");
	(void)buf_hex(b, d->entry, HASH_LEN);
	(void)buf_puts(b, "\",\"rivals\":[");
	for (size_t i = 0; i < d->n; i++) {
		(void)buf_puts(b, i > 0 ? ",\"" : "\"");
		(void)buf_hex(b, d->rival[i], HASH_LEN);
		(void)buf_putc(b, '"');
	}
	(void)buf_puts(b, "]}");
}

void
row_extra_json(const struct report_row *row, struct buf *b)
{
	const struct fold_extra *x;

	if (row->subject == NULL)
		return;
	x = row->subject->extra;
	json_put_raw(b, "linked", "[");
	put_ids(b, x ? x->linked : NULL);
	(void)buf_putc(b, ']');
	json_put_raw(b, "disputes", "[");
	for (size_t i = 0; x != NULL && i < x->ndisputes; i++) {
		(void)buf_puts(b, i > 0 ? "," : "");
		put_dispute(b, &x->dispute[i]);
	}
	(void)buf_putc(b, ']');
}

void
row_extra_text(const struct report_row *row, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++) {
		const struct fold_extra *x = row[i].subject ? row[i].subject->extra : NULL;

		if (x == NULL)
			continue;
		if (x->linked != NULL)
			(void)buf_printf(b, "%s ← %s 合并为一 linked\n", row[i].key, x->linked);
		for (size_t k = 0; k < x->ndisputes; k++) {
			(void)buf_printf(b, "%s 有争议 disputed: ", row[i].key);
			(void)buf_hex(b, x->dispute[k].entry, SHORT_HASH);
			(void)buf_puts(b, " ←");
			for (size_t m = 0; m < x->dispute[k].n; m++) {
				(void)buf_putc(b, ' ');
				(void)buf_hex(b, x->dispute[k].rival[m], SHORT_HASH);
			}
			(void)buf_puts(b, "（第一个算数 the first counts）\n");
		}
	}
}
