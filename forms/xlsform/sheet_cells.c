#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/lapse.h"
#include "forms/xlsform/sheet_xlsx.h"
#include "forms/xml_stream.h"

/* The parts of an .xlsx workbook that hold texts and cells. */

#define CELL_TEXT_MAX 65536U

struct reading {
	struct xlsx *x;
	struct sheet *s;
	struct buf text;         /* of the cell or string being read */
	struct buf formula;
	int in_text, in_phonetic, in_formula, in_value;
	char type[16];           /* of the cell: s, inlineStr, str, b, e, n, d */
	unsigned row, col, style;
	int in_formats;          /* styles: cellXfs */
	struct { unsigned id; char code[128]; } *format;
	size_t nformats;
	int stop;
	struct err *e;
};

static int
give_up(struct reading *r, const char *why)
{
	if (!r->stop)
		(void)err_set(r->e, "%s", why);
	r->stop = 1;
	return -1;
}

static int
no_memory(struct reading *r)
{
	r->x->oom = 1;
	return give_up(r, "out of memory");
}

static void
on_text(void *ctx, const char *p, size_t n)
{
	struct reading *r = ctx;

	if (r->in_formula)
		(void)buf_put(&r->formula, p, n);
	if ((r->in_text && !r->in_phonetic) || r->in_value)
		if (buf_put(&r->text, p, n) != 0)
			(void)give_up(r, "a cell of more than 65536 bytes");
}

static void
string_start(void *ctx, const char *name, const struct xml_atts *a)
{
	struct reading *r = ctx;

	(void)a;
	if (strcmp(name, "si") == 0)
		buf_reset(&r->text);
	else if (strcmp(name, "rPh") == 0)
		r->in_phonetic = 1;
	else if (strcmp(name, "t") == 0)
		r->in_text = 1;
}

static void
string_end(void *ctx, const char *name)
{
	struct reading *r = ctx;
	struct xlsx *x = r->x;
	size_t room = x->string_room == 0 ? 1024 : 2 * x->string_room;
	const char **grown;

	r->in_text = strcmp(name, "t") == 0 ? 0 : r->in_text;
	r->in_phonetic = strcmp(name, "rPh") == 0 ? 0 : r->in_phonetic;
	if (strcmp(name, "si") != 0)
		return;
	if (x->nstrings == XLSX_STRINGS_MAX) {
		(void)give_up(r, "more than 1000000 texts");
		return;
	}
	if (x->nstrings == x->string_room) {
		if ((grown = lapsed(realloc(x->string, room * sizeof(*grown)))) == NULL) {
			(void)no_memory(r);
			return;
		}
		x->string = grown;
		x->string_room = room;
	}
	if ((x->string[x->nstrings] = arena_text(&x->b->a, buf_str(&r->text), r->text.len)) == NULL)
		(void)no_memory(r);
	else
		x->nstrings++;
}

static int
stream(struct reading *r, const struct buf *xml, void (*start)(void *, const char *, const struct xml_atts *), void (*end)(void *, const char *), struct err *e)
{
	struct xml_events v = { r, start, end, on_text, &r->stop };
	int rc;

	r->e = e;
	buf_init(&r->text, CELL_TEXT_MAX);
	buf_init(&r->formula, CELL_TEXT_MAX);
	rc = xml_stream(xml->data, xml->len, ZIP_PART_MAX, &v, e);
	buf_free(&r->text);
	buf_free(&r->formula);
	free(r->format);
	return rc != 0 || r->stop ? -1 : 0;
}

int
xlsx_strings(struct xlsx *x, const struct buf *xml, struct err *e)
{
	struct reading r = { .x = x };

	return stream(&r, xml, string_start, string_end, e);
}

static unsigned
number_att(const struct xml_atts *a, const char *name)
{
	char v[16];
	long n = xml_att(a, name, v, sizeof(v));
	uint64_t u;

	return n > 0 && dec_u64(&u, v, (size_t)n) == 0 && u <= UINT32_MAX ? (unsigned)u : 0;
}

static void
one_format(struct reading *r, const struct xml_atts *a)
{
	void *grown;

	if (r->nformats == XLSX_STYLES_MAX) {
		(void)give_up(r, "too many formats");
		return;
	}
	if ((r->nformats & (r->nformats - 1)) == 0) {
		if ((grown = lapsed(realloc(r->format, (r->nformats == 0 ? 1 : 2 * r->nformats) * sizeof(*r->format)))) == NULL) {
			(void)no_memory(r);
			return;
		}
		r->format = grown;
	}
	r->format[r->nformats].id = number_att(a, "numFmtId");
	if (xml_att(a, "formatCode", r->format[r->nformats].code, sizeof(r->format[0].code)) < 0)
		r->format[r->nformats].code[0] = '\0';
	r->nformats++;
}

static void
one_style(struct reading *r, const struct xml_atts *a)
{
	struct xlsx *x = r->x;
	size_t i, room = x->style_room == 0 ? 64 : 2 * x->style_room;
	unsigned id = number_att(a, "numFmtId");
	uint8_t *grown;

	if (x->nstyles == XLSX_STYLES_MAX) {
		(void)give_up(r, "too many styles");
		return;
	}
	if (x->nstyles == x->style_room) {
		if ((grown = lapsed(realloc(x->style, room))) == NULL) {
			(void)no_memory(r);
			return;
		}
		x->style = grown;
		x->style_room = room;
	}
	for (i = 0; i < r->nformats && r->format[i].id != id; i++)
		continue;
	x->style[x->nstyles++] = (uint8_t)cell_kind_of(id, i < r->nformats ? r->format[i].code : NULL);
}

static void
style_start(void *ctx, const char *name, const struct xml_atts *a)
{
	struct reading *r = ctx;

	if (strcmp(name, "numFmt") == 0)
		one_format(r, a);
	else if (strcmp(name, "cellXfs") == 0)
		r->in_formats = 1;
	else if (r->in_formats && strcmp(name, "xf") == 0)
		one_style(r, a);
}

static void
style_end(void *ctx, const char *name)
{
	struct reading *r = ctx;

	if (strcmp(name, "cellXfs") == 0)
		r->in_formats = 0;
}

int
xlsx_styles(struct xlsx *x, const struct buf *xml, struct err *e)
{
	struct reading r = { .x = x };

	return stream(&r, xml, style_start, style_end, e);
}

/* "BC12": column and row from 1; what lacks it goes on from the cell before. */
static void
place(struct reading *r, const struct xml_atts *a)
{
	char ref[24];
	const char *s = ref;
	unsigned col = 0, row = 0;

	r->col++;
	if (xml_att(a, "r", ref, sizeof(ref)) <= 0)
		return;
	for (; *s >= 'A' && *s <= 'Z' && col < 100000; s++)
		col = col * 26 + (unsigned)(*s - 'A') + 1;
	for (; *s >= '0' && *s <= '9' && row < 10000000; s++)
		row = row * 10 + (unsigned)(*s - '0');
	if (col > 0 && row > 0 && *s == '\0') {
		r->col = col;
		r->row = row;
	}
}

static void
cell_start(void *ctx, const char *name, const struct xml_atts *a)
{
	struct reading *r = ctx;
	unsigned row;

	if (strcmp(name, "row") == 0) {
		row = number_att(a, "r");
		r->row = row > 0 ? row : r->row + 1;
		r->col = 0;
	} else if (strcmp(name, "c") == 0) {
		place(r, a);
		buf_reset(&r->text);
		buf_reset(&r->formula);
		r->style = number_att(a, "s");
		if (xml_att(a, "t", r->type, sizeof(r->type)) < 0)
			(void)strcpy(r->type, "n");
	} else if (strcmp(name, "v") == 0) {
		r->in_value = 1;
	} else if (strcmp(name, "t") == 0) {
		r->in_text = 1;
	} else if (strcmp(name, "rPh") == 0) {
		r->in_phonetic = 1;
	} else if (strcmp(name, "f") == 0) {
		r->in_formula = 1;
		(void)buf_putc(&r->formula, '=');
	}
}

/* The cell's value as text; NULL when there is none or a fault was said. */
static const char *
value(struct reading *r, char *out, size_t size)
{
	const char *raw = buf_str(&r->text);
	uint64_t i;

	if (r->text.len == 0) {
		if (r->formula.len > 0 && strcmp(r->type, "str") != 0)
			(void)book_say(r->x->b, r->s->name, r->row, (int)r->col - 1, "a formula without its value: open the workbook in a spreadsheet program and save it");
		return NULL;
	}
	if (strcmp(r->type, "s") == 0) {
		if (dec_u64(&i, raw, r->text.len) == 0 && i < r->x->nstrings)
			return r->x->string[i];
		(void)book_say(r->x->b, r->s->name, r->row, (int)r->col - 1, "damaged: there is no text %.20s", raw);
		return NULL;
	}
	if (strcmp(r->type, "b") == 0)
		return strcmp(raw, "1") == 0 ? "TRUE" : "FALSE";
	if (strcmp(r->type, "e") == 0) {
		(void)book_say(r->x->b, r->s->name, r->row, (int)r->col - 1, "the cell holds the error %.20s", raw);
		return NULL;
	}
	if (strcmp(r->type, "n") != 0)
		return raw;
	if (cell_number(out, size, raw, r->style < r->x->nstyles ? (enum cell_kind)r->x->style[r->style] : CELL_NUMBER, r->x->since1904) == 0)
		return out;
	(void)book_say(r->x->b, r->s->name, r->row, (int)r->col - 1, "no number or date: %.40s", raw);
	return NULL;
}

static void
put_cell(struct reading *r)
{
	char number[64];
	const char *v = value(r, number, sizeof(number));

	if (v == NULL || v[strspn(v, " \t\r\n")] == '\0')
		return;
	if (r->col > SHEET_COLS_MAX || r->x->b->npending == SHEET_COLS_MAX) {
		(void)book_say(r->x->b, r->s->name, r->row, -1, "text beyond column %d", SHEET_COLS_MAX);
		return;
	}
	if (book_cell(r->x->b, r->col - 1, v, strlen(v)) != 0)
		(void)no_memory(r);
}

static void
cell_end(void *ctx, const char *name)
{
	struct reading *r = ctx;

	if (strcmp(name, "c") == 0) {
		put_cell(r);
	} else if (strcmp(name, "row") == 0) {
		if (r->s->nrows == SHEET_ROWS_MAX)
			(void)give_up(r, "more than 262144 rows");
		else if (book_row(r->x->b, r->s, r->row) != 0)
			(void)no_memory(r);
	}
	r->in_value = strcmp(name, "v") == 0 ? 0 : r->in_value;
	r->in_text = strcmp(name, "t") == 0 ? 0 : r->in_text;
	r->in_phonetic = strcmp(name, "rPh") == 0 ? 0 : r->in_phonetic;
	r->in_formula = strcmp(name, "f") == 0 ? 0 : r->in_formula;
}

int
xlsx_sheet(struct xlsx *x, struct sheet *s, const struct buf *xml, struct err *e)
{
	struct reading r = { .x = x, .s = s };

	x->b->npending = 0;
	return stream(&r, xml, cell_start, cell_end, e);
}
