#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/people/roster_import_internal.h"
#include "base/charset.h"
#include "web/tr.h"

/* From a file's rows to households: what each row says, checked cell by cell. */

static const char household_column[] = "household", group_column[] = "group";
static const char household_names[] = "household_id|户编号|户号|家庭编号", group_names[] = "village_group|村民小组|组|屯|自然屯|组别";

void
import_find(struct import *im, unsigned row, const char *column, const char *rule, const char *what)
{
	struct import_result *r = im->r;
	struct import_finding *f;

	if (r->findings++ >= IMPORT_FINDINGS)
		return;
	f = &r->finding[r->findings - 1];
	*f = (struct import_finding){ .row = row, .column = column, .rule = rule };
	(void)snprintf(f->what, sizeof(f->what), "%s", what);
}

void
import_free(struct import *im)
{
	size_t i;

	for (i = 0; i < im->n; i++)
		household_free(&im->in[i].h);
	free(im->in);
}

/* A column by its own name or another of its names ('|' between them), spaces around it left out; -1. */
static int
column(const struct csv *c, const char *name, const char *other)
{
	char cell[64];
	const char *p, *bar;
	size_t i, n;

	for (i = 0; i < c->n; i++) {
		p = c->cell[i] + strspn(c->cell[i], " \t");
		n = strlen(p);
		while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
			n--;
		if (n == 0 || n >= sizeof(cell))
			continue;
		(void)snprintf(cell, sizeof(cell), "%.*s", (int)n, p);
		if (strcasecmp(cell, name) == 0)
			return (int)i;
		for (bar = other; *bar != '\0'; bar += strcspn(bar, "|"), bar += *bar == '|')
			if (strcspn(bar, "|") == n && strncmp(bar, cell, n) == 0)
				return (int)i;
	}
	return -1;
}

static int
read_head(struct import *im, struct err *e)
{
	size_t i;
	int rc = csv_row(&im->csv, e);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, "row 1: the head with the columns' names is missing");
	im->household = column(&im->csv, household_column, household_names);
	im->group = column(&im->csv, group_column, group_names);
	for (i = 0; i < MEMBER_ITEMS; i++)
		im->item[i] = column(&im->csv, member_items[i].name, member_items[i].other);
	return im->item[MEMBER_NAME] >= 0 ? 0 : err_set(e, "row 1: the column name (姓名) is missing");
}

static const char *
cell(const struct import *im, int i)
{
	return i >= 0 && (size_t)i < im->csv.n ? im->csv.cell[i] : "";
}

static int
is_blank_row(const struct import *im)
{
	size_t i;

	for (i = 0; i < im->csv.n; i++)
		if (im->csv.cell[i][strspn(im->csv.cell[i], " \t")] != '\0')
			return 0;
	return 1;
}

static struct incoming *
new_household(struct import *im, struct err *e)
{
	struct incoming *more;
	size_t room = im->room > 0 ? 2 * im->room : 256;

	if (im->n == im->room) {
		if (im->n >= IMPORT_HOUSEHOLDS_MAX || (more = reallocarray(im->in, room, sizeof(*more))) == NULL) {
			(void)err_set(e, "row %u: more than %u households", im->csv.row, IMPORT_HOUSEHOLDS_MAX);
			return NULL;
		}
		im->in = more;
		im->room = room;
	}
	more = &im->in[im->n++];
	memset(more, 0, sizeof(*more));
	household_init(&more->h);
	more->row = im->csv.row;
	return more;
}

static struct incoming *
by_id(struct import *im, const char *id)
{
	size_t i;

	/* rows of a household mostly stand together */
	for (i = im->n; i > 0; i--)
		if (strcmp(im->in[i - 1].id, id) == 0)
			return &im->in[i - 1];
	return NULL;
}

/* The household that the row is of; *${x} NULL when a finding says why there is none.  0 or -1. */
static int
household_of(struct import *im, const struct member *m, struct incoming **x, struct err *e)
{
	char id[MEMBER_ITEM_MAX + 1];
	const char *rule = household_settle_group(cell(im, im->household), id);

	*x = NULL;
	if (rule == NULL && id[0] != '\0')
		rule = household_id_rule(id);
	if (rule != NULL) {
		import_find(im, im->csv.row, household_column, rule, "");
		return 0;
	}
	if (id[0] != '\0' && (*x = by_id(im, id)) != NULL)
		return 0;
	if (id[0] == '\0' && im->item[MEMBER_RELATION] >= 0 && !member_is_head(m)) {
		if (im->n > 0 && im->in[im->n - 1].id[0] == '\0')
			*x = &im->in[im->n - 1];
		else
			import_find(im, im->csv.row, member_items[MEMBER_RELATION].name, N_("a household without an id begins with its head (户主)"), "");
		return 0;
	}
	if ((*x = new_household(im, e)) == NULL)
		return -1;
	(void)snprintf((*x)->id, sizeof((*x)->id), "%.*s", ID_MAX, id);
	return 0;
}

/* The row's items into ${m}; what is wrong is found.  0, or -1 if out of memory. */
static int
read_items(struct import *im, struct member *m)
{
	char text[MEMBER_ITEM_MAX + 1];
	const char *rule;
	size_t i;
	int rc = 0;

	for (i = 0; i < MEMBER_ITEMS && rc == 0; i++) {
		if ((rule = member_settle((enum member_item)i, cell(im, im->item[i]), text)) != NULL)
			import_find(im, im->csv.row, member_items[i].name, rule, "");
		else if (i == MEMBER_NAME && text[0] == '\0')
			import_find(im, im->csv.row, member_items[i].name, N_("is missing"), "");
		else
			rc = member_set(m, (enum member_item)i, text);
	}
	wipe(text, sizeof(text));
	return rc;
}

/* The row's group against its household's.  0, or -1 if out of memory. */
static int
read_group(struct import *im, struct incoming *x)
{
	char text[HOUSEHOLD_GROUP_MAX + 1];
	const char *rule = household_settle_group(cell(im, im->group), text);

	if (rule != NULL)
		import_find(im, im->csv.row, group_column, rule, "");
	else if (text[0] != '\0' && x->h.group != NULL && strcmp(x->h.group, text) != 0)
		import_find(im, im->csv.row, group_column, N_("is another than in the household's first row"), "");
	else if (text[0] != '\0')
		return household_set_group(&x->h, text);
	return 0;
}

/* Does the household have this very person already? */
static int
stands_twice(const struct household *h, const struct member *m)
{
	const enum member_item telling[] = { MEMBER_ID_NUMBER, MEMBER_BIRTH };
	const struct member *other;
	size_t i, k;
	int differs;

	for (i = 0; i < h->n; i++) {
		other = &h->m[i];
		if (strcmp(member_get(other, MEMBER_NAME), member_get(m, MEMBER_NAME)) != 0 || m->item[MEMBER_NAME] == NULL)
			continue;
		for (differs = 0, k = 0; k < 2; k++)
			differs |= other->item[telling[k]] != NULL && m->item[telling[k]] != NULL && strcmp(other->item[telling[k]], m->item[telling[k]]) != 0;
		if (!differs)
			return 1;
	}
	return 0;
}

static int
read_row(struct import *im, struct err *e)
{
	struct member m, *kept;
	struct incoming *x = NULL;
	size_t i;
	int rc = -1;

	if (is_blank_row(im))
		return 0;
	if (++im->r->rows > IMPORT_ROWS_MAX)
		return err_set(e, "row %u: more than %u members", im->csv.row, IMPORT_ROWS_MAX);
	memset(&m, 0, sizeof(m));
	if (read_items(im, &m) != 0 || household_of(im, &m, &x, e) != 0)
		goto out;
	rc = 0;
	if (x == NULL)
		goto out;
	if (stands_twice(&x->h, &m))
		import_find(im, im->csv.row, member_items[MEMBER_NAME].name, N_("the same person stands twice in the household"), "");
	if (x->h.n == HOUSEHOLD_MEMBERS_MAX) {
		import_find(im, im->csv.row, household_column, N_("has more than 64 members"), "");
		goto out;
	}
	if ((rc = read_group(im, x)) != 0 || (kept = household_add(&x->h)) == NULL) {
		rc = -1;
		goto out;
	}
	memcpy(kept->item, m.item, sizeof(m.item));
	memset(m.item, 0, sizeof(m.item));
	x->rows[x->h.n - 1] = im->csv.row;
out:
	for (i = 0; i < MEMBER_ITEMS; i++)
		(void)member_set(&m, (enum member_item)i, NULL);
	return rc == 0 ? 0 : e->text[0] != '\0' ? -1 : err_set(e, "out of memory");
}

int
import_read(struct import *im, struct buf *text, struct err *e)
{
	int rc;

	e->text[0] = '\0';
	if (charset_utf8(text, e) != 0)
		return -1;
	(void)buf_str(text);
	if (text->len == 0)
		return err_set(e, "the file is empty");
	if (csv_init(&im->csv, (char *)text->data, text->len, e) != 0 || read_head(im, e) != 0)
		return -1;
	while ((rc = csv_row(&im->csv, e)) == 1)
		if (read_row(im, e) != 0)
			return -1;
	if (rc == 0 && im->r->rows == 0)
		return err_set(e, "row 2: there is nobody in the file");
	return rc;
}

void
roster_template(struct buf *out, const char *lang)
{
	int zh = strcmp(lang, "zh") == 0;
	size_t i;

	/* with a byte-order mark: the spreadsheets at hand take it for their own code else */
	(void)buf_printf(out, "\xef\xbb\xbf%s,%s", zh ? "户编号" : household_column, zh ? "村民小组" : group_column);
	for (i = 0; i < MEMBER_ITEMS; i++) {
		(void)buf_putc(out, ',');
		(void)buf_put(out, zh ? member_items[i].other : member_items[i].name, zh ? strcspn(member_items[i].other, "|") : strlen(member_items[i].name));
	}
	(void)buf_puts(out, "\r\n");
}
