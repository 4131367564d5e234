#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/line.h"
#include "county/cmd/commands.h"
#include "county/office.h"
#include "county/cmd/out.h"

#define PLACES_FILE_MAX (64U << 20)
#define PLACES_MAX 1000000U
#define FINDINGS_SHOWN 50U

/* The levels of villages.csv, from below; each code begins with the one above. */
#define LEVELS 5
static const struct { const char *name, *column; size_t digits; } levels[LEVELS] = {
	{ "village", "village_code", 12 }, { "township", "township_code", 9 }, { "county", "county_code", 6 },
	{ "prefecture", "prefecture_code", 4 }, { "province", "province_code", 2 },
};

struct import {
	const struct args *a;
	struct csv csv;
	int code[LEVELS], name[LEVELS]; /* columns */
	struct ledger_place *place;
	size_t n, room;
	unsigned rows, findings;
	struct buf out;                 /* findings as JSON lines */
};

static void
finding(struct import *im, const char *column, const char *rule)
{
	if (im->findings++ >= FINDINGS_SHOWN)
		return;
	out_say(im->a, "row %u, %s: %s", im->csv.row, column, rule);
	json_begin(&im->out);
	json_put_u64(&im->out, "row", im->csv.row);
	json_put_str(&im->out, "column", column);
	json_put_str(&im->out, "rule", rule);
	json_end(&im->out);
}

static int
read_head(struct import *im, struct err *e)
{
	size_t i;

	if (csv_row(&im->csv, e) != 1)
		return err_set(e, "row 1: the head with the columns' names is missing");
	for (i = 0; i < LEVELS; i++) {
		im->code[i] = csv_column(&im->csv, levels[i].column);
		im->name[i] = csv_column(&im->csv, levels[i].name);
		if (im->code[i] < 0 || im->name[i] < 0)
			return err_set(e, "row 1: the column %s is missing", im->code[i] < 0 ? levels[i].column : levels[i].name);
	}
	return 0;
}

static int
add(struct import *im, const char *code, const char *name, struct err *e)
{
	struct ledger_place *more;
	size_t room = im->room ? 2 * im->room : 1024;

	if (im->n == im->room) {
		if (room > PLACES_MAX || (more = reallocarray(im->place, room, sizeof(*more))) == NULL)
			return err_set(e, "row %u: more than %u places", im->csv.row, PLACES_MAX);
		im->place = more;
		im->room = room;
	}
	memset(&im->place[im->n], 0, sizeof(im->place[0]));
	(void)strcpy(im->place[im->n].code, code);
	(void)strcpy(im->place[im->n].name, name);
	im->n++;
	return 0;
}

/* One row: its five places, checked cell by cell. */
static int
read_row(struct import *im, struct err *e)
{
	const char *code, *name, *below = NULL;
	unsigned had = im->findings;
	size_t i;

	im->rows++;
	for (i = 0; i < LEVELS; i++) {
		if ((size_t)im->code[i] >= im->csv.n || (size_t)im->name[i] >= im->csv.n) {
			finding(im, levels[i].column, "the row is too short");
			return 0;
		}
		code = im->csv.cell[im->code[i]];
		name = im->csv.cell[im->name[i]];
		if (strlen(code) != levels[i].digits || strspn(code, "0123456789") != levels[i].digits)
			finding(im, levels[i].column, "is not a code of the digits that level has (12, 9, 6, 4, 2)");
		else if (below != NULL && strncmp(below, code, levels[i].digits) != 0)
			finding(im, levels[i].column, "does not begin the code of the level below");
		if (*name == '\0' || strlen(name) >= sizeof(im->place[0].name))
			finding(im, levels[i].name, "the name is empty or longer than 127 bytes");
		below = code;
	}
	for (i = 0; i < LEVELS && im->findings == had; i++)
		if (add(im, im->csv.cell[im->code[i]], im->csv.cell[im->name[i]], e) != 0)
			return -1;
	return 0;
}

static int
by_code(const void *a, const void *b)
{
	return strcmp(((const struct ledger_place *)a)->code, ((const struct ledger_place *)b)->code);
}

/* Leave one of each code; a code with two names is a finding. */
static void
settle(struct import *im)
{
	size_t i, k = 0;
	char rule[256];

	if (im->n > 0)
		qsort(im->place, im->n, sizeof(im->place[0]), by_code);
	for (i = 0; i < im->n; i++) {
		if (k > 0 && strcmp(im->place[k - 1].code, im->place[i].code) == 0) {
			if (strcmp(im->place[k - 1].name, im->place[i].name) != 0) {
				(void)snprintf(rule, sizeof(rule), "%s has two names", im->place[i].code);
				finding(im, "code", rule);
			}
			continue;
		}
		im->place[k++] = im->place[i];
	}
	im->n = k;
}

static int
read_file(struct import *im, struct buf *text, struct err *e)
{
	char path[OFFICE_PATH_MAX];
	int rc;

	if (opt_path(im->a, im->a->pos[0], path, sizeof(path)) != 0)
		return err_set(e, "%.64s...: path too long", im->a->pos[0]);
	if (file_read(path, text, e) != 0)
		return -1;
	(void)buf_str(text);
	if (text->len == 0)
		return err_set(e, "%s: is empty", path);
	if (csv_init(&im->csv, (char *)text->data, text->len, e) != 0 || read_head(im, e) != 0)
		return err_add(e, "%s", path);
	while ((rc = csv_row(&im->csv, e)) == 1)
		if (read_row(im, e) != 0)
			return err_add(e, "%s", path);
	return rc == 0 ? 0 : err_add(e, "%s", path);
}

static int
conclude(struct import *im, struct office *o, struct err *e)
{
	settle(im);
	if (im->findings > 0) {
		out_say(im->a, "%s: %u things are wrong; no place was imported", im->a->pos[0], im->findings);
		if (!im->a->json)
			buf_reset(&im->out);
		return out_put(im->a, &im->out) == EXIT_YES ? EXIT_NO : EXIT_USAGE;
	}
	if (ledger_place_add(o->c.l, im->place, im->n, e) != 0)
		return opt_fail(e);
	if (im->a->json) {
		json_begin(&im->out);
		json_put_u64(&im->out, "rows", im->rows);
		json_put_u64(&im->out, "places", im->n);
		json_end(&im->out);
	} else {
		(void)buf_printf(&im->out, "%zu places from %u rows\n", im->n, im->rows);
	}
	return out_put(im->a, &im->out);
}

int
cmd_place_import(const struct args *a)
{
	struct import im = { .a = a };
	struct office o;
	struct buf text;
	struct err e = { "" };
	int rc;

	if (office_open(&o, a->data, OFFICE_READ, &e) != 0)
		return opt_fail(&e);
	buf_init(&text, PLACES_FILE_MAX);
	buf_init(&im.out, OUT_MAX);
	rc = read_file(&im, &text, &e) == 0 ? conclude(&im, &o, &e) : opt_fail(&e);
	buf_free(&im.out);
	buf_free(&text);
	free(im.place);
	office_close(&o);
	return rc;
}
